"""The driver over a pseudo-terminal: addresses, opening, and what is kept of a wire."""

from __future__ import annotations

import os
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers import catalog
from drivers.addresses import BadAddress
from drivers.deadline import Deadline
from drivers.encoder import ReaderGone
from drivers.errors import DeviceError, HeldByAnother, NotFound, WrongDevice
from drivers.pn532 import DRIVER, opening, replay
from drivers.printer import Reason
from drivers.recording import Recorder
from drivers.wiretap import Direction
from tests.drivers.pn532.scripted import ACK, Card, Chip, frame

APDU = bytes.fromhex("00D6000004") + b"NAMA"


def soon() -> Deadline:
    return Deadline.after(20)


class Cable:
    """A pseudo-terminal with a scripted chip at the far end."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self._slave = slave
        self.address = f"serial:{os.ttyname(slave)}"
        self._over = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._hear, self._speak)]
        for thread in self._threads:
            thread.start()

    def _hear(self) -> None:
        heard = b""
        while not self._over.is_set() and (data := os.read(self._master, 4096)) != b"\x04end":
            heard += data
            if not heard.startswith(b"\x55") or len(heard) >= 16:
                self.chip.write(heard, soon())
                heard = b""

    def _speak(self) -> None:
        while not self._over.is_set():
            try:
                os.write(self._master, self.chip.read(Deadline.after(0.05)))
            except DeviceError:  # nothing to say, or unplugged
                continue

    def unplug(self) -> None:
        if not self._over.is_set():
            os.write(self._slave, b"\x04end")
            self._over.set()
            for thread in self._threads:
                thread.join(5)
            os.close(self._slave)
            os.close(self._master)


@pytest.fixture
def cable() -> Iterator[Cable]:
    cable = Cable(Chip(Card()))
    yield cable
    cable.unplug()


def test_a_reader_on_a_port_is_opened_by_one_and_told_from_what_it_is_not(cable: Cable) -> None:
    encoder = DRIVER.open(cable.address, soon())
    assert encoder.name == f"PN532 1.6 {cable.address.removeprefix('serial:')}"
    with pytest.raises(HeldByAnother):
        DRIVER.open(cable.address, soon())
    connection = encoder.connect(soon())
    assert connection.transmit(APDU, soon()).sw == 0x9000
    cable.unplug()
    with pytest.raises(ReaderGone):
        connection.transmit(APDU, soon())
    encoder.close()


def test_something_else_on_the_port(cable: Cable) -> None:
    cable.chip.ic = 0x07
    with pytest.raises(WrongDevice):
        DRIVER.open(cable.address, soon())
    cable.chip.spoil = {0x14: [lambda _: b"OK\r\n"] * 4}
    with pytest.raises(NotFound, match="acknowledges nothing"):
        DRIVER.open(cable.address, soon())
    cable.chip.spoil = {0x14: [lambda _: frame(b"\x15\x00")] * 4}
    with pytest.raises(WrongDevice):
        DRIVER.open(cable.address, soon())
    with pytest.raises(NotFound):
        DRIVER.open("serial:/dev/no-such-port", soon())


@pytest.mark.parametrize("address", ["nonsense", "usb:1a86:7523", "serial:", "serial:/dev/ttyUSB0?baud=12", "pcsc:X"])
def test_an_address_of_nothing_is_refused(address: str) -> None:
    with pytest.raises(BadAddress, match="serial:/dev/stationd"):
        DRIVER.open(address, soon())
    assert not DRIVER.same(address, "serial:/dev/ttyUSB0?baud=115200")


def test_only_a_port_that_was_named_so_is_listed(cable: Cable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "NAMED", tmp_path)
    assert list(DRIVER.find()) == []
    (tmp_path / "pn532-desk").symlink_to(cable.address.removeprefix("serial:"))
    (tmp_path / "modem").symlink_to("/dev/null")
    (address,) = DRIVER.find()
    assert address == f"serial:{tmp_path}/pn532-desk?baud=115200"
    assert DRIVER.same(cable.address, address)
    assert not DRIVER.same("serial:/dev/null", address)
    DRIVER.open(address, soon()).close()


def test_the_driver_is_a_driver() -> None:
    assert catalog.load().encoders["pn532"] is DRIVER


def test_a_trace_has_what_was_said_and_no_data_of_the_card(cable: Cable) -> None:
    chip = cable.chip
    chip.cards[0].answers = lambda _: b"3273014101900001" + b"\x90\x00"
    encoder = DRIVER.open(cable.address, soon())
    recorder = Recorder(replay.mask)
    with recorder.on((f"pn532 {cable.address}", cable.address)):
        connection = encoder.connect(soon())
        connection.transmit(APDU, soon())
        chip.part = 4
        connection.transmit(APDU, soon())
        chip.spoil = {0x40: [lambda _: ACK + frame(b"\x41\x0d")]}
        with pytest.raises(Exception, match="overheated"):
            connection.transmit(APDU, soon())
    encoder.close()
    kept = b"".join(record.data for record in recorder.records)
    for secret in (b"NAMA", b"3273", b"0001", chip.cards[0].uid):
        assert secret not in kept
    assert b"\x40\x01" + APDU[:5] in kept
    assert b"\x41\x00\x90\x00" in kept
    assert {record.pipe for record in recorder.records} == {"command", "answer"}
    (reported,) = replay.replay(recorder.records)
    assert (reported.condition.reason, reported.condition.code) == (Reason.OVERHEATED, "0D")


def test_a_command_that_is_not_known_is_reported() -> None:
    recorder = Recorder(replay.mask)
    recorder.note(Direction.OUT, "command", b"\x00\x06")
    recorder.note(Direction.IN, "answer", b"", "syntax error")
    recorder.note(Direction.IN, "answer", b"\x41\x01")
    assert [found.condition.code for found in replay.replay(recorder.records)] == ["7F", "01"]
