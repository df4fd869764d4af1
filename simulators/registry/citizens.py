"""Synthetic citizens: names, numbers, addresses and faces of people who do not exist, the same for the same seed."""

from __future__ import annotations

import base64
import functools
import json
import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from faker import Faker

from simulators.registry.places import ELSEWHERE, HOME, ISSUED_AT, KABUPATEN, PROVINCE, VILLAGES, Region
from simulators.registry.portraits import BLUE, RED, Looks, draw_portrait, draw_signature, jpeg, png

PHOTO_LIMIT: Final = 12 * 1024
CHIP_PHOTO_LIMIT: Final = 4 * 1024
FINGER_BYTES: Final = 512

_FAITHS: Final = ("ISLAM",) * 14 + ("KRISTEN", "KRISTEN", "KATOLIK", "HINDU", "BUDDHA", "KHONGHUCU")
_BLOOD: Final = ("A", "B", "AB", "O", "O", "-", "-", "-")
_STREETS: Final = (
    "JL. SUDIRMAN",
    "JL. POROS ENREKANG-TORAJA",
    "LINGK. BATILI",
    "DUSUN RURA",
    "DUSUN PASANG",
    "JL. BUTTU JUPPANDANG",
)
_LONG_ADDRESSES: Final = (
    "PERUMAHAN BUMI MASSENREMPULU PERMAI TAHAP II BLOK AF NO. 123 LORONG 7 (BELAKANG MASJID NURUL IMAN)",
    "JL. POROS ENREKANG-TANA TORAJA KM. 17 RUMAH DINAS GURU SD NEGERI 101 BAMBAPUANG NO. 3",
    "DUSUN BUNTU LENTANG SEBELAH UTARA PASAR RAKYAT, RUMAH PANGGUNG NO. 44 DEKAT JEMBATAN GANTUNG",
)
_TRADES: Final = (
    "PETANI/PEKEBUN",
    "WIRASWASTA",
    "KARYAWAN SWASTA",
    "PEGAWAI NEGERI SIPIL (PNS)",
    "GURU",
    "BURUH HARIAN LEPAS",
    "PEDAGANG",
    "SOPIR",
    "BIDAN",
)


@dataclass(frozen=True, slots=True, repr=False)
class Citizen:
    """One invented person with all that a card needs.

    Attributes:
        citizen_ref: the registry's opaque reference; says nothing of the NIK.
        nik: 16 digits.
        kk: the family card's number, 16 digits.
        born: day of birth.
        marital_status: as on the card (`BELUM KAWIN`, `KAWIN`, …).
        contact: a telephone number that cannot be dialled, or None.
        card: the printed fields by their contract names, upper case.
        photo: JPEG, at most 12 kB.
        signature: PNG.
        chip: data objects by name: `biodata` (UTF-8 JSON text of the card's fields), `photo` (JPEG), `signature`
            (PNG), `finger_left` and `finger_right` (random bytes).
    """

    citizen_ref: str
    nik: str
    kk: str
    born: date
    marital_status: str
    contact: str | None
    card: dict[str, str]
    photo: bytes
    signature: bytes
    chip: dict[str, bytes]

    def claims(self) -> dict[str, Any]:
        """Return this person's part of a job's claims, bytes in base64."""
        return {
            "citizen_ref": self.citizen_ref,
            "nik": self.nik,
            "kk": self.kk,
            "marital_status": self.marital_status,
            "contact": self.contact,
            "card": self.card,
            "photo": _text(self.photo),
            "signature": _text(self.signature),
            "chip": {name: _text(content) for name, content in self.chip.items()},
        }


@dataclass(frozen=True, slots=True)
class Population:
    """People by number: the same seed and number always give the same person.

    Attributes:
        seed: any text.
        today: ages are counted and cards are dated from here.
        kecamatan: where all of them live today, a key of `places.VILLAGES`.
        long_names: the share, 0 to 1, of names of some 40 to 60 letters.
        long_addresses: the share of addresses of some 80 to 100 letters.
    """

    seed: str
    today: date
    kecamatan: str = "ENREKANG"
    long_names: float = 0.05
    long_addresses: float = 0.08

    def citizen(self, number: int, born: date | None = None) -> Citizen:
        """Invent one person.

        Args:
            number: which one, from 0; 9999 neighbours never share a NIK.
            born: the day of birth, if it matters; otherwise the person is 17 to 85 years old.
        """
        rng = random.Random(f"citizen/{self.seed}/{number}")
        female = rng.random() < 0.5  # noqa: PLR2004 - one half
        born = born or self.today - timedelta(days=rng.randint(17 * 366, 85 * 365))
        age = (self.today - born).days // 365
        origin = HOME if rng.random() < 0.7 else rng.choice(ELSEWHERE)  # noqa: PLR2004 - most never moved
        nik = make_nik(_kecamatan_code(rng, origin), born, female=female, serial=1 + number % 9999)
        card = self._card(rng, nik=nik, female=female, born=born, origin=origin, age=age)
        portrait = draw_portrait(rng, Looks(female=female, age=age, background=RED if born.year % 2 else BLUE))
        signature = draw_signature(rng)
        return Citizen(
            citizen_ref=f"c{rng.getrandbits(96):024x}",
            nik=nik,
            kk=make_nik(_kecamatan_code(rng, HOME), self._kk_day(rng), female=False, serial=rng.randint(1, 9999)),
            born=born,
            marital_status=card["status_perkawinan"],
            contact=None if rng.random() < 0.2 else f"0800{rng.randint(0, 9_999_999):07d}",  # noqa: PLR2004
            card=card,
            photo=jpeg(portrait, PHOTO_LIMIT),
            signature=png(signature, 4),
            chip={
                "biodata": json.dumps(card, ensure_ascii=False, separators=(",", ":")).encode(),
                "photo": jpeg(portrait.reduce(2), CHIP_PHOTO_LIMIT),
                "signature": png(signature.reduce(2), 4),
                "finger_left": rng.randbytes(FINGER_BYTES),
                "finger_right": rng.randbytes(FINGER_BYTES),
            },
        )

    def _kk_day(self, rng: random.Random) -> date:
        return self.today - timedelta(days=rng.randint(30, 15 * 365))

    def _card(
        self, rng: random.Random, *, nik: str, female: bool, born: date, origin: Region, age: int
    ) -> dict[str, str]:
        status = "BELUM KAWIN"
        if age >= 19:  # noqa: PLR2004 - the age of marriage
            status = rng.choice(("BELUM KAWIN", "KAWIN", "KAWIN", "KAWIN", "CERAI HIDUP", "CERAI MATI"))
        trade = rng.choice(_TRADES)
        if female and status == "KAWIN" and rng.random() < 0.5:  # noqa: PLR2004 - one half
            trade = "MENGURUS RUMAH TANGGA"
        return {
            "provinsi": PROVINCE,
            "kabupaten": KABUPATEN,
            "nik": nik,
            "nama": _name(rng, female=female, long=rng.random() < self.long_names),
            "tempat_lahir": origin.birthplace,
            "tanggal_lahir": born.isoformat(),
            "jenis_kelamin": "PEREMPUAN" if female else "LAKI-LAKI",
            "golongan_darah": rng.choice(_BLOOD),
            "alamat": _address(rng, long=rng.random() < self.long_addresses),
            "rt": f"{rng.randint(1, 12):03d}",
            "rw": f"{rng.randint(1, 8):03d}",
            "kelurahan": rng.choice(VILLAGES[self.kecamatan]),
            "kecamatan": self.kecamatan,
            "agama": rng.choice(_FAITHS),
            "status_perkawinan": status,
            "pekerjaan": "PELAJAR/MAHASISWA" if age < 21 else trade,  # noqa: PLR2004 - still studying
            "kewarganegaraan": "WNI",
            "berlaku_hingga": "SEUMUR HIDUP",
            "tempat_terbit": ISSUED_AT,
            "tanggal_terbit": self.today.isoformat(),
        }


def make_nik(kecamatan: str, day: date, *, female: bool, serial: int) -> str:
    """Compose a number by the rule of the NIK: six digits of region, DDMMYY with DD + 40 for women, four of serial.

    Args:
        kecamatan: six digits, of first registration.
        day: of birth; of issue for a family card.
        female: adds 40 to the day.
        serial: 1 to 9999.
    """
    return f"{kecamatan}{day.day + (40 if female else 0):02d}{day:%m%y}{serial:04d}"


def _kecamatan_code(rng: random.Random, region: Region) -> str:
    return f"{region.code}{rng.randint(1, region.kecamatan):02d}"


@functools.cache
def _indonesian() -> Faker:
    return Faker("id_ID")


def _faker(rng: random.Random) -> Faker:
    faker = _indonesian()
    faker.seed_instance(rng.getrandbits(32))
    return faker


def _name(rng: random.Random, *, female: bool, long: bool) -> str:
    faker = _faker(rng)
    if not long:
        return str(faker.name_female() if female else faker.name_male()).upper()
    first = faker.first_name_female if female else faker.first_name_male
    name = f"{first()} {first()}"
    while len(name) < 36:  # noqa: PLR2004 - longer than a card's line
        name += f" {first()}"
    return f"{name} {faker.last_name()}".upper()


def _address(rng: random.Random, *, long: bool) -> str:
    if long:
        return rng.choice(_LONG_ADDRESSES)
    if rng.random() < 0.3:  # noqa: PLR2004 - villages name no street
        return rng.choice(_STREETS)
    return f"{_faker(rng).street_name()} NO. {rng.randint(1, 140)}".upper()


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
