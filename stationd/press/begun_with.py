"""The profile by which an attempt was begun: whatever is installed meanwhile, the card is finished by that one.

A profile is replaced while a card is in a machine, or lies finished on the desk and is not live yet. The new one may
put the identity elsewhere, or lock by another command: what it would find says nothing of this card.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import msgspec
from typing_extensions import override

from stationd.chip.profile import Profile, canonical, digest, from_canonical
from stationd.model import events, stock_events
from stationd.model.issuance import Attempt
from stationd.press.prepare import Prepared
from stationd.store.store import Store, Transaction
from stationd.store.view import View

REPLACED = "profile-replaced"
"""The cause where an attempt's own profile is to be had nowhere: nothing else is used on its card."""

PROFILE_MISSING = "profile-missing"
LAYOUT_MISSING = "layout-missing"
"""Causes where no profile, or no layout, of the name is installed: the card waits where it is until one is."""


@dataclass(eq=False)
class NotInstalled(Exception):
    """A card under way cannot be finished without a file that is not installed. Nothing was done to it.

    Attributes:
        cause: `PROFILE_MISSING` or `LAYOUT_MISSING`.
        name: what the file goes by.
    """

    cause: str
    name: str

    @override
    def __str__(self) -> str:
        return f"{self.cause}: {self.name!r} is not installed, and a card that was begun with it is not finished"


def bound(reservation: events.AttemptReserved, profile: Profile) -> events.AttemptReserved:
    """Return a reservation that says by which profile the chip is written."""
    return msgspec.structs.replace(
        reservation, profile=profile.id, profile_version=profile.version, profile_digest=digest(profile)
    )


def reserve(transaction: Transaction, reservation: events.AttemptReserved, profile: Profile) -> events.AttemptReserved:
    """Write a reservation, bound to its profile, behind what the profile says; returns it."""
    keep(transaction, profile)
    reservation = bound(reservation, profile)
    transaction.record(reservation)
    return reservation


def keep(transaction: Transaction, profile: Profile) -> None:
    """Write what a profile says into the book, before a card is begun by it; not again what the book has."""
    known = digest(profile)
    if transaction.kept_profile(known) is not None:
        return
    kept = stock_events.ProfileKept(
        profile=profile.id, version=profile.version, digest=known, content=canonical(profile)
    )
    transaction.record(kept)


def begun_with(view: View, attempt: Attempt, installed: Profile | None) -> Profile | None:
    """Return the profile by which an attempt was begun; None if it is neither installed nor in the book.

    Args:
        view: of the book.
        attempt: whose card it is.
        installed: what goes by the profile's name now. It is taken for the one where the book is from before profiles
            were written in it.
    """
    wanted = attempt.profile_digest
    if not wanted or (installed is not None and digest(installed) == wanted):
        return installed
    content = view.kept_profile(wanted)
    return None if content is None else _kept(wanted, content)


def taken_away(view: View, installed: Collection[str]) -> list[Profile]:
    """Return the profiles by which cards were begun here whose names are installed no more; of each the newest."""
    kept = (_kept(known, content) for known, content in view.kept_profiles())
    return list(
        {profile.id: profile for profile in kept if profile is not None and profile.id not in installed}.values()
    )


def _kept(wanted: str, content: str) -> Profile | None:
    """Read what the book keeps of a profile; None if it is not what its digest says."""
    try:
        kept = from_canonical(content)
    except msgspec.DecodeError:
        return None
    return kept if digest(kept) == wanted else None


def as_begun(store: Store, attempt: Attempt, prepared: Prepared) -> Prepared | None:
    """Return what was made ready, to be written by the profile that an attempt was begun with; None as `begun_with`."""
    with store.read() as view:
        profile = begun_with(view, attempt, prepared.profile)
    return None if profile is None else replace(prepared, profile=profile)
