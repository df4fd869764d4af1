"""What a long past costs: how soon the daemon is back, and how long questions and commits take on its book."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from drivers.catalog import Catalog
from stationd.clock import Clock
from stationd.desk import BookDesk
from stationd.model import events
from stationd.model.blank import Account, Movement, Place
from stationd.model.policy import Office
from stationd.model.policy_history import PolicyHistory
from stationd.press.desk_reader import DeskReader
from stationd.press.tap import Tap
from stationd.station import LinkStatus, Station
from stationd.store.rows import JobState
from stationd.store.store import Store
from tests.bench.book import card
from tests.bench.figures import Aim, Figure, Series
from tests.bench.past import STATION, open_store, station_with

PAST = 100_000
STARTS = 9
SHORT = 500
"""Past jobs of the book beside which questions are asked: enough for every list of the last so many to be full."""

CARDS = 20
ASKED = 50
PATIENCE = 120.0


def measure(folder: Path, kept: Path, past_jobs: int = PAST) -> Iterator[Figure]:
    """Start daemons, ask questions and make cards on a long book and beside it on a short one.

    Args:
        folder: for what is made anew.
        kept: where stations with a long past are kept from one time to the next.
        past_jobs: how many past jobs the long one has.
    """
    folder.mkdir(parents=True)
    long = station_with(kept / f"past-{past_jobs}", past_jobs)
    yield _starts(long, station_with(folder / "empty", 0), past_jobs)
    long_copy = Path(shutil.copytree(long, folder / "long"))  # what is made here is no part of its past
    try:
        yield from _work(long_copy, station_with(folder / "short", SHORT), past_jobs)
    finally:
        shutil.rmtree(long_copy)


def _starts(long: Path, empty: Path, past_jobs: int) -> Figure:
    """Start both in pairs, each first in turn; the first pair warms what the system keeps in memory."""
    took: dict[Path, list[float]] = {long: [], empty: []}
    for turn in range(STARTS + 1):
        for station in (long, empty) if turn % 2 else (empty, long):
            seconds = start_seconds(station)
            if turn:
                took[station].append(seconds)
    entries = _entries(long)
    return Figure(
        name=f"From the daemon's start until it is ready, {past_jobs:,} past jobs in its book",
        measured=Series(f"with {entries:,} entries", "s", tuple(took[long])),
        reference=Series("with an empty book", "s", tuple(took[empty])),
        aim=Aim("≤", 2.0, of_ratio=True),
        parts=(Series("the book on the disk", "MiB", ((long / "data" / "book.db").stat().st_size / 2**20,)),),
    )


def start_seconds(folder: Path) -> float:
    """Start a station's daemon, stop it again, and return the seconds from the process's start to its word *ready*."""
    address = folder / "notify.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told, (folder / "stationd.log").open("ab") as log:
        told.bind(str(address))
        told.settimeout(1.0)
        command = [str(Path(sys.executable).parent / "stationd"), "--settings", str(folder / "station.toml")]
        began = time.perf_counter()
        daemon = subprocess.Popen(command, env={**os.environ, "NOTIFY_SOCKET": str(address)}, stdout=log, stderr=log)
        try:
            while not _is_ready(told):
                if daemon.poll() is not None or time.perf_counter() - began > PATIENCE:
                    raise RuntimeError(f"the daemon did not get ready; see {folder / 'stationd.log'}")
            return time.perf_counter() - began
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(PATIENCE)
            address.unlink()


def _is_ready(told: socket.socket) -> bool:
    try:
        return told.recv(200) == b"READY=1"
    except TimeoutError:
        return False


def _entries(folder: Path) -> int:
    store = open_store(folder)
    try:
        with store.read() as view:
            return view.head().seq
    finally:
        store.close()


def _work(long: Path, short: Path, past_jobs: int) -> Iterator[Figure]:
    stores = [open_store(folder) for folder in (long, short)]
    try:
        for name, question in QUESTIONS.items():
            yield _asked(name, question, stores, past_jobs)
        yield _made(stores, past_jobs)
    finally:
        for store in stores:
            store.close()


def _status(store: Store) -> object:
    office = Office(STATION, "73.16.02")
    return Station(
        store,
        Clock(),
        office,
        (),
        lambda: LinkStatus(online=False, last_contact=None, last_error="", acknowledged=0),
        PolicyHistory(),
        Tap(store, DeskReader(None, Catalog({}, {}, {})), lambda _: None),
    ).status()


def _round(store: Store) -> object:
    """Ask what a line asks between two cards, and the link at every round."""
    with store.read() as view:
        asked = (
            view.next_ordered(),
            view.open_questions(),
            view.attempts_inside(),
            view.balances(),
            view.acknowledged(),
            view.jobs(JobState.QUEUED, JobState.ORDERED, JobState.PRINTING, JobState.DELIVERED, JobState.HELD),
        )
    BookDesk(store).erase_settled()
    return asked


def _in_sight(store: Store) -> object:
    with store.read() as view:
        return view.jobs_in_sight(200)


QUESTIONS: dict[str, Callable[[Store], object]] = {
    "What a line and the link ask between two cards, and what is to be erased": _round,
    "The station at one look": _status,
    "The jobs in sight": _in_sight,
}


def _asked(name: str, question: Callable[[Store], object], stores: list[Store], past_jobs: int) -> Figure:
    took: tuple[list[float], ...] = ([], [])
    for _ in range(ASKED):
        for store, seconds in zip(stores, took, strict=True):
            began = time.perf_counter()
            question(store)
            seconds.append(1000 * (time.perf_counter() - began))
    return Figure(
        name=f"{name}, {past_jobs:,} past jobs in the book",
        measured=Series("on the long book", "ms", tuple(took[0])),
        reference=Series(f"with {SHORT} past jobs", "ms", tuple(took[1])),
        aim=Aim("≤", 2.0, of_ratio=True),
    )


def _made(stores: list[Store], past_jobs: int) -> Figure:
    """Make cards on both books in turn, one event a commit."""
    rates: tuple[list[float], ...] = ([], [])
    for store in stores:
        load = (Movement(Account(Place.SUPPLY), Account(Place.HOPPER, "line-1", batch="B-1"), CARDS),)
        store.record("op-1", events.HopperLoaded(line="line-1", count=CARDS, moves=load))
    for number in range(CARDS):
        for store, rate in zip(stores, rates, strict=True):
            story = card(f"new-{number}")
            began = time.perf_counter()
            for actor, event in story:
                store.record(actor, event)
            rate.append(len(story) / (time.perf_counter() - began))
    return Figure(
        name=f"The book's durable commits after {past_jobs:,} past jobs",
        measured=Series("on the long book", "commits/s", tuple(rates[0])),
        reference=Series(f"with {SHORT} past jobs", "commits/s", tuple(rates[1])),
        aim=Aim("≥", 0.5, of_ratio=True),
    )
