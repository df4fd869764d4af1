"""The tables of a policy: what differs by kabupaten and year, each with what holds where the policy is silent.

A member that a table does not have is refused, because it may be a restriction; a whole table that this version of the
daemon does not know is passed over, as `stationd.model.policy.Policy` says.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from stationd.model.job import Reason

Number = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
"""A number of cards or blanks."""

Days = Annotated[int, msgspec.Meta(ge=1, le=366)]
WHOLE: Final = 100
Percent = Annotated[int, msgspec.Meta(ge=1, le=WHOLE)]
Seconds = Annotated[int, msgspec.Meta(ge=0, lt=2**36)]
"""Seconds since 1970, within what a calendar can show."""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a policy."""


class Share(Table, frozen=True):
    """How much of a day some reasons have together, in percent of the policy's `daily_most`."""

    reasons: frozenset[Reason]
    percent: Percent

    def cards(self, daily_most: int) -> int:
        """Return how many cards a day it is, rounded down."""
        return daily_most * self.percent // WHOLE


class Scarcity(Table, frozen=True):
    """When blanks are scarce, and who is served then.

    Attributes:
        below: scarce while fewer blanks than this are ready to be used; 0: never.
        serves: reasons for which cards are made even so. The others wait, unless they are urgent.
    """

    below: Number = 0
    serves: frozenset[Reason] = frozenset({Reason.FIRST})


class Addressee(StrEnum):
    """Who is asked for blanks."""

    PROVINCE = "province"
    CENTRE = "centre"


class DayCount(StrEnum):
    """Which days are counted when something runs out in so many of them."""

    WORKING = "working"
    CALENDAR = "calendar"


class Reorder(Table, frozen=True):
    """When more is asked for, of whom, and how much.

    Attributes:
        ahead: asked for when the stock is expected to last no longer than so many days.
        days: which days those are.
        floor: asked for, too, when no more than so many blanks are left, however long they last; 0: no floor.
        to: who is asked.
        window: the mean use is taken over so many of the last days on which cards were made.
        covers: so many working days are to be covered by what is asked for.
    """

    ahead: Days = 7
    days: DayCount = DayCount.WORKING
    floor: Number = 0
    to: Addressee = Addressee.PROVINCE
    window: Days = 20
    covers: Days = 30


class Consents(Table, frozen=True):
    """Whose word some acts take, beside `retry_after_spoil`.

    Attributes:
        supervisor_orders: reasons for which only a supervisor presses print.
    """

    supervisor_orders: frozenset[Reason] = frozenset()


class ShelfRule(Table, frozen=True):
    """Cards that wait for their owners.

    Attributes:
        notices: so many notices are given,
        within_months: within so many months; then a card is due for transfer to its owner's kecamatan.
        family_may_collect: whether a member of the same family card (KK) may collect a card.
    """

    notices: Annotated[int, msgspec.Meta(ge=0, le=12)] = 3
    within_months: Annotated[int, msgspec.Meta(ge=1, le=60)] = 6
    family_may_collect: bool = False


class MobileGrant(Table, frozen=True):
    """Leave for one kit to go on trips with an office's blanks. It stands in the policies of both.

    Attributes:
        kit: the station id of the kit.
        blanks: the most that its allotment may be.
        valid_from, valid_until: seconds since the epoch; the end is not part of it.
        office: the station id of the office; empty for any.
        offline: whether cards may be made without the network.
        places: where it may go; nothing for anywhere.
        kit_key, office_key: public Ed25519 keys (JWK) of the two books, by which each side's slips are known without
            the network.
        office_sealing_key: the public X25519 key (JWK) by which a kit seals to its office who waits for the finished
            cards that it brings home.
    """

    kit: str
    blanks: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    valid_from: Seconds
    valid_until: Seconds
    office: str = ""
    offline: bool = False
    places: tuple[str, ...] = ()
    kit_key: dict[str, str] | None = None
    office_key: dict[str, str] | None = None
    office_sealing_key: dict[str, str] | None = None


class Retention(Table, frozen=True):
    """How long is kept what names citizens, in days: documents that were made, and the log of processing."""

    documents: Annotated[int, msgspec.Meta(ge=1, le=36_600)] = 3650
    processing_log: Annotated[int, msgspec.Meta(ge=1, le=36_600)] = 1825
