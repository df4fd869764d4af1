"""How far a card is: the parts never contradict each other, whatever the route and however far it is."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model import pace
from stationd.model.attempt import ROUTES, Attempt, Step
from stationd.model.pace import StepState, Timing

SECONDS = st.floats(0.1, 100)


def attempt_on(route: str, done: frozenset[Step] = frozenset(), open_: frozenset[Step] = frozenset()) -> Attempt:
    return Attempt("a", "j", "line", route, "wni", "b", "s", done=done, open=open_)


@st.composite
def moments(draw: st.DrawFn) -> tuple[Attempt, Timing, dict[Step, float]]:
    route = draw(st.sampled_from(sorted(ROUTES)))
    after = ROUTES[route].after
    usual = {step: draw(SECONDS) for step in after}
    done: set[Step] = set()
    for _ in range(draw(st.integers(0, len(after)))):
        if ready := [step for step, needs in after.items() if step not in done and needs <= done]:
            done.add(draw(st.sampled_from(ready)))
    could = [step for step, needs in after.items() if step not in done and needs <= done]
    running = frozenset(draw(st.sets(st.sampled_from(could)))) if could else frozenset()
    began = {step: draw(st.floats(0, 50)) for step in running}
    took = {step: draw(SECONDS) for step in done}
    return attempt_on(route, frozenset(done), running), Timing(began, took), usual


@given(moments(), st.floats(50, 500))
def test_what_is_left_is_at_most_all_that_is_not_done_and_at_least_its_longest_part(
    moment: tuple[Attempt, Timing, dict[Step, float]], now: float
) -> None:
    attempt, timing, usual = moment
    steps = pace.told(attempt, timing, usual.get, now)
    left = pace.left(attempt, steps)
    waiting = [each.usual or 0.0 for each in steps if each.state is StepState.WAITS]
    running = [max(0.0, (each.usual or 0.0) - (each.seconds or 0.0)) for each in steps if each.state is StepState.RUNS]
    assert left is not None
    assert max([0.0, *waiting, *running]) <= left <= sum(waiting) + sum(running) + 1e-6
    done = pace.progress(steps)
    assert 0 <= done <= 1.0000001
    assert (done > 0.999999) == all(each.state is StepState.DONE for each in steps)


@given(moments(), st.floats(50, 500), st.floats(0, 100))
def test_time_alone_never_sets_a_card_back(
    moment: tuple[Attempt, Timing, dict[Step, float]], now: float, later: float
) -> None:
    attempt, timing, usual = moment
    before, after = (pace.told(attempt, timing, usual.get, when) for when in (now, now + later))
    assert pace.progress(after) >= pace.progress(before)
    assert (pace.left(attempt, after) or 0) <= (pace.left(attempt, before) or 0)


def test_what_is_done_side_by_side_is_counted_once() -> None:
    attempt = attempt_on("inline-beside", frozenset({Step.FEED, Step.IDENTIFY}), frozenset({Step.FILM, Step.WRITE}))
    usual = {
        Step.FILM: 20.0,
        Step.WRITE: 8.0,
        Step.SEAL: 2.0,
        Step.TRANSFER: 15.0,
        Step.ACTIVATE: 1.0,
        Step.DELIVER: 4.0,
    }
    steps = pace.told(attempt, Timing({Step.FILM: 100.0, Step.WRITE: 100.0}, {}), lambda s: usual.get(s, 3.0), 105.0)
    assert pace.left(attempt, steps) == pytest.approx(15 + 15 + 1 + 4)


@pytest.mark.parametrize("route", ["inline-direct", "desk-then-print"])
def test_what_is_done_on_the_desk_afterwards_is_not_waited_for(route: str) -> None:
    attempt = attempt_on(route, frozenset(ROUTES[route].after) - {Step.ACTIVATE})
    steps = pace.told(attempt, Timing({}, {}), lambda _: 5.0, 0.0)
    assert Step.ACTIVATE not in {each.step for each in steps}
    assert (pace.left(attempt, steps), pace.progress(steps)) == (0.0, 1.0)


@pytest.mark.parametrize("bad", [{"condemned": True}, {"recalled": True}, {"unfit": "foreign-chip"}])
def test_nothing_is_promised_of_a_card_that_is_not_finished(bad: dict[str, object]) -> None:
    attempt = msgspec.structs.replace(attempt_on("inline-beside", frozenset({Step.FEED})), **bad)
    assert pace.left(attempt, pace.told(attempt, Timing({}, {}), lambda _: 1.0, 0.0)) is None
