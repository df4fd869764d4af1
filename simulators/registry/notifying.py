"""Notices to citizens that the registry gives itself: sent, delivered or failed as its clock goes on, or as scripted.

Nothing is written down as time passes: how far a notice has come follows from when it was asked for.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable
from typing import Any, Final

from simulators.registry.state import Registry

SENT_AFTER: Final = 600
"""Seconds after which a notice that a station asked for has gone off."""

DELIVERED_AFTER: Final = 3_600
"""Seconds from then on after which it has arrived."""

_SETTING: Final = "notice-fates"
_ALL: Final = "*"


class Fate(enum.StrEnum):
    """What becomes of a notice."""

    DELIVER = "deliver"
    """It goes off and arrives: so does each of which nothing else is scripted."""
    FAIL = "fail"
    """When it should go off it fails."""
    LOSE = "lose"
    """It goes off, and nobody ever hears that it arrived."""
    FORGET = "forget"
    """It never goes off."""


def notices(registry: Registry, job_id: str) -> list[dict[str, Any]]:
    """Return the notices about a card, those that the registry gives as far as they have come by now."""
    fates, now = _fates(registry), int(registry.now())
    return [_by_now(row, _fate(fates, job_id, row["number"]), now) for row in registry.database.notices(job_id)]


def _by_now(row: dict[str, Any], fate: Fate, now: int) -> dict[str, Any]:
    """Return a notice with the state in which it is, and since when."""
    delivery, at = row["delivery"], row["at"]
    if row["channel"] != "registry":
        return row
    if delivery == "asked" and fate is not Fate.FORGET and now >= at + SENT_AFTER:
        delivery, at = "failed" if fate is Fate.FAIL else "sent", at + SENT_AFTER
    if delivery == "sent" and fate is not Fate.LOSE and now >= at + DELIVERED_AFTER:
        delivery, at = "delivered", at + DELIVERED_AFTER
    return {**row, "delivery": delivery, "at": at}


def _fates(registry: Registry) -> dict[str, str]:
    found: dict[str, str] = json.loads(registry.database.setting(_SETTING) or "{}")
    return found


def _fate(fates: dict[str, str], job_id: str, number: int) -> Fate:
    """Return what is scripted for just this notice, for all of a card, or for all."""
    named = (f"{job_id}/{number}", job_id, _ALL)
    return Fate(next((fates[name] for name in named if name in fates), Fate.DELIVER))


def script_notices(registry: Registry, fate: str, job_id: str = _ALL, number: int | None = None) -> None:
    """Script what becomes of notices: of one, of a card's, or of all of which nothing more exact is scripted.

    Args:
        registry: where.
        fate: a `Fate`.
        job_id: whose card; all if not given.
        number: which notice of it; all if not given.
    """
    name = job_id if number is None else f"{job_id}/{number}"
    fates = _fates(registry) | {name: Fate(fate).value}
    with registry.database.transaction():
        registry.database.set_setting(_SETTING, json.dumps(fates, sort_keys=True))


ACTS: Final[dict[str, Callable[..., Any]]] = {"script-notices": script_notices}
"""What may be asked for over the desk's socket, by name."""
