"""Everything that can happen at a station, one type an event: the words of the book.

An event names jobs, attempts, lines, officers and chip identities. It never carries a name, a NIK, a value derived
from a NIK, or an image. Events that move blanks carry their movements, so that anyone can add the book up without
knowing how a step works.
"""

from __future__ import annotations

import msgspec

from stationd.model import event

Event = event.Event


# --- the station ------------------------------------------------------------------------------------------------


class IncarnationBegan(Event, frozen=True):
    """A book was opened.

    Attributes:
        cites: the countersigned head that it follows, if it replaces another book.
        follows: the incarnation whose head that is.
        leases_until: the registry's time at the beginning, seconds since the epoch: a job that was signed no later may
            have been printed under the book before, also if that book as it is known does not say so.
    """

    cites: str = ""
    follows: str = ""
    leases_until: float = 0.0


class LeaseInherited(Event, frozen=True):
    """A lease of the book before: its card may have been printed. `was` is the job's state there, as far as known.

    The other members are those of its `JobArrived`.
    """

    job_id: str
    citizen_ref: str
    issue_no: int
    epoch: int
    start_before: int
    reason: str
    urgent: str | None
    layout: str
    profile: str
    sealed_digest: str
    was: str


class OpeningCounted(Event, frozen=True):
    """All blanks were counted when a book was begun in place of another; the movements bring them in."""


class StationStarted(Event, frozen=True):
    """The daemon started."""

    version: str


class PolicyAdopted(Event, frozen=True):
    """A newer signed policy was taken. `valid_from`, seconds since the epoch, is when it begins; 0: at once."""

    version: int
    digest: str
    valid_from: int = 0


class TimeDeclared(Event, frozen=True):
    """A supervisor said what time it is, since the station had lost it. `seconds` since the epoch."""

    seconds: float


class BookDoubted(Event, frozen=True):
    """The book itself cannot be relied on from an entry on: no card is made on it any more, whoever starts the daemon.

    `cause` is `book-broken` or `book-forked`.
    """

    cause: str
    seq_doubted: int


# --- jobs -------------------------------------------------------------------------------------------------------


class JobArrived(Event, frozen=True):
    """A leased job was verified and stored sealed."""

    job_id: str
    citizen_ref: str
    issue_no: int
    epoch: int
    start_before: int
    reason: str
    urgent: str | None
    layout: str
    profile: str
    policy_version: int
    sealed_digest: str


class JobRefused(Event, frozen=True):
    """What came as a job was not acceptable. Only its hash is kept; `job_id` is the outer, unproven one."""

    job_id: str
    sealed_digest: str
    cause: str
    detail: str = ""


class JobHeld(Event, frozen=True):
    """A job waits for a cause to go away. `detail` names a field or a place, never a value."""

    job_id: str
    cause: str
    detail: str = ""


class JobReleased(Event, frozen=True):
    """A held job may go on.

    Attributes:
        consent: a `stationd.model.policy.Consent`, where it took one.
        approved_by: who gave it in another officer's session; empty where the actor did.
    """

    job_id: str
    cause: str
    consent: str = ""
    approved_by: str = ""


class JobReturned(Event, frozen=True):
    """A job was given back to the registry, unprinted."""

    job_id: str
    cause: str


class ReturnConfirmed(Event, frozen=True):
    """The registry has a returned job back."""

    job_id: str


class JobRevoked(Event, frozen=True):
    """The registry took a job back. One whose card is being made ends with that card: see `AttemptRecalled`."""

    job_id: str


class PrintOrdered(Event, frozen=True):
    """An officer pressed print."""

    job_id: str


class OrderWithdrawn(Event, frozen=True):
    """An officer, or a rule, took a print order back before a blank moved."""

    job_id: str
    cause: str


class PayloadErased(Event, frozen=True):
    """The sealed payload of a finished job was destroyed with its key."""

    job_id: str


# --- blanks -----------------------------------------------------------------------------------------------------


class BlanksReceived(Event, frozen=True):
    """A delivery was counted into the store.

    Attributes:
        announced: how many the delivery note says; None if it does not say.
        difference: how many more came than were announced; below zero for a short delivery.
        note: number of the delivery note.
    """

    batch: str
    stock: str
    count: int
    announced: int | None = None
    difference: int = 0
    note: str = ""


class HopperLoaded(Event, frozen=True):
    """Blanks were put into a line's hopper."""

    line: str
    count: int


# --- attempts ---------------------------------------------------------------------------------------------------


class AttemptReserved(Event, frozen=True):
    """A blank in a hopper was set aside for a job.

    Attributes:
        route: names the line's graph of steps.
        profile, profile_version, profile_digest: by which its chip is written; the digest is of what the profile says
            (`ProfileKept` has it). Empty, 0 and empty in a book from before they were written.
    """

    attempt_id: str
    job_id: str
    line: str
    route: str
    stock: str
    batch: str
    printer: str
    session: str
    profile: str = ""
    profile_version: int = 0
    profile_digest: str = ""


class StepIntended(Event, frozen=True):
    """A step that moves or alters a card is about to begin. `evidence` is what was known just before."""

    attempt_id: str
    step: str
    evidence: dict[str, str | int] = msgspec.field(default_factory=dict)


class StepObserved(Event, frozen=True):
    """A step was seen to be done."""

    attempt_id: str
    step: str
    evidence: dict[str, str | int] = msgspec.field(default_factory=dict)


class StepDeclined(Event, frozen=True):
    """A device answered that it did not do a step: nothing moved, nothing changed."""

    attempt_id: str
    step: str
    cause: str
    evidence: dict[str, str | int] = msgspec.field(default_factory=dict)


class StepFailed(Event, frozen=True):
    """A step was done and came out bad: the card is where it was, and is not good."""

    attempt_id: str
    step: str
    cause: str
    detail: str = ""


class ChipIdentified(Event, frozen=True):
    """The chip of the card in the machine carries this identity."""

    attempt_id: str
    identity: str


class ChipObjectWritten(Event, frozen=True):
    """One data object was written to the chip and acknowledged by it."""

    attempt_id: str
    name: str


class AttemptSpoiled(Event, frozen=True):
    """The card of an attempt is ruined, or nobody's since its job was revoked. `identity` is its chip's, now void."""

    attempt_id: str
    job_id: str
    cause: str
    identity: str = ""


class AttemptRecalled(Event, frozen=True):
    """The line noticed that the job it works on was revoked: the card is not finished, or not handed out."""

    attempt_id: str
    job_id: str
    cause: str


class BlankUnfit(Event, frozen=True):
    """The blank of an attempt has a chip that cannot be written here, and nothing was: it comes out as it is.

    `cause` is what it is (`foreign-chip`, `wrong-keys`, …); `detail` is the evidence.
    """

    attempt_id: str
    job_id: str
    cause: str
    detail: str = ""


class AttemptReleased(Event, frozen=True):
    """An attempt ended before its blank was altered; the blank is as good as before."""

    attempt_id: str
    job_id: str
    cause: str


class AttemptResumed(Event, frozen=True):
    """An interrupted attempt's card was found inside the machine and is taken up again, in a new session.

    `condemned` says that it is not worth finishing and goes to the reject bin.
    """

    attempt_id: str
    session: str
    condemned: bool = False
    evidence: dict[str, str | int] = msgspec.field(default_factory=dict)


class AttemptGivenUp(Event, frozen=True):
    """An interrupted attempt's card was not found. It cannot be live; where it is, is in question."""

    attempt_id: str
    job_id: str
    cause: str
    identity: str = ""


class AttemptUnknown(Event, frozen=True):
    """What became of a step cannot be told: a person is asked, and the line waits."""

    attempt_id: str
    job_id: str
    line: str
    step: str
    cause: str
    question_id: str


class QuestionAnswered(Event, frozen=True):
    """A person said where the card of an unknown attempt is and what it is.

    `tapped` is what a reader found on its chip, if the person laid it on one. `identity` is its chip's, void from now
    on; empty if the card came out well.
    """

    question_id: str
    attempt_id: str
    answer: str
    tapped: str = ""
    identity: str = ""


class CardAccepted(Event, frozen=True):
    """An officer looked at a delivered card and found it good: it is issued and lies on the shelf."""

    attempt_id: str
    job_id: str
    citizen_ref: str
    issue_no: int
    identity: str


# --- devices ----------------------------------------------------------------------------------------------------


class LineStopped(Event, frozen=True):
    """A line cannot work. `cause` is a printer state reason or a word of the press."""

    line: str
    cause: str
    detail: str = ""


class LineReady(Event, frozen=True):
    """A line works, again or for the first time since the start."""

    line: str
    printer: str = ""


AnyCardEvent = (
    IncarnationBegan
    | LeaseInherited
    | OpeningCounted
    | StationStarted
    | PolicyAdopted
    | TimeDeclared
    | BookDoubted
    | JobArrived
    | JobRefused
    | JobHeld
    | JobReleased
    | JobReturned
    | ReturnConfirmed
    | JobRevoked
    | PrintOrdered
    | OrderWithdrawn
    | PayloadErased
    | BlanksReceived
    | HopperLoaded
    | AttemptReserved
    | StepIntended
    | StepObserved
    | StepDeclined
    | StepFailed
    | ChipIdentified
    | ChipObjectWritten
    | AttemptSpoiled
    | AttemptRecalled
    | BlankUnfit
    | AttemptReleased
    | AttemptResumed
    | AttemptGivenUp
    | AttemptUnknown
    | QuestionAnswered
    | CardAccepted
    | LineStopped
    | LineReady
)
"""What a station does about jobs, attempts and lines."""
