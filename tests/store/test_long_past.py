"""What is asked again and again takes as many steps of the database on a long book as on a short one.

Counted are the steps of SQLite's machine, which no other work on this computer changes.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from stationd.model import events
from stationd.model.blank import Account, Movement, Place
from stationd.model.papers import Kind, PaperId
from stationd.model.reconcile import Tally
from stationd.store.rows import JobState
from stationd.store.store import Store
from stationd.store.view import View
from tests.bench.book import card
from tests.bench.past import open_store, station_with
from tests.bench.restart import QUESTIONS

SHORT, LONG = 40, 400
LATER = 2e9
"""Seconds since the epoch: what is asked of a day goes back to a moment, not to the beginning."""
SLACK = 1.2

LOOKS: dict[str, Callable[[View], object]] = {
    "job": lambda view: view.job("job-7"),
    "jobs": lambda view: view.jobs(JobState.QUEUED, JobState.RETURNING),
    "jobs_in_sight": lambda view: view.jobs_in_sight(20),
    "job_counts": View.job_counts,
    "next_ordered": View.next_ordered,
    "attempt": lambda view: view.attempt(view.jobs_in_sight(1)[0].attempt_id or ""),
    "attempt_of_chip": lambda view: view.attempt_of_chip("ff" * 16),
    "attempts": lambda view: view.attempts("job-7"),
    "attempts_inside": View.attempts_inside,
    "attempts_delivered": View.attempts_delivered,
    "under_way": View.under_way,
    "bound": View.bound,
    "question": lambda view: view.question("q"),
    "open_questions": View.open_questions,
    "erasable": View.erasable,
    "refusals": lambda view: view.refusals(20),
    "was_refused": lambda view: view.was_refused("0"),
    "discrepancies": lambda view: view.discrepancies(everything=False),
    "discrepancy": lambda view: view.discrepancy("d1"),
    "head": View.head,
    "beginning": View.beginning,
    "profiles_used": View.profiles_used,
    "kept_profile": lambda view: view.kept_profile("0"),
    "kept_profiles": View.kept_profiles,
    "texts": lambda view: view.texts(500, 100),
    "acknowledged": View.acknowledged,
    "countersignature": View.countersignature,
    "policies": View.policies,
    "blanks_ready": View.blanks_ready,
    "begun_since": lambda view: view.begun_since(LATER),
    "ordered_reasons": View.ordered_reasons,
    "deferred": View.deferred,
    "used_by_day": lambda view: view.used_by_day(LATER, 7),
    "requests": View.requests,
    "shelved_of": lambda view: view.shelved_of("c"),
    "trip": View.trip,
    "names_to_hand_in": View.names_to_hand_in,
    "trips": View.trips,
    "allotments": View.allotments,
    "allotment": lambda view: view.allotment("al-1"),
    "halves": View.halves,
    "halves_alone": View.halves_alone,
    "leased_since": lambda view: view.leased_since(10**9),
    "partner_lists": View.partner_lists,
    "partner_lists_waiting": View.partner_lists_waiting,
    "pin": lambda view: view.pin("off-1"),
    "failed_sign_ins": View.failed_sign_ins,
    "is_spent": lambda view: view.is_spent("0"),
    "answered": lambda view: view.answered("k"),
    "digest_at": lambda view: view.digest_at(5),
    "entry": lambda view: view.entry(5),
    "stretch": lambda view: list(view.stretch(1, 3)),
    "held_by_cause": View.held_by_cause,
    "jobs_of_citizen": lambda view: view.jobs_of_citizen("c"),
    "last_report": lambda view: view.last_report("c"),
    "readiness_recorded": lambda view: view.readiness_recorded("0"),
    "names_left": View.names_left,
    "next_number": lambda view: view.next_number(Kind.DAILY, 2026),
    "last_numbers": View.last_numbers,
    "document": lambda view: view.document(PaperId(Kind.DAILY, 2026, 1)),
    "documents_about": lambda view: view.documents_about(Kind.DAILY, "2026-08-01"),
    "documents_due": lambda view: view.documents_due(LATER),
    "doubts": View.doubts,
    "balances": View.balances,
    "exchanges": View.exchanges,
    "exchange_open": lambda view: view.exchange_open("line-1"),
    "trial_blank": lambda view: view.trial_blank("line-1"),
    "closed_day": View.closed_day,
    "supplies": View.supplies,
    "supplies_of": lambda view: view.supplies_of("line-1", "p"),
    "booked": lambda view: view.booked("XID8600:A8600001", next(iter(Tally))),
    "counters_base": lambda view: view.counters_base("p", next(iter(Tally))),
    "had_other_printer": lambda view: view.had_other_printer("line-1", "p"),
}
"""What is asked of a view, by its name there, as the works ask it."""

WHOLE = {
    "shelf": "what lies there is told one by one",
    "lost_cards": "as the shelf",
    "shelf_card": "one card",
    "shelf_card_of_chip": "one card",
    "past_card": "one card",
    "past_card_of_chip": "one card",
    "notices": "one card's",
    "notice_rows": "one card's",
    "all_notices": "of the cards that lie on the shelf, when an officer looks for one",
    "notices_waiting": "of the cards that lie on the shelf",
    "arrivals": "boxes that are open",
    "arrival": "one box",
    "arrival_lines": "of one box",
    "nameless": "of the cards that lie on the shelf",
    "records_kept": "of the cards that lie on the shelf",
    "records_erasable": "of the cards that lie on the shelf",
    "first_since": "searched by halves: a look more where the book is twice as long",
    "shelved": "of the cards that lie on the shelf",
    "documents": "when an officer looks through the papers",
    "job_entries": "when the report of a day that is over is made",
    "moving_entries": "from where the day began",
    "keepings": "when somebody asks whose data was here",
    "processings": "when somebody asks who opened what",
    "last_of": "when the station's readiness is looked at",
    "test_cards": "when the station's readiness is looked at",
    "answers_given": "when a trip is closed",
    "discrepancy_moves": "asked when one is settled, of that one",
    "known_before": "asked when an officer checks one card's chip",
}
"""What may grow, and why."""


@pytest.fixture(scope="module")
def stations(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("past")
    return station_with(folder / "short", SHORT), station_with(folder / "long", LONG)


@pytest.fixture
def books(stations: tuple[Path, Path]) -> Iterator[tuple[Store, Store]]:
    short, long = (open_store(folder) for folder in stations)
    yield short, long
    short.close()
    long.close()


def test_everything_that_can_be_asked_is_asked_here() -> None:
    questions = {name for name, _ in inspect.getmembers(View, inspect.isfunction) if not name.startswith("_")}
    assert questions == LOOKS.keys() | WHOLE.keys()


def steps(store: Store, act: Callable[[], object]) -> int:
    """Return how many steps of SQLite's machine an act takes."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    store._db.set_progress_handler(step, 1)
    try:
        act()
    finally:
        store._db.set_progress_handler(None, 1)
    return count


def look(store: Store, question: Callable[[View], object]) -> Callable[[], object]:
    def act() -> object:
        with store.read() as view:
            return question(view)

    return act


@pytest.mark.parametrize("what", LOOKS)
def test_a_look_takes_no_longer(books: tuple[Store, Store], what: str) -> None:
    short, long = (steps(store, look(store, LOOKS[what])) for store in books)
    assert 0 < long <= SLACK * short


@pytest.mark.parametrize("what", QUESTIONS)
def test_a_round_of_questions_takes_no_longer(books: tuple[Store, Store], what: str) -> None:
    question = QUESTIONS[what]
    short, long = (steps(store, partial(question, store)) for store in books)
    full = 200 / SHORT if what == "The jobs in sight" else 1.0  # the short book has not so many as are shown
    assert 0 < long <= SLACK * short * full


def test_the_counting_sees_a_look_that_does_grow(books: tuple[Store, Store]) -> None:
    short, long = (steps(store, look(store, View.shelf)) for store in books)
    assert long > 5 * short


def make_cards(store: Store, count: int = 3) -> None:
    hopper = Account(Place.HOPPER, "line-1", batch="B-1")
    load = Movement(Account(Place.SUPPLY), hopper, count)
    store.record("op-1", events.HopperLoaded(line="line-1", count=count, moves=(load,)))
    with store.read() as view:
        first = view.head().seq
    for number in range(first, first + count):
        for actor, event in card(f"new-{number}"):
            store.record(actor, event)
    store.check_tail()
    store.vouch()


def test_a_card_and_the_check_of_its_entries_take_no_longer(books: tuple[Store, Store]) -> None:
    short, long = (steps(store, partial(make_cards, store)) for store in books)
    assert long <= SLACK * short


# --- the plans --------------------------------------------------------------------------------------------------------

GROWING = "book|commits|countersignatures|jobs|attempts|machine_attempts|refusals|questions|shelf|discrepancies|vault"
FEW = "one_attempt_going_on_for_a_job|one_card_inside_a_line|jobs_with_payload|questions_open|discrepancies_unsettled"
"""Partial indexes, over what is not over yet."""


def plans(store: Store, *acts: Callable[[Store], object]) -> Iterator[tuple[str, list[str]]]:
    """Yield every statement that the acts make, with the database's plan for it."""
    said: list[str] = []
    store._db.set_trace_callback(said.append)
    for act in acts:
        act(store)
    store._db.set_trace_callback(None)
    for statement in dict.fromkeys(said):
        if re.match(r"SELECT|UPDATE|DELETE|INSERT", statement):
            yield statement, [row[3] for row in store._db.execute(f"EXPLAIN QUERY PLAN {statement}")]


def grows(statement: str, plan: list[str]) -> bool:
    """Say whether a plan goes through a growing table: all of it, or sorting, or along an index without a limit."""
    whole = [
        step for step in plan if re.match(rf"SCAN ({GROWING})\b", step) and not re.search(rf"INDEX ({FEW})\b", step)
    ]
    limited = "LIMIT" in statement and not any("TEMP B-TREE FOR ORDER BY" in step for step in plan)
    return bool(whole) and not limited


def test_no_statement_of_the_works_goes_through_a_whole_table(books: tuple[Store, Store]) -> None:
    acts: list[Callable[[Store], object]] = [*QUESTIONS.values(), make_cards]
    acts.append(lambda store: [look(store, question)() for question in LOOKS.values()])
    seen = list(plans(books[0], *acts))
    assert len(seen) > 50
    assert [statement for statement, plan in seen if grows(statement, plan)] == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT state, count(*) FROM jobs GROUP BY state",
        "SELECT state FROM attempts WHERE inside ORDER BY rowid",
        "SELECT * FROM questions WHERE answer IS NULL ORDER BY rowid",
        "SELECT * FROM jobs ORDER BY issue_no LIMIT 5",
    ],
)
def test_a_plan_that_goes_through_all_of_it_is_seen(books: tuple[Store, Store], statement: str) -> None:
    plan = [row[3] for row in books[0]._db.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert grows(statement, plan)
