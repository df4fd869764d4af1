"""The registry's desk at the station: what the link brings is put into the store, what the store holds is shown to it.

Binds the small protocols of `stationd.registry.ports` to the book.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import structlog

from stationd.audit import FORKED, doubt
from stationd.clock import Clock
from stationd.model import events, field_events, rule_events
from stationd.model.job import Hold, HoldCause, Job
from stationd.model.mobile import TripState
from stationd.model.policy import Policy, Service
from stationd.model.policy_check import PolicyFault, fault_on_arrival
from stationd.registry.contract import LeasedJob, LeaseTrip
from stationd.registry.intake import JobIntake
from stationd.registry.ports import Arrival, Head, KnownJob
from stationd.rules import Rules
from stationd.store import chronicle
from stationd.store.rows import JobRow, JobState
from stationd.store.shelf_view import ShelfCard
from stationd.store.store import Store
from stationd.store.vault import NotInVault
from stationd.store.view import View

log = structlog.get_logger()

ACTOR = "registry"

UNSETTLED = (
    JobState.QUEUED,
    JobState.ORDERED,
    JobState.PRINTING,
    JobState.DELIVERED,
    JobState.HELD,
    JobState.RETURNING,
)
POSSIBLY_PRINTED = Hold(HoldCause.POSSIBLY_PRINTED)
"""How a job is held that an earlier book of this station was leased: only a person can let it go on."""

MOST_DEFERRED = 1000
"""So many jobs may wait for blanks or a day before no others are leased: some 40 MB of sealed payloads."""

UNPRINTED = (JobState.QUEUED, JobState.ORDERED)


class BookDesk:
    """The book, as far as the registry is concerned with it. Erases payloads once their card is acknowledged."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def incarnation(self) -> str:
        """Which of the station's books this is."""
        return self._store.incarnation

    def cites(self) -> str:
        """Return the head of the book that this one follows."""
        with self._store.read() as view:
            return view.beginning().cites

    def head(self) -> Head:
        """Return the last committed entry."""
        with self._store.read() as view:
            head = view.head()
        return Head(head.seq, head.digest)

    def texts(self, after: int, limit: int) -> Sequence[str]:
        """Return entries, byte for byte."""
        with self._store.read() as view:
            return view.texts(after, limit)

    def sign_head(self, head: Head) -> bytes:
        """Sign for the book up to an entry."""
        return self._store.sign_head(chronicle.Head(*head))

    def acknowledged(self) -> int:
        """Return the highest number that the registry has countersigned."""
        with self._store.read() as view:
            return view.acknowledged()

    def record_countersignature(self, seq: int, digest: str, jws: str) -> None:
        """Keep the registry's word, then erase the payloads whose cards it now knows of."""
        with self._store.write(ACTOR) as transaction:
            transaction.keep_countersignature(chronicle.Head(seq, digest), jws)
        self.erase_settled()

    def erase_settled(self) -> None:
        """Destroy the payload of every card that is accepted and acknowledged, of returned and of revoked jobs."""
        with self._store.write("retention") as transaction:
            erasable = transaction.erasable()
            for job_id in erasable:
                transaction.vault.erase(job_id)
                transaction.record(events.PayloadErased(job_id=job_id))
        if erasable:
            self._store.forget_erased()
            log.info("payloads erased", jobs=len(erasable))


class IntakeDesk:
    """Where verdicts on what came are put down; each call is one commit.

    Args:
        store: the book.
        rules: whether a job that is good in itself has to wait.
    """

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules

    def known(self, job_id: str) -> KnownJob | None:
        """Return what is known under a job's id, finished jobs included."""
        with self._store.read() as view:
            job = view.job(job_id)
        if job is None:
            return None
        try:
            return KnownJob(job.epoch, self._store.sealed(job_id).decode("ascii"))
        except NotInVault:
            return KnownJob(job.epoch, None)

    def was_refused(self, digest: str) -> bool:
        """Say whether this very text was refused before."""
        with self._store.read() as view:
            return view.was_refused(digest)

    def accept(self, arrival: Arrival, hold: Hold | None) -> None:
        """Store a job sealed as it came, held if there is a cause. A card under way is not overtaken by a new lease."""
        job = arrival.job
        with self._store.write(ACTOR) as transaction:
            before = transaction.job(job.job_id)
            report = _unanswered(transaction, job)
            under_way: JobRow | ShelfCard | None = before if before is not None and _under_way(before) else None
            if before is None:
                under_way = transaction.shelf_card(job.job_id)  # it came in a box, and is not to be made again
            if under_way is not None:
                if under_way.reported and report is None and hold is None:
                    transaction.record(field_events.ReportAnswered(job_id=job.job_id, epoch=job.epoch))
                refused = events.JobRefused(
                    job_id=job.job_id,
                    sealed_digest=arrival.digest,
                    cause="card-under-way",
                    detail=JobState.ACCEPTED if before is None else before.state,
                )
                transaction.record(refused)
                return
            inherited = before is not None and (before.state, before.cause) == (JobState.HELD, POSSIBLY_PRINTED.cause)
            if inherited or job.iat <= transaction.beginning().leases_until:
                hold = POSSIBLY_PRINTED
            elif report is not None:
                hold = report
            elif hold is None:
                hold = self._rules.on_arrival(transaction, job)
            transaction.vault.put(job.job_id, arrival.sealed.encode("ascii"), arrival.label.encode("ascii"))
            transaction.record(
                events.JobArrived(
                    job_id=job.job_id,
                    citizen_ref=job.citizen_ref,
                    issue_no=job.issue_no,
                    epoch=job.epoch,
                    start_before=job.start_before,
                    reason=job.reason,
                    urgent=job.urgent,
                    layout=job.layout,
                    profile=job.profile,
                    policy_version=job.policy_version,
                    sealed_digest=arrival.digest,
                )
            )
            for why in dict.fromkeys((report, hold)):  # a report is kept in mind also under another hold
                if why is not None:
                    transaction.record(events.JobHeld(job_id=job.job_id, cause=why.cause, detail=why.detail))

    def refuse(self, job_id: str, digest: str, cause: str, detail: str) -> None:
        """Record by its hash that what came is not acceptable."""
        refused = events.JobRefused(job_id=job_id, sealed_digest=digest, cause=cause, detail=detail)
        self._store.record(ACTOR, refused)


class RegistryDesk:
    """Where leased jobs, revocations and policies go.

    Args:
        store: the book.
        clock: the station's time: while it is unknown nothing is leased.
        intake: looks at each job.
        rules: the policies that are gone by.
        jobs: how many unprinted jobs to hold.
        adopted: told of a newer policy.
        halt: stops printing, with the cause.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        intake: JobIntake,
        rules: Rules,
        jobs: int,
        adopted: Callable[[Policy], None],
        halt: Callable[[str], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._intake = intake
        self._rules = rules
        self._refused: set[str] = set()
        self._jobs = jobs
        self._adopted = adopted
        self._halt = halt

    def holding(self) -> Sequence[str]:
        """Return the ids of the leased jobs that are not settled here."""
        with self._store.read() as view:
            return [job.job_id for job in view.jobs(*UNSETTLED)]

    def licensed(self) -> bool:
        """Say whether the policy in force lets this station print."""
        policy = self._rules.policy
        return policy is not None and policy.grants(Service.PRINTING)

    def wanted(self) -> int:
        """Return how many more jobs the station could use: none without CETAK, without the time, or on a full disk.

        Jobs that wait for blanks or a day do not keep others away, unless there are very many. A mobile kit leases for
        its trips, and nothing between them.
        """
        if not self.licensed() or self._clock.now() is None or not self._store.room_for_attempt():
            return 0
        with self._store.read() as view:
            trip = view.trip()
            if trip is not None and trip.state is TripState.OPEN:  # one batch for the whole trip
                return max(0, trip.jobs - view.leased_since(trip.opened))
            if trip is not None or self._rules.is_kit:
                return 0
            return max(0, min(self._jobs - len(view.jobs(*UNPRINTED)), MOST_DEFERRED - view.deferred()))

    def trip(self) -> LeaseTrip | None:
        """Return the trip for which jobs are leased; None for a station that is on none."""
        with self._store.read() as view:
            trip = view.trip()
        return None if trip is None else LeaseTrip(allotment_id=trip.allotment_id, until=trip.until)

    def receive(self, epoch: int, jobs: Sequence[LeasedJob]) -> None:
        """Take in what was leased."""
        log.info("jobs leased", epoch=epoch, jobs=len(jobs))
        self._intake.receive(jobs)

    def revoke(self, job_ids: Sequence[str]) -> None:
        """Stop jobs that must not be printed any more. Where a card is under way, its line ends it."""
        with self._store.write(ACTOR) as transaction:
            for job_id in job_ids:
                job = transaction.job(job_id)
                if job is not None and job.state in UNSETTLED and not job.revoked:
                    transaction.record(events.JobRevoked(job_id=job_id))

    def policy(self) -> Policy | None:
        """Return the newest policy adopted, also one that waits for its day."""
        return self._rules.policies.newest

    def adopt_policy(self, jws: str, policy: Policy) -> PolicyFault | None:
        """Keep a newer policy as it was signed, and go by it from now on, or from its day on.

        Returns:
            What keeps it from being taken; None if it was.
        """
        fault = fault_on_arrival(policy, self._clock.now())
        if fault is not None:
            self.refuse_policy(jws, fault.why, fault.place, policy.version)
            return fault
        digest = hashlib.sha256(jws.encode()).hexdigest()
        with self._store.write(ACTOR) as transaction:
            transaction.keep_policy(policy.version, digest, jws)
            adopted = events.PolicyAdopted(version=policy.version, digest=digest, valid_from=policy.valid_from)
            transaction.record(adopted)
        self._adopted(policy)
        return None

    def refuse_policy(self, jws: str, cause: str, place: str, version: int = 0) -> None:
        """Put down that what came as a policy is not gone by: once, however often it comes."""
        digest = hashlib.sha256(jws.encode()).hexdigest()
        if digest in self._refused:
            return
        log.error("policy refused", version=version, cause=cause, place=place)
        refused = rule_events.PolicyRefused(digest=digest, cause=cause, place=place, version=version)
        self._store.record(ACTOR, refused)
        self._refused.add(digest)

    def fork_found(self, seq: int) -> None:
        """Stop printing, now and at every later start: this book is not the one that the registry holds."""
        log.error("the registry holds another book", seq=seq)
        self._halt(FORKED)
        doubt(self._store, FORKED, seq)


def _unanswered(view: View, job: Job) -> Hold | None:
    """Return what an officer reported of a job's citizen and its claims do not answer; None if nothing.

    They answer it if the registry had the report, and signed them later.
    """
    report = view.last_report(job.citizen_ref)
    if report is None or (view.acknowledged() >= report.seq and job.iat > report.at):
        return None
    return Hold(HoldCause.REPORTED, report.kind)


def _under_way(job: JobRow) -> bool:
    """Say whether a blank has been spent on a job, so that nothing from outside may change its course."""
    on_a_blank = job.state in {
        JobState.PRINTING,
        JobState.DELIVERED,
        JobState.ACCEPTED,
        JobState.FOUND,
        JobState.HANDED_OVER,
    }
    return on_a_blank or (job.state is JobState.HELD and job.cause in {"spoiled", "unknown"})
