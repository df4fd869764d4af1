"""The GlobalPlatform lab card behaves as docs/profiles.md says: by a host that others wrote, and at every level."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override
from yubikit.core import TRANSPORT, BadResponseError
from yubikit.core.smartcard import ApduError, SmartCardConnection, SmartCardProtocol
from yubikit.core.smartcard.scp import KeyRef, Scp03KeyParams, StaticKeys

from simulators.devices.chip import TimedChip
from simulators.devices.chip_faults import BadMac, WrongKey
from simulators.devices.chip_gp import LAB_AID, TRIES, GpChip, GpChips
from simulators.devices.chip_scp03 import KeySet
from tests.simulators.gp_card import (
    ACTIVATE,
    LOCK,
    SELECT,
    SERIAL,
    STORE_DATA,
    host_of,
    in_session,
    lab_keys,
    life_cycle,
    powered,
    read,
    store,
    with_script,
)
from tests.simulators.scp03_host import Host

LEVELS = (0x01, 0x03, 0x11, 0x13, 0x33)


# A host that others wrote


class Connection(SmartCardConnection):
    """A chip as Yubico's library sees a card in a reader."""

    transport = TRANSPORT.NFC

    def __init__(self, chip: GpChip) -> None:
        self._chip = chip

    @override
    def send_and_receive(self, apdu: bytes) -> tuple[bytes, int]:
        answer = self._chip.process(bytes(apdu))
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    @override
    def close(self) -> None:
        pass


def yubico(chip: GpChip, keys: KeySet) -> SmartCardProtocol:
    protocol = SmartCardProtocol(Connection(chip))
    protocol.select(LAB_AID)
    static = StaticKeys(*(bytes.fromhex(key) for key in (keys.enc, keys.mac, keys.dek)))
    protocol.init_scp(Scp03KeyParams(KeyRef(0x03, keys.version), static))
    return protocol


def test_yubico_s_host_writes_reads_back_locks_and_activates() -> None:
    chip, content = powered(), bytes(range(256)) * 4
    host = yubico(chip, lab_keys())
    whole = b"\x01\x02\xff" + len(content).to_bytes(2, "big") + content
    blocks = [whole[at : at + 220] for at in range(0, len(whole), 220)]
    for number, block in enumerate(blocks):
        host.send_apdu(0x80, 0xE2, 0x88 if number == len(blocks) - 1 else 0x08, number, block)
    host.send_apdu(0x00, 0xA4, 0x02, 0x0C, b"\x01\x02")
    back = b"".join(host.send_apdu(0x00, 0xB0, at >> 8, at & 0xFF, le=255) for at in range(0, len(content), 239))
    assert back == content
    host.send_apdu(0x80, 0xF0, 0x40, 0x0F, LAB_AID)
    with pytest.raises(ApduError) as refused:
        host.send_apdu(0x80, 0xE2, 0x88, 0, b"\x01\x03\x01\xaa")
    assert refused.value.sw == 0x6985
    host.send_apdu(0x80, 0xF0, 0x40, 0x1F, LAB_AID)
    assert chip.process(SELECT).hex().upper().find("8A011F") != -1


def test_yubico_s_host_knows_a_chip_of_other_keys() -> None:
    with pytest.raises(ValueError, match="SCP parameters"):
        yubico(powered(), KeySet(0x30, *["77" * 16] * 3))
    with pytest.raises(ValueError, match="SCP parameters"):
        yubico(with_script(powered(), WrongKey(at=1)), lab_keys())


def test_yubico_s_host_sees_a_bit_turned_in_an_answer() -> None:
    chip = powered()
    assert store(in_session(chip), 0x0101, b"abcdefgh") == [0x9000]
    host = yubico(with_script(chip, BadMac(at=2, ins=0xB0)), lab_keys())
    host.send_apdu(0x00, 0xA4, 0x02, 0x0C, b"\x01\x01")
    assert host.send_apdu(0x00, 0xB0, 0, 0, le=255) == b"abcdefgh"
    with pytest.raises(BadResponseError, match="MAC"):
        host.send_apdu(0x00, 0xB0, 0, 0, le=255)


# Every level and length


@pytest.mark.parametrize("bits", [128, 192, 256])
@pytest.mark.parametrize("s16", [False, True], ids=["s8", "s16"])
@pytest.mark.parametrize("level", LEVELS, ids=[f"{level:02x}" for level in LEVELS])
def test_every_key_length_mode_and_level_writes_and_reads_the_same(bits: int, s16: bool, level: int) -> None:
    keys, content = lab_keys(bits // 8), bytes(range(250)) * 3
    chip = powered(GpChips(keys, s16=s16, pseudo_random=bits != 192))
    host = in_session(chip, level, keys)
    assert set(store(host, 0x0102, content)) == {0x9000}
    assert read(host, 0x0102) == content
    on_the_wire = b"".join(host.sent)
    assert (content[:100] in on_the_wire) is (level in {0x01, 0x11})


@pytest.mark.parametrize(
    ("s16", "pseudo_random", "i", "size"),
    [(False, True, 0x70, 32), (True, True, 0x71, 48), (False, False, 0x60, 29), (True, False, 0x61, 45)],
)
def test_initialize_update_tells_the_version_the_protocol_and_its_options(
    s16: bool,
    pseudo_random: bool,
    i: int,
    size: int,
) -> None:
    chip = powered(GpChips(lab_keys(), s16=s16, pseudo_random=pseudo_random))
    chip.process(SELECT)
    length = 16 if s16 else 8
    update = b"\x80\x50\x30\x00" + bytes([length]) + bytes(length) + b"\x00"
    first, second = chip.process(update), chip.process(update)
    assert (first[10:13], len(first) - 2) == (bytes([0x30, 0x03, i]), size)
    assert first[13:] != second[13:], "a challenge came twice"
    assert first[:10] == bytes.fromhex("000000" + SERIAL)


# What the page says


def test_select_answers_as_the_page_says_and_ends_the_session() -> None:
    chip = powered()
    assert chip.process(SELECT).hex().upper() == "6F14" + "8409" + LAB_AID.hex().upper() + "8A0107" + "A5049F6501FF9000"
    host = in_session(chip)
    assert store(host, 0x0101, b"a") == [0x9000]
    chip.process(SELECT)
    assert store(host, 0x0102, b"a") == [0x6982]


def test_the_life_cycle_goes_one_way_and_a_repeat_changes_nothing() -> None:
    chip = powered()
    host = in_session(chip)
    store(host, 0x0101, b"abcd")
    assert host.transmit(ACTIVATE, LAB_AID)[1] == 0x6985
    assert host.transmit(LOCK, LAB_AID)[1] == 0x9000
    assert host.transmit(LOCK, LAB_AID)[1] == 0x6985
    assert store(host, 0x0101, b"efgh") == [0x6985]
    assert life_cycle(chip) == 0x0F
    host = in_session(chip, 0x11)
    assert read(host, 0x0101) == b"abcd"
    assert host.transmit(ACTIVATE, LAB_AID)[1] == 0x9000
    for again in (ACTIVATE, LOCK, "80F04007", "80F04083"):
        assert host.transmit(again, LAB_AID)[1] == 0x6985
    assert store(host, 0x0101, b"efgh") == [0x6985]
    assert life_cycle(chip) == 0x1F
    assert read(in_session(chip), 0x0101) == b"abcd"


@pytest.mark.parametrize(
    ("header", "data", "sw"),
    [
        ("80E28800", "0101", 0x6A80),  # half a head
        ("80E28800", "000001AA", 0x6A80),  # no such DGI
        ("80E28800", "800001AA", 0x6A80),
        ("80E28800", "010102AA", 0x6A80),  # ends too soon
        ("80E28800", "010101AABB", 0x6A80),  # goes on too long
        ("80E20801", "010101AA", 0x6A86),  # not the first
        ("80E29000", "010101AA", 0x6A86),
        ("80E28800", "0101FF7000", 0x6A84),
        ("80F04108", "", 0x6A86),
        ("80F0400F", "F04C4142", 0x6A80),
        ("00A4010C", "0101", 0x6A86),
        ("00A4020C", "0999", 0x6A82),
        ("80CA9F7F", "", 0x6A88),
        ("80D80000", "00", 0x6D00),
        ("00B00000", "", 0x6986),
    ],
)
def test_what_is_wrong_is_refused_by_its_name_and_the_session_goes_on(header: str, data: str, sw: int) -> None:
    host = in_session(powered())
    assert host.transmit(header, bytes.fromhex(data), le=0) == (b"", sw)
    assert store(host, 0x0105, b"abc") == [0x9000]


@pytest.mark.parametrize(
    ("apdu", "sw"),
    [
        ("00B0000000", "6982"),
        ("80E2880004010101AA", "6982"),
        ("00A4020C020101", "6982"),
        ("80CA006600", "6982"),
        ("8482330010" + "00" * 16, "6985"),
        ("8050310008000000000000000000", "6A88"),
        ("80503001080000000000000000", "6A86"),
        ("805030000400000000", "6700"),
        ("00A4040009F0FFFFFFFFFFFFFFFF", "6A82"),
        ("10A4040000", "6E00"),
        ("80E2880000000401", "6700"),
    ],
)
def test_without_a_session_nothing_opens(apdu: str, sw: str) -> None:
    chip = powered()
    chip.process(SELECT)
    assert chip.process(bytes.fromhex(apdu)).hex().upper() == sw


def test_a_run_ends_with_any_other_command_and_starts_over_with_the_same_size() -> None:
    chip = powered()
    host = in_session(chip)
    assert host.transmit("80E20800", bytes.fromhex("010108") + b"abcd")[1] == 0x9000
    assert read(host, 0x0101) == b"abcd\0\0\0\0"
    assert host.transmit("80E28801", b"efgh")[1] == 0x6A86
    assert store(host, 0x0101, b"a") == [0x6A80]
    assert store(host, 0x0101, b"ABCDEFGH", chunk=5) == [0x9000] * 3
    assert read(host, 0x0101) == b"ABCDEFGH"


def test_a_wrong_mac_ends_the_session() -> None:
    host = in_session(with_script(powered(), BadMac(at=2, ins=STORE_DATA, of="command")))
    assert store(host, 0x0101, b"a") == [0x9000]
    assert store(host, 0x0102, b"a") == [0x6982]
    assert store(host, 0x0103, b"a") == [0x6982]


def test_wrong_cryptograms_are_counted_and_end_with_a_blocked_key_set() -> None:
    chip = powered()
    chip.process(SELECT)

    def attempt() -> str:
        update = chip.process(bytes.fromhex("80503000080000000000000000"))
        return update[-2:].hex() if len(update) == 2 else chip.process(b"\x84\x82\x33\x00\x10" + bytes(16)).hex()

    assert attempt() == "6300"
    in_session(chip)  # a right one gives all tries back
    chip.process(SELECT)
    assert [attempt() for _ in range(TRIES + 1)] == ["6300"] * TRIES + ["6983"]
    chip.power_off()
    chip.power_on()
    assert host_of(chip).establish() == 0x6983


def test_the_issuer_s_domain_tells_what_the_card_is_and_leads_its_life() -> None:
    chip = powered()
    assert chip.process(bytes.fromhex("00A4040000")).hex().upper() == "6F108408A000000151000000A5049F6501FF9000"
    assert chip.process(bytes.fromhex("80CA00E000")).hex().upper() == (
        "E012" + "".join(f"C004{number:02}308810" for number in (1, 2, 3)) + "9000"
    )
    assert chip.process(bytes.fromhex("80CA9F7F00"))[:3] == bytes.fromhex("9F7F2A")
    assert b"\x64" in chip.process(bytes.fromhex("80CA006600"))
    assert chip.process(bytes.fromhex("80CA004200")).hex() == "6a88"
    host = Host(chip.process, *(bytes.fromhex(key) for key in (lab_keys().enc, lab_keys().mac)), 0x33)
    assert host.establish() == 0x9000
    steps = [host.transmit(f"80F080{state:02X}")[1] for state in (0x7F, 0x0F, 0x01, 0x7F)]
    assert steps == [0x6985, 0x9000, 0x6985, 0x9000]
    assert chip.process(SELECT).hex() == "6a81"


def test_reading_takes_as_much_as_the_wrapped_answer_holds() -> None:
    for level, most in ((0x01, 256), (0x11, 248), (0x33, 239)):
        chip = powered()
        host = in_session(chip, level)
        store(host, 0x0101, bytes(600))
        host.transmit("00A4020C", b"\x01\x01")
        assert len(host.transmit("00B00000", le=0)[0]) == most
        assert host.transmit("00B00258", le=0) == (b"", 0x6B00)
        assert host.transmit("00B001F4", le=0) == (bytes(100), 0x9000)


def test_in_a_session_it_tells_its_state_and_what_memory_is_left() -> None:
    chip = powered()
    host = in_session(chip)
    status, aid = "80F24002", b"\x4f" + bytes([len(LAB_AID)]) + LAB_AID
    for step, state in ((None, 0x07), (LOCK, 0x0F), (ACTIVATE, 0x1F)):
        if step is not None:
            assert host.transmit(step, LAB_AID)[1] == 0x9000
        told = b"\xe3\x0f" + aid + b"\x9f\x70\x01" + bytes([state])
        assert host.transmit(status, aid, le=0) == host.transmit(status, b"\x4f\x00", le=0) == (told, 0x9000)
    assert host.transmit(status, b"\x4f\x01\xa0", le=0)[1] == 0x6A88
    assert host.transmit("80F28002", aid, le=0)[1] == 0x6A86
    free = chip.state()["memory"]["size"] - 64
    assert host.transmit("80CAFF21", le=0) == (bytes.fromhex(f"FF210D8101018204{free:08X}83020000"), 0x9000)
    chip.process(SELECT)
    assert chip.process(bytes.fromhex("80F24002024F0000")).hex() == "6982"


def test_it_takes_its_time_over_keys_and_pages() -> None:
    chip = powered()
    assert isinstance(chip, TimedChip)
    assert chip.exchange(SELECT).seconds < 0.01
    assert chip.exchange(bytes.fromhex("80503000080000000000000000")).seconds > 0.015
    host = in_session(chip)
    times = []
    host.send = lambda apdu: (times.append(reply := chip.exchange(apdu)), reply.answer)[1]
    store(host, 0x0101, bytes(190))
    assert 0.0225 < times[0].seconds < 0.06
    assert in_session(powered(GpChips(lab_keys(), card_type="contact"))).transmit("80CA0000")[1] == 0x6A88


@pytest.mark.parametrize(("card_type", "first"), [("A", "3b8b8001"), ("B", "3b888001"), ("contact", "3b8b8131fe45")])
def test_answers_to_reset(card_type: Any, first: str) -> None:
    atr = GpChips(lab_keys(), card_type=card_type).blank(SERIAL, "white").power_on()
    check = 0
    for byte in atr[1:]:
        check ^= byte
    assert atr.hex().startswith(first)
    assert check == 0


# Whatever comes


@given(
    st.lists(st.binary(max_size=60) | st.sampled_from([SELECT, bytes.fromhex("8050300008") + bytes(8)]), max_size=20)
)
def test_any_bytes_get_a_status_word_and_the_state_is_json_at_every_moment(apdus: list[bytes]) -> None:
    chip = powered()
    for apdu in apdus:
        assert len(chip.process(apdu)) >= 2
        before = chip.state()
        assert GpChips(lab_keys()).restore(json.loads(json.dumps(before))).state() == before
        assert not before["memory"]["files"], "written without a key"


class LabCard(RuleBasedStateMachine):
    """A chip against a dictionary, through power cuts, levels and JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.chip = powered(GpChips(lab_keys(), memory=8192))
        self.host = in_session(self.chip)
        self.files: dict[int, bytes] = {}
        self.locked = False

    @rule(dgi=st.integers(0x0101, 0x0104), content=st.binary(min_size=1, max_size=700), repeat=st.integers(1, 8),
          chunk=st.integers(20, 220))  # fmt: skip
    def write(self, dgi: int, content: bytes, repeat: int, chunk: int) -> None:
        content *= repeat
        taken = 64 + sum((len(held) + 47) // 16 * 16 for held in self.files.values())
        expected = 0x9000
        if self.locked:
            expected = 0x6985
        elif dgi in self.files and len(self.files[dgi]) != len(content):
            expected = 0x6A80
        elif dgi not in self.files and taken + (len(content) + 47) // 16 * 16 > 8192:
            expected = 0x6A84
        assert store(self.host, dgi, content, chunk)[0] == expected
        if expected == 0x9000:
            self.files[dgi] = content

    @precondition(lambda self: self.files)
    @rule()
    def lock(self) -> None:
        assert self.host.transmit(LOCK, LAB_AID)[1] == (0x6985 if self.locked else 0x9000)
        self.locked = True

    @rule(level=st.sampled_from(LEVELS))
    def begin_again(self, level: int) -> None:
        self.chip.power_off()
        self.chip = GpChips(lab_keys()).restore(json.loads(json.dumps(self.chip.state())))
        self.chip.power_on()
        self.host = in_session(self.chip, level)

    @invariant()
    def reads_as_written(self) -> None:
        for dgi, content in self.files.items():
            assert read(self.host, dgi) == content


TestLabCard = LabCard.TestCase
TestLabCard.settings = settings(max_examples=15, stateful_step_count=12)
