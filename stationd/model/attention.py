"""How the station is, in one word that says nothing of anybody: ready, working, needs somebody, stopped. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Attention(StrEnum):
    """How the station is; the later of two that hold."""

    READY = "ready"
    WORKING = "working"
    NEEDS_YOU = "needs-you"
    STOPPED = "stopped"


PASSES: Final = frozenset({"overheated", "warming-up", "busy", "still-busy", "power-reset", "interrupted"})
"""Why a line waits without wanting anything of a person: it goes on by itself."""

_WORK: Final = ("ordered", "printing")


def wants_somebody(state: str, cause: str) -> bool:
    """Say whether a line in this state waits, for this cause, for what a person does."""
    return state == "stopped" or (state == "waiting" and bool(cause) and cause not in PASSES)


def attention(lines: Iterable[tuple[str, str]], jobs: Mapping[str, int], questions: int) -> Attention:
    """Return how the station is.

    Args:
        lines: state and cause of each.
        jobs: how many there are, by state.
        questions: how many nobody has answered.
    """
    lines = tuple(lines)
    states = [state for state, _ in lines]
    if states and all(state == "stopped" for state in states):
        return Attention.STOPPED
    if questions or jobs.get("delivered") or any(wants_somebody(*line) for line in lines):
        return Attention.NEEDS_YOU
    busy = "working" in states or any(jobs.get(state) for state in _WORK)
    return Attention.WORKING if busy else Attention.READY
