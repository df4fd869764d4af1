"""The lab SAM behaves as docs/profiles.md says, and writes to the lab card what a host with the keys would."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.devices.chip import Mishap, TimedChip
from simulators.devices.chip_faults import (
    BadMac,
    Fault,
    Garbage,
    Mute,
    Reset,
    Slow,
    WrongKey,
    WrongSw,
    Yank,
    with_faults,
)
from simulators.devices.chip_gp import LAB_AID, GpChip, GpChips
from simulators.devices.chip_sam import SAM_AID, SamChip, Sams
from simulators.devices.chip_scp03 import KeySet

SERIAL = "04112233445566"
SELECT = b"\x00\xa4\x04\x00" + bytes([len(SAM_AID)]) + SAM_AID + b"\x00"
SELECT_CARD = b"\x00\xa4\x04\x00" + bytes([len(LAB_AID)]) + LAB_AID + b"\x00"
OPEN, AUTHENTICATE, WRAP, UNWRAP, CLOSE = 0x10, 0x12, 0x14, 0x16, 0x18


def key_set(size: int = 16) -> KeySet:
    return KeySet(0x30, *(bytes(range(at, at + size)).hex() for at in (0x10, 0x40, 0x70)))


SAMS = Sams({"lab": key_set(), "lab-256": key_set(32)})


def sam_with(*faults: Fault) -> SamChip:
    sam = SAMS.restore(with_faults(SAMS.blank(SERIAL, "sam").state(), *faults))
    sam.power_on()
    assert sam.process(SELECT).hex().upper() == "6F0A8408" + SAM_AID.hex().upper() + "9000"
    return sam


def card(size: int = 16, *, s16: bool = False) -> GpChip:
    chip = GpChips(key_set(size), s16=s16).blank(SERIAL, "white")
    chip.power_on()
    chip.process(SELECT_CARD)
    return chip


def ask(sam: SamChip, ins: int, data: bytes = b"", p1: int = 0, p2: int = 0) -> tuple[bytes, int]:
    lc = bytes([len(data)]) + data if data else b""
    answer = sam.process(bytes([0x80, ins, p1, p2]) + lc + b"\x00")
    return answer[:-2], int.from_bytes(answer[-2:], "big")


def opened(sam: SamChip, chip: GpChip, level: int = 0x33, reference: str = "lab", size: int = 8) -> int:
    """Open a session of the SAM with a chip; the chip's last status, or the SAM's if it refused."""
    challenge, sw = ask(sam, OPEN, reference.encode(), level, size)
    assert (len(challenge), sw) == (size, 0x9000)
    answer = chip.process(bytes([0x80, 0x50, 0, 0, size]) + challenge + b"\x00")
    data, sw = ask(sam, AUTHENTICATE, answer[:-2])
    if sw != 0x9000:
        return sw
    return int.from_bytes(chip.process(bytes([0x84, 0x82, level, 0, len(data)]) + data), "big")


def through(sam: SamChip, chip: GpChip, header: str, data: bytes = b"", *, protected: bool = True) -> tuple[bytes, int]:
    """One command by way of the SAM."""
    first = bytes.fromhex(header)
    wrapped, sw = ask(sam, WRAP, first + data)
    assert sw == 0x9000
    answer = chip.process(bytes([first[0] | 4]) + first[1:] + bytes([len(wrapped)]) + wrapped + b"\x00")
    status = int.from_bytes(answer[-2:], "big")
    if not protected or not (status == 0x9000 or status >> 8 in {0x62, 0x63}):
        return answer[:-2], status
    plain, sw = ask(sam, UNWRAP, answer[:-2], answer[-2], answer[-1])
    return plain, status if sw == 0x9000 else sw


@pytest.mark.parametrize("level", [0x01, 0x03, 0x11, 0x13, 0x33])
@pytest.mark.parametrize(("reference", "size"), [("lab", 16), ("lab-256", 32)])
@pytest.mark.parametrize("s16", [False, True])
def test_it_leads_a_session_with_the_lab_card(level: int, reference: str, size: int, s16: bool) -> None:
    sam, chip = sam_with(), card(size, s16=s16)
    assert opened(sam, chip, level, reference, 16 if s16 else 8) == 0x9000
    content = bytes(range(180))
    assert through(sam, chip, "80E28800", b"\x01\x02" + bytes([len(content)]) + content) == (b"", 0x9000)
    assert through(sam, chip, "00A4020C", b"\x01\x02") == (b"", 0x9000)
    assert through(sam, chip, "00B00000") == (content, 0x9000)
    assert through(sam, chip, "00A4020C", b"\x09\x99") == (b"", 0x6A82)
    assert through(sam, chip, "00B00000") == (content, 0x9000)
    assert ask(sam, CLOSE) == (b"", 0x9000)
    assert ask(sam, WRAP, bytes(4)) == (b"", 0x6985)
    assert ask(sam, CLOSE) == (b"", 0x9000)


@pytest.mark.parametrize(
    ("apdu", "sw"),
    [
        ("8010330803" + "6C6162", "9000"),
        ("8010220803" + "6C6162", "6A86"),
        ("8010330903" + "6C6162", "6A86"),
        ("8010330804" + "6C616263", "6A88"),
        ("8010330801" + "FF", "6A80"),
        ("80103308", "6A80"),
        ("8010330821" + "61" * 33, "6A80"),
        ("8012000000", "6985"),
        ("801200000101", "6985"),
        ("8014000004" + "80E28800", "6985"),
        ("8016900000", "6985"),
        ("8018000000", "9000"),
        ("8018010000", "6A86"),
        ("801800000101", "6A80"),
        ("80CA006600", "6D00"),
        ("00CA006600", "6E00"),
        ("00A40400080000000000000000", "6A82"),
        ("00A4000000", "6A86"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(apdu: str, sw: str) -> None:
    assert sam_with().process(bytes.fromhex(apdu))[-2:].hex().upper() == sw


def test_it_wants_to_be_selected_and_forgets_with_the_power() -> None:
    sam = SAMS.blank(SERIAL, "sam")
    sam.power_on()
    assert ask(sam, OPEN, b"lab", 0x33, 8) == (b"", 0x6985)
    sam.process(SELECT)
    assert opened(sam, card()) == 0x9000
    sam.process(SELECT)
    assert ask(sam, WRAP, bytes(4)) == (b"", 0x6985)
    sam.power_on()
    assert ask(sam, OPEN, b"lab", 0x33, 8) == (b"", 0x6985)


def test_challenges_are_fresh_and_a_new_opening_drops_the_session() -> None:
    sam, chip = sam_with(), card()
    assert ask(sam, OPEN, b"lab", 0x33, 16)[0] != ask(sam, OPEN, b"lab", 0x33, 16)[0]
    assert opened(sam, chip) == 0x9000
    ask(sam, OPEN, b"lab", 0x33, 8)
    assert ask(sam, WRAP, bytes(4)) == (b"", 0x6985)


def test_a_chip_that_does_not_know_the_keys_is_told() -> None:
    sam = sam_with()
    assert opened(sam, card(), reference="lab-256") == 0x6300
    assert ask(sam, AUTHENTICATE, bytes(32)) == (b"", 0x6985), "what was opened is dropped"
    assert opened(sam_with(WrongKey(at=2)), card()) == 0x6300


@pytest.mark.parametrize("answer", ["", "00" * 31, "00" * 11 + "0270" + "00" * 19, "00" * 11 + "0371" + "00" * 19])
def test_an_answer_that_is_not_one_of_scp03_s_is_refused(answer: str) -> None:
    sam = sam_with()
    ask(sam, OPEN, b"lab", 0x33, 8)
    assert ask(sam, AUTHENTICATE, bytes.fromhex(answer)) == (b"", 0x6A80)


def test_what_does_not_fit_uses_nothing_up_and_an_answer_is_understood_once() -> None:
    sam, chip = sam_with(), card()
    opened(sam, chip)
    assert ask(sam, UNWRAP, bytes(8), 0x90, 0x00) == (b"", 0x6985)
    assert ask(sam, WRAP, bytes.fromhex("80E28800") + bytes(240)) == (b"", 0x6700)
    assert len(ask(sam, WRAP, bytes.fromhex("80E28800") + bytes(239))[0]) == 248
    opened(sam, chip)
    assert through(sam, chip, "80E28800", b"\x01\x02\x01a") == (b"", 0x9000)
    assert ask(sam, UNWRAP, bytes(8), 0x90, 0x00) == (b"", 0x6985)


def test_a_wrong_mac_ends_the_session() -> None:
    sam, chip = sam_with(), card()
    opened(sam, chip)
    wrapped, _ = ask(sam, WRAP, bytes.fromhex("80E28800") + b"\x01\x02\x01a")
    chip.process(bytes.fromhex("84E28800") + bytes([len(wrapped)]) + wrapped)
    assert ask(sam, UNWRAP, bytes(8), 0x90, 0x00) == (b"", 0x6982)
    assert ask(sam, WRAP, bytes(4)) == (b"", 0x6985)


def test_faults_befall_it_like_any_chip() -> None:
    faults = (WrongSw(at=1, sw=0x6F00), Slow(at=2, seconds=1.0), Garbage(at=3, answer="00"), BadMac(at=5))
    sam = SAMS.restore(with_faults(SAMS.blank(SERIAL, "sam").state(), *faults))
    assert isinstance(sam, TimedChip)
    assert sam.power_on().hex().startswith("3b8c8131fe45")
    assert sam.process(SELECT).hex() == "6f00"
    assert sam.exchange(SELECT).seconds > 1.0
    assert sam.process(SELECT) == b"\x00"
    sam.process(SELECT)
    assert opened(sam, card()) == 0x6300, "the challenge that the card saw is not the one that the SAM drew"
    for fault, mishap in ((Yank(at=1), Mishap.GONE), (Reset(at=1), Mishap.RESET), (Mute(at=1), None)):
        sam.script(fault)
        reply = sam.exchange(SELECT)
        assert (reply.answer, reply.mishap) == (b"", mishap)


@settings(max_examples=40)
@given(st.lists(st.binary(max_size=60) | st.sampled_from([SELECT, bytes.fromhex("80103308036C6162")]), max_size=20))
def test_any_bytes_get_a_status_word_and_no_answer_holds_a_key(apdus: list[bytes]) -> None:
    sam = sam_with()
    keys = [bytes.fromhex(key) for key in (key_set(32).enc, key_set(32).mac, key_set(32).dek)]
    for apdu in apdus:
        answer = sam.process(apdu)
        assert len(answer) >= 2
        assert not any(key[:8] in answer for key in keys)
        assert SAMS.restore(json.loads(json.dumps(sam.state()))).state() == sam.state()
