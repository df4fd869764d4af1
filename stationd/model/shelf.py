"""A finished card's life on the shelf: where it lies, of which notices its owner had, and what falls due when. Pure.

The policy's shelf rule (`stationd.model.policy_tables.ShelfRule`) says how many notices are given within how many
months. The first falls due when the card lies on the shelf, the others are spread evenly over the months, and after
these the card is due for transfer. What was missed, while nobody knew the time, is made up for one notice at a time.
While the time is unknown nothing falls due.
"""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from stationd.model.policy_tables import ShelfRule
from stationd.model.shelf_events import (
    NoticeAsked,
    NoticeBegun,
    NoticeDelivered,
    NoticeDoubtful,
    NoticeFailed,
    NoticeSent,
)

DAY: Final = 86_400.0

GAP: Final = 7 * DAY
"""Seconds between two notices at least, and between the last one and a transfer: time to come and collect the card."""

AGAIN: Final = DAY
"""Seconds until a notice that failed is tried again."""

TRIES: Final = 3
"""So often a notice is tried; then it counts as given, failed, and the next one has its turn."""

PLACE: Final = re.compile(r"(?=.*[0-9])[A-Z0-9]{1,4}(?:[./-][A-Z0-9]{1,4}){0,3}")
"""A box and row as officers write them: `A3`, `B-12`, `2/A/7`. Too short for anybody's name, and it has a digit."""


class Collector(StrEnum):
    """Who took a card home."""

    OWNER = "owner"
    FAMILY = "family"


class Shown(StrEnum):
    """By what the person at the counter showed who they are."""

    OLD_CARD = "old-card"
    FAMILY_CARD = "family-card"
    LOSS_REPORT = "loss-report"
    RECEIPT = "receipt"
    DRIVING_LICENCE = "driving-licence"
    PASSPORT = "passport"
    OWN_CARD = "own-card"
    """A family member's own KTP-el."""


class Channel(StrEnum):
    """Who carries a notice to the card's owner."""

    REGISTRY = "registry"
    SMS = "sms"


class Delivery(StrEnum):
    """How far a notice came."""

    ASKED = "asked"
    """The registry is asked to give it."""
    BEGUN = "begun"
    """It was about to be handed to the modem; what became of it is not known."""
    SENT = "sent"
    """The network, or the registry, has sent it off."""
    DELIVERED = "delivered"
    FAILED = "failed"
    DOUBTFUL = "doubtful"
    """The modem did not say in time whether it went: it is not sent again by itself."""


RANK: Final = {
    Delivery.BEGUN: 0,
    Delivery.ASKED: 0,
    Delivery.DOUBTFUL: 1,
    Delivery.SENT: 2,
    Delivery.FAILED: 3,
    Delivery.DELIVERED: 4,
}
"""A word that comes late, or twice, takes nothing back: only a higher one changes what is known of a try."""

OPENING: Final = frozenset({Delivery.BEGUN, Delivery.ASKED})
"""With which a try begins."""


AnyNotice = NoticeAsked | NoticeBegun | NoticeSent | NoticeDelivered | NoticeFailed | NoticeDoubtful
"""The events that speak of a notice."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One of a card's notices.

    Attributes:
        number: from 1.
        channel: a `Channel`, by its last try.
        delivery: how far that came.
        at: when it was last tried, seconds since the epoch.
        tries: how often it was.
    """

    number: int
    channel: str
    delivery: Delivery
    at: float
    tries: int = 1

    @property
    def given(self) -> bool:
        """Whether it counts: it went off, may have, or failed as often as it is tried."""
        return self.delivery is not Delivery.FAILED or self.tries >= TRIES


@dataclass(frozen=True, slots=True)
class OutOfTurn(Exception):
    """A notice that cannot be the next: another comes first, or it was given."""

    number: int
    delivery: Delivery


def follow(notices: Sequence[Notice], number: int, channel: str, delivery: Delivery, at: float) -> tuple[Notice, ...]:
    """Return a card's notices after something was said of one.

    Raises:
        OutOfTurn: if a try begins that cannot, or a notice is spoken of that never began.
    """
    known = tuple(notices)
    if delivery in OPENING:
        if number == len(known) + 1 and (not known or known[-1].given):
            return (*known, Notice(number, channel, delivery, at))
        if known and number == known[-1].number and not known[-1].given:
            return (*known[:-1], Notice(number, channel, delivery, at, known[-1].tries + 1))
        raise OutOfTurn(number, delivery)
    if not 1 <= number <= len(known):
        raise OutOfTurn(number, delivery)
    was = known[number - 1]
    if RANK[delivery] <= RANK[was.delivery]:
        return known
    return (*known[: number - 1], replace(was, delivery=delivery), *known[number:])


@dataclass(frozen=True, slots=True)
class NoticeDue:
    """A notice is to be given now."""

    number: int


@dataclass(frozen=True, slots=True)
class TransferDue:
    """The card is to go to its owner's kecamatan."""

    since: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is to be done before then, seconds since the epoch; None while the time is unknown."""

    until: float | None


Due = NoticeDue | TransferDue | Wait


def months_later(moment: float, months: int, zone: datetime.timezone) -> float:
    """Return the same day and hour so many months later; the month's last day where it has no such day."""
    start = datetime.datetime.fromtimestamp(moment, zone)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day).timestamp()


def schedule(since: float, rule: ShelfRule, zone: datetime.timezone) -> tuple[list[float], float]:
    """Return when each notice falls due, and when the transfer does, for a card that lies here since a moment."""
    end = months_later(since, rule.within_months, zone)
    return [since + (end - since) * number / rule.notices for number in range(rule.notices)], end


def due(since: float, notices: Sequence[Notice], rule: ShelfRule, zone: datetime.timezone, now: float | None) -> Due:
    """Say what is due for a card that lies on the shelf.

    Args:
        since: when it was laid there, seconds since the epoch.
        notices: those that it had, by number.
        rule: the policy's.
        zone: the office's.
        now: seconds since the epoch, as far as time is trusted; None if unknown.
    """
    if now is None:
        return Wait(None)
    moments, end = schedule(since, rule, zone)
    last = notices[-1] if notices else None
    if last is not None and not last.given:
        return _when(NoticeDue(last.number), last.at + AGAIN, now)
    rested = last.at + GAP if last is not None else since
    if len(notices) < rule.notices:
        return _when(NoticeDue(len(notices) + 1), max(moments[len(notices)], rested), now)
    moment = max(end, rested)
    return _when(TransferDue(moment), moment, now)


def _when(step: NoticeDue | TransferDue, moment: float, now: float) -> Due:
    return step if now >= moment else Wait(moment)
