"""The station as people see it."""

from __future__ import annotations

import msgspec

from stationd.model.blank import Place
from stationd.press.notice import LineStatus
from stationd.store.rows import Question, Refusal
from stationd.store.stock_view import ClosedDay, Discrepancy, Exchange, SupplyRow


class LinkStatus(msgspec.Struct, frozen=True):
    """The link to the registry as people see it; times are seconds since the epoch."""

    online: bool
    last_contact: float | None
    last_error: str
    acknowledged: int


class BookCheck(msgspec.Struct, frozen=True):
    """The check of the whole book that begins with the daemon.

    Attributes:
        state: `not-begun`, `running`, `passed`, `failed`, or `not-finished` if it could not be carried through.
        findings: what it found; no card is made while there is any.
    """

    state: str = "not-begun"
    findings: tuple[str, ...] = ()


class StationStatus(msgspec.Struct, frozen=True):
    """The station at one look.

    Attributes:
        blanks: how many are in each place.
        exchanges: hoppers that stand open.
        closed_day: since when the store is locked; None while it is open.
        discrepancies: those that are not settled for good.
        supplies: ribbon and film.
        to_compare: jobs whose card came out and is made live by its tap: it is compared with its picture before.
    """

    station: str
    incarnation: str
    version: str
    time: float | None
    trust: str
    policy_version: int
    lines: list[LineStatus]
    link: LinkStatus
    jobs: dict[str, int]
    refused: list[Refusal]
    questions: list[Question]
    blanks: dict[str, int]
    exchanges: list[Exchange]
    closed_day: ClosedDay | None
    discrepancies: list[Discrepancy]
    supplies: list[SupplyRow]
    book: int
    head: str
    book_check: BookCheck = BookCheck()
    to_compare: tuple[str, ...] = ()


class AccountBalance(msgspec.Struct, frozen=True):
    """One account and what it holds."""

    place: Place
    line: str
    stock: str
    batch: str
    count: int
