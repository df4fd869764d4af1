"""A new book in place of one that is damaged, lost or not to be trusted: what it begins from, and how it comes to be.

Nothing of the old database is deleted. The new one is built aside and put in place last, so that an interruption at any
point leaves either the old book or none, and the registry is asked again.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from stationd.model import events, mobile_events, shelf_events, stock_events
from stationd.model.blank import Account, Movement, Place
from stationd.model.carrying_over import of_papers, of_trip
from stationd.model.entry import AnyEvent
from stationd.model.job import HoldCause
from stationd.model.mobile import TripState
from stationd.model.paper_events import NumbersInherited
from stationd.model.papers import PaperId
from stationd.registry.predecessor import Predecessor
from stationd.store.chronicle import Stamp
from stationd.store.heritage import Heritage, replay
from stationd.store.store import Keys, Store

COUNTABLE: Final = (
    Place.STORE,
    Place.HOPPER,
    Place.MACHINE,
    Place.OUTPUT,
    Place.REJECT,
    Place.UNFIT,
    Place.HAND,
    Place.SHELF,
)
"""Where a person can go and count."""

_LINES: Final = frozenset({Place.HOPPER, Place.MACHINE, Place.OUTPUT, Place.REJECT, Place.UNFIT})


@dataclass(frozen=True)
class Succession:
    """What a new book follows.

    Attributes:
        predecessor: the book that the registry holds; None if it holds none.
        heritage: what that book leaves.
        at: the registry's time, seconds since the epoch.
    """

    predecessor: Predecessor | None
    at: float
    heritage: Heritage = field(default_factory=Heritage)

    def to_count(self) -> dict[Account, int]:
        """Return the accounts that must be counted, each with what the old book says."""
        return {account: n for account, n in sorted(self.heritage.accounts.items()) if account.place in COUNTABLE}

    def uncounted(self, counted: Mapping[Account, int]) -> list[Account]:
        """Return the accounts that still must be counted."""
        return [account for account in self.to_count() if account not in counted]


def succession(predecessor: Predecessor | None, at: float) -> Succession:
    """Return what a new book follows, from what the registry holds.

    Raises:
        msgspec.DecodeError: if this program cannot read that book.
    """
    if predecessor is None:
        return Succession(None, at)
    return Succession(predecessor, at, replay(predecessor.texts))


def parse_account(text: str) -> Account:
    """Read an account as it is written for people: `store/wni/B-1`, `hopper/line-1/wni/B-1`.

    Raises:
        ValueError: if it names no place that can be counted.
    """
    name, *rest = text.split("/")
    place = Place(name)
    line = rest.pop(0) if place in _LINES and rest else ""
    if place not in COUNTABLE or (place in _LINES) != bool(line) or not 1 <= len(rest) <= _STOCK_AND_BATCH:
        raise ValueError(text)
    return Account(place, line, *rest)


_STOCK_AND_BATCH: Final = 2


def opening(plan: Succession, counted: Mapping[Account, int], papers: Iterable[PaperId] = ()) -> list[AnyEvent]:
    """Return the first events of the new book.

    Args:
        plan: what it follows.
        counted: what a person counted in each account.
        papers: those that were issued, as far as anybody knows of them: they lie on the disk, or a person has said.
    """
    before = plan.predecessor
    began = events.IncarnationBegan(
        cites=before.head if before else "", follows=before.incarnation if before else "", leases_until=plan.at
    )
    happened: list[AnyEvent] = [began]
    trip, counted = _trip(plan.heritage, counted)
    happened += trip
    for job in plan.heritage.leases:
        happened.append(
            events.LeaseInherited(
                job_id=job.job_id,
                citizen_ref=job.citizen_ref,
                issue_no=job.issue_no,
                epoch=job.epoch,
                start_before=job.start_before,
                reason=job.reason,
                urgent=job.urgent,
                layout=job.layout,
                profile=job.profile,
                sealed_digest=job.sealed_digest,
                was=job.state,
            )
        )
        happened.append(events.JobHeld(job_id=job.job_id, cause=HoldCause.POSSIBLY_PRINTED))
    happened += [
        stock_events.ProfileUsed(profile=profile, version=version)
        for profile, version in sorted(plan.heritage.profiles.items())
    ]
    happened += [
        shelf_events.ShelfInherited(
            job_id=card.job_id,
            citizen_ref=card.citizen_ref,
            issue_no=card.issue_no,
            identity=card.identity,
            stock=card.stock,
            batch=card.batch,
            since=card.since,
        )
        for card in plan.heritage.shelf
    ]
    happened += _allotments(plan.heritage)
    moves = tuple(
        Movement(Account(Place.SUPPLY, stock=account.stock), account, count)
        for account, count in sorted(counted.items())
        if count
    )
    if numbers := of_papers(plan.heritage.papers, papers):
        happened.append(NumbersInherited(last=numbers))
    return [*happened, events.OpeningCounted(moves=moves)]


def _trip(left: Heritage, counted: Mapping[Account, int]) -> tuple[list[AnyEvent], Mapping[Account, int]]:
    """Return how the trip goes on that a kit is on, and what was counted beyond its blanks.

    It comes before the leases, so that those count as leased for it.
    """
    trip = left.trip
    if trip is None:
        return [], counted
    moves, beyond = of_trip(left.accounts, counted, trip.allotment_id, trip.base, trip.stock)
    goes_on = mobile_events.TripInherited(
        allotment_id=trip.allotment_id,
        office=trip.office,
        announced=trip.announced,
        jobs=left.trip_jobs + len(left.leases),
        begins=trip.begins,
        until=trip.until,
        offline=trip.offline,
        closing=trip.state is TripState.CLOSING,
        place=trip.place,
        stock=trip.stock,
        moves=moves,
    )
    return [goes_on], beyond


def _allotments(left: Heritage) -> list[AnyEvent]:
    """Return what kits still have of this office."""
    return [
        mobile_events.AllotmentInherited(
            allotment_id=each.allotment_id,
            kit=each.kit,
            count=each.count,
            batches=each.batches,
            signed_at=each.signed_at,
            stock=each.stock,
            moves=(
                Movement(
                    Account(Place.SUPPLY, stock=each.stock),
                    Account(Place.ALLOTTED, each.allotment_id, each.stock),
                    each.count,
                ),
            ),
        )
        for each in left.allotments
    ]


def replace_book(
    book: Path, keys: Keys, station: str, clock: Callable[[], Stamp], happened: list[AnyEvent]
) -> tuple[str, list[Path]]:
    """Build a new book and put it in place; what was there is moved aside.

    Returns:
        The new incarnation, and where the old database's files are now.
    """
    incarnation = uuid.uuid4().hex
    fresh = book.with_name(f"book-{incarnation}.new.db")
    store = Store(fresh, keys, station, incarnation, clock, happened)
    store.vouch()
    store.forget_erased()
    store.close()
    aside = []
    for suffix in ("-shm", "-wal", ""):
        old = book.with_name(book.name + suffix)
        if old.exists():
            aside.append(old.rename(book.with_name(f"book-before-{incarnation}.db{suffix}")))
    fresh.rename(book)
    folder = os.open(book.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return incarnation, aside
