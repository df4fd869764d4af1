"""What is concluded from the evidence after an interruption, for every state an attempt can be in."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model import events, issuance
from stationd.model.issuance import Attempt, Step
from stationd.model.recovery import MOST_RESUMES, ChipSeen, Evidence, Verdict, conclude
from tests.model.test_issuance import histories, intend, reserved, run

TO_VERIFIED = (Step.FEED, Step.IDENTIFY, Step.FILM, Step.WRITE, Step.SEAL)

evidences = st.builds(
    Evidence,
    inside=st.sampled_from([True, False, None]),
    chip=st.sampled_from([*ChipSeen, None]),
    locked=st.booleans(),
    active=st.booleans(),
)


@given(histories(), evidences)
def test_nothing_is_concluded_from_absence_but_that_it_is_not_here(
    history: tuple[str, list[tuple[Attempt, issuance.AttemptEvent, Attempt]]], evidence: Evidence
) -> None:
    for _, _, attempt in history[1]:
        if attempt.outcome is not None:
            continue
        conclusion = conclude(attempt, evidence)
        if not evidence.inside:
            assert conclusion.verdict not in {Verdict.GO_ON, Verdict.RETURN, Verdict.REJECT}
            assert (conclusion.done, conclusion.undone) == ((), ())
        if attempt.may_be_live and evidence.inside is False:
            assert conclusion.verdict is Verdict.ASK
        if conclusion.verdict is Verdict.GIVE_UP_BLANK:
            assert not attempt.touched
        if conclusion.verdict is Verdict.RETURN:
            assert not attempt.identity
            assert not attempt.may_be_live
        if conclusion.verdict is Verdict.REJECT:
            assert not (attempt.may_be_live and evidence.active)
        if conclusion.verdict is Verdict.GO_ON:
            assert evidence.chip in {ChipSeen.OURS, ChipSeen.BLANK}
            assert set(conclusion.done).isdisjoint(conclusion.undone)
            assert set(conclusion.done) | set(conclusion.undone) == attempt.open - {Step.TRANSFER}
            assert Step.TRANSFER not in attempt.open


@pytest.mark.parametrize(
    ("before", "under_way", "evidence", "expected"),
    [
        # The blank was on its way in.
        ((), Step.FEED, Evidence(inside=False), Verdict.GIVE_UP_BLANK),
        ((), Step.FEED, Evidence(inside=True, chip=ChipSeen.BLANK), Verdict.GO_ON),
        ((), Step.FEED, Evidence(inside=True, chip=ChipSeen.SILENT), Verdict.REJECT),
        ((), Step.FEED, Evidence(inside=None), Verdict.WAIT),
        # Its tag was being written: a chip that is blank is ours still, a torn tag is a bad blank.
        ((Step.FEED,), Step.IDENTIFY, Evidence(inside=True, chip=ChipSeen.OURS), Verdict.GO_ON),
        ((Step.FEED,), Step.IDENTIFY, Evidence(inside=True, chip=ChipSeen.BLANK), Verdict.GO_ON),
        ((Step.FEED,), Step.IDENTIFY, Evidence(inside=True, chip=ChipSeen.OTHER), Verdict.REJECT),
        ((Step.FEED,), Step.IDENTIFY, Evidence(inside=False), Verdict.GIVE_UP_CARD),
        # It cannot have been written at all: the blank is unharmed.
        ((), Step.FEED, Evidence(inside=True, chip=ChipSeen.FOREIGN), Verdict.RETURN),
        ((Step.FEED,), Step.IDENTIFY, Evidence(inside=True, chip=ChipSeen.FOREIGN), Verdict.RETURN),
        ((Step.FEED,), Step.IDENTIFY, Evidence(inside=True, chip=ChipSeen.WRONG_KEYS), Verdict.RETURN),
        ((Step.FEED, Step.IDENTIFY), Step.WRITE, Evidence(inside=True, chip=ChipSeen.FOREIGN), Verdict.ASK),
        ((Step.FEED, Step.IDENTIFY), Step.WRITE, Evidence(inside=True, chip=ChipSeen.WRONG_KEYS), Verdict.REJECT),
        # Its chip was known: another card in its place is not explained away.
        ((Step.FEED, Step.IDENTIFY), Step.WRITE, Evidence(inside=True, chip=ChipSeen.OURS), Verdict.GO_ON),
        ((Step.FEED, Step.IDENTIFY), Step.WRITE, Evidence(inside=True, chip=ChipSeen.OTHER), Verdict.ASK),
        ((Step.FEED, Step.IDENTIFY), Step.WRITE, Evidence(inside=True, chip=ChipSeen.BLANK), Verdict.ASK),
        ((Step.FEED, Step.IDENTIFY), Step.WRITE, Evidence(inside=True, chip=ChipSeen.SILENT), Verdict.REJECT),
        ((Step.FEED, Step.IDENTIFY), Step.WRITE, Evidence(inside=False), Verdict.GIVE_UP_CARD),
        # Nobody can say what a transfer that was cut off left on the card, and nobody needs to.
        (TO_VERIFIED, Step.TRANSFER, Evidence(inside=True, chip=ChipSeen.OURS, locked=True), Verdict.REJECT),
        (TO_VERIFIED, Step.TRANSFER, Evidence(inside=False), Verdict.GIVE_UP_CARD),
        # From here on there may be a live card.
        ((*TO_VERIFIED, Step.TRANSFER), Step.ACTIVATE, Evidence(inside=False), Verdict.ASK),
        (
            (*TO_VERIFIED, Step.TRANSFER),
            Step.ACTIVATE,
            Evidence(inside=True, chip=ChipSeen.OURS, locked=True),
            Verdict.GO_ON,
        ),
        ((*TO_VERIFIED, Step.TRANSFER), Step.ACTIVATE, Evidence(inside=True, chip=ChipSeen.SILENT), Verdict.ASK),
        (
            (*TO_VERIFIED, Step.TRANSFER, Step.ACTIVATE),
            Step.DELIVER,
            Evidence(inside=True, chip=ChipSeen.OURS, locked=True, active=True),
            Verdict.GO_ON,
        ),
        ((*TO_VERIFIED, Step.TRANSFER, Step.ACTIVATE), Step.DELIVER, Evidence(inside=False), Verdict.ASK),
    ],
)
def test_each_interruption(before: tuple[Step, ...], under_way: Step, evidence: Evidence, expected: Verdict) -> None:
    assert conclude(intend(run(reserved(), *before), under_way), evidence).verdict is expected


def test_what_the_chip_says_settles_its_steps() -> None:
    activating = intend(run(reserved(), *TO_VERIFIED, Step.TRANSFER), Step.ACTIVATE)
    live = Evidence(inside=True, chip=ChipSeen.OURS, locked=True, active=True)
    assert conclude(activating, live).done == (Step.ACTIVATE,)
    dead = Evidence(inside=True, chip=ChipSeen.OURS, locked=True)
    assert conclude(activating, dead).undone == (Step.ACTIVATE,)


def test_a_chip_that_is_live_before_its_print_is_not_explained_away() -> None:
    verified = run(reserved(), *TO_VERIFIED)
    live = Evidence(inside=True, chip=ChipSeen.OURS, locked=True, active=True)
    assert conclude(verified, live).verdict is Verdict.ASK


def test_a_film_from_before_the_interruption_is_never_transferred() -> None:
    attempt = run(reserved(), *TO_VERIFIED)
    resumed = issuance.apply(attempt, events.AttemptResumed(attempt_id="a1", session="another"))
    assert resumed.film is issuance.FilmRegion.UNKNOWN
    assert issuance.ready(resumed) == (Step.FILM,)


def test_a_printed_card_needs_no_film_any_more() -> None:
    attempt = run(reserved(), *TO_VERIFIED, Step.TRANSFER)
    resumed = issuance.apply(attempt, events.AttemptResumed(attempt_id="a1", session="another"))
    assert issuance.ready(resumed) == (Step.ACTIVATE,)


def test_an_attempt_that_is_interrupted_again_and_again_is_not_carried_on_for_ever() -> None:
    attempt = intend(run(reserved(), Step.FEED, Step.IDENTIFY), Step.WRITE)
    for _ in range(MOST_RESUMES):
        attempt = issuance.apply(attempt, events.AttemptResumed(attempt_id="a1", session="another"))
    assert conclude(attempt, Evidence(inside=True, chip=ChipSeen.OURS)).verdict is Verdict.REJECT


def worn_out(attempt: Attempt) -> Attempt:
    return msgspec.structs.replace(attempt, resumes=MOST_RESUMES)


def test_a_live_card_that_lies_inside_needs_nobody_however_often_it_was_interrupted() -> None:
    attempt = worn_out(intend(run(reserved(), *TO_VERIFIED, Step.TRANSFER), Step.ACTIVATE))
    live = Evidence(inside=True, chip=ChipSeen.OURS, locked=True, active=True)
    assert conclude(attempt, live).verdict is Verdict.GO_ON
    dead = conclude(attempt, Evidence(inside=True, chip=ChipSeen.OURS, locked=True))
    assert (dead.verdict, dead.undone) == (Verdict.REJECT, (Step.ACTIVATE,))


def test_a_live_card_is_never_rejected_by_itself() -> None:
    attempt = intend(run(reserved(), *TO_VERIFIED, Step.TRANSFER), Step.ACTIVATE)
    failed = issuance.apply(attempt, events.StepFailed(attempt_id="a1", step=Step.ACTIVATE, cause="refused"))
    live = Evidence(inside=True, chip=ChipSeen.OURS, locked=True, active=True)
    assert conclude(failed, live).verdict is Verdict.ASK


def test_a_card_that_may_be_live_is_never_given_up_by_itself() -> None:
    attempt = intend(run(reserved(), *TO_VERIFIED, Step.TRANSFER), Step.ACTIVATE)
    with pytest.raises(issuance.OutOfOrder):
        issuance.apply(attempt, events.AttemptGivenUp(attempt_id="a1", job_id="j1", cause="not-found"))


def test_a_person_who_has_the_finished_card_in_hand_puts_it_among_the_delivered_ones() -> None:
    before = run(reserved(), *TO_VERIFIED, Step.TRANSFER, Step.ACTIVATE)
    unknown = events.AttemptUnknown(
        attempt_id="a1", job_id="j1", line="line-1", step="deliver", cause="interrupted", question_id="q1"
    )
    answered = events.QuestionAnswered(question_id="q1", attempt_id="a1", answer=issuance.FOUND_OUTSIDE)
    attempt = issuance.apply(issuance.apply(intend(before, Step.DELIVER), unknown), answered)
    assert attempt.card is issuance.CardRegion.DELIVERED
    assert attempt.outcome is None

    unfinished = issuance.apply(intend(run(reserved(), *TO_VERIFIED, Step.TRANSFER), Step.ACTIVATE), unknown)
    with pytest.raises(issuance.OutOfOrder, match="its chip is verified"):
        issuance.apply(unfinished, answered)
