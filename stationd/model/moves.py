"""What each event of an attempt moves. Pure: from the attempt's state before the event to movements of one blank."""

from __future__ import annotations

from stationd.model.blank import Movement, Place
from stationd.model.issuance import LEAVING, ROUTES, Attempt, CardRegion, Step


def intended(attempt: Attempt, step: Step) -> tuple[Movement, ...]:
    """Return what declaring a step moves: a blank about to enter or leave the machine is in question."""
    if step is Step.FEED:
        return _one(attempt, Place.HOPPER, Place.IN_QUESTION)
    return _one(attempt, _inside(attempt), Place.IN_QUESTION) if step in LEAVING else ()


def observed(attempt: Attempt, step: Step) -> tuple[Movement, ...]:
    """Return what observing a step moves."""
    if step is Step.FEED:
        return _one(attempt, Place.IN_QUESTION, _inside(attempt))
    if step is Step.RETURN:
        back = Place.UNFIT if attempt.unfit else ROUTES[attempt.route].returns_to
        return _one(attempt, Place.IN_QUESTION, back)
    return _one(attempt, Place.IN_QUESTION, LEAVING[step]) if step in LEAVING else ()


def declined(attempt: Attempt, step: Step) -> tuple[Movement, ...]:
    """Return what it moves that a step was not done after all: the blank is back where it was."""
    return tuple(Movement(m.target, m.source, m.count) for m in intended(attempt, step))


def lost_from_sight(attempt: Attempt) -> tuple[Movement, ...]:
    """Return what losing sight of a card moves: a blank thought to be on its line is in question."""
    return _one(attempt, _inside(attempt), Place.IN_QUESTION) if attempt.card is CardRegion.FED else ()


def accepted(attempt: Attempt) -> tuple[Movement, ...]:
    """Return what acceptance moves: the finished card goes to the shelf."""
    return _one(attempt, Place.OUTPUT, Place.SHELF)


def _inside(attempt: Attempt) -> Place:
    return ROUTES[attempt.route].inside


def _one(attempt: Attempt, source: Place, target: Place) -> tuple[Movement, ...]:
    return (Movement(attempt.account(source), attempt.account(target), 1),)
