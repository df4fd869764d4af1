"""A job told from the book: what people read, with the daemon and without, and whatever may have happened to it."""

from __future__ import annotations

import ast
import inspect
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant

from stationd.cli.storytelling import lines, sentence
from stationd.model import events, issuance, moves, stock_events, story
from stationd.model.entry import AnyEvent, Envelope
from stationd.model.story import Told
from stationd.words import LANGUAGES, Words
from tests.api.house import LINE, OFFICER, STATION, House
from tests.cli.conftest import Ctl
from tests.cli.test_offline import write_settings
from tests.model.test_station_state_machine import Station


@pytest.fixture(autouse=True)
def makassar(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The office is in Sulawesi."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Makassar")
        time.tzset()
        yield
    time.tzset()


def begin(house: House, job_id: str, steps: int) -> issuance.Attempt:
    """A job comes, is ordered, and its card has come so far."""
    house.arrive(job_id)
    house.station.order(job_id, OFFICER)
    return house.go_on(house.begin(job_id), steps)


def intend(house: House, attempt: issuance.Attempt, step: issuance.Step) -> issuance.Attempt:
    moved = moves.intended(attempt, step)
    return house.happen(attempt, events.StepIntended(attempt_id=attempt.attempt_id, step=step, moves=moved))


def whats(house: House, job_id: str) -> list[str]:
    return [told.what for told in house.station.story(job_id).told]


def test_a_card_that_went_well_is_told_from_the_registry_to_the_shelf(house: House, ctl: Ctl) -> None:
    house.stock()
    house.deliver("j0")
    house.deliver("j1")
    house.station.accept("j1", OFFICER)
    said = ctl("story", "j1")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Job j1: on the shelf\n\nSunday, 2 August 2026 (WITA)\n  00:00:0")
    assert "The job arrived from the registry (first), issue 1." in said.out
    assert f"{OFFICER} ordered it to be printed." in said.out
    assert "one blank of delivery B-2026-07, line matica-1, printer XID8300:A1." in re.sub(r"\s+", " ", said.out)
    assert "Done: take a blank, identify the chip, " in re.sub(r"\s+", " ", said.out)
    assert "j0" not in said.out
    assert said.out.endswith("Attempt 1, delivery B-2026-07: became a card, on the shelf.\n")
    told = ctl("--lang", "id", "story", "j1").out
    assert "Minggu, 2 Agustus 2026 (WITA)" in told
    assert re.search(r"^  00\.00\.0\d  Permohonan tiba dari pusat \(pertama\), penerbitan ke-1\.$", told, re.MULTILINE)


def test_a_daemon_that_was_restarted_in_mid_card_is_told_with_what_was_found(house: House, ctl: Ctl) -> None:
    house.stock()
    attempt = intend(house, begin(house, "j1", 2), issuance.Step.WRITE)
    house.store.record("stationd", events.StationStarted(version="1"))
    at = attempt.attempt_id
    with house.store.write("press") as transaction:
        for event in (
            events.StepDeclined(attempt_id=at, step="write", cause="interrupted"),
            events.AttemptResumed(attempt_id=at, session="s2"),
        ):
            transaction.record(event)
            attempt = issuance.apply(attempt, event)
    house.go_on(attempt)
    assert whats(house, "j1") == [
        "arrived", "ordered", "reserved", "done", "restarted", "looked", "found-undone", "resumed", "done", "delivered",
    ]  # fmt: skip
    flat = re.sub(r"\s+", " ", ctl("story", "j1").out)
    assert "the computer stayed on. Under way just then: write the chip." in flat
    assert "so it is done again: write the chip." in flat


def test_a_computer_that_went_down_is_told_from_its_boot(house: House) -> None:
    house.stock()
    intend(house, begin(house, "j1", 2), issuance.Step.WRITE)
    stamp = house.store.clock
    house.store.clock = lambda: type(stamp())(stamp().time, "unknown", "another boot", 1.0)
    house.store.record("stationd", events.StationStarted(version="1"))
    assert whats(house, "j1")[-1] == "rebooted"
    assert house.station.story("j1").told[-1].trust == "unknown"
    spoken = Words("id")
    *_, last = [line for line in lines(spoken, house.station.story("j1")) if "TERPUTUS" in line]
    assert re.sub(r"\s+", " ", last).endswith("Saat itu sedang: tulis chip. (waktu tidak pasti)")


def test_a_question_its_answer_and_another_blank(house: House, ctl: Ctl) -> None:
    house.stock()
    house.lose("j1")
    (question,) = house.station.status().questions
    house.station.answer(question.question_id, "missing", OFFICER)
    flat = re.sub(r"\s+", " ", ctl("story", "j1").out)
    assert "CUT OFF: the connection to the devices failed" in flat
    assert f"{OFFICER} answered: card not found." in flat
    assert "Attempt 1, delivery B-2026-07: declared missing." in flat
    assert "stationctl release j1" in flat


def test_a_line_that_stopped_for_another_reason_before_is_not_told(house: House) -> None:
    house.stock()
    house.store.record("press", events.LineStopped(line=LINE, cause="cover-open"))
    attempt = begin(house, "j1", 1)
    house.store.record("press", events.LineStopped(line="other-line", cause="cover-open"))
    house.store.record("press", events.LineStopped(line=LINE, cause="media-jam"))
    house.go_on(attempt)
    house.store.record("press", events.LineStopped(line=LINE, cause="film-empty"))
    (stop,) = [told for told in house.station.story("j1").told if told.what == "stopped"]
    assert stop.fields["cause"] == "media-jam"


def test_what_people_found_and_did_afterwards_is_told(house: House) -> None:
    house.stock()
    house.deliver("j1")
    house.station.spoil("j1", "scratched", OFFICER)
    house.deliver("j2")
    house.station.accept("j2", OFFICER)
    house.station.withdraw("j2", "wrong-data", OFFICER)
    house.arrive("j3")
    house.station.return_job("j3", OFFICER, "other-office")
    spoken = Words("en")
    told = {job: [sentence(spoken, job, one) for one in house.station.story(job).told] for job in ("j1", "j2", "j3")}
    assert told["j1"][-1] == f"{OFFICER} looked at the card and found it bad. Scratched."
    assert told["j2"][-2] == f"{OFFICER} took the card from the shelf: content of the card is wrong."
    assert told["j2"][-1] == "The owner's data was erased from the station."
    assert told["j3"][-1].startswith(f"{OFFICER} gave it back to the registry, not printed: ")


def test_a_job_that_nobody_knows_is_refused(house: House, ctl: Ctl, tmp_path: Path) -> None:
    house.stock()
    said = ctl("story", 'no"such%job')
    assert said.code == 1
    assert "There is no job" in said.err or "is not at this station" in said.err
    offline = ctl("story", "nope", "--settings", str(write_settings(tmp_path)))
    assert (offline.code, "no-such-job" in offline.err) == (1, True)


def test_something_sent_and_never_taken_has_a_story_too(house: House, ctl: Ctl) -> None:
    house.store.record("registry", events.JobRefused(job_id="bad", sealed_digest="d", cause="wrong-station"))
    assert ctl("story", "bad").out.startswith("Job bad: never taken here\n")


def test_without_the_daemon_the_book_tells_the_same(tmp_path: Path, ctl: Ctl) -> None:
    with House(tmp_path) as house:
        house.stock()
        house.deliver("j1")
        told = json.loads(ctl("story", "j1", "--json").out)
    assert told["state"] == "delivered"
    assert json.loads(ctl("story", "j1", "--settings", str(write_settings(tmp_path)), "--json").out) == told
    assert "The card came out of the printer." in ctl("story", "j1", "--settings", str(tmp_path / "station.toml")).out


def test_everything_that_a_story_says_has_its_words() -> None:
    source = ast.parse(inspect.getsource(story))
    said = {
        constant.value
        for call in ast.walk(source)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "_say"
        for constant in ast.walk(call.args[1])
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    }
    said |= {"answered", "answered-tapped", "found-done", "found-undone", "found-torn", "restarted", "rebooted"}
    said |= {key for key, _ in story._OF_THE_JOB.values()}
    assert len(said) > 30
    for language in LANGUAGES:
        assert said - {"deliver"} <= {*Words(language).codes("story.told")}
        assert {*Words(language).codes("story.told")} <= said


def test_an_entry_of_a_newer_station_is_named_by_its_key() -> None:
    assert sentence(Words("en"), "j", Told(1, 0.0, "trusted", "x", "polished")) == "polished"


class Telling(Station):
    """Whatever happens to the cards of the model of a station, every job of it can be told at every moment."""

    def __init__(self) -> None:
        super().__init__()
        self.book: list[tuple[Envelope, AnyEvent]] = []
        self.reserved: set[str] = set()
        self.told = -1

    def _enter(self, event: AnyEvent) -> None:
        seq = len(self.book) + 1
        envelope = Envelope(
            seq=seq, prev="", station=STATION, incarnation="i", time=seq * 3e4, trust="trusted", boot="b",
            mono=float(seq), actor="press",
        )  # fmt: skip
        self.book.append((envelope, event))

    def _book(self, *happened: issuance.AttemptEvent) -> None:
        self._note_reservation()
        super()._book(*happened)
        for event in happened:
            self._enter(event)

    def _note_reservation(self) -> None:
        if self.attempt is None or self.attempt.attempt_id in self.reserved:
            return
        self.reserved.add(self.attempt.attempt_id)
        names = ("attempt_id", "job_id", "line", "route", "stock", "batch", "session")
        self._enter(
            events.AttemptReserved(**{name: getattr(self.attempt, name) for name in names}, printer="p"),
        )

    def _look(self, *, film_kept: bool, silent: bool, cannot_tell: bool) -> None:
        if not film_kept:
            self._enter(events.StationStarted(version="1"))
        if silent:
            self._enter(events.LineStopped(line="line-1", cause="disconnected"))
        super()._look(film_kept=film_kept, silent=silent, cannot_tell=cannot_tell)

    @invariant()
    def every_job_can_be_told(self) -> None:
        self._note_reservation()
        if len(self.book) == self.told:
            return
        self.told = len(self.book)
        for job in self.jobs:
            told = story.story(job, self.book)
            mine = [
                event for _, event in self.book if isinstance(event, events.AttemptReserved) and event.job_id == job
            ]
            assert len(told.attempts) == len(mine)
            assert sum(one.what == "reserved" for one in told.told) == len(mine)
            assert [one.seq for one in told.told] == sorted(one.seq for one in told.told)
            for spoken in map(Words, LANGUAGES):
                assert not [one for one in told.told if one.what not in spoken.codes("story.told")]
                assert list(lines(spoken, told))


Telling.TestCase.settings = settings(
    max_examples=20, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)
TestTelling = Telling.TestCase


def test_withdrawn_cards_are_of_the_attempt_that_made_them() -> None:
    assert stock_events.CardWithdrawn in story._OF_THE_JOB


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_place_where_a_blank_may_end_is_said(language: str) -> None:
    spoken = Words(language)
    assert {place.value for place in story.OUT} | {"hopper", "machine", "in-question"} == {*spoken.codes("story.blank")}
