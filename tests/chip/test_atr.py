"""Which cards are spoken to by T=0: by the answers to reset of real cards and by any bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.chip.atr import by_characters


@pytest.mark.parametrize(
    ("atr", "expected"),
    [
        ("3B 65 00 00 9C 02 02 07 02", True),  # no TD1 at all: T=0
        ("3B 9F 95 80 1F C7 80 31 E0 73 FE 21 13 57 86 81 02 86 98 44 18 A8", True),  # T=0, and T=15, which is none
        ("3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 01 00 00 00 00 6A", False),  # made up by a contactless reader
        ("3B 80 80 01 01", False),  # T=0 and T=1: pcscd takes T=1
        ("3B F8 13 00 00 81 31 FE 45 4A 43 4F 50 76 32 34 31 B7", False),  # T=1 alone
        ("3B 90 10 90 10 00", True),  # TA2: specific mode, T=0
        ("3B D0 10 00 81 91 01 41", False),  # TA2 names T=1
        ("3B A0 00 8F 00", True),  # T=15 is no protocol
        ("", False),
        ("3B", False),
        ("3B F0 11", False),  # cut off
    ],
)
def test_which_cards_speak_by_characters(atr: str, expected: bool) -> None:
    assert by_characters(bytes.fromhex(atr)) is expected


@given(st.binary(max_size=40))
def test_any_bytes_are_judged(atr: bytes) -> None:
    assert by_characters(atr) in {True, False}
