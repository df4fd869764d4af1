"""The technician's routes: the devices as the daemon sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import structlog
from aiohttp import web

from drivers.catalog import Catalog
from drivers.printer import Reason
from stationd.api.door import OFFICER
from stationd.doctor.devices import Held, Inventory, inventory, look, uses
from stationd.doctor.examination import examine
from stationd.doctor.finding import Report
from stationd.doctor.premises import Premises
from stationd.doctor.support import MOST_DAYS, gather
from stationd.doctor.tracing import LONGEST, CannotTrace, Recording, choose
from stationd.model.calibration import Calibration
from stationd.press.notice import LineStatus
from stationd.settings import Settings
from stationd.station import Kind, Refused, Station
from stationd.store.calibrations import Calibrations, CalibrationsDamaged
from stationd.store.keys import KeyStore

log = structlog.get_logger()


@dataclass(frozen=True)
class Workshop:
    """What a technician is told beyond what officers see.

    Attributes:
        station: what runs here.
        keys: the daemon's own.
        settings: as the daemon read them.
        catalog: the drivers that are installed.
        calibrations: of the printers.
    """

    station: Station
    keys: KeyStore
    settings: Settings
    catalog: Catalog
    calibrations: Calibrations

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return (
            web.get("/v1/devices", self._devices),
            web.get("/v1/doctor", self._doctor),
            web.get("/v1/trace", self._trace),
            web.get("/v1/support", self._support),
            web.get("/v1/calibrations", self._calibrations),
            web.post("/v1/calibrations/{serial}", self._calibrate),
        )

    async def _devices(self, _: web.Request) -> web.StreamResponse:
        return _json(await asyncio.to_thread(self.devices))

    async def _doctor(self, _: web.Request) -> web.StreamResponse:
        return _json(await asyncio.to_thread(self.doctor))

    def doctor(self) -> Report:
        """Look at everything with the daemon's own eyes and permissions."""
        status = self.station.status()
        return examine(Premises(self.settings, self.catalog, status, self.keys))

    async def _trace(self, request: web.Request) -> web.StreamResponse:
        """Record a device's wire for some seconds, while its line works as ever."""
        seconds = _seconds(request.query.get("seconds", ""))
        try:
            recording = Recording(self.catalog, choose(uses(self.settings), request.query.get("of", "")))
            with recording.on():
                await asyncio.sleep(seconds)
        except CannotTrace as reason:
            raise Refused(Kind.NOT_FOUND, reason.cause, reason.subject, reason.detail) from None
        return _json(await asyncio.to_thread(recording.trace))

    async def _support(self, request: web.Request) -> web.StreamResponse:
        days = request.query.get("days", "")
        if not days.isdecimal() or not 0 < int(days) <= MOST_DAYS:
            raise Refused(Kind.NOT_VALID, "days-wrong", days, f"1 to {MOST_DAYS}")
        return _json(await asyncio.to_thread(gather, Premises(self.settings, self.catalog), int(days)))

    async def _calibrations(self, _: web.Request) -> web.StreamResponse:
        return _json(await asyncio.to_thread(self._kept))

    async def _calibrate(self, request: web.Request) -> web.StreamResponse:
        """Set one printer's calibration; it holds from the next card on that is drawn."""
        serial = request.match_info["serial"]
        wanted = msgspec.json.decode(await request.read(), type=Calibration)
        await asyncio.to_thread(self.station.calibrate, serial, wanted, request[OFFICER])
        log.info("calibrated", serial=serial, x=wanted.x, y=wanted.y, gamma=wanted.gamma)
        return web.Response(status=204)

    def _kept(self) -> Mapping[str, Calibration]:
        try:
            return self.calibrations.all()
        except CalibrationsDamaged as damaged:
            raise Refused(Kind.NOT_NOW, "calibrations-damaged", str(damaged.path), damaged.why) from None

    def devices(self) -> Inventory:
        """Return what is attached, and what each line says of its own. Nothing that a line holds is opened."""
        status = self.station.status()
        known = {supply.line: supply.printer for supply in status.supplies}
        held = {line.name: held_by(line, known.get(line.name, "")) for line in status.lines}
        return inventory(self.catalog, uses(self.settings), look(self.catalog), held)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST:  # NaN is neither
        raise Refused(Kind.NOT_VALID, "seconds-wrong", text, f"0 to {LONGEST:.0f}")
    return seconds


def held_by(line: LineStatus, known: str) -> Held:
    """Return what a line says of its devices.

    Args:
        line: as it stands.
        known: the printer that it last worked with, which it still holds if it is the printer that reports the cause.
    """
    reports = line.cause in {reason.value for reason in Reason}
    conditions = tuple(condition.reason for condition in line.conditions)
    return Held(line.printer or (known if reports else ""), line.firmware, line.cause, line.detail, conditions)


def _json(content: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), content_type="application/json")
