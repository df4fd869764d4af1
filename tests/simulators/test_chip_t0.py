"""Chips with contacts that speak T=0 alone refuse what no reader could send them, and answer what any could."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.chips import Assortment
from simulators.devices.chip import TimedChip
from simulators.devices.chip_command import Refusal
from simulators.devices.chip_iso7816 import LAB_AID, Iso7816Chips
from simulators.devices.chip_t0 import Characters

SELECT = b"\x00\xa4\x04\x04" + bytes([len(LAB_AID)]) + LAB_AID


def powered() -> TimedChip:
    chip = Iso7816Chips(card_type="contact-t0").blank("04112233445566", "white")
    chip.power_on()
    return chip


@pytest.mark.parametrize("kind", ["iso7816-t0", "gp-scp03-t0"])
def test_its_answer_to_reset_names_no_protocol(kind: str) -> None:
    atr = Assortment().of(kind).blank("04112233445566", "white").power_on()
    assert atr[0] == 0x3B
    assert atr[1] == len(atr) - 2, "no interface bytes, and no check byte: T=0 alone"


def test_an_answer_to_a_command_with_data_is_fetched() -> None:
    chip = powered()
    told = chip.process(SELECT)
    assert told[0] == 0x61
    size = told[1]
    assert chip.process(bytes([0, 0xC0, 0, 0, size + 1])) == bytes([0x6C, size])
    first = chip.process(bytes([0, 0xC0, 0, 0, 4]))
    assert first[-2:] == bytes([0x61, size - 4])
    rest = chip.process(bytes([0, 0xC0, 0, 0, size - 4]))
    assert rest[-2:] == b"\x90\x00"
    assert first[0] == 0x62
    assert len(first[:-2] + rest[:-2]) == size
    assert chip.process(b"\x00\xc0\x00\x00\x01") == b"\x69\x85", "it is fetched once"


@pytest.mark.parametrize("behind", ["00", "FF", "0000"])
def test_data_and_an_le_in_one_command_are_refused(behind: str) -> None:
    chip = powered()
    assert chip.process(SELECT + bytes.fromhex(behind)) == b"\x67\x00"


def test_nothing_is_extended() -> None:
    chip = powered()
    assert chip.process(bytes.fromhex("00B000000000FF")) == b"\x67\x00"


def test_what_waits_goes_with_the_power() -> None:
    chip = powered()
    size = chip.process(SELECT)[1]
    chip.power_on()
    assert chip.process(bytes([0, 0xC0, 0, 0, size])) == b"\x69\x85"


def test_a_read_of_another_length_than_is_there_is_told_the_length() -> None:
    chip = powered()
    chip.process(SELECT)
    chip.process(bytes.fromhex("00E000000D 620B 80020005 820101 83020001".replace(" ", "")))
    assert chip.process(bytes.fromhex("00B0000000")) == b"\x6c\x05"
    assert chip.process(bytes.fromhex("00B0000005")) == bytes(5) + b"\x90\x00"


@given(st.binary(max_size=270), st.binary(max_size=300), st.lists(st.integers(0, 255), max_size=5))
def test_whatever_comes_is_answered_by_two_bytes_at_least_or_refused(
    tpdu: bytes, answer: bytes, fetched: list[int]
) -> None:
    line = Characters()

    def carried(command: bytes) -> bytes:
        try:
            told = line.carry(command, lambda _apdu: answer + b"\x90\x00")
        except Refusal as refusal:
            return refusal.sw.to_bytes(2, "big")
        return told

    assert len(carried(tpdu)) >= 2
    got = b"".join(carried(bytes([0, 0xC0, 0, 0, size]))[:-2] for size in fetched)
    assert answer.startswith(got)
