"""The PN532 simulator: its frames, its commands over cards of the world, its line, and stock libnfc as a client."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.chips import Assortment
from simulators.clock import ManualClock
from simulators.devices.chip_faults import Fault as ChipFault
from simulators.devices.chip_faults import Mute, Reset, Slow, Yank
from simulators.devices.chip_iso7816 import LAB_AID
from simulators.devices.faults import Fault, Script
from simulators.devices.pn532 import Pn532, Syntax
from simulators.devices.pn532_frames import ACK, NACK, SYNTAX_ERROR, Command, Reader, Short, answer
from simulators.devices.pn532_reader import Pn532Reader, rising_edges
from simulators.wires.control import ask_control
from simulators.wires.pn532 import WorldField, control_of
from simulators.world import World
from simulators.world_client import WorldClient
from tests.simulators.conftest import started

DESK = "desk/desk-1"
SELECT = b"\x00\xa4\x04\x04" + bytes([len(LAB_AID)]) + LAB_AID + b"\x00"
CREATE = bytes.fromhex("00E000000D620B8002076C82010183020101")  # 1900 bytes
WAKE = b"\x55\x55" + bytes(14)
SAM, FIRMWARE, LIST_A, LIST_B = "1401", "02", "4A0100", "4A010300"
NO_RETRIES = "3205FFFF00"


def framed(command: str | bytes) -> bytes:
    """A host's frame: normal, or extended where it must be."""
    body = b"\xd4" + (bytes.fromhex(command) if isinstance(command, str) else command)
    size = len(body)
    length = bytes([size, 256 - size]) if size < 256 else b"\xff\xff" + size.to_bytes(2, "big")
    if size >= 256:
        length += bytes([(256 - sum(size.to_bytes(2, "big"))) % 256])
    return b"\x00\x00\xff" + length + body + bytes([(256 - sum(body)) % 256, 0])


# Frames


@given(st.lists(st.binary(min_size=1, max_size=264) | st.sampled_from([ACK, NACK]), max_size=5), st.integers(1, 300))
def test_frames_are_understood_however_they_are_cut(items: list[bytes], piece: int) -> None:
    stream = b"".join(item if item in {ACK, NACK} else framed(item) for item in items)
    words = {ACK: Short.ACK, NACK: Short.NACK}
    expected = [words.get(item) or Command(item[0], item[1:]) for item in items]
    reader = Reader()
    assert [f for at in range(0, len(stream), piece) for f in reader.feed(stream[at : at + piece])] == expected


@given(st.binary(min_size=1, max_size=40), st.data())
def test_a_damaged_frame_is_passed_over_and_the_next_one_understood(command: bytes, data: st.DataObject) -> None:
    whole = framed(command)
    at = data.draw(st.integers(5, len(whole) - 2))
    damaged = bytearray(whole)
    damaged[at] ^= data.draw(st.integers(1, 255))
    frames = Reader().feed(bytes(damaged) + bytes(300) + framed(b"\x02"))
    assert frames[-1] == Command(2, b"")
    assert Command(command[0], command[1:]) not in frames[:-1] or command == b"\x02"


@given(st.binary(max_size=300))
def test_any_bytes_are_taken(data: bytes) -> None:
    for frame in Reader().feed(data):
        assert isinstance(frame, Command | Short)


def test_answers_are_extended_where_they_must_be() -> None:
    assert answer(0x02, bytes.fromhex("32010607")).hex() == "0000ff06fad50332010607e800"
    long = answer(0x40, bytes(263))
    assert long[:8].hex() == "0000ffffff0109f6"
    assert sum(long[8:-1]) & 0xFF == 0
    with pytest.raises(ValueError, match="266"):
        answer(0x40, bytes(264))


# Commands


class Bench:
    """A PN532 over a world of its own."""

    def __init__(self, *kinds: str) -> None:
        self.world = World(Assortment())
        self.cards = [self.world.mint(1, chips=kind)[0] for kind in kinds]
        for card in self.cards:
            self.world.move(card, DESK)
        self.chip = Pn532(WorldField(cast("WorldClient", self.world), DESK))
        self.do(NO_RETRIES)

    def do(self, command: str | bytes) -> bytes:
        whole = bytes.fromhex(command) if isinstance(command, str) else command
        done = self.chip.do(Command(whole[0], whole[1:]))
        assert done is not None
        return done.data

    def exchange(self, apdu: bytes, target: int = 1) -> tuple[int, bytes]:
        """InDataExchange with chaining as a host does it; the last status and all data."""
        for at in range(0, max(0, len(apdu) - 262), 262):
            assert self.do(bytes([0x40, 0x40 | target]) + apdu[at : at + 262]) == b"\x00"
        rest = len(apdu) % 262 or min(262, len(apdu))
        data = self.do(bytes([0x40, target]) + apdu[-rest:])
        got, status = data[1:], data[0]
        while status & 0x40:
            data = self.do(bytes([0x40, target]))
            got, status = got + data[1:], data[0]
        return status, got


def test_it_says_what_it_is_and_takes_its_settings() -> None:
    bench = Bench()
    assert bench.do(FIRMWARE).hex() == "32010607"
    assert bench.do("00006C6962") == bytes.fromhex("006C6962")
    assert [bench.do(command) for command in (SAM, "14011401", "1214", "1004", "320101", "32020B0A0B")] == [b""] * 6
    assert bench.do("04").hex() == "00010080"
    assert bench.do("08633D07") == b""
    assert bench.do("06633D6305").hex() == "0700"
    for wrong in ("FE", "0009", "1400", "32", "3299", "4A0300", "4A00", "1001", "16", "44"):
        with pytest.raises(Syntax):
            bench.do(wrong)


def test_a_type_a_card_is_listed_with_its_ats_and_spoken_to() -> None:
    bench = Bench("iso7816")
    assert bench.do(LIST_B) == b"\x00"
    listed = bench.do(LIST_A)
    serial = bytes.fromhex(bench.world.card(bench.cards[0]).serial)
    assert listed[:13] == bytes.fromhex("010100442007") + serial
    assert listed[13] == len(listed) - 13, "the ATS counts its own length"
    assert bench.exchange(SELECT)[1][-2:] == b"\x90\x00"
    assert bench.do("1204") == b""
    assert bench.do(LIST_A) == bytes.fromhex("010100442007") + serial, "no RATS, no ATS"


def test_a_type_b_card_is_listed_with_its_atqb() -> None:
    bench = Bench("gp-scp03-b")
    assert bench.do(LIST_A) == b"\x00"
    listed = bench.do(LIST_B)
    assert (listed[:3].hex(), listed[7:].hex()) == ("010150", "4c414200" + "008171" + "0100")
    assert bench.do("4A010377") == b"\x00", "another family of applications"


def test_a_random_uid_lasts_as_long_as_the_field() -> None:
    bench = Bench("gp-scp03-random-uid")
    first, second = bench.do(LIST_A), bench.do(LIST_A)
    assert first == second
    assert first[2:7].hex() == "0004200408"
    bench.do("320100")
    assert bench.do(LIST_A)[6:11] != first[6:11]


def test_long_commands_and_answers_go_in_pieces_as_the_manual_says() -> None:
    bench = Bench("iso7816")
    bench.do(LIST_A)
    assert [bench.exchange(apdu)[1][-2:] for apdu in (SELECT, CREATE)] == [b"\x90\x00"] * 2
    data = bytes(range(256)) * 7
    update = b"\x00\xd6\x00\x00\x00" + len(data).to_bytes(2, "big") + data
    assert bench.exchange(update) == (0, b"\x90\x00")
    assert bench.exchange(bytes.fromhex("00B0000000") + len(data).to_bytes(2, "big")) == (0, data + b"\x90\x00")
    first = bench.do(b"\x40\x01" + bytes.fromhex("00B0000000") + len(data).to_bytes(2, "big"))
    assert (first[0], len(first)) == (0x40, 263)
    assert bench.exchange(SELECT)[1][-2:] == b"\x90\x00", "a new command gives up the rest"
    with pytest.raises(Syntax):
        bench.do(b"\x40\x01" + bytes(263))


def test_two_cards_are_told_apart() -> None:
    bench = Bench("iso7816", "iso7816")
    listed = bench.do("4A0200")
    assert listed[0] == 2
    assert all(bytes.fromhex(bench.world.card(card).serial) in listed for card in bench.cards)
    assert [bench.exchange(SELECT, target)[1][-2:] for target in (1, 2)] == [b"\x90\x00"] * 2
    bench.do("5200")
    bench.do("320100")
    one = bench.do(LIST_A)
    assert bench.do("4401") == b"\x00"
    other = bench.do(LIST_A)
    assert one[6:13] != other[6:13]
    assert bench.do("4401") == b"\x00"
    assert bench.do(LIST_A)[0] == 1, "where none else answers, one that was let go does"


def test_one_is_asked_for_by_its_uid() -> None:
    bench = Bench("iso7816", "iso7816")
    uid = bench.world.card(bench.cards[1]).serial
    assert bench.do(LIST_A + "88" + uid)[6:13].hex() == uid
    assert bench.do(LIST_A + uid)[6:13].hex() == uid
    assert bench.do(LIST_A + "88" + "00" * 7) == b"\x00"


def test_a_session_ends_with_the_target_and_with_the_field() -> None:
    bench = Bench("iso7816")
    bench.do(LIST_A)
    bench.exchange(SELECT)
    assert bench.exchange(bytes.fromhex("00B0810000"))[1].hex() == "6a82"
    assert bench.do("4401") == b"\x00"
    assert bench.do(b"\x40\x01" + SELECT) == b"\x27"
    assert bench.do("5401") == b"\x00"
    assert bench.exchange(bytes.fromhex("00B0000000"))[1].hex() == "6986"
    assert bench.do("5201") == b"\x00"
    assert bench.do(b"\x40\x01" + SELECT) == b"\x27"
    assert bench.do("5201") == b"\x27"
    bench.do(LIST_A)
    bench.do("320100")
    assert bench.do(b"\x40\x01" + SELECT) == b"\x27"
    assert bench.do("000601") == b"\x01"


@pytest.mark.parametrize("fault", [Yank(at=2), Mute(at=2), Reset(at=2)])
def test_a_card_that_says_nothing_is_a_timeout(fault: ChipFault) -> None:
    bench = Bench("iso7816")
    bench.world.chip_faults(bench.cards[0], [fault])
    bench.do(LIST_A)
    assert bench.exchange(SELECT)[1][-2:] == b"\x90\x00"
    assert bench.exchange(SELECT) == (1, b"")
    assert bench.exchange(SELECT) == (1, b"")
    there = not isinstance(fault, Yank)
    assert bench.do(LIST_A)[0] == int(there)
    if isinstance(fault, Reset):
        assert bench.exchange(SELECT)[1][-2:] == b"\x90\x00"


def test_a_host_that_makes_the_blocks_itself_is_understood() -> None:
    bench = Bench("iso7816")
    bench.do("1204")
    bench.do(LIST_A)
    ats = bench.do("42E050")  # frames of 64 bytes
    assert ats[0] == 0
    assert ats[1] == len(ats) - 1
    assert bench.do(b"\x42\x02" + SELECT)[:2] == b"\x00\x02"
    assert bench.do(b"\x42\x13" + CREATE[:9]) == b"\x00\xa3", "a piece is acknowledged"
    assert bench.do(b"\x42\x02" + CREATE[9:]) == b"\x00\x02\x90\x00"
    first = bench.do(b"\x42\x03" + bytes.fromhex("00B00000B0"))
    assert (first[1], len(first)) == (0x13, 63)
    assert bench.do("42B3") == first, "asked again, it says the same again"
    second = bench.do("42A2")
    assert (second[1], len(second)) == (0x12, 63)
    assert bench.do("42A3")[1:] == b"\x03" + bytes(54) + b"\x90\x00"
    assert bench.do("42C2") == b"\x00\xc2"
    assert bench.do(b"\x42\x02" + SELECT) == b"\x01"


# The line


class Line:
    """A reader whose clock stands still until it is told, and what it said."""

    def __init__(self, *kinds: str, faults: list[Fault] | None = None) -> None:
        self.bench = Bench(*kinds)
        self.clock = ManualClock()
        field = WorldField(cast("WorldClient", self.bench.world), DESK)
        self.reader = Pn532Reader("desk-1", field, self.clock, Script(faults))
        self.said = b""
        self.reader.send = self.hear

    def hear(self, data: bytes) -> None:
        self.said += data

    def ask(self, command: str | bytes, seconds: float = 1) -> bytes:
        self.said = b""
        self.reader.take(framed(command))
        self.clock.advance(seconds)
        return self.said

    def awake(self) -> Line:
        self.reader.take(WAKE)
        assert self.ask(SAM) == ACK + answer(0x14, b"")
        self.ask(NO_RETRIES)
        return self


def test_it_sleeps_until_the_line_moves() -> None:
    assert (rising_edges(b"\x55"), rising_edges(b"\x00")) == (5, 1)
    line = Line()
    assert line.ask(FIRMWARE) == b"", "its own bytes woke it, and were lost"
    assert line.ask(FIRMWARE) == ACK + answer(2, bytes.fromhex("32010607"))
    assert line.ask("1610") == ACK + answer(0x16, b"\x00")
    assert line.reader.tell()["awake"] is False
    assert line.awake().ask(FIRMWARE).startswith(ACK)


def test_an_ack_ends_what_is_under_way_and_a_nack_asks_again() -> None:
    line = Line().awake()
    line.ask("3205FFFFFF")
    assert line.ask(LIST_A, 30) == ACK, "it waits for a card"
    line.reader.take(ACK)
    line.clock.advance(1)
    assert line.ask(FIRMWARE) == ACK + answer(2, bytes.fromhex("32010607"))
    line.said = b""
    line.reader.take(NACK)
    assert line.said == answer(2, bytes.fromhex("32010607"))
    assert line.ask("FE") == ACK + SYNTAX_ERROR


def test_a_card_that_comes_is_found_by_a_request_without_end() -> None:
    line = Line("iso7816").awake()
    line.bench.world.move(line.bench.cards[0], "hand")
    line.ask("3205FFFFFF")
    assert line.ask(LIST_A, 5) == ACK
    line.bench.world.move(line.bench.cards[0], DESK)
    line.clock.advance(0.2)
    assert line.said[len(ACK) + 7 :][:1] == b"\x01"


def test_an_exchange_takes_the_card_s_time_and_a_card_that_leaves_meanwhile_a_timeout() -> None:
    line = Line("iso7816").awake()
    line.bench.world.chip_faults(line.bench.cards[0], [Slow(at=1, seconds=2), Slow(at=2, seconds=2)])
    line.ask(LIST_A)
    assert line.ask(b"\x40\x01" + SELECT, 1.9) == ACK
    line.clock.advance(0.2)
    assert line.said[-4:-2] == b"\x90\x00"
    assert line.ask(b"\x40\x01" + SELECT, 1) == ACK
    line.bench.world.move(line.bench.cards[0], "hand")
    line.clock.advance(2)
    assert line.said == ACK + answer(0x40, b"\x01")


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("garbage", bytes((byte * 7 + 3) & 0xFF for byte in answer(2, bytes.fromhex("32010607")))),
        ("half-reply", answer(2, bytes.fromhex("32010607"))[:6]),
        ("last-reply", answer(0x32, b"")),
        ("mute", b""),
        ("power-loss", b""),
    ],
)
def test_what_goes_wrong_on_the_line(kind: Any, heard: bytes) -> None:
    line = Line(faults=[Fault(kind, command="firmware")]).awake()
    assert line.ask(FIRMWARE) == ACK + heard
    line.reader.unmute()
    assert line.said == ACK + (answer(2, bytes.fromhex("32010607")) if kind == "mute" else heard)
    if kind == "power-loss":
        assert line.ask(FIRMWARE) == b""
        line.reader.mains(on=True)
        line.awake()
    assert line.ask(FIRMWARE) == ACK + answer(2, bytes.fromhex("32010607"))


def test_a_fault_that_keeps_the_command_from_the_card_leaves_it_undone() -> None:
    line = Line("iso7816", faults=[Fault("mute", command="exchange", nth=2, acts=False)]).awake()
    line.ask(LIST_A)
    line.ask(b"\x40\x01" + SELECT)
    assert line.ask(b"\x40\x01" + CREATE) == ACK
    assert line.ask(b"\x40\x01" + bytes.fromhex("00B0810000"))[-4:-2].hex() == "6a82"


# Stock libnfc


@contextmanager
def desk() -> Iterator[tuple[WorldClient, Path]]:
    """A world and a PN532 as processes; the serial port."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pn532-")))
        stack.enter_context(started(["world", "--socket", str(folder / "world")]))
        world = stack.enter_context(WorldClient(folder / "world"))
        link = folder / "desk-1.tty"
        command = [sys.executable, "-m", "simulators.wires.pn532", "--world", str(folder / "world"), "--field", DESK]
        process = stack.enter_context(
            subprocess.Popen([*command, "--link", str(link), "--factor", "10"], stdout=subprocess.PIPE, text=True)
        )
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready")
        try:
            yield world, link
        finally:
            process.terminate()
            ended = process.wait(10)
        assert ended == 0


def nfc_list(link: Path, mask: int) -> str:
    environment = {**os.environ, "LIBNFC_DEVICE": f"pn532_uart:{link.resolve()}:115200"}
    result = subprocess.run(
        ["nfc-list", "-t", str(mask)], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return result.stdout + result.stderr


def test_stock_libnfc_lists_cards_of_both_types_and_a_host_exchanges_over_the_line() -> None:
    with desk() as (world, link):
        assert "ISO14443A" not in nfc_list(link, 1)
        first, second = world.mint(2)
        (third,) = world.mint(1, chips="gp-scp03-b")
        world.move(first, DESK)
        said = nfc_list(link, 1)
        uid = bytes.fromhex(world.card(first).serial).hex(" ").replace(" ", "  ")
        assert "NFC device: user defined device opened" in said
        assert "1 ISO14443A passive target(s) found" in said
        assert re.search(rf"UID \(NFCID1\): {uid}", said), said
        assert "SAK (SEL_RES): 20" in said
        assert "ATS: 78  00  70  00  80  53  4c  41  42  73  94  21  40" in said
        world.move(second, DESK)
        assert "2 ISO14443A passive target(s) found" in nfc_list(link, 1)
        world.move(first, "hand")
        world.move(third, DESK)
        said = nfc_list(link, 8)
        assert "1 ISO14443B passive target(s) found" in said
        assert "Application Data: 4c  41  42  00" in said
        world.move(second, "hand")
        world.move(third, "hand")

        world.move(first, DESK)
        ask_control(
            control_of(link), {"op": "fault", "machine": "desk-1", "fault": {"kind": "mute", "command": "list"}}
        )
        assert "found" not in nfc_list(link, 1)
        assert ask_control(control_of(link), {"op": "state", "machine": "desk-1"})["model"] == "PN532"


def test_a_program_that_only_opens_the_port_reads_a_file() -> None:
    with desk() as (world, link):
        world.move(world.mint(1)[0], DESK)
        port = os.open(link, os.O_RDWR | os.O_NOCTTY)

        def ask(command: bytes) -> bytes:
            os.write(port, framed(command))
            heard, deadline = b"", time.monotonic() + 60
            while not (heard.startswith(ACK) and len(heard) > 12 and heard.endswith(b"\x00")):
                assert select.select([port], [], [], max(0, deadline - time.monotonic()))[0], heard
                heard += os.read(port, 300)
            return heard[len(ACK) :]

        try:
            os.write(port, WAKE)
            ask(bytes.fromhex(SAM))
            assert ask(bytes.fromhex(LIST_A))[5:8] == b"\xd5\x4b\x01"
            assert ask(b"\x40\x01" + SELECT)[-4:-2] == b"\x90\x00"
        finally:
            os.close(port)
