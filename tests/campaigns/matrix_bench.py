"""A cell of the matrix in one process: the press and the driver as they are, over the machine's own wire.

No daemon, api, registry or smart-card service: the reader inside looks straight at the world's chips. It shows the same
of a line and of a book in a second or two, for those kinds whose wire needs no process beside (TCP, a pty).
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from typing_extensions import override

from drivers import catalog
from drivers.catalog import Catalog, EncoderDriver
from drivers.deadline import Deadline
from drivers.encoder import CardType, Connection, Encoder, NoCard, Response
from drivers.errors import DeadlinePassed
from drivers.printer import Image, Raster
from simulators.clock import Cancel, SimClock
from simulators.devices.chip_iso7816 import CHIPS
from simulators.devices.evolis_data import EvolisSettings
from simulators.devices.machine import Settings
from simulators.devices.matica_xid_data import MachineSettings as MaticaSettings
from simulators.devices.work import BusyLog
from simulators.families import build, family_of
from simulators.wires.control import Hands
from simulators.world import World
from stationd.press.desk_reader import DeskReader
from stationd.press.line import Line
from stationd.press.opening import Opening
from stationd.press.prepare import Prepared
from stationd.settings import DeviceSettings, LineSettings, ReaderSettings
from stationd.store.rows import JobRow, JobState
from tests.campaigns.matrix_room import fate
from tests.campaigns.matrix_words import KINDS, Row
from tests.press.test_line import Office
from tests.press.test_making import OBJECTS, PROFILE
from tests.rig import truth

FACTOR: Final = 400.0
NAME: Final = "m"
LINE: Final = "line-1"
BLANKS: Final = 10
PATIENCE: Final = 20.0
GRACE: Final = 0.1

MACHINES: Final[Mapping[str, Settings]] = {
    "matica-tcp": MaticaSettings(name=NAME, model="XID580i", wire="tcp", fresh_reset=False),
    "evolis-serial": EvolisSettings(name=NAME, wire="pty", baud=0),
}


class _Locked:
    """The world, for several threads."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.RLock()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        act = getattr(self._world, name)

        def locked(*arguments: Any, **named: Any) -> Any:
            with self._lock:
                return act(*arguments, **named)

        return locked


class _Chip(Connection):
    def __init__(self, world: _Locked, place: str, atr: bytes) -> None:
        self._world = world
        self._place = place
        self._atr = atr

    @property
    @override
    def atr(self) -> bytes:
        return self._atr

    @property
    @override
    def uid(self) -> bytes | None:
        return None

    @property
    @override
    def card_type(self) -> CardType:
        return CardType.TYPE_A

    @override
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        answer = self._world.chip_apdu(self._place, apdu)
        if answer is None:
            raise NoCard("reader", "transmit")
        return Response(answer[:-2], int.from_bytes(answer[-2:], "big"))

    @override
    def close(self) -> None:
        self._world.chip_power(self._place, "off")


class _Reader(Encoder):
    """Sees the card that the machine holds at it."""

    def __init__(self, world: _Locked) -> None:
        self._world = world
        self._place = f"machine/{NAME}"

    @property
    @override
    def name(self) -> str:
        return "the reader inside"

    @override
    def card_present(self, deadline: Deadline) -> bool:
        return self._world.in_field(self._place) is not None

    @override
    def connect(self, deadline: Deadline) -> Connection:
        atr = self._world.chip_power(self._place, "on")
        if atr is None:
            raise NoCard(self.name, "connect")
        return _Chip(self._world, self._place, atr)

    @override
    def await_empty(self, deadline: Deadline) -> None:
        if self.card_present(deadline):
            raise DeadlinePassed(self.name, "await empty", 0.0)

    @override
    def close(self) -> None:
        """Nothing is held."""


class _Orders(Office):
    """A book with blanks and one ordered job, for a line with a real driver."""

    @override
    def prepare(self, job: JobRow, raster: Raster | None = None, *_: object) -> Prepared:
        assert raster is not None
        plane = bytes(raster.width * raster.height)
        image = Image(raster.width, raster.height, dict.fromkeys(raster.panels, plane))
        return Prepared(job.job_id, image, PROFILE, OBJECTS)


class Bench:
    """One machine of a kind, and a line that works it.

    Args:
        folder: takes the book and the machine's files.
        kind: as `worlds.KINDS` calls it.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self._kind = KINDS[kind]
        self._family = self._kind.family
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.world = _Locked(World(CHIPS))
        self.world.mint(BLANKS)
        self.world.move_next("supply", f"hopper/{NAME}", BLANKS)
        settings = MACHINES[kind]
        clock = SimClock(FACTOR, self._later)
        self._busy = BusyLog(folder / "busy.jsonl")
        self._machine = build(settings, self.world, clock, [], self._busy)
        self._port = family_of(settings).ports[settings.wire](self._machine, folder)
        self._hands = Hands({NAME: self._port})
        self._orders = _Orders(folder)

    def _later(self, seconds: float, act: Callable[[], None]) -> Cancel:
        return self._loop.call_later(seconds, act).cancel

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._port.open(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._port.shut(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._machine.close()
        self._busy.close()
        self._orders.store.close()

    def hand(self, operation: str, **arguments: object) -> Any:
        """Do something to the machine, in its own thread."""
        request = {"op": operation, "machine": NAME, **arguments}

        async def act() -> Any:
            return self._hands.do(request)

        return asyncio.run_coroutine_threadsafe(act(), self._loop).result(10)

    def cell(self, row: Row) -> tuple[list[str], str]:
        """Make one card while a fault happens; returns what the line said, and what became of the first card."""
        self.hand("fault", fault=dict(row.comes[self._family].fault))
        line = self.line()
        line.start()
        said: list[str] = []
        until, since = time.monotonic() + PATIENCE, 0.0
        try:
            while not self.settled():
                if time.monotonic() > until:
                    raise TimeoutError(f"{row.name}: {line.status}")
                cause = line.status.cause
                if cause and (not said or said[-1] != cause):
                    said.append(cause)
                    since = time.monotonic()
                if cause and time.monotonic() - since > GRACE:
                    self._mend(cause)
                    since = time.monotonic()
                time.sleep(0.005)
        finally:
            line.stop()
            line.join(PATIENCE)
        entries = self.entries()
        shown = [entry["cause"] for entry in entries if entry["type"] == "line-stopped"]
        attempts = [entry["attempt_id"] for entry in entries if entry["type"] == "attempt-reserved"]
        return shown, fate(entries, attempts)

    def entries(self) -> list[dict[str, Any]]:
        """Read the book."""
        with self._orders.store.read() as view:
            return [json.loads(text) for text in view.texts(0, 10_000)]

    def differences(self) -> list[str]:
        """Hold the book's piles against the world's."""
        said, counted = truth.balances(self.entries()), truth.piles(self.world.census())
        places = ("hopper", "machine", "output", "reject")
        more = [
            f"{place}: book {said[place]}, world {counted[place]}" for place in places if counted[place] < said[place]
        ]
        beyond = sum(counted[place] - said[place] for place in places)
        if beyond != said["in-question"]:
            more.append(f"{beyond} beyond the book, {said['in-question']} in question")
        return more

    def line(self) -> Line:
        """Make a line that works the machine; it is not started yet."""
        known = catalog.load()
        readers = {"world": EncoderDriver("world", lambda *_: _Reader(self.world), list, "")}
        found = Catalog({self._family: known.printers[self._family]}, readers, {})
        reader = ReaderSettings("world", "reader")
        address = self._port.lasting_address()
        assert address is not None
        settings = LineSettings(LINE, DeviceSettings(self._family, address + self._kind.query), reader)
        opening = Opening(found, DeskReader(reader, found))
        return Line(settings, opening, self._orders.store, self._orders.prepare, lambda _: None)

    def settled(self) -> bool:
        """Say whether nothing is left to be made."""
        with self._orders.store.read() as view:
            return not view.jobs(JobState.ORDERED, JobState.PRINTING) and not view.attempts_inside()

    def _mend(self, cause: str) -> None:
        if cause == "media-empty":
            self.hand("clear", condition="hopper-empty")
        elif cause in {"media-jam", "mechanical", "media-unknown"}:
            self.hand("door", closed=False)
            for card in self.world.census().get(f"machine/{NAME}", ()):
                self.world.move(card, f"reject/{NAME}")
            self.hand("clear", condition="jam")
            self.hand("door", closed=True)
        elif cause == "cover-open":
            self.hand("door", closed=True)
        elif cause in {"overheated", "cleaning-due"}:
            self.hand("clear", condition={"overheated": "head-hot"}.get(cause, cause))
        elif cause in {"marker-supply-empty", "film-empty"}:
            self.hand("refill")
