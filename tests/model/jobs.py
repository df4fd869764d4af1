"""Synthetic jobs for tests: claims as they come in JSON, and jobs read from them."""

import base64
from typing import Any

import msgspec

from stationd.model.job import Job
from stationd.model.nik import Nik

NOW = 1_790_000_000
"""20 September 2026."""
STATION = "7316-02"
NIK = "7316025503900001"
KK = "7316021203150004"


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def card(**changes: Any) -> dict[str, Any]:
    return {
        "provinsi": "SULAWESI SELATAN",
        "kabupaten": "KABUPATEN ENREKANG",
        "nik": NIK,
        "nama": "SITTI CONTOH",
        "tempat_lahir": "ENREKANG",
        "tanggal_lahir": "1990-03-15",
        "jenis_kelamin": "PEREMPUAN",
        "golongan_darah": "O",
        "alamat": "DUSUN CONTOH",
        "rt": "001",
        "rw": "002",
        "kelurahan": "BANGKALA",
        "kecamatan": "MAIWA",
        "agama": "ISLAM",
        "status_perkawinan": "KAWIN",
        "pekerjaan": "PETANI",
        "kewarganegaraan": "WNI",
        "berlaku_hingga": "SEUMUR HIDUP",
        "tempat_terbit": "ENREKANG",
        "tanggal_terbit": "2026-09-01",
        **changes,
    }


def claims(**changes: Any) -> dict[str, Any]:
    return {
        "job_id": "J-0001",
        "citizen_ref": "c_3f9a77e0",
        "nik": NIK,
        "issue_no": 1,
        "start_before": NOW + 86_400,
        "station": STATION,
        "epoch": 1,
        "reason": "first",
        "urgent": None,
        "office_authorisation": None,
        "policy_version": 1,
        "iat": NOW - 60,
        "exp": NOW + 7 * 86_400,
        "applied_at": "2026-09-01",
        "kk": KK,
        "kk_status": "present",
        "nik_status": "active",
        "marital_status": "KAWIN",
        "contact": "0812-0000-0000",
        "uncollected_at": None,
        "layout": "ktp-el",
        "profile": "lab-iso7816",
        "card": card(),
        "photo": b64(b"\xff\xd8 a photo"),
        "signature": b64(b"\x89PNG a signature"),
        "chip": {name: b64(name.encode()) for name in ("biodata", "photo", "signature", "finger_left", "finger_right")},
        **changes,
    }


def label(**changes: Any) -> dict[str, Any]:
    return {"job_id": "J-0001", "name": "SITTI CONTOH", "nik": NIK, "kelurahan": "BANGKALA", **changes}


def job(**changes: Any) -> Job:
    return msgspec.convert(claims(**changes), Job, dec_hook=_nik)


def _nik(kind: type, value: Any) -> Nik:
    assert kind is Nik
    return Nik(value)
