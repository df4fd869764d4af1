"""What is settled with the registry beside jobs and the book: halves of allotments, names of a trip, partners' lists.

All of it stands in the book before it is asked, and is asked again until the registry has answered.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Final, Protocol

import msgspec
import structlog

from stationd.model import mobile_events, stock_events
from stationd.model.mobile import Leg
from stationd.model.partner_list import PartnerRow
from stationd.model.settling import Origin
from stationd.registry.contract import (
    AllotmentsAnswer,
    HomeNamesAnswer,
    HomeNamesRequest,
    NamesOfTrip,
    PairedAllotment,
    PartnerListAnswer,
    PartnerListRequest,
    RequestedCitizen,
)
from stationd.registry.errors import LinkError, RegistryProblem
from stationd.station import Refused, home_names
from stationd.station.partners import vault_id
from stationd.store.mobile_view import HalfRow, PartnerListRow
from stationd.store.store import CommitFailed, Store
from stationd.store.vault import NotInVault

log = structlog.get_logger()

ACTOR: Final = "registry"

AGAIN: Final = 10.0
"""Seconds after which what was not answered, or not paired, is asked again."""

LOST: Final = "rows-not-here"
"""Why a list is given up whose rows cannot be opened any more: the disk was replaced."""

NOT_NOW: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class Calls(Protocol):
    """What is asked of the registry."""

    async def allotments(self) -> AllotmentsAnswer:
        """Ask which halves of this station's allotments are paired."""

    async def hand_in_names(self, request: HomeNamesRequest) -> HomeNamesAnswer:
        """Hand on who waits for a trip's finished cards."""

    async def names_of_trip(self, allotment_id: str) -> NamesOfTrip:
        """Ask for what the kit of an allotment has handed on."""

    async def submit_list(self, request: PartnerListRequest) -> PartnerListAnswer:
        """Hand a partner's list on."""


class MobilePost:
    """The loop that does so.

    Args:
        store: the book.
        calls: to the registry.
        take_names: takes in who waits for a kit's cards, sealed by the kit, for an actor; raises `Refused`.
    """

    def __init__(self, store: Store, calls: Calls, take_names: Callable[[str, str], int]) -> None:
        self._store = store
        self._calls = calls
        self._take_names = take_names
        self._settled: set[str] = set()
        self._news = asyncio.Event()

    def wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say that something was committed. May be called from any thread, also after the loop has ended."""
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self._news.set)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._news.clear()
            try:
                await self._pair()
                await self._names()
                await self._hand_on()
            except (LinkError, CommitFailed) as failure:
                log.info("kits and lists wait for the registry", why=str(failure))
                await asyncio.sleep(AGAIN)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AGAIN):
                    await self._news.wait()

    # --- allotments -------------------------------------------------------------------------------------------------

    async def _pair(self) -> None:
        if await asyncio.to_thread(self._known_alone):
            answer = await self._calls.allotments()
            await asyncio.to_thread(self.compare, answer.allotments)

    def _known_alone(self) -> list[HalfRow]:
        """Return the halves that are alone and that the registry has."""
        with self._store.read() as view:
            acknowledged = view.acknowledged()
            return [half for half in view.halves_alone() if half.seq <= acknowledged]

    def compare(self, paired: Iterable[PairedAllotment]) -> None:
        """Enter which halves agree with the other book's, and which do not: each of those is a discrepancy here."""
        there = {(each.allotment_id, each.leg): each for each in paired}
        with self._store.write(ACTOR) as transaction:
            for half in transaction.halves_alone():
                other = there.get((half.allotment_id, half.leg))
                if other is None or other.given is None or other.taken is None:
                    continue
                gives = (transaction.allotment(half.allotment_id) is None) == (half.leg == Leg.BACK)
                said = other.taken if gives else other.given
                if said == half.count:
                    transaction.record(mobile_events.AllotmentPaired(allotment_id=half.allotment_id, leg=half.leg))
                    continue
                log.error("an allotment's halves differ", allotment=half.allotment_id, leg=half.leg)
                transaction.record(
                    mobile_events.AllotmentDiffers(
                        allotment_id=half.allotment_id, leg=half.leg, here=half.count, there=said
                    )
                )
                if not half.told:
                    transaction.record(
                        stock_events.DiscrepancyFound(
                            origin=Origin.ALLOTMENT,
                            subject=f"{half.leg}/{half.allotment_id}",
                            expected=half.count,
                            found=said,
                            stock=half.stock,
                        )
                    )

    # --- names of a trip --------------------------------------------------------------------------------------------

    async def _names(self) -> None:
        """Hand on, at a kit, the names that its trips have left; ask, at an office, for those of cards without any.

        What was answered for good, if only by a refusal, is not asked again until the next start.
        """
        to_hand_in, nameless = await asyncio.to_thread(self._names_known)
        for allotment_id, office in to_hand_in:
            await self._hand_in(allotment_id, office)
        for allotment_id in nameless:
            try:
                answer = await self._calls.names_of_trip(allotment_id)
            except RegistryProblem as problem:
                self._give_up(allotment_id, problem)
                continue
            if answer.sealed is not None:
                await asyncio.to_thread(self._take, allotment_id, answer.sealed)

    def _names_known(self) -> tuple[list[tuple[str, str]], list[str]]:
        with self._store.read() as view:
            acknowledged = view.acknowledged()
            back = {half.allotment_id for half in view.halves() if half.leg == Leg.BACK and half.seq <= acknowledged}
            asked = [each for each in view.nameless() if each in back - self._settled]
            return [each for each in view.names_to_hand_in() if each[0] not in self._settled], asked

    async def _hand_in(self, allotment_id: str, office: str) -> None:
        sealed = await asyncio.to_thread(self._store.sealed, home_names.vault_id(allotment_id))
        request = HomeNamesRequest(
            station=self._store.station, allotment_id=allotment_id, office=office, sealed=sealed.decode("ascii")
        )
        try:
            await self._calls.hand_in_names(request)
        except RegistryProblem as problem:
            self._give_up(allotment_id, problem)
        else:
            await asyncio.to_thread(self._handed_in, allotment_id)

    def _handed_in(self, allotment_id: str) -> None:
        with self._store.write(ACTOR) as transaction:
            transaction.vault.erase(home_names.vault_id(allotment_id))
        self._store.forget_erased()

    def _take(self, allotment_id: str, sealed: str) -> None:
        self._settled.add(allotment_id)
        try:
            taken = self._take_names(sealed, ACTOR)
            log.info("owners of a kit's cards are known", allotment=allotment_id, cards=taken)
        except Refused as refused:
            log.error("names of a trip are not taken", allotment=allotment_id, why=refused.cause)

    def _give_up(self, allotment_id: str, problem: RegistryProblem) -> None:
        if _passes(problem):
            raise problem
        self._settled.add(allotment_id)
        log.error("the registry does not take or give names of a trip", allotment=allotment_id, why=problem.name)

    # --- partners' lists --------------------------------------------------------------------------------------------

    async def _hand_on(self) -> None:
        for row in await asyncio.to_thread(self._waiting):
            try:
                request = await asyncio.to_thread(self._request, row)
            except NotInVault:
                await asyncio.to_thread(self._over, row, LOST)
                continue
            try:
                await self._calls.submit_list(request)
            except RegistryProblem as problem:
                if _passes(problem):
                    raise
                await asyncio.to_thread(self._over, row, problem.name)
            else:
                await asyncio.to_thread(self._over, row, "")

    def _waiting(self) -> list[PartnerListRow]:
        with self._store.read() as view:
            return view.partner_lists_waiting()

    def _request(self, row: PartnerListRow) -> PartnerListRequest:
        rows = msgspec.json.decode(self._store.sealed(vault_id(row.list_id)), type=tuple[PartnerRow, ...])
        return PartnerListRequest(
            station=self._store.station,
            list_id=row.list_id,
            partner=row.partner,
            rows=tuple(
                RequestedCitizen(
                    row=each.row,
                    nik=each.nik,
                    name=each.name,
                    born=each.born.isoformat(),
                    kelurahan=each.kelurahan,
                    reason=each.reason,
                )
                for each in rows
            ),
        )

    def _over(self, row: PartnerListRow, cause: str) -> None:
        """Enter that the registry has a list, or does not take it, and destroy what was kept of it."""
        with self._store.write(ACTOR) as transaction:
            transaction.vault.erase(vault_id(row.list_id))
            if cause:
                transaction.record(mobile_events.PartnerListRefused(list_id=row.list_id, cause=cause))
            else:
                transaction.record(mobile_events.PartnerListSent(list_id=row.list_id))
        self._store.forget_erased()


def _passes(problem: RegistryProblem) -> bool:
    """Say whether a problem is one of the moment: the same is asked again."""
    return problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR or problem.status in NOT_NOW
