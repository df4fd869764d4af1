"""Probes of the registry and of the clock, which is judged by the registry's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Final

from stationd.clock import Trust, since_boot
from stationd.doctor.finding import Finding, soon, stops, well
from stationd.doctor.ledger import enrolment_of
from stationd.doctor.premises import Premises
from stationd.registry import trusted_time
from stationd.registry.connection import Connection, Patience
from stationd.registry.errors import LinkError
from stationd.registry.sealing import SealRefused, Seals
from stationd.station.views import StationStatus
from stationd.store.keys import KeysError

PATIENCE: Final = Patience(connect=5.0, read=5.0, whole=8.0)

MOST_DRIFT: Final = 120.0
"""Seconds that the computer's own clock may be off: it counts again at the next start without a network."""


def clock_and_registry(premises: Premises) -> Iterator[Finding]:
    """See whether the registry answers and what time it is there."""
    if premises.running is not None:
        yield from _of_running(premises.running, time.time())
        return
    url = premises.settings.registry.url
    if enrolment_of(premises) is None:
        return  # said by another probe
    try:
        drift = asyncio.run(_drift(premises))
    except (LinkError, SealRefused) as error:
        yield soon("registry-unreachable", url, str(error))
        return
    except (KeysError, OSError) as error:
        yield soon("cannot-look", str(premises.settings.keys), str(error))
        return
    yield well("registry-answers", url)
    yield _judged(drift)


def _of_running(status: StationStatus, wall: float) -> Iterator[Finding]:
    link = status.link
    if link.online:
        yield well("registry-answers", status.station, f"{link.acknowledged} / {status.book}")
    else:
        yield soon("registry-unreachable", status.station, link.last_error)
    if status.trust == Trust.UNKNOWN:
        yield stops("time-unknown", status.station)
    elif status.trust == Trust.TRUSTED and status.time is not None:
        yield _judged(status.time - wall)
    else:
        yield soon("time-not-trusted", status.station, status.trust)


def _judged(drift: float) -> Finding:
    detail = f"{drift:+.1f} s"
    return soon("clock-drifts", "", detail) if abs(drift) > MOST_DRIFT else well("clock-right", "", detail)


async def _drift(premises: Premises) -> float:
    """Return how many seconds the registry's clock is before this computer's."""
    keys = premises.keys()
    enrolment = keys.enrolment()
    if enrolment is None:
        raise KeysError
    seals = Seals(keys.sealing_private(), enrolment.signing_key)
    url, station = premises.settings.registry.url, premises.settings.station.id
    async with Connection(url, station, keys, time.time, PATIENCE) as connection:
        answer = await trusted_time.ask(connection, seals, since_boot)
    return answer.time - (time.time() - (since_boot() - answer.at))
