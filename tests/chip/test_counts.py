"""How many commands a card takes: nearly as few as its limits allow."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from drivers.deadline import Deadline
from drivers.encoder import SHORT, ApduLimits
from stationd.chip.apdu import Length
from stationd.chip.profile import within
from tests.chip.cards import KINDS, shipped

TAG = bytes(range(0xA0, 0xB0))
SIZES = {"biodata": 2048, "photo": 6144, "signature": 2048, "finger_left": 1536, "finger_right": 1536}
FULL = {"biodata": 1024, "photo": 4096, "signature": 1024, "finger_left": 512, "finger_right": 512}


def least(name: str, sizes: dict[str, int]) -> int:
    """Commands that no order of the profile's steps can do without, from the limits alone."""
    files = {"identity": len(TAG), **sizes}
    plain = name == "lab-iso7816"
    room = 240 if plain else 239  # 255 less a MAC of 8, in whole blocks, less a byte of padding
    looked = 1 + len(files)  # the application, and that each file is absent
    channel = 0 if plain else 2
    asked = 1 if plain else 2  # what the profile asks the chip for: its memory, and its state within the session
    header = 0 if plain else 5
    writes = sum(-(-(size + header) // room) + (1 if plain else 0) for size in files.values())
    reads = sum(1 + -(-size // room) for size in files.values())
    return looked + channel + asked + writes + reads + 2  # the lock, and the look at it


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=25)
@given(data=st.data())
def test_a_card_takes_hardly_more_commands_than_it_must(name: str, data: st.DataObject) -> None:
    sizes = {key: data.draw(st.integers(1, most)) for key, most in SIZES.items()}
    assert commands(name, sizes) <= 1.05 * least(name, sizes)


@pytest.mark.parametrize("name", KINDS)
def test_a_full_card(name: str) -> None:
    assert commands(name, FULL) <= 1.05 * least(name, FULL)


def commands(name: str, sizes: dict[str, int]) -> int:
    kind, objects = KINDS[name], {key: bytes([1]) * size for key, size in sizes.items()}
    card = kind.blank()
    engine, deadline = kind.engine(card), Deadline.after(60)
    engine.identify(TAG, deadline, objects)
    engine.write(objects, lambda _name: None, deadline)
    engine.verify(objects, deadline)
    engine.lock(deadline)
    return len(card.sent)


NARROW = ApduLimits(128, 128)


def test_blocks_are_as_large_as_the_reader_carries() -> None:
    profile = within(shipped("lab-gp-scp03"), NARROW)
    assert (profile.room.command, profile.room.answer) == (111, 111)  # seven blocks less a byte, and a MAC of 8
    assert within(profile, SHORT) == profile


def test_a_reader_of_short_commands_gets_short_ones() -> None:
    profile = shipped("lab-iso7816")
    extended = replace(profile.limits, max_command_data=2000, max_response_data=2000, length=Length.EXTENDED)
    fitted = within(replace(profile, limits=extended), SHORT)
    assert fitted.limits.length is Length.SHORT
    assert (fitted.limits.max_command_data, fitted.limits.max_response_data) == (255, 256)
