"""The rules at a real station: at the order, at the feed, and what goes and comes back by itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stationd.desk import IntakeDesk
from stationd.model import stock_events
from stationd.model.job import Hold, HoldCause
from stationd.model.officer import Role
from stationd.model.policy import Policy
from stationd.registry.ports import Arrival
from stationd.station import Kind, Refused
from stationd.steward import Steward
from tests.api.house import LINE, NOW, OFFICER, House, policy
from tests.model.jobs import job

DAY = 86_400


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        served.stock(store=150, hopper=50)
        yield served


def ruled(**tables: Any) -> Policy:
    """The house's policy with tables, as they come in JSON; valid for years."""
    plain = msgspec.to_builtins(policy())
    return msgspec.convert(plain | {"valid_from": 0} | tables, Policy, strict=False)


SCARCE = {"scarcity": {"below": 50, "serves": ["first"]}}


def steward(house: House) -> Steward:
    return Steward(house.store, house.station.rules, lambda: None)


def states(house: House) -> dict[str, tuple[str, str]]:
    return {row.job_id: (row.state.value, row.cause) for row in house.station.jobs()}


def written(house: House, kind: str) -> list[dict[str, Any]]:
    with house.store.read() as view:
        entries = [json.loads(text) for text in view.texts(0, 10_000)]
    return [entry for entry in entries if entry["type"] == kind]


def test_deferred_jobs_are_held_with_their_reason_and_come_back_when_blanks_do(house: House) -> None:
    house.arrive("j-first")
    house.arrive("j-lost", reason="lost")
    house.arrive("j-ill", reason="damaged", urgent="medical")
    house.station.rules.go_by(ruled(**SCARCE))
    hands = steward(house)
    hands.tend()
    assert set(states(house).values()) == {("queued", "")}
    house.station.send_back_blanks(100, "SJ-1", OFFICER)
    house.station.spoil_blanks("hopper", 1, "other", OFFICER, line=LINE)
    hands.tend()
    assert states(house) == {
        "j-first": ("queued", ""),
        "j-lost": ("held", "blanks-scarce"),
        "j-ill": ("queued", ""),
    }
    hands.tend()
    assert len(written(house, "job-held")) == 1
    house.station.receive_blanks("B-2", 1, OFFICER)
    hands.tend()
    assert states(house)["j-lost"] == ("queued", "")
    (released,) = written(house, "job-released")
    assert (released["actor"], released["cause"]) == ("rules", "blanks-scarce")


def test_an_order_for_what_is_deferred_is_refused_and_the_job_held(house: House) -> None:
    house.arrive("j-lost", reason="lost")
    house.station.rules.go_by(ruled(scarcity={"below": 1000}))
    with pytest.raises(Refused) as refused:
        house.station.order("j-lost", OFFICER)
    assert (refused.value.kind, refused.value.cause, refused.value.detail) == (Kind.NOT_NOW, "blanks-scarce", "lost")
    assert states(house) == {"j-lost": ("held", "blanks-scarce")}


def test_the_next_are_ordered_by_their_turn_and_a_share_is_never_passed(house: House) -> None:
    for name, reason, urgent in (
        ("j1", "lost", None), ("j2", "lost", None), ("j3", "first", None), ("j4", "first", None),
        ("j5", "lost", "medical"), ("j6", "first", None),
    ):  # fmt: skip
        house.arrive(name, reason=reason, urgent=urgent)
    shares = [{"reasons": ["first"], "percent": 50}, {"reasons": ["lost"], "percent": 50}]
    house.station.rules.go_by(ruled(daily_most=4, shares=shares))
    assert house.station.order_next(6, OFFICER) == ["j5", "j1", "j3", "j4"]
    steward(house).tend()
    assert states(house)["j2"] == ("held", "day-is-full")
    house.clock.set_trusted(NOW + DAY, house.clock.uptime())
    for name in ("j1", "j3", "j4", "j5"):
        house.station.cancel(name, OFFICER)
    steward(house).tend()
    assert states(house)["j2"] == ("queued", "")


def test_what_a_day_has_made_counts_for_its_share_and_a_spoiled_card_does_not(house: House) -> None:
    shares = [{"reasons": ["first"], "percent": 50}]
    house.station.rules.go_by(ruled(daily_most=4, shares=shares))
    house.deliver("j1")
    house.ruin("j2")
    house.arrive("j3")
    house.arrive("j4")
    house.station.order("j3", OFFICER)
    with pytest.raises(Refused) as refused:
        house.station.order("j4", OFFICER)
    assert (refused.value.cause, refused.value.detail) == ("share-used-up", "first")


def test_before_the_feed_it_is_decided_again(house: House) -> None:
    house.arrive("j1", reason="lost")
    house.station.order("j1", OFFICER)
    rules = house.station.rules

    def at_feed() -> object:
        (row,) = (row for row in house.station.jobs() if row.job_id == "j1")
        assert row.ordered_by == OFFICER
        return rules.on_feed(row)

    assert at_feed() is None
    rules.go_by(ruled(scarcity={"below": 1000}))
    assert at_feed() == Hold(HoldCause.BLANKS_SCARCE, "lost")
    rules.go_by(ruled(services=["SIAK"]))
    assert at_feed() == "station-has-no-cetak"
    (officer,) = msgspec.to_builtins(policy())["officers"]
    rules.go_by(ruled(officers=[officer | {"valid_until": int(NOW)}]))
    assert at_feed() == "sk-expired"
    rules.go_by(ruled(daily_most=1))
    assert at_feed() is None  # it is itself the one card of the day


def test_an_urgent_order_goes_before_those_that_were_pressed_earlier(house: House) -> None:
    house.arrive("j1")
    house.arrive("j2", urgent="medical")
    house.station.order("j1", OFFICER)
    house.station.order("j2", OFFICER)
    with house.store.read() as view:
        pressed = view.next_ordered()
    rules = house.station.rules
    assert [row.job_id for row in pressed] == ["j1", "j2"]
    chosen = rules.next_to_make(pressed)
    assert chosen is not None
    assert chosen.job_id == "j2"
    rules.go_by(ruled(urgent=["pilgrimage"]))
    assert rules.next_to_make(pressed) == pressed[0]
    assert rules.next_to_make([]) is None


def test_a_newer_policy_applies_at_once_and_one_to_come_waits(house: House) -> None:
    house.arrive("j1", reason="lost")
    house.station.rules.adopt(ruled(version=4, valid_from=int(NOW) + DAY, scarcity={"below": 1000}))
    house.station.order("j1", OFFICER)
    house.station.cancel("j1", OFFICER)
    house.station.rules.adopt(ruled(version=5, scarcity={"below": 1000}))
    with pytest.raises(Refused):
        house.station.order("j1", OFFICER)
    house.station.rules.adopt(ruled(version=4))  # an older one
    assert house.station.status().policy_version == 5


def test_a_card_on_the_shelf_blocks_a_reprint_until_it_has_left(house: House) -> None:
    house.deliver("j1")
    house.station.accept("j1", OFFICER)
    desk = IntakeDesk(house.store, house.station.rules)
    again = job(job_id="j2", reason="lost", start_before=int(NOW) + DAY)
    with house.store.read() as view:
        (card,) = view.shelf()
    again = msgspec.structs.replace(again, citizen_ref=card.citizen_ref)
    desk.accept(Arrival(again, "sealed", "label", "digest-2"), None)
    assert states(house)["j2"] == ("held", "lies-here")
    told = house.station.why("j2", OFFICER)
    assert (told.verdict, told.remedy, told.detail) == ("held", "collection", "j1")
    hands = steward(house)
    hands.tend()
    assert states(house)["j2"] == ("held", "lies-here")
    house.station.transfer("j1", "73.16.02", "owner-lives-there", OFFICER)
    hands._left_shelf = True  # as `hear` notes it of the commit
    hands.tend()
    assert states(house)["j2"] == ("queued", "")


def test_why_says_the_verdict_the_place_and_what_stands_before(house: House) -> None:
    house.arrive("j1", reason="lost")
    house.arrive("j2")
    house.arrive("j3", reason="damaged", urgent="medical")
    told = house.station.why("j1", OFFICER)
    assert (told.verdict, told.place, told.of, told.urgent, told.earlier) == ("yes", 2, 3, 1, 0)
    house.station.rules.go_by(ruled(reasons=["first", "lost"], scarcity={"below": 1000, "serves": ["first"]}))
    told = house.station.why("j1", OFFICER)
    assert (told.verdict, told.cause, told.remedy) == ("held", "blanks-scarce", "blanks")
    assert (told.place, told.ranked, told.scarce) == (3, 1, True)
    refused = house.station.why("j2", "nobody")
    assert (refused.verdict, refused.cause, refused.remedy) == ("refused", "officer-unknown", "officer")
    with pytest.raises(Refused):
        house.station.why("j9", OFFICER)


def test_a_shortage_is_asked_for_once_and_closed_when_blanks_arrive(house: House) -> None:
    house.station.rules.go_by(ruled(daily_target=20, reorder={"to": "centre", "ahead": 7, "covers": 10}))
    hands = steward(house)
    hands.tend()
    assert written(house, "stock-requested") == []
    house.station.send_back_blanks(10, "SJ-1", OFFICER)
    for _ in range(3):
        hands.tend()
    (asked,) = written(house, "stock-requested")
    assert (asked["supply"], asked["to"], asked["left"], asked["rate"]) == ("blanks", "centre", 140, 20.0)
    assert (asked["days_left"], asked["wanted"]) == (7, 200)
    (seen,) = house.station.forecast()
    assert (seen.request, seen.days_left, seen.threshold) == (asked["seq"], 7, 140)
    house.station.send_back_blanks(50, "SJ-2", OFFICER)
    house.station.receive_blanks("B-2", 20, OFFICER)
    hands.tend()
    assert len(written(house, "stock-requested")) == 1
    assert written(house, "stock-arrived") == []
    house.station.receive_blanks("B-3", 500, OFFICER)
    hands.tend()
    (arrived,) = written(house, "stock-arrived")
    assert (arrived["request"], arrived["left"]) == (asked["seq"], 610)
    assert house.station.forecast()[0].request is None


def test_a_request_that_will_not_be_met_is_dropped_by_a_supervisor_and_asked_anew_once(house: House) -> None:
    plain = ruled(daily_target=20, reorder={"to": "centre", "ahead": 7, "covers": 10})
    boss = msgspec.structs.replace(plain.officers[0], id="spv-1", roles=frozenset({Role.SUPERVISOR}))
    house.station.rules.go_by(msgspec.structs.replace(plain, officers=(*plain.officers, boss)))
    hands = steward(house)
    house.station.send_back_blanks(50, "SJ-1", OFFICER)
    hands.tend()
    (asked,) = written(house, "stock-requested")
    for number, reason, officer, cause in (
        (asked["seq"], "refused", OFFICER, "supervisor-needed"),
        (asked["seq"], "Bu Siti", "spv-1", "no-such-reason"),
        (asked["seq"] + 1, "refused", "spv-1", "no-such-request"),
    ):
        with pytest.raises(Refused) as no:
            house.station.drop_request(number, reason, officer)
        assert no.value.cause == cause
    house.station.drop_request(asked["seq"], "refused", "spv-1")
    (dropped,) = written(house, "stock-request-dropped")
    assert (dropped["request"], dropped["cause"], dropped["actor"]) == (asked["seq"], "refused", "spv-1")
    assert house.station.forecast()[0].request is None
    for _ in range(3):
        hands.tend()
    (_, again) = written(house, "stock-requested")
    assert again["left"] == 100
    assert house.station.forecast()[0].request == again["seq"]
    with pytest.raises(Refused):
        house.station.drop_request(asked["seq"], "refused", "spv-1")
    house.station.receive_blanks("B-3", 500, OFFICER)
    hands.tend()
    assert [arrived["request"] for arrived in written(house, "stock-arrived")] == [again["seq"]]
    assert asyncio.run(house.station.verify()).passed


def test_nothing_is_done_by_rules_while_the_time_is_unknown(house: House) -> None:
    house.station.rules.go_by(ruled(daily_target=1000))
    house.lose_the_time()
    steward(house).tend()
    assert written(house, "stock-requested") == []
    assert house.station.forecast() == []


def test_a_ribbon_is_foreseen_and_asked_for_beside_the_blanks(house: House) -> None:
    def told(left: int) -> None:
        read = stock_events.SupplyRead(name="ribbon", remaining=left, capacity=500)
        house.store.record("press", stock_events.SuppliesRead(line=LINE, printer="p", supplies=(read,)))

    house.station.rules.go_by(ruled(daily_target=20, reorder={"floor": 1}))
    hands = steward(house)
    for left in (400, 140, 120):
        told(left)
        hands.tend()
    (asked,) = written(house, "stock-requested")
    assert (asked["supply"], asked["line"], asked["left"], asked["days_left"]) == ("ribbon", LINE, 140, 7)
    told(500)
    hands.tend()
    assert [arrived["request"] for arrived in written(house, "stock-arrived")] == [asked["seq"]]
    assert [seen.supply for seen in house.station.forecast()] == ["blanks", "ribbon"]


def test_birthdays_are_looked_at_when_the_day_has_come_in_all_of_indonesia(house: House) -> None:
    looks: list[float | None] = []
    rules = house.station.rules
    rules.go_by(ruled(utc_hours=9))
    hands = Steward(house.store, rules, lambda: looks.append(rules.clock.now()))
    midnight_in_wib = int(NOW) // DAY * DAY + 17 * 3600 + DAY
    for moment in (midnight_in_wib - 7200, midnight_in_wib - 60, midnight_in_wib + 60, midnight_in_wib + 120):
        house.clock.set_trusted(moment, house.clock.uptime())
        hands.tend()
    assert len(looks) == 1
    assert looks[0] is not None
    assert midnight_in_wib <= looks[0] < midnight_in_wib + 120


def test_ribbon_and_film_are_each_asked_for_once_and_each_closes_by_itself(house: House) -> None:
    def told(ribbon: int, film: int) -> None:
        read = tuple(
            stock_events.SupplyRead(name=name, remaining=left, capacity=1000)
            for name, left in (("ribbon", ribbon), ("film", film))
        )
        house.store.record("press", stock_events.SuppliesRead(line=LINE, printer="p", supplies=read))
        steward(house).tend()

    house.station.rules.go_by(ruled(daily_target=20))
    for ribbon, film in ((400, 400), (100, 400), (90, 100), (80, 90), (500, 80), (490, 1000), (480, 990)):
        told(ribbon, film)
    assert [asked["supply"] for asked in written(house, "stock-requested")] == ["ribbon", "film"]
    assert [arrived["supply"] for arrived in written(house, "stock-arrived")] == ["ribbon", "film"]
