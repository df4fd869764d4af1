"""The body of a Matica XID machine: where its card is, what its film holds, what is used up, and what can befall it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from simulators.clock import Clock
from simulators.devices.faults import CONDITIONS, FEW, WIRE, Fault, Script
from simulators.devices.machine import Cards, Fate
from simulators.devices.matica_xid_data import MODELS, MachineSettings, Position, Sense
from simulators.devices.matica_xid_film import Film, develop
from simulators.devices.work import BusyLog, Stage, Works

Done = Callable[[int], None]
"""Takes the sense code that a command ends with; 0 is success."""

TRANSPORT = frozenset({"transport"})
FILM = frozenset({"film"})
BOTH = TRANSPORT | FILM

_CONDITION_CODES = {
    "door-open": Sense.DOOR_OPEN,
    "head-hot": Sense.HEAD_HOT,
    "ribbon-out": Sense.RIBBON_OUT,
    "film-out": Sense.FILM_SEARCH,
}


class Body:
    """What is physically so in one machine. Everything runs in the thread of its clock.

    Attributes:
        counters: by the names of the public notes: total, free, head, clean, error. The first, second and fourth
            count cards at their first transfer; `head` counts panels printed.
        engaged: which reader (`contact`, `contactless`) is at the card.
        station: where the card stands; None on the way.
        side: of the card in the transport, that the film is pressed onto.
        panels: uploaded panels by buffer and name.
        attention: what has to be reported to the next who asks, before anything else.
        on_power: called with True or False when the mains come or go.
        on_wire_fault: called with a fault of the wire that comes by time or by hand.
    """

    def __init__(
        self, settings: MachineSettings, cards: Cards, clock: Clock, script: Script, log: BusyLog | None
    ) -> None:
        self.settings = settings
        self.model = MODELS[settings.model]
        self.counters = {"total": 0, "free": 0, "head": 0, "clean": 0, "error": 0}
        self.ribbon_left = settings.ribbon_left
        self.film_left = settings.film_left
        self.film = Film()
        self.panels: dict[int, dict[str, bytes]] = {}
        self.powered = True
        self.warming = False
        self.jam: int | None = None
        self.station: Position | None = None
        self.side = "front"
        self.engaged: str | None = None
        self.attention: list[Sense] = [Sense.RESET] if settings.fresh_reset else []
        self.on_power: Callable[[bool], None] = lambda _: None
        self.on_wire_fault: Callable[[Fault], None] = lambda _: None
        self.works = Works(clock, log)
        self._cards = cards
        self._clock = clock
        self._script = script
        self._place = f"machine/{settings.name}"
        self._fate: Fate = "stay"
        self._conditions: set[str] = set()
        self._disturbance: Fault | None = None
        self._counted: str | None = None
        self._developer = ThreadPoolExecutor(1)
        self._picture: Future[bytes] | None = None
        cards.engage(self._place, False)
        cards.hold(self._place, None)
        if self.card() is not None:
            self._stand_at(Position.PRINT)
        if settings.cold:
            self._warm_up()
        for fault in script.timed():
            clock.call_later(fault.after or 0.0, partial(self.happen, fault))

    def close(self) -> None:
        """End the thread that draws pictures."""
        self._developer.shutdown()

    # What is so

    def card(self) -> str | None:
        """The id of the card in the transport."""
        held = self._cards.census().get(self._place, [])
        return held[0] if held else None

    def hopper_empty(self) -> bool:
        """True if the hopper has no card to feed, or says so."""
        return "hopper-empty" in self._conditions or not self._cards.census().get(f"hopper/{self.settings.name}")

    def trouble(self) -> int:
        """What keeps the machine from working, busy apart."""
        if self.jam is not None and "door-open" not in self._conditions:
            return self.jam
        for condition, code in _CONDITION_CODES.items():
            if condition in self._conditions:
                return code
        if self.ribbon_left <= 0:
            return Sense.RIBBON_OUT
        if self.film_left <= 0:
            return Sense.FILM_SEARCH
        return Sense.WARMING_UP if self.warming else Sense.OK

    # Works

    def begin(
        self, parts: frozenset[str], stages: list[Stage], done: Done, *, immediate: bool, film_init: bool = False
    ) -> None:
        """Begin a work; an immediate one is `done` at once. A fault that waits for a work meets this one.

        Args:
            parts: which the stages keep busy.
            stages: one after another.
            done: told the code that it ends with.
            immediate: tell so at once instead.
            film_init: wind the film on meanwhile; the work ends when both have.
        """
        fault, self._disturbance = self._disturbance, None
        if fault is not None and fault.kind == "slow":
            stages = [Stage(s.what, s.seconds * fault.factor, s.end, s.begin, s.cut) for s in stages]
        waiting: Done = (lambda _: None) if immediate else done
        if film_init:
            waiting = _when_both(waiting)
            self.works.begin(FILM, [Stage("film-init", self.settings.durations.film_init, self._wind)], waiting)
        self.works.begin(parts, stages, waiting)
        if fault is not None and fault.kind != "slow":
            total = sum(stage.seconds for stage in stages)
            self._clock.call_later(total * fault.fraction, partial(self.happen, fault))
        if immediate:
            done(Sense.OK)

    def feeding(self) -> Stage:
        """A card out of the hopper, to the printing station."""
        stuck = self._disturbance is not None and self._disturbance.kind == "feed-jam"
        if stuck and self._disturbance is not None and not self._disturbance.card_inside:
            return Stage("feed", self.settings.durations.feed)
        return Stage("feed", self.settings.durations.feed, lambda: self._stand_at(Position.PRINT), self._take_in)

    def way(self, to: Position, *, flip: bool = False, start: Position | None) -> list[Stage]:
        """The card to a station, to the reject bin or out, from where it will stand at `start`."""
        durations = self.settings.durations
        stages = []
        if flip:
            stages.append(Stage("flip", durations.flip, self._flip, self._depart))
            start = Position.PRINT
        if to is Position.EJECT:
            stages.append(Stage("eject", durations.eject, partial(self._let_go, "output"), self._depart))
        elif to is Position.REJECT:
            stages.append(Stage("reject", durations.eject, partial(self._let_go, "reject"), self._depart))
        elif to is not start or not stages:
            seconds = 0.0 if to is start else durations.move
            stages.append(Stage("move", seconds, partial(self._stand_at, to), self._depart))
        return stages

    def engaging(self, reader: str, *, engaged: bool) -> Stage:
        """A reader to the card, or away from it."""
        what = "engage" if engaged else "release"
        return Stage(what, self.settings.durations.engage, lambda: self._set_engaged(reader if engaged else None))

    def printing(self, panels: Mapping[str, bytes]) -> Stage:
        """Panels onto the film."""
        printed = partial(self._printed, panels)
        return Stage("print", self.settings.durations.film(len(panels)), printed, cut=lambda _: printed())

    def pressing(self) -> Stage:
        """The film onto the card."""
        return Stage("transfer", self.settings.durations.transfer, self._pressed, cut=self._half_pressed)

    def initialising(self) -> list[Stage]:
        """The machine's own start: it brings a card in its path to the printing station."""
        return [Stage("initialise", self.settings.durations.initialise, self._initialised)]

    # Hands and fate

    def meet(self, command: str) -> Fault | None:
        """Let the script's faults for this command happen; return the one that the wire has to carry out, if any."""
        on_wire = None
        for fault in self._script.meet(command):
            if fault.kind in WIRE:
                on_wire = fault
            elif fault.kind in CONDITIONS:
                self.happen(fault)
            else:
                self._disturbance = fault
        return on_wire

    def happen(self, fault: Fault) -> None:
        """Let a fault happen now; a jam without a work under way, or slowness, waits for the next work."""
        if fault.kind in WIRE:
            self.on_wire_fault(fault)
        elif fault.kind == "door-open":
            self.door(closed=False)
        elif fault.kind == "power-loss":
            self._lose_mains(fault)
        elif fault.kind == "supplies-low":
            self.ribbon_left = self.film_left = FEW
        elif fault.kind in CONDITIONS:
            self._conditions.add(fault.kind)
        elif fault.kind == "slow" or not any(self.works.busy(part) for part in BOTH):
            self._disturbance = fault
        else:
            self.jam = Sense.FEED_JAM if fault.kind == "feed-jam" else fault.code or Sense.JAM
            self.counters["error"] += 1
            self.works.stop(self.jam)

    def clear(self, condition: str) -> None:
        """End a condition (`jam` included)."""
        if condition in {"jam", "feed-jam"}:
            self.jam = None
            self._start_up()
        elif condition == "door-open":
            self.door(closed=True)
        else:
            self._conditions.discard(condition)

    def door(self, *, closed: bool) -> None:
        """Open or close the door. Open, it stops all works; closed, a jam is cleared and the machine starts up."""
        if not closed:
            self._conditions.add("door-open")
            self._set_engaged(None)
            self.works.stop(Sense.DOOR_OPEN)
        elif "door-open" in self._conditions:
            self._conditions.discard("door-open")
            self.jam = None
            self._start_up()

    def refill(self) -> None:
        """Put in a new ribbon and a new film."""
        self.ribbon_left, self.film_left = self.settings.ribbon, self.settings.film
        self._conditions -= {"ribbon-out", "film-out"}
        self.film.wind()

    def mains(self, *, on: bool, card: Fate = "stay") -> None:
        """Pull the mains, or restore them; a card that is then in the path stays inside, or is put out at the start."""
        if not on:
            self._lose_mains(Fault(kind="power-loss"))
        elif not self.powered:
            self.powered = True
            self._fate = card
            self.attention = [Sense.POWER_INTERRUPTED, Sense.RESET]
            self._start_up()
            self._warm_up()
            self.on_power(True)

    # Inside

    def _lose_mains(self, fault: Fault) -> None:
        if not self.powered:
            return
        self.powered = False
        self.works.stop(None)
        self.panels.clear()
        self._set_engaged(None)
        if not fault.film_kept:
            self.film.wind()
        self.on_power(False)
        if fault.seconds is not None:
            self._clock.call_later(fault.seconds, lambda: self.mains(on=True))

    def _warm_up(self) -> None:
        self.warming = True
        self._clock.call_later(self.settings.durations.warm_up, self._warmed_up)

    def _warmed_up(self) -> None:
        self.warming = False

    def _start_up(self) -> None:
        if self.powered and "door-open" not in self._conditions and not any(self.works.busy(part) for part in BOTH):
            self.works.begin(BOTH, self.initialising(), lambda _: None)

    def _initialised(self) -> None:
        self._set_engaged(None)
        fate, self._fate = self._fate, "stay"
        if self.card() is None:
            return
        if fate == "stay":
            self._stand_at(Position.PRINT)
        else:
            self._let_go("output" if fate == "eject" else "reject")

    def _take_in(self) -> None:
        self._cards.move_next(f"hopper/{self.settings.name}", self._place)
        self.side = "front"
        self._depart()

    def _depart(self) -> None:
        self.station = None
        self._cards.hold(self._place, None)

    def _stand_at(self, station: Position) -> None:
        self.station = station
        self._cards.hold(self._place, station.name.lower())

    def _flip(self) -> None:
        self.side = "back" if self.side == "front" else "front"
        self._stand_at(Position.PRINT)

    def _let_go(self, to: str) -> None:
        self.station = None
        self._cards.move_next(self._place, f"{to}/{self.settings.name}")

    def _set_engaged(self, reader: str | None) -> None:
        self.engaged = reader
        self._cards.engage(self._place, reader == "contactless")

    def _wind(self) -> None:
        if not self.film.clean:
            self.film_left -= 1
        self.film.wind()

    def _printed(self, panels: Mapping[str, bytes]) -> None:
        if self.film.clean:
            self.ribbon_left -= 1
        self.film.print(panels)
        self.counters["head"] += len(panels)
        self._picture = self._developer.submit(develop, self.model, dict(self.film.frame))

    def _pressed(self) -> None:
        card = self.card()
        if card is not None and self._picture is not None:
            self._cards.stamp(card, self.side, self._picture.result(), self.film.source())
            self._count(card)
        self._wind()

    def _half_pressed(self, fraction: float) -> None:
        card = self.card()
        if card is not None:
            png = develop(self.model, self.film.frame, fraction)
            self._cards.stamp(card, self.side, png, {**self.film.source(), "pressed": f"{fraction:.2f}"})
            self._count(card)
        self._wind()

    def _count(self, card: str) -> None:
        if self._counted != card:
            self._counted = card
            for name in ("total", "free", "clean"):
                self.counters[name] += 1


def _when_both(done: Done) -> Done:
    """Return what two works that run side by side tell; `done` gets the first code that is not 0, when both ended."""
    codes: list[int] = []

    def ended(code: int) -> None:
        codes.append(code)
        if len(codes) == len(BOTH):
            done(next((code for code in codes if code), Sense.OK))

    return ended
