"""What is concluded of an interrupted attempt can be written down, whatever state it was in and whatever is found."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model import events, issuance, recovery
from stationd.model.issuance import Attempt, AttemptEvent, Step
from stationd.model.recovery import MOST_RESUMES, Verdict, conclude
from stationd.press.recovery import settle
from tests.model.test_issuance import histories, intend, reserved, run
from tests.model.test_recovery import evidences

TAG = "t1"


@pytest.mark.parametrize("chip", recovery.ChipSeen)
def test_a_card_that_was_being_rejected_is_taken_up_whatever_its_chip_says(chip: recovery.ChipSeen) -> None:
    failed = events.StepFailed(attempt_id="a1", step=Step.WRITE, cause="chip-error")
    writing = intend(run(reserved(), Step.FEED, Step.IDENTIFY), Step.WRITE)
    attempt = intend(issuance.apply(writing, failed), Step.REJECT)
    evidence = recovery.Evidence(inside=True, chip=chip)
    conclusion = conclude(attempt, evidence)
    for event in settle(attempt, conclusion, "another", evidence):
        attempt = issuance.apply(attempt, event)
    assert conclusion.verdict is Verdict.ASK or issuance.rejectable(attempt)


@given(histories(), evidences, st.integers(0, MOST_RESUMES))
def test_every_conclusion_can_follow(
    history: tuple[str, list[tuple[Attempt, AttemptEvent, Attempt]]], evidence: recovery.Evidence, resumes: int
) -> None:
    for before, _, _ in history[1]:
        if before.outcome is not None or before.card in {issuance.CardRegion.RESERVED, *issuance.GONE}:
            continue
        if evidence.chip is recovery.ChipSeen.OURS and not before.touched:
            continue  # a tag that was never meant for a chip is not found on one
        attempt = msgspec.structs.replace(before, resumes=resumes, tag=TAG if before.touched else "")
        conclusion = conclude(attempt, evidence)
        for event in settle(attempt, conclusion, "another", evidence):
            attempt = issuance.apply(attempt, event)
        if conclusion.verdict in {Verdict.GO_ON, Verdict.REJECT}:
            assert not attempt.open
            assert issuance.ready(attempt) or issuance.rejectable(attempt)
        if conclusion.verdict is Verdict.RETURN:
            assert issuance.returnable(attempt)
            assert attempt.unfit
