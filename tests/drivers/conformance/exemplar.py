"""A machine in memory, with hands on it, and an honest driver for it: what each mutant breaks in one place."""

# ruff: noqa: ARG002, ARG003 - a driver has the interface's signatures

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from drivers.addresses import BadAddress
from drivers.conformance.hands import Lost, Seen, Trouble
from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, Disconnected, HeldByAnother, NotFound, NotUnderstood
from drivers.printer import (
    Capabilities,
    CardCounter,
    CardFlipper,
    CardTransport,
    Cleanable,
    Cleanings,
    Completion,
    Condition,
    CounterKind,
    Counters,
    DirectPrinter,
    EncodingStation,
    Identity,
    Image,
    Media,
    Panel,
    Preparation,
    Printer,
    PrinterFault,
    Raster,
    Reason,
    RetransferPrinter,
    Station,
    Status,
    Tell,
    WholeCardPrinter,
    nobody,
)

ADDRESS = "usb:1234:5678"
CODES = {
    Trouble.HOPPER_EMPTY: Reason.MEDIA_EMPTY,
    Trouble.DOOR_OPEN: Reason.COVER_OPEN,
    Trouble.RIBBON_OUT: Reason.MARKER_SUPPLY_EMPTY,
    Trouble.FILM_OUT: Reason.FILM_EMPTY,
    Trouble.FEED_JAM: Reason.MEDIA_JAM,
    Trouble.JAM: Reason.MEDIA_JAM,
    Trouble.HEAD_HOT: Reason.OVERHEATED,
    Trouble.REJECT_FULL: Reason.REJECT_FULL,
    Trouble.OUTPUT_FULL: Reason.OUTPUT_AREA_FULL,
    Trouble.CLEANING_DUE: Reason.CLEANING_DUE,
}
STOPS = {
    "feed": {Trouble.HOPPER_EMPTY, Trouble.DOOR_OPEN, Trouble.FEED_JAM},
    "film": {Trouble.RIBBON_OUT, Trouble.FILM_OUT, Trouble.HEAD_HOT, Trouble.DOOR_OPEN},
    "transfer": {Trouble.FILM_OUT, Trouble.DOOR_OPEN},
    "print": {Trouble.RIBBON_OUT, Trouble.HEAD_HOT, Trouble.DOOR_OPEN},
    "move": {Trouble.DOOR_OPEN},
    "flip": {Trouble.DOOR_OPEN},
    "deliver": {Trouble.OUTPUT_FULL, Trouble.DOOR_OPEN},
    "reject": {Trouble.REJECT_FULL, Trouble.DOOR_OPEN},
}
STOPS["card"] = STOPS["feed"] | STOPS["print"] | STOPS["deliver"]
COMMANDS = {"print_and_deliver": "print", "print_card": "card"}


@dataclass
class Answer:
    """What the machine says to one command."""

    number: int
    wrong: Trouble | None = None
    moved: bool = False
    data: Any = None


@dataclass
class Machine:
    """What is so, and the hands on it."""

    inside: int = 0
    out: int = 0
    rejected: int = 0
    prints: int = 0
    fed: int = 0
    cleaned: int = 0
    ribbon_in: bool = True
    station: Station | None = None
    turned: bool = False
    sides: set[bool] = field(default_factory=set)
    both_sides: int = 0
    engaged: bool = False
    film: bool = False
    waiting: int = 0
    plugged: bool = True
    owner: object = None
    troubles: set[Trouble] = field(default_factory=set)
    lost: tuple[Lost, str, bool] | None = None
    muted: bool = False
    last: Answer | None = None
    replugged: str = ""
    cut: bool = False
    laid: bool = False
    out_of_step: bool = False
    session: object = None
    notes: dict[str, Any] = field(default_factory=dict)

    # Hands

    def make_ready(self) -> None:
        self.troubles.clear()
        self.lost, self.muted, self.plugged, self.replugged, self.cut = None, False, True, "", False
        self.notes.clear()
        self.ribbon_in = True
        if self.laid:
            self.take_card()

    def take_out(self) -> None:
        self.inside = 0

    def look(self) -> Seen:
        place = (self.station, self.turned) if self.inside else (None, None)
        return Seen(self.inside, self.out, self.rejected, self.prints, *place)

    def printed_on_both_sides(self) -> int:
        return self.both_sides

    def cause(self, trouble: Trouble) -> None:
        self.troubles.add(trouble)

    def remedy(self, trouble: Trouble) -> None:
        self.troubles.discard(trouble)
        while self.waiting:
            self.waiting -= 1
            self.whole()

    def require(self, need: Lost | Trouble) -> None:
        pass

    def lose_answer(self, how: Lost, act: str, *, acts: bool) -> None:
        self.lost = (how, COMMANDS.get(act, act), acts)

    def unplug(self) -> None:
        self.plugged = False

    def replug(self, *, elsewhere: bool) -> None:
        self.plugged, self.replugged = True, "elsewhere" if elsewhere else "there"

    def cut_power(self) -> None:
        self.film, self.cut = False, True

    def prepare_cleaning(self, steps: Sequence[Preparation]) -> None:
        self.ribbon_in = Preparation.RIBBON_OUT not in steps

    def lay_card(self) -> None:
        self.inside, self.engaged, self.laid = 1, True, True

    def take_card(self) -> None:
        self.inside, self.engaged, self.laid = 0, False, False

    # Its side of the cable

    def command(self, number: int, name: str, act: Callable[[], Any]) -> Answer | None:
        """Carry out a command, unless the cable has it otherwise; None is silence."""
        if self.lost is not None and self.lost[1] in (name, "status"):
            how, _, acts = self.lost
            self.lost = None
            if acts:
                self.last = self._obey(number, name, act)
            self.muted = how is Lost.SILENCE
            return {Lost.SILENCE: None, Lost.LAST: self.last}.get(how, Answer(-1))
        if self.muted:
            return None
        self.last = self._obey(number, name, act)
        return self.last

    def _obey(self, number: int, name: str, act: Callable[[], Any]) -> Answer:
        for trouble in STOPS.get(name, set()) & self.troubles:
            return Answer(number, trouble)
        if name in STOPS and Trouble.JAM in self.troubles:
            if name in ("feed", "card") and not self.inside:
                self.inside, self.fed, self.station = 1, self.fed + 1, None
            return Answer(number, Trouble.JAM, moved=True)
        return Answer(number, data=act())

    def take_in(self, to: Station) -> None:
        self.inside, self.fed, self.station = self.inside + 1, self.fed + 1, to
        self.turned, self.sides = False, set()

    def turn(self) -> None:
        self.turned = not self.turned

    def go(self, to: Station) -> None:
        self.station, self.engaged = to, False

    def let_go(self, where: str) -> None:
        self.inside, self.engaged = 0, False
        setattr(self, where, getattr(self, where) + 1)

    def press(self) -> None:
        self.prints, self.film = self.prints + 1, False
        self.both_sides += self.sides == {not self.turned}
        self.sides.add(self.turned)

    def draw_through(self) -> None:
        self.cleaned += 1
        self.troubles.discard(Trouble.CLEANING_DUE)

    def whole(self) -> None:
        self.fed, self.prints, self.out = self.fed + 1, self.prints + 1, self.out + 1


class Exemplar(Printer, CardCounter):
    """What all kinds have."""

    def __init__(self, machine: Machine, address: str) -> None:
        self.machine, self.name = machine, f"exemplar {address}"
        self.over = threading.Event()
        self.number = 0
        self.film: str | None = None
        machine.owner = self

    @classmethod
    def open(cls, machine: Machine, address: str, deadline: Deadline) -> Exemplar:
        if not address.startswith("usb:"):
            raise BadAddress(f"exemplar {address}", "open", "no address")
        if address != ADDRESS or not machine.plugged:
            raise NotFound(f"exemplar {address}", "open", address)
        if machine.owner is not None:
            raise HeldByAnother(f"exemplar {address}", "open")
        return cls(machine, address)

    @classmethod
    def find(cls, machine: Machine) -> list[str]:
        return [ADDRESS] if machine.plugged else []

    @property
    def capabilities(self) -> Capabilities:
        raster = Raster(16, 8, 300, frozenset({Panel.BLACK}))
        return Capabilities(raster, reject_bin=True, over_the_edge=False, film_beside_chip=False)

    @property
    def identity(self) -> Identity:
        return Identity("Example", "Exemplar", "X1", "1.0")

    def close(self) -> None:
        self.over.set()
        if self.machine.owner is self:
            self.machine.owner = None

    def ask(self, operation: str, deadline: Deadline, command: str, act: Callable[[], Any] = lambda: None) -> Any:
        """One command and its answer. Everything that is said of errors is kept here."""
        if self.over.is_set() or not self.machine.plugged:
            raise Disconnected(self.name, operation, "closed")
        self.number += 1
        answer = self.machine.command(self.number, command, act)
        if answer is None:
            if self.over.wait(deadline.remaining()):
                raise Disconnected(self.name, operation, "closed")
            raise DeadlinePassed(self.name, operation, 0.0)
        if answer.number != self.number:
            raise NotUnderstood(self.name, operation, b"?", f"an answer to {self.number}")
        if answer.wrong is not None:
            raise PrinterFault(self.name, operation, self.named(answer.wrong), may_have_acted=answer.moved)
        return answer.data

    def named(self, trouble: Trouble) -> Condition:
        return Condition(CODES[trouble], trouble.value, "wrong")

    def refuse(self, operation: str) -> PrinterFault:
        condition = Condition(Reason.BAD_COMMAND, "no", "not now")
        return PrinterFault(self.name, operation, condition, may_have_acted=False)

    def status(self, deadline: Deadline) -> Status:
        machine = self.machine
        media, station = self.ask("status", deadline, "status", lambda: (bool(machine.inside), machine.station))
        told = tuple(self.named(trouble) for trouble in machine.troubles)
        return Status(Media.PRESENT if media else Media.NOT_PRESENT, station if media else None, told)

    def supplies(self, deadline: Deadline) -> tuple[()]:
        self.ask("supplies", deadline, "supplies")
        return ()

    def counters(self, deadline: Deadline) -> Counters:
        cards = self.ask("counters", deadline, "counters", lambda: self.machine.fed)
        return Counters(CounterKind.CARDS_FED, cards, {})


class Holding(Exemplar, CardTransport, EncodingStation):
    """Can be told where to hold a card."""

    def need_card(self, operation: str, deadline: Deadline, *, card: bool = True) -> None:
        if self.ask(operation, deadline, "place", lambda: bool(self.machine.inside)) is not card:
            raise self.refuse(operation)

    def feed(self, to: Station, deadline: Deadline) -> None:
        self.need_card("feed", deadline, card=False)
        self.ask("feed", deadline, "feed", lambda: self.machine.take_in(to))

    def move(self, to: Station, deadline: Deadline) -> None:
        self.need_card("move", deadline)
        self.ask("move", deadline, "move", lambda: self.machine.go(to))

    def deliver(self, deadline: Deadline) -> None:
        self.need_card("deliver", deadline)
        self.ask("deliver", deadline, "deliver", lambda: self.machine.let_go("out"))

    def reject(self, deadline: Deadline) -> None:
        self.need_card("reject", deadline)
        self.ask("reject", deadline, "reject", lambda: self.machine.let_go("rejected"))

    def need_there(self, operation: str, at: Station, deadline: Deadline) -> None:
        self.need_card(operation, deadline)
        if self.ask(operation, deadline, "place", lambda: self.machine.station) is not at:
            raise self.refuse(operation)

    def engage(self, at: Station, deadline: Deadline) -> None:
        self.need_there("engage", at, deadline)
        self.ask("engage", deadline, "engage", lambda: setattr(self.machine, "engaged", True))

    def release(self, at: Station, deadline: Deadline) -> None:
        self.need_there("release", at, deadline)
        self.ask("release", deadline, "release", lambda: setattr(self.machine, "engaged", False))


class Retransfer(Holding, RetransferPrinter, CardFlipper):
    """Prints to film first, on either side."""

    def flip(self, deadline: Deadline) -> None:
        self.need_card("flip", deadline)
        self.ask("flip", deadline, "flip", self.machine.turn)

    def clear_film(self, deadline: Deadline) -> None:
        self.film = None
        self.ask("clear_film", deadline, "wind", lambda: setattr(self.machine, "film", False))

    def start_film(self, image: Image, deadline: Deadline) -> None:
        self.ask("start_film", deadline, "film", lambda: setattr(self.machine, "film", True))
        self.film = "begun"

    def await_film(self, deadline: Deadline) -> None:
        if self.film is None:
            raise self.refuse("await_film")
        self.ask("await_film", deadline, "place")
        self.film = "held"

    def transfer(self, deadline: Deadline) -> None:
        if self.film != "held":
            raise self.refuse("transfer")
        self.need_card("transfer", deadline)
        self.film = None
        self.ask("transfer", deadline, "transfer", self.machine.press)
        self.ask("transfer", deadline, "move", lambda: self.machine.go(Station.PRINT))


class Direct(Holding, DirectPrinter, Cleanable):
    """Prints on the card while it passes."""

    def print_and_deliver(self, image: Image, deadline: Deadline) -> None:
        self.need_card("print_and_deliver", deadline)

        def act() -> None:
            self.machine.press()
            self.machine.let_go("out")

        self.ask("print_and_deliver", deadline, "print", act)

    @property
    def preparations(self) -> tuple[Preparation, ...]:
        return (Preparation.RIBBON_OUT, Preparation.CLEANING_CARD_IN)

    def cleanings(self, deadline: Deadline) -> Cleanings:
        done, due = self.ask(
            "cleanings",
            deadline,
            "counters",
            lambda: (self.machine.cleaned, Trouble.CLEANING_DUE in self.machine.troubles),
        )
        return Cleanings(done, None, None, due)

    def clean(self, deadline: Deadline) -> None:
        self.need_card("clean", deadline, card=False)
        if self.ask("clean", deadline, "ribbon", lambda: self.machine.ribbon_in):
            raise self.refuse("clean")
        self.ask("clean", deadline, "clean", self.machine.draw_through)


class Whole(Exemplar, WholeCardPrinter):
    """Takes a card in, prints it and puts it out."""

    def print_card(self, image: Image, deadline: Deadline, tell: Tell = nobody) -> Completion:
        self.ask("print_card", deadline, "card", self.machine.whole)
        return Completion.SEEN
