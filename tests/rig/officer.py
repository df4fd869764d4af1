"""An officer who does by herself what the lines ask for: with her hands in the world, and by the api as the tray would.

She acts on what the station says, never on what she could know better: a line that stands and names no cause that she
has an answer to is left standing, and whoever waits for it says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from simulators.wires.control import ask_control
from stationd.client.lines import LineView
from stationd.client.problems import StationProblem
from stationd.client.status import JobView, QuestionView, StatusView
from stationd.model.blank import Place
from stationd.model.pile import Counted
from tests.rig import pictures, truth
from tests.rig.settings import ROOT, LineSetup
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess
from tests.rig.worlds import DESK

POLL = 0.1
GRACE = 0.4
"""Seconds for which a line has to report something before she gets up: much of it passes by itself."""
AGAIN = 7.0
"""Seconds that she gives a line to notice what she mended, before she looks at it once more."""

LIFTED = 0.5
"""Seconds that a card is off the reader at least when she lays it down anew: readers take as long to notice."""

TABLE = f"desk/{DESK}"
LAYOUTS = ROOT / "config" / "layouts"
LIVE = "5"
HANDFUL = 10
"""Blanks that she loads when a line has none."""


class Officer:
    """One person at the desk of a station with any lines.

    Attributes:
        asked: by line, the causes that it named, in order, each once until it names another.
        helped: what she did about something that was in the way: line and cause.
    """

    def __init__(self, simulation: Simulation, station: StationProcess) -> None:
        self.asked: dict[str, list[str]] = {line.name: [] for line in station.lines}
        self.helped: list[tuple[str, str]] = []
        self._simulation = simulation
        self._station = station
        self._lines = {line.name: line for line in station.lines}
        self._due: dict[str, tuple[str, float]] = {}
        self._in_hand: dict[str, str] = {}
        self._anew: dict[str, float] = {}
        self._claims: dict[str, Mapping[str, Any]] = {}
        self._came_from: dict[str, str] = {}
        self._missed: dict[str, float] = {}
        self._should_be: dict[str, pictures.Picture] = {}
        self._asks: Mapping[str, Callable[[LineSetup], None]] = {
            "blank-wanted-on-desk": self._lay_blank,
            "card-into-printer": self._put_in,
            "card-into-reject-bin": self._throw_away,
            "blank-back-to-stack": self._put_back,
            "unfit-blank-aside": self._lay_aside,
            "card-back-on-desk": self._bring_back,
            "card-anew-on-desk": self._lay_anew,
        }
        self._troubles: Mapping[str, Callable[[LineSetup], None]] = {
            "media-empty": self._fill,
            "hopper-empty-in-book": self._count_and_fill,
            "media-jam": self._clear,
            "media-unknown": self._clear,
            "card-in-machine": self._clear,
            "mechanical": self._clear,
            "cover-open": self._shut,
            "marker-supply-empty": self._refill,
            "film-empty": self._refill,
            "output-area-full": self._empty_output,
            "reject-full": self._clear,
            "unmapped": self._look_inside,
            "not-found": self._plug_in,
            "disconnected": self._plug_in,
            "spoils-in-a-row": self._resume,
            "unfit-in-a-row": self._resume,
        }

    def __enter__(self) -> Self:
        self.world = self._simulation.world()
        self.client = self._station.client()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.world.close()
        self.client.close()

    # --- her day ----------------------------------------------------------------------------------------------------

    def load(self, line: str, count: int) -> None:
        """Take delivered blanks out of the store and put them where a line takes them from; she says so."""
        self.world.move_next("store", self.pile(line), count)
        self.client.load_blanks(line, count)

    def pile(self, line: str) -> str:
        """Where a line's blanks lie: in its printer's hopper, or in a stack beside the reader on the desk."""
        setup = self._lines[line]
        return f"hopper/{setup.machine}" if setup.encoder is not None else f"hopper/stack-{line}"

    def hand(self, line: str, operation: str, **arguments: object) -> Any:
        """Do something to a line's printer."""
        machine = self._lines[line].machine
        socket = self._simulation.facts["control"][machine]
        return ask_control(socket, {"op": operation, "machine": machine, **arguments})

    def work_until(self, holds: Callable[[StatusView], bool], seconds: float = 90.0) -> StatusView:
        """Do what there is to do until something holds.

        Raises:
            TimeoutError: if it does not in time.
        """
        deadline = time.monotonic() + seconds
        while not holds(status := self.look()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"after {seconds:.0f} s: {status.lines}, {status.jobs}, {status.questions}")
            time.sleep(POLL)
        return status

    def look(self) -> StatusView:
        """Look at the window once, and do what it asks for."""
        status = self.client.status()
        for line in status.lines:
            self._heed(line)
        for question in status.questions:
            self._answer(question)
        if status.jobs.get("delivered"):
            self._clear_table(status)
            self._accept_all()
        if status.jobs.get("held"):
            self._try_again()
        return status

    def _heed(self, line: LineView) -> None:
        now, setup = time.monotonic(), self._lines[line.name]
        cause, due = self._due.get(line.name, ("", now))
        if cause != line.cause:
            due = now + GRACE
            if setup.encoder is not None:
                self._in_hand.pop(line.name, None)  # what came out last may be another card now
            self._due[line.name] = line.cause, due
            if line.cause:
                self.asked[line.name].append(line.cause)
        if line.cause in self._asks:
            self._asks[line.cause](setup)
        elif line.cause in self._troubles and now > due:
            self._troubles[line.cause](setup)
            self.helped.append((line.name, line.cause))
            self._due[line.name] = line.cause, now + AGAIN

    # --- what a line asks for -----------------------------------------------------------------------------------------

    def _on_table(self) -> str | None:
        return next(iter(self.world.census().get(TABLE, ())), None)

    def _lay_blank(self, line: LineSetup) -> None:
        if self._on_table() is None:
            (self._in_hand[line.name],) = self.world.move_next(self.pile(line.name), TABLE)

    def _put_in(self, line: LineSetup) -> None:
        """Put it in and say so, wherever the printer has taken it meanwhile."""
        card = self._in_hand[line.name]
        if self._on_table() == card:
            self.world.move(card, _slot(line))
        self.client.continue_line(line.name)

    def _throw_away(self, line: LineSetup) -> None:
        """The card in her hand, or the one that has just come out of a machine without a box for spoiled ones."""
        if line.encoder is not None and line.name not in self._in_hand:
            self._in_hand[line.name] = self.world.census()[f"output/{line.machine}"][-1]
        self.world.move(self._in_hand[line.name], f"reject/{line.machine}")
        self.client.continue_line(line.name)

    def _put_back(self, line: LineSetup) -> None:
        self.world.move(self._in_hand[line.name], self.pile(line.name))
        self.client.continue_line(line.name)

    def _lay_aside(self, line: LineSetup) -> None:
        self.world.move(self._in_hand[line.name], _unfit(line))
        self.client.continue_line(line.name)

    def _bring_back(self, line: LineSetup) -> None:
        """She looks in the printer, as she is told, and mends what she sees there."""
        card = self._in_hand[line.name]
        if self.world.card(card).place in {f"machine/{line.machine}", _slot(line)}:
            self._refill(line)
            self._empty_output(line)
            self._clear(line, to=TABLE)
        elif self._on_table() is None:
            self.world.move(card, TABLE)

    def _lay_anew(self, line: LineSetup) -> None:
        """Lift the card and lay it down again; if that was no help, say so."""
        card, now = self._in_hand[line.name], time.monotonic()
        if now < self._anew.get(card, 0.0):
            return
        if card in self._anew:
            self.client.continue_line(line.name)
        else:
            self.world.move(card, "hand")
            time.sleep(LIFTED)
            self.world.move(card, TABLE)
        self._anew[card] = now + 2 * AGAIN

    # --- what is in the way ---------------------------------------------------------------------------------------

    def _fill(self, line: LineSetup) -> None:
        self.hand(line.name, "clear", condition="hopper-empty")
        census = self.world.census()
        if not census.get(self.pile(line.name)) and (left := len(census.get("store", ()))):
            self.load(line.name, min(left, HANDFUL))

    def _count_and_fill(self, line: LineSetup) -> None:
        """The book has no blanks for the line: those that lie there are ones that it thinks are elsewhere."""
        if lying := self.world.census().get(self.pile(line.name)):
            self.client.take_stock([Counted(Place.HOPPER, len(lying), line.name)])
        self._fill(line)

    def _clear(self, line: LineSetup, to: str | None = None) -> None:
        """Open the printer, take out what is inside, close it.

        A card that she has carried to it is laid before it until the line says what is to become of it.
        """
        to = to or f"{'output' if line.encoder is None else 'reject'}/{line.machine}"
        self.hand(line.name, "door", closed=False)
        census = self.world.census()
        for card in (*census.get(f"machine/{line.machine}", ()), *census.get(_slot(line), ())):
            self.world.move(card, to)
        for condition in ("jam", "reject-full"):
            self.hand(line.name, "clear", condition=condition)
        self.hand(line.name, "door", closed=True)

    def _empty_output(self, line: LineSetup) -> None:
        self.hand(line.name, "clear", condition="output-full")

    def _shut(self, line: LineSetup) -> None:
        self.hand(line.name, "door", closed=True)

    def _refill(self, line: LineSetup) -> None:
        self.hand(line.name, "refill")

    def _plug_in(self, line: LineSetup) -> None:
        """A machine that is not there: cable and mains."""
        self.hand(line.name, "replug")
        self.hand(line.name, "mains", on=True)

    def _look_inside(self, line: LineSetup) -> None:
        """A printer that shows what the station has no word for: she sees herself what it is."""
        self._refill(line)
        self._clear(line)

    def _resume(self, line: LineSetup) -> None:
        self._look_inside(line)
        self.client.resume_line(line.name)

    # --- finished cards -----------------------------------------------------------------------------------------------

    def _clear_table(self, status: StatusView) -> None:
        """Take a blank off the reader that its line has no use for, because another line took the job."""
        table = self._on_table()
        if table is None or self.world.card(table).prints or self._written(table):
            return
        for line in status.lines:
            if self._in_hand.get(line.name) == table and not line.job_id and not line.cause:
                self.world.move(table, self.pile(line.name))

    def _written(self, card: str) -> bool:
        state = self.world.chip_state(card)
        return state is not None and any(truth.chip_content(state)[1].values())

    def _accept_all(self) -> None:
        for job in self.client.jobs():
            if job.state == "delivered":
                self._accept(job)

    def _accept(self, job: JobView) -> None:
        """Find the card that bears the job's name, look at it, lay it on the reader if it is not live, and say good."""
        card = self._find(job.job_id)
        table = self._on_table()
        if card is None:
            self._miss(job.job_id)
            return
        if table is not None and table != card:
            return
        if not self._looks_right(card, job.job_id):
            self.client.spoil(job.job_id, "print-flaw")
            self.world.move(card, f"reject/{self._came_from[card]}")
            return
        if table is None and not self._live(card):
            self.world.move(card, TABLE)
        try:
            self.client.accept(job.job_id)
        except StationProblem as problem:
            if problem.cause not in {"desk-reader-in-use", "card-left-or-silent", "no-card-on-desk"}:
                raise
            return  # it lies there still, and is tried again
        self.world.move(card, "shelf")

    def _miss(self, job_id: str) -> None:
        """A card that a queue says is out does not come: she opens its printer and takes out what is inside."""
        now = time.monotonic()
        if now - self._missed.setdefault(job_id, now) > AGAIN:
            for line in self._lines.values():
                if line.encoder is None and self.world.census().get(f"machine/{line.machine}"):
                    self._clear(line)

    def _find(self, job_id: str) -> str | None:
        """Return a finished card by the job on its chip: from an output, a slot if it was never drawn in, the table."""
        census = self.world.census()
        lying = []
        for line in self._lines.values():
            for card in (*census.get(f"output/{line.machine}", ()), *census.get(_slot(line), ())):
                self._came_from[card] = line.machine
                lying.append(card)
        lying += [card for card in census.get(TABLE, ()) if card in self._came_from]
        return next((card for card in lying if self._belongs(card, job_id)), None)

    def _looks_right(self, card: str, job_id: str) -> bool:
        """Look at a card: has it one whole print, of the citizen whose data its chip has?"""
        prints = self.world.card(card).prints
        if len(prints) != 1:
            return False
        if job_id not in self._should_be:
            self._should_be[job_id] = pictures.expected(self._claims[job_id], LAYOUTS)
        found = pictures.read(self.world.picture(prints[0].picture))
        return pictures.difference(self._should_be[job_id], found) < pictures.SAME

    def _belongs(self, card: str, job_id: str) -> bool:
        if job_id not in self._claims:
            self._claims[job_id] = self._simulation.desk.claims(job_id)
        return truth.job_of_chip(self.world, card, {job_id: self._claims[job_id]}) == job_id

    def _live(self, card: str) -> bool:
        state = self.world.chip_state(card)
        return state is not None and truth.chip_content(state)[0] == LIVE

    def _try_again(self) -> None:
        for job in self.client.jobs():
            if job.state == "held":
                self.client.release(job.job_id)
                self.client.order(job.job_id)

    def _answer(self, question: QuestionView) -> None:
        machine = self._lines[question.line].machine
        places = [place for place in self.world.census() if place.partition("/")[2] == machine or place == TABLE]
        cards = [card for place in places for card in self.world.census()[place]]
        card = next((one for one in cards if self._belongs(one, question.job_id)), None)
        if card is None:
            self.client.answer(question.question_id, "missing")
        elif self._live(card) and self._to_be_tapped(question):
            self._tap(card, question)
        elif self._live(card):
            self.world.move(card, f"output/{machine}")
            self.client.answer(question.question_id, "out")
        else:
            self.world.move(card, f"reject/{machine}")
            self.client.answer(question.question_id, "spoiled")

    def _to_be_tapped(self, question: QuestionView) -> bool:
        """Return whether only its chip can tell that a card is whole: it was taken out before the station knew that."""
        told = next((each for each in self.client.questions() if each.question_id == question.question_id), None)
        return told is not None and any(each.answer == "out" and each.tap == "must" for each in told.answers)

    def _tap(self, card: str, question: QuestionView) -> None:
        """Lay a card that came out on the reader, once that has no other, and let it be read."""
        if self._on_table() in {None, card}:
            self.world.move(card, TABLE)
            self.client.answer(question.question_id, "out", tap=True)
            self.world.move(card, f"output/{self._lines[question.line].machine}")

    # --- the end of the day -------------------------------------------------------------------------------------------

    def tidy(self) -> None:
        """Put a blank that lies ready on the reader back to the stack that it came from, and unfit ones aside.

        Those came out of their printers as they were, between the cards.
        """
        table = self._on_table()
        for name, card in self._in_hand.items():
            if card == table and not self._written(card):
                self.world.move(card, self.pile(name))
        census = self.world.census()
        for line in self._lines.values():
            for card in census.get(f"output/{line.machine}", ()):
                if not self.world.card(card).prints:
                    self.world.move(card, _unfit(line))

    def piles(self) -> dict[tuple[str, str], int]:
        """Count the cards in every place that the book and the world both know, by place and line."""
        census = self.world.census()
        piles = {("store", ""): "store", ("shelf", ""): "shelf"}
        for name, line in self._lines.items():
            piles |= {("hopper", name): self.pile(name), ("unfit", name): _unfit(line)}
            piles |= {(place, name): f"{place}/{line.machine}" for place in ("machine", "output", "reject")}
        return {where: len(census.get(pile, ())) for where, pile in piles.items()}

    def count(self) -> list[str]:
        """Say how many cards lie wherever blanks and cards are counted. Returns what did not agree."""
        counted = [
            Counted(Place(place), count, line)
            for (place, line), count in self.piles().items()
            if place not in {"shelf", "machine"}
        ]
        return self.client.take_stock(counted)


def _unfit(line: LineSetup) -> str:
    """Where blanks of a line lie that could not be written here."""
    return f"aside/{line.machine}"


def _slot(line: LineSetup) -> str:
    """Where a card that was written on the desk is put: a printer's slot, or a feeder that has nothing else in it."""
    return f"{'hopper' if line.driver == 'evolis' and line.encoder is None else 'feed'}/{line.machine}"
