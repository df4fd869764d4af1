"""The machine's USB bytes: Bulk-Only Transport rules, sense codes and pages as the public notes show them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.clock import ManualClock
from simulators.devices.faults import Fault, Script
from simulators.devices.matica_xid import Machine
from simulators.devices.matica_xid_data import MODELS, MachineSettings, Sense
from simulators.devices.matica_xid_scsi import BulkOnly
from simulators.devices.usb_function import Halt
from simulators.world import World

DOTS = MODELS["XID580i"].width * MODELS["XID580i"].height
READY = bytes(6)
REQUEST_SENSE = bytes([3, 0, 0, 0, 20, 0])
INQUIRY = bytes([0x12, 0, 0, 0, 96, 0])
POSITION = bytes([0x34, *bytes(9)])


class Host:
    """A host that does what a host's driver does, in a time of its own."""

    def __init__(self, script: list[Fault] | None = None, **settings: object) -> None:
        self.clock = ManualClock()
        self.world = World()
        self.world.mint(10)
        self.world.move_next("supply", "hopper/m", 10)
        given_settings = {"name": "m", "model": "XID580i", "fresh_reset": False, **settings}
        self.machine = Machine(
            MachineSettings(**given_settings),  # type: ignore[arg-type]
            self.world,
            self.clock,
            Script(script),
        )
        self.bulk = BulkOnly(self.machine)
        self.tag = 0

    def command(self, block: bytes, length: int = 0, *, to_host: bool = False) -> None:
        self.tag += 1
        packed = struct.pack("<4sIIBBB16s", b"USBC", self.tag, length, 0x80 if to_host else 0, 0, len(block), block)
        assert self.bulk.write(packed) is True

    def status(self) -> int:
        answer = self.bulk.read(13)
        assert isinstance(answer, bytes)
        signature, tag, _, status = struct.unpack("<4sIIB", answer)
        assert (signature, tag) == (b"USBS", self.tag)
        return int(status)

    def ask(self, block: bytes, length: int) -> bytes:
        self.command(block, length, to_host=True)
        answer = self.bulk.read(length)
        assert isinstance(answer, bytes)
        assert self.status() == 0
        return answer

    def do(self, block: bytes, data: bytes = b"", seconds: float = 60) -> int:
        """Run a command to its end and return the sense code."""
        self.command(block, len(data))
        if data:
            assert self.bulk.write(data) is True
        self.clock.advance(seconds)
        return self.sense() if self.status() else 0

    def sense(self) -> int:
        answer = self.ask(REQUEST_SENSE, 20)
        return answer[2] << 16 | answer[12] << 8

    def upload(self, panel: int, dots: bytes) -> int:
        return self.do(bytes([0x2A, 0, panel, 0, 0]) + len(dots).to_bytes(4, "big") + b"\0", dots)


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host()
    yield made
    made.machine.close()


def test_the_pages_tell_what_the_notes_say_where_they_say_it() -> None:
    host = Host(model="XID8600", serial="AB12", ribbon=750)
    inquiry = host.ask(INQUIRY, 96)
    assert inquiry[16:32].rstrip() == b"XID8600"
    assert inquiry[32:40].rstrip() == b"AB12"
    geometry = host.ask(bytes([0x1A, 0, 0x68, 0, 64, 0]), 64)
    words = {at: int.from_bytes(geometry[at : at + 2], "big") for at in (8, 10, 16, 18, 32, 34)}
    assert words == {8: 600, 10: 600, 16: 2026, 18: 1278, 32: 2072, 34: 1328}
    ink = host.ask(bytes([0x1A, 0, 0x63, 0, 44, 0]), 44)
    assert int.from_bytes(ink[8:10], "big") == 750
    assert ink[12:18] == b"FC2221"
    counters = host.ask(bytes([0x4D, 0, 0x78, 0, 0, 0, 0, 0, 52, 0]), 52)
    assert counters[4:12] == bytes.fromhex("0000000400000000")
    assert counters[20:24] == bytes.fromhex("00020004")
    host.machine.close()


def test_an_old_serial_stands_at_24() -> None:
    host = Host(model="XID8600", serial="AB12", serial_at=24)
    assert host.ask(INQUIRY, 96)[16:32] == b"XID8600 AB12    "
    host.machine.close()


def test_a_whole_card(host: Host) -> None:
    assert host.ask(POSITION, 8)[0] != 0, "no card"
    assert host.do(bytes([0x31, 0x01, 0, 0, 0, 0, 0, 2, 0, 0])) == 0
    assert host.ask(POSITION, 8) == bytes([0, 0, 0, 0, 0, 0, 0, 2])
    assert host.do(bytes([0x32, 4, *bytes(8)])) == 0
    assert host.world.in_field("machine/m") is not None
    for panel in (3, 2, 1, 0):
        assert host.upload(panel, bytes(DOTS)) == 0
    assert host.do(bytes([0x31, 0x08, 0x07, *bytes(7)]), seconds=0) == 0
    assert host.do(READY, seconds=0) == Sense.BUSY_PRINTING
    assert host.do(bytes([0x32, 5, *bytes(8)])) == 0
    assert host.do(bytes([0x31, 0x0B, *bytes(8)])) == 0
    assert host.do(bytes([0x31, 0x0D, *bytes(8)])) == 0
    assert host.do(bytes([0x31, 0x0B, 0, 0, 0, 0, 0, 5, 0, 0])) == 0
    assert host.ask(POSITION, 8)[0] != 0
    (card,) = host.world.census()["output/m"]
    assert len(host.world.card(card).prints) == 1


def test_a_refusal_latches_its_sense_until_it_is_asked_for() -> None:
    host = Host(fresh_reset=True)
    assert host.do(READY) == Sense.RESET
    assert host.sense() == 0
    assert host.do(READY) == 0
    assert host.do(bytes([0x55, *bytes(9)])) == Sense.BAD_COMMAND
    host.machine.close()


def test_a_command_that_is_not_immediate_answers_at_its_end(host: Host) -> None:
    host.command(bytes([0x31, 0x01, *bytes(8)]))
    assert host.bulk.read(13) is None
    assert host.bulk.write(b"USBC" + bytes(27)) is False, "one command at a time"
    host.clock.advance(10)
    assert host.status() == 0


def test_a_question_that_is_refused_stalls_until_the_halt_is_cleared(host: Host) -> None:
    host.command(bytes([0x1A, 0, 0x11, 0, 10, 0]), 10, to_host=True)
    assert host.bulk.read(10) is Halt.STALL
    assert host.bulk.read(10) is Halt.STALL
    host.bulk.clear_halt(0x81)
    assert host.status() == 1
    assert host.sense() == Sense.BAD_COMMAND


def test_a_panel_of_the_wrong_size_is_taken_and_refused(host: Host) -> None:
    assert host.upload(3, bytes(100)) == Sense.BAD_FIELD
    assert host.do(READY) == 0


@given(junk=st.binary(max_size=64))
@settings(max_examples=50, deadline=None)
def test_what_is_no_command_halts_until_reset(junk: bytes) -> None:
    host = Host()
    if not (len(junk) == 31 and junk.startswith(b"USBC")):
        assert host.bulk.write(junk) is Halt.STALL
        host.bulk.clear_halt(0x02)
        host.bulk.clear_halt(0x81)
        assert host.bulk.read(13) is Halt.STALL
        host.bulk.reset_recovery()
        assert len(host.ask(INQUIRY, 96)) == 96
    host.machine.close()


@given(block=st.binary(min_size=6, max_size=16), length=st.integers(0, 64), to_host=st.booleans())
@settings(max_examples=200, deadline=None)
def test_every_command_block_gets_one_status(block: bytes, length: int, to_host: bool) -> None:
    host = Host()
    host.command(block, length, to_host=to_host)
    if length and not to_host:
        assert host.bulk.write(bytes(length)) is True
    host.clock.advance(100)
    answer = host.bulk.read(64)
    if answer is Halt.STALL:
        host.bulk.clear_halt(0x81)
        answer = host.bulk.read(64)
    elif isinstance(answer, bytes) and not answer.startswith(b"USBS"):
        answer = host.bulk.read(64)
    assert isinstance(answer, bytes)
    assert answer[:4] == b"USBS"
    assert int.from_bytes(answer[4:8], "little") == host.tag
    assert host.bulk.read(64) is None
    host.machine.close()


def test_a_mute_machine_acts_and_says_nothing_until_the_port_is_reset() -> None:
    host = Host([Fault(kind="mute", command="load")])
    host.command(bytes([0x31, 0x01, *bytes(8)]))
    host.clock.advance(20)
    assert host.bulk.read(13) is None
    assert host.bulk.write(bytes(31)) is False
    assert host.machine.body.card() is not None, "the card was fed"
    host.bulk.reset_port()
    assert host.do(READY) == Sense.RESET
    assert host.ask(POSITION, 8) == bytes(8)
    host.machine.close()


def test_a_lost_answer_may_come_late() -> None:
    host = Host([Fault(kind="mute", command="ready")])
    host.command(READY)
    assert host.bulk.read(13) is None
    host.bulk.unmute()
    assert host.status() == 0
    host.machine.close()


def test_a_mute_machine_that_did_not_act() -> None:
    host = Host([Fault(kind="mute", command="load", acts=False)])
    host.command(bytes([0x31, 0x01, *bytes(8)]))
    host.clock.advance(20)
    assert host.bulk.read(13) is None
    assert host.machine.body.card() is None
    host.machine.close()


def test_garbage_and_half_answers() -> None:
    host = Host([Fault(kind="garbage", command="ready"), Fault(kind="half-reply", command="ready", nth=2)])
    host.command(READY)
    answer = host.bulk.read(13)
    assert isinstance(answer, bytes)
    assert len(answer) == 13
    assert not answer.startswith(b"USBS")
    host.command(READY)
    answer = host.bulk.read(13)
    assert isinstance(answer, bytes)
    assert len(answer) == 6
    host.machine.close()


@pytest.mark.parametrize(("acts", "places"), [(True, "machine/m"), (False, "hopper/m")])
def test_the_answer_to_the_command_before(acts: bool, places: str) -> None:
    host = Host([Fault(kind="last-reply", command="load", acts=acts)])
    assert host.do(READY) == Sense.OK
    before = host.tag
    (card, *_) = host.world.census()["hopper/m"]
    host.command(bytes([0x31, 0x01, *bytes(8)]))
    host.clock.advance(20)
    answer = host.bulk.read(13)
    assert isinstance(answer, bytes)
    assert struct.unpack("<4sIIB", answer) == (b"USBS", before, 0, 0)
    assert card in host.world.census()[places]
    assert host.do(READY) == Sense.OK
    host.machine.close()


def test_a_reset_in_mid_upload_forgets_it(host: Host) -> None:
    host.command(bytes([0x2A, 0, 3, 0, 0]) + DOTS.to_bytes(4, "big") + b"\0", DOTS)
    assert host.bulk.write(bytes(1000)) is True
    host.bulk.reset_port()
    assert host.do(READY) == Sense.RESET
    assert host.do(bytes([0x31, 0x08, 0x02, *bytes(7)])) == Sense.BAD_FIELD
