from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from drivers import encoder
from drivers.deadline import Deadline
from drivers.encoder import CardType, Connection, Response
from drivers.errors import NotUnderstood
from stationd.chip import apdu
from stationd.chip.apdu import Command, Length

BYTE = st.integers(0, 255)
SHORT = st.builds(Command, BYTE, BYTE, BYTE, BYTE, data=st.binary(max_size=255), le=st.none() | st.integers(1, 256))
LONG_DATA = st.integers(0, 65_535).map(lambda size: bytes(size % 251 for _ in range(size)))
ANY = st.builds(Command, BYTE, BYTE, BYTE, BYTE, data=LONG_DATA, le=st.none() | st.integers(1, 65_536))


class Scripted(Connection):
    """Answers what it is told to, and keeps what was sent."""

    atr = b""
    uid = None
    card_type = CardType.UNKNOWN

    def __init__(self, *answers: str) -> None:
        self.answers = [bytes.fromhex(answer) for answer in answers]
        self.sent: list[bytes] = []

    @override
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        self.sent.append(apdu)
        answer = self.answers.pop(0)
        return Response(answer[:-2], int.from_bytes(answer[-2:]))

    @override
    def close(self) -> None:
        pass


@given(SHORT)
def test_a_short_apdu_is_read_as_it_was_written(command: Command) -> None:
    assert command.fits_short
    assert apdu.parse(command.encode()) == command


@given(ANY)
def test_an_extended_apdu_is_read_as_it_was_written(command: Command) -> None:
    assert apdu.parse(command.encode(extended=True)) == command


@given(st.binary(max_size=20))
def test_any_bytes_are_an_apdu_or_a_value_error(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        command = apdu.parse(data)
        assert data in {command.encode(extended=True), command.encode() if command.fits_short else b""}


@pytest.mark.parametrize(
    ("command", "short", "extended"),
    [  # the cases of ISO/IEC 7816-3, figure 17 and table 9
        (Command(0, 0x44, 0, 0), "00440000", "00440000"),
        (Command(0, 0xB0, 1, 2, le=256), "00B0010200", "00B00102000100"),
        (Command(0, 0xB0, 1, 2, le=16), "00B0010210", "00B00102000010"),
        (Command(0, 0xD6, 0, 0, b"\xaa\xbb"), "00D6000002AABB", "00D60000000002AABB"),
        (Command(0, 0xA4, 4, 0, b"\xaa", le=256), "00A4040001AA00", "00A40400000001AA0100"),
    ],
)
def test_the_four_cases(command: Command, short: str, extended: str) -> None:
    assert command.encode() == bytes.fromhex(short)
    assert command.encode(extended=True) == bytes.fromhex(extended)


def test_what_no_apdu_carries_is_refused() -> None:
    with pytest.raises(ValueError, match="carries"):
        Command(0, 0, 0, 0, bytes(65_536))
    with pytest.raises(ValueError, match="Le"):
        Command(0, 0, 0, 0, le=0)
    with pytest.raises(ValueError, match="range"):
        Command(256, 0, 0, 0)
    with pytest.raises(ValueError, match="too long"):
        Command(0, 0, 0, 0, bytes(256)).encode()


def test_a_command_does_not_show_its_data() -> None:
    assert "SITI" not in repr(Command(0, 0xD6, 0, 0, b"SITI"))


@given(st.binary(max_size=2000), st.integers(1, 255))
def test_a_chain_carries_all_data_in_few_parts(data: bytes, most: int) -> None:
    parts = list(apdu.chain(Command(0x80, 0xE2, 1, 2, data, le=256), most))
    assert b"".join(part.data for part in parts) == data
    assert len(parts) == max(1, -(-len(data) // most))
    assert [part.cla for part in parts] == [0x90] * (len(parts) - 1) + [0x80]
    assert [part.le for part in parts] == [None] * (len(parts) - 1) + [256]


def send(connection: Connection, command: Command, length: Length = Length.SHORT) -> Response:
    return apdu.exchange(connection, command, Deadline.after(1), length)


def test_the_rest_of_an_answer_is_fetched() -> None:
    card = Scripted("01 61 02", "02 03 61 00", "04 90 00")
    response = send(card, Command(0x80, 0xCA, 0, 0, le=256))
    assert (response.data, response.sw) == (b"\x01\x02\x03\x04", 0x9000)
    assert card.sent[1:] == [bytes.fromhex("00C0000002"), bytes.fromhex("00C0000000")]


@pytest.mark.parametrize("part", ["61 00", "01 61 01", "AA" * 256 + "61 00"])
def test_an_answer_that_comes_to_no_end_is_given_up_and_not_shown(part: str) -> None:
    card = Scripted(*[part] * 600)
    with pytest.raises(NotUnderstood, match="an end") as caught:
        send(card, Command(0, 0xB0, 0, 0, le=256))
    assert caught.value.received == bytes.fromhex(part)[-2:]
    assert len(card.sent) <= 513


def test_the_right_le_is_taken_from_the_card() -> None:
    card = Scripted("6C 03", "01 02 03 90 00")
    assert send(card, Command(0, 0xB0, 0, 0, le=256)).data == b"\x01\x02\x03"
    assert card.sent[1] == bytes.fromhex("00B0000003")


def test_a_command_that_asks_for_nothing_is_not_sent_twice() -> None:
    card = Scripted("6C 03")
    assert send(card, Command(0, 0xD6, 0, 0, b"\x01")).sw == 0x6C03
    assert len(card.sent) == 1


def test_a_chain_stops_where_the_card_refuses() -> None:
    card = Scripted("90 00", "6A 84")
    assert send(card, Command(0, 0xD6, 0, 0, bytes(600)), Length.CHAINED).sw == 0x6A84
    assert [sent[0] for sent in card.sent] == [0x10, 0x10]


def test_extended_length_is_used_only_where_it_is_needed() -> None:
    card = Scripted("90 00", "90 00")
    send(card, Command(0, 0xD6, 0, 0, bytes(255)), Length.EXTENDED)
    send(card, Command(0, 0xD6, 0, 0, bytes(256)), Length.EXTENDED)
    assert [len(sent) for sent in card.sent] == [5 + 255, 7 + 256]


class Frugal(Connection):
    """Answers each command with `content`, in parts of at most `part` bytes, and is particular about Le if told to."""

    atr = b""
    uid = None
    card_type = CardType.UNKNOWN

    def __init__(self, content: bytes, part: int, *, particular: bool = False) -> None:
        self.content = content
        self.part = part
        self.particular = particular
        self.carried_out: list[Command] = []
        self.linked = b""
        self.rest: bytes | None = None

    @override
    def transmit(self, apdu_bytes: bytes, deadline: Deadline) -> Response:
        command = apdu.parse(apdu_bytes)
        if command.ins == 0xC0:
            assert self.rest is not None
            assert command.cla in {0, 3, 0x4F}
            return self.give(self.rest)
        if command.cla & 0x10:
            self.linked += command.data
            return Response(b"", 0x9000)
        exact = min(len(self.content), self.part)
        if self.particular and command.le != exact:
            return Response(b"", 0x6C00 | exact % 256)
        self.carried_out.append(Command(command.cla, command.ins, command.p1, command.p2, self.linked + command.data))
        self.linked = b""
        return self.give(self.content)

    def give(self, content: bytes) -> Response:
        now, rest = content[: self.part], content[self.part :]
        self.rest = rest or None
        return Response(now, 0x6100 | min(len(rest), 256) % 256 if rest else 0x9000)

    @override
    def close(self) -> None:
        pass


T0 = bytes.fromhex("3B 65 00 00 9C 02 02 07 02")


class ByCharacters(Scripted):
    """A contact card that speaks T=0 alone."""

    atr = T0


def test_by_t0_a_command_with_data_goes_without_le_and_its_answer_is_fetched() -> None:
    card = ByCharacters("61 04", "01 02 03 04 90 00")
    response = send(card, Command(0, 0xA4, 4, 0, b"\xaa", le=256))
    assert (response.data, response.sw) == (b"\x01\x02\x03\x04", 0x9000)
    assert card.sent == [bytes.fromhex("00A4040001AA"), bytes.fromhex("00C0000004")]


def test_by_t0_an_answer_of_another_length_than_said_is_asked_for_by_its_own() -> None:
    card = ByCharacters("61 04", "6C 03", "01 02 03 90 00")
    assert send(card, Command(0, 0xA4, 4, 0, b"\xaa", le=256)).data == b"\x01\x02\x03"
    assert card.sent[1:] == [bytes.fromhex("00C0000004"), bytes.fromhex("00C0000003")]


def test_by_t0_a_command_with_data_is_never_sent_twice() -> None:
    card = ByCharacters("6C 03")
    assert send(card, Command(0, 0xCB, 4, 0, b"\xaa", le=256)).sw == 0x6C03
    assert len(card.sent) == 1


def test_by_t0_a_command_without_data_keeps_its_le() -> None:
    card = ByCharacters("6C 02", "01 02 90 00")
    assert send(card, Command(0, 0xB0, 0, 0, le=256)).data == b"\x01\x02"
    assert card.sent == [bytes.fromhex("00B0000000"), bytes.fromhex("00B0000002")]


def test_by_t0_nothing_is_extended() -> None:
    assert apdu.carried(ByCharacters()) == encoder.SHORT
    assert apdu.carried(Scripted()) == encoder.EXTENDED


@given(st.integers(0, 0xFFFF))
def test_two_bytes_that_are_no_status_word_are_no_answer(sw: int) -> None:
    card = Scripted(f"{sw:04X}")
    possible = 0x6100 <= sw <= 0x6FFF or 0x9000 <= sw <= 0x9FFF
    if not possible:
        with pytest.raises(NotUnderstood, match="status word"):
            send(card, Command(0, 0xD6, 0, 0, b"\x01"))
    elif sw >> 8 != 0x61:
        assert send(card, Command(0, 0xD6, 0, 0, b"\x01")).sw == sw


@given(
    command=st.binary(max_size=900),
    answer=st.binary(min_size=1, max_size=900),
    part=st.integers(2, 256),
    length=st.sampled_from([Length.CHAINED, Length.EXTENDED]),
    most=st.integers(1, 255),
    cla=st.sampled_from([0x00, 0x83, 0x4F]),
    particular=st.booleans(),
)
def test_whatever_the_parts_command_and_answer_arrive_whole_and_once(
    command: bytes, answer: bytes, part: int, length: Length, most: int, cla: int, particular: bool
) -> None:
    card = Frugal(answer, part, particular=particular)
    sent = Command(cla, 0xCB, 1, 2, command, le=256)
    response = apdu.exchange(card, sent, Deadline.after(5), length, most)
    assert (response.data, response.sw) == (answer, 0x9000)
    assert card.carried_out == [Command(cla, 0xCB, 1, 2, command)]
