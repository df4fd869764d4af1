"""The queue with names, for who may see them; and how far the cards are that are being made."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest

import stationd
from stationd.model.job import Label
from stationd.model.nik import Nik
from stationd.model.policy import Policy
from stationd.press.notice import LineState, LineStatus
from stationd.store.rows import JobState
from tests.api.house import LINE, OFFICER, House, policy
from tests.api.test_who_may import ROUTES, ask

STATIOND = str(Path(stationd.__file__).parent)
NAME, NIK, KELURAHAN = "SITI NURHALIZA", "7316014107900001", "LALONGRASUMALO"


def named(house: House) -> None:
    """Open every label that is here, as somebody signed in has it."""
    label = Label(job_id="j", name=NAME, nik=Nik(NIK), kelurahan=KELURAHAN)
    house.station.names = lambda: {job.job_id: label for job in house.station.jobs() if job.payload}


def with_roles(*roles: str) -> Policy:
    (officer,) = policy().officers
    return policy(officers=(msgspec.structs.replace(officer, roles=frozenset(roles)),))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as house:
        house.stock()
        yield house


def test_the_queue_is_in_order_and_says_what_is_in_the_way(house: House) -> None:
    house.deliver("made")
    for job in ("j1", "j2", "j3"):
        house.arrive(job)
    house.hold("held", "nik-blocked")
    house.ruin("ruined")
    house.arrive("late", start_before=1)
    house.station.to_front("j3", "frail", OFFICER)
    house.station.order("j2", OFFICER)
    named(house)
    queue = house.client().queue()
    rows = {job.job_id: job for job in queue.jobs}
    assert [job.job_id for job in queue.jobs] == ["j3", "j1", "j2", "late", "made", "held", "ruined"]
    assert [job.place for job in queue.jobs] == [1, 2, 3, 4, 0, 0, 0]
    assert {job.job_id for job in queue.jobs if job.ready} == {"j3", "j1"}
    assert rows["j3"].front == "frail"
    assert (rows["held"].cause, rows["held"].remedy) == ("nik-blocked", "registry")
    assert (rows["ruined"].cause, rows["ruined"].remedy, rows["ruined"].detail) == (
        "spoiled",
        "supervisor",
        "not-blank",
    )
    assert rows["late"].cause == "lease-over"
    assert rows["made"].state == JobState.DELIVERED
    assert {(job.name, job.nik, job.kelurahan) for job in queue.jobs} == {(NAME, NIK, KELURAHAN)}
    assert (queue.named, queue.opening, queue.book) == (True, 0, house.station.status().book)
    assert all(abs(job.since - queue.jobs[0].since) < 60 for job in queue.jobs)


def test_while_labels_are_opened_it_says_how_many_are_missing(house: House) -> None:
    for job in ("j1", "j2", "j3"):
        house.arrive(job)
    house.station.names = lambda: {"j1": None}  # one that cannot be opened is not waited for
    queue = house.client().queue()
    assert (queue.opening, [job.name for job in queue.jobs]) == (2, ["", "", ""])


@pytest.mark.parametrize(
    ("roles", "sees"),
    [(["operator"], True), (["supervisor"], True), (["technician"], False), (["operator", "technician"], True)],
)
def test_who_sees_names(house: House, roles: list[str], sees: bool) -> None:
    house.arrive("j1")
    named(house)
    house.station.rules.go_by(with_roles(*roles))
    assert house.counter.somebody_sees_citizens() is sees
    answer = ask(house, "GET", "/v1/queue")
    assert answer.headers["Cache-Control"] == "no-store"
    assert (NAME in answer.text, NIK in answer.text, answer.json()["named"]) == (sees, sees, sees)
    (job,) = answer.json()["jobs"]
    assert job["job_id"] == "j1"


def test_no_route_gives_a_technician_whose_a_job_is(house: House) -> None:
    house.arrive("j1")
    named(house)
    house.station.draw = lambda _: f"picture of {NAME}".encode()
    house.station.rules.go_by(with_roles("technician"))
    asked = 0
    for method, path in ROUTES:
        if method == "GET" and path != "/v1/events":
            answer = ask(house, method, path)
            asked += 1
            assert not any(value in answer.text for value in (NAME, NIK, KELURAHAN)), path
    assert asked > 10


def test_nobody_sees_names_after_the_last_one_who_may_has_gone(house: House) -> None:
    token = house.signed_in()
    assert house.counter.somebody_sees_citizens()
    changes: list[int] = []
    house.sessions.on_change = lambda: changes.append(1)
    house.later += 301  # nobody does anything: the screens lock
    assert not house.counter.somebody_sees_citizens()
    house.sessions.end(token)
    house.sessions.end_all_of(OFFICER)
    house.signed_in()
    assert (len(changes), house.counter.somebody_sees_citizens()) == (3, True)


def fill(house: House, up_to: int) -> None:
    """Let so many jobs wait, each with its label open."""
    with house.store.write("registry") as transaction:
        for number in range(len(house.station.jobs()), up_to):
            transaction._db.execute(
                "INSERT INTO jobs (job_id, citizen_ref, issue_no, epoch, start_before, reason, layout, profile,"
                " sealed_digest, arrived, state) SELECT ?, 'r' || ?, 1, 1, 1 << 40, ?, 'l', 'p', 'd', ?, 'queued'",
                (f"m{number}", number, ("first", "lost", "changed")[number % 3], 100 + number),
            )
    label = Label(job_id="j", name=NAME, nik=Nik(NIK), kelurahan=KELURAHAN)
    labels: dict[str, Label | None] = {f"m{number}": label for number in range(up_to)}
    house.station.names = lambda: labels


def work_of_telling(house: House) -> tuple[int, int]:
    """Return how many statements telling the queue asked of the database, and how many lines of ours it ran."""
    statements, lines = 0, 0

    def asked(_statement: str) -> None:
        nonlocal statements
        statements += 1

    def ran(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        return ran if frame.f_code.co_filename.startswith(STATIOND) else None

    house.store._db.set_trace_callback(asked)
    before = sys.gettrace()
    sys.settrace(ran)
    try:
        house.station.queue(OFFICER)
    finally:
        sys.settrace(before)
        house.store._db.set_trace_callback(None)
    return statements, lines


def test_a_longer_queue_is_told_with_as_many_queries_and_work_in_proportion(house: House) -> None:
    first, again = [], []
    for jobs in (30, 300, 3000):
        fill(house, jobs)
        first.append(work_of_telling(house))  # puts down whose names were seen, each by itself
        again.append(work_of_telling(house))
    assert len({statements for statements, _ in again}) == 1
    for few, many, most in (*zip(*first, strict=True), tuple(lines for _, lines in again)):
        assert 0 < most - many < 11 * (many - few)  # for 2700 jobs more, and for 270


def test_ten_thousand_jobs_are_told(house: House) -> None:
    fill(house, 10_000)
    queue = house.station.queue(OFFICER)
    assert (len(queue.jobs), queue.jobs[-1].place) == (10_000, 10_000)
    assert sorted(job.place for job in queue.jobs) == list(range(1, 10_001))
    queue_told = house.client().queue()
    assert (len(queue_told.jobs), queue_told.jobs[0].name) == (10_000, NAME)


# --- the card that is being made ------------------------------------------------------------------------------------


def at_work(house: House, **status: Any) -> None:
    house.line.now = LineStatus(LINE, **({"state": LineState.WORKING} | status))


def test_a_card_that_is_made_shows_its_steps_and_by_earlier_cards_how_long_it_takes(house: House) -> None:
    at_work(house)
    for job in ("a", "b", "c"):
        house.arrive(job)
        house.station.order(job, OFFICER)
        house.make(job, pause=0.02)
        house.station.accept(job, OFFICER)
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    attempt = house.go_on(house.begin("j1"), steps=3)
    (card,) = house.client().cards()
    assert (card.job_id, card.line, card.state, card.place) == ("j1", LINE, "working", "machine")
    assert [(step.step, step.state) for step in card.steps][:4] == [
        ("feed", "done"),
        ("identify", "done"),
        ("film", "done"),
        ("write", "waits"),
    ]
    assert all(step.usual is not None and 0.01 < step.usual < 2 for step in card.steps)
    assert 0.2 < card.progress < 0.8
    assert card.left is not None
    assert card.left == pytest.approx(sum(step.usual or 0 for step in card.steps[3:]), abs=0.01)
    house.go_on(attempt)
    (card,) = house.client().cards()
    assert (card.delivered, card.by_tap, card.progress, card.left, card.place) == (True, False, 1.0, 0.0, "output")


def test_the_first_card_of_a_line_promises_nothing(house: House) -> None:
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    house.go_on(house.begin("j1"), steps=2)
    at_work(house, state=LineState.WAITING, cause="cover-open", detail="x")
    (card,) = house.client().cards()
    assert card.left is None
    assert card.progress == pytest.approx(2 / 8)
    assert (card.state, card.cause, card.detail) == ("waiting", "cover-open", "x")


def test_what_the_book_tells_of_earlier_cards_is_known_after_a_start(house: House) -> None:
    for job in ("a", "b"):
        house.deliver(job)
        house.station.accept(job, OFFICER)
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    house.begin("j1")
    assert not house.station.pacing.begun
    (card,) = house.client().cards()
    assert (card.place, card.left is not None) == ("hopper", True)
