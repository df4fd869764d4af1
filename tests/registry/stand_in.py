"""A station's store for tests of the link: a book and a desk in memory, which outlive the link as a disk would."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from stationd.model.job import Hold
from stationd.model.policy import Policy, Service
from stationd.model.policy_check import PolicyFault, fault
from stationd.registry.contract import LeasedJob, LeaseTrip
from stationd.registry.intake import JobIntake
from stationd.registry.ports import Arrival, Head, KnownJob


class Station:
    """Book, Intake, Desk and TimeKeeper in one."""

    def __init__(
        self, station: str, sign: Callable[[bytes], bytes], incarnation: str = "inc-1", wanted: int = 10
    ) -> None:
        self.station = station
        self.incarnation = incarnation
        self.most = wanted
        self.intake: JobIntake | None = None
        self.wake: Callable[[], None] = lambda: None
        self.book: list[str] = []
        self.countersigned: list[int] = []
        self.accepted: list[tuple[str, int]] = []
        self.arrivals: dict[str, Arrival] = {}
        self.held: dict[str, str] = {}
        self.refusals: list[tuple[str, str]] = []
        self.revoked: list[str] = []
        self.settled: set[str] = set()
        self.policies: list[Policy] = []
        self.refused_policies: list[tuple[str, str, int]] = []
        self.fork: int | None = None
        self.time: float | None = None
        self._refused: set[str] = set()
        self._sign = sign
        self._lock = threading.RLock()

    def record(self, kind: str, **fields: Any) -> None:
        """Commit an event."""
        with self._lock:
            head = self.head()
            event = {
                "seq": head.seq + 1,
                "prev": head.digest,
                "station": self.station,
                "incarnation": self.incarnation,
                "time": 1_790_000_000.0 + head.seq,
                "type": kind,
                **fields,
            }
            self.book.append(json.dumps(event, sort_keys=True, separators=(",", ":")))
        self.wake()

    # Book

    def cites(self) -> str:
        return ""

    def head(self) -> Head:
        digest = hashlib.sha256(self.book[-1].encode()).hexdigest() if self.book else "0" * 64
        return Head(len(self.book), digest)

    def texts(self, after: int, limit: int) -> Sequence[str]:
        return self.book[after : after + limit]

    def sign_head(self, head: Head) -> bytes:
        return self._sign(f"stationd book\n{self.station}\n{self.incarnation}\n{head.seq}\n{head.digest}".encode())

    def acknowledged(self) -> int:
        return self.countersigned[-1] if self.countersigned else 0

    def record_countersignature(self, seq: int, digest: str, jws: str) -> None:
        assert seq > self.acknowledged()
        assert hashlib.sha256(self.book[seq - 1].encode()).hexdigest() == digest
        assert jws.count(".") == 2
        self.countersigned.append(seq)

    # Intake

    def holding(self) -> Sequence[str]:
        return [job_id for job_id in self.arrivals if job_id not in self.settled]

    def wanted(self) -> int:
        return max(0, self.most - len(self.holding()))

    def trip(self) -> LeaseTrip | None:
        return None

    def receive(self, epoch: int, jobs: Sequence[LeasedJob]) -> None:
        assert self.intake is not None
        assert epoch >= 1
        self.intake.receive(jobs)

    def revoke(self, job_ids: Sequence[str]) -> None:
        self.revoked += job_ids
        for job_id in job_ids:
            self.settled.add(job_id)
            self.record("job-revoked", job_id=job_id)

    def policy(self) -> Policy | None:
        return self.policies[-1] if self.policies else None

    def licensed(self) -> bool:
        policy = self.policy()
        return policy is not None and policy.grants(Service.PRINTING)

    def adopt_policy(self, jws: str, policy: Policy) -> PolicyFault | None:
        assert jws.count(".") == 2
        found = fault(policy)
        if found is None:
            self.policies.append(policy)
        return found

    def refuse_policy(self, jws: str, cause: str, place: str, version: int = 0) -> None:
        assert jws
        self.refused_policies.append((cause, place, version))

    def fork_found(self, seq: int) -> None:
        self.fork = seq

    # Desk

    def known(self, job_id: str) -> KnownJob | None:
        arrival = self.arrivals.get(job_id)
        return None if arrival is None else KnownJob(arrival.job.epoch, arrival.sealed)

    def was_refused(self, digest: str) -> bool:
        return digest in self._refused

    def accept(self, arrival: Arrival, hold: Hold | None) -> None:
        job = arrival.job
        self.accepted.append((job.job_id, job.epoch))
        self.arrivals[job.job_id] = arrival
        if hold is not None:
            self.held[job.job_id] = hold.cause
        self.record("job-arrived", job_id=job.job_id, epoch=job.epoch, sealed_digest=arrival.digest)

    def refuse(self, job_id: str, digest: str, cause: str, detail: str) -> None:
        self._refused.add(digest)
        self.refusals.append((job_id, cause))
        self.record("job-refused", job_id=job_id, sealed_digest=digest, cause=cause, detail=detail)

    # TimeKeeper

    def now(self) -> float | None:
        return self.time

    def uptime(self) -> float:
        return time.monotonic()

    def set_trusted(self, seconds: float, at: float) -> None:
        assert at <= time.monotonic()
        self.time = seconds
