"""What goes over the wire around SCP03's arithmetic, whoever computes it."""

from __future__ import annotations

import pytest
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import Response
from stationd.chip.apdu import Command
from stationd.chip.channel_errors import NotAuthentic, SessionEnded, WrongKeys
from stationd.chip.errors import NotUnderstoodAnswer, Refused
from stationd.chip.scp03 import Level, Malformed, NotAuthenticated
from stationd.chip.secured import Computer, Secured

SOON = Deadline.after(60)


class Abacus(Computer):
    """Computes nothing: what it was asked is kept, what it answers is as long as the real thing."""

    def __init__(self) -> None:
        self.wrapped: list[tuple[bytes, bytes, bool]] = []
        self.offer: Exception | None = None
        self.answer: Exception | None = None

    @override
    def open(self, deadline: Deadline) -> bytes:
        return bytes(8)

    @override
    def authenticate(self, answer: bytes, deadline: Deadline) -> bytes:
        if self.offer is not None:
            raise self.offer
        return bytes(16)

    @override
    def wrap(self, header: bytes, data: bytes, deadline: Deadline, *, extended: bool) -> bytes:
        self.wrapped.append((header, data, extended))
        return bytes((len(data) + 16 - len(data) % 16 if data else 0) + 8)

    @override
    def unwrap(self, data: bytes, sw: int, deadline: Deadline) -> bytes:
        if self.answer is not None:
            raise self.answer
        return data[:-8]


def channel(computer: Computer, *, extended: bool = False, level: Level = Level.ALL) -> Secured:
    return Secured(computer, kind="scp03", keys="lab-gp", key_version=0x30, level=level, mac_size=8, extended=extended)


def answers(*status: int) -> tuple[list[Command], list[Response]]:
    return [], [Response(b"", sw) for sw in status]


def establish(computer: Abacus, *status: int) -> list[Command]:
    sent, left = answers(*status)

    def send(command: Command) -> Response:
        sent.append(command)
        return left.pop(0)

    channel(computer).establish(send, SOON)
    return sent


def test_a_session_is_opened_by_two_commands() -> None:
    update, authenticate = establish(Abacus(), 0x9000, 0x9000)
    assert update.encode() == bytes.fromhex("8050300008 0000000000000000 00")
    assert authenticate.encode() == bytes.fromhex("8482330010" + "00" * 16)


@pytest.mark.parametrize(
    ("status", "offer", "expected"),
    [
        ((0x6A88,), None, WrongKeys),
        ((0x6982,), None, Refused),
        ((0x9000,), NotAuthenticated("cryptogram"), WrongKeys),
        ((0x9000,), Malformed("odd"), NotUnderstoodAnswer),
        ((0x9000, 0x6300), None, WrongKeys),
        ((0x9000, 0x6982), None, Refused),
    ],
)
def test_a_chip_that_is_not_ours_is_said_to_be(
    status: tuple[int, ...], offer: Exception | None, expected: type[Exception]
) -> None:
    computer = Abacus()
    computer.offer = offer
    with pytest.raises(expected):
        establish(computer, *status)


@pytest.mark.parametrize(
    ("command", "extended", "le", "long"),
    [
        (Command(0x80, 0xE2, 8, 0, bytes(239)), False, 8, False),
        (Command(0x00, 0xB0, 0, 0, le=239), False, 248, False),
        (Command(0x00, 0xB0, 0, 0, le=256), False, 256, False),
        (Command(0x00, 0xB0, 0, 0, le=240), True, 264, True),
        (Command(0x00, 0xB0, 0, 0, le=1000), True, 1016, True),
        (Command(0x80, 0xE2, 8, 0, bytes(239)), True, 8, False),
        (Command(0x80, 0xE2, 8, 0, bytes(240)), True, 8, True),
    ],
)
def test_a_wrapped_command_asks_for_its_wrapped_answer(command: Command, extended: bool, le: int, long: bool) -> None:
    computer = Abacus()
    wrapped = channel(computer, extended=extended).wrap(command, SOON)
    assert (wrapped.cla, wrapped.le) == (command.cla | 4, le)
    assert computer.wrapped == [(bytes((command.cla | 4, command.ins, command.p1, command.p2)), command.data, long)]
    assert wrapped.fits_short is not long
    wrapped.encode(extended=long)


def test_without_a_mac_on_answers_le_stays() -> None:
    wrapping = channel(Abacus(), level=Level.C_MAC_ENC)
    assert wrapping.wrap(Command(0x80, 0xE2, 8, 0, b"x"), SOON).le is None
    assert wrapping.wrap(Command(0x00, 0xB0, 0, 0, le=200), SOON).le == 200


def test_an_answer_is_believed_a_bare_error_passed_on_and_an_ended_session_told() -> None:
    computer = Abacus()
    unwrapping = channel(computer)
    assert unwrapping.unwrap(Response(b"data" + bytes(8), 0x9000), SOON) == Response(b"data", 0x9000)
    assert unwrapping.unwrap(Response(b"", 0x6A82), SOON) == Response(b"", 0x6A82)
    for sw in (0x6982, 0x6987, 0x6988):
        with pytest.raises(SessionEnded):
            unwrapping.unwrap(Response(b"", sw), SOON)
    computer.answer = NotAuthenticated("R-MAC")
    for response in (Response(b"data", 0x9000), Response(b"data", 0x6A82), Response(b"", 0x9000)):
        with pytest.raises(NotAuthentic, match="R-MAC"):
            unwrapping.unwrap(response, SOON)
