"""What the station asks the registry about finished cards: where one is, and what has become of notices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from stationd.registry.connection import Connection
from stationd.registry.contract import CardSearch, CardWhereabouts, NoticeNews, NoticesRequest
from stationd.registry.errors import LinkError

_log = structlog.get_logger()

PATIENCE: Final = 8.0
"""Seconds for which somebody at the counter waits for the registry."""

MOST_AT_ONCE: Final = 500
"""Cards about whose notices is asked in one call."""


class Enquiry:
    """Asks the registry, beside the link's own work.

    Args:
        station: this station's id.
        connection: to the registry; it belongs to the loop that `bind` names.
        online: whether the link is up: while it is not, nobody waits for an answer.
    """

    def __init__(self, station: str, connection: Connection, online: Callable[[], bool]) -> None:
        self._station = station
        self._connection = connection
        self._online = online
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the loop in which the connection works."""
        self._loop = loop

    def find_card(self, nik: str) -> CardWhereabouts | None:
        """Ask where a citizen's card is, from any thread but the loop's; None if the registry is out of reach."""
        if self._loop is None or not self._online():
            return None
        asking = self._connection.find_card(CardSearch(station=self._station, nik=nik))
        try:
            future = asyncio.run_coroutine_threadsafe(asking, self._loop)
        except RuntimeError:  # the loop has ended
            asking.close()
            return None
        try:
            return future.result(PATIENCE)
        except (LinkError, TimeoutError) as error:
            future.cancel()
            _log.warning("enquiry.unanswered", error=type(error).__name__)
            return None

    async def notices(self, job_ids: Sequence[str]) -> list[NoticeNews]:
        """Ask what has become of the notices of these cards.

        Raises:
            LinkError: as every call.
        """
        news: list[NoticeNews] = []
        for start in range(0, len(job_ids), MOST_AT_ONCE):
            some = tuple(job_ids[start : start + MOST_AT_ONCE])
            news += (await self._connection.notices(NoticesRequest(station=self._station, job_ids=some))).notices
        return news
