"""How far a card is, and how long it will take, by how long its line's earlier cards took. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from stationd.model.attempt import LEAVING, ROUTES, Attempt, Step

ALMOST: Final = 0.95
"""How much of a step that takes longer than usual counts as done."""


class StepState(StrEnum):
    """How far a step is."""

    WAITS = "waits"
    RUNS = "runs"
    DONE = "done"


class StepTold(msgspec.Struct, frozen=True):
    """One step of a card.

    Attributes:
        step: a `stationd.model.attempt.Step`.
        state: how far it is.
        seconds: that it took, or has taken so far; None if that is not known (the daemon was started meanwhile).
        usual: seconds that it takes on this line; None until it was done there.
    """

    step: str
    state: StepState
    seconds: float | None
    usual: float | None


@dataclass(frozen=True, slots=True)
class Timing:
    """When an attempt's steps began and how long those took that are done: seconds on the clock since boot."""

    began: Mapping[Step, float]
    took: Mapping[Step, float]


Usual = Callable[[Step], float | None]
"""Gives the seconds that a step takes on a line; None until it was done there."""


def steps_inside(attempt: Attempt) -> tuple[Step, ...]:
    """Return the steps that the line does itself, in order: what follows the card's leaving is done on the desk."""
    after = ROUTES[attempt.route].after
    return tuple(step for step, needs in after.items() if not needs & LEAVING.keys())


def told(attempt: Attempt, timing: Timing, usual: Usual, now: float) -> tuple[StepTold, ...]:
    """Tell of each step of a card. `now` is on the clock of `timing`."""
    return tuple(_told(step, attempt, timing, usual, now) for step in steps_inside(attempt))


def _told(step: Step, attempt: Attempt, timing: Timing, usual: Usual, now: float) -> StepTold:
    if step in attempt.done:
        return StepTold(step, StepState.DONE, timing.took.get(step), usual(step))
    began = timing.began.get(step) if step in attempt.open else None
    state = StepState.RUNS if step in attempt.open else StepState.WAITS
    return StepTold(step, state, None if began is None else max(0.0, now - began), usual(step))


def left(attempt: Attempt, steps: tuple[StepTold, ...]) -> float | None:
    """Return in how many seconds the card is expected to come out, what is done side by side counted once.

    None if a step that is to come was never done on this line, or the card is not to be finished.
    """
    if attempt.condemned or attempt.recalled or attempt.unfit:
        return None
    after = ROUTES[attempt.route].after
    ends: dict[Step, float] = {}
    for each in steps:  # a route names a step after all that it needs
        step = Step(each.step)
        if each.state is StepState.DONE:
            ends[step] = 0.0
        elif each.usual is None:
            return None
        elif each.state is StepState.RUNS:
            ends[step] = max(0.0, each.usual - (each.seconds or 0.0))
        else:
            ends[step] = max((ends[needed] for needed in after[step]), default=0.0) + each.usual
    return max(ends.values(), default=0.0)


def progress(steps: tuple[StepTold, ...]) -> float:
    """Return which part of the work is done, 0 to 1: by the usual time of each step; by steps if one is not known."""
    known = all(each.usual for each in steps)
    total = sum(_weight(each, known=known) for each in steps)
    return sum(_weight(each, known=known) * _part_done(each) for each in steps) / total if total else 0.0


def _weight(each: StepTold, *, known: bool) -> float:
    return (each.usual or 0.0) if known else 1.0


def _part_done(each: StepTold) -> float:
    if each.state is StepState.DONE:
        return 1.0
    if each.state is StepState.WAITS or not each.usual or each.seconds is None:
        return 0.0
    return min(each.seconds / each.usual, ALMOST)
