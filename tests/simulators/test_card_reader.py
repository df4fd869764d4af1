"""A field of the world as a virtual reader sees it: first by the bytes, then by a real pcscd and its own tools."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.chips import Assortment
from simulators.devices.chip import Mishap
from simulators.devices.chip_faults import Fault, Mute, Reset, Slow, Tear, Yank, with_faults
from simulators.devices.chip_iso7816 import CHIPS
from simulators.wires import pcscd, vpcd
from simulators.world import World
from simulators.world_client import WorldClient
from tests.rig.ready import program

ATR = CHIPS.blank("04112233445566", "white").power_on()
SELECT = bytes.fromhex("00A4040409F04C4142434152440100")
CREATE = bytes.fromhex("00E000000D620B8002000882010183020101")
UPDATE = bytes.fromhex("00D6000008") + b"a-record"
READ = bytes.fromhex("00B0810000")
FIELD, SLOT = "desk/reader-1", "sam/reader-1"
SERIAL = "04112233445566"


@contextmanager
def a_world(folder: Path) -> Iterator[tuple[Path, WorldClient]]:
    path = folder / "world.sock"
    with program([sys.executable, "-m", "simulators", "world", "--socket", str(path)]), WorldClient(path) as world:
        yield path, world


def card_reader(world: Path, port: int, factor: float = 100, field: str = FIELD) -> list[str]:
    options = ["--world", str(world), "--field", field, "--port", str(port), "--factor", str(factor)]
    return [sys.executable, "-m", "simulators.wires.card_reader", *options]


# The protocol's bytes


@given(st.lists(st.binary(max_size=65535), max_size=4), st.integers(1, 5000))
def test_messages_arrive_whole_however_they_are_cut(payloads: list[bytes], piece: int) -> None:
    sent = b"".join(map(vpcd.encode, payloads))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        link = vpcd.Link(listener.getsockname()[1])
        reader, _ = listener.accept()
        received = []
        with reader:
            for payload in payloads:
                message, sent = sent[: len(payload) + 2], sent[len(payload) + 2 :]
                for at in range(0, len(message), max(piece, len(message) // 4)):
                    reader.sendall(message[at : at + max(piece, len(message) // 4)])
                received.append(link.receive())
            reader.sendall(b"\x00")
        assert link.receive() is None
        link.close()
    assert received == payloads


def test_a_link_tells_how_long_a_message_lay_unread() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        link = vpcd.Link(listener.getsockname()[1])
        reader, _ = listener.accept()
        with reader:
            time.sleep(0.1)  # the kernel begins a moment after it is told to
            reader.sendall(vpcd.encode(b"late"))
            sent = time.monotonic()
            time.sleep(0.2)
            assert link.receive() == b"late"
            assert 0.2 <= link.waited <= time.monotonic() - sent + 0.05
        assert vpcd._waited(()) == 0
        link.close()


def test_a_wall_clock_that_was_set_meanwhile_is_not_believed() -> None:
    for seconds, expected in ((time.time() + 10_000, 0), (time.time() - 10_000, 1)):
        stamp = vpcd._TIMESPEC.pack(int(seconds), 0)
        assert vpcd._waited([(socket.SOL_SOCKET, vpcd._SO_TIMESTAMPNS, stamp)]) == expected


def test_a_payload_of_one_byte_is_control() -> None:
    assert [vpcd.control_of(bytes([code])) for code in (0, 1, 2, 4)] == list(vpcd.Control)
    assert vpcd.control_of(b"") is None
    assert vpcd.control_of(SELECT) is None
    with pytest.raises(ValueError, match="3"):
        vpcd.control_of(b"\x03")


# What a mishap does to a card


@pytest.mark.parametrize(
    ("fault", "place", "field"),
    [
        (Yank(at=1), "hand", False),
        (Reset(at=1), "desk/reader-1", True),
        (Mute(at=1), "desk/reader-1", True),
    ],
)
def test_the_world_moves_a_card_as_its_mishap_says(fault: Fault, place: str, field: bool) -> None:
    world = World(CHIPS)
    (card,) = world.mint(1)
    world.set_chip_state(card, with_faults(CHIPS.blank("04112233445566", "white").state(), fault))
    world.move(card, FIELD)
    world.chip_power(FIELD, "on")
    assert not world.chip_apdu(FIELD, SELECT)
    assert world.card(card).place == place
    assert (world.in_field(FIELD) is not None) is field


def test_a_yank_in_a_machine_parts_the_reader_from_the_card() -> None:
    world = World(CHIPS)
    (card,) = world.mint(1)
    world.set_chip_state(card, with_faults(CHIPS.blank("04112233445566", "white").state(), Yank(at=1)))
    world.move(card, "machine/matica-1")
    world.hold("machine/matica-1", "contactless")
    world.engage("machine/matica-1", engaged=True)
    world.chip_power("machine/matica-1", "on")
    reply = world.chip_exchange("machine/matica-1", SELECT)
    assert reply is not None
    assert reply.mishap is Mishap.GONE
    assert (world.card(card).place, world.in_field("machine/matica-1")) == ("machine/matica-1", None)


# The wire, with a stand-in for the reader


@dataclass
class Desk:
    """A reader's end of the wire, and the world at its other end."""

    world: WorldClient
    listener: socket.socket

    def lay(self, *faults: Fault) -> str:
        """Lay a new card on the reader."""
        (card,) = self.world.mint(1)
        state = self.world.chip_state(card)
        assert state is not None
        self.world.set_chip_state(card, with_faults(state, *faults))
        self.world.move(card, FIELD)
        return card

    def accept(self, seconds: float = 60) -> socket.socket:
        """Wait for the wire to connect: a card is there."""
        self.listener.settimeout(seconds)
        connection, _ = self.listener.accept()
        connection.settimeout(60)
        return connection


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with (
        a_world(tmp_path) as (path, world),
        socket.create_server(("127.0.0.1", 0)) as listener,
        program(card_reader(path, listener.getsockname()[1])),
    ):
        yield Desk(world, listener)


def ask(connection: socket.socket, payload: bytes) -> bytes:
    connection.sendall(vpcd.encode(payload))
    head = connection.recv(2, socket.MSG_WAITALL)
    return connection.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL) if head else b""


def test_a_card_is_there_from_when_it_comes_until_it_goes(desk: Desk) -> None:
    with pytest.raises(TimeoutError):
        desk.accept(0.3)
    card = desk.lay()
    with desk.accept() as connection:
        assert ask(connection, b"\x04") == ATR
        connection.sendall(vpcd.encode(b"\x01"))
        assert ask(connection, SELECT)[-2:] == b"\x90\x00"
        connection.sendall(vpcd.encode(b"\x02"))
        assert ask(connection, UPDATE) == b"\x69\x86"  # the reset took the selection with it
        desk.world.move(card, "hand")
        assert connection.recv(1) == b""
    desk.lay()
    with desk.accept() as connection:
        assert ask(connection, b"\x04") == ATR


def test_a_chip_without_power_is_there_and_does_not_work(desk: Desk) -> None:
    desk.lay()
    with desk.accept() as connection:
        connection.sendall(vpcd.encode(b"\x00"))
        assert ask(connection, b"\x04") == ATR
        assert ask(connection, SELECT) == b""


def test_a_mute_chip_holds_the_reader_until_it_is_taken_away(desk: Desk) -> None:
    card = desk.lay(Mute(at=1))
    with desk.accept() as connection:
        connection.sendall(vpcd.encode(SELECT))
        connection.settimeout(0.4)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        desk.world.move(card, "hand")
        connection.settimeout(60)
        assert connection.recv(1) == b""


def test_a_field_that_broke_down_shows_the_card_again(desk: Desk) -> None:
    desk.lay(Reset(at=2))
    with desk.accept() as connection:
        assert ask(connection, SELECT)[-2:] == b"\x90\x00"
        assert ask(connection, SELECT) == b""
    began = time.monotonic()
    with desk.accept() as connection:
        assert ask(connection, SELECT)[-2:] == b"\x90\x00"
    assert time.monotonic() - began > 0.4


def test_a_torn_write_is_not_answered_and_partly_there(desk: Desk) -> None:
    card = desk.lay(Tear(at=1, ins=0xD6, kept=3))
    with desk.accept() as connection:
        assert [ask(connection, apdu)[-2:].hex() for apdu in (SELECT, CREATE)] == ["9000", "9000"]
        assert ask(connection, UPDATE) == b""
    assert desk.world.card(card).place == "hand"
    desk.world.move(card, FIELD)
    with desk.accept() as connection:
        assert ask(connection, SELECT)[-2:] == b"\x90\x00"
        assert ask(connection, READ) == b"a-r\0\0\0\0\0\x90\x00"


def test_the_wire_takes_the_chip_s_time(desk: Desk) -> None:
    desk.lay(Slow(at=1, seconds=50))  # of a real chip: half a second at a factor of 100
    with desk.accept() as connection:
        began = time.monotonic()
        ask(connection, SELECT)
        assert 0.5 <= time.monotonic() - began < 30
        quick = []
        for _ in range(5):
            began = time.monotonic()
            ask(connection, SELECT)
            quick.append(time.monotonic() - began)
        assert min(quick) < 0.5, "once"


# Real software: pcscd, opensc-tool, pcsc_scan, scriptor


@dataclass
class Stack:
    """A pcscd in a private place, with the world's desk as its first reader."""

    world: WorldClient
    pid: int

    def run(self, *command: str) -> str:
        """Run a program beside that pcscd and return what it says."""
        result = subprocess.run(
            pcscd.inside(self.pid, command), capture_output=True, text=True, timeout=120, check=False
        )
        return result.stdout + result.stderr

    def await_readers(self, says: str) -> None:
        """Wait until `opensc-tool --list-readers` shows the first reader's card column so."""
        deadline = time.monotonic() + 60
        while not re.search(
            rf"^0 +{says} .*Virtual PCD 00 00", self.run("opensc-tool", "--list-readers"), re.MULTILINE
        ):
            assert time.monotonic() < deadline, f"opensc-tool never said {says}"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    service = [sys.executable, "-m", "simulators.wires.pcscd", "--dir", str(folder)]
    with (
        a_world(folder) as (path, world),
        program(pcscd.isolated(service)) as place,
        program(pcscd.inside(place.process.pid, card_reader(path, pcscd.PORT))),
        program(pcscd.inside(place.process.pid, card_reader(path, pcscd.PORT + 1, field=SLOT))),
    ):
        yield Stack(world, place.process.pid)


@contextmanager
def card_on_desk(stack: Stack, chips: str = "") -> Iterator[str]:
    stack.await_readers("No")
    (card,) = stack.world.mint(1, chips=chips)
    stack.world.move(card, FIELD)
    stack.await_readers("Yes")
    yield card
    stack.world.move(card, "hand")
    stack.await_readers("No")


def test_opensc_sees_the_card_come_and_go_and_writes_to_it(stack: Stack) -> None:
    with card_on_desk(stack) as card:
        assert ATR.hex(":") in stack.run("opensc-tool", "--reader", "0", "--atr")
        assert re.search(ATR.hex(" ").upper(), stack.run("timeout", "2", "pcsc_scan", "-c", "-n"))
        sends = [option for apdu in (SELECT, CREATE, UPDATE, READ) for option in ("--send-apdu", apdu.hex())]
        said = stack.run("opensc-tool", "--reader", "0", *sends)
        assert said.count("SW1=0x90, SW2=0x00") == 4, said
        assert "a-record" in said
        serial = stack.world.card(card).serial
        assert bytes.fromhex(serial).hex(" ").upper() in stack.run("opensc-tool", "-r", "0", "-s", "FFCA000000")
        state = stack.world.chip_state(card)
        assert state is not None
        assert list(CHIPS.restore(state).state()["memory"]["files"]) == [str(0x0101)]


def test_opensc_and_pcsc_scan_see_the_globalplatform_card_and_the_sam_beside_it(stack: Stack) -> None:
    (sam,) = stack.world.mint(1, chips="sam")
    stack.world.move(sam, SLOT)
    with card_on_desk(stack, "gp-scp03") as card:
        atrs = [Assortment().of(kind).blank(SERIAL, "").power_on() for kind in ("gp-scp03", "sam")]
        scanned = stack.run("timeout", "2", "pcsc_scan", "-c", "-n")
        for number, atr in enumerate(atrs):
            assert atr.hex(":") in stack.run("opensc-tool", "--reader", str(number), "--atr")
            assert atr.hex(" ").upper() in scanned
        sends = ("-s", "00A4040000", "-s", "80CA9F7F00", "-s", "00A4040009F04C4142434152440200", "-s", "FFCA000000")
        said = stack.run("opensc-tool", "-r", "0", *sends)
        assert said.count("SW1=0x90, SW2=0x00") == 4, said
        assert "6F 14 84 09 F0 4C 41 42 43 41 52 44 02 8A 01 07" in said
        assert bytes.fromhex(stack.world.card(card).serial).hex(" ").upper() in said
        said = stack.run("opensc-tool", "-r", "1", "-s", "00A4040008F04C414253414D0100", "-s", "80103308066C61622D6770")
        assert said.count("SW1=0x90, SW2=0x00") == 2, said
    stack.world.move(sam, "hand")


def test_extended_length_passes_through_the_real_reader(stack: Stack, tmp_path: Path) -> None:
    size = 2000
    data = bytes(range(200)) * (size // 200)
    create = bytes.fromhex(f"00E000000D620B8002{size:04X}82010183020101")
    update = bytes.fromhex(f"00D6000000{size:04X}") + data
    script = tmp_path / "script"
    script.write_text(
        "".join(f"{apdu.hex(' ')}\n" for apdu in (SELECT, create, update, bytes.fromhex("00B00000000000")))
    )
    with card_on_desk(stack):
        said = stack.run("scriptor", "-r", "Virtual PCD 00 00", str(script))
        assert said.count("90 00 : Normal processing.") == 4, said
        assert data.hex() + "9000" in re.sub(r"\s", "", said.lower())


def test_a_second_pcscd_in_the_same_place_is_refused_by_name(stack: Stack, tmp_path: Path) -> None:
    said = stack.run(sys.executable, "-m", "simulators.wires.pcscd", "--dir", str(tmp_path))
    assert "another pcscd already answers at /run/pcscd/pcscd.comm" in said
    assert "unshare" in said


def test_a_port_that_is_taken_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcscd, "SOCKET", tmp_path / "nobody")  # another test's pcscd may run beside this one
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(pcscd.PcscdFailed, match=f"port {port}"), pcscd.private_pcscd(tmp_path, port):
            pass


def test_no_connection_is_ever_given_the_port_of_a_virtual_reader() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert first > pcscd.PORT + 16 * pcscd.SLOTS, "pcscd has 16 readers at the most"
