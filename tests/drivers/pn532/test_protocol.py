"""Frames and commands of the PN532, as bytes."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.encoder import CardType
from drivers.pn532 import cards, commands, protocol
from drivers.pn532.commands import TargetA, TargetB
from drivers.pn532.protocol import Answer, Frame, FrameReader, Signal
from tests.drivers.pn532.scripted import ACK, NACK, SYNTAX, Card, frame, frames_in

ANSWERS = st.builds(Answer, st.integers(0, 255), st.binary(max_size=263))
SIGNALS = st.sampled_from([(ACK, Signal.ACK), (NACK, Signal.NACK), (SYNTAX, Signal.SYNTAX_ERROR)])


@pytest.mark.parametrize(
    ("code", "data", "expected"),
    [  # as the manual and public programs have them
        (0x02, "", "0000FF02FED4022A00"),
        (0x14, "010001", "0000FF05FBD41401000116 00"),
        (0x4A, "0100", "0000FF04FCD44A0100E100"),
    ],
)
def test_a_command_s_frame(code: int, data: str, expected: str) -> None:
    assert protocol.command(code, bytes.fromhex(data)) == bytes.fromhex(expected)


@given(st.integers(0, 255), st.binary(max_size=263))
def test_a_command_of_any_length_is_one_frame(code: int, data: bytes) -> None:
    assert frames_in(protocol.command(code, data)) == [bytes((code,)) + data]


def test_a_command_that_no_frame_takes_is_refused() -> None:
    with pytest.raises(ValueError, match="264 bytes"):
        protocol.command(0x40, bytes(264))


def whole(one: Answer | tuple[bytes, Signal]) -> tuple[bytes, Frame]:
    return (frame(bytes((one.code,)) + one.data), one) if isinstance(one, Answer) else one


@given(st.lists((ANSWERS | SIGNALS).map(whole), max_size=5), st.lists(st.integers(1, 40), min_size=1))
def test_frames_are_found_however_they_are_cut(sent: list[tuple[bytes, Frame]], cuts: list[int]) -> None:
    wire = b"".join(data for data, _ in sent)
    reader, found, number = FrameReader(), [], 0
    while wire:
        size = cuts[number % len(cuts)]
        found += reader.feed(wire[:size])
        wire, number = wire[size:], number + 1
    assert found == [one for _, one in sent]


@given(st.binary(max_size=80), st.binary(max_size=60))
def test_garbage_is_passed_over_and_never_an_answer_by_itself(garbage: bytes, data: bytes) -> None:
    reader = FrameReader()
    reader.feed(garbage)
    reader.forget()
    assert reader.feed(frame(b"\x41" + data)) == [Answer(0x41, data)]


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_bit_that_changed_on_its_way_makes_no_other_answer(data: bytes, draw: st.DataObject) -> None:
    good = frame(b"\x41" + data[:263])
    at = draw.draw(st.integers(3, len(good) - 2))
    bad = bytearray(good)
    bad[at] ^= 1 << draw.draw(st.integers(0, 7))
    found = [one for one in FrameReader().feed(bytes(bad)) if isinstance(one, Answer)]
    assert all(len(one.data) < len(data) for one in found), "what is found inside must not pass for the answer"


@given(st.binary(max_size=40))
def test_any_bytes_are_read_as_targets_or_refused(data: bytes) -> None:
    for read in (commands.count, commands.only_target_a, commands.only_target_b, commands.firmware):
        with contextlib.suppress(ValueError):
            read(data)


def test_a_card_of_type_a_is_what_a_pcsc_reader_would_make_of_it() -> None:
    target = commands.only_target_a(b"\x01" + Card().listed(1))
    assert (target.takes_apdus, str(cards.uid(target)), cards.card_type(target)) == (
        True,
        "04112233445566",
        CardType.TYPE_A,
    )
    assert cards.atr(target) == bytes.fromhex("3B858001") + b"A-CAR" + bytes(
        (0x85 ^ 0x80 ^ 1 ^ 0x41 ^ 0x2D ^ 0x43 ^ 0x41 ^ 0x52,)
    )
    assert cards.atr(TargetA(0x20, bytes(4), b"")) == bytes.fromhex("3B80800101")


def test_a_card_of_type_b_is_what_a_pcsc_reader_would_make_of_it() -> None:
    target = commands.only_target_b(b"\x01" + Card(kind="B").listed(1))
    assert (target.pupi, target.takes_apdus) == (bytes.fromhex("04112233"), True)
    assert cards.atr(target)[:-1] == bytes.fromhex("3B888001") + b"APPL" + bytes.fromhex("80817110")
    assert not cards.uid(target).may_identify
    assert not TargetB(bytes(4), bytes(4), bytes(3), b"").takes_apdus


@given(st.integers(0, 255))
def test_every_status_has_a_text(byte: int) -> None:
    status = commands.status(byte)
    assert f"0x{byte & 0x3F:02X}" in status.text
    assert status.more == bool(byte & 0x40)
