"""What happens to blanks between delivery and destruction, apart from being printed: more words of the book.

Movements ride on these events as on all others. Numbers of delivery notes, records and letters are checked before they
come here (`stationd.model.pile.is_number`): no free words, which could name a citizen.
"""

from __future__ import annotations

import msgspec

from stationd.model.blank import CITIZENS
from stationd.model.calibration import Calibration
from stationd.model.event import Event
from stationd.model.pile import Counted


class HopperUnloaded(Event, frozen=True):
    """Blanks were taken out of a line's hopper, back to the store."""

    line: str
    count: int


class ExchangeBegan(Event, frozen=True):
    """A line's hopper was opened: the line begins no card until the exchange is ended."""

    line: str


class ExchangeEnded(Event, frozen=True):
    """A line's hopper was counted and closed."""

    line: str
    counted: int


class BlanksCounted(Event, frozen=True):
    """Piles were counted at one moment. Each difference follows as a `DiscrepancyFound`."""

    occasion: str
    counted: tuple[Counted, ...]


class DayClosed(Event, frozen=True):
    """The hoppers were emptied, the store was counted and is locked."""


class DayOpened(Event, frozen=True):
    """The store was unlocked."""


class BlankReleased(Event, frozen=True):
    """An officer gave one blank of a line's hopper for a trial. It stays in the hopper until the trial begins."""

    line: str


class TrialBegan(Event, frozen=True):
    """A blank is spent on trying a line out: `test-print` or `prove`. It is in question until the trial has ended.

    Attributes:
        side: which side of the card is printed: `front` or `back`.
    """

    line: str
    printer: str
    kind: str
    side: str = "front"


class TrialEnded(Event, frozen=True):
    """A trial is over.

    Attributes:
        outcome: `done`, `not-begun` (no blank was taken), `not-drawn-in` (nor was it, and it may lie in the printer's
            slot, where a person put it), `failed`, or `proven` and `disproven`.
        printed: the card has a print.
        cause: why it failed; empty if it did not.
    """

    line: str
    printer: str
    kind: str
    outcome: str
    fed: bool
    printed: bool
    cause: str = ""


class CleaningBegan(Event, frozen=True):
    """A cleaning card is being drawn through a line's printer. It is no blank: nothing moves in the accounts."""

    line: str
    printer: str


class CleaningEnded(Event, frozen=True):
    """A cleaning is over.

    Attributes:
        outcome: `done`, `not-begun` (nothing was drawn in) or `failed`.
        cause: why it failed; empty if it did not.
        cleanings: how many the machine has counted in its life; None if it did not tell.
        kind, drawn: the machine's counter of cards, and by how many it rose meanwhile; empty if it did not tell.
    """

    line: str
    printer: str
    outcome: str
    cause: str = ""
    cleanings: int | None = None
    kind: str = ""
    drawn: int = 0


class PrinterCalibrated(Event, frozen=True):
    """A printer was set right, by its serial number.

    Attributes:
        before, after: what was set and is set now; as it came, where nothing is.
    """

    serial: str
    before: Calibration
    after: Calibration


class ProfileUsed(Event, frozen=True):
    """The station works with this version of a chip profile: from now on no older one is taken."""

    profile: str
    version: int


class ProfileKept(Event, frozen=True):
    """The first card by this text of a profile is about to be begun: an attempt is finished by what it was begun with.

    Attributes:
        profile, version: its id and version.
        digest: SHA-256 of `content`.
        content: what the profile says, as canonical JSON.
    """

    profile: str
    version: int
    digest: str
    content: str


class BlanksSentBack(Event, frozen=True):
    """Unused blanks went back to the kabupaten, with a note of this number."""

    count: int
    note: str
    stock: str = CITIZENS


class BlanksTakenInHand(Event, frozen=True):
    """An officer took blanks from the store into the hand."""

    count: int
    stock: str = CITIZENS


class BlanksPutBack(Event, frozen=True):
    """An officer put blanks back into the store: from the hand, or untouched ones from the output of `line`."""

    count: int
    stock: str = CITIZENS
    line: str = ""


class BlanksSpoiled(Event, frozen=True):
    """Loose blanks, not in any attempt, were found unfit. `cause` is a `stationd.model.reasons.SpoilReason`."""

    count: int
    cause: str
    place: str
    line: str = ""
    stock: str = CITIZENS


class CardsDestroyed(Event, frozen=True):
    """Spoiled and withdrawn cards were destroyed, with a record (berita acara) of this number."""

    count: int
    record: str
    stock: str = CITIZENS


class CardWithdrawn(Event, frozen=True):
    """A finished card was taken from the shelf: revoked, or found bad after acceptance. Its chip is void."""

    job_id: str
    attempt_id: str
    citizen_ref: str
    issue_no: int
    identity: str
    cause: str


class CardTransferred(Event, frozen=True):
    """A finished card was sent from the shelf to another office, for a `stationd.model.reasons.TransferReason`."""

    job_id: str
    attempt_id: str
    citizen_ref: str
    issue_no: int
    identity: str
    cause: str
    office: str


class PrintedCardFound(Event, frozen=True):
    """The card of a possibly printed job was found: it is issued, and nothing is printed. It moves no blank.

    Attributes:
        where: a `stationd.model.reasons.FoundWhere`.
        identity: of its chip, hex; empty if nobody could read it.
    """

    job_id: str
    citizen_ref: str
    issue_no: int
    where: str
    identity: str = ""


class NotPrintedSaid(Event, frozen=True):
    """An officer says that a possibly printed job was not printed; another person has to approve it."""

    job_id: str


class DiscrepancyFound(Event, frozen=True):
    """What was found is not what the book said. It is known by the number of its entry.

    Attributes:
        origin: a `stationd.model.settling.Origin`.
        subject: the pile or the printer.
        expected, found: blanks in the pile, or cards through the printer since the two last agreed.
    """

    origin: str
    subject: str
    expected: int
    found: int
    line: str = ""
    stock: str = CITIZENS


class SettlementRequested(Event, frozen=True):
    """An officer said what explains a discrepancy; another person is to approve it."""

    discrepancy_id: str
    explanation: str


class DiscrepancySettled(Event, frozen=True):
    """A discrepancy was settled; provisionally, where nobody else was there to approve it."""

    discrepancy_id: str
    explanation: str
    provisional: bool = False


class SettlementApproved(Event, frozen=True):
    """The kabupaten approved, by a letter of this number, what had been settled provisionally."""

    discrepancy_id: str
    reference: str


class SupplyRead(msgspec.Struct, frozen=True, omit_defaults=True):
    """One ribbon or film. `remaining` and `capacity` are in cards, None where the machine does not tell."""

    name: str
    remaining: int | None = None
    capacity: int | None = None
    lot: str | None = None


class SuppliesRead(Event, frozen=True):
    """What a printer told of its ribbon and film, when it had changed noticeably."""

    line: str
    printer: str
    supplies: tuple[SupplyRead, ...]


class CountersBased(Event, frozen=True):
    """From here on a printer's counter is held against the book.

    Attributes:
        kind, cards: the counter and what it said.
        booked: cards that by the book had surely gone through.
        doubted: cards of which that was never known.
        open: cards of which it is not known yet.
        cause: a `stationd.model.reconcile.Finding`.
    """

    line: str
    printer: str
    kind: str
    cards: int
    booked: int
    doubted: int
    open: int
    cause: str


AnyStockEvent = (
    HopperUnloaded
    | ExchangeBegan
    | ExchangeEnded
    | BlanksCounted
    | DayClosed
    | DayOpened
    | BlankReleased
    | TrialBegan
    | TrialEnded
    | CleaningBegan
    | CleaningEnded
    | PrinterCalibrated
    | ProfileUsed
    | ProfileKept
    | BlanksSentBack
    | BlanksTakenInHand
    | BlanksPutBack
    | BlanksSpoiled
    | CardsDestroyed
    | CardWithdrawn
    | CardTransferred
    | PrintedCardFound
    | NotPrintedSaid
    | DiscrepancyFound
    | SettlementRequested
    | DiscrepancySettled
    | SettlementApproved
    | SuppliesRead
    | CountersBased
)
"""All of them, for the union by which the book is read."""
