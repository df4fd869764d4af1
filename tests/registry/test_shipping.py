"""The book against a registry that answers late, loses answers, loses its memory, or holds another book."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from stationd.registry.connection import Connection
from stationd.registry.contract import EventsAnswer, EventsRequest
from stationd.registry.errors import AnswerNotUnderstood, BookForked, RegistryProblem, Unreachable
from stationd.registry.sealing import SealRefused, Seals
from stationd.registry.shipping import BATCH_BYTES, BATCH_ENTRIES, Shipper
from tests.model.jobs import STATION
from tests.registry.authority import Authority, private, public
from tests.registry.stand_in import Station

REGISTRY = Authority()
SEALS = Seals(private(REGISTRY.station), public(REGISTRY.signing))


class Copy(Connection):
    """The registry's copy of the book, after the contract's words on `POST /v1/events`."""

    def __init__(self) -> None:
        self.held: list[str] = []
        self.faults: list[str] = []
        self.calls: list[EventsRequest] = []
        self.claims: dict[str, Any] = {}
        self.signer = REGISTRY

    @override
    async def ship(self, request: EventsRequest) -> EventsAnswer:
        self.calls.append(request)
        fault = self.faults.pop() if self.faults else ""
        if fault == "lost on the way":
            raise Unreachable("/v1/events", "test")
        if fault == "restored":
            del self.held[len(self.held) // 2 :]
        self._take(request)
        if fault == "answer lost":
            raise Unreachable("/v1/events", "test")
        claims = {
            "station": STATION,
            "incarnation": "inc-1",
            "seq": len(self.held),
            "head": digest(self.held[-1]),
            "time": 1.0,
            **self.claims,
        }
        return EventsAnswer(acked=claims["seq"], countersignature=self.signer.sign(claims))

    def _take(self, request: EventsRequest) -> None:
        if request.first > len(self.held) + 1:
            raise problem("book-gap", have=len(self.held))
        for seq, text in enumerate(request.events, request.first):
            if seq <= len(self.held) and self.held[seq - 1] != text:
                raise problem("book-fork", seq=seq)
        self.held[request.first - 1 : request.first - 1 + len(request.events)] = request.events


def problem(name: str, have: int | None = None, seq: int | None = None) -> RegistryProblem:
    return RegistryProblem("/v1/events", 409, f"https://registry.example/problems/{name}", "", have, seq)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def station(entries: int, wide: int = 0) -> Station:
    made = Station(STATION, bytes)
    for n in range(entries):
        made.record("line-ready", line="a" * wide, n=n)
    return made


def ship(made: Station, copy: Copy, tries: int = 1) -> Shipper:
    shipper = Shipper(STATION, copy, made, SEALS)

    async def run() -> None:
        for left in reversed(range(tries)):
            try:
                await shipper.ship()
            except Unreachable:
                if not left:
                    raise

    asyncio.run(run())
    return shipper


def test_all_of_the_book_is_handed_in_and_acknowledged() -> None:
    made, copy = station(3), Copy()
    ship(made, copy)
    assert copy.held == made.book
    assert made.acknowledged() == 3
    ship(made, copy)
    assert len(copy.calls) == 1


def test_a_long_book_goes_in_parts_of_bounded_size() -> None:
    made, copy = station(BATCH_ENTRIES + 1), Copy()
    ship(made, copy)
    assert [len(call.events) for call in copy.calls] == [BATCH_ENTRIES, 1]
    made, copy = station(30, wide=60_000), Copy()
    ship(made, copy)
    assert copy.held == made.book
    assert max(sum(map(len, call.events)) for call in copy.calls) <= BATCH_BYTES
    made, copy = station(2, wide=BATCH_BYTES + 1), Copy()
    ship(made, copy)
    assert copy.held == made.book


FAULTS = st.lists(st.sampled_from(["", "lost on the way", "answer lost", "restored"]), max_size=12)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=8), FAULTS)
def test_whatever_is_lost_the_copy_is_the_book_in_the_end(growth: list[int], faults: list[str]) -> None:
    made, copy = station(1), Copy()
    copy.faults = list(faults)
    for grown in growth:
        for n in range(grown):
            made.record("line-ready", n=n)
        ship(made, copy, tries=len(faults) + 1)
        copy.faults = copy.faults or list(faults)
    copy.faults = []
    made.record("line-ready")
    ship(made, copy)
    assert copy.held == made.book
    assert made.countersigned == sorted(set(made.countersigned))
    assert made.acknowledged() == len(made.book)


def test_a_registry_that_lost_what_it_had_acknowledged_gets_it_again() -> None:
    made, copy = station(6), Copy()
    shipper = ship(made, copy)
    del copy.held[2:]
    shipper.send_again_after(2)
    asyncio.run(shipper.ship())
    assert copy.held == made.book
    assert copy.calls[-1].first == 3
    assert made.countersigned == [6]


def fork(made: Station, copy: Copy) -> int:
    with pytest.raises(BookForked) as caught:
        ship(made, copy)
    return caught.value.seq


def test_another_content_under_one_number_is_a_fork() -> None:
    made, other, copy = station(5), station(3, wide=1), Copy()
    copy.held = list(other.book)
    assert fork(made, copy) == 1
    assert made.countersigned == []


def test_a_registry_with_entries_that_this_book_never_had_means_a_restored_disk() -> None:
    made, copy = station(5), Copy()
    ship(made, copy)
    del made.book[3:]
    made.countersigned = [2]
    assert fork(made, copy) == 5
    made.countersigned = [5]
    assert fork(made, copy) == 4


def test_a_registry_that_has_more_of_the_same_book_is_believed_after_a_look() -> None:
    made, copy = station(5), Copy()
    copy.held = list(made.book)
    made.countersigned = [1]
    made.record("line-ready")
    del made.book[5:]
    ship(made, copy)
    assert made.acknowledged() == 5


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"seq": 2}, AnswerNotUnderstood),
        ({"head": "0" * 64}, BookForked),
        ({"station": "7316-03"}, SealRefused),
        ({"incarnation": "inc-2"}, SealRefused),
    ],
)
def test_a_word_about_anything_else_is_not_believed(claims: dict[str, Any], error: type[Exception]) -> None:
    made, copy = station(3), Copy()
    copy.claims = claims
    with pytest.raises(error):
        ship(made, copy)
    assert made.countersigned == []


def test_a_word_that_the_registry_did_not_sign_is_not_believed() -> None:
    made, copy = station(3), Copy()
    copy.signer = Authority()
    with pytest.raises(SealRefused, match="wrong-signature"):
        ship(made, copy)
    assert made.countersigned == []


class Confused(Copy):
    """Says that it has something that makes no sense."""

    def __init__(self, have: int) -> None:
        super().__init__()
        self.have = have

    @override
    async def ship(self, request: EventsRequest) -> EventsAnswer:
        self.calls.append(request)
        raise problem("book-gap", have=self.have)


@pytest.mark.parametrize("have", [0, 7, -1])
def test_a_gap_that_leads_nowhere_is_a_failure_and_not_a_loop(have: int) -> None:
    copy = Confused(have)
    with pytest.raises(RegistryProblem):
        ship(station(3), copy)
    assert len(copy.calls) == 1
