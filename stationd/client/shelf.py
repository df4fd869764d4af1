"""The part of the api's client that is about finished cards, and what the station answers of them.

Answers that name citizens are for the officer who asked: they are shown, and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec
from typing_extensions import override

from stationd.client.blanks import BlankCalls


class _Private(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that names a citizen: its repr says only what it is about."""

    job_id: str = ""

    @override
    def __repr__(self) -> str:
        return f"{type(self).__name__}(job_id={self.job_id!r}, …)"

    @override
    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("job_id", self.job_id)]


class NoticeView(msgspec.Struct, frozen=True):
    """A notice to a card's owner; members as in `stationd.station.shelf_rows.NoticeTold`."""

    number: int = 0
    channel: str = ""
    delivery: str = ""
    at: float = 0.0
    cause: str = ""


class FoundCardView(_Private, frozen=True, kw_only=True):
    """A finished card and its owner; members as in `stationd.station.shelf_rows.FoundCard`."""

    name: str = ""
    nik: str = ""
    address: str = ""
    kelurahan: str = ""
    kecamatan: str = ""
    place: str = ""
    since: float = 0.0
    issue_no: int = 0
    came: str = ""
    lost: float | None = None
    due: str = ""
    notices: tuple[NoticeView, ...] = ()


class TappedView(msgspec.Struct, frozen=True, kw_only=True):
    """What lies on the desk reader; members as in `stationd.station.shelf_rows.TappedCard`."""

    found: str = ""
    belongs: str = ""
    job_id: str = ""
    card: FoundCardView | None = None
    list_id: str = ""
    at: float | None = None


class ReceiptView(_Private, frozen=True, kw_only=True):
    """What a hand-over receipt says; members as in `stationd.station.shelf_rows.Receipt`."""

    station: str = ""
    incarnation: str = ""
    seq: int = 0
    at: float = 0.0
    name: str = ""
    nik: str = ""
    address: str = ""
    issue_no: int = 0
    identity: str = ""
    to: str = ""
    shown: str = ""
    tapped: bool = False
    officer: str = ""
    officer_name: str = ""


class TransferRowView(_Private, frozen=True, kw_only=True):
    """A line of a transfer; members as in `stationd.station.shelf_rows.TransferRow`."""

    name: str = ""
    nik: str = ""
    address: str = ""
    kecamatan: str = ""
    issue_no: int = 0
    identity: str = ""
    since: float = 0.0
    seq: int = 0


class TransferView(msgspec.Struct, frozen=True, kw_only=True):
    """Cards sent to another office together; members as in `stationd.station.shelf_rows.TransferOut`."""

    station: str = ""
    incarnation: str = ""
    office: str = ""
    cause: str = ""
    at: float = 0.0
    officer: str = ""
    officer_name: str = ""
    cards: tuple[TransferRowView, ...] = ()


class ArrivalCardView(_Private, frozen=True, kw_only=True):
    """A line of a sender's list; members as in `stationd.station.shelf_rows.ArrivalCard`."""

    state: str = ""
    identity: str = ""
    name: str = ""
    kelurahan: str = ""


class ArrivalView(msgspec.Struct, frozen=True, kw_only=True):
    """A box of cards from elsewhere; members as in `stationd.station.shelf_rows.ArrivalTold`."""

    list_id: str = ""
    sender: str = ""
    opened: float = 0.0
    closed: float | None = None
    announced: int = 0
    arrived: int = 0
    short: int = 0
    extra: int = 0
    cards: tuple[ArrivalCardView, ...] = ()


class WhereView(msgspec.Struct, frozen=True, kw_only=True):
    """Where a citizen's card is; members as in `stationd.station.shelf_rows.Whereabouts`."""

    state: str = ""
    by: str = ""
    as_of: float | None = None
    cause: str = ""
    office: str = ""
    since: float | None = None
    place: str = ""
    job_id: str = ""
    issue_no: int = 0
    notices: tuple[NoticeView, ...] = ()


class ShelfCalls(BlankCalls):
    """What can be asked about finished cards. A technician's session is refused every one of these."""

    def search_shelf(self, text: str = "", limit: int = 50) -> list[FoundCardView]:
        """Find finished cards by NIK or its beginning (four digits at least), parts of the name, job or place.

        An empty text gives all of them, oldest first.
        """
        return msgspec.convert(self.post("/v1/shelf/search", {"text": text, "limit": limit}), list[FoundCardView])

    def tap_shelf(self) -> TappedView:
        """Read the card on the desk reader: whose it is and where it belongs. Waits up to 20 seconds for a card."""
        return msgspec.convert(self.post("/v1/shelf/tap"), TappedView)

    def where_is(self, nik: str) -> WhereView:
        """Ask where a citizen's card is: of the registry, or of the station while that is out of reach."""
        return msgspec.convert(self.post("/v1/shelf/where", {"nik": nik}), WhereView)

    def place_card(self, job_id: str, place: str) -> None:
        """Say in which box and row a card lies, as `A3` or `B/12`."""
        self.post(f"{_card(job_id)}/place", {"place": place})

    def hand_over(self, job_id: str, to: str, shown: str, *, kk: str = "", tap: bool = False) -> ReceiptView:
        """Hand a card over.

        Args:
            job_id: whose.
            to: `owner` or `family` (`stationd.model.shelf.Collector`).
            shown: what they showed (`stationd.model.shelf.Shown`).
            kk: number of the family card that a member of the family showed.
            tap: the card in hand is read first, and must be this one.

        Returns:
            What a receipt says, told this once: the station keeps no record of the owner after it.
        """
        body = {"to": to, "shown": shown, "kk": kk, "tap": tap}
        return msgspec.convert(self.post(f"{_card(job_id)}/hand-over", body), ReceiptView)

    def lose_card(self, job_id: str) -> None:
        """Say, as a supervisor, that a card is not to be found."""
        self.post(f"{_card(job_id)}/lost")

    def find_card(self, job_id: str, place: str) -> None:
        """Say that a card which was not to be found lies on the shelf again, and where."""
        self.post(f"{_card(job_id)}/found", {"place": place})

    def transfer_due(self, office: str, kecamatan: str = "") -> TransferView:
        """Send every card that is due for it to another office; only those of one kecamatan, if it is named."""
        return msgspec.convert(
            self.post("/v1/shelf/transfers", {"office": office, "kecamatan": kecamatan}), TransferView
        )

    def arrivals(self) -> list[ArrivalView]:
        """Return the boxes from elsewhere that are being gone through, without their cards."""
        return self.get("/v1/shelf/arrivals", list[ArrivalView])

    def arrival(self, list_id: str) -> ArrivalView:
        """Return one box with every line of its list."""
        return self.get(_list(list_id), ArrivalView)

    def open_arrival(self, sealed: str) -> ArrivalView:
        """Begin to go through a box, by the sealed list that came with it. The same list again goes on."""
        return msgspec.convert(self.post("/v1/shelf/arrivals", {"sealed": sealed}), ArrivalView)

    def arrive_tapped(self, list_id: str, place: str = "") -> ArrivalCardView:
        """Take in the card on the desk reader; `extra` in the answer's state says that it is on no line."""
        return msgspec.convert(self.post(f"{_list(list_id)}/tap", {"place": place}), ArrivalCardView)

    def arrive_counted(self, list_id: str, job_ids: Sequence[str] = (), place: str = "") -> list[ArrivalCardView]:
        """Take in cards that were compared with the list by eye; none named: all that are not here yet."""
        body = {"jobs": list(job_ids), "place": place}
        return msgspec.convert(self.post(f"{_list(list_id)}/count", body), list[ArrivalCardView])

    def close_arrival(self, list_id: str) -> ArrivalView:
        """End going through a box; what is announced and not here is short."""
        return msgspec.convert(self.post(f"{_list(list_id)}/close"), ArrivalView)


def _card(job_id: str) -> str:
    return f"/v1/shelf/cards/{quote(job_id, safe='')}"


def _list(list_id: str) -> str:
    return f"/v1/shelf/arrivals/{quote(list_id, safe='')}"
