"""The kit gives a picture the time that it takes on a slow cable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.catalog import PrinterDriver
from drivers.conformance.bench import Bench, Pace
from drivers.conformance.run import Outcome, hold_to, made_by
from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed
from drivers.printer import Capabilities, Completion, Image, Tell, nobody
from tests.drivers.conformance.exemplar import ADDRESS, Direct, Exemplar, Machine, Retransfer, Whole

SENDING = 1600.0
PACE = Pace(act=2.0, short=0.01, slack=0.15, lost=0.02, field=0.2, settle=0.01)
PRINTING = (
    "prints-once",
    "film-",
    "flip-turns",
    "cleared-film",
    "waiting",
    "counts-one-a-card",
    "told-",
    "untouched",
    "works-after",
)


class SlowCable(Exemplar):
    """A printer whose cable is as slow as a serial port."""

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, sending=SENDING)

    def send(self, deadline: Deadline) -> None:
        if deadline.remaining() < SENDING:
            raise DeadlinePassed(self.name, "send", 0.0)


class SlowRetransfer(SlowCable, Retransfer):
    def start_film(self, image: Image, deadline: Deadline) -> None:
        self.send(deadline)
        super().start_film(image, deadline)

    def await_film(self, deadline: Deadline) -> None:
        self.send(deadline)
        super().await_film(deadline)


class SlowDirect(SlowCable, Direct):
    def print_and_deliver(self, image: Image, deadline: Deadline) -> None:
        self.need_card("print_and_deliver", deadline)
        self.send(deadline)
        super().print_and_deliver(image, deadline)


class SlowWhole(SlowCable, Whole):
    def print_card(self, image: Image, deadline: Deadline, tell: Tell = nobody) -> Completion:
        self.send(deadline)
        return super().print_card(image, deadline, tell)


@pytest.mark.parametrize("kind", [SlowRetransfer, SlowDirect, SlowWhole])
def test_a_driver_on_a_slow_cable_keeps_the_promises_of_printing(kind: type[SlowCable]) -> None:
    machine = Machine()
    driver = PrinterDriver("exemplar", lambda a, d: kind.open(machine, a, d), lambda: kind.find(machine), "")
    bench = Bench(driver, ADDRESS, machine, PACE)
    chosen = [promise for promise in made_by(bench) if any(word in promise.name for word in PRINTING)]
    found = list(hold_to(bench, chosen, 1000))
    assert any(one.outcome is Outcome.PASSED and "print" in one.promise.name for one in found)
    assert [f"{one.promise.name}: {one.evidence}" for one in found if one.outcome is Outcome.FAILED] == []
