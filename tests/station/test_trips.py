"""A kit's trip at the kit: begun under a grant, closed only when each blank is accounted for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stationd.desk import RegistryDesk
from stationd.model import events, mobile_events
from stationd.model.blank import Place
from stationd.model.mobile import InBags, Off, TripState, Wrong
from stationd.model.pile import Counted
from stationd.registry import slips
from stationd.registry.contract import LeaseTrip
from stationd.registry.slips import BackSlip
from stationd.station import LinkStatus, Refused
from stationd.steward import Steward
from stationd.store.keys import FileKeys
from stationd.store.rows import JobState
from tests.api.house import LINE, NOW, OFFICER, STATION, House
from tests.station.mobile_places import (
    BATCH,
    DAYS,
    NOTHING,
    OTHER,
    SUPERVISOR,
    granted,
    make_cards,
    other_keys,
    out_slip,
)
from tests.station.test_blanks import blanks, last, refused


@pytest.fixture
def office(tmp_path: Path) -> FileKeys:
    return other_keys(tmp_path)


@pytest.fixture
def kit(tmp_path: Path, office: FileKeys) -> Iterator[House]:
    with House(tmp_path) as served:
        served.station.rules.go_by(granted(office, kit=True))
        yield served
        assert asyncio.run(served.station.verify()).passed


def begin(kit: House, office: FileKeys, count: int = 10, counted: int | None = None, jobs: int = 8) -> None:
    slip = out_slip(office, count)
    kit.station.open_trip(slip, count if counted is None else counted, SUPERVISOR, jobs=jobs, until=DAYS)


def offline(kit: House) -> None:
    kit.link = LinkStatus(online=False, last_contact=NOW, last_error="", acknowledged=0)


def bags(kit: House) -> InBags:
    lying = blanks(kit)
    reject = sum(count for name, count in lying.items() if name.startswith("reject"))
    return InBags(lying.get("store", 0), reject, lying.get("shelf", 0))


def test_a_trip_is_closed_when_all_is_accounted_for_and_hands_everything_in(kit: House, office: FileKeys) -> None:
    begin(kit, office)
    kit.station.load_blanks(LINE, 6, OFFICER)
    make_cards(kit, 3)
    kit.ruin("bad-1")
    kit.arrive("left-1")
    offline(kit)
    refused("trip-not-closing", lambda: kit.station.close_trip(bags(kit), SUPERVISOR))
    kit.station.begin_closing(SUPERVISOR)
    refused("trip-closing", lambda: kit.station.order("left-1", OFFICER))
    refused("trip-closing", lambda: kit.station.order_next(1, OFFICER))
    assert kit.station.check_trip(bags(kit)) == [Off(Wrong.LOOSE, "hopper", 0, 2)]
    kit.station.unload_blanks(LINE, 2, OFFICER)
    slip = kit.station.close_trip(InBags(6, 1, 3), SUPERVISOR)
    told = slips.read(slip, BackSlip, kit.keys.book_public())
    assert (told.office, told.kit, told.allotment_id) == (OTHER, STATION, "al-1")
    assert told.stated.unused == {BATCH: 6}
    assert [card.job_id for card in told.stated.finished] == ["j1", "j2", "j3"]
    assert (told.stated.spoiled, told.stated.total) == (1, 10)
    assert kit.station.slip("al-1") == slip
    assert blanks(kit) == {"office/al-1": -3, "transferred": 3}
    closed = last(kit, mobile_events.TripClosed)
    assert isinstance(closed, mobile_events.TripClosed)
    assert (closed.printed, closed.spoiled, closed.returned, closed.missing, closed.allotted) == (3, 1, 6, 0, 10)
    states = {job.job_id: job.state for job in kit.station.jobs()}
    assert states["left-1"] is JobState.RETURNING
    assert states["j1"] is JobState.TRANSFERRED
    assert states["bad-1"] is JobState.RETURNING
    refused("no-trip-open", lambda: kit.station.begin_closing(SUPERVISOR))


def test_a_blank_too_few_or_too_many_is_refused_with_what_is_off_and_changes_nothing(
    kit: House, office: FileKeys
) -> None:
    begin(kit, office)
    kit.station.begin_closing(SUPERVISOR)
    for counted in (9, 11):
        with pytest.raises(Refused) as no:
            kit.station.close_trip(InBags(counted, 0, 0), SUPERVISOR)
        assert (no.value.cause, no.value.detail) == ("trip-off", f"differs store: 10, {counted}")
    assert kit.station.mobile().trip is not None
    assert blanks(kit)["store"] == 10
    kit.station.close_trip(InBags(10, 0, 0), SUPERVISOR)


def test_a_missing_blank_is_counted_and_declared_by_a_supervisor_before_the_close(kit: House, office: FileKeys) -> None:
    begin(kit, office)
    kit.station.begin_closing(SUPERVISOR)
    refused("missing-differs", lambda: kit.station.declare_missing_on_trip(1, SUPERVISOR))
    (found,) = kit.station.take_stock([Counted(Place.STORE, 9)], OFFICER)
    off = kit.station.check_trip(InBags(9, 0, 0))
    assert off == [Off(Wrong.IN_QUESTION, found=1), Off(Wrong.UNSETTLED, found, 10, 9)]
    refused("trip-off", lambda: kit.station.close_trip(InBags(9, 0, 0), SUPERVISOR))
    refused("supervisor-needed", lambda: kit.station.declare_missing_on_trip(1, OFFICER))
    kit.station.declare_missing_on_trip(1, SUPERVISOR)
    kit.station.close_trip(InBags(9, 0, 0), SUPERVISOR)
    closed = last(kit, mobile_events.TripClosed)
    assert isinstance(closed, mobile_events.TripClosed)
    assert (closed.returned, closed.missing, closed.stated.gone) == (9, 1, {"missing": 1})


def test_who_found_a_blank_short_does_not_declare_it_missing_where_there_is_another_supervisor(
    kit: House, office: FileKeys
) -> None:
    said = granted(office, kit=True)
    second = type(said.officers[1])(
        **{name: getattr(said.officers[1], name) for name in said.officers[1].__struct_fields__} | {"id": "spv-2"}
    )
    kit.station.rules.go_by(type(said)(**_fields(said) | {"officers": (*said.officers, second)}))
    begin(kit, office)
    kit.station.take_stock([Counted(Place.STORE, 9)], SUPERVISOR)
    refused("approver-is-requester", lambda: kit.station.declare_missing_on_trip(1, SUPERVISOR))
    kit.station.declare_missing_on_trip(1, "spv-2")


def _fields(said: object) -> dict[str, object]:
    return {name: getattr(said, name) for name in said.__struct_fields__}  # type: ignore[attr-defined]


@pytest.mark.parametrize(("counted", "moved"), [(9, {"in-question": 1, "store": 9}), (11, {"store": 11})])
def test_an_allotment_that_comes_short_or_over_is_a_discrepancy_that_keeps_the_trip_open(
    kit: House, office: FileKeys, counted: int, moved: dict[str, int]
) -> None:
    begin(kit, office, 10, counted)
    (found,) = kit.station.discrepancies()
    assert (found.origin, found.subject, found.expected, found.found) == ("allotment", "out/al-1/store", 10, counted)
    there = blanks(kit)
    assert {name: there[name] for name in moved} == moved
    kit.station.begin_closing(SUPERVISOR)
    refused("trip-off", lambda: kit.station.close_trip(InBags(counted, 0, 0), SUPERVISOR))
    kit.station.explain(found.discrepancy_id, "missing" if counted < 10 else "came-to-light", OFFICER)
    kit.station.settle(found.discrepancy_id, SUPERVISOR)
    kit.station.close_trip(InBags(counted, 0, 0), SUPERVISOR)
    (half, back) = kit.station.mobile().halves
    assert (half.leg, half.count, half.told, back.leg, back.count) == ("out", counted, True, "back", counted)


def test_a_trip_takes_a_supervisor_a_grant_and_a_slip_of_that_office(kit: House, office: FileKeys) -> None:
    def opening(slip: str, officer: str = SUPERVISOR, until: int = DAYS, place: str = "") -> Callable[[], object]:
        return lambda: kit.station.open_trip(slip, 10, officer, jobs=5, until=until, place=place)

    good = out_slip(office)
    forged = f"{good[:-6]}AAAAAA"
    for cause, act in {
        "supervisor-needed": opening(good, OFFICER),
        "slip-not-understood": opening("no slip"),
        "slip-wrong-signature": opening(forged),
        "slip-of-another-kit": opening(out_slip(office, kit="kit-9")),
        "no-mobile-grant": opening(good, until=DAYS + 1),
        "trip-over": opening(good, until=int(NOW)),
        "allotment-too-large": opening(out_slip(office, 61)),
        "place-not-granted": opening(good, place="Desa Lain"),
    }.items():
        refused(cause, act)
    kit.station.rules.go_by(granted(office, kit=True, office_key=None))
    refused("slip-key-unknown", opening(good))
    kit.station.rules.go_by(granted(office, kit=True, places=("Desa Contoh", "SMA 1")))
    refused("place-not-granted", opening(good))
    opening(good, place="SMA 1")()
    refused("trip-open", opening(good, place="SMA 1"))
    trip = kit.station.mobile().trip
    assert trip is not None
    assert (trip.row.place, trip.row.state, trip.tally.unused) == ("SMA 1", TripState.OPEN, 10)


def test_a_slip_is_taken_once_and_only_into_empty_bags(kit: House, office: FileKeys) -> None:
    kit.station.receive_blanks("B-1", 3, OFFICER)
    refused("kit-not-empty", lambda: begin(kit, office))
    kit.station.send_back_blanks(3, "K/1", OFFICER)
    begin(kit, office)
    refused("blanks-of-the-trip", lambda: kit.station.receive_blanks("B-2", 3, OFFICER))
    kit.station.begin_closing(SUPERVISOR)
    kit.station.close_trip(InBags(10, 0, 0), SUPERVISOR)
    refused("allotment-taken-before", lambda: begin(kit, office))


def test_a_kit_prints_on_a_trip_and_without_network_only_if_it_is_granted(kit: House, office: FileKeys) -> None:
    kit.arrive("j1")
    refused("no-trip-open", lambda: kit.station.order("j1", OFFICER))
    assert kit.station.mobile().bar == "no-trip-open"
    kit.station.rules.go_by(granted(office, kit=True, offline=False))
    begin(kit, office)
    kit.station.load_blanks(LINE, 5, OFFICER)
    offline(kit)
    refused("offline-not-granted", lambda: kit.station.order("j1", OFFICER))
    kit.link = LinkStatus(online=True, last_contact=NOW, last_error="", acknowledged=0)
    kit.station.order("j1", OFFICER)
    offline(kit)
    with kit.store.read() as view:
        (job,) = view.next_ordered()
    assert kit.station.rules.on_feed(job) == "offline-not-granted"


def test_a_lost_clock_is_set_by_a_supervisor_in_the_field_and_never_back(kit: House, office: FileKeys) -> None:
    begin(kit, office)
    kit.arrive("j1")
    offline(kit)
    kit.lose_the_time()
    refused("time-unknown", lambda: kit.station.order("j1", OFFICER))
    refused("time-before-what-is-known", lambda: kit.station.declare_time(NOW - 60, SUPERVISOR))
    kit.station.declare_time(NOW + 3600, SUPERVISOR)
    kit.station.order("j1", OFFICER)
    assert isinstance(last(kit, events.TimeDeclared), events.TimeDeclared)


def test_a_kit_leases_one_batch_for_its_trip_and_nothing_between_trips(kit: House, office: FileKeys) -> None:
    intake: Any = None
    desk = RegistryDesk(
        kit.store, kit.clock, intake, kit.station.rules, 20, adopted=lambda _: None, halt=lambda _: None
    )
    assert (desk.wanted(), desk.trip()) == (0, None)
    begin(kit, office, jobs=3)
    assert desk.wanted() == 3
    assert desk.trip() == LeaseTrip(allotment_id="al-1", until=DAYS)
    kit.station.load_blanks(LINE, 2, OFFICER)
    make_cards(kit, 1)
    kit.arrive("j2")
    assert desk.wanted() == 1
    kit.station.begin_closing(SUPERVISOR)
    assert desk.wanted() == 0


def test_a_kit_asks_nobody_for_blanks(kit: House, office: FileKeys) -> None:
    plain = granted(office, kit=True)
    kit.station.rules.go_by(type(plain)(**_fields(plain) | {"daily_target": 50}))
    begin(kit, office)
    Steward(kit.store, kit.station.rules, lambda: None).tend()
    assert [seen.request for seen in kit.station.forecast()] == [None]


def test_an_unfinished_job_keeps_a_trip_open_and_orders_are_taken_back(kit: House, office: FileKeys) -> None:
    begin(kit, office)
    kit.station.load_blanks(LINE, 5, OFFICER)
    kit.deliver("j1")
    kit.arrive("j2")
    kit.station.order("j2", OFFICER)
    kit.station.begin_closing(SUPERVISOR)
    wrong = kit.station.check_trip(NOTHING)
    assert Off(Wrong.ORDERED, "j1") in wrong
    assert Off(Wrong.ORDERED, "j2") not in wrong
    assert Off(Wrong.LOOSE, "output", 0, 1) in wrong


def _unknown(job_id: str) -> events.AttemptUnknown:
    at = f"at-{job_id}"
    return events.AttemptUnknown(
        attempt_id=at, job_id=job_id, line=LINE, step="activate", cause="interrupted", question_id=f"q-{job_id}"
    )


def test_a_job_whose_card_was_spoiled_and_voided_goes_back_and_one_whose_card_is_missing_does_not(
    kit: House, office: FileKeys
) -> None:
    begin(kit, office)
    kit.station.load_blanks(LINE, 4, OFFICER)
    kit.deliver("spoiled")
    kit.station.spoil("spoiled", "print-flaw", OFFICER)
    kit.lose("lost")
    kit.station.answer(kit.station.status().questions[0].question_id, "missing", OFFICER)
    kit.deliver("out")
    kit.store.record("press", _unknown("out"))
    kit.station.answer("q-out", "missing", OFFICER)
    kit.lose("in-hand")
    kit.station.answer(kit.station.status().questions[0].question_id, "spoiled", OFFICER)
    kit.station.begin_closing(SUPERVISOR)
    kit.station.close_trip(InBags(6, 2, 0), SUPERVISOR)
    states = {job.job_id: (job.state, job.cause) for job in kit.station.jobs()}
    assert states["spoiled"] == states["in-hand"] == (JobState.RETURNING, "trip-ended")
    assert states["lost"] == states["out"] == (JobState.HELD, "spoiled")
    assert isinstance(void := last(kit, events.AttemptSpoiled), events.AttemptSpoiled)
    assert void.identity == "c0ffeespoiled"
    assert isinstance(said := last(kit, events.QuestionAnswered), events.QuestionAnswered)
    assert said.identity == "c0ffeein-hand"
