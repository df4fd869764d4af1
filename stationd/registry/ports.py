"""What the link needs of the rest of the station, as small protocols; the composition root binds them to the store.

Their calls are synchronous and may take as long as a disk takes: the link makes them in a thread, one at a time for
each of its two directions. What they raise is treated as a failure of that round, which is then tried again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from stationd.model.job import Hold, Job
from stationd.model.policy import Policy
from stationd.model.policy_check import PolicyFault
from stationd.registry.contract import LeasedJob, LeaseTrip


class Head(NamedTuple):
    """The last entry of a book: its number (0 if empty) and its SHA-256, lower-case hex (64 zeros if empty)."""

    seq: int
    digest: str


class TimeKeeper(Protocol):
    """The station's clock."""

    def now(self) -> float | None:
        """Seconds since the epoch, as far as trusted; None while unknown."""

    def uptime(self) -> float:
        """Seconds on a clock that goes on by itself, also while the computer sleeps."""

    def set_trusted(self, seconds: float, at: float) -> None:
        """Take it that it was this time when `uptime` stood at `at`."""


class Book(Protocol):
    """The station's book, as far as the registry is concerned with it."""

    @property
    def incarnation(self) -> str:
        """Which of the station's books this is."""

    def cites(self) -> str:
        """The head of the book that this one follows; empty if it follows none."""

    def head(self) -> Head:
        """The last committed entry."""

    def texts(self, after: int, limit: int) -> Sequence[str]:
        """Entries `after` + 1 and on, byte for byte, at most so many."""

    def sign_head(self, head: Head) -> bytes:
        """Sign for the book up to an entry, with the book key."""

    def acknowledged(self) -> int:
        """The highest number that the registry has countersigned."""

    def record_countersignature(self, seq: int, digest: str, jws: str) -> None:
        """Keep the registry's word that it holds the book up to here. Always higher than `acknowledged`."""


class Intake(Protocol):
    """Where leased jobs, revocations and policies go."""

    def holding(self) -> Sequence[str]:
        """Ids of every leased job that is not settled at this station."""

    def wanted(self) -> int:
        """How many more jobs the station could use now."""

    def trip(self) -> LeaseTrip | None:
        """For which trip jobs are wanted, at a mobile kit that is on one."""

    def receive(self, epoch: int, jobs: Sequence[LeasedJob]) -> None:
        """Take in what was leased; see `JobIntake`. Returns when all of it is on disk."""

    def revoke(self, job_ids: Sequence[str]) -> None:
        """Stop jobs that must not be printed any more. A repeat is no error."""

    def policy(self) -> Policy | None:
        """The newest policy adopted, also one that waits for its day; or None."""

    def licensed(self) -> bool:
        """Whether the policy in force lets this station print."""

    def adopt_policy(self, jws: str, policy: Policy) -> PolicyFault | None:
        """Keep a verified policy, newer than the one held, as it was signed; or say what is wrong with it."""

    def refuse_policy(self, jws: str, cause: str, place: str, version: int = 0) -> None:
        """Put down that what came as a policy is not gone by. A repeat is no error."""

    def fork_found(self, seq: int) -> None:
        """Stop printing: the registry holds another content for this number of the book."""


class KnownJob(NamedTuple):
    """What the station has under a job's id: the highest lease epoch taken, and its sealed text unless erased."""

    epoch: int
    sealed: str | None


class Arrival(NamedTuple):
    """A verified job with the texts it came in, to be stored sealed as they came.

    Attributes:
        job: opened; it is stored nowhere.
        sealed, label: the compact JWEs.
        digest: SHA-256 of `sealed`, lower-case hex.
    """

    job: Job
    sealed: str
    label: str
    digest: str


class Desk(Protocol):
    """Where the intake's verdicts are put down. Each call is one commit, on disk when it returns."""

    def known(self, job_id: str) -> KnownJob | None:
        """What is known under this id, finished jobs included."""

    def was_refused(self, digest: str) -> bool:
        """Whether this very text was refused before."""

    def accept(self, arrival: Arrival, hold: Hold | None) -> None:
        """Store a job; with a hold it is not printed until the hold's cause is gone. Replaces an older lease of it."""

    def refuse(self, job_id: str, digest: str, cause: str, detail: str) -> None:
        """Record that what came is not acceptable. `job_id` is the outer, unproven one."""
