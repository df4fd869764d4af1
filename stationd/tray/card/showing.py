"""Which card is shown, how it is, and its steps as people know them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stationd.client.queue import CardView, QueuedView


class How(StrEnum):
    """How the card is that is shown, and so what can be done with it."""

    NONE = "none"
    BEFORE = "before"
    ORDERED = "ordered"
    MAKING = "making"
    CHECK = "check"
    RETRY = "retry"
    HELD = "held"
    GONE = "gone"


@dataclass(frozen=True)
class Shown:
    """What is shown.

    Attributes:
        how: which of the few.
        job: the job; None if nothing is shown, or it is over.
        card: its card, if one is being made or has come out.
    """

    how: How = How.NONE
    job: QueuedView | None = None
    card: CardView | None = None

    @property
    def job_id(self) -> str:
        """Whose card it is; empty if nothing is shown."""
        return self.job.job_id if self.job is not None else self.card.job_id if self.card is not None else ""


def show(wanted: str, jobs: Mapping[str, QueuedView], cards: Sequence[CardView]) -> Shown:
    """Decide what is shown.

    Args:
        wanted: the job whose card the officer looks at; empty for none: then the card that waits longest to be looked
            at is shown, or the first that is being made.
        jobs: all that are not over, by their ids.
        cards: inside the lines, or come out.
    """
    if not wanted:
        card = next((card for card in cards if card.delivered), next(iter(cards), None))
        return Shown() if card is None else Shown(_of_card(card), jobs.get(card.job_id), card)
    card = next((card for card in cards if card.job_id == wanted), None)
    job = jobs.get(wanted)
    if card is not None:
        return Shown(_of_card(card), job, card)
    return Shown(How.GONE) if job is None else Shown(_of_job(job), job)


def _of_card(card: CardView) -> How:
    return How.CHECK if card.delivered else How.MAKING


def _of_job(job: QueuedView) -> How:
    match job.state:
        case "queued":
            return How.BEFORE
        case "ordered":
            return How.ORDERED
        case "printing":
            return How.MAKING
        case "held" if job.cause == "spoiled":
            return How.RETRY
        case _:
            return How.HELD


# --- steps ----------------------------------------------------------------------------------------------------------

STAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "feed": ("feed",),
    "chip": ("identify", "write", "seal"),
    "film": ("film",),
    "transfer": ("transfer",),
    "print": ("print",),
    "deliver": ("activate", "deliver"),
}
"""Steps as people know them, and the steps of the line that each is made of."""


@dataclass(frozen=True)
class Stage:
    """One step as people know it; `state` is `waits`, `runs` or `done`."""

    name: str
    state: str


def stages(card: CardView) -> tuple[Stage, ...]:
    """Return the steps of a card as people know them, those that its line has."""
    states = {step.step: step.state for step in card.steps}
    found = []
    for name, steps in STAGES.items():
        here = [states[step] for step in steps if step in states]
        if here:
            found.append(Stage(name, _state(here)))
    return tuple(found)


def _state(states: Sequence[str]) -> str:
    if all(state == "done" for state in states):
        return "done"
    return "runs" if any(state != "waits" for state in states) else "waits"


CARRIED: Final = frozenset({"blank-into-printer", "card-into-printer", "card-into-reject-bin", "card-back-on-desk"})
"""What a line waits for until the person at the desk says that it is done."""

LOOKED_AT: Final = frozenset({"spoils-in-a-row", "unfit-in-a-row"})
"""Why a line stands until a person has looked and lets it go on."""
