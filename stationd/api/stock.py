"""The api's routes about blanks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from aiohttp import web

from stationd.api.door import APPROVER
from stationd.model.blank import CITIZENS
from stationd.model.pile import Counted
from stationd.station import Station


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Delivery(_Message, frozen=True):
    """A counted delivery; `announced` is what its note says."""

    batch: str
    count: int
    stock: str = CITIZENS
    announced: int | None = None
    note: str = ""


class HopperAct(_Message, frozen=True):
    """Blanks put into, or taken out of, a line's hopper."""

    line: str
    count: int
    stock: str = CITIZENS


class Some(_Message, frozen=True):
    """So many blanks."""

    count: int
    stock: str = CITIZENS


class PutBack(Some, frozen=True):
    """So many blanks for the store: from the hand, or from the output of `line`."""

    line: str = ""


class Noted(_Message, frozen=True):
    """So many blanks or cards, and the number of the paper that goes with them."""

    count: int
    number: str
    stock: str = CITIZENS


class SentBack(Noted, frozen=True):
    """Unused blanks that go back; `unfit`: those laid aside because their chips cannot be written here."""

    unfit: bool = False


class Spoiled(_Message, frozen=True):
    """Loose blanks that are unfit."""

    place: str
    count: int
    reason: str
    line: str = ""
    stock: str = CITIZENS


class Lost(_Message, frozen=True):
    """Blanks that are not to be found."""

    place: str
    count: int
    line: str = ""
    stock: str = CITIZENS


class Withdrawal(_Message, frozen=True):
    """Why a finished card is taken from the shelf."""

    reason: str


class Transfer(_Message, frozen=True):
    """To which office a finished card goes, and why."""

    office: str
    reason: str


class CardFound(_Message, frozen=True):
    """Where the card of a possibly printed job is, and its chip's identity in hex if that was read."""

    where: str
    identity: str = ""


class Dropped(_Message, frozen=True):
    """Why a delivery that was asked for will not come."""

    reason: str


class StockTake(_Message, frozen=True):
    """Piles as they were counted."""

    counted: tuple[Counted, ...]


class HopperCount(_Message, frozen=True):
    """What lies in a hopper when its exchange ends."""

    counted: int


class Closing(_Message, frozen=True):
    """What came out of each line's hopper, and what lies in the store with that, by stock type."""

    hoppers: dict[str, int]
    store: dict[str, int]


class Explained(_Message, frozen=True):
    """What explains a discrepancy."""

    explanation: str


class Approval(_Message, frozen=True):
    """The number of the kabupaten's letter."""

    reference: str


_Act = Callable[[Any, Mapping[str, str], str], object]
_Do = Callable[..., Awaitable[web.StreamResponse]]


def routes(station: Station, officer_of: Callable[[web.Request], str], do: _Do) -> list[web.RouteDef]:
    """Return the routes that do something with blanks.

    Args:
        station: what is asked.
        officer_of: who asks.
        do: carries an act out in a thread of its own and answers with what it returned.
    """

    def post(path: str, kind: type[_Message] | None, act: _Act, *, second: bool = False) -> web.RouteDef:
        """Make a route; `second`: a second person's act, which a supervisor may do in the first one's session."""

        async def handler(request: web.Request) -> web.StreamResponse:
            body = None if kind is None else msgspec.json.decode(await request.read(), type=kind)
            by = (second and request[APPROVER]) or officer_of(request)
            return await do(act, body, request.match_info, by)

        return web.post(path, handler)

    s = station
    return [
        post(
            "/v1/blanks/deliveries",
            Delivery,
            lambda b, _, by: s.receive_blanks(b.batch, b.count, by, b.stock, b.announced, b.note),
        ),
        post("/v1/blanks/loads", HopperAct, lambda b, _, by: s.load_blanks(b.line, b.count, by, b.stock)),
        post("/v1/blanks/unloads", HopperAct, lambda b, _, by: s.unload_blanks(b.line, b.count, by, b.stock)),
        post("/v1/blanks/in-hand", Some, lambda b, _, by: s.take_in_hand(b.count, by, b.stock)),
        post("/v1/blanks/put-back", PutBack, lambda b, _, by: s.put_back(b.count, by, b.stock, b.line)),
        post(
            "/v1/blanks/sent-back",
            SentBack,
            lambda b, _, by: s.send_back_blanks(b.count, b.number, by, b.stock, unfit=b.unfit),
        ),
        post("/v1/blanks/destroyed", Noted, lambda b, _, by: s.destroy_cards(b.count, b.number, by, b.stock)),
        post(
            "/v1/blanks/spoiled",
            Spoiled,
            lambda b, _, by: s.spoil_blanks(b.place, b.count, b.reason, by, b.line, b.stock),
        ),
        post("/v1/blanks/missing", Lost, lambda b, _, by: [s.declare_missing(b.place, b.count, by, b.line, b.stock)]),
        post(
            "/v1/forecast/requests/{request:[0-9]{1,15}}/drop",
            Dropped,
            lambda b, at, by: s.drop_request(int(at["request"]), b.reason, by),
        ),
        post("/v1/blanks/counts", StockTake, lambda b, _, by: s.take_stock(b.counted, by)),
        post("/v1/blanks/closings", Closing, lambda b, _, by: s.close_day(b.hoppers, b.store, by)),
        post("/v1/blanks/openings", None, lambda _b, _, by: s.open_day(by)),
        post("/v1/lines/{line}/exchange", None, lambda _, at, by: s.begin_exchange(at["line"], by)),
        post("/v1/lines/{line}/exchange/end", HopperCount, lambda b, at, by: s.end_exchange(at["line"], b.counted, by)),
        post("/v1/jobs/{job}/withdrawal", Withdrawal, lambda b, at, by: s.withdraw(at["job"], b.reason, by)),
        post("/v1/jobs/{job}/transfer", Transfer, lambda b, at, by: s.transfer(at["job"], b.office, b.reason, by)),
        post(
            "/v1/jobs/{job}/card-found", CardFound, lambda b, at, by: s.card_found(at["job"], b.where, by, b.identity)
        ),
        post("/v1/jobs/{job}/not-printed", None, lambda _, at, by: s.say_not_printed(at["job"], by)),
        post(
            "/v1/jobs/{job}/not-printed/approval",
            None,
            lambda _, at, by: s.approve_not_printed(at["job"], by),
            second=True,
        ),
        post("/v1/discrepancies/{id}/explanation", Explained, lambda b, at, by: s.explain(at["id"], b.explanation, by)),
        post(
            "/v1/discrepancies/{id}/settlement", None, lambda _, at, by: {"state": s.settle(at["id"], by)}, second=True
        ),
        post(
            "/v1/discrepancies/{id}/approval",
            Approval,
            lambda b, at, by: s.record_approval(at["id"], b.reference, by),
        ),
    ]
