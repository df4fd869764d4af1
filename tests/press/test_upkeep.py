"""What a printer is asked between two cards: the next one waits for it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.printer import CardCounter, CounterKind, Counters, Supply
from stationd.press import upkeep
from stationd.store.rows import JobState
from tests.press.other_machines import FakeDirect
from tests.press.other_office import OtherOffice

Make = Callable[..., OtherOffice]
CARDS = 7


class Counting(FakeDirect, CardCounter):
    """Writes down when it was asked what, and for which card."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    @override
    def _do(self, call: str) -> None:
        self.asked.append(call)
        super()._do(call)

    @override
    def counters(self, deadline: Deadline) -> Counters:
        self.asked.append("counters")
        return Counters(CounterKind.CARDS_FED, self.fed, {})

    @override
    def supplies(self, deadline: Deadline) -> tuple[Supply, ...]:
        self.asked.append("supplies")
        return (Supply("ribbon", 300 - self.fed, 300, None),)

    def between(self) -> list[list[str]]:
        """What was asked from each card's end to the next one's beginning."""
        ends = [n for n, call in enumerate(self.asked) if call == "print"]
        feeds = [n for n, call in enumerate(self.asked) if call == "feed"][1:]
        return [self.asked[end + 1 : feed] for end, feed in zip(ends, feeds, strict=False)]


def at_work(offices: Make) -> tuple[Counting, OtherOffice]:
    machine = Counting()
    office = offices(machine, jobs=CARDS)
    office.run()
    assert office.states() == {JobState.DELIVERED: CARDS}
    return machine, office


def test_counters_are_read_once_between_two_cards(offices: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "FRESH", 60.0)  # whatever else this computer has to do
    machine, _ = at_work(offices)
    assert len(machine.between()) == CARDS - 1
    assert all(asked.count("counters") == 1 for asked in machine.between())


def test_supplies_are_read_every_few_cards(offices: Make) -> None:
    machine, _ = at_work(offices)
    asked = [n + 1 for n, asked in enumerate(machine.between()) if "supplies" in asked]
    assert asked == [upkeep.EVERY]


def test_each_attempt_has_the_count_before_and_after_it_in_the_book(offices: Make) -> None:
    _, office = at_work(offices)
    with office.store.read() as view:
        told = [json.loads(text) for text in view.texts(0, 1000)]
    fed = [entry["evidence"]["cards"] for entry in told if entry["type"] == "step-intended" and entry["step"] == "feed"]
    out = [
        entry["evidence"]["cards"] for entry in told if entry["type"] == "step-observed" and entry["step"] == "print"
    ]
    assert (fed, out) == (list(range(CARDS)), list(range(1, CARDS + 1)))


def test_a_count_that_is_not_fresh_is_read_again(offices: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "FRESH", -1.0)
    machine, _ = at_work(offices)
    assert all(asked.count("counters") == 2 for asked in machine.between())
