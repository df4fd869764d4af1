"""The driver on the network, against a machine that follows a script on loopback sockets.

What it promises on every wire is held against simulated machines (tests/drivers/conformance); here is what only this
wire can do wrong.
"""

import socket
import struct
import threading
from contextlib import suppress

import pytest

from drivers.deadline import Deadline
from drivers.errors import (
    DeadlinePassed,
    Disconnected,
    HeldByAnother,
    NotUnderstood,
    WrongDevice,
)
from drivers.matica_xid.opening import open_printer
from drivers.printer import Image, Media, Panel, PrinterFault, Reason, Station

GREETING = 0xF3000200
IMAGE = Image(8, 4, {Panel.BLACK: bytes(range(32))})


def message(function, parameter, sequence, data=b""):
    return struct.pack(">IIII", function, 2 + len(data) // 4, parameter, sequence) + data


def greeting(model=b"XID8600"):
    address = bytes.fromhex("fe80000000000000923d68fffe0258c3")
    return message(GREETING, 0, 0x33118, bytes(40) + model.ljust(16) + address + bytes(32))


class Machine:
    """A machine on two loopback ports.

    Attributes:
        statuses: for the next commands (the status question too), status words; 0 once they are used up.
        spoil: turns a reply into what is sent instead; None from it: silence.
        lost: datagrams to leave unanswered.
    """

    def __init__(self, model=b"XID8600", *, greets=True):
        self.model, self.greets = model, greets
        self.tcp, self.udp = _neighbours()
        self.port = self.tcp.getsockname()[1]
        self.statuses = []
        self.spoil = lambda reply: reply
        self.lost = 0
        self.at = None
        self.log = []
        self.connections = 0
        self.current = None
        self.threads = [threading.Thread(target=self._serve), threading.Thread(target=self._serve_udp)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        for endpoint in (self.tcp, self.udp, self.current):
            if endpoint is not None:
                with suppress(OSError):
                    endpoint.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(5)
        self.tcp.close()
        self.udp.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            self.connections += 1
            self.current = connection
            with connection, suppress(OSError, EOFError):
                self._talk(connection)

    def _talk(self, connection):
        if not self.greets:
            connection.recv(1)
            return
        connection.sendall(greeting(self.model))
        function, _, sequence, data = _receive(connection)
        assert (function, sequence, len(data)) == (0xF2000300, 0x99999999, 108)
        connection.sendall(message(0xF3000400, 0, sequence))
        expected = 0
        while True:
            function, parameter, sequence, data = _receive(connection)
            assert sequence == expected
            expected += 1
            reply = self.spoil(self._answer(function, parameter, sequence, data))
            if reply is not None:
                connection.sendall(reply)

    def _answer(self, function, parameter, sequence, data):
        if function == 0xF0000500:
            assert data[::4] == bytes((4, 5, 10, 11))
            values = struct.pack(">3sH3x", b"\4\6\2", 600) + struct.pack(">3sH3x", b"\5\6\2", 600)
            values += struct.pack(">3sH3x", b"\x0a\6\2", 8) + struct.pack(">3sH3x", b"\x0b\6\2", 4)
            return message(0xF1000500, 0, sequence, values)
        if status := self.statuses.pop(0) if self.statuses else 0:
            return message(0xF1000200, status, sequence)
        self.log.append((parameter, data if function == 0xF0000100 else data[:12] + b"+%d" % len(data[12:])))
        if function == 0xF0000100:
            if data[0] == 2:
                return message(0xF1000300, 0, sequence, b"\1\2\4\0" if self.at is None else bytes((1, 2, 0, self.at)))
            if data[0] in (4, 5):
                self.at = None if data[3] > 3 else data[3]
        return message(0xF1000100, 0, sequence)

    def _serve_udp(self):
        while True:
            try:
                question, peer = self.udp.recvfrom(4096)
            except OSError:
                return
            if not question:
                return
            if self.lost:
                self.lost -= 1
                continue
            sequence = int.from_bytes(question[12:16], "big")
            values = {
                0x01: b"\6\4\0\0\0\0\0", 0x0B: b"\2\1\x19", 0x0C: b"\2\1\5", 0x0D: b"\2\1\4", 0x0E: b"\6\2\2\xee\0\0\0",
                0x0F: b"\x22\x20" + b"FC2221".ljust(33, b"\0"), 0x1E: b"\6\4\0\0\0\1\0", 0x1F: b"\6\4\0\0\0\2\0",
                0x20: b"\6\4\0\0\0\3\0", 0x21: b"\6\4\0\0\0\4\0", 0x23: b"\6\4\0\0\0\5\0",
            }  # fmt: skip
            answer = b"".join(bytes((tag,)) + values[tag] for tag in question[16::4])
            stale = message(0xF1000600, 0, sequence - 1, answer[:4])
            self.udp.sendto(stale, peer)
            self.udp.sendto(message(0xF1000600, 0, sequence, answer.ljust(-(-len(answer) // 4) * 4, b"\0")), peer)


def _neighbours():
    """A listening TCP socket, and a UDP socket on the port after it."""
    while True:
        tcp = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(("127.0.0.1", tcp.getsockname()[1] + 1))
        except (OSError, OverflowError):
            tcp.close()
            udp.close()
            continue
        return tcp, udp


def _receive(connection):
    def exactly(size):
        data = b""
        while len(data) < size:
            more = connection.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    function, count, parameter, sequence = struct.unpack(">IIII", exactly(16))
    return function, parameter, sequence, exactly(4 * (count - 2))


def soon(seconds=20.0):
    return Deadline.after(seconds)


@pytest.fixture
def machine():
    machine = Machine()
    yield machine
    machine.stop()


@pytest.fixture
def printer(machine):
    printer = open_printer(f"tcp:127.0.0.1:{machine.port}", soon())
    yield printer
    printer.close()


class TestOpening:
    def test_who_it_is_and_what_it_takes(self, printer):
        assert (printer.identity.model, printer.identity.serial) == ("XID8600", "903D680258C3")
        assert (printer.capabilities.raster.width, printer.capabilities.raster.height) == (8, 4)

    def test_another_kind_of_machine(self):
        machine = Machine(b"HDP5000")
        with pytest.raises(WrongDevice):
            open_printer(f"tcp:127.0.0.1:{machine.port}", soon())
        machine.stop()

    def test_in_use_by_another_program(self):
        machine = Machine(greets=False)
        with pytest.raises(HeldByAnother):
            open_printer(f"tcp:127.0.0.1:{machine.port}", soon(0.2))
        machine.stop()


class TestCommands:
    def test_a_card_from_hopper_to_exit(self, printer, machine):
        printer.feed(Station.CONTACTLESS, soon())
        printer.engage(Station.CONTACTLESS, soon())
        printer.start_film(IMAGE, soon())
        printer.await_film(soon())
        printer.release(Station.CONTACTLESS, soon())
        printer.transfer(soon())
        printer.deliver(soon())
        questions = (b"\1\2\0\0", b"\2\2\0\0")
        assert [(p, d.hex() if len(d) < 12 else d) for p, d in machine.log if d not in questions] == [
            (0, "04028002"), (0, "0a021000"), (0, struct.pack(">B3xII", 8, 36, 32) + b"+32"), (2, "06020008"),
            (0, "0a025000"), (0, "05020000"), (0, "0706000000000000"), (0, "05020005"),
        ]  # fmt: skip
        assert printer.status(soon()).media is Media.NOT_PRESENT

    def test_a_card_turned_over_and_rejected(self, printer, machine):
        printer.feed(Station.CONTACT, soon())
        machine.log.clear()
        printer.flip(soon())
        printer.reject(soon())
        assert [data.hex() for _, data in machine.log if data[0] == 0x05] == ["05021001", "05020004"]
        assert printer.status(soon()).media is Media.NOT_PRESENT

    def test_counters_and_supplies(self, printer, machine):
        machine.lost = 1
        counters = printer.counters(soon())
        assert (counters.cards, counters.others) == (2, {"free": 1, "head": 3, "clean": 4, "error": 5})
        ribbon, film = printer.supplies(soon())
        assert (ribbon.name, ribbon.remaining, ribbon.capacity, ribbon.lot) == ("ribbon YMCKK", 375, 750, "FC2221")
        assert film.remaining == 500

    def test_silence_over_udp(self, printer, machine):
        machine.lost = 99
        with pytest.raises(DeadlinePassed):
            printer.supplies(soon(0.4))

    def test_busy_is_polled_and_a_reset_is_told(self, printer, machine):
        machine.statuses = [0x2D300, 0x2D400, 0x62800]
        with pytest.raises(PrinterFault) as caught:
            printer.feed(Station.PRINT, soon())
        assert caught.value.condition.reason is Reason.POWER_RESET
        assert caught.value.may_have_acted


class TestLostAnswers:
    def test_silence_is_no_success_and_the_next_command_has_a_new_connection(self, printer, machine):
        machine.spoil = lambda _: None
        with pytest.raises(DeadlinePassed):
            printer.feed(Station.PRINT, soon(0.2))
        machine.spoil = lambda reply: reply
        assert printer.status(soon()).ready
        assert machine.connections == 2

    @pytest.mark.parametrize(
        "damage",
        [
            lambda reply: reply[:12] + struct.pack(">I", 77) + reply[16:],
            lambda reply: reply[:4] + b"\xff\xff\xff\xff" + reply[8:],
            lambda reply: reply[:4] + b"\0\0\0\1" + reply[8:],
            lambda reply: b"\xf0" + reply[1:],
            lambda reply: b"\xf1\0\7\0" + reply[4:],
            lambda reply: b"\xf1\0\2\0" + reply[4:],
        ],
        ids=["sequence", "huge", "tiny", "no reply", "another function", "not done without a reason"],
    )
    def test_a_damaged_reply_is_no_success(self, printer, machine, damage):
        machine.spoil = damage
        with pytest.raises(NotUnderstood):
            printer.feed(Station.PRINT, soon())
        machine.spoil = lambda reply: reply
        assert printer.status(soon()).ready

    def test_cut_off(self, printer, machine):
        def cut(reply):
            machine.current.shutdown(socket.SHUT_RDWR)

        machine.spoil = cut
        with pytest.raises(Disconnected):
            printer.status(soon())

    def test_another_machine_behind_the_same_address(self, printer, machine):
        machine.spoil, machine.model = (lambda _: None), b"XID580i"
        with pytest.raises(DeadlinePassed):
            printer.status(soon(0.1))
        with pytest.raises(WrongDevice):
            printer.status(soon())
