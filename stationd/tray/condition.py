"""What the station's state comes to for a person: one of a few, and what is needed of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from stationd.tray.known import Knowledge
from stationd.tray.link import Standing

if TYPE_CHECKING:
    from stationd.client.lines import LineView
    from stationd.client.status import StatusView


class Condition(StrEnum):
    """What the icon shows; the later of two that hold."""

    READY = "ready"
    WORKING = "working"
    NEEDS_YOU = "needs-you"
    STOPPED = "stopped"
    LOCKED = "locked"
    NOT_CONNECTED = "not-connected"


class Wish(StrEnum):
    """What kind of thing is wanted of a person."""

    QUESTION = "question"
    LINE = "line"
    STOPPED = "stopped"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a person has to do.

    Attributes:
        wish: its kind.
        line: the line that it is about; empty if none.
        cause: a word of the catalogue.
        detail: what the line says besides.
        job_id: the job that it is about; empty if none.
    """

    wish: Wish
    line: str = ""
    cause: str = ""
    detail: str = ""
    job_id: str = ""


PASSES: Final = frozenset({"overheated", "warming-up", "busy", "still-busy", "power-reset", "interrupted"})
"""Why a line waits without wanting anything of a person: it goes on by itself."""

_WORK: Final = ("ordered", "printing")


def needs(status: StatusView) -> tuple[Need, ...]:
    """Return what is wanted of a person, the most urgent first."""
    questions = [Need(Wish.QUESTION, q.line, q.cause, job_id=q.job_id) for q in status.questions]
    lines = [need for line in status.lines if (need := _of_line(line)) is not None]
    stopped = [need for need in lines if need.wish is Wish.STOPPED]
    waiting = [need for need in lines if need.wish is Wish.LINE]
    cards = [Need(Wish.CARD)] if status.jobs.get("delivered") else []
    return (*stopped, *questions, *waiting, *cards)


def condition(known: Knowledge) -> Condition:
    """Return what the station's state comes to."""
    if known.stand.standing is Standing.SIGNED_OUT:
        return Condition.LOCKED
    status = known.status
    if not known.is_fresh or status is None:
        return Condition.NOT_CONNECTED
    wanted = needs(status)
    if status.lines and all(line.state == "stopped" for line in status.lines):
        return Condition.STOPPED
    if wanted:
        return Condition.NEEDS_YOU
    busy = any(line.state == "working" for line in status.lines) or any(status.jobs.get(state) for state in _WORK)
    return Condition.WORKING if busy else Condition.READY


def blanks_left(status: StatusView) -> int:
    """Return how many blanks can still be used: those in the store and in the hoppers."""
    return status.blanks.get("store", 0) + status.blanks.get("hopper", 0)


def _of_line(line: LineView) -> Need | None:
    match line.state:
        case "stopped":
            return Need(Wish.STOPPED, line.name, line.cause, line.detail, line.job_id)
        case "asking":
            return None  # its question says more
        case "waiting" if line.cause and line.cause not in PASSES:
            return Need(Wish.LINE, line.name, line.cause, line.detail, line.job_id)
        case _:
            return None


def line_condition(line: LineView) -> Condition:
    """Return what one line's state comes to."""
    match line.state:
        case "working":
            return Condition.WORKING
        case "asking":
            return Condition.NEEDS_YOU
        case "stopped":
            return Condition.STOPPED
        case "starting":
            return Condition.NOT_CONNECTED
        case _:
            return Condition.READY if _of_line(line) is None else Condition.NEEDS_YOU
