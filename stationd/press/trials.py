"""Trying a line out on a blank that an officer gives: a test print, and whether film and chip run side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import structlog

from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.printer import CardFlipper, Image, Raster, Reason
from stationd.model import stock_events
from stationd.model.blank import CITIZENS, Account, Movement, Place
from stationd.model.issuance import Step
from stationd.press.bench import Bench
from stationd.press.desk_line import DeskBench
from stationd.press.inline import InlineBench, RetransferBench
from stationd.press.trouble import cause_of
from stationd.store.store import Store

log = structlog.get_logger()

SECONDS = 240.0
"""How long a trial may take in all, apart from a picture's way over a slow cable."""

A_PERSON = 180.0
"""Seconds that a person may take to put the blank into a printer that takes it from a slot."""

ANSWERS = 5
"""So many commands the chip has to answer while the film is being printed."""

HARMLESS = bytes.fromhex("00A4000C023F00")
"""SELECT of the master file (ISO 7816-4): changes nothing on any card, whatever it answers."""


class Trial(StrEnum):
    """What can be tried out."""

    TEST_PRINT = "test-print"
    PROVE = "prove"


class Side(StrEnum):
    """Which side of a card a test print is for."""

    FRONT = "front"
    BACK = "back"


@dataclass(frozen=True)
class Tried:
    """What came of a trial.

    Attributes:
        outcome: as in `stationd.model.stock_events.TrialEnded`.
        cause: why it failed.
        place: where the card is now, as the book has it.
    """

    outcome: str
    cause: str
    place: Place


@dataclass(frozen=True)
class _Course:
    """How far a trial came before it ended or failed."""

    outcome: str
    place: Place
    fed: bool = True
    printed: bool = False


@dataclass
class _Card:
    """Whether the trial's card is inside: from then on a failure is not as if nothing had begun."""

    inside: bool = False


def turns(bench: Bench) -> bool:
    """True if a line can turn over the card that it tries a print on."""
    return isinstance(bench, InlineBench) and isinstance(bench.printer, CardFlipper)


def try_out(
    store: Store,
    line: str,
    batch: str,
    kind: Trial,
    draw: Callable[[Raster], Image],
    officer: str,
    bench: Bench,
    side: Side = Side.FRONT,
) -> Tried:
    """Spend one blank on a trial: declared before, and what became of it written down after.

    Args:
        store: the book.
        line: whose hopper it comes from.
        batch: the batch of the blank.
        kind: what is tried.
        draw: makes the picture for the machine.
        officer: who gives the blank.
        bench: the line's devices.
        side: of the card that a test print is for; the back only where `turns` says so.
    """
    account = Account(Place.HOPPER, line, CITIZENS, batch)
    question = Account(Place.IN_QUESTION, line, CITIZENS, batch)
    printer = bench.machine
    image = draw(bench.printer.capabilities.raster)
    moves = (Movement(account, question, 1),)
    began = stock_events.TrialBegan(line=line, printer=printer, kind=kind, side=side, moves=moves)
    store.record(officer, began)
    cause, card = "", _Card()
    try:
        course = _prove(bench, image, card) if kind is Trial.PROVE else _test_print(bench, image, card, side)
    except DeviceError as trouble:
        cause = cause_of(trouble).word
        log.warning("trial failed", line=line, kind=kind, cause=cause)
        begun = card.inside or trouble.may_have_acted
        untouched = "not-drawn-in" if isinstance(bench, DeskBench) else "not-begun"
        course = _Course("failed", Place.IN_QUESTION) if begun else _Course(untouched, Place.HOPPER, fed=False)
    target = Account(course.place, line, CITIZENS, batch)
    moved = () if course.place is Place.IN_QUESTION else (Movement(question, target, 1),)
    ended = stock_events.TrialEnded(
        line=line,
        printer=printer,
        kind=kind,
        outcome=course.outcome,
        fed=course.fed,
        printed=course.printed,
        cause=cause,
        moves=moved,
    )
    store.record(officer, ended)
    return Tried(course.outcome, cause, course.place)


def _test_print(bench: Bench, image: Image, card: _Card, side: Side) -> _Course:
    """Print without writing the chip. Where the machine can, the card goes to the reject bin by itself."""
    deadline = Deadline.after(SECONDS + bench.printer.capabilities.sending)
    if isinstance(bench, DeskBench):
        bench.take_blank(Deadline.after(A_PERSON))
        bench.printer.print_card(image, Deadline.after(SECONDS + bench.printer.capabilities.sending))
        return _Course("done", Place.OUTPUT, printed=True)
    acts = bench.acts()
    acts[Step.FEED](image, deadline)
    card.inside = True
    if side is Side.BACK and isinstance(bench, InlineBench) and isinstance(bench.printer, CardFlipper):
        bench.printer.flip(deadline)
    if isinstance(bench, RetransferBench):
        acts[Step.FILM](image, deadline)
        bench.await_film(deadline)
        acts[Step.TRANSFER](image, deadline)
        acts[Step.REJECT](image, deadline)
        return _Course("done", Place.REJECT, printed=True)
    acts[Step.PRINT](image, deadline)
    return _Course("done", Place.OUTPUT, printed=True)


def _prove(bench: Bench, image: Image, card: _Card) -> _Course:
    """Let the chip answer while the film is printed. The card comes out as the blank that it was."""
    assert isinstance(bench, RetransferBench)  # noqa: S101 - asked for of no other line
    deadline = Deadline.after(SECONDS)
    acts = bench.acts()
    acts[Step.FEED](image, deadline)
    card.inside = True
    bench.clear_reader(deadline)
    bench.approach(deadline)
    connection = bench.engage(deadline)
    acts[Step.FILM](image, deadline)
    answers = 0
    while bench.printer.status(deadline).has(Reason.BUSY):
        connection.transmit(HARMLESS, deadline)
        answers += 1
    bench.await_film(deadline)
    bench.release(deadline)
    bench.printer.clear_film(deadline)
    acts[Step.RETURN](image, deadline)
    return _Course("proven" if answers >= ANSWERS else "disproven", Place.OUTPUT)
