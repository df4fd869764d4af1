"""What the station's state comes to for a person: one of a few, and what is needed of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from stationd.model.attention import Attention, attention, wants_somebody
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


SAID_AT_DOOR: Final = frozenset(Attention)


def needs(status: StatusView) -> tuple[Need, ...]:
    """Return what is wanted of a person, the most urgent first."""
    questions = [Need(Wish.QUESTION, q.line, q.cause, job_id=q.job_id) for q in status.questions]
    lines = [need for line in status.lines if (need := _of_line(line)) is not None]
    stopped = [need for need in lines if need.wish is Wish.STOPPED]
    waiting = [need for need in lines if need.wish is Wish.LINE]
    cards = [Need(Wish.CARD)] if status.jobs.get("delivered") else []
    return (*stopped, *questions, *waiting, *cards)


def condition(known: Knowledge) -> Condition:
    """Return what the station's state comes to; while nobody is signed in what it says at its door, if it does."""
    if known.stand.standing is Standing.SIGNED_OUT:
        said = known.stand.door.attention if known.stand.door is not None else ""
        return Condition(said) if said in SAID_AT_DOOR else Condition.LOCKED
    status = known.status
    if not known.is_fresh or status is None:
        return Condition.NOT_CONNECTED
    lines = ((line.state, line.cause) for line in status.lines)
    return Condition(attention(lines, status.jobs, len(status.questions)))


def blanks_left(status: StatusView) -> int:
    """Return how many blanks can still be used: those in the store and in the hoppers."""
    return status.blanks.get("store", 0) + status.blanks.get("hopper", 0)


def _of_line(line: LineView) -> Need | None:
    if not wants_somebody(line.state, line.cause):  # one that asks does not either: its question says more
        return None
    wish = Wish.STOPPED if line.state == "stopped" else Wish.LINE
    return Need(wish, line.name, line.cause, line.detail, line.job_id)


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
