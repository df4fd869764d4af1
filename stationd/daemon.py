"""The composition root: every room is built here, once, from settings, a clock and a catalogue of drivers.

A test builds the same station with a clock of its own; the program builds it in `stationd.__main__`.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from typing_extensions import override

from drivers.catalog import Catalog
from stationd import __version__
from stationd.api.devices import Workshop
from stationd.api.door import Door
from stationd.api.live import Broadcast
from stationd.api.server import Api, serving
from stationd.artwork import layout as layouts
from stationd.audit import Audit
from stationd.chip import profiles
from stationd.chip.channels import Channels
from stationd.chip.profile import Profile
from stationd.chip.setup import key_store, trust_of
from stationd.chip.trust import Trust
from stationd.clock import Clock
from stationd.desk import BookDesk, IntakeDesk, RegistryDesk
from stationd.giving_back import GivingBack
from stationd.mobile_post import MobilePost
from stationd.model import events, mobile_events, stock_events
from stationd.model.entry import Entry
from stationd.model.job import Hold
from stationd.model.policy import Office, Policy
from stationd.model.policy_history import PolicyHistory
from stationd.names import Names
from stationd.officers import Counter, Sessions
from stationd.officers.hashing import PinHasher
from stationd.payloads import Payloads
from stationd.press.chip_desk import ChipDesk
from stationd.press.desk_reader import DeskReader
from stationd.press.line import Line
from stationd.press.opening import Opening
from stationd.press.power import Watch
from stationd.press.tap import Tap
from stationd.registry.backoff import Backoff
from stationd.registry.connection import Connection
from stationd.registry.intake import Installed, JobIntake
from stationd.registry.link import Link
from stationd.registry.sealing import SealRefused, Seals
from stationd.remembered_time import remember
from stationd.settings import Settings
from stationd.shelving import Shelving
from stationd.station import BookCheck, LinkStatus, Station
from stationd.station.paper_keys import certified
from stationd.steward import Steward
from stationd.store.auditor import PublicKeys
from stationd.store.calibrations import Calibrations
from stationd.store.derivation import Progress
from stationd.store.keys import FileKeys
from stationd.store.rows import JobRow
from stationd.store.store import CommitFailed, Store
from stationd.store.verification import Verification
from stationd.structs import prepare_structs

log = structlog.get_logger()

LAST_CARD = 280.0
"""Seconds that a stopping daemon gives the card in a machine to come out: its film, transfer and transport, each at its
slowest, and less than systemd waits (TimeoutStopSec). A second signal does not wait."""

FIRST_RETRY, LONGEST_RETRY = 1.0, 300.0
"""Seconds until work in the background that failed is begun again, the first time and after many."""


PAPERS_EVERY = 3600.0
"""Seconds between looks for papers that are not to be kept any longer."""

Work = Callable[[], Awaitable[None]]


async def tend(name: str, work: Work) -> None:
    """Do work until it returns. Whatever it fails of is logged, and it is begun again after a while."""
    backoff = Backoff(FIRST_RETRY, LONGEST_RETRY)
    while True:
        began = time.monotonic()
        try:
            await work()
        except Exception:
            if time.monotonic() - began > LONGEST_RETRY:
                backoff.reset()
            wait = backoff.next()
            log.exception("background work failed", work=name, next_try_s=round(wait, 1))
            await asyncio.sleep(wait)
        else:
            return


@dataclass(eq=False)
class NotEnrolled(Exception):
    """The station is not known to a registry yet."""

    station: str

    @override
    def __str__(self) -> str:
        return f"station {self.station} is not enrolled; run: stationctl enrol --settings FILE --registry-code CODE"


class Daemon:
    """The station as a running program.

    Args:
        settings: of this station.
        clock: the station's clock.
        catalog: the drivers that are installed.
        deriving: told how far the book's tables are derived anew, after a change of the program.
    """

    def __init__(
        self, settings: Settings, clock: Clock, catalog: Catalog, deriving: Progress = lambda _done, _of: None
    ) -> None:
        prepare_structs()
        self._settings = settings
        self._catalog = catalog
        self._clock = clock
        self._keys = FileKeys(settings.keys)
        enrolment = self._keys.enrolment() if self._keys.ready else None
        if enrolment is None:
            raise NotEnrolled(settings.station.id)
        log.warning("keys are in files", folder=str(settings.keys), advice="use a TPM or a credential in an office")
        for name, why in catalog.broken.items():
            log.error("driver cannot be loaded", driver=name, why=why)
        self.store = Store(
            settings.book, self._keys, settings.station.id, uuid.uuid4().hex, clock.stamp, deriving=deriving
        )
        self._seals = Seals(self._keys.sealing_private(), enrolment.signing_key)
        remember(clock, self.store, self._seals, enrolment.certificate)
        policies = self._kept_policies()
        known_layouts = layouts.load_all(settings.folders.layouts)
        known_profiles = self._installed_profiles(trust_of(settings, enrolment.signing_key))
        self._card_keys = key_store(settings)
        channels = Channels(self._card_keys)
        self._calibrations = Calibrations(settings.station.data)
        self._payloads = payloads = Payloads(
            self.store, self._seals, known_layouts, known_profiles, self._calibrations, channels, clock.now
        )
        office = Office(settings.station.id, settings.station.kecamatan)

        def may_start(job: JobRow) -> str | Hold | None:
            return self.station.rules.on_feed(job)

        def choose(jobs: Sequence[JobRow]) -> JobRow | None:
            return self.station.rules.next_to_make(jobs)

        self._desk_reader = DeskReader(settings.desk, catalog)
        opening = Opening(catalog, self._desk_reader)
        self._power = Watch(settings.power, self._wake_lines)
        making = (opening, self.store, payloads.prepare, may_start, choose, self._power.hindered)
        self.lines = [Line(line, *making) for line in settings.line]
        tap = Tap(self.store, self._desk_reader, payloads.chip_content)
        self.station = Station(self.store, clock, office, self.lines, self._link_status, policies, tap)
        self.station.draw = payloads.preview
        self.station.office_settings = settings.office
        self.station.certified = lambda: certified(self._keys, settings.station.id)
        self.station.chip_desk = ChipDesk(self._desk_reader, known_profiles, channels)
        sessions = Sessions(settings.api.idle_lock, clock.uptime)
        self._counter = Counter(self.station, office, clock, PinHasher(self._keys.pepper()), sessions)
        self._names = Names(
            self.store, self._seals.open_label, self._counter.somebody_sees_citizens, self.station.forget_owners
        )
        sessions.on_change = self._names.wake
        self.station.names = self._names.known
        self._book = BookDesk(self.store)
        intake = JobIntake(
            station=settings.station.id,
            seals=self._seals,
            desk=IntakeDesk(self.store, self.station.rules),
            installed=Installed(known_layouts, known_profiles),
            fits=payloads.fits,
            now=clock.now,
        )
        desk = RegistryDesk(
            self.store,
            clock,
            intake,
            self.station.rules,
            settings.registry.jobs,
            adopted=self._adopted,
            halt=self._halt,
        )
        self._link = Link(
            station=settings.station.id,
            connection=Connection(settings.registry.url, settings.station.id, self._keys, clock.now),
            keys=self._keys,
            book=self._book,
            intake=desk,
            clock=clock,
        )
        self._shelving = Shelving(self.station, settings, catalog, payloads, self._seals, self._link.calls)
        public = PublicKeys(self._keys.book_public(), enrolment.signing_key)
        self.station.verification = Verification(self.store.path, public)
        self._audit = Audit(self.store, self.station.verification, self._halt, self._tell_of_book)
        self._steward = Steward(self.store, self.station.rules, self._look_again)
        self._giving_back = GivingBack(self.store, self._link.give_back)
        self._entered = False

    # --- running ----------------------------------------------------------------------------------------------------

    async def run(self, stopping: asyncio.Event, ready: Callable[[], None]) -> None:
        """Work until told to stop, then let the card in each machine come out.

        Args:
            stopping: set once to stop; the caller ends the program if it is asked a second time.
            ready: called when the api answers.
        """
        loop = asyncio.get_running_loop()
        broadcast = Broadcast(loop)
        self.store.on_commit(broadcast.publish)
        self.store.on_commit(lambda _: self._link.wake())
        self.store.on_commit(self._ask_for_trip)
        self.store.on_commit(lambda _: self._giving_back.wake(loop))
        mobile_post = MobilePost(self.store, self._link.calls, self.station.names_came)
        self.station.ask_states = self._link.calls.list_states
        self.store.on_commit(lambda _: mobile_post.wake(loop))
        self.store.on_commit(lambda entries: self._steward.hear(entries, loop))
        beside: dict[str, Work] = {
            "link": self._link.run,
            "giving back": self._giving_back.run,
            "kits and lists": mobile_post.run,
            "rules": self._steward.run,
            **self._shelving.works(),
            "power": self._power.run,
            "names": self._names.run,
            "papers": self._erase_papers,
        }
        if self._audit.check_tail():
            beside["book check"] = self._audit.check_all
        if not self._enter_start():
            beside["start"] = self._enter_start_later
        workshop = Workshop(self.station, self._keys, self._settings, self._catalog, self._calibrations)
        door = Door(self._counter, self._settings.station.id, self._settings.api.users, self.station.attention)
        api = Api(self.station, door, broadcast, workshop.routes())
        tasks: list[asyncio.Task[None]] = []
        try:
            async with serving(api.application(), self._settings.api.socket):
                try:
                    for line in self.lines:
                        line.start()
                    tasks += [asyncio.create_task(tend(name, work)) for name, work in beside.items()]
                    ready()
                    await stopping.wait()
                finally:  # the api answers until the last card is out
                    await self._stop(tasks)
                    broadcast.close()
        finally:
            self._close_store()

    def _ask_for_trip(self, entries: Sequence[Entry]) -> None:
        """Ask for a trip's jobs when it is opened, not when a call ends that was made before it."""
        if any(isinstance(entry.event, mobile_events.TripOpened) for entry in entries):
            self._link.ask_anew()

    def _installed_profiles(self, trust: Trust) -> dict[str, Profile]:
        """Read the profiles; what is newer than the book knows is entered with the start. A lab may go back."""
        with self.store.read() as view:
            used = view.profiles_used()
        found = profiles.load_all(self._settings.folders.profiles, trust, profiles.NOTHING if trust.lab else used)
        self._newer_profiles = [
            stock_events.ProfileUsed(profile=profile.id, version=profile.version)
            for profile in found.values()
            if profile.version > used.get(profile.id, 0) and not trust.lab
        ]
        return found

    def _enter_start(self) -> bool:
        """Put the start into the book and erase what may go; returns False if the disk does not take it now."""
        try:
            if not self._entered:
                self.store.record("stationd", events.StationStarted(version=__version__), *self._newer_profiles)
                self._entered = True
            self._book.erase_settled()
        except (CommitFailed, OSError) as failure:
            log.error("the start is not in the book; it is tried again until the disk takes it", why=str(failure))
            return False
        return True

    async def _enter_start_later(self) -> None:
        """Try again, for as long as it takes, what the disk did not take at the start."""
        backoff = Backoff(FIRST_RETRY, LONGEST_RETRY)
        while True:
            await asyncio.sleep(backoff.next())
            if await asyncio.to_thread(self._enter_start):
                return

    async def _erase_papers(self) -> None:
        """Destroy papers whose time is up, for as long as the station runs."""
        while True:
            await asyncio.to_thread(self.station.erase_due_documents)
            await asyncio.sleep(PAPERS_EVERY)

    def _look_again(self) -> None:
        """Look at jobs that wait for a birthday, or for a file that may have been installed before this start."""
        self._payloads.look_again(self._settings.station.id, self._clock.now())

    async def _stop(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Let the card in each machine come out, then end what goes on beside."""
        log.info("stopping", lines=[line.status.state for line in self.lines])
        begun = [line for line in self.lines if line.is_alive()]
        for line in begun:
            line.stop()
        until = time.monotonic() + LAST_CARD
        for line in begun:
            await asyncio.to_thread(line.join, max(0.0, until - time.monotonic()))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._audit.close()

    def _close_store(self) -> None:
        """Close the book, unless a line still writes: it goes on until the process ends, and loses nothing then."""
        self._desk_reader.close()
        if late := [line.name for line in self.lines if line.is_alive()]:
            log.error("lines did not end in time; the next start looks for their cards", lines=late)
        else:
            self.store.close()
            self._card_keys.close()

    # --- what the rooms ask of each other ---------------------------------------------------------------------------

    def _kept_policies(self) -> PolicyHistory:
        with self.store.read() as view:
            kept = view.policies()
        policies = []
        for jws in kept:
            try:
                policies.append(self._seals.policy(jws, self._settings.station.id))
            except SealRefused as refused:
                log.error("kept policy cannot be read", cause=refused.cause, place=refused.where)
        return PolicyHistory(policies)

    def _adopted(self, policy: Policy) -> None:
        self.station.rules.adopt(policy)
        log.info("policy adopted", version=policy.version, valid_from=policy.valid_from)

    def _wake_lines(self) -> None:
        for line in self.lines:
            line.wake()

    def _halt(self, cause: str) -> None:
        for line in self.lines:
            line.halt(cause)

    def _tell_of_book(self, check: BookCheck) -> None:
        self.station.book_check = check

    def _link_status(self) -> LinkStatus:
        state = self._link.state
        return LinkStatus(state.online, state.last_contact, state.last_error or "", state.acknowledged)
