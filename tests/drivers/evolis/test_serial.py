"""The serial transport, and the driver over it, on a pseudo-terminal."""

import contextlib
import os
import threading
import time
import tty

import pytest

from drivers.addresses import BadAddress, SerialAddress, parse_cable
from drivers.errors import DeadlinePassed, Disconnected, HeldByAnother, NotFound
from drivers.evolis.opening import open_printer
from drivers.printer import Media, Station
from drivers.serial_transport import SerialPort
from tests.drivers.evolis.scripted import ScriptedMachine, soon


class Cable:
    """A pseudo-terminal; `path` is the end for the driver."""

    def __init__(self):
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)
        self._open = True

    def unplug(self):
        if self._open:
            self._open = False
            os.close(self.slave)
            os.close(self.master)


@pytest.fixture
def cable():
    cable = Cable()
    yield cable
    cable.unplug()


@contextlib.contextmanager
def at_the_end_of(cable, machine):
    """Let a scripted machine live at the far end."""

    def live():
        while data := os.read(cable.master, 65536):
            if data == b"\x04end":
                return
            machine.write(data, soon())
            while machine._out:
                os.write(cable.master, machine._out.popleft())

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield machine
    finally:
        os.write(cable.slave, b"\x04end")
        thread.join(5)
        assert not thread.is_alive()


@pytest.fixture
def machine(cable):
    with at_the_end_of(cable, ScriptedMachine()) as machine:
        yield machine


def test_a_machine_on_a_serial_port_is_opened_and_obeys(cable, machine):
    printer = open_printer(f"serial:{cable.path}?baud=115200", soon())
    printer.feed(Station.CONTACTLESS, soon())
    assert printer.status(soon()).station is Station.CONTACTLESS
    printer.deliver(soon())
    assert printer.status(soon()).media is Media.NOT_PRESENT
    printer.close()


def test_a_slow_port_says_how_long_a_picture_is_on_its_way(cable, machine):
    told = {}
    for baud in (9600, 115200):
        printer = open_printer(f"serial:{cable.path}?baud={baud}", soon())
        told[baud] = printer.capabilities.sending
        printer.close()
    size = 3 * 648 * 1016 * 5 // 8 + 2 * 648 * 1016 // 8
    assert size * 10 / 9600 < told[9600] < 1.5 * size * 10 / 9600
    assert told[9600] == pytest.approx(12 * told[115200])


def test_nothing_at_the_other_end_is_named(cable):
    with pytest.raises(NotFound, match="Pcom"):
        open_printer(f"serial:{cable.path}", soon(0.2))


def test_bytes_go_both_ways(cable):
    port = SerialPort(cable.path, 9600, "x")
    port.write(b"\x1bRsn\r", soon())
    assert os.read(cable.master, 100) == b"\x1bRsn\r"
    os.write(cable.master, b"OK")
    assert port.read(soon()) + port.read(soon()) == b"OK"
    port.close()


@pytest.mark.parametrize("act", [lambda port: port.read(soon(0.1)), lambda port: port.write(bytes(1 << 20), soon(0.1))])
def test_a_call_ends_at_its_deadline(cable, act):
    port = SerialPort(cable.path, 9600, "x")
    started = time.monotonic()
    with pytest.raises(DeadlinePassed):
        act(port)
    assert time.monotonic() - started < 60  # nothing ever comes, and nobody reads
    port.close()


def test_a_pulled_cable_is_told(cable):
    port = SerialPort(cable.path, 9600, "x")
    cable.unplug()
    with pytest.raises(Disconnected):
        port.read(soon())
    with pytest.raises(Disconnected):
        port.write(b"x", soon())
    port.close()


def test_close_from_another_thread_ends_a_call(cable):
    port = SerialPort(cable.path, 9600, "x")
    threading.Timer(0.05, port.close).start()
    with pytest.raises(Disconnected, match="closed"):
        port.read(soon())
    port.close()


def test_a_port_is_taken_once(cable):
    port = SerialPort(cable.path, 9600, "x")
    with pytest.raises(HeldByAnother):
        SerialPort(cable.path, 9600, "x")
    port.close()
    SerialPort(cable.path, 9600, "x").close()


def test_a_port_that_is_not_there():
    with pytest.raises(NotFound):
        SerialPort("/dev/ttyNOTHERE", 9600, "x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("serial:/dev/ttyUSB0", SerialAddress("/dev/ttyUSB0", 9600)),
        ("serial:/dev/ttyUSB0?baud=115200", SerialAddress("/dev/ttyUSB0", 115200)),
        ("serial:/dev/serial/by-id/usb-FTDI_x-if00-port0", SerialAddress("/dev/serial/by-id/usb-FTDI_x-if00-port0")),
        ("serial:/dev/a%3Fb", SerialAddress("/dev/a?b")),
    ],
)
def test_a_serial_address_is_read_and_written(text, expected):
    assert parse_cable(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize(
    "text", ["serial:", "serial:ttyUSB0", "serial:/dev/t?baud=", "serial:/dev/t?baud=12", "serial:/d%00", "tcp:a:1", ""]
)
def test_a_bad_address_is_named(text):
    with pytest.raises(BadAddress, match="serial:/dev/ttyUSB0"):
        parse_cable(text)
