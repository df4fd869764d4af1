"""An entry of the book: any event, with what the book adds to it."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from stationd.model import (
    events,
    mobile_events,
    officer_events,
    paper_events,
    queue_events,
    rule_events,
    shelf_events,
    stock_events,
)

AnyEvent = (
    events.AnyCardEvent
    | officer_events.AnyOfficerEvent
    | stock_events.AnyStockEvent
    | rule_events.AnyRuleEvent
    | mobile_events.AnyMobileEvent
    | queue_events.AnyQueueEvent
    | paper_events.AnyPaperEvent
    | shelf_events.AnyShelfEvent
)
"""The union by which the book is read."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What the book adds to every event.

    Attributes:
        seq: position in the book, from 1, without gaps.
        prev: SHA-256 of the entry before, lower-case hex; `GENESIS` for the first.
        station, incarnation: whose book this is.
        time: seconds since the epoch by the station's clock, as far as `trust` allows.
        trust: `trusted`, `floored` or `unknown`.
        boot: the machine's boot id; with `mono` (seconds since boot) it orders events when the clock is wrong.
        actor: the officer or component that caused the event.
    """

    GENESIS: ClassVar[str] = "0" * 64

    seq: Annotated[int, msgspec.Meta(ge=1)]
    prev: str
    station: str
    incarnation: str
    time: float
    trust: str
    boot: str
    mono: float
    actor: str


class Entry(msgspec.Struct, frozen=True):
    """One line of the book, read: the envelope, the event, and the exact text with its hash."""

    envelope: Envelope
    event: AnyEvent
    text: str
    digest: str
