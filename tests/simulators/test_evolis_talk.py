"""Commands are found in whatever comes, and answered as the line was set to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.devices.faults import Fault
from tests.simulators.evolis_line import BLACK, OVERCOAT, Line, frame


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 60000), max_size=6))
def test_commands_and_pictures_arrive_whole_however_they_are_cut(cuts: list[int]) -> None:
    line = Line()
    sent = b"\0\0" + frame("Rsn") + frame("Ss") + BLACK + b"Rlr;p\r" + frame("Se") + b"\0" * 64
    for size in [*cuts, len(sent)]:
        line.talk.take(sent[:size])
        sent = sent[size:]
        line.clock.advance(30)
    line.clock.advance(60)
    assert line.heard() == ["S0000001", "OK", "OK", "CARD", "OK"]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=600))
def test_nonsense_does_not_end_it(noise: bytes) -> None:
    line = Line()
    line.talk.take(noise.replace(b"Db;", b""))
    line.talk.take(b"\r")
    line.clock.advance(300)
    line.said.clear()
    assert line.ask("Rtp") == "Primacy"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("Rsn", "S0000001"),
        ("Rfv", "SIM1000"),
        ("Rzz", "ERROR CDE"),
        ("Rco;z", "ERROR PARAMETRES"),
        ("Xyz", "ERROR CDE"),
        ("Pzz;1", "ERROR CDE"),
        ("Pem;x", "ERROR PARAMETRES"),
        ("Pr;plaid", "ERROR PARAMETRES"),
        ("Pc;k;=;10", "OK"),
        ("Sp;y", "ERROR PARAMETRES"),
    ],
)
def test_answers(command: str, answer: str) -> None:
    assert Line().ask(command) == answer


def test_other_words_and_another_end() -> None:
    line = Line(terminator="\r\n", words={"command": "ERR"})
    line.talk.take(frame("Xyz"))
    assert line.said == [b"ERR\r\n"]


def test_ack_and_nack() -> None:
    line = Line()
    assert line.ask("Pcom;1;9600;N;8;1;ACK/NACK") == "ACK"
    line.world.move_next("hopper/e", "store", 10)
    assert [line.ask(command) for command in ("Xyz", "Pem;x", "Si", "Ss")] == ["NACK 1", "NACK 2", "NACK F", "ACK"]
    assert line.ask("Rsn") == "S0000001"
    line.machine.door(closed=False)
    assert line.ask("Si") == "NACK C"
    line.machine.mains(on=False)
    line.machine.mains(on=True)
    assert line.ask("Ss") == "ACK", "the port keeps its protocol"


def test_ack_and_nack_as_characters_for_this_session_only() -> None:
    line = Line(ack="characters")
    line.talk.take(frame("Pem;4") + frame("Xyz"))
    assert line.said == [b"\x06", b"\x151"]
    line.said.clear()
    line.machine.mains(on=False)
    line.machine.mains(on=True)
    assert line.ask("Ss") == "OK"


def test_a_picture_that_is_not_sent_to_its_end_is_given_up() -> None:
    line = Line()
    line.talk.take(BLACK[:5000])
    line.clock.advance(100)
    line.talk.take(BLACK[5000:6000])
    line.clock.advance(119)
    assert line.heard() == []
    line.clock.advance(2)
    assert line.heard() == ["ERROR TIME OUT"]
    assert line.ask("Rsn") == "S0000001"


def test_a_machine_at_work_takes_no_more_than_it_can_hold() -> None:
    line = Line()
    line.talk.take(frame("Si"))
    line.talk.take(OVERCOAT)
    assert not line.talk.room()
    line.clock.advance(10)
    assert line.heard() == ["OK", "OK"]
    assert line.talk.room()


# Faults of the wire


@pytest.mark.parametrize(("acts", "place"), [(True, "machine/e"), (False, "hopper/e")])
def test_a_mute_machine_acted_or_not_and_answers_late(acts: bool, place: str) -> None:
    line = Line([Fault(kind="mute", command="load", acts=acts)])
    line.talk.take(frame("Sic"))
    line.clock.advance(60)
    assert line.heard() == []
    assert line.cards[0] in line.world.census()[place]
    line.talk.unmute()
    assert line.heard() == ["OK"]


def test_spoilt_answers() -> None:
    line = Line([Fault(kind=kind, command="ask", nth=n) for n, kind in enumerate(("garbage", "half-reply"), 1)])  # type: ignore[arg-type]
    line.talk.take(frame("Rsn") + frame("Rsn"))
    garbage, half = line.said
    assert len(garbage) == 9
    assert garbage != b"S0000001\0"
    assert half == b"S000"


def test_the_answer_to_the_last_question_comes_again() -> None:
    line = Line([Fault(kind="last-reply", command="ask", nth=2)])
    assert [line.ask(question) for question in ("Rtp", "Rsn", "Rsn")] == ["Primacy", "Primacy", "S0000001"]


def test_the_cable_is_pulled_when_so_much_of_a_picture_has_come() -> None:
    line = Line([Fault(kind="unplug", command="panel", fraction=0.5)])
    line.talk.take(BLACK[:41000])
    assert not line.pulled
    line.talk.take(BLACK[41000:42000])
    assert line.pulled


def test_slow_work_is_slow() -> None:
    line = Line([Fault(kind="slow", command="load", factor=10)])
    line.talk.take(frame("Si"))
    line.clock.advance(14)
    assert line.heard() == []
    line.clock.advance(2)
    assert line.heard() == ["OK"]
