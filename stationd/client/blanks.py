"""The part of the api's client that is about blanks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from stationd.client.rules import ForecastView
from stationd.model.blank import CITIZENS
from stationd.model.pile import Counted

_T = TypeVar("_T")


class ExchangeView(msgspec.Struct, frozen=True):
    """A hopper that stands open; members as in `stationd.store.stock_view.Exchange`."""

    line: str
    since: float = 0.0
    by: str = ""


class ClosedDayView(msgspec.Struct, frozen=True):
    """The store is locked; members as in `stationd.store.stock_view.ClosedDay`."""

    since: float = 0.0
    by: str = ""


class DiscrepancyView(msgspec.Struct, frozen=True):
    """What was found is not what the book said; members as in `stationd.store.stock_view.Discrepancy`."""

    discrepancy_id: str
    origin: str = ""
    subject: str = ""
    line: str = ""
    stock: str = ""
    expected: int = 0
    found: int = 0
    since: float = 0.0
    found_by: str = ""
    state: str = ""
    explanation: str = ""
    requested_by: str = ""
    settled_by: str = ""
    reference: str = ""


class SupplyView(msgspec.Struct, frozen=True):
    """Ribbon or film; members as in `stationd.store.stock_view.SupplyRow`."""

    line: str
    printer: str = ""
    name: str = ""
    remaining: int | None = None
    capacity: int | None = None
    lot: str | None = None
    since: float = 0.0


class BalanceView(msgspec.Struct, frozen=True):
    """An account and what it holds; members as in `stationd.station.AccountBalance`."""

    place: str
    line: str = ""
    stock: str = ""
    batch: str = ""
    count: int = 0


class DayUseView(msgspec.Struct, frozen=True):
    """How many blanks were used up on a day, `2026-08-01`; members as in `stationd.station.DayUse`."""

    day: str
    used: int = 0


class StockedView(msgspec.Struct, frozen=True):
    """Blanks, ribbon and film; members as in `stationd.station.Stocked`."""

    accounts: tuple[BalanceView, ...] = ()
    ready: int = 0
    used_today: int = 0
    made_today: int = 0
    target: int | None = None
    days: tuple[DayUseView, ...] = ()
    foreseen: tuple[ForecastView, ...] = ()
    supplies: tuple[SupplyView, ...] = ()


class BlankCalls(ABC):
    """What can be asked about blanks. Calls that count return the ids of the discrepancies that were found."""

    @abstractmethod
    def get(self, path: str, kind: type[_T], *, timeout: float | None = None) -> _T:
        """Fetch something."""

    @abstractmethod
    def post(
        self, path: str, body: Any = None, *, timeout: float | None = None, key: str = "", approval: str = ""
    ) -> Any:
        """Ask for something to be done; returns the answer's body as plain data, None if there is none.

        With a key it is done once, however often it is asked. An approval is a supervisor's, for this one act.
        """

    def stocked(self) -> StockedView:
        """Return blanks, ribbon and film at one look: how they go down, and how long they will last."""
        return self.get("/v1/stocked", StockedView)

    def receive_blanks(
        self, batch: str, count: int, stock: str = CITIZENS, announced: int | None = None, note: str = ""
    ) -> None:
        """Take a counted delivery into the store; `announced` is what its delivery note, number `note`, says."""
        paper: dict[str, Any] = {"announced": announced} if announced is not None else {}
        paper |= {"note": note} if note else {}
        self.post("/v1/blanks/deliveries", {"batch": batch, "count": count, "stock": stock, **paper})

    def load_blanks(self, line: str, count: int, stock: str = CITIZENS) -> None:
        """Move blanks from the store into a line's hopper."""
        self.post("/v1/blanks/loads", {"line": line, "count": count, "stock": stock})

    def unload_blanks(self, line: str, count: int, stock: str = CITIZENS) -> None:
        """Move blanks out of a line's hopper, back into the store."""
        self.post("/v1/blanks/unloads", {"line": line, "count": count, "stock": stock})

    def take_in_hand(self, count: int, stock: str = CITIZENS) -> None:
        """Take blanks from the store into an officer's hand."""
        self.post("/v1/blanks/in-hand", {"count": count, "stock": stock})

    def put_back(self, count: int, stock: str = CITIZENS, line: str = "") -> None:
        """Put blanks back into the store: from the hand, or untouched ones from the output of a line."""
        self.post("/v1/blanks/put-back", {"count": count, "stock": stock, "line": line})

    def send_back_blanks(self, count: int, note: str, stock: str = CITIZENS, *, unfit: bool = False) -> None:
        """Send unused blanks back to the kabupaten, with a note of that number; `unfit`: those laid aside."""
        self.post("/v1/blanks/sent-back", {"count": count, "number": note, "stock": stock, "unfit": unfit})

    def destroy_cards(self, count: int, record: str, stock: str = CITIZENS) -> None:
        """Enter that spoiled and withdrawn cards were destroyed, with a record of that number."""
        self.post("/v1/blanks/destroyed", {"count": count, "number": record, "stock": stock})

    def spoil_blanks(self, place: str, count: int, reason: str, line: str = "", stock: str = CITIZENS) -> None:
        """Set loose blanks aside; `reason` is a `stationd.model.reasons.SpoilReason`."""
        pile = {"place": place, "line": line, "stock": stock}
        self.post("/v1/blanks/spoiled", {**pile, "count": count, "reason": reason})

    def declare_missing(self, place: str, count: int, line: str = "", stock: str = CITIZENS) -> list[str]:
        """Say that blanks are not to be found; another person has to approve it."""
        return _ids(self.post("/v1/blanks/missing", {"place": place, "line": line, "stock": stock, "count": count}))

    def withdraw(self, job_id: str, reason: str) -> None:
        """Take a finished card from the shelf; `reason` is a `stationd.model.reasons.WithdrawReason`."""
        self.post(f"/v1/jobs/{_part(job_id)}/withdrawal", {"reason": reason})

    def transfer(self, job_id: str, office: str, reason: str) -> None:
        """Send a finished card to another office; `reason` is a `stationd.model.reasons.TransferReason`."""
        self.post(f"/v1/jobs/{_part(job_id)}/transfer", {"office": office, "reason": reason})

    def card_found(self, job_id: str, where: str, identity: str = "") -> None:
        """Say that the card of a possibly printed job was found; `where` is a `stationd.model.reasons.FoundWhere`."""
        self.post(f"/v1/jobs/{_part(job_id)}/card-found", {"where": where, "identity": identity})

    def say_not_printed(self, job_id: str) -> None:
        """Say that a possibly printed job was not printed; another person has to approve it."""
        self.post(f"/v1/jobs/{_part(job_id)}/not-printed")

    def approve_not_printed(self, job_id: str, approval: str = "") -> None:
        """Approve that a possibly printed job was not printed: it may be printed then."""
        self.post(f"/v1/jobs/{_part(job_id)}/not-printed/approval", approval=approval)

    def drop_request(self, request: int, reason: str) -> None:
        """Say that what was asked for will not come; `reason` is a `stationd.model.reasons.DropReason`."""
        self.post(f"/v1/forecast/requests/{request}/drop", {"reason": reason})

    def take_stock(self, counted: Sequence[Counted]) -> list[str]:
        """Hold counted piles against the book."""
        return _ids(self.post("/v1/blanks/counts", {"counted": counted}))

    def begin_exchange(self, line: str) -> None:
        """Open a line's hopper: it begins no card until the exchange is ended."""
        self.post(f"/v1/lines/{_part(line)}/exchange")

    def end_exchange(self, line: str, counted: int) -> list[str]:
        """Close a line's hopper with what lies in it now."""
        return _ids(self.post(f"/v1/lines/{_part(line)}/exchange/end", {"counted": counted}))

    def close_day(self, hoppers: Mapping[str, int], store: Mapping[str, int]) -> list[str]:
        """Empty the hoppers, count the store with what came out of them, and lock it."""
        return _ids(self.post("/v1/blanks/closings", {"hoppers": hoppers, "store": store}))

    def open_day(self) -> None:
        """Unlock the store."""
        self.post("/v1/blanks/openings")

    def discrepancies(self) -> list[DiscrepancyView]:
        """Return all discrepancies, oldest first."""
        return self.get("/v1/discrepancies", list[DiscrepancyView])

    def explain(self, discrepancy_id: str, explanation: str) -> None:
        """Say what explains a discrepancy, a `stationd.model.settling.Explanation`; another person approves it."""
        self.post(f"/v1/discrepancies/{_part(discrepancy_id)}/explanation", {"explanation": explanation})

    def settle(self, discrepancy_id: str, approval: str = "") -> str:
        """Approve what explains a discrepancy; returns its state: `settled`, or `provisional` in an office of one."""
        answer = self.post(f"/v1/discrepancies/{_part(discrepancy_id)}/settlement", approval=approval)
        return str(answer["state"]) if isinstance(answer, dict) and "state" in answer else ""

    def record_approval(self, discrepancy_id: str, reference: str) -> None:
        """Enter the kabupaten's approval of what was settled provisionally."""
        self.post(f"/v1/discrepancies/{_part(discrepancy_id)}/approval", {"reference": reference})


def _ids(answer: Any) -> list[str]:
    return [str(each) for each in answer] if isinstance(answer, list) else []


def _part(text: str) -> str:
    """Make one part of a path of whatever was typed."""
    return quote(text, safe="")
