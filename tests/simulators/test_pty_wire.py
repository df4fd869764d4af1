"""A program that only opens a file meets a simulated Evolis machine on a serial line."""

from __future__ import annotations

import os
import select
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.simulators.conftest import Site, site
from tests.simulators.evolis_line import BLACK, frame

MACHINE = "evolis-1"


class Port:
    """An open serial port."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_RDWR | os.O_NOCTTY)

    def send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.file, data) :]

    def hear(self, seconds: float = 60) -> bytes:
        """Read up to NUL, or whatever has come when the time is up."""
        heard = b""
        deadline = time.monotonic() + seconds
        while not heard.endswith(b"\0") and select.select([self.file], [], [], max(0, deadline - time.monotonic()))[0]:
            heard += os.read(self.file, 100)
        return heard

    def ask(self, command: str, data: bytes = b"") -> bytes:
        self.send(frame(command, data))
        return self.hear()


@contextmanager
def opened(path: Path) -> Iterator[Port]:
    port = Port(path)
    try:
        yield port
    finally:
        os.close(port.file)


@contextmanager
def machine(**settings: object) -> Iterator[tuple[Site, Path]]:
    more = {"family": "evolis", "managed_by": "host", **settings}
    with site("pty", [MACHINE], settings=more) as where:
        yield where, where.folder / f"{MACHINE}.tty"


@pytest.fixture(scope="module")
def line() -> Iterator[tuple[Site, Path]]:
    with machine() as made:
        yield made


def test_it_answers_through_the_link_however_often_that_is_opened(line: tuple[Site, Path]) -> None:
    where, link = line
    assert where.hand("state", MACHINE)["address"] == f"serial:{link}"
    for _ in range(3):
        with opened(link) as port:
            assert port.ask("Rsn") == b"SN-1\0"


def test_a_card_is_printed_over_it(line: tuple[Site, Path]) -> None:
    where, link = line
    with opened(link) as port:
        assert [port.ask(command) for command in ("Sic", "Ss")] == [b"OK\0"] * 2
        card = where.world.in_field(f"machine/{MACHINE}")
        port.send(BLACK)
        assert port.hear() == b"OK\0"
        assert port.ask("Se") == b"OK\0"
    assert card is not None
    assert where.world.census()[f"output/{MACHINE}"][-1] == card
    assert len(where.world.card(card).prints) == 1


def test_every_byte_goes_through_as_it_is() -> None:
    odd = bytes(range(256)) * 4
    with machine(terminator=odd.decode("latin-1")) as (_, link), opened(link) as port:
        port.send(frame("Rtp"))
        heard = b""
        while len(heard) < 7 + len(odd):
            assert select.select([port.file], [], [], 60)[0]
            heard += os.read(port.file, 4096)
        assert heard == b"Primacy" + odd


def test_bytes_come_no_faster_than_the_line_s_speed() -> None:
    with machine(baud=19200) as (_, link), opened(link) as port:
        began = time.monotonic()
        port.send(BLACK)
        assert port.hear() == b"OK\0"
        assert time.monotonic() - began > len(BLACK) * 10 / 19200 / 50 * 0.9


def test_the_wrong_speed_is_not_understood() -> None:
    with machine(baud=9600, check_speed=True) as (_, link), opened(link) as port:
        for speed, understood in ((termios.B115200, False), (termios.B9600, True)):
            mode = termios.tcgetattr(port.file)
            mode[4] = mode[5] = speed
            termios.tcsetattr(port.file, termios.TCSANOW, mode)
            port.send(b"\r" + frame("Rsn"))
            heard = port.hear(60 if understood else 0.5)
            if heard == b"ERROR CDE\0":  # to what came at the wrong speed, ended by this command's first byte
                heard = port.hear()
            assert heard.endswith(b"SN-1\0") is understood


@pytest.mark.parametrize("kind", ["unplug", "replug-as-new-address"])
def test_the_cable_is_pulled_in_mid_upload(line: tuple[Site, Path], kind: str) -> None:
    where, link = line
    where.hand("fault", MACHINE, fault={"kind": kind, "command": "panel", "seconds": 10.0})
    with opened(link) as port:
        with pytest.raises(OSError, match="Input/output error"):
            port.send(BLACK)
        assert not link.exists()
        deadline = time.monotonic() + 60
        while not link.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
    with opened(link) as port:
        assert port.ask("Rsn") == b"SN-1\0"


def test_unplugged_and_plugged_in_by_hand(line: tuple[Site, Path]) -> None:
    where, link = line
    where.hand("unplug", MACHINE)
    assert not link.is_symlink()
    assert where.hand("state", MACHINE)["address"] is None
    where.hand("replug", MACHINE)
    with opened(link) as port:
        assert port.ask("Rtp") == b"Primacy\0"


def test_without_mains_it_is_silent_and_the_link_stays(line: tuple[Site, Path]) -> None:
    where, link = line
    with opened(link) as port:
        where.hand("mains", MACHINE, on=False)
        port.send(frame("Rsn"))
        assert port.hear(0.3) == b""
        where.hand("mains", MACHINE, on=True)
        assert port.ask("Rtp") == b"Primacy\0"


def test_half_an_answer_and_one_that_comes_late(line: tuple[Site, Path]) -> None:
    where, link = line
    with opened(link) as port:
        where.hand("fault", MACHINE, fault={"kind": "half-reply", "command": "ask"})
        port.send(frame("Rsn"))
        assert port.hear(0.3) == b"SN"
        where.hand("fault", MACHINE, fault={"kind": "mute", "command": "ask"})
        port.send(frame("Rsn"))
        assert port.hear(0.3) == b""
        where.hand("clear", MACHINE, condition="mute")
        assert port.hear() == b"SN-1\0"
