"""The simulated machine on a real socket."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.simulators.conftest import Site, site


class Line:
    """A TCP connection that has said hello."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.lines = connection.makefile("rb")

    def hear(self) -> tuple[int, int, bytes]:
        """Return function, status and data of one message."""
        head = self.lines.read(8)
        if len(head) < 8:
            raise EOFError
        rest = self.lines.read(4 * int.from_bytes(head[4:8], "big"))
        return int.from_bytes(head[:4], "big"), int.from_bytes(rest[:4], "big"), rest[8:]

    def ask(self, data: str, parameter: int = 0) -> tuple[int, bytes]:
        body = bytes.fromhex(data)
        head = (0xF0000100, 2 + len(body) // 4, parameter, 1)
        self.connection.sendall(b"".join(word.to_bytes(4, "big") for word in head) + body)
        _, status, answer = self.hear()
        return status, answer


def port(where: Site) -> int:
    return int(where.hand("state")["address"].removeprefix("tcp:127.0.0.1:"))


@contextmanager
def connected(where: Site) -> Iterator[Line]:
    with socket.create_connection(("127.0.0.1", port(where)), 60) as connection:
        line = Line(connection)
        try:
            assert line.hear()[0] == 0xF3000200
            connection.sendall(bytes.fromhex("f20003000000000200000000 99999999".replace(" ", "")))
            assert line.hear()[0] == 0xF3000400
            yield line
        finally:
            line.lines.close()


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def tcp_site() -> Iterator[Site]:
    with site("tcp", ["matica-1"], model="XID580i") as made:
        yield made


def test_a_card_goes_through_and_the_state_is_told_meanwhile(tcp_site: Site) -> None:
    with connected(tcp_site) as line, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as questions:
        questions.settimeout(60)
        assert line.ask("04020002", parameter=2) == (0, b"")
        ask = bytes.fromhex("f0000600 00000003 00000000 00000000 01000000".replace(" ", ""))
        questions.sendto(ask, ("127.0.0.1", port(tcp_site) + 1))
        assert questions.recv(100)[16:] == bytes.fromhex("010604ff02d30000")
        while line.ask("01020000")[0]:
            time.sleep(0.01)
        assert line.ask("02020000") == (0, bytes.fromhex("01020002"))
        assert line.ask("05020005") == (0, b"")
    assert len(tcp_site.world.census()["output/matica-1"]) == 1


def test_commands_sent_together_are_done_in_order(tcp_site: Site) -> None:
    with connected(tcp_site) as line:
        words = "f0000100 00000003 00000000 0000000{n} {data}"
        both = words.format(n=1, data="04020002") + words.format(n=2, data="05020004")
        line.connection.sendall(bytes.fromhex(both.replace(" ", "")))
        assert [line.hear()[:2] for _ in range(2)] == [(0xF1000100, 0), (0xF1000100, 0)]
    assert len(tcp_site.world.census()["reject/matica-1"]) == 1


def test_a_mute_machine_answers_late_or_never(tcp_site: Site) -> None:
    tcp_site.hand("fault", fault={"kind": "mute", "command": "load"})
    with connected(tcp_site) as line:
        line.connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            line.ask("04020002")
    until(lambda: tcp_site.world.census().get("machine/matica-1"))
    with connected(tcp_site) as line:
        assert line.ask("02020000") == (0, bytes.fromhex("01020002"))


def test_half_an_answer(tcp_site: Site) -> None:
    tcp_site.hand("fault", fault={"kind": "half-reply", "command": "ready"})
    with connected(tcp_site) as line:
        line.connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            line.ask("01020000")


def test_the_answer_to_the_command_before(tcp_site: Site) -> None:
    tcp_site.hand("fault", fault={"kind": "last-reply", "command": "load"})
    with connected(tcp_site) as line:
        assert line.ask("02020000") == (0, bytes.fromhex("01020400"))
        assert line.ask("04020002") == (0, bytes.fromhex("01020400"))
    assert tcp_site.world.census()["machine/matica-1"]


def test_the_cable_is_pulled_and_put_in_elsewhere(tcp_site: Site) -> None:
    before = port(tcp_site)
    with connected(tcp_site) as line:
        tcp_site.hand("unplug")
        with pytest.raises((EOFError, ConnectionError)):
            line.hear()
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", before), 5)
    tcp_site.hand("replug", new_address=True)
    until(lambda: tcp_site.hand("state")["address"] is not None)
    assert port(tcp_site) != before
    with connected(tcp_site) as line:
        assert line.ask("01020000") == (0, b"")


def test_nonsense_ends_the_connection_and_nothing_else(tcp_site: Site) -> None:
    with connected(tcp_site) as line:
        line.connection.sendall(b"\xff" * 64)
        with pytest.raises((EOFError, ConnectionError)):
            line.hear()
    with connected(tcp_site) as line:
        assert line.ask("01020000") == (0, b"")


def test_the_mains_go_and_come_back(tcp_site: Site) -> None:
    with connected(tcp_site) as line:
        tcp_site.hand("mains", on=False)
        with pytest.raises((EOFError, ConnectionError)):
            line.hear()
    tcp_site.hand("mains", on=True)
    until(lambda: tcp_site.hand("state")["address"] is not None)
    with connected(tcp_site) as line:
        assert [line.ask("01020000")[0] for _ in range(3)] == [0x0002C300, 0x00062800, 0x0002DA00]
