"""Asks for jobs and hears, in the same breath, what is revoked, what the policy is and how far the book has come."""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

from stationd.model.policy import Policy
from stationd.registry.connection import Connection
from stationd.registry.contract import BookPosition, Lease, LeaseRequest
from stationd.registry.errors import BookForked, RegistryProblem
from stationd.registry.ports import Book, Intake
from stationd.registry.sealing import SealCause, SealRefused, Seals

MOST_AT_ONCE: Final = 25
"""Jobs a call: about a megabyte, which a poor link can bring in one piece."""

OLDER: Final = "policy-older"
"""Why a policy is refused whose version is not above the one held, and which is another."""

_CLIENT_ERRORS: Final = range(400, 500)


class Leaser:
    """One round after the other of `POST /v1/leases`.

    Attributes:
        anew: set to have a call that is under way made again, because other jobs are wanted than it asks for.
    """

    def __init__(self, station: str, connection: Connection, book: Book, intake: Intake, seals: Seals) -> None:
        self._station: Final = station
        self._connection: Final = connection
        self._book: Final = book
        self._intake: Final = intake
        self._seals: Final = seals
        self.anew: Final = asyncio.Event()
        self._key: str | None = None
        self._told: frozenset[str] = frozenset()

    async def fetch_policy(self) -> Policy | None:
        """Bring the policy up to date and return it.

        Raises:
            LinkError: as every call.
            SealRefused: a policy that is not signed, is another station's, or contradicts itself.
        """
        held = await asyncio.to_thread(self._intake.policy)
        answer = await self._connection.policy(0 if held is None else held.version)
        if answer is not None:
            await self._adopt(answer.policy, held)
        return await asyncio.to_thread(self._intake.policy)

    async def ask(self, policy: Policy | None, wait: int) -> Lease | None:
        """Ask once, and have everything that came on disk before returning.

        Args:
            policy: the newest held. Without CETAK nothing is asked for; a station that holds no jobs is not heard of.
            wait: seconds that the registry may wait for something new.

        Returns:
            What came, or None if there was nothing to ask.

        Raises:
            BookForked, LinkError, SealRefused: see `Shipper.ship`. What else came is on disk even so.
        """
        while True:
            self.anew.clear()
            request = await self._request(policy)
            if request is None:
                return None
            lease = await self._call(request, wait)
            if lease is not None:
                await self._take_in(lease, policy, request.holding)
                return lease

    async def _request(self, policy: Policy | None) -> LeaseRequest | None:
        """Return what is to be asked now; None if there is nothing."""
        licensed = await asyncio.to_thread(self._intake.licensed)
        holding = tuple(await asyncio.to_thread(self._intake.holding))
        if not licensed and not holding:
            return None
        want = min(await asyncio.to_thread(self._intake.wanted), MOST_AT_ONCE) if licensed else 0
        head = await asyncio.to_thread(self._book.head)
        trip = await asyncio.to_thread(self._intake.trip)
        return LeaseRequest(
            station=self._station,
            want=max(0, want),
            holding=holding,
            policy_version=0 if policy is None else policy.version,
            book=BookPosition(incarnation=self._book.incarnation, seq=head.seq, head=head.digest),
            trip=trip,
        )

    async def _call(self, request: LeaseRequest, wait: int) -> Lease | None:
        """Ask under one key until an answer is on disk: jobs in an answer that was lost come again under it.

        Returns:
            The answer; None if it was not waited for, because something else is to be asked.
        """
        self._key = self._key or secrets.token_hex(16)
        answer = asyncio.ensure_future(self._connection.lease(request, self._key, wait))
        anew = asyncio.ensure_future(self.anew.wait())
        try:
            await asyncio.wait((answer, anew), return_when=asyncio.FIRST_COMPLETED)
            return answer.result() if answer.done() else None
        except RegistryProblem as problem:
            if problem.status in _CLIENT_ERRORS:
                self._key = None
            if problem.name == "book-fork" and problem.seq is not None:
                raise BookForked(problem.seq) from problem
            raise
        finally:
            answer.cancel()
            anew.cancel()
            await asyncio.gather(answer, anew, return_exceptions=True)

    async def _take_in(self, lease: Lease, policy: Policy | None, holding: tuple[str, ...]) -> None:
        revoked = frozenset(lease.revoked) & frozenset(holding)
        if not revoked <= self._told:
            await asyncio.to_thread(self._intake.revoke, sorted(revoked))
        self._told = revoked
        if lease.jobs:
            await asyncio.to_thread(self._intake.receive, lease.epoch, lease.jobs)
        self._key = None
        if lease.policy is not None:
            await self._adopt(lease.policy, policy)

    async def _adopt(self, signed: str, held: Policy | None) -> None:
        """Have a newer policy kept; what is not gone by is put down, and told as what is wrong with the link."""
        try:
            policy = self._seals.policy(signed, self._station)
        except SealRefused as refused:
            await asyncio.to_thread(self._intake.refuse_policy, signed, refused.cause, refused.where)
            raise
        if held is None or policy.version > held.version:
            fault = await asyncio.to_thread(self._intake.adopt_policy, signed, policy)
            if fault is not None:
                raise SealRefused(SealCause.NOT_UNDERSTOOD, f"policy {policy.version}: {fault.place} {fault.why}")
        elif policy != held:
            await asyncio.to_thread(self._intake.refuse_policy, signed, OLDER, "", policy.version)
