"""A profile that is replaced while a card is under way: the card is finished by the one that it was begun with."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs
from typing_extensions import override

from stationd.chip.profile import Profile, canonical, digest, from_canonical
from stationd.model import events, issuance, stock_events
from stationd.model.issuance import Attempt, Tapped
from stationd.press import line as line_module
from stationd.press.begun_with import PROFILE_MISSING, NotInstalled, begun_with, bound
from stationd.press.line import Line
from stationd.press.notice import LineState
from stationd.press.prepare import Prepared
from stationd.press.tap import ChipContent, TapFailed
from stationd.store.rows import JobRow, JobState
from tests.chip.cards import KINDS, shipped
from tests.press.test_line import Office, _silence
from tests.press.test_making import OBJECTS, PROFILE, Works, is_live
from tests.press.test_tap import Desk, answered, cut_off


def _elsewhere(profile: Profile) -> Profile:
    """A newer version, which has every file somewhere else."""
    moved = {name: structs.replace(stored, file="02" + stored.file[2:]) for name, stored in profile.objects.items()}
    identity = structs.replace(profile.identity, file="0201")
    return structs.replace(profile, version=profile.version + 1, identity=identity, objects=moved)


NEWER = _elsewhere(PROFILE)


class Replacing(Office):
    """An office that is given another profile between two daemons."""

    profile = PROFILE

    @override
    def prepare(self, job: JobRow, *more: object) -> Prepared:
        return replace(super().prepare(job, *more), profile=self.profile)

    def questions(self) -> list[str]:
        with self.store.read() as view:
            return [question.cause for question in view.open_questions()]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(line_module, "IDLE", 0.01)
    monkeypatch.setattr(line_module, "POLL", 0.005)
    hook, threading.excepthook = threading.excepthook, _silence
    yield
    threading.excepthook = hook


def ended_at(office: Replacing, moment: int) -> Line:
    """End the daemon at a moment of the first card, and go on with the newer profile."""
    office.printer.now.moments, office.printer.now.last = 0, moment
    office.run()
    office.printer.now.last, office.profile = None, NEWER
    return office.run()


@pytest.mark.parametrize("moment", [9, 20, 30, 60, 100])
def test_a_card_that_was_cut_off_is_finished_by_its_own_profile(tmp_path: Path, moment: int) -> None:
    office = Replacing(tmp_path, jobs=2)
    ended_at(office, moment)
    assert office.states() == {JobState.DELIVERED: 2}
    made = [set(chip.state()["memory"]["files"]) for chip in office.printer.output if is_live(chip)]
    assert [{name // 256 for name in map(int, files)} for files in made] == [{1}, {2}], "each by one profile alone"
    with office.store.read() as view:
        assert view.kept_profile(digest(PROFILE)) == canonical(PROFILE)
        assert view.kept_profile(digest(NEWER)) == canonical(NEWER)
    office.check()
    office.store.close()


def test_a_profile_that_is_to_be_had_nowhere_is_replaced_by_none(tmp_path: Path) -> None:
    office = Replacing(tmp_path)
    office.printer.now.moments, office.printer.now.last = 0, 60
    office.run()
    office.printer.now.last, office.profile = None, NEWER
    office.store._db.execute("DELETE FROM kept_profiles")
    sent = office.encoder.sent
    office.run()
    assert office.questions() == ["profile-replaced"]
    assert office.encoder.sent == sent, "nothing is asked of its chip"
    office.store.close()


def test_what_was_kept_is_written_once(tmp_path: Path) -> None:
    office = Replacing(tmp_path, jobs=3)
    office.run()
    with office.store.read() as view:
        kept = [text for text in view.texts(0, 1000) if '"profile-kept"' in text]
        reserved = [text for text in view.texts(0, 1000) if '"attempt-reserved"' in text]
    assert len(kept) == 1
    assert all(f'"profile_digest":"{digest(PROFILE)}"' in text and '"profile_version":2' in text for text in reserved)
    office.check()
    office.store.close()


def attempt(profile_digest: str) -> Attempt:
    return Attempt("a1", "j1", "line-1", "inline-beside", "wni", "B1", "s1", profile_digest=profile_digest)


def test_which_profile_an_attempt_is_finished_by(tmp_path: Path) -> None:
    works = Works(tmp_path)
    kept = stock_events.ProfileKept(
        profile=PROFILE.id, version=PROFILE.version, digest=digest(PROFILE), content=canonical(PROFILE)
    )
    forged = structs.replace(kept, digest="00" * 32)
    works.store.record("press", kept, forged, structs.replace(kept, digest="11" * 32, content="{}"))
    with works.store.read() as view:
        assert begun_with(view, attempt(digest(NEWER)), NEWER) is NEWER
        assert begun_with(view, attempt(digest(PROFILE)), NEWER) == PROFILE
        assert begun_with(view, attempt(digest(PROFILE)), None) == PROFILE
        assert begun_with(view, attempt(""), NEWER) is NEWER, "a book from before profiles were written in it"
        for unknown in ("00" * 32, "11" * 32, "22" * 32):
            assert begun_with(view, attempt(unknown), NEWER) is None
    works.store.close()


@pytest.mark.parametrize("name", KINDS)
def test_what_a_book_keeps_is_the_profile(name: str) -> None:
    profile = shipped(name)
    assert from_canonical(canonical(profile)) == profile


def test_a_reservation_says_by_which_profile() -> None:
    fields = dict.fromkeys(("attempt_id", "job_id", "line", "stock", "batch", "printer", "session"), "x")
    reservation = events.AttemptReserved(**fields, route="inline-beside")
    assert issuance.start(reservation).profile_digest == ""
    said = bound(reservation, PROFILE)
    assert (said.profile, said.profile_version) == ("lab-iso7816", PROFILE.version)
    assert issuance.start(said).profile_digest == digest(PROFILE)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    works = Works(tmp_path)
    yield Desk(works)
    works.store.close()


def test_a_tap_reads_and_activates_by_the_profile_that_the_card_was_begun_with(desk: Desk) -> None:
    chip = cut_off(desk, live=False)
    desk.tap._content = lambda _job: ChipContent(NEWER, OBJECTS)
    desk.lay(chip)
    assert desk.tap.look(*desk.found()) is Tapped.LOCKED
    answered(desk, "out", Tapped.LOCKED)
    desk.tap.activate(*desk.found(), "op-1")
    assert is_live(chip)


def test_a_tap_without_that_profile_touches_nothing(desk: Desk) -> None:
    desk.lay(cut_off(desk, live=False))
    desk.tap._content = lambda _job: ChipContent(NEWER, OBJECTS)
    desk.works.store._db.execute("DELETE FROM kept_profiles")
    with pytest.raises(TapFailed, match="profile-replaced"):
        desk.tap.look(*desk.found())
    assert desk.encoder.sent == 0


class Emptied(Office):
    """An office whose chip profiles are all gone between two daemons, from folder and book."""

    installed = True

    @override
    def prepare(self, job: JobRow, *more: object) -> Prepared:
        if not self.installed:
            raise NotInstalled(PROFILE_MISSING, job.profile)
        return super().prepare(job, *more)


@pytest.mark.parametrize("moment", [9, 30, 100])
def test_a_card_whose_profile_is_missing_waits_where_it_is_and_is_finished_when_it_is_there(
    tmp_path: Path, moment: int
) -> None:
    office = Emptied(tmp_path, jobs=2)
    office.printer.now.moments, office.printer.now.last = 0, moment
    office.run()
    office.printer.now.last, office.installed = None, False
    with office.store.read() as view:
        (before,) = view.attempts_inside()
    sent, line = office.encoder.sent, office.line()
    line.start()
    try:
        patience = time.monotonic() + 60
        while line.status.cause != PROFILE_MISSING and time.monotonic() < patience:
            time.sleep(0.005)
        assert line.status.state is LineState.WAITING
        assert (line.status.cause, line.status.detail) == (PROFILE_MISSING, "lab-iso7816")
        with office.store.read() as view:
            assert view.attempts_inside() == [before], "its blank is where the book had it"
            assert not view.open_questions()
            assert view.jobs(JobState.HELD) == []
        assert office.encoder.sent == sent, "nothing is asked of its chip"
    finally:
        line.stop()
        line.join(60)
    office.installed = True
    office.run()
    assert office.states() == {JobState.DELIVERED: 2}
    office.check()
    office.store.close()


def test_a_tap_whose_profile_is_missing_says_which(desk: Desk) -> None:
    desk.lay(cut_off(desk, live=False))

    def gone(job: JobRow) -> ChipContent:
        raise NotInstalled(PROFILE_MISSING, job.profile)

    desk.tap._content = gone
    with pytest.raises(TapFailed, match="profile-missing: lab-iso7816"):
        desk.tap.look(*desk.found())
    assert desk.encoder.sent == 0
