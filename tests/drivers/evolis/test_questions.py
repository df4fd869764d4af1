"""How much an Evolis is asked while a card waits for it: each question is milliseconds on the line's critical path."""

import pytest

from drivers.errors import NotUnderstood
from drivers.evolis import protocol
from drivers.printer import Station
from tests.drivers.evolis.scripted import IMAGE, ScriptedMachine, opened, soon


def asked(act, *arguments):
    """What a machine with a card inside, or without one, is asked by one call, proofs included."""
    machine = ScriptedMachine()
    printer = opened(machine)
    if act != "feed":
        printer.feed(Station.PRINT, soon())
    printer.status(soon())
    machine.log.clear()
    getattr(printer, act)(*arguments, soon())
    return machine.log


def test_an_act_asks_only_what_could_keep_it_from_being_done():
    elsewhere = {protocol.READ_RIBBON_MARK, protocol.READ_RIBBON_LEFT, "Rlr;c"}
    assert not elsewhere & set(asked("feed", Station.PRINT))
    assert not (elsewhere | {protocol.READ_FEEDER}) & set(asked("move", Station.CONTACTLESS))
    assert not (elsewhere | {protocol.READ_FEEDER}) & set(asked("deliver"))
    assert not {protocol.READ_FEEDER, "Rlr;c"} & set(asked("print_and_deliver", IMAGE))


def test_what_keeps_an_act_from_being_done_is_still_asked_before_it():
    for act, arguments in (
        ("feed", (Station.PRINT,)),
        ("move", (Station.CONTACTLESS,)),
        ("print_and_deliver", (IMAGE,)),
    ):
        log = asked(act, *arguments)
        before = log[: next(n for n, text in enumerate(log) if text.startswith(("Si", "Pr")))]
        assert {protocol.READ_MODE, protocol.READ_COVER, protocol.READ_PLACE} <= set(before)
    assert protocol.READ_FEEDER in asked("feed", Station.PRINT)
    assert {protocol.READ_RIBBON_MARK, protocol.READ_RIBBON_LEFT} <= set(asked("print_and_deliver", IMAGE))


def test_a_proof_after_which_nothing_was_asked_is_not_asked_for_again():
    machine = ScriptedMachine()
    printer = opened(machine)
    machine.log.clear()
    printer.status(soon())
    printer.counters(soon())
    printer.feed(Station.PRINT, soon())
    pairs = list(zip(machine.log, machine.log[1:], strict=False))
    assert (protocol.IDENTIFY, protocol.IDENTIFY) not in pairs
    for place in (n for n, text in enumerate(machine.log) if text in (protocol.READ_PLACE, protocol.READ_CARDS)):
        assert machine.log[place + 1] == protocol.IDENTIFY
        assert place == 0 or machine.log[place - 1] == protocol.IDENTIFY


def test_a_reply_that_comes_after_a_proof_passes_for_no_answer():
    machine = ScriptedMachine()
    printer = opened(machine)
    printer.status(soon())
    machine.send("41")  # nobody asked for it
    with pytest.raises(NotUnderstood):
        printer.counters(soon())
    assert printer.counters(soon()).cards == machine.fed == 40


def test_between_two_cards_less_than_thirty_questions():
    machine = ScriptedMachine()
    printer = opened(machine)
    printer.feed(Station.PRINT, soon())
    machine.log.clear()
    printer.print_and_deliver(IMAGE, soon())
    printer.counters(soon())
    printer.status(soon())
    printer.feed(Station.PRINT, soon())
    between = machine.log[machine.log.index("Se") + 1 : machine.log.index("Si")]
    assert len(between) <= 27
