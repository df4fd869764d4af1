"""A whole station for tests of its api and commands: real book, real api on a real Unix socket, lines that only say."""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import argon2
import httpx

from drivers.catalog import Catalog
from stationd.api.door import HEADER, VERSION, Door
from stationd.api.live import Broadcast
from stationd.api.server import Api, serving
from stationd.cli.token_file import VARIABLE
from stationd.client.client import Client
from stationd.clock import Clock
from stationd.model import events, issuance, moves
from stationd.model.officer import Officer
from stationd.model.policy import Office, Policy
from stationd.model.policy_history import PolicyHistory
from stationd.model.session import Means
from stationd.officers import Counter, Sessions
from stationd.officers.hashing import PinHasher
from stationd.press.desk_reader import DeskReader
from stationd.press.notice import LineState, LineStatus
from stationd.press.tap import Tap
from stationd.station import LinkStatus, Station
from stationd.store.keys import FileKeys
from stationd.store.store import Store

NOW = 1_785_600_000.0
OFFICER = "off-1"
LINE = "matica-1"
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""A socket needs none, and to read the computer's certificates for each client takes longer than most tests."""

CHEAPEST = argon2.profiles.CHEAPEST
STATION = "kec-73.16.01"


class QuietLine:
    """A line that makes nothing, remembers what it was told, and counts how often it was looked at."""

    def __init__(self, name: str = LINE) -> None:
        self.name = name
        self.now = LineStatus(name, LineState.READY, printer="XID8300:A1", firmware="2.1")
        self.told: list[str] = []
        self.looks = 0
        self.ident: int | None = 1
        self.alive = True

    def is_alive(self) -> bool:
        return self.alive

    @property
    def status(self) -> LineStatus:
        self.looks += 1
        return self.now

    def wake(self) -> None:
        self.told.append("wake")

    def resume(self) -> None:
        self.told.append("resume")

    def go_on(self) -> None:
        self.told.append("go on")


def policy(**changes: Any) -> Policy:
    officer = Officer(
        id=OFFICER,
        name="Petugas Uji",
        sk="SK/1",
        roles=frozenset({"operator"}),
        kecamatan="73.16.01",
        valid_from=0,
        valid_until=int(NOW) + 10**7,
        trained=True,
    )
    fields = {
        "version": 3,
        "valid_from": 0,
        "station": STATION,
        "services": frozenset({"CETAK"}),
        "officers": (officer,),
        "retry_after_spoil": "operator",
    }
    return Policy(**{**fields, **changes})


class House:
    """A station, served while the block runs. A second one in the same folder is the same station after a restart."""

    def __init__(self, folder: Path, users: Collection[int] | None = None) -> None:
        self.folder = folder
        self.later = 0.0
        self.socket = folder / "run" / "api.sock"
        self.keys = FileKeys(folder / "keys")
        if not self.keys.ready:
            self.keys.create_station_keys()
        self.wall = NOW
        self.clock = Clock(wall=lambda: self.wall)
        self.store = Store(folder / "book.db", self.keys, STATION, "inc-1", self.clock.stamp)
        self.line = QuietLine()
        self.link = LinkStatus(online=True, last_contact=NOW - 12, last_error="", acknowledged=0)
        self.station = Station(
            self.store,
            self.clock,
            Office(STATION, "73.16.01"),
            [self.line],  # type: ignore[list-item]
            lambda: self.link,
            PolicyHistory.of(policy()),
            Tap(self.store, DeskReader(None, Catalog({}, {}, {})), lambda _: None),
        )
        self.users = {os.getuid()} if users is None else users
        self.sessions = Sessions(300, self.uptime)
        hasher = PinHasher(self.keys.pepper(), CHEAPEST)
        self.counter = Counter(self.station, Office(STATION, "73.16.01"), self.clock, hasher, self.sessions)
        self._token_before: str | None = None
        self.clock.set_trusted(NOW, self.clock.uptime())
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.broadcast = Broadcast(self._loop)
        self.store.on_commit(self.broadcast.publish)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        self._token_before = os.environ.get(VARIABLE)
        os.environ[VARIABLE] = self.signed_in()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.environ.pop(VARIABLE, None)
        if self._token_before is not None:
            os.environ[VARIABLE] = self._token_before
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)
        self.store.close()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        application = Api(self.station, self.door(), self.broadcast).application()
        async with serving(application, self.socket):
            self._ready.set()
            await self._stopping.wait()
            self.broadcast.close()
        await asyncio.sleep(0.02)  # a listener that has just hung up is let go of when the loop comes round

    def door(self) -> Door:
        return Door(self.counter, STATION, self.users, self.station.attention)

    def signed_in(self, officer: str = OFFICER) -> str:
        """Return the token of a new session, which no PIN has opened."""
        return self.sessions.begin(officer, os.getuid(), Means.PIN)

    def client(self) -> Client:
        """Return a client in an officer's session."""
        return Client(self.socket, token=self.signed_in())

    def http(self, token: str | None = None, timeout: float = 30) -> httpx.Client:
        """Return a plain HTTP client, in an officer's session unless told otherwise."""
        token = self.signed_in() if token is None else token
        headers = {HEADER: str(VERSION), **({"Authorization": f"Bearer {token}"} if token else {})}
        transport = httpx.HTTPTransport(uds=str(self.socket), verify=_NO_TLS)
        return httpx.Client(transport=transport, base_url="http://station", headers=headers, timeout=timeout)

    def uptime(self) -> float:
        """The clock of sessions, which a test may put on."""
        return self.clock.uptime() + self.later

    def lose_the_time(self) -> None:
        """The computer starts in 1970, and the registry is out of reach."""
        self.wall = 0.0
        self.clock = Clock(wall=lambda: self.wall)
        self.clock.set_sure(NOW)
        self.store.clock = self.clock.stamp
        self.counter._clock = self.station.rules.clock = self.clock

    # --- what the registry and the press do ---------------------------------------------------------------------------

    def arrive(self, job_id: str, reason: str = "first", urgent: str | None = None, start_before: int = 0) -> None:
        """A job comes from the registry."""
        self.arrive_all((job_id,), reason, urgent, start_before)

    def arrive_all(
        self, job_ids: Iterable[str], reason: str = "first", urgent: str | None = None, start_before: int = 0
    ) -> None:
        """Jobs come from the registry, in one lease."""
        with self.store.write("registry") as transaction:
            for job_id in job_ids:
                transaction.vault.put(job_id, b"sealed payload", b"sealed label")
                transaction.record(
                    events.JobArrived(
                        job_id=job_id,
                        citizen_ref=f"ref-{job_id}",
                        issue_no=1,
                        epoch=1,
                        start_before=start_before or int(NOW) + 86_400,
                        reason=reason,
                        urgent=urgent,
                        layout="ktp-el",
                        profile="lab-iso7816",
                        policy_version=3,
                        sealed_digest=f"digest-{job_id}",
                    )
                )

    def stock(self, store: int = 500, hopper: int = 50) -> None:
        """Blanks come, and some go into the hopper."""
        self.station.receive_blanks("B-2026-07", store, OFFICER)
        self.station.load_blanks(LINE, hopper, OFFICER)

    def begin(self, job_id: str, route: str = "inline-beside") -> issuance.Attempt:
        """The press reserves a blank for an ordered job."""
        reservation = events.AttemptReserved(
            attempt_id=f"at-{job_id}",
            job_id=job_id,
            line=LINE,
            route=route,
            stock="wni",
            batch="B-2026-07",
            printer="XID8300:A1",
            session="s",
        )
        self.store.record("press", reservation)
        return issuance.start(reservation)

    def go_on(self, attempt: issuance.Attempt, steps: int = 99, pause: float = 0.0) -> issuance.Attempt:
        """The press does so many steps, or all there are, without trouble."""
        for _ in range(steps):
            ready = issuance.ready(attempt)
            if not ready:
                break
            step = ready[0]
            moved = moves.intended(attempt, step)
            attempt = self.happen(attempt, events.StepIntended(attempt_id=attempt.attempt_id, step=step, moves=moved))
            if step is issuance.Step.IDENTIFY:
                identity = f"c0ffee{attempt.job_id}"
                attempt = self.happen(attempt, events.ChipIdentified(attempt_id=attempt.attempt_id, identity=identity))
            time.sleep(pause)
            moved = moves.observed(attempt, step)
            attempt = self.happen(attempt, events.StepObserved(attempt_id=attempt.attempt_id, step=step, moves=moved))
        return attempt

    def happen(self, attempt: issuance.Attempt, event: issuance.AttemptEvent) -> issuance.Attempt:
        """Something happens to an attempt."""
        self.store.record("press", event)
        return issuance.apply(attempt, event)

    def make(self, job_id: str, pause: float = 0.0) -> None:
        """An ordered card is made and comes out."""
        self.go_on(self.begin(job_id), pause=pause)

    def deliver(self, job_id: str) -> None:
        """A job comes, is ordered, and its card comes out."""
        self.arrive(job_id)
        self.station.order(job_id, OFFICER)
        self.make(job_id)

    def lose(self, job_id: str, cause: str = "interrupted") -> None:
        """A job comes, is ordered, and its card is lost from sight while its chip is written."""
        self.arrive(job_id)
        self.station.order(job_id, OFFICER)
        attempt = self.go_on(self.begin(job_id), steps=2)
        self.happen(
            attempt,
            events.AttemptUnknown(
                attempt_id=attempt.attempt_id,
                job_id=job_id,
                line=LINE,
                step="write",
                cause=cause,
                question_id=f"{abs(hash(job_id)) % 16**8:08x}-{job_id}",
                moves=moves.lost_from_sight(attempt),
            ),
        )

    def ruin(self, job_id: str, cause: str = "not-blank") -> None:
        """A job comes, is ordered, and its card ends in the reject bin."""
        self.arrive(job_id)
        self.station.order(job_id, OFFICER)
        attempt = self.go_on(self.begin(job_id), steps=1)
        reject = issuance.Step.REJECT
        for event in (
            events.StepIntended(attempt_id=attempt.attempt_id, step=reject, moves=moves.intended(attempt, reject)),
            events.StepObserved(attempt_id=attempt.attempt_id, step=reject, moves=moves.observed(attempt, reject)),
            events.AttemptSpoiled(attempt_id=attempt.attempt_id, job_id=job_id, cause=cause),
        ):
            attempt = self.happen(attempt, event)

    def hold(self, job_id: str, cause: str, detail: str = "") -> None:
        """A job comes and is held."""
        self.arrive(job_id)
        self.store.record("registry", events.JobHeld(job_id=job_id, cause=cause, detail=detail))
