"""The lab card behaves as docs/profiles.md says, command by command and whatever comes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from simulators.devices.chip import Mishap, TimedChip
from simulators.devices.chip_faults import (
    BadMac,
    Fault,
    Garbage,
    MemoryFull,
    Mute,
    Reset,
    Slow,
    Tear,
    WrongKey,
    WrongSw,
    Yank,
    with_faults,
)
from simulators.devices.chip_iso7816 import (
    CHIPS,
    CHIPS_8K,
    CHIPS_TYPE_B,
    LAB_AID,
    Iso7816Chip,
    Iso7816Chips,
)

SERIAL = "04112233445566"
PROFILE = tomllib.loads((Path(__file__).parents[2] / "config/profiles/lab-iso7816.toml").read_text())
SELECT_APPLICATION = b"\x00\xa4\x04\x04" + bytes([len(LAB_AID)]) + LAB_AID + b"\x00"
DEACTIVATE, ACTIVATE = bytes.fromhex("00040000"), bytes.fromhex("00440000")
READ_ALL = bytes.fromhex("00B0000000")


def powered(factory: Iso7816Chips = CHIPS) -> Iso7816Chip:
    chip = factory.blank(SERIAL, "white")
    chip.power_on()
    return chip


def in_application(factory: Iso7816Chips = CHIPS) -> Iso7816Chip:
    chip = powered(factory)
    chip.process(SELECT_APPLICATION)
    return chip


def create(fid: int, size: int) -> bytes:
    template = f"62 0B 8002 {size:04X} 820101 8302 {fid:04X}"
    return bytes.fromhex("00E00000 0D" + template)


def update(offset: int, data: bytes) -> bytes:
    return b"\x00\xd6" + offset.to_bytes(2, "big") + bytes([len(data)]) + data


def ask(chip: Iso7816Chip, apdu: str) -> str:
    return chip.process(bytes.fromhex(apdu)).hex().upper()


def with_script(chip: Iso7816Chip, *faults: Fault) -> Iso7816Chip:
    scripted = CHIPS.restore(with_faults(chip.state(), *faults))
    scripted.power_on()
    return scripted


def life_cycle(chip: Iso7816Chip) -> tuple[int, str]:
    answer = chip.process(SELECT_APPLICATION)
    at = answer.index(b"\x8a\x01")
    return answer[at + 2], answer[-2:].hex()


def test_it_is_a_timed_chip_with_a_contactless_answer_to_reset() -> None:
    chip = CHIPS.blank(SERIAL, "white")
    atr = chip.power_on()
    check = 0
    for byte in atr[1:]:
        check ^= byte
    assert isinstance(chip, TimedChip)
    assert atr[:4] == bytes([0x3B, 0x80 | (len(atr) - 5), 0x80, 0x01])
    assert check == 0


def profile_commands(data: dict[str, bytes]) -> list[tuple[dict[str, Any], list[bytes]]]:
    """The profile's personalisation as commands, written out here from the format's description alone."""
    chunk = PROFILE["limits"]["max_command_data"]
    files = {
        name: int(item["file"], 16) for name, item in {"identity": PROFILE["identity"], **PROFILE["objects"]}.items()
    }
    commands = []
    for step in PROFILE["personalisation"]["steps"]:
        name = step.get("object", "identity")
        by_id = b"\x00\xa4\x02\x0c\x02" + files[name].to_bytes(2, "big")
        blocks = [(at, data[name][at : at + chunk]) for at in range(0, len(data[name]), chunk)]
        apdus = {
            "select": [SELECT_APPLICATION],
            "create": [create(files[name], len(data[name]))],
            "update_binary": [by_id, *(update(at, block) for at, block in blocks)],
            "verify_readback": [by_id, *(b"\x00\xb0" + at.to_bytes(2, "big") + bytes([len(b)]) for at, b in blocks)],
            "lock": [bytes.fromhex(step.get("command", ""))],
        }[step["do"]]
        commands.append((step, apdus))
    return commands


def full_objects() -> dict[str, bytes]:
    sizes = {"identity": PROFILE["identity"]["size"]} | {n: o["max_size"] for n, o in PROFILE["objects"].items()}
    return {name: bytes((at * 7 + len(name)) % 251 for at in range(size)) for name, size in sizes.items()}


def test_the_profile_s_largest_objects_are_written_read_back_locked_and_activated() -> None:
    data = full_objects()
    chip = powered()
    read: dict[str, bytes] = {}
    for step, apdus in profile_commands(data):
        for apdu in apdus:
            answer = chip.process(apdu)
            assert answer[-2:].hex().upper() in step["accept"], step
            if apdu[1] == 0xB0:
                read[step["object"]] = read.get(step["object"], b"") + answer[:-2]
    assert read == data
    assert life_cycle(chip) == (0x04, "6283")
    assert chip.process(ACTIVATE) == b"\x90\x00"
    assert life_cycle(chip) == (0x05, "9000")


def test_it_tells_what_memory_is_left_of_its_application() -> None:
    chip = powered()
    assert ask(chip, "00CA010104") == "6A88"
    chip.process(SELECT_APPLICATION)
    assert chip.process(bytes.fromhex("00CA010104")).hex() == f"{16384 - 64:08x}9000"
    chip.process(create(0x0102, 100))
    assert chip.process(bytes.fromhex("00CA010100")).hex() == f"{16384 - 64 - 144:08x}9000"


def test_a_chip_of_8_kilobytes_is_full_before_the_largest_objects_are_in() -> None:
    chip = powered(CHIPS_8K)
    answers = [chip.process(apdu)[-2:].hex().upper() for _, apdus in profile_commands(full_objects()) for apdu in apdus]
    assert "6A84" in answers


@pytest.mark.parametrize(
    ("apdu", "sw"),
    [
        ("00A4", "6700"),
        ("00D60000050102", "6700"),
        ("00D60000", "6700"),
        ("00B00000", "6700"),
        ("00B0000004", "6986"),
        ("00D600000101", "6986"),
        ("00A4040009F0FFFFFFFFFFFFFFFF", "6A82"),
        ("00A4020C020999", "6A82"),
        ("00A4010002FFFF", "6A86"),
        ("00A4040802AAAA", "6A86"),
        ("00E00100026200", "6A86"),
        ("00E000000D620B800200108201018302 3F00", "6A80"),
        ("00E00000026200", "6A80"),
        ("00E0000003620580", "6A80"),
        ("00CA9F7F00", "6A88"),
        ("00CA010103", "6C04"),
        ("00C0000000", "6985"),
        ("00440000", "6985"),
        ("00040001", "6A86"),
        ("0000000000", "6D00"),
        ("80CA9F7F00", "6E00"),
        ("10D600000101", "6884"),
        ("04B0000000", "6882"),
        ("01B0000000", "6881"),
        (SELECT_APPLICATION[:-1].hex() + "05", "6C17"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(apdu: str, sw: str) -> None:
    assert ask(in_application(), apdu) == sw


def test_nothing_is_created_outside_the_application() -> None:
    assert powered().process(create(0x0101, 16)).hex() == "6982"


def test_a_file_reads_as_zeros_then_as_written_and_ends_where_it_ends() -> None:
    chip = in_application()
    assert chip.process(create(0x0101, 8)).hex() == "9000"
    assert chip.process(create(0x0101, 8)).hex() == "6a89"
    assert chip.process(READ_ALL).hex() == "00" * 8 + "9000"
    assert chip.process(update(2, b"abc")).hex() == "9000"
    assert chip.process(READ_ALL) == b"\0\0abc\0\0\0\x90\x00"
    assert ask(chip, "00B0000409") == "630000006282".upper()
    assert ask(chip, "00B0000800") == "6B00"
    assert chip.process(update(8, b"a")).hex() == "6b00"
    assert chip.process(update(6, b"abc")).hex() == "6a84"
    assert chip.process(READ_ALL) == b"\0\0abc\0\0\0\x90\x00"


def test_a_short_file_identifier_in_p1_selects() -> None:
    chip = in_application()
    chip.process(create(0x0101, 4))
    chip.process(create(0x0102, 4))
    assert ask(chip, "00D6810002AABB") == "9000"
    assert ask(chip, "00B0810104") == "BB00006282"
    assert ask(chip, "00B0000100") == "BB00009000"
    assert ask(chip, "00B0830000") == "6A82"
    assert ask(chip, "00B0E10000") == "6A86"


def test_extended_length_writes_and_reads_a_large_file_at_once() -> None:
    chip = in_application()
    data = bytes(range(256)) * 12
    chip.process(create(0x0103, len(data)))
    assert chip.process(b"\x00\xd6\x00\x00\x00" + len(data).to_bytes(2, "big") + data).hex() == "9000"
    assert chip.process(bytes.fromhex("00B00000000000")) == data + b"\x90\x00"
    assert chip.process(bytes.fromhex("00B00000000BFF")) == data[:0xBFF] + b"\x90\x00"
    assert chip.process(bytes.fromhex("00B00000000C01")) == data + b"\x62\x82"


def test_answers_wait_for_get_response_where_the_card_is_of_that_mode() -> None:
    chip = powered(Iso7816Chips(get_response=True))
    assert chip.process(SELECT_APPLICATION[:-1]).hex() == "6117"
    assert ask(chip, "00C0000020") == "6C17"
    first = chip.process(bytes.fromhex("00C0000010"))
    assert (len(first), first[-2:].hex()) == (18, "6107")
    rest = chip.process(bytes.fromhex("00C0000007"))
    assert rest[-2:].hex() == "9000"
    assert first[:-2] + rest[:-2] == in_application().process(SELECT_APPLICATION)[:-2]
    assert ask(chip, "00C0000000") == "6985"


def test_the_life_cycle_goes_one_way() -> None:
    chip = in_application()
    chip.process(create(0x0101, 4))
    chip.process(update(0, b"abcd"))
    assert chip.process(ACTIVATE).hex() == "6985"
    assert life_cycle(chip) == (0x03, "9000")
    assert chip.process(DEACTIVATE).hex() == "9000"
    assert chip.process(DEACTIVATE).hex() == "6985"
    assert ask(chip, "00D681000100") == "6985"
    assert chip.process(create(0x0102, 4)).hex() == "6985"
    assert ask(chip, "00B0810000") == b"abcd".hex() + "9000"
    assert chip.process(ACTIVATE).hex() == "9000"
    assert chip.process(ACTIVATE).hex() == "6985"
    assert chip.process(DEACTIVATE).hex() == "6985"
    assert ask(chip, "00D681000100") == "6982"
    assert chip.process(create(0x0102, 4)).hex() == "6982"
    assert ask(chip, "00B0810000") == b"abcd".hex() + "9000"


def test_the_reader_tells_the_uid() -> None:
    assert ask(powered(), "FFCA000000") == SERIAL + "9000"
    assert ask(powered(), "FFCA000004") == "6C07"
    chip = CHIPS_TYPE_B.blank(SERIAL, "white")
    seen = set()
    for _ in range(3):
        chip.power_on()
        seen.add(ask(chip, "FFCA000000"))
    assert len(seen) == 3
    assert {len(uid) for uid in seen} == {12}


def test_a_random_uid_of_type_a_says_so() -> None:
    assert ask(powered(Iso7816Chips(random_uid=True)), "FFCA000000").startswith("08")


# Faults


@pytest.mark.parametrize(
    ("fault", "mishap", "kept"),
    [
        (Yank(at=2), Mishap.GONE, b"\0\0\0\0"),
        (Yank(at=2, acted=True), Mishap.GONE, b"abcd"),
        (Reset(at=1, ins=0xD6), Mishap.RESET, b"\0\0\0\0"),
        (Reset(at=1, ins=0xD6, acted=True), Mishap.RESET, b"abcd"),
        (Tear(at=1, ins=0xD6, kept=3), Mishap.GONE, b"abc\0"),
        (Mute(at=2), None, b"\0\0\0\0"),
        (Mute(at=2, acted=True), None, b"abcd"),
    ],
)
def test_a_lost_answer_leaves_the_memory_that_its_fault_says(fault: Fault, mishap: Mishap | None, kept: bytes) -> None:
    chip = in_application()
    chip.process(create(0x0101, 4))
    chip = with_script(chip, fault)
    chip.process(SELECT_APPLICATION)
    reply = chip.exchange(bytes.fromhex("00D6810004") + b"abcd")
    assert (reply.answer, reply.mishap) == (b"", mishap)
    assert chip.process(READ_ALL) in {b"", b"\x69\x86"}  # silent, or without a session
    chip.power_off()
    chip.power_on()
    chip.process(SELECT_APPLICATION)
    assert ask(chip, "00B0810000") == (kept + b"\x90\x00").hex().upper()


def test_a_mute_chip_stays_mute_until_it_loses_power() -> None:
    chip = with_script(powered(), Mute(at=1))
    assert [chip.process(SELECT_APPLICATION) for _ in range(3)] == [b"", b"", b""]
    chip.power_on()
    assert chip.process(SELECT_APPLICATION)[-2:].hex() == "9000"


def test_faults_that_are_answered() -> None:
    chip = with_script(powered(), WrongSw(at=2, sw=0x6581), Slow(at=3, seconds=2.5), MemoryFull(at=4))
    chip.process(SELECT_APPLICATION)
    assert chip.process(create(0x0101, 4)).hex() == "6581"
    slow = chip.exchange(create(0x0101, 4))
    assert slow.answer.hex() == "9000"
    assert slow.seconds > 2.5
    assert chip.process(create(0x0102, 4)).hex() == "6a84"
    assert chip.process(create(0x0103, 4)).hex() == "6a84"
    assert chip.state()["faults"] == []


def test_a_bit_turned_on_its_way_is_what_is_written_or_read_where_there_is_no_secure_channel() -> None:
    faults = (BadMac(at=1, ins=0xD6, of="command"), BadMac(at=2, ins=0xB0), Garbage(at=3, ins=0xB0, answer="C0FFEE"))
    chip = in_application()
    chip.process(create(0x0101, 4))
    chip = with_script(chip, *faults)
    chip.process(SELECT_APPLICATION)
    assert ask(chip, "00D681000461626364") == "9000"
    assert [ask(chip, "00B0810000") for _ in range(4)] == ["616263659000", "616263649000", "C0FFEE", "616263659000"]
    assert ask(with_script(chip, WrongKey(at=1), BadMac(at=1)), "00B0000000") == "6986", (
        "no key, no data: no difference"
    )


# Time


def test_time_grows_with_the_air_and_with_the_pages() -> None:
    chip = in_application()
    chip.process(create(0x0101, 240))
    read, written = chip.exchange(bytes.fromhex("00B00000F0")).seconds, chip.exchange(update(0, bytes(240))).seconds
    assert read == pytest.approx(242 * 9 / 106_000, rel=0.15)
    assert written - read == pytest.approx(4 * 0.0025, rel=0.1)
    assert chip.exchange(update(0, bytes(2))).seconds < written / 2


# Whatever comes


@given(
    st.lists(st.binary(max_size=40) | st.sampled_from([SELECT_APPLICATION, create(0x0101, 64), READ_ALL]), max_size=30)
)
def test_any_bytes_get_a_status_word_and_the_state_is_json_at_every_moment(apdus: list[bytes]) -> None:
    chip = powered()
    for apdu in apdus:
        assert len(chip.process(apdu)) >= 2
        before = chip.state()
        assert CHIPS.restore(json.loads(json.dumps(before))).state() == before


class LabCard(RuleBasedStateMachine):
    """A chip against a dictionary, through power cuts and JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.chip = in_application(CHIPS_8K)
        self.files: dict[int, bytearray] = {}
        self.state = 3

    @rule(fid=st.integers(0x0101, 0x0104), size=st.integers(1, 3000))
    def create(self, fid: int, size: int) -> None:
        taken = 64 + sum((len(content) + 47) // 16 * 16 for content in self.files.values())
        expected = {4: "6985", 5: "6982"}.get(self.state)
        if expected is None:
            expected = "6a89" if fid in self.files else "6a84" if taken + (size + 47) // 16 * 16 > 8192 else "9000"
        assert self.chip.process(create(fid, size)).hex() == expected
        if expected == "9000":
            self.files[fid] = bytearray(size)

    @precondition(lambda self: self.files)
    @rule(
        picked=st.randoms(use_true_random=False), offset=st.integers(0, 3200), data=st.binary(min_size=1, max_size=255)
    )
    def write(self, picked: Any, offset: int, data: bytes) -> None:
        fid = picked.choice(sorted(self.files))
        content = self.files[fid]
        self.chip.process(b"\x00\xa4\x02\x0c\x02" + fid.to_bytes(2, "big"))
        expected = {4: "6985", 5: "6982"}.get(self.state)
        if expected is None:
            fits = offset + len(data) <= len(content)
            expected = "6b00" if offset >= len(content) else "9000" if fits else "6a84"
        assert self.chip.process(update(offset, data)).hex() == expected
        if expected == "9000":
            content[offset : offset + len(data)] = data

    @rule()
    def deactivate(self) -> None:
        assert self.chip.process(DEACTIVATE).hex() == ("9000" if self.state == 3 else "6985")
        self.state = 4 if self.state == 3 else self.state

    @rule()
    def activate(self) -> None:
        assert self.chip.process(ACTIVATE).hex() == ("9000" if self.state == 4 else "6985")
        self.state = 5 if self.state == 4 else self.state

    @rule()
    def lose_power(self) -> None:
        self.chip.power_off()
        self.chip = CHIPS.restore(json.loads(json.dumps(self.chip.state())))
        self.chip.power_on()
        assert self.chip.process(READ_ALL).hex() == "6986"
        self.chip.process(SELECT_APPLICATION)

    @invariant()
    def reads_as_written(self) -> None:
        for fid, content in self.files.items():
            self.chip.process(b"\x00\xa4\x02\x0c\x02" + fid.to_bytes(2, "big"))
            assert self.chip.process(bytes.fromhex("00B00000000000")) == bytes(content) + b"\x90\x00"


TestLabCard = LabCard.TestCase
