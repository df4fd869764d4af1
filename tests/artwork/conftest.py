"""Synthetic people and pictures for the artwork tests."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from stationd.artwork.layout import Layout, load
from stationd.model.card import CardData

LAYOUTS = Path(__file__).parents[2] / "config" / "layouts"

CITIZEN: dict[str, Any] = {
    "provinsi": "SULAWESI SELATAN",
    "kabupaten": "KABUPATEN ENREKANG",
    "nik": "7316014107900001",
    "nama": "SITI NUR'AINI",
    "tempat_lahir": "ENREKANG",
    "tanggal_lahir": datetime.date(1990, 7, 1),
    "jenis_kelamin": "PEREMPUAN",
    "golongan_darah": "O",
    "alamat": "JL. PANCAITANA NO. 7",
    "rt": "001",
    "rw": "002",
    "kelurahan": "GALONTA",
    "kecamatan": "ENREKANG",
    "agama": "ISLAM",
    "status_perkawinan": "BELUM KAWIN",
    "pekerjaan": "PELAJAR/MAHASISWA",
    "kewarganegaraan": "WNI",
    "berlaku_hingga": "SEUMUR HIDUP",
    "tempat_terbit": "ENREKANG",
    "tanggal_terbit": datetime.date(2024, 2, 29),
}

LONGEST: dict[str, Any] = {
    **CITIZEN,
    "provinsi": "KEPULAUAN BANGKA BELITUNG",
    "kabupaten": "KABUPATEN PANGKAJENE DAN KEPULAUAN",
    "nama": "PROF. DR. H. RADEN MAS ABDURRAHMAN WAHYUNINGRAT KUSUMODININGRAT, S.H., M.KN., PH.D.",
    "tempat_lahir": "PANGKAJENE DAN KEPULAUAN",
    "jenis_kelamin": "LAKI-LAKI",
    "golongan_darah": "AB+",
    "alamat": "PERUMAHAN GRIYA MANGGALA PERMAI ASRI BLOK AA-12 NO. 127 JALAN SULTAN HASANUDDIN LORONG 4",
    "kelurahan": "TANJUNG REDEB SEBERANG PANTAI UTARA",
    "agama": "KEPERCAYAAN TERHADAP TUHAN YANG MAHA ESA",
    "tempat_terbit": "PANGKAJENE DAN KEPULAUAN",
}


@pytest.fixture(scope="session")
def layout() -> Layout:
    return load(LAYOUTS / "ktp-el.toml")


@pytest.fixture(scope="session")
def citizen() -> Callable[..., CardData]:
    return lambda **changed: CardData(**{**CITIZEN, **changed})


@pytest.fixture(scope="session")
def longest() -> CardData:
    return CardData(**LONGEST)


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.fixture(scope="session")
def photo() -> bytes:
    image = Image.new("RGB", (360, 480), (190, 20, 30))
    draw = ImageDraw.Draw(image)
    draw.ellipse((110, 90, 250, 300), fill=(180, 140, 110))
    draw.ellipse((40, 340, 320, 800), fill=(30, 40, 80))
    return encode(image, "JPEG", quality=90)


@pytest.fixture(scope="session")
def signature() -> bytes:
    image = Image.new("L", (400, 200), 248)
    ImageDraw.Draw(image).line([(30, 150), (120, 40), (200, 160), (300, 50), (370, 120)], fill=20, width=7)
    return encode(image, "PNG")
