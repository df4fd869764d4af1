from __future__ import annotations

import datetime
import traceback
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model.card import BadCard, CardData

GOOD: dict[str, Any] = {
    "provinsi": "SULAWESI SELATAN",
    "kabupaten": "KABUPATEN ENREKANG",
    "nik": "7316014107900001",
    "nama": "SITI NUR'AINI, S.PD.",
    "tempat_lahir": "ENREKANG",
    "tanggal_lahir": "1990-07-01",
    "jenis_kelamin": "PEREMPUAN",
    "golongan_darah": "O",
    "alamat": "JL. PANCAITANA NO. 7",
    "rt": "001",
    "rw": "002",
    "kelurahan": "GALONTA",
    "kecamatan": "ENREKANG",
    "agama": "ISLAM",
    "status_perkawinan": "KAWIN",
    "pekerjaan": "GURU",
    "kewarganegaraan": "WNI",
    "berlaku_hingga": "SEUMUR HIDUP",
    "tempat_terbit": "ENREKANG",
    "tanggal_terbit": "2024-02-29",
}


def decode(**changed: object) -> CardData:
    return msgspec.json.decode(msgspec.json.encode({**GOOD, **changed}), type=CardData)


def test_a_good_card_is_decoded_with_dates_as_dates() -> None:
    card = decode()
    assert card.tanggal_lahir == datetime.date(1990, 7, 1)
    assert card.nama == GOOD["nama"]
    assert msgspec.to_builtins(card) == GOOD


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("nik", "731601410790000"),
        ("nik", "73160141079000012"),
        ("nik", "731601410790000X"),
        ("nik", "７３１６０１４１０７９００００１"),
        ("nama", ""),
        ("nama", "RAHASIA "),
        ("nama", "RAHASIA\nRAHASIA"),
        ("nama", "RAHASIA\u202e"),
        ("alamat", "RAHASIA " * 40 + "."),
        ("jenis_kelamin", "RAHASIA"),
        ("golongan_darah", "RAHASIA"),
        ("rt", "0001"),
        ("rw", ""),
        ("tanggal_lahir", "RAHASIA"),
        ("tanggal_lahir", "1990-02-30"),
        ("tanggal_terbit", "1990-06-30"),
        ("kecamatan", None),
        ("agama", 5),
    ],
)
def test_a_bad_field_is_named_and_its_value_is_not(field: str, value: object) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        decode(**{field: value})
    assert field in str(caught.value)
    shown = "".join(traceback.format_exception(caught.value))
    assert "RAHASIA" not in shown
    assert str(value) not in str(caught.value) or value in (None, "", 5)


def test_a_missing_and_an_unknown_field_are_named() -> None:
    lacking = {k: v for k, v in GOOD.items() if k != "pekerjaan"}
    with pytest.raises(msgspec.ValidationError, match="pekerjaan"):
        msgspec.json.decode(msgspec.json.encode(lacking), type=CardData)
    with pytest.raises(msgspec.ValidationError, match="hobi"):
        decode(hobi="x")


def test_a_card_made_in_code_is_held_to_the_same_rules() -> None:
    good = msgspec.to_builtins(decode())
    dates = {k: datetime.date.fromisoformat(good[k]) for k in ("tanggal_lahir", "tanggal_terbit")}
    with pytest.raises(BadCard) as caught:
        CardData(**{**good, **dates, "rt": "x"})
    assert caught.value.field == "rt"
    assert "three digits" in caught.value.expected


def test_a_card_shows_nothing_of_itself() -> None:
    card = decode()
    for shown in (repr(card), str(card), f"{card!r:>5}", repr([card])):
        assert not any(str(value) in shown for value in GOOD.values())


@given(st.sampled_from(sorted(GOOD)), st.text(max_size=30))
def test_any_text_in_a_field_is_kept_as_it_is_or_refused_by_the_field_s_name(field: str, value: str) -> None:
    refused = ""
    try:
        card = decode(**{field: value})
    except msgspec.ValidationError as error:
        refused = str(error)
    if refused:
        assert field in refused
        assert len(value) < 8 or value not in refused
    else:
        assert msgspec.to_builtins(card)[field] == value


@given(st.text(st.characters(categories=("L", "M", "N", "P", "S")), min_size=1, max_size=150))
def test_every_printable_name_is_kept_letter_for_letter(name: str) -> None:
    if name.isprintable():
        assert decode(nama=name).nama == name
