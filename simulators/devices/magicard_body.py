"""The body of a Magicard machine: its card, its dye film, what is used up, what is counted, and what can befall it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from simulators.clock import Clock
from simulators.devices.faults import CONDITIONS, FEW, WIRE, Fault, Script
from simulators.devices.machine import Cards, Fate
from simulators.devices.magicard_data import MODELS, MagicardSettings, Trouble
from simulators.devices.magicard_picture import PANELS, develop
from simulators.devices.work import BusyLog, Stage, Works

Done = Callable[[int], None]
"""Takes the code that a work ends with; 0 is success."""

PART = frozenset({"transport"})
COUNTERS = ("cards", "cards_on_head", "panels", "cleans", "panels_since_clean", "cards_since_clean")
_CONDITION_CODES = {
    "door-open": Trouble.COVER_OPEN,
    "ribbon-missing": Trouble.RIBBON_MISSING,
    "ribbon-wrong": Trouble.RIBBON_WRONG,
    "head-hot": Trouble.HEAD_HOT,
}


class Body:
    """What is physically so in one machine. Everything runs in the thread of its clock.

    Attributes:
        counters: by the names of `COUNTERS`. A card counts when its last panel is on it, a panel when any of it is.
        shots_left: cards that the dye film is good for still. A print uses all panels of one, however far it comes.
        film: which dye film is in, by its tag.
        jammed: the code of a jam that nobody has cleared; None without.
        printed_on: whether the card inside has been printed on since it was fed.
        on_power: called with True or False when the mains come or go.
        on_wire_fault: called with a fault of the wire that comes by time or by hand.
        on_change: called when a condition began or ended.
    """

    def __init__(
        self, settings: MagicardSettings, cards: Cards, clock: Clock, script: Script, log: BusyLog | None
    ) -> None:
        self.settings = settings
        self.model = MODELS[settings.model]
        self.counters = dict.fromkeys(COUNTERS, 0)
        self.counters.update(cards=settings.cards_printed, cards_on_head=settings.cards_printed)
        self.counters["cards_since_clean"] = settings.cards_since_clean
        self.shots_left = settings.shots_left
        self.powered = True
        self.jammed: int | None = None
        self.printed_on = False
        self.on_power: Callable[[bool], None] = lambda _: None
        self.on_wire_fault: Callable[[Fault], None] = lambda _: None
        self.on_change: Callable[[], None] = lambda: None
        self.works = Works(clock, log)
        self._cards = cards
        self._clock = clock
        self._script = script
        self._place = f"machine/{settings.name}"
        self._conditions: set[str] = set()
        self._disturbance: Fault | None = None
        self._films = 1
        self._fate: Fate = "stay"
        self._laid: dict[str, float] = {}
        self._developer = ThreadPoolExecutor(1)
        cards.engage(self._place, False)
        cards.hold(self._place, None)
        for fault in script.timed():
            clock.call_later(fault.after or 0.0, partial(self.happen, fault))

    def close(self) -> None:
        """End the thread that draws pictures."""
        self._developer.shutdown()

    # What is so

    @property
    def busy(self) -> bool:
        """True while the machine works."""
        return self.works.busy("transport")

    @property
    def film(self) -> str:
        """What the tag of the dye film says; nothing without a film."""
        if "ribbon-missing" in self._conditions:
            return ""
        return hashlib.sha256(f"{self.settings.serial}/{self._films}".encode()).hexdigest()[:16].upper()

    def card(self) -> str | None:
        """The id of the card inside."""
        held = self._cards.census().get(self._place, [])
        return held[0] if held else None

    def trouble(self) -> int:
        """What keeps the machine from working and passes when its cause has gone."""
        for condition, code in _CONDITION_CODES.items():
            if condition in self._conditions:
                return code
        if self.shots_left <= 0:
            return Trouble.RIBBON_OUT
        return Trouble.OK if self.jammed is None else self.jammed

    # Works

    def begin(self, stages: list[Stage], done: Done) -> None:
        """Begin a work. A fault that waits for one befalls it."""
        fault, self._disturbance = self._disturbance, None
        if fault is not None and fault.kind == "slow":
            stages = [Stage(s.what, s.seconds * fault.factor, s.end, s.begin, s.cut) for s in stages]
        self.works.begin(PART, stages, done)
        if fault is not None and fault.kind != "slow":
            total = sum(stage.seconds for stage in stages)
            self._clock.call_later(total * fault.fraction, partial(self.happen, fault))

    def feed(self, done: Done, *, by_hand: bool) -> None:
        """Take in a card: from the feed slot if one is there, else from the hopper; `NOT_FED` if none comes."""
        durations = self.settings.durations
        source = self._source(by_hand=by_hand)
        fault = self._disturbance
        if fault is not None and fault.kind == "feed-jam" and not fault.card_inside:
            source, self._disturbance = None, None
        if source is None:
            self.begin([Stage("feed", durations.unfed)], lambda code: done(code or Trouble.NOT_FED))
            return
        self.begin([Stage("feed", durations.feed, begin=partial(self._take_in, source))], done)

    def _source(self, *, by_hand: bool) -> str | None:
        census = self._cards.census()
        name = self.settings.name
        if census.get(f"feed/{name}"):
            return f"feed/{name}"
        if by_hand or self.settings.hand_feed or "hopper-empty" in self._conditions:
            return None
        return f"hopper/{name}" if census.get(f"hopper/{name}") else None

    def print(self, planes: Mapping[str, bytes], done: Done, *, overcoat: bool) -> None:
        """Print the card inside, panel by panel, and put it out."""
        inks = [ink for ink in PANELS if ink in planes or (overcoat and ink == "overcoat")]
        whole = dict.fromkeys(inks, 1.0)
        picture = self._developer.submit(develop, self.model, planes, whole, self.settings.head_position)
        stages = [
            Stage(
                f"print-{ink}",
                self.settings.durations.panel,
                begin=self._start_print if ink == inks[0] else lambda: None,
                end=partial(self._lay, ink, inks[-1], picture),
                cut=partial(self._cut, ink, planes),
            )
            for ink in inks
        ]
        self.begin([*stages, self._ejecting()], done)

    def eject(self, done: Done) -> None:
        """Put out the card inside."""
        self.begin([self._ejecting()], done)

    def initialise(self, done: Done, *, put_out: bool = False) -> None:
        """Start, and put out a card inside if that is wanted, or was said when the mains came back."""
        if put_out:
            self._fate = "eject"
        self.begin([Stage("initialise", self.settings.durations.initialise, self._initialised)], done)

    def clean(self, done: Done) -> None:
        """Draw the cleaning card through."""
        self.begin([Stage("clean", self.settings.durations.clean, self._cleaned)], done)

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
        """Let a fault happen now; one that needs a work waits for the next."""
        if fault.kind in WIRE:
            self.on_wire_fault(fault)
        elif fault.kind == "door-open":
            self.door(closed=False)
        elif fault.kind == "power-loss":
            self._lose_mains(fault.seconds)
        elif fault.kind == "ribbon-out":
            self.shots_left = 0
            self.on_change()
        elif fault.kind == "supplies-low":
            self.shots_left = FEW
        elif fault.kind == "cleaning-due":
            self.counters["cards_since_clean"] = self.settings.cards_between_cleans
        elif fault.kind in CONDITIONS:
            self._conditions.add(fault.kind)
            self.on_change()
        elif fault.kind == "slow" or not self.busy:
            self._disturbance = fault
        else:
            self.jammed = Trouble.JAM if fault.code is None else fault.code
            self.works.stop(self.jammed)

    def clear(self, condition: str) -> None:
        """End a condition. A jam that is cleared leaves its card inside, free to be put out."""
        if condition in {"jam", "feed-jam"}:
            self.jammed = None
        elif condition == "ribbon-out":
            self.refill()
        self._conditions.discard(condition)
        self.on_change()

    def door(self, *, closed: bool) -> None:
        """Open or close the cover. Open, it stops a work; closed, a jam is cleared."""
        if not closed:
            self._conditions.add("door-open")
            self.works.stop(Trouble.COVER_OPEN)
        elif "door-open" in self._conditions:
            self._conditions.discard("door-open")
            self.jammed = None
        self.on_change()

    def refill(self) -> None:
        """Put in a new dye film."""
        self._films += 1
        self.shots_left = self.settings.shots
        self._conditions -= {"ribbon-missing", "ribbon-wrong"}
        self.on_change()

    def mains(self, *, on: bool, card: Fate = "stay") -> None:
        """Pull the mains, or restore them; a card that is then inside stays there, or is put out at the start."""
        if not on:
            self._lose_mains(None)
        elif not self.powered:
            self.powered = True
            self._fate = card
            self.on_power(True)

    # Inside

    def _lose_mains(self, seconds: float | None) -> None:
        if not self.powered:
            return
        self.powered = False
        self.works.stop(None)
        self.printed_on = False
        self.on_power(False)
        if seconds is not None:
            self._clock.call_later(seconds, lambda: self.mains(on=True))

    def _take_in(self, source: str) -> None:
        self._cards.move_next(source, self._place)
        self.printed_on = False

    def _ejecting(self) -> Stage:
        return Stage("eject", self.settings.durations.eject, self._put_out)

    def _put_out(self) -> None:
        if self.card() is not None:  # no hand took it meanwhile
            self._cards.move_next(self._place, f"output/{self.settings.name}")
        self.printed_on = False

    def _initialised(self) -> None:
        fate, self._fate = self._fate, "stay"
        if fate != "stay":  # there is no reject bin
            self._put_out()

    def _start_print(self) -> None:
        self.printed_on = True
        self._laid = {}
        self.shots_left -= 1

    def _lay(self, ink: str, last: str, picture: Future[bytes]) -> None:
        self._laid[ink] = 1.0
        self._count_panel()
        if ink == last:
            self._stamp(picture.result())
            for name in ("cards", "cards_on_head", "cards_since_clean"):
                self.counters[name] += 1

    def _cut(self, ink: str, planes: Mapping[str, bytes], fraction: float) -> None:
        self._laid[ink] = fraction
        self._count_panel()
        self._stamp(develop(self.model, planes, self._laid, self.settings.head_position))

    def _count_panel(self) -> None:
        self.counters["panels"] += 1
        self.counters["panels_since_clean"] += 1

    def _stamp(self, png: bytes) -> None:
        card = self.card()
        if card is None:
            return
        source = {"film": self.film, "shot": str(self.settings.shots - self.shots_left)}
        source["panels"] = "+".join(sorted(ink for ink, part in self._laid.items() if part >= 1.0))
        if cut := [f"{ink} {part:.2f}" for ink, part in self._laid.items() if part < 1.0]:
            source["cut"] = "+".join(cut)
        self._cards.stamp(card, "front", png, source)

    def _cleaned(self) -> None:
        self.counters["cleans"] += 1
        self.counters["panels_since_clean"] = self.counters["cards_since_clean"] = 0
