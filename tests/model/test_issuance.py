"""The attempt's state machine: every order of steps that it allows keeps the rules that must never break."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model import events, issuance, moves
from stationd.model.blank import Account, Movement, Place, moved
from stationd.model.issuance import Attempt, CardRegion, ChipRegion, FilmRegion, OutOfOrder, Step

BATCH = "B1"


def reserved(route: str = "inline-beside") -> Attempt:
    return issuance.start(
        events.AttemptReserved(
            attempt_id="a1", job_id="j1", line="line-1", route=route, stock="wni", batch=BATCH, printer="p", session="s"
        )
    )


def intend(attempt: Attempt, step: Step) -> Attempt:
    return issuance.apply(attempt, events.StepIntended(attempt_id="a1", step=step))


def observe(attempt: Attempt, step: Step) -> Attempt:
    return issuance.apply(attempt, events.StepObserved(attempt_id="a1", step=step))


def run(attempt: Attempt, *steps: Step) -> Attempt:
    for step in steps:
        attempt = intend(attempt, step)
        if step is Step.IDENTIFY:
            attempt = issuance.apply(attempt, events.ChipIdentified(attempt_id="a1", identity="t1"))
        attempt = observe(attempt, step)
    return attempt


anything = st.one_of(
    st.builds(events.StepIntended, attempt_id=st.just("a1"), step=st.sampled_from(Step)),
    st.builds(events.StepObserved, attempt_id=st.just("a1"), step=st.sampled_from(Step)),
    st.builds(events.StepDeclined, attempt_id=st.just("a1"), step=st.sampled_from(Step), cause=st.just("x")),
    st.builds(events.StepFailed, attempt_id=st.just("a1"), step=st.sampled_from(Step), cause=st.just("x")),
    st.builds(events.ChipIdentified, attempt_id=st.just("a1"), identity=st.just("t1")),
    st.builds(events.ChipObjectWritten, attempt_id=st.just("a1"), name=st.just("photo")),
    st.builds(events.AttemptSpoiled, attempt_id=st.just("a1"), job_id=st.just("j1"), cause=st.just("x")),
    st.builds(events.AttemptRecalled, attempt_id=st.just("a1"), job_id=st.just("j1"), cause=st.just("x")),
    st.builds(events.BlankUnfit, attempt_id=st.just("a1"), job_id=st.just("j1"), cause=st.just("foreign-chip")),
    st.builds(events.AttemptReleased, attempt_id=st.just("a1"), job_id=st.just("j1"), cause=st.just("x")),
    st.builds(
        events.CardAccepted,
        attempt_id=st.just("a1"),
        job_id=st.just("j1"),
        citizen_ref=st.just("c"),
        issue_no=st.just(1),
        identity=st.just("t1"),
    ),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[str, list[tuple[Attempt, issuance.AttemptEvent, Attempt]]]:
    """Random events, the likely ones more often; what the machine refuses leaves no trace."""
    route = draw(st.sampled_from(sorted(issuance.ROUTES)))
    attempt = reserved(route)
    taken = []
    for _ in range(draw(st.integers(5, 45))):
        likely = [events.StepIntended(attempt_id="a1", step=step) for step in issuance.ready(attempt)]
        if issuance.activatable(attempt):
            likely.append(events.StepIntended(attempt_id="a1", step=Step.ACTIVATE))
        likely += [events.StepObserved(attempt_id="a1", step=step) for step in sorted(attempt.open)]
        if Step.IDENTIFY in attempt.open and not attempt.identity:
            likely = [events.ChipIdentified(attempt_id="a1", identity="t1")]
        event = draw(st.one_of(st.sampled_from(likely), anything) if likely else anything)
        try:
            after = issuance.apply(attempt, event)
        except OutOfOrder:
            continue
        taken.append((attempt, event, after))
        attempt = after
    return route, taken


@given(histories())
def test_no_history_breaks_the_rules(history: tuple[str, list[tuple[Attempt, issuance.AttemptEvent, Attempt]]]) -> None:
    for before, event, after in history[1]:
        if isinstance(event, events.StepIntended) and event.step == Step.TRANSFER:
            assert before.film is FilmRegion.HOLDS
            assert before.chip is ChipRegion.VERIFIED
        if isinstance(event, events.StepIntended) and event.step == Step.ACTIVATE:
            assert before.done & {Step.TRANSFER, Step.PRINT}, "activation comes after the print"
        if after.chip is ChipRegion.ACTIVE:
            assert {Step.IDENTIFY, Step.WRITE, Step.SEAL} <= after.done
            assert after.done & {Step.TRANSFER, Step.PRINT}
        if after.outcome is issuance.Outcome.ACCEPTED:
            assert after.card is CardRegion.DELIVERED
            assert after.chip is ChipRegion.ACTIVE
        if after.outcome is issuance.Outcome.RELEASED:
            assert not after.touched
        if before.unfit:
            assert not isinstance(event, events.ChipIdentified | events.CardAccepted), "it is written to by nobody"


@given(histories())
def test_steps_move_one_blank_and_the_book_agrees_with_the_card_region(
    history: tuple[str, list[tuple[Attempt, issuance.AttemptEvent, Attempt]]],
) -> None:
    attempt = reserved(history[0])
    balances = moved({}, [Movement(Account(Place.SUPPLY), attempt.account(Place.HOPPER), 3)])
    route = issuance.ROUTES[history[0]]
    places = {
        CardRegion.RESERVED: (Place.HOPPER, 3),
        CardRegion.FED: (route.inside, 1),
        CardRegion.IN_QUESTION: (Place.IN_QUESTION, 1),
        CardRegion.DELIVERED: (Place.OUTPUT, 1),
        CardRegion.REJECTED: (Place.REJECT, 1),
        CardRegion.RETURNED: (route.returns_to, 3 if route.returns_to is Place.HOPPER else 1),
    }
    for before, event, after in history[1]:
        match event:
            case events.StepIntended(step=step):
                balances = moved(balances, moves.intended(before, Step(step)))
            case events.StepObserved(step=step):
                balances = moved(balances, moves.observed(before, Step(step)))
            case events.StepDeclined(step=step):
                balances = moved(balances, moves.declined(before, Step(step)))
        place, count = places[after.card]
        if after.card is CardRegion.RETURNED and after.unfit:
            place, count = Place.UNFIT, 1
        if after.outcome is not issuance.Outcome.ACCEPTED:
            assert balances[after.account(place)] == count


@pytest.mark.parametrize("route", sorted(issuance.ROUTES))
def test_each_route_leads_to_a_delivered_live_card(route: str) -> None:
    attempt = reserved(route)
    while steps := issuance.ready(attempt):
        attempt = run(attempt, steps[0])
    if issuance.activatable(attempt):
        attempt = run(attempt, Step.ACTIVATE)
    assert attempt.card is CardRegion.DELIVERED
    assert attempt.chip is ChipRegion.ACTIVE
    assert attempt.film is FilmRegion.CLEAN


def test_film_and_chip_may_be_under_way_together_where_the_route_says_so() -> None:
    attempt = intend(run(reserved("inline-beside"), Step.FEED, Step.IDENTIFY), Step.FILM)
    assert issuance.ready(attempt) == (Step.WRITE,)
    assert issuance.ready(run(reserved("inline-in-turn"), Step.FEED, Step.IDENTIFY)) == (Step.WRITE,)


def test_a_card_is_not_rejected_while_its_film_is_still_being_printed() -> None:
    attempt = intend(run(reserved(), Step.FEED, Step.IDENTIFY), Step.FILM)
    with pytest.raises(OutOfOrder, match="not inside and at rest"):
        intend(attempt, Step.REJECT)


def test_a_declined_feed_puts_the_blank_back() -> None:
    attempt = issuance.apply(
        intend(reserved(), Step.FEED), events.StepDeclined(attempt_id="a1", step="feed", cause="media-empty")
    )
    assert attempt.card is CardRegion.RESERVED
    assert issuance.ready(attempt) == (Step.FEED,)


@pytest.mark.parametrize(
    ("steps", "failing", "expected"),
    [
        ((Step.FEED,), issuance.Failing.DID_NOT_ACT, issuance.Course.RELEASE),
        ((Step.FEED,), issuance.Failing.MAY_HAVE_ACTED, issuance.Course.LOOK),
        ((Step.FEED, Step.IDENTIFY, Step.FILM), issuance.Failing.DID_NOT_ACT, issuance.Course.WAIT),
        ((Step.FEED, Step.IDENTIFY), issuance.Failing.BROKE_THE_CARD, issuance.Course.REJECT),
        ((Step.FEED, Step.IDENTIFY), issuance.Failing.FOUND_UNFIT, issuance.Course.RETURN),
        ((Step.FEED, Step.IDENTIFY), issuance.Failing.MAY_HAVE_ACTED, issuance.Course.LOOK),
    ],
)
def test_what_follows_a_failure(steps: tuple[Step, ...], failing: issuance.Failing, expected: issuance.Course) -> None:
    *done, last = steps
    assert issuance.course(intend(run(reserved(), *done), last), last, failing) is expected


def test_a_failed_card_can_only_be_rejected() -> None:
    attempt = intend(run(reserved(), Step.FEED), Step.IDENTIFY)
    attempt = issuance.apply(attempt, events.StepFailed(attempt_id="a1", step="identify", cause="foreign-chip"))
    assert issuance.ready(attempt) == ()
    assert issuance.rejectable(attempt)
    assert run(attempt, Step.REJECT).card is CardRegion.REJECTED


def test_a_blank_that_was_found_unfit_can_only_come_out_as_it_is() -> None:
    attempt = intend(run(reserved(), Step.FEED), Step.IDENTIFY)
    attempt = issuance.apply(attempt, events.BlankUnfit(attempt_id="a1", job_id="j1", cause="wrong-keys"))
    assert issuance.ready(attempt) == ()
    assert issuance.returnable(attempt)
    attempt = run(attempt, Step.RETURN)
    released = events.AttemptReleased(attempt_id="a1", job_id="j1", cause="wrong-keys")
    assert issuance.apply(attempt, released).outcome is issuance.Outcome.RELEASED


def test_a_chip_that_was_written_to_is_not_unfit() -> None:
    attempt = run(reserved(), Step.FEED, Step.IDENTIFY)
    with pytest.raises(OutOfOrder):
        issuance.apply(attempt, events.BlankUnfit(attempt_id="a1", job_id="j1", cause="foreign-chip"))


def test_an_ended_attempt_takes_no_more_steps() -> None:
    attempt = issuance.apply(reserved(), events.AttemptReleased(attempt_id="a1", job_id="j1", cause="cancelled"))
    assert issuance.ready(attempt) == ()
    with pytest.raises(OutOfOrder, match="it ended as released"):
        intend(attempt, Step.FEED)


def test_an_unknown_route_is_refused() -> None:
    with pytest.raises(OutOfOrder, match="no route is called 'sideways'"):
        reserved("sideways")
