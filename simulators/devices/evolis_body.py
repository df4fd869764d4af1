"""The body of an Evolis machine: where its card is, what is used up, and what can befall it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PIL import Image

from simulators.clock import Clock
from simulators.devices.evolis_data import MODELS, Cause, EvolisSettings
from simulators.devices.evolis_head import Head
from simulators.devices.faults import CONDITIONS, FEW, WIRE, Fault, Script
from simulators.devices.machine import Cards, Fate
from simulators.devices.work import BusyLog, Stage, Works

Done = Callable[[Cause], None]
"""Takes how a work ended."""

PRINT, CONTACT, CONTACTLESS = "print", "contact", "contactless"
_PARTS = frozenset({"transport"})
_STOPPED = 1
_CAUSES = (
    ("door-open", Cause.COVER),
    ("head-hot", Cause.HEAD),
)


class Body:
    """What is physically so in one machine. Everything runs in the thread of its clock.

    Attributes:
        counters: `cards` inserted, `cleanings`, `since` (cards since the last cleaning), `errors`. The panels printed
            are the head's.
        station: where the card stands (`print`, `contact`, `contactless`); None on the way, or stuck.
        trouble_left: why the last work ended, as the third status word tells it; None if it ended well.
        fresh: True from power-on until the first command.
        starting: True while the machine starts up.
        on_reset: called when all that a client told the machine is lost: at its start, and when the mains go.
    """

    def __init__(
        self, settings: EvolisSettings, cards: Cards, clock: Clock, script: Script, log: BusyLog | None
    ) -> None:
        self.settings = settings
        self.model = MODELS[settings.model]
        self.head = Head(settings, self.model.slowness, clock.now)
        self.counters = {"cards": 0, "cleanings": 0, "since": 0, "errors": 0}
        self.powered = True
        self.starting = False
        self.fresh = True
        self.jam: Cause | None = None
        self.station: str | None = None
        self.trouble_left: Cause | None = None
        self.on_power: Callable[[bool], None] = lambda _: None
        self.on_wire_fault: Callable[[Fault], None] = lambda _: None
        self.on_reset: Callable[[], None] = lambda: None
        self.works = Works(clock, log)
        self._cards = cards
        self._clock = clock
        self._script = script
        self._place = f"machine/{settings.name}"
        self._fate: Fate = "stay"
        self._conditions: set[str] = set()
        self._disturbance: Fault | None = None
        self._side = "front"
        self._stopped_by: Cause | None = None
        cards.engage(self._place, False)
        cards.hold(self._place, None)
        if self.card() is not None:
            self._stand_at(PRINT)
        for fault in script.timed():
            clock.call_later(fault.after or 0.0, partial(self.happen, fault))

    # What is so

    def card(self) -> str | None:
        """The id of the card in the path."""
        held = self._cards.census().get(self._place, [])
        return held[0] if held else None

    def is_so(self, condition: str) -> bool:
        """True if a condition holds, by a fault or by what the world has."""
        census = self._cards.census()
        name = self.settings.name
        real = {
            "hopper-empty": not census.get(f"hopper/{name}"),
            "output-full": len(census.get(f"output/{name}", [])) >= self.model.output,
            "reject-full": len(census.get(f"reject/{name}", [])) >= self.settings.reject,
            "ribbon-out": self.head.left <= 0,
            "cleaning-due": self.counters["since"] >= self.settings.cleaning_refuses,
        }
        return condition in self._conditions or real.get(condition, False)

    def busy(self) -> bool:
        """True while it works."""
        return self.works.busy("transport")

    def trouble(self) -> Cause | None:
        """What keeps it from any work."""
        if self.jam is not None and "door-open" not in self._conditions:
            return self.jam
        return next((cause for condition, cause in _CAUSES if condition in self._conditions), None)

    def no_ribbon(self) -> bool:
        """True if it cannot begin another print for want of ribbon."""
        return self.is_so("ribbon-missing") or self.is_so("ribbon-out")

    def lacks(self, panel: str) -> bool:
        """True if that panel cannot be printed for want of ribbon. The set in use may still be the last."""
        ended = self.head.left <= 0 and self.head.begins_set(panel)
        return ended or bool(self._conditions & {"ribbon-missing", "ribbon-out"})

    # Works

    def begin(self, stages: list[Stage], done: Done) -> None:
        """Begin a work. A fault that waits for a work meets this one."""
        fault, self._disturbance = self._disturbance, None
        if fault is not None and fault.kind == "slow":
            stages = [Stage(s.what, s.seconds * fault.factor, s.end, s.begin, s.cut) for s in stages]

        def ended(code: int) -> None:
            cause = self._stopped_by or Cause.JAM if code else Cause.OK
            self.trouble_left = cause if code else None
            done(cause)

        self.works.begin(_PARTS, stages, ended)
        if fault is not None and fault.kind != "slow":
            total = sum(stage.seconds for stage in stages)
            self._clock.call_later(total * fault.fraction, partial(self.happen, fault))

    def feeding(self) -> Stage:
        """A card out of the feeder, to the print head."""
        stuck = self._disturbance
        if stuck is not None and stuck.kind == "feed-jam" and not stuck.card_inside:
            return Stage("feed", self.settings.durations.feed)
        return Stage("feed", self.settings.durations.feed, self._fed, self._take_in)

    def moving(self, station: str) -> list[Stage]:
        """The card to a station; nothing if it stands there."""
        if station == self.station:
            return []
        return [Stage("move", self.settings.durations.move, partial(self._stand_at, station), self._depart)]

    def printing(self, panel: str, ink: Image.Image) -> list[Stage]:
        """One panel onto the card, with the head cool and the ribbon in place."""
        stages = [stage for stage in (self.head.cooling(),) if stage is not None]
        if self.head.begins_set(panel):
            stages.append(self.head.winding())
        return [*stages, self.head.printing(panel, ink)]

    def flipping(self) -> list[Stage]:
        """The card turned over."""
        return [Stage("flip", self.settings.durations.flip, self._flip, self._depart)]

    def ejecting(self) -> list[Stage]:
        """The card into the output hopper."""
        return [Stage("eject", self.settings.durations.eject, partial(self._let_go, "output"), self._depart)]

    def rejecting(self) -> list[Stage]:
        """The card into the reject box."""
        return [Stage("reject", self.settings.durations.reject, partial(self._let_go, "reject"), self._depart)]

    def cleaning(self) -> list[Stage]:
        """A cleaning card through the machine."""
        return [Stage("clean", self.settings.durations.clean, self._cleaned)]

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
            self.head.left = FEW
        elif fault.kind in CONDITIONS:
            self._conditions.add(fault.kind)
            self._interrupt(fault.kind)
        elif fault.kind == "slow" or not self.busy():
            self._disturbance = fault
        else:
            self.jam = Cause.FEEDER if fault.kind == "feed-jam" else Cause.JAM
            self._stop(self.jam)

    def clear(self, condition: str) -> None:
        """End a condition (`jam` included). `cleaning-due` ends by a cleaning."""
        if condition in {"jam", "feed-jam"}:
            self.jam = None
            self.start_up(self.settings.durations.move)
        elif condition == "door-open":
            self.door(closed=True)
        elif condition == "cleaning-due":
            self._cleaned()
        else:
            self._conditions.discard(condition)

    def door(self, *, closed: bool) -> None:
        """Open or close the cover. Open, it stops all works; closed, a jam is cleared."""
        if not closed:
            self._conditions.add("door-open")
            self._stop(Cause.COVER)
        elif "door-open" in self._conditions:
            self._conditions.discard("door-open")
            self.jam = None
            self.start_up(self.settings.durations.ribbon)

    def refill(self) -> None:
        """Put in a new ribbon."""
        self.head.refill()
        self._conditions -= {"ribbon-out", "ribbon-missing"}

    def mains(self, *, on: bool, card: Fate = "stay") -> None:
        """Pull the mains, or restore them; a card that is then in the path stays inside, or is put out at the start."""
        if not on:
            self._lose_mains(Fault(kind="power-loss"))
        elif not self.powered:
            self.powered = True
            self._fate = card
            self.restart()
            self.on_power(True)

    def restart(self) -> None:
        """Start up as after power-on."""
        self.works.stop(None)
        self.end_pass()
        self.fresh = True
        self.trouble_left = None
        self.on_reset()
        self.start_up(self.settings.durations.start)

    def start_up(self, seconds: float) -> None:
        """Find the card in the path, if there is one, and bring it under the head."""
        if self.powered and "door-open" not in self._conditions and not self.busy():
            self.starting = True
            self.works.begin(_PARTS, [Stage("start", seconds, self._started)], lambda _: None)

    def end_pass(self) -> None:
        """Leave on the card what was printed since the last pass."""
        printed, card = self.head.finish(), self.card()
        if printed is not None and card is not None:
            png, source = printed
            self._cards.stamp(card, self._side, png, source)

    # Inside

    def _interrupt(self, condition: str) -> None:
        if condition == "head-hot":
            self._stop(Cause.HEAD)
        elif condition in {"ribbon-out", "ribbon-missing"} and self.works.doing("print"):
            self._stop(Cause.RIBBON)

    def _stop(self, cause: Cause) -> None:
        self.starting = False
        if self.busy():
            self.counters["errors"] += 1
            self._stopped_by = cause
            self.works.stop(_STOPPED)
            self._stopped_by = None
            self.end_pass()

    def _lose_mains(self, fault: Fault) -> None:
        if not self.powered:
            return
        self.powered = self.starting = False
        self.works.stop(None)
        self.end_pass()
        self.station = None
        self._cards.engage(self._place, False)
        self._cards.hold(self._place, None)
        self.on_reset()
        self.on_power(False)
        if fault.seconds is not None:
            self._clock.call_later(fault.seconds, lambda: self.mains(on=True))

    def _started(self) -> None:
        self.starting = False
        fate, self._fate = self._fate, "stay"
        if self.card() is None:
            return
        if fate == "stay":
            self._stand_at(PRINT)
        else:
            self._let_go("output" if fate == "eject" else "reject")

    def _take_in(self) -> None:
        self._cards.move_next(f"hopper/{self.settings.name}", self._place)
        self._side = "front"
        self._depart()

    def _fed(self) -> None:
        self.counters["cards"] += 1
        self.counters["since"] += 1
        self._stand_at(PRINT)

    def _depart(self) -> None:
        self.end_pass()
        self.station = None
        self._cards.engage(self._place, False)
        self._cards.hold(self._place, None)

    def _stand_at(self, station: str) -> None:
        self.station = station
        self._cards.hold(self._place, station)
        self._cards.engage(self._place, station == CONTACTLESS)

    def _flip(self) -> None:
        self._side = "back" if self._side == "front" else "front"
        self._stand_at(PRINT)

    def _let_go(self, to: str) -> None:
        self.station = None
        self._cards.move_next(self._place, f"{to}/{self.settings.name}")

    def _cleaned(self) -> None:
        self.counters["cleanings"] += 1
        self.counters["since"] = 0
        self._conditions.discard("cleaning-due")
