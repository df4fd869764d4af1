"""Invented citizens: their numbers follow the rule, their pictures fit, and a seed always gives the same people."""

from __future__ import annotations

import io
import json
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from simulators.registry.citizens import CHIP_PHOTO_LIMIT, FINGER_BYTES, PHOTO_LIMIT, Population, make_nik

TODAY = date(2026, 3, 2)


@given(
    day=st.dates(date(1930, 1, 1), date(2020, 12, 31)),
    female=st.booleans(),
    serial=st.integers(1, 9999),
)
def test_nik_carries_region_day_and_serial(day: date, female: bool, serial: int) -> None:
    nik = make_nik("731602", day, female=female, serial=serial)
    assert len(nik) == 16
    assert nik[:6] == "731602"
    assert int(nik[6:8]) == day.day + (40 if female else 0)
    assert nik[8:12] == f"{day.month:02d}{day.year % 100:02d}"
    assert int(nik[12:]) == serial


@settings(max_examples=15, deadline=None)
@given(number=st.integers(0, 10_000), seed=st.text(max_size=8))
def test_a_citizen_is_consistent_and_fits(number: int, seed: str) -> None:
    citizen = Population(seed, TODAY).citizen(number)
    card = citizen.card
    assert card["nik"] == citizen.nik
    assert date.fromisoformat(card["tanggal_lahir"]) == citizen.born
    assert (int(citizen.nik[6:8]) > 40) == (card["jenis_kelamin"] == "PEREMPUAN")
    assert citizen.nik not in citizen.citizen_ref
    assert all(text == text.upper() for text in card.values())
    assert all(text == text.strip() and text.isprintable() for text in card.values())
    assert len(citizen.photo) <= PHOTO_LIMIT
    assert len(citizen.chip["photo"]) <= CHIP_PHOTO_LIMIT
    assert len(citizen.chip["biodata"]) <= 1024
    assert len(citizen.chip["signature"]) <= 1024
    assert len(citizen.chip["finger_left"]) == len(citizen.chip["finger_right"]) == FINGER_BYTES
    assert citizen.chip["finger_left"] != citizen.chip["finger_right"]
    assert json.loads(citizen.chip["biodata"]) == card
    with Image.open(io.BytesIO(citizen.photo)) as photo:
        photo.load()
        assert (photo.format, photo.size) == ("JPEG", (300, 400))
        corner = photo.getpixel((3, 3))
    assert isinstance(corner, tuple)
    assert (corner[0] > corner[2]) == (citizen.born.year % 2 == 1)  # red for odd years, blue for even
    with Image.open(io.BytesIO(citizen.signature)) as signature:
        assert signature.format == "PNG"
        assert signature.convert("L").getextrema() == (0, 255)


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    first, again = Population("a", TODAY).citizen(7), Population("a", TODAY).citizen(7)
    assert first == again
    assert Population("b", TODAY).citizen(7).nik != first.nik


def test_neighbours_differ_in_number_and_reference() -> None:
    people = [Population("a", TODAY).citizen(n) for n in range(20)]
    assert len({p.nik for p in people}) == 20
    assert len({p.citizen_ref for p in people}) == 20
    assert {p.nik[:4] for p in people} != {"7316"}  # some were first registered elsewhere


def test_long_names_and_addresses_come_on_request() -> None:
    people = [Population("a", TODAY, long_names=1, long_addresses=1).citizen(n) for n in range(5)]
    assert all(36 < len(p.card["nama"]) <= 80 for p in people)
    assert all(len(p.card["alamat"]) > 70 for p in people)
    plain = [Population("a", TODAY, long_names=0, long_addresses=0).citizen(n) for n in range(5)]
    assert all(len(p.card["nama"]) < 50 and len(p.card["alamat"]) < 60 for p in plain)


def test_a_given_birthday_is_kept() -> None:
    citizen = Population("a", TODAY).citizen(3, born=date(2010, 5, 17))
    assert citizen.card["tanggal_lahir"] == "2010-05-17"
    assert citizen.nik[8:12] == "0510"
    assert citizen.card["status_perkawinan"] == "BELUM KAWIN"


def test_people_do_not_show_in_a_repr() -> None:
    citizen = Population("a", TODAY).citizen(1)
    assert citizen.nik not in repr(citizen)
    assert citizen.card["nama"] not in repr(citizen)
