"""Scenarios of days: what each place is said to be, who comes, what is delivered, and a day that begins for real."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators import scenarios
from simulators.days import KEPT, OFFICE_TIME, Calendar, Days, Delivery, Passed, people_of, printing, sent
from simulators.registry.field import known, place


def played(name: str) -> tuple[scenarios.Scenario, scenarios.Central, Days]:
    scenario = scenarios.load(name)
    assert scenario.registry is not None
    assert scenario.days is not None
    return scenario, scenario.registry, scenario.days


FIGURES: dict[str, Callable[[int, scenarios.Central, Days, Any], bool]] = {
    "palopo": lambda blanks, _, days, there: (
        blanks == there.figures["stock"]
        and days.working_days == there.figures["working_days"]
        and days.people * days.working_days == pytest.approx(there.figures["cards"], rel=0.001)
    ),
    "palembang": lambda blanks, _, days, there: (
        blanks < there.policy["scarcity"]["below"]
        and "lost" not in there.policy["scarcity"]["serves"]
        and days.reasons["lost"] == days.reasons["first"]
        and days.people * days.working_days == pytest.approx(there.figures["uncollected"], rel=0.01)
    ),
    "tasikmalaya": lambda blanks, _, days, there: (
        days.reasons["first"] == days.reasons["lost"]
        and days.people / 2 > there.policy["daily_most"]
        and blanks > days.working_days * there.policy["daily_most"]
    ),
    "kotim": lambda blanks, _, days, there: blanks == there.policy["reorder"]["floor"] > days.people,
    "bulukumba": lambda _, __, days, there: days.people * days.working_days == there.figures["brought"],
    "enrekang": lambda _, central, __, there: (
        list(central.offices().values()) == list(there.offices)
        and len(printing("enrekang", central.offices())) == there.figures["printing"]
    ),
}


@pytest.mark.parametrize("name", known())
def test_each_place_is_a_scenario_with_the_figures_that_are_told_of_it(name: str) -> None:
    scenario, central, days = played(name)
    assert central.place == name
    assert FIGURES[name](scenario.cards.supply, central, days, place(name))


CHANCE = st.integers(0, 2**32).map(random.Random)


@given(st.integers(0, 500), CHANCE)
def test_people_come_for_the_reasons_that_the_days_name(people: int, chance: random.Random) -> None:
    came = people_of(Days(people=people, reasons={"first": 3, "lost": 0}), chance)
    assert set(came) <= {"first"}
    assert came.total() <= people * 3


def test_over_a_year_as_many_come_as_the_mean_says() -> None:
    _, _, days = played("palopo")
    chance = random.Random("a year")  # noqa: S311 - a repeatable year, no secret
    came = sum(people_of(days, chance).total() for _ in range(days.working_days))
    assert came == pytest.approx(place("palopo").figures["cards"], rel=0.05)


@given(st.integers(1, 5000), st.integers(0, 250), CHANCE, st.floats(0, 1), st.floats(0, 1))
def test_what_is_asked_for_comes_in_all_and_never_before_its_time(
    wanted: int, today: int, chance: random.Random, late: float, short: float
) -> None:
    coming = sent(Days(people=1, late=late, short=short), today, "kec-1", wanted, chance)
    assert sum(delivery.blanks for delivery in coming) == wanted
    assert all(delivery.day >= today + 3 for delivery in coming)
    assert len(coming) == 1 or short > 0


class Office:
    """The registry's desk and the world, as days see them."""

    now = 1_785_600_000.0  # a Saturday

    def __init__(self, *events: dict[str, Any]) -> None:
        self.book = events
        self.jobs: dict[str, int] = {}
        self.minted = 0

    def add_jobs(self, station: str, count: int, **_: object) -> None:
        self.jobs[station] = self.jobs.get(station, 0) + count

    def events(self, _: str, after: int) -> list[dict[str, Any]]:
        return [event for event in self.book if event["seq"] > after]

    def ask(self, act: str, *, seconds: int) -> float:
        assert act == "forward"
        self.now += seconds
        return self.now

    def mint(self, count: int, batch: str) -> None:
        assert batch
        self.minted += count


def test_a_request_is_delivered_once_also_by_days_that_go_on_after_an_end(tmp_path: Path) -> None:
    asked = {"seq": 7, "type": "stock-requested", "supply": "blanks", "wanted": 500}
    office: Any = Office(asked, {"seq": 8, "type": "stock-requested", "supply": "ribbon", "wanted": 900})
    days = Days(people=10, late=0, short=0)
    for _ in range(8):
        Calendar(days, "seed", ["kec-1"], tmp_path).dawn(office, office)
        assert office.minted in {0, 500}
    assert office.minted == 500
    kept = msgspec.json.decode((tmp_path / KEPT).read_bytes(), type=Passed)
    assert kept == Passed(8, {"kec-1": 8}, ())
    assert set(office.jobs) == {"kec-1"}
    assert 8 * 5 < office.jobs["kec-1"] < 8 * 20


def test_each_morning_is_that_of_the_next_working_day_at_the_registry(tmp_path: Path) -> None:
    office: Any = Office()
    calendar = Calendar(Days(people=1), "seed", ["kec-1"], tmp_path)
    mornings = []
    for _ in range(8):
        calendar.dawn(office, office)
        mornings.append(datetime.datetime.fromtimestamp(office.now, OFFICE_TIME))
    assert mornings[0].isoweekday() == 6, "the first day is the computer's own"
    assert [morning.isoweekday() for morning in mornings[1:]] == [1, 2, 3, 4, 5, 1, 2]
    assert {morning.time() for morning in mornings} == {mornings[0].time()}
    assert (mornings[-1] - mornings[1]).days == 8


def test_nothing_is_delivered_before_its_day(tmp_path: Path) -> None:
    (tmp_path / KEPT).write_bytes(msgspec.json.encode(Passed(3, {}, (Delivery(4, "kec-1", 100),))))
    office: Any = Office()
    calendar = Calendar(Days(people=1), "seed", ["kec-1"], tmp_path)
    calendar.dawn(office, office)
    assert office.minted == 0
    calendar.dawn(office, office)
    assert office.minted == 100


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[days]\npeople = 5\n", "there is none"),
        ('[registry]\nstations = ["s"]\nplace = "atlantis"\n', "no place atlantis"),
        ('[registry]\nstations = ["s"]\nplace = "palopo"\nkecamatan = { s = "Nowhere" }\n', "no office Nowhere"),
    ],
)
def test_days_without_a_registry_and_places_that_nobody_knows_are_refused(tmp_path: Path, more: str, said: str) -> None:
    file = tmp_path / "days.toml"
    file.write_text(f'title = "x"\nseed = "x"\nmachine = []\n{more}')
    with pytest.raises(scenarios.NoScenario, match=said):
        scenarios.load(str(file))
