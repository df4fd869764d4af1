"""What time it is, by the registry's signature over a nonce that only this question has carried."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stationd.registry.connection import Connection
from stationd.registry.errors import AnswerNotUnderstood
from stationd.registry.sealing import Seals

MAX_ROUND_TRIP: Final = 60.0
"""Seconds, a poor link's TLS handshake included. Who delays an answer holds the clock back by half of it at most."""

_NONCE_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer, laid on the clock since boot.

    Attributes:
        time: seconds since the epoch, when that clock stood at `at`.
        at: seconds on it.
        error: how far `time` can be wrong either way, in seconds.
    """

    time: float
    at: float
    error: float


def sample(answer: float, sent: float, received: float) -> Sample | None:
    """Lay an answer on the clock since boot.

    The registry read its clock at some moment between question and answer: the middle is the best guess.

    Args:
        answer: the signed time, seconds since the epoch.
        sent: that clock before asking.
        received: that clock after.

    Returns:
        None if the round trip was too long, or backwards.
    """
    if not 0 <= received - sent <= MAX_ROUND_TRIP:
        return None
    return Sample(time=answer, at=(sent + received) / 2, error=(received - sent) / 2)


def worth_more(new: Sample, held: Sample | None) -> bool:
    """Say whether a new sample should move the clock: it is the first, a sharper one, or contradicts the one held.

    A vague answer over a slow link would otherwise push a well-set clock about by seconds.
    """
    if held is None or new.error <= held.error:
        return True
    carried_on = held.time + (new.at - held.at)
    return abs(new.time - carried_on) > new.error + held.error


async def ask(connection: Connection, seals: Seals, uptime: Callable[[], float]) -> Sample:
    """Ask the registry for the time.

    Args:
        connection: to the registry.
        seals: verify its answer.
        uptime: the clock on which the answer is laid; it must go on while the computer sleeps.

    Raises:
        LinkError: no answer, or one too slow to be of use.
        SealRefused: an answer that the registry did not sign for this question.
    """
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    sent = uptime()
    answer = await connection.time(nonce)
    received = uptime()
    found = sample(seals.time(answer.time, nonce), sent, received)
    if found is None:
        raise AnswerNotUnderstood("/v1/time", f"the answer took {received - sent:.0f} s, too long to tell the time by")
    return found
