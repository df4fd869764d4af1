"""The machine's network words: each dump of the public notes is answered as the dump shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.clock import ManualClock
from simulators.devices.faults import Fault, Script
from simulators.devices.matica_xid import Machine
from simulators.devices.matica_xid_data import MODELS, MachineSettings, Sense
from simulators.devices.matica_xid_words import Words, greeting
from simulators.world import World


class Line:
    """A connection to a machine in a time of its own."""

    def __init__(self, cards: int = 10, script: list[Fault] | None = None, model: str = "XID8600") -> None:
        self.clock = ManualClock()
        self.world = World()
        self.world.mint(10)
        self.world.move_next("supply", "hopper/m", cards)
        self.machine = Machine(
            MachineSettings(name="m", model=model, fresh_reset=False), self.world, self.clock, Script(script)
        )
        self.words = Words(self.machine)
        self.faults: list[Fault] = []
        self.answers: list[bytes] = []

    def send(self, dump: str, seconds: float = 60) -> str:
        """Send a message given in hex and return the one answer in hex."""
        self.words.take(bytes.fromhex(dump), self.answers.append, self.faults.append)
        self.clock.advance(seconds)
        (answer,) = self.answers
        self.answers = []
        return answer.hex(" ", 4)


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.machine.close()


OK = "f1000100 00000002 00000000 00000007"


def command(data: str, parameter: int = 0) -> str:
    words = bytes.fromhex(data)
    return f"f0000100 {2 + len(words) // 4:08x} {parameter:08x} 00000007 {data}"


def test_the_greeting_names_the_model(line: Line) -> None:
    said = greeting(line.machine)
    assert said[:12].hex() == "f30002000000001c00000000"
    assert len(said) == 120
    assert said[56:72].rstrip() == b"XID8600"


def test_hello_is_acknowledged_with_its_sequence(line: Line) -> None:
    hello = "f2000300 0000001d 00000002 99999999" + 108 * "00"
    assert line.send(hello) == "f3000400 00000002 00000000 99999999"


def test_ready_and_no_cards() -> None:
    line = Line(cards=0)
    assert line.send(command("01020000")) == "f1000200 00000002 0002d000 00000007"
    assert line.send(command("04020002")) == "f1000200 00000002 0002d000 00000007"
    line.world.move_next("supply", "hopper/m")
    assert line.send(command("01020000")) == OK
    line.machine.close()


def test_position_before_and_after_loading(line: Line) -> None:
    assert line.send(command("02020000")) == "f1000300 00000003 00000000 00000007 01020400"
    assert line.send(command("04020002")) == OK
    assert line.send(command("02020000")) == "f1000300 00000003 00000000 00000007 01020002"


def test_a_card_is_not_loaded_to_the_reject_bin(line: Line) -> None:
    assert line.send(command("04020004")) == "f1000200 00000002 00052a00 00000007"


def test_immediate_is_two_in_the_parameter_word(line: Line) -> None:
    assert line.send(command("04020002", parameter=2), seconds=0) == OK
    assert line.send(command("01020000"), seconds=0) == "f1000200 00000002 0002d300 00000007"
    line.clock.advance(10)
    assert line.send(command("01020000"), seconds=0) == OK


def image(line: Line, bit: int, dots: bytes) -> str:
    size = len(dots)
    head = f"f0000200 {5 + size // 4:08x} 00000000 00000007 {bit:02x}000000 {size + 4:08x} {size:08x}"
    return line.send(head + dots.hex())


@pytest.mark.parametrize(
    ("transfer", "place"),
    [
        ("0706000500000000", "output/m"),
        ("07020005", "output/m"),
        ("0706000000000000", "machine/m"),
        ("07020000", "machine/m"),
        ("07021000", "machine/m"),
    ],
)
def test_a_whole_card_in_the_dumps_form_and_in_the_programs(transfer: str, place: str) -> None:
    line = Line(model="XID580i")
    dots = bytes(MODELS["XID580i"].width * MODELS["XID580i"].height)
    for bit in (1, 2, 4, 8):
        assert image(line, bit, dots) == OK
    assert line.send(command("0602000f")) == OK
    assert line.send(command("04028002")) == OK, "film-init winds the film"
    assert line.machine.body.film.clean
    assert line.send(command("0602010f")) == OK
    assert line.send(command("0a021000")) == OK
    (card,) = line.world.census()["machine/m"]
    assert line.world.in_field("machine/m") == card
    assert line.send(command("0a025000")) == OK
    assert line.world.in_field("machine/m") is None
    assert line.send(command("05020000")) == OK
    assert line.send(command(transfer)) == OK
    assert line.world.card(card).place == place
    assert len(line.world.card(card).prints) == 1
    line.machine.close()


def test_geometry_is_told_tag_by_tag_as_in_the_dump(line: Line) -> None:
    tags = "0400000005000000060000000700000008000000090000000a0000000b0000003200000033000000"
    tags += "36000000370000003800000039000000" + "3a0000003b000000"
    answer = line.send("f0000500 00000012 00000000 0000000a" + tags)
    assert answer == (
        "f1000500 0000001a 00000000 0000000a 04060202 58000000 05060202 58000000 06060207 ea000000 07060204 fe000000 "
        "08060200 00000000 09060200 00000000 0a060208 18000000 0b060205 30000000 32020101 33020100 36020100 37020101 "
        "38020101 39020101 3a020100 3b020101"
    )


def test_status_over_udp() -> None:
    line = Line(cards=0)
    ask = "f0000600 00000003 00000000 00000000 01000000"
    assert line.send(ask) == "f1000600 00000004 00000000 00000000 010604ff 02d00000"
    line.world.move_next("supply", "hopper/m")
    assert line.send(ask) == "f1000600 00000004 00000000 00000000 01060400 00000000"
    lot = line.send("f0000600 00000003 00000000 00000000 0f000000")
    assert bytes.fromhex(lot)[16:26] == b"\x0f\x22\x20 FC2221"
    line.machine.close()


def test_an_unknown_command_is_refused(line: Line) -> None:
    assert line.send(command("7f020000")) == f"f1000200 00000002 {Sense.BAD_COMMAND:08x} 00000007"


def test_a_fault_is_told_to_the_wire_and_an_answer_comes_only_if_the_machine_acts() -> None:
    line = Line(script=[Fault(kind="mute", command="load", acts=False)])
    line.words.take(bytes.fromhex(command("04020002")), line.answers.append, line.faults.append)
    line.clock.advance(60)
    assert [fault.kind for fault in line.faults] == ["mute"]
    assert line.answers == []
    assert line.machine.body.card() is None
    line.machine.close()


@given(function=st.sampled_from([0xF0000100, 0xF0000200, 0xF0000500, 0xF0000600, 0xF2000300, 0]), data=st.binary())
@settings(max_examples=200, deadline=None)
def test_every_message_gets_one_whole_answer(function: int, data: bytes) -> None:
    line = Line()
    data += bytes(-len(data) % 4)
    answer = bytes.fromhex(line.send(f"{function:08x} {2 + len(data) // 4:08x} 00000000 12345678 " + data.hex()))
    assert len(answer) == 8 + 4 * int.from_bytes(answer[4:8], "big")
    assert answer[12:16].hex() == "12345678"
    line.machine.close()
