"""The technician's routes: the devices as the daemon sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from aiohttp import web

from drivers.catalog import Catalog
from drivers.printer import Reason
from stationd.doctor.devices import Held, Inventory, inventory, look, uses
from stationd.doctor.examination import examine
from stationd.doctor.finding import Report
from stationd.doctor.premises import Premises
from stationd.press.notice import LineStatus
from stationd.settings import Settings
from stationd.station import Station
from stationd.store.keys import KeyStore


@dataclass(frozen=True)
class Workshop:
    """What a technician is told beyond what officers see.

    Attributes:
        station: what runs here.
        keys: the daemon's own.
        settings: as the daemon read them.
        catalog: the drivers that are installed.
    """

    station: Station
    keys: KeyStore
    settings: Settings
    catalog: Catalog

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return (web.get("/v1/devices", self._devices), web.get("/v1/doctor", self._doctor))

    async def _devices(self, _: web.Request) -> web.StreamResponse:
        return _json(await asyncio.to_thread(self.devices))

    async def _doctor(self, _: web.Request) -> web.StreamResponse:
        return _json(await asyncio.to_thread(self.doctor))

    def doctor(self) -> Report:
        """Look at everything with the daemon's own eyes and permissions."""
        status = self.station.status()
        return examine(Premises(self.settings, self.catalog, status, self.keys))

    def devices(self) -> Inventory:
        """Return what is attached, and what each line says of its own. Nothing that a line holds is opened."""
        status = self.station.status()
        known = {supply.line: supply.printer for supply in status.supplies}
        held = {line.name: held_by(line, known.get(line.name, "")) for line in status.lines}
        return inventory(self.catalog, uses(self.settings), look(self.catalog), held)


def held_by(line: LineStatus, known: str) -> Held:
    """Return what a line says of its devices.

    Args:
        line: as it stands.
        known: the printer that it last worked with, which it still holds if it is the printer that reports the cause.
    """
    reports = line.cause in {reason.value for reason in Reason}
    return Held(line.printer or (known if reports else ""), line.firmware, line.cause, line.detail)


def _json(content: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), content_type="application/json")
