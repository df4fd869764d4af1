"""One entry of the book as one line for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from stationd.cli import text
from stationd.cli.progress import Card, Progress
from stationd.model import events, mobile_events, shelf_events, stock_events
from stationd.model.entry import AnyEvent, Envelope
from stationd.model.issuance import Step
from stationd.words import Words

TIME_UNKNOWN = "unknown"
"""An entry's `trust` where the station's clock had lost the time."""


@dataclass(frozen=True)
class Told:
    """A line to show.

    Attributes:
        step: it only says that a card goes on, which a live display shows already.
    """

    line: str
    step: bool = False


def read_event(entry: Mapping[str, Any]) -> AnyEvent:
    """Read an entry's event from plain data.

    Raises:
        msgspec.ValidationError: if this version does not know it.
    """
    event: AnyEvent = msgspec.convert(entry, AnyEvent)
    return event


def tell(words: Words, envelope: Envelope, event: AnyEvent, progress: Progress) -> Told | None:
    """Say what happened.

    Args:
        words: the language.
        envelope: when it happened.
        event: what happened.
        progress: as it was before it happened.

    Returns:
        None if it is nothing to people.
    """
    key = "goes-on" if progress.resumes(event) else _KEYS.get(type(event))
    if key is None or (isinstance(event, events.LineReady) and event.line in progress.going_on):
        return None
    fields = _in_words(words, event, msgspec.structs.asdict(event))
    card = progress.running.get(fields.get("attempt_id", ""))
    line = fields.get("line") or (card.line if card else "")
    job_id = fields.get("job_id") or (card.job_id if card else "")
    is_delivery = isinstance(event, events.StepObserved) and event.step == Step.DELIVER
    if is_delivery:
        key = "delivered" if card and card.began is not None else "delivered-untimed"
        fields["elapsed"] = text.elapsed(envelope.mono - (card.began or 0.0)) if card else ""
    sentence = words.say(f"watch.{key}", **fields)
    # What a clock says that has lost the time is marked, not hidden: the order of lines is right all the same.
    clock = text.when(envelope.time, day=False) + ("?" if envelope.trust == TIME_UNKNOWN else "")
    shown = "  ".join(part for part in (clock, line, job_id, sentence) if part)
    return Told(shown, isinstance(event, events.StepObserved) and not is_delivery)


def live(words: Words, card: Card, now: float) -> str:
    """Say in one line how far a card is; `now` is this computer's monotonic clock."""
    open_steps = ", ".join(words.name("step", step) for step in card.open)
    counted = f"{card.done}/{card.steps}" if card.steps else ""
    stopwatch = "" if card.began is None else text.elapsed(now - card.began)
    return "  ".join(part for part in (card.line, card.job_id, counted, stopwatch, open_steps) if part)


def _in_words(words: Words, event: AnyEvent, fields: dict[str, Any]) -> dict[str, Any]:
    """Put names in the place of codes."""
    names = {"step": "step", "reason": "reason", "answer": "answer", "where": "found-where", "to": "collector"}
    said = {field: words.name(group, fields[field]) for field, group in names.items() if field in fields}
    if "cause" in fields:
        cause, subject = fields["cause"], fields.get("line") or fields.get("job_id", "")
        group = "refusal" if isinstance(event, events.JobRefused) else "cause"
        is_spoil = isinstance(event, events.AttemptSpoiled)
        if isinstance(event, events.LineStopped):
            said["cause"] = words.standing(cause, event.detail, subject).what
        else:
            said["cause"] = words.spoil(cause) if is_spoil else words.cause(cause, subject, group=group).what
    return {**fields, **said}


_KEYS: Mapping[type[events.Event], str] = {
    events.StationStarted: "started",
    events.PolicyAdopted: "policy",
    events.JobArrived: "arrived",
    events.JobRefused: "refused",
    events.JobHeld: "held",
    events.JobReleased: "released",
    events.JobReturned: "returned",
    events.ReturnConfirmed: "return-confirmed",
    events.JobRevoked: "revoked",
    events.PrintOrdered: "ordered",
    events.OrderWithdrawn: "withdrawn",
    events.BlanksReceived: "received",
    events.HopperLoaded: "loaded",
    stock_events.HopperUnloaded: "unloaded",
    stock_events.ExchangeBegan: "exchange-began",
    stock_events.ExchangeEnded: "exchange-ended",
    stock_events.DayClosed: "day-closed",
    stock_events.DayOpened: "day-opened",
    mobile_events.AllotmentGiven: "allotted",
    mobile_events.AllotmentTakenBack: "allotment-back",
    mobile_events.TripOpened: "trip-opened",
    mobile_events.TripClosing: "trip-closing",
    mobile_events.TripMissingDeclared: "trip-missing",
    mobile_events.TripClosed: "trip-closed",
    mobile_events.AllotmentDiffers: "allotment-differs",
    mobile_events.PartnerListTaken: "list-taken",
    stock_events.DiscrepancyFound: "discrepancy",
    stock_events.DiscrepancySettled: "discrepancy-settled",
    events.AttemptReserved: "reserved",
    events.StepObserved: "done",
    events.StepDeclined: "declined",
    events.StepFailed: "step-failed",
    events.AttemptSpoiled: "spoiled",
    events.AttemptRecalled: "recalled",
    events.BlankUnfit: "unfit",
    events.AttemptReleased: "attempt-released",
    events.AttemptResumed: "resumed",
    events.AttemptGivenUp: "given-up",
    events.AttemptUnknown: "unknown",
    events.QuestionAnswered: "answered",
    events.CardAccepted: "accepted",
    stock_events.CardWithdrawn: "card-withdrawn",
    stock_events.CardTransferred: "card-transferred",
    stock_events.PrintedCardFound: "card-found",
    shelf_events.CardHandedOver: "handed-over",
    shelf_events.CardArrived: "card-arrived",
    shelf_events.CardLost: "card-lost",
    shelf_events.CardFound: "card-back",
    shelf_events.ArrivalClosed: "arrival-closed",
    stock_events.NotPrintedSaid: "not-printed",
    events.LineStopped: "line-stopped",
    events.LineReady: "line-ready",
}
"""The sentence below `watch.` for each event that means something to people."""
