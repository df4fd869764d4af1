"""Whatever happens in whatever order: a job is with one station at a time, and a later lease outranks an earlier."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from simulators.registry import clerk, leasing
from simulators.registry.bookkeeping import take_in
from simulators.registry.books import GENESIS, signed_text
from simulators.registry.state import CLOCK_MARGIN, Registry

STATIONS = ("kec-a", "kec-b")
START_WITHIN = 1000
_KEYS = {station: OKPKey.generate_key("Ed25519") for station in STATIONS}
_WAITS = (1, START_WITHIN + 1, CLOCK_MARGIN, START_WITHIN + CLOCK_MARGIN + 1)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry at rest with two stations and a job, to be copied: keys and faces take time to make."""
    folder = tmp_path_factory.mktemp("rules") / "r"
    registry = Registry(folder, clock=lambda: 0.0)
    for station, key in _KEYS.items():
        clerk.code(registry, station)
        sealing = OKPKey.generate_key("X25519").as_dict(private=False)
        row = {"station": station, "at": 0, "book_key": json.dumps(key.as_dict(private=False))}
        registry.database.add_enrolment({**row, "sealing_key": json.dumps(sealing)})
    clerk.add_jobs(registry, STATIONS[0], claims={"photo": "", "chip": {}}, start_within=START_WITHIN)
    registry.close()
    return folder


class World:
    """Two stations, some jobs and a clock; it remembers only what each station was given and did."""

    def __init__(self, folder: Path) -> None:
        self.time = 1_800_000_000.0
        self.registry = Registry(folder, clock=lambda: self.time)
        self.texts: dict[str, list[str]] = {station: [] for station in STATIONS}
        self.requests = itertools.count()
        self.jobs = [job["job_id"] for job in clerk.jobs(self.registry)]
        self.leases: dict[str, list[dict[str, Any]]] = {}  # of each job, as they were sent
        self.given_back: set[str] = set()  # and not leased since
        self.revoked: set[str] = set()
        self.begun: set[str] = set()

    def do(self, act: str, number: int) -> None:
        """Do an act; the number chooses among what it can be done to."""
        station = STATIONS[number % 2]
        held = [(s, job_id) for s in STATIONS for job_id in self.held(s)]
        idle = sorted(self.given_back - self.revoked)
        if act == "add":
            self.jobs += clerk.add_jobs(self.registry, station, of=self.jobs[0], start_within=START_WITHIN)
        elif act == "lease":
            self.lease(station, want=number // 2 % 4, forgetful=number // 8 % 4 == 0)
        elif act == "wait":
            self.time += _WAITS[number % len(_WAITS)]
        elif act == "revoke":
            job_id = self.jobs[number % len(self.jobs)]
            clerk.revoke(self.registry, job_id)
            self.revoked.add(job_id)
        elif act == "give back" and held:
            self.give_back(*held[number % len(held)])
        elif act == "begin" and held:
            self.begin(*held[number % len(held)])
        elif act == "requeue" and idle:
            clerk.requeue(self.registry, idle[number // 2 % len(idle)], station)
        for job_id in self.begun:
            assert self.state(job_id) == "started"

    def state(self, job_id: str) -> str:
        job = self.registry.database.job(job_id)
        assert job is not None
        return str(job["state"])

    def held(self, station: str) -> list[str]:
        return [
            job_id
            for job_id, leases in self.leases.items()
            if leases[-1]["station"] == station and job_id not in self.given_back
        ]

    def over(self, job_id: str) -> bool:
        """Tell whether a job's newest lease has ended by itself."""
        return self.time > self.leases[job_id][-1]["start_before"] + CLOCK_MARGIN and job_id not in self.begun

    def head(self, station: str) -> str:
        texts = self.texts[station]
        return hashlib.sha256(texts[-1].encode()).hexdigest() if texts else GENESIS

    def lease(self, station: str, *, want: int, forgetful: bool) -> None:
        held = [] if forgetful else self.held(station)
        book = {"incarnation": "i", "seq": len(self.texts[station]), "head": self.head(station)}
        request = {"want": want, "holding": held, "policy_version": 0, "book": book}
        over = {job_id for job_id in self.leases if self.over(job_id)}
        answer = leasing.lease(self.registry, station, f"key-{next(self.requests)}", request)
        assert len(answer["jobs"]) <= want
        for job in answer["jobs"]:
            claims = leasing.claims_sent(self.registry, job["job_id"])
            assert claims is not None
            self.take(station, claims, over)
        ended = set(answer["revoked"])
        assert set(held) & self.revoked <= ended <= set(held)
        assert ended <= self.revoked | over

    def take(self, station: str, claims: dict[str, Any], over: set[str]) -> None:
        job_id = claims["job_id"]
        assert claims["station"] == station
        assert job_id not in self.revoked
        earlier = self.leases.setdefault(job_id, [])
        if earlier and claims["epoch"] == earlier[-1]["epoch"]:
            assert claims == earlier[-1]  # lost on the way: the same lease again
            assert job_id not in self.begun
            return
        if earlier:
            assert job_id in self.given_back | over
            assert claims["epoch"] > earlier[-1]["epoch"]
            assert claims["issue_no"] > earlier[-1]["issue_no"]
        assert claims["start_before"] == int(self.time) + START_WITHIN
        earlier.append(claims)
        self.given_back.discard(job_id)

    def give_back(self, station: str, job_id: str) -> None:
        signature = self.sign(station, f"stationd returns\n{job_id}\nclosing")
        body = {"station": station, "job_ids": [job_id], "reason": "closing", "signature": signature}
        returned = leasing.give_back(self.registry, body)["returned"]
        assert job_id not in self.begun or not returned
        self.given_back.update(returned)

    def begin(self, station: str, job_id: str) -> None:
        if self.time >= self.leases[job_id][-1]["start_before"]:
            return  # a station does not start then
        seq = len(self.texts[station]) + 1
        event = {"seq": seq, "prev": self.head(station), "station": station, "incarnation": "i", "time": self.time}
        text = json.dumps({**event, "type": "attempt-reserved", "job_id": job_id})
        self.texts[station].append(text)
        head = self.head(station)
        body = {"station": station, "incarnation": "i", "from": seq, "events": [text], "head": head}
        take_in(self.registry, {**body, "signature": self.sign(station, signed_text(station, "i", seq, head))})
        self.begun.add(job_id)

    @staticmethod
    def sign(station: str, message: str) -> str:
        signature = _KEYS[station].private_key.sign(message.encode())
        return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


_ACTS = st.sampled_from(["lease", "lease", "lease", "wait", "wait", "add", "give back", "requeue", "begin", "revoke"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_ACTS, st.integers(0, 31)), min_size=15, max_size=40))
def test_no_order_of_events_gives_a_job_to_two(founded: Path, acts: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(founded, folder, dirs_exist_ok=True)
        world = World(Path(folder))
        try:
            for act, number in acts:
                world.do(act, number)
        finally:
            world.registry.close()


def test_every_commit_is_synced(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "r")
    connection: sqlite3.Connection = registry.database._connection
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    registry.close()


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "r")
    with pytest.raises(ZeroDivisionError), registry.database.transaction():
        registry.database.set_setting("half", "done")
        raise ZeroDivisionError
    assert registry.database.setting("half") is None
    registry.close()
