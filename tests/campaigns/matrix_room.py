"""An office with one printer, in which one thing after another goes wrong, and what came of each is written down."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from typing_extensions import override

from simulators.devices.chip_faults import Mute, with_faults
from stationd.client.lines import LineView
from stationd.client.problems import StationProblem
from stationd.client.status import JobView, StatusView
from tests.campaigns import matrix_facets
from tests.campaigns.matrix_faults import EMPTY_SLOT, follows
from tests.campaigns.matrix_words import Card, Comes, Row
from tests.campaigns.people import FOUND_BAD
from tests.rig import day, truth, worlds
from tests.rig.officer import Officer
from tests.rig.settings import LineSetup
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess
from tests.rig.truth import Findings

LINE: Final = "line-1"
FACTOR: Final = 50.0
STOCK: Final = 6
"""Blanks that lie ready at the beginning of each cell."""

PATIENCE: Final = 300.0
"""Seconds for one card with its fault: a lost answer is waited for nearly as long as in life."""

ROUTINE: Final = frozenset(
    {"blank-wanted-on-desk", "card-into-printer", "card-into-reject-bin", "card-off-desk", "card-to-accept"}
)
"""What a line asks of its officer with any card."""

MOST_ATTEMPTS: Final = 4
"""More attempts than this for one card, and a line does not wait for its cause to go but tries and tries."""


class Cell(msgspec.Struct, frozen=True):
    """What came of one fault at one kind of printer.

    Attributes:
        shown: what the line said, in order; each is the code of a sentence in the catalogue.
        held: why the job waits in the queue for somebody to allow it another blank; empty if it does not.
        did: on which of these the officer did something, as the sentence says.
        card: what became of the first card (`Card`); empty if none was made in time.
        asked: what became of the card was asked.
        pressed: a person had to let the line go on, beside mending what it named.
        attempts: blanks reserved until the card was out.
        wrong: what is not as it was decided, or where book and world differ.
        seconds: how long it took.
    """

    kind: str
    fault: str
    shown: tuple[str, ...]
    held: str
    did: tuple[str, ...]
    card: str
    asked: bool
    pressed: bool
    attempts: int
    wrong: tuple[str, ...]
    seconds: float


class Hands(Officer):
    """An officer who does what the line's words tell her, and with whom something goes wrong at the printer."""

    def __init__(self, simulation: Simulation, station: StationProcess, comes: Comes) -> None:
        super().__init__(simulation, station)
        self._comes: Comes | None = comes
        self._forgets = comes.fault.get("kind") == EMPTY_SLOT
        self._said = False
        self._troubles = {
            **self._troubles,
            "media-empty": self._see_to_cards,
            "not-found": self._see_to_cable,
            "disconnected": self._see_to_cable,
            "overheated": self._let_cool,
            "warming-up": self._let_cool,
            "cleaning-due": self._clean,
            "unmapped": self._read_display,
            "job-lost": self._see_to_queue,
            "spoils-in-a-row": self._look_for_why,
            "output-area-full": self._empty_trays,
            "reject-full": self._empty_trays,
        }

    def let_happen(self) -> None:
        """Bring the fault about, once."""
        comes, self._comes = self._comes, None
        if comes is not None and not self._forgets:
            self.hand(LINE, "fault", fault=dict(comes.fault))

    @override
    def _heed(self, line: LineView) -> None:
        if self._said and line.cause != "card-into-printer":
            self._forgets = False  # it is asked for anew, or why not is said
        super()._heed(line)

    @override
    def _put_in(self, line: LineSetup) -> None:
        card = self._in_hand[line.name]
        if self._forgets:
            if self._on_table() == card:
                self.world.move(card, "hand")
            self.client.continue_line(line.name)
            self._said = True
            return
        if self._on_table() == card and self._comes is not None:
            self.let_happen()
        if self.world.card(card).place == "hand":
            self.world.move(card, f"feed/{line.machine}")
        super()._put_in(line)

    @override
    def _accept(self, job: JobView) -> None:
        """Look for the card where it may be, and take none for another: one that was given up may turn up, too."""
        place = f"machine/{self._station.lines[0].machine}"
        stuck = [card for card in self.world.census().get(place, ()) if self._belongs(card, job.job_id)]
        if stuck:
            self._throw_out(stuck[0])
            self.client.spoil(job.job_id, FOUND_BAD)
            return
        try:
            super()._accept(job)
        except StationProblem as problem:
            table = self._on_table()
            if problem.cause != "another-card" or table is None:
                raise
            self._throw_out(table)

    def _throw_out(self, card: str) -> None:
        self.world.move(card, f"reject/{self._station.lines[0].machine}")

    def _see_to_cards(self, line: LineSetup) -> None:
        if line.encoder is not None:
            self._fill(line)
            return
        self._forgets = False
        card = self._in_hand[line.name]
        if self.world.card(card).place == "hand":
            self.world.move(card, f"feed/{line.machine}")
        self._shut_again(line)

    def _shut_again(self, line: LineSetup) -> None:
        for condition in ("feed-jam", "jam"):
            self.hand(line.name, "clear", condition=condition)

    def _see_to_cable(self, line: LineSetup) -> None:
        state = self.hand(line.name, "state")
        if not state["powered"]:
            self.hand(line.name, "mains", on=True)
        if state["address"] is None:
            self.hand(line.name, "replug")

    def _let_cool(self, line: LineSetup) -> None:
        self.hand(line.name, "clear", condition="head-hot")

    def _read_display(self, line: LineSetup) -> None:
        self._look_inside(line)
        self._let_cool(line)

    def _look_for_why(self, line: LineSetup) -> None:
        self._see_to_cable(line)
        self._resume(line)

    def _see_to_queue(self, line: LineSetup) -> None:
        self.hand(line.name, "clear", condition="mute")

    def _empty_trays(self, line: LineSetup) -> None:
        for condition in ("output-full", "reject-full"):
            self.hand(line.name, "clear", condition=condition)

    def _clean(self, line: LineSetup) -> None:
        self.hand(line.name, "clear", condition="cleaning-due")


class _Quickened(StationProcess):
    """The daemon with waits that fit devices which are quicker than in life."""

    @property
    @override
    def command(self) -> list[str | Path]:
        clock = self.folder / "clock"
        clock.write_text("0")
        launcher = [sys.executable, "-m", "tests.campaigns.launcher"]
        return [*launcher, "--settings", self.settings, "--clock", clock]


class Room:
    """A running office.

    Args:
        folder: takes everything.
        kind: of its printer, as `worlds.KINDS` calls it.

    Attributes:
        facets: what the printer declares.
        stands: the line did not go on after a fault: no more can be tried here.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self._kind = kind
        self._world = worlds.world(folder, (kind,), FACTOR)
        self._folder = folder
        self.stands = False
        self._looked_at = 0

    def __enter__(self) -> Self:
        self.simulation = self._world.__enter__()
        facts = self.simulation.facts
        desk = facts["readers"][worlds.DESK]["address"]
        lines = worlds.lines((self._kind,), facts)
        self.station = _Quickened(
            self._folder / "station", self.simulation, f"kec-{self._kind}", 4, lines=lines, desk=desk
        )
        try:
            self.facets = matrix_facets.ask(self.line.driver, self.line.address, self.station.environment)
            self.station.enrol()
            self.station.start()
            self.station.wait_until(lambda status: status.policy_version > 0)
            day.receive_blanks(self.simulation, self.station, 300)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.station.stop()
        self._world.__exit__(kind, error, trace)

    @property
    def line(self) -> LineSetup:
        """The one line."""
        return self.station.lines[0]

    def cell(self, row: Row) -> Cell:
        """Make one card while a fault happens, and write down what came of it."""
        began = time.monotonic()
        family = worlds.KINDS[self._kind].family
        with Hands(self.simulation, self.station, row.comes[family]) as officer:
            self._make_ready(officer)
            before = len(self._book())
            wrong = []
            try:
                self._work(officer, row, in_hand=row.comes[family].in_hand)
            except TimeoutError:
                self.stands = True
                wrong.append(f"stood until somebody looked: {self._status_words()}")
            entries = self._book()
            if not self.stands:
                wrong += [*self._accounts(officer, entries), *self._shelved(officer)]
                self._tidy(officer)
        cell = _told(self._kind, row, entries[before:], officer, time.monotonic() - began)
        return msgspec.structs.replace(cell, wrong=(*wrong, *differs(cell, row)))

    def _make_ready(self, officer: Hands) -> None:
        lying = len(officer.world.census().get(officer.pile(LINE), ()))
        if lying < STOCK:
            officer.load(LINE, STOCK - lying)
        day.queue(self.simulation, self.station, 1)
        self.station.wait_until(
            lambda status: not status.lines[0].cause or officer.pile(LINE).startswith("hopper/stack")
        )

    def _work(self, officer: Hands, row: Row, *, in_hand: bool) -> None:
        accepted = self.station.status().jobs.get("accepted", 0)
        if row.name == "reject-full":
            self._spoil_next_blank(officer)
        if not in_hand:
            officer.let_happen()
        officer.client.order_next(1)
        officer.work_until(lambda status: status.jobs.get("accepted", 0) > accepted and _rests(status), PATIENCE)

    def _spoil_next_blank(self, officer: Hands) -> None:
        card = officer.world.census()[officer.pile(LINE)][0]
        state = officer.world.chip_state(card)
        if state is not None:
            officer.world.set_chip_state(card, with_faults(state, *(Mute(at=1) for _ in range(20))))

    def _accounts(self, officer: Hands, entries: list[dict[str, Any]]) -> list[str]:
        """Hold the book against the world, before and after somebody counts."""
        findings = Findings()
        questions = truth.balances(entries)["in-question"] > 0
        truth.compare_blanks(entries, officer.world, findings, questions=questions)
        differences = officer.count()
        if questions or differences:
            truth.compare_blanks(self._book(), officer.world, findings)
        if differences and not questions:
            findings.check("the count finds what the book has", holds=False, otherwise="; ".join(differences))
        return findings.wrong

    def _shelved(self, officer: Hands) -> list[str]:
        """Look at the prints of the cards that were found good since the last look."""
        wrong = []
        shelf = officer.world.census().get("shelf", ())
        for card in shelf[self._looked_at :]:
            prints = officer.world.card(card).prints
            if len(prints) != 1 or "cut" in prints[0].source:
                wrong.append(f"a good card has {[made.source for made in prints]} on it")
        self._looked_at = len(shelf)
        return wrong

    def _tidy(self, officer: Hands) -> None:
        """Leave the printer whole, and the line ready for the next."""
        officer.hand(LINE, "clear", condition="script")
        officer.hand(LINE, "clear", condition="mute")
        for condition in ("hopper-empty", "head-hot", "output-full", "reject-full", "jam"):
            officer.hand(LINE, "clear", condition=condition)
        state = officer.hand(LINE, "state")
        if not state["powered"]:
            officer.hand(LINE, "mains", on=True)
        if officer.hand(LINE, "state")["address"] is None:
            officer.hand(LINE, "replug")
        officer.hand(LINE, "door", closed=True)
        officer.hand(LINE, "refill")

    def _book(self) -> list[dict[str, Any]]:
        return truth.book(self.station.folder / "data")

    def _status_words(self) -> str:
        status = self.station.status()
        line = status.lines[0]
        return f"{line.state} {line.cause} {line.detail}, jobs {status.jobs}"


def _rests(status: StatusView) -> bool:
    return not status.jobs.get("delivered") and not status.jobs.get("held") and not status.lines[0].job_id


def _told(kind: str, row: Row, entries: Sequence[Mapping[str, Any]], officer: Hands, seconds: float) -> Cell:
    """Read from the book what came of a cell."""
    attempts = [entry["attempt_id"] for entry in entries if entry["type"] == "attempt-reserved"]
    shown = [cause for cause in officer.asked[LINE] if cause and cause not in ROUTINE]
    shown += [entry["cause"] for entry in entries if entry["type"] == "line-stopped"]
    held = [entry["cause"] for entry in entries if entry["type"] in {"attempt-spoiled", "attempt-given-up"}]
    did = [cause for _, cause in officer.helped]
    return Cell(
        kind=kind,
        fault=row.name,
        shown=tuple(dict.fromkeys(shown)),
        held=held[0] if held else "",
        did=tuple(dict.fromkeys(did)),
        card=fate(entries, attempts),
        asked=any(entry["type"] == "attempt-unknown" for entry in entries),
        pressed="spoils-in-a-row" in did,
        attempts=len(attempts),
        wrong=(),
        seconds=round(seconds, 1),
    )


def fate(entries: Sequence[Mapping[str, Any]], attempts: Sequence[str]) -> str:
    """Say what became of the first card: the first that was not bad already is the one that a fault met."""
    for attempt in attempts:
        own = [entry for entry in entries if entry.get("attempt_id") == attempt]
        types = Counter(entry["type"] for entry in own)
        rejected = any(move["target"]["place"] == "reject" for entry in own for move in entry.get("moves", ()))
        if types["attempt-given-up"]:
            return Card.IN_QUESTION
        if rejected or types["attempt-spoiled"]:
            return Card.REJECTED if rejected else Card.IN_QUESTION
        if not types["attempt-released"]:
            return Card.GOOD
    return ""


def differs(cell: Cell, row: Row) -> list[str]:
    """Say in what a cell is not as it was decided."""
    decided = follows(row, cell.kind)
    wrong = []
    if cell.card not in decided.card:
        wrong.append(f"the card is {cell.card or 'not made'}, not {' or '.join(sorted(decided.card))}")
    if decided.shown and not decided.shown & set(cell.shown):
        wrong.append(f"it says {', '.join(cell.shown) or 'nothing'}, not {' or '.join(sorted(decided.shown))}")
    if decided.quiet and cell.shown:
        wrong.append(f"it says {', '.join(cell.shown)}, and nothing is in the way")
    if cell.asked != decided.asked:
        wrong.append("it asks what became of the card" if cell.asked else "it does not ask what became of the card")
    if cell.pressed and not decided.pressed:
        wrong.append("somebody had to let it go on")
    if cell.attempts > MOST_ATTEMPTS:
        wrong.append(f"it tried {cell.attempts} times")
    return wrong
