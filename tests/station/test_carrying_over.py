"""A new book on the way: a kit's trip goes on, an office knows its kits' blanks, no paper's number comes twice."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.desk import RegistryDesk
from stationd.model.blank import Account, Place
from stationd.model.carrying_over import of_papers, of_trip
from stationd.model.mobile import Finished, InBags, Off, Statement, Wrong, tally
from stationd.model.paper_events import LastNumber
from stationd.model.papers import Kind, PaperId
from stationd.registry import slips
from stationd.registry.predecessor import Predecessor
from stationd.registry.slips import BackSlip
from stationd.store.keys import FileKeys
from stationd.store.rows import JobState
from stationd.store.store import Store
from stationd.succession import opening, succession
from tests.api.house import LINE, NOW, OFFICER, STATION, House
from tests.station.mobile_places import DAYS, OTHER, SUPERVISOR, back_slip, granted, make_cards, other_keys, out_slip
from tests.station.test_blanks import blanks, refused

STORE = Account(Place.STORE, batch="B-2026-07")
SHELF = Account(Place.SHELF, batch="B-2026-07")


def begun_anew(
    house: House, folder: Path, counted: Mapping[Account, int], papers: Sequence[PaperId] = (), upto: int = -1
) -> House:
    """Return the same station with a new book, by as much of the old one as the registry has."""
    with house.store.read() as view:
        texts = view.texts(0, upto)
    plan = succession(Predecessor("inc-0", "0" * 64, tuple(texts)), NOW)
    assert set(plan.to_count()) <= set(counted)
    folder.mkdir()
    shutil.copytree(house.folder / "keys", folder / "keys")
    happened = opening(plan, counted, papers)
    Store(folder / "book.db", FileKeys(folder / "keys"), STATION, "inc-1", house.clock.stamp, happened).close()
    return House(folder)


def test_a_kit_with_a_new_disk_goes_on_with_its_trip(tmp_path: Path) -> None:
    office = other_keys(tmp_path)
    (tmp_path / "old").mkdir()
    with House(tmp_path / "old") as old:
        old.station.rules.go_by(granted(office, kit=True))
        old.station.open_trip(out_slip(office), 10, SUPERVISOR, jobs=8, until=DAYS)
        old.station.load_blanks(LINE, 4, OFFICER)
        make_cards(old, 3)
        old.station.hand_over("j1", "owner", "old-card", OFFICER)
        old.arrive("j4")
        # One more card was made after what the registry has, and is not to be found: nine are there, or with a citizen.
        counted = {Account(Place.HOPPER, LINE, batch="B-2026-07"): 0, STORE: 6, SHELF: 2}
        anew = begun_anew(old, tmp_path / "new", counted)
    with anew as kit:
        kit.station.rules.go_by(granted(office, kit=True))
        trip = kit.station.mobile().trip
        assert trip is not None
        assert (trip.row.allotment_id, trip.row.until, trip.row.offline) == ("al-1", DAYS, True)
        said = trip.tally
        assert (said.allotted, said.printed, said.unused, said.in_question) == (10, 3, 6, 1)
        desk = RegistryDesk(
            kit.store, kit.clock, None, kit.station.rules, 20, adopted=lambda _: None, halt=lambda _: None
        )  # type: ignore[arg-type]
        assert desk.wanted() == 4, "eight for the trip, of which four were leased before"
        kit.station.load_blanks(LINE, 1, OFFICER)
        make_cards(kit, 1, first=5)
        kit.station.begin_closing(SUPERVISOR)
        bags = InBags(5, 0, 3)
        assert kit.station.check_trip(bags) == [Off(Wrong.IN_QUESTION, found=1)]
        refused("trip-off", lambda: kit.station.close_trip(bags, SUPERVISOR))
        kit.station.declare_missing_on_trip(1, SUPERVISOR)
        told = slips.read(kit.station.close_trip(bags, SUPERVISOR), BackSlip, kit.keys.book_public())
        assert [card.job_id for card in told.stated.finished] == ["j2", "j3", "j5"]
        assert (told.stated.total, told.stated.gone) == (10, {"citizen": 1, "missing": 1})
        states = {job.job_id: (job.state, job.cause) for job in kit.station.jobs()}
        assert states["j4"] == (JobState.HELD, "possibly-printed"), "a person has to look first"
        assert asyncio.run(kit.station.verify()).passed


def test_a_kit_whose_trip_the_registry_never_heard_of_is_told_so(tmp_path: Path) -> None:
    office = other_keys(tmp_path)
    (tmp_path / "old").mkdir()
    with House(tmp_path / "old") as old:
        old.station.rules.go_by(granted(office, kit=True))
        with old.store.read() as view:
            shipped = view.head().seq
        old.station.open_trip(out_slip(office), 10, SUPERVISOR, jobs=8, until=DAYS)
        anew = begun_anew(old, tmp_path / "new", {STORE: 10}, upto=shipped)
    with anew as kit:
        kit.station.rules.go_by(granted(office, kit=True))
        refused("no-trip-open", lambda: kit.station.begin_closing(SUPERVISOR))
        again = out_slip(office)
        refused("kit-not-empty", lambda: kit.station.open_trip(again, 10, SUPERVISOR, jobs=8, until=DAYS))


def test_an_office_with_a_new_disk_takes_back_what_its_kits_have(tmp_path: Path) -> None:
    kit = other_keys(tmp_path)
    (tmp_path / "old").mkdir()
    with House(tmp_path / "old") as old:
        old.station.rules.go_by(granted(kit, kit=False))
        old.station.receive_blanks("B-2026-07", 30, OFFICER)
        home = old.station.allot(OTHER, 5, SUPERVISOR).allotment_id
        unused = Statement(unused={"B-2026-07": 5}, spoiled=0, finished=())
        old.station.take_back(back_slip(kit, home, unused), InBags(5, 0, 0), [], OFFICER)
        given_ = old.station.allot(OTHER, 10, SUPERVISOR)
        anew = begun_anew(old, tmp_path / "new", {STORE: 20})
    with anew as office:
        office.station.rules.go_by(granted(kit, kit=False))
        assert blanks(office) == {"store": 20, f"allotted/{given_.allotment_id}": 10}
        assert office.station.slip(given_.allotment_id) == given_.slip
        refused("kit-has-allotment", lambda: office.station.allot(OTHER, 1, SUPERVISOR))
        finished = (Finished("job-1", "ref-0001", 1, "c0ffee"),)
        said = Statement(unused={"B-2026-07": 3}, spoiled=2, finished=finished, gone={"citizen": 4})
        back = back_slip(kit, given_.allotment_id, said)
        assert office.station.take_back(back, InBags(3, 2, 1), [], OFFICER) == []
        assert blanks(office) == {"store": 23, "reject": 2, "shelf": 1, "citizen": 4}
        assert asyncio.run(office.station.verify()).passed


def test_papers_that_the_registry_never_heard_of_keep_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    with House(tmp_path / "old") as old:
        old.station.issue_document("daily", "", OFFICER)
        with old.store.read() as view:
            shipped = view.head().seq
        for _ in range(2):
            old.station.issue_document("daily", "", OFFICER)
        on_disk = old.station._cabinet.papers()
        told = PaperId(Kind.REQUEST, 2026, 4)
        anew = begun_anew(old, tmp_path / "new", {}, [*on_disk, told], shipped)
    with anew as office:
        assert office.station.issue_document("daily", "", OFFICER).number == 4
        with office.store.read() as view:
            assert view.next_number(Kind.REQUEST, 2026) == 5


COUNTS = st.integers(0, 40)


@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_all_that_came_from_the_office_is_somewhere_again(
    came: int, gone: int, base: int, store: int, shelf: int
) -> None:
    accounts = {
        Account(Place.OFFICE, "al-1"): -came,
        Account(Place.CITIZEN): base + min(gone, came),
        Account(Place.STORE, batch="B"): max(0, came - gone),
    }
    counted = {STORE: store, SHELF: shelf, Account(Place.STORE, stock="wna", batch="B"): 3}
    moves, beyond = of_trip(accounts, counted, "al-1", {"citizen": base}, "wni")
    balances: dict[Account, int] = {}
    for move in moves:
        balances[move.source] = balances.get(move.source, 0) - move.count
        balances[move.target] = balances.get(move.target, 0) + move.count
    for account, count in beyond.items():
        balances[account] = balances.get(account, 0) + count
        supply = Account(Place.SUPPLY, stock=account.stock)
        balances[supply] = balances.get(supply, 0) - count
    assert {account: balances[account] for account in counted if counted[account]} == {
        account: count for account, count in counted.items() if count
    }
    said = tally(balances, "al-1", {})
    assert said.allotted == max(came, min(gone, came) + store + shelf)
    assert said.accounted + said.in_question == said.allotted
    assert said.in_question == max(0, came - min(gone, came) - store - shelf)


@pytest.mark.parametrize("known", [(), (7,), (3, 5), (1, 2, 9)])
def test_the_highest_number_that_anybody_knows_of_counts(known: tuple[int, ...]) -> None:
    last = (LastNumber("daily", 2026, 5), LastNumber("receipt", 2025, 2))
    found = of_papers(last, [PaperId(Kind.DAILY, 2026, number) for number in known])
    assert found == (LastNumber("daily", 2026, max(5, *known, 5)), LastNumber("receipt", 2025, 2))
