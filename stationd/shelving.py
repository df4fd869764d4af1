"""Puts the shelf together: what it opens, whom it asks, and what goes on about it beside the work."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from drivers.catalog import Catalog
from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.modem import Modem
from stationd.noticing import Noticing
from stationd.payloads import Payloads
from stationd.registry.connection import Connection
from stationd.registry.enquiry import Enquiry
from stationd.registry.sealing import Seals
from stationd.settings import DeviceSettings, Settings
from stationd.station import Station
from stationd.words import INDONESIAN, Words

log = structlog.get_logger()

OPENING: Final = 5.0
"""Seconds for opening a modem."""

LOOK: Final = 60.0
"""Seconds between two looks whether names may be forgotten, and whether records are to be destroyed."""


class Shelving:
    """The shelf's own works.

    Args:
        station: whose shelf it is; it is told how to open what is sealed.
        settings, catalog: which modem there is, if any.
        payloads, seals: open what is sealed.
        connection: to the registry.
    """

    def __init__(
        self,
        station: Station,
        settings: Settings,
        catalog: Catalog,
        payloads: Payloads,
        seals: Seals,
        connection: Connection,
    ) -> None:
        self._station = station
        self._enquiry = Enquiry(settings.station.id, connection, lambda: station.status().link.online)
        office = settings.office.kecamatan.title() or settings.station.kecamatan
        self._noticing = Noticing(
            station.store,
            station.rules,
            opened(settings.modem, catalog),
            Words(INDONESIAN).say("shelf.sms", office=re.sub(r"[^A-Za-z0-9 .-]", "", office)[:40]),
            self._enquiry.notices,
        )
        station.open_record, station.open_label = payloads.record, payloads.label
        station.open_list = seals.open_list
        station.open_names = seals.open_names
        station.ask_registry = self._enquiry.find_card

    def works(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Return what goes on beside the work, by name. To be called in the connection's loop."""
        self._enquiry.bind(asyncio.get_running_loop())
        return {"notices": self._noticing.run, "names on the shelf": self._forget}

    async def _forget(self) -> None:
        """Drop whose cards lie here from memory, a while after nobody has asked any more."""
        while True:
            await asyncio.sleep(LOOK)
            await asyncio.to_thread(tidy, self._station)


def tidy(station: Station) -> None:
    """Forget the names that nobody asks for, and destroy the records of cards that left without anybody at the shelf.

    A trip's end takes all cards of a kit from it at once; and a disk may not have taken an erasure before.
    """
    station.index.expire()
    station.forget_gone()


def opened(settings: DeviceSettings | None, catalog: Catalog) -> Modem | None:
    """Return the station's modem; one that cannot be used keeps nothing else back."""
    if settings is None:
        return None
    driver = catalog.modems.get(settings.driver)
    if driver is None:
        log.error("no such modem driver; the registry gives the notices", driver=settings.driver)
        return None
    try:
        return driver.open(settings.address, Deadline.after(OPENING))
    except (ValueError, DeviceError) as error:
        log.error("the modem cannot be used; the registry gives the notices", why=str(error))
        return None
