"""Names and addresses of readers, and where on USB they are."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.addresses import BadAddress
from drivers.encoder import EXTENDED, SHORT, CardType, NotAnIdentity, Uid
from drivers.pcsc import names, places
from drivers.pcsc.names import Address, Reader

TWO_SLOTS = "HID Global OMNIKEY 5422 Smartcard Reader [OMNIKEY 5422CL Smartcard Reader] (KJ0010XYZ) 01 00"


@pytest.mark.parametrize(
    ("name", "model", "serial", "slot"),
    [
        ("Gemalto PC Twin Reader (70D7E2EE) 00 00", "Gemalto PC Twin Reader", "70D7E2EE", 0),
        ("ACS ACR1281 1S Dual Reader 00 02", "ACS ACR1281 1S Dual Reader", None, 2),
        ("Virtual PCD 0A 0B", "Virtual PCD", None, 11),
        (
            TWO_SLOTS,
            "HID Global OMNIKEY 5422 Smartcard Reader [OMNIKEY 5422CL Smartcard Reader]",
            "KJ0010XYZ",
            0,
        ),
        ("no numbers", "no numbers", None, 0),
    ],
)
def test_what_a_listed_name_tells(name: str, model: str, serial: str | None, slot: int) -> None:
    reader = names.listed(name)
    assert (reader.model, reader.serial, reader.slot) == (model, serial, slot)


PARTS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=12)
ADDRESSES = st.builds(
    Address,
    name=st.just(""),
    model=PARTS | st.just(""),
    serial=PARTS | st.none(),
    usb=st.sampled_from(["1-1", "2-1.4.3", None]),
    slot=st.integers(0, 15) | st.none(),
).filter(lambda address: address.bound)


@given(ADDRESSES | st.builds(Address, name=PARTS))
def test_an_address_survives_being_written(address: Address) -> None:
    assert names.parse(str(address)) == address


@given(st.text(max_size=60))
def test_any_other_text_is_refused_or_a_name(text: str) -> None:
    with contextlib.suppress(BadAddress):
        address = names.parse(text)
        assert address.bound or address.name == text.removeprefix("pcsc:")


@pytest.mark.parametrize(
    "address",
    ["nonsense", "pcsc:", "pcsc:X?slot=1", "pcsc:X?usb=1.4", "pcsc:X?usb=1-4&slot=one", "pcsc:?serial=1&serial=2"],
)
def test_an_address_that_means_nothing_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        names.parse(address)


def test_what_is_asked_for_must_be_told() -> None:
    address = names.parse("pcsc:?serial=A1&slot=1")
    assert address.is_(Reader("X 03 01", "A1", "1-1"))
    assert not address.is_(Reader("X 03 00", "A1", "1-1"))
    assert not address.is_(Reader("X 03 01", "B2", "1-1"))
    assert not address.is_(Reader("X 03 01", None, "1-1"))
    assert address.may_be(Reader("X 03 01", None, "1-1"))


@given(ADDRESSES)
def test_a_reader_is_found_again_by_the_address_that_find_lists(address: Address) -> None:
    reader = Reader(f"{address.model or 'X'} 07 {address.slot or 0:02X}", address.serial, address.usb)
    listed = names.address_of(reader)
    assert listed.is_(reader)
    assert names.same(str(address), str(listed))
    assert names.same(f"pcsc:{reader.name}", str(listed))


def test_addresses_of_two_readers_are_not_the_same() -> None:
    assert not names.same("pcsc:X?serial=A1&slot=0", "pcsc:X?serial=B2&slot=0")
    assert not names.same("pcsc:X 00 00", "pcsc:X?usb=1-1&slot=1")
    assert not names.same("pcsc:X 00 00", "pcsc:X 01 00")
    assert not names.same("serial:/dev/ttyUSB0", "pcsc:X 01 00")


def attach(devices: Path, port: str, bus: int, number: int) -> None:
    folder = devices / port
    folder.mkdir(parents=True)
    (folder / "busnum").write_text(f"{bus}\n")
    (folder / "devnum").write_text(f"{number}\n")


def test_a_port_is_found_by_bus_and_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "DEVICES", tmp_path)
    attach(tmp_path, "1-1.4", 1, 7)
    attach(tmp_path, "2-1", 2, 7)
    (tmp_path / "1-1.4:1.0").mkdir()
    assert places.port_of(0x00200107) == "1-1.4"
    assert places.port_of(0x00200207) == "2-1"
    assert places.port_of(0x00200108) is None
    assert places.port_of(0x00010107) is None
    assert places.described("X (S9) 00 00", 0, "") == Reader("X (S9) 00 00", "S9", None)


@pytest.mark.parametrize(
    ("value", "card_type", "may"),
    [
        ("04112233445566", CardType.TYPE_A, True),
        ("04112233445566778899", CardType.TYPE_A, True),
        ("08112233", CardType.TYPE_A, False),
        ("1F112233", CardType.TYPE_A, False),
        ("11223344", CardType.TYPE_B, False),
        ("04112233445566", CardType.TYPE_B, False),
        ("04112233445566", CardType.UNKNOWN, False),
    ],
)
def test_only_a_uid_that_stays_is_an_identity(value: str, card_type: CardType, may: bool) -> None:
    uid = Uid(bytes.fromhex(value), card_type)
    assert str(uid) == value
    assert uid.may_identify is may
    if may:
        assert uid.identity == bytes.fromhex(value)
    else:
        with pytest.raises(NotAnIdentity, match=value):
            _ = uid.identity


@given(st.binary(max_size=12), st.sampled_from(CardType))
def test_a_uid_of_four_bytes_is_never_an_identity(value: bytes, card_type: CardType) -> None:
    uid = Uid(value, card_type)
    assert uid == Uid(value, card_type)
    assert uid.may_identify is (len(value) in (7, 10) and card_type is CardType.TYPE_A)


def test_what_a_reader_of_short_apdus_carries() -> None:
    assert SHORT.carries(bytes(4))
    assert SHORT.carries(bytes.fromhex("00B0000000"))
    assert SHORT.carries(bytes.fromhex("00D60000FF") + bytes(255))
    assert not SHORT.carries(bytes.fromhex("00B00000000000"))
    assert not SHORT.carries(bytes.fromhex("00D60000000001AA"))
    assert EXTENDED.carries(bytes.fromhex("00D6000000FFFF") + bytes(65_535))
