"""Whatever happens to replies, a call that returns told the truth."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DeviceError
from drivers.evolis import driver
from drivers.printer import Media, Station
from tests.drivers.evolis.scripted import IMAGE, ScriptedMachine, opened, soon

STATION_OF = {"OK": None, "CARD": Station.PRINT, "SMART CARD": Station.CONTACT, "CONTACTLESS CARD": Station.CONTACTLESS}
COMMANDS = st.sampled_from(["Sic", "Si", "Se", "Ser", "Rlr;p", "Rsn", "Rco;c", "Rse;o", "Rse;f", "Rem", "Rcr", "Rco;l"])
# What becomes of a reply: lost, or another one in its place, the command obeyed (+) or not.
FATES = st.sampled_from(
    [None, "+", "+ERR SOMETHING", "ERROR TIME OUT", "+FEEDER EMPTY", "FEEDER EMPTY", "\xff", "+\x06", "+0", "OK", "+OK"]
)
# A machine that lies about the place or the serial number itself cannot be seen through.
LIES = {"Rlr;p": {"OK", "+OK"}, "Rco;c": set(), "Rsn": set()}
ACTS = {
    "feed": lambda printer: printer.feed(Station.CONTACTLESS, soon(0.15)),
    "move": lambda printer: printer.move(Station.PRINT, soon(0.15)),
    "deliver": lambda printer: printer.deliver(soon(0.15)),
    "reject": lambda printer: printer.reject(soon(0.15)),
    "status": lambda printer: printer.status(soon(0.15)),
}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(ACTS)),
            st.dictionaries(COMMANDS, FATES, max_size=2),
            st.lists(st.sampled_from(["OK", "CARD", "41", "10000123456", "ERROR CDE", "\xff"]), max_size=2),
        ),
        max_size=6,
    )
)
def test_a_call_that_returns_told_the_truth(script):
    machine = ScriptedMachine()
    machine.feeder = 20
    printer = opened(machine)
    for act, fates, stray in script:
        machine.answers = {command: [fate] for command, fate in fates.items() if fate not in LIES.get(command, ())}
        for reply in stray:
            machine.send(reply)
        before = (machine.place, machine.fed)
        failure, told = tried(ACTS[act], printer)
        if failure is not None:
            assert failure.may_have_acted or (machine.place, machine.fed) == before, (act, failure)
            continue
        match act:
            case "feed":
                assert (machine.place, machine.fed) == ("CONTACTLESS CARD", before[1] + 1)
            case "move":
                assert (machine.place, machine.fed) == ("CARD", before[1])
            case "deliver" | "reject":
                assert before[0] != "OK"
                assert machine.place == "OK"
            case _:
                assert told.station is STATION_OF[machine.place]
                assert (told.media is Media.NOT_PRESENT) == (machine.place == "OK")


def tried(act, printer):
    try:
        return None, act(printer)
    except DeviceError as error:
        return error, None


@pytest.mark.parametrize("lost", ["Db;c;32", "Se"])
def test_a_machine_that_falls_silent_in_a_print_is_not_waited_for_to_a_far_deadline(lost, monkeypatch):
    monkeypatch.setattr(driver, "_ANSWER", 0.1)
    machine = ScriptedMachine()
    printer = opened(machine)
    printer.feed(Station.PRINT, soon())
    machine.answers = {lost: [None] * 9}
    started = time.monotonic()
    failure, _ = tried(lambda it: it.print_and_deliver(IMAGE, soon(1600)), printer)
    assert failure is not None
    assert failure.may_have_acted
    assert time.monotonic() - started < 20
