"""A card laid on the desk reader answers for its own chip, and for no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.catalog import Catalog, EncoderDriver
from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed
from simulators.devices.chip_iso7816 import CHIPS, Iso7816Chip
from stationd.model import events, issuance
from stationd.model.issuance import Attempt, CardRegion, ChipRegion, Step, Tapped
from stationd.press.desk_reader import DeskReader
from stationd.press.making import End
from stationd.press.tap import ChipContent, Tap, TapFailed
from stationd.settings import ReaderSettings
from stationd.store.rows import JobRow
from tests.press.fakes import FakeEncoder, FakePrinter
from tests.press.test_making import OBJECTS, PROFILE, Works, is_live


class Desk:
    """A desk with a reader of its own, and whatever card lies on it."""

    def __init__(self, works: Works) -> None:
        self.works = works
        self.surface = FakePrinter()
        self.surface.engaged = True
        self.encoder = FakeEncoder(self.surface)
        catalog = Catalog({}, {"fake": EncoderDriver("fake", lambda *_: self.encoder, list, "")}, {})
        self.readable = True
        self.reader = DeskReader(ReaderSettings("fake", "desk"), catalog)
        self.tap = Tap(works.store, self.reader, self._content)

    def _content(self, _: JobRow) -> ChipContent | None:
        return ChipContent(PROFILE, OBJECTS) if self.readable else None

    def lay(self, chip: Iso7816Chip) -> None:
        self.surface.chip = chip

    def found(self) -> tuple[JobRow, Attempt]:
        with self.works.store.read() as view:
            job = view.job("j1")
            assert job is not None
            return job, view.attempt(job.attempt_id or "")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    works = Works(tmp_path)
    yield Desk(works)
    works.store.close()


def cut_off(desk: Desk, *, live: bool) -> Iso7816Chip:
    """Let a card come out of which the station knows no more than that it was to be made live."""
    works = desk.works
    if live:
        works.printer.trouble["deliver"] = [DeadlinePassed("fake", "deliver", 1.0)]
        assert works.make().run() is End.INTERRUPTED
    else:
        count = works.encoder.sent
        making = works.make()
        begin = making._begin

        def ended(step: Step) -> None:
            if step is Step.ACTIVATE:
                making._intend(step, {})
                making._end = End.INTERRUPTED
                return
            begin(step)

        making._begin = ended  # type: ignore[method-assign]
        assert making.run() is End.INTERRUPTED
        assert works.encoder.sent >= count
    chip = works.printer._out()
    _, attempt = desk.found()
    asked = events.AttemptUnknown(
        attempt_id="a1", job_id="j1", line="line-1", step="activate", cause="interrupted", question_id="q1"
    )
    works.store.record("press", asked)
    assert attempt.may_be_live
    return chip


def answered(desk: Desk, answer: str, tapped: str) -> None:
    answer_given = events.QuestionAnswered(question_id="q1", attempt_id="a1", answer=answer, tapped=tapped)
    desk.works.store.record("op-1", answer_given)


def test_a_tap_proves_a_live_card_that_the_book_lost_sight_of(desk: Desk) -> None:
    desk.lay(cut_off(desk, live=True))
    assert desk.tap.look(*desk.found()) is Tapped.LIVE
    answered(desk, "out", Tapped.LIVE)
    _, attempt = desk.found()
    assert (attempt.card, attempt.chip) == (CardRegion.DELIVERED, ChipRegion.ACTIVE)


def test_a_complete_card_that_is_not_live_yet_is_made_so_on_the_desk(desk: Desk) -> None:
    chip = cut_off(desk, live=False)
    desk.lay(chip)
    assert desk.tap.look(*desk.found()) is Tapped.LOCKED
    answered(desk, "out", Tapped.LOCKED)
    job, attempt = desk.found()
    assert (attempt.card, attempt.chip) == (CardRegion.DELIVERED, ChipRegion.VERIFIED)
    assert not is_live(chip)
    attempt = desk.tap.activate(job, attempt, "op-1")
    assert attempt.chip is ChipRegion.ACTIVE
    assert is_live(chip)


def test_an_activation_whose_answer_was_lost_is_settled_by_the_next_tap(desk: Desk) -> None:
    chip = cut_off(desk, live=False)
    desk.lay(chip)
    answered(desk, "out", Tapped.LOCKED)
    job, attempt = desk.found()
    desk.tap.look(job, attempt)
    asks = desk.encoder.sent
    desk.tap.look(job, attempt)
    looking = desk.encoder.sent - asks
    for command in range(desk.encoder.sent + looking + 1, desk.encoder.sent + looking + 12):
        desk.encoder.trouble[command] = DeadlinePassed("fake", "transmit", 1.0)
    with pytest.raises(TapFailed):
        desk.tap.activate(job, attempt, "op-1")
    desk.encoder.trouble.clear()
    job, attempt = desk.found()
    assert attempt.open == {Step.ACTIVATE}, "it was declared, and nobody knows"
    assert desk.tap.activate(job, attempt, "op-1").chip is ChipRegion.ACTIVE
    assert is_live(chip)


def delivered_locked(desk: Desk) -> tuple[Iso7816Chip, JobRow, Attempt]:
    chip = cut_off(desk, live=False)
    desk.lay(chip)
    answered(desk, "out", Tapped.LOCKED)
    return chip, *desk.found()


def test_a_card_that_another_officer_has_found_bad_is_not_made_live(desk: Desk) -> None:
    chip, job, attempt = delivered_locked(desk)
    desk.works.store.record("op-2", events.AttemptSpoiled(attempt_id="a1", job_id="j1", cause="scratched"))
    with pytest.raises(TapFailed, match="card-was-settled"):
        desk.tap.activate(job, attempt, "op-1")
    assert not is_live(chip)


def test_a_card_of_a_job_that_was_revoked_meanwhile_is_not_made_live(desk: Desk) -> None:
    chip, job, attempt = delivered_locked(desk)
    desk.works.store.record("registry", events.JobRevoked(job_id="j1"))
    with pytest.raises(TapFailed, match="job-was-revoked"):
        desk.tap.activate(job, attempt, "op-1")
    assert not is_live(chip)


def test_the_second_of_two_officers_is_told_that_the_card_is_settled(desk: Desk) -> None:
    _, job, attempt = delivered_locked(desk)
    desk.tap.activate(job, attempt, "op-1")
    with pytest.raises(TapFailed, match="card-was-settled"):
        desk.tap.activate(job, attempt, "op-2")


def test_nobody_finds_a_card_bad_while_it_is_being_made_live(desk: Desk) -> None:
    with desk.reader.held(Deadline.after(1)), pytest.raises(TapFailed, match="desk-reader-in-use"), desk.tap.alone():
        pass


def test_another_card_settles_nothing(desk: Desk) -> None:
    cut_off(desk, live=True)
    desk.lay(CHIPS.blank("04AABBCCDDEEFF", "wni"))
    with pytest.raises(TapFailed, match="another-card"):
        desk.tap.look(*desk.found())


def test_an_empty_reader_is_said(desk: Desk) -> None:
    cut_off(desk, live=True)
    with pytest.raises(TapFailed, match="no-card-on-desk"):
        desk.tap.look(*desk.found())


def test_a_reader_in_use_is_not_shared(desk: Desk) -> None:
    desk.lay(cut_off(desk, live=True))
    with desk.reader.held(Deadline.after(1)), pytest.raises(TapFailed, match="desk-reader-in-use"):
        desk.tap.look(*desk.found())


def test_a_job_that_cannot_be_opened_is_said(desk: Desk) -> None:
    desk.lay(cut_off(desk, live=True))
    desk.readable = False
    with pytest.raises(TapFailed, match="payload-unreadable"):
        desk.tap.look(*desk.found())


def test_a_station_without_a_desk_reader_says_so(desk: Desk) -> None:
    cut_off(desk, live=True)
    with pytest.raises(TapFailed, match="no-desk-reader"):
        Tap(desk.works.store, DeskReader(None, Catalog({}, {}, {})), desk._content).look(*desk.found())


def test_a_card_that_is_not_whole_cannot_have_come_out_well(desk: Desk) -> None:
    cut_off(desk, live=False)
    with pytest.raises(issuance.OutOfOrder):
        answered(desk, "out", Tapped.UNFINISHED)
    with pytest.raises(issuance.OutOfOrder):
        answered(desk, "out", "")
