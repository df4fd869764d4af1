"""A card printer of any make, as it is seen through a print queue: a document goes in, a card comes out.

Each document takes one card, from the feed slot before the hopper. What keeps it from printing is told as state reasons
while it lasts; the job waits. A jam or an open cover in mid-print spoils the card: it is put out when the cause has
gone, and the job is aborted. A job that is cancelled before its card is begun is forgotten. Nothing is told while no
job is there, as with a queue that asks only then.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from PIL import Image

from simulators.clock import Cancel, Clock
from simulators.devices.faults import CONDITIONS, FEW, UNPLUG, WIRE, Fault, Script
from simulators.devices.machine import Cards, Fate
from simulators.devices.pwg_raster import SYNC, NotRaster, first_page
from simulators.devices.queue_data import JAM, LOW_SHARE, REASONS, RIBBON_LOW, UNKNOWN_REASON, QueueSettings
from simulators.devices.work import BusyLog, Stage, Works

KINDS = UNPLUG | {
    *REASONS,
    "supplies-low",
    "jam",
    "feed-jam",
    "power-loss",
    "slow",
    "mute",
    "garbage",
    "half-reply",
    "last-reply",
}
PART = frozenset({"transport"})
STOPPED = 1
"""The code of a work that a jam or an open cover stopped."""


@dataclass(eq=False)
class Job:
    """A document to be printed.

    Attributes:
        document: PNG, JPEG, or PWG Raster.
        say: takes lines for the queue, such as `STATE: +media-empty-error`.
        done: told whether the job is completed; the queue waits for it.
    """

    document: bytes
    say: Callable[[str], None]
    done: Callable[[bool], None]
    told: set[str] = field(default_factory=set)
    fault: Fault | None = None


class Machine:
    """Prints one job; the queue holds the others.

    Attributes:
        settings: what it was made from.
        script: the faults to come; the one command is `print`, a document's arrival. `half-reply`: the job is aborted
            although its card is printed. `last-reply`: it is completed at once, as the one before was; with `acts =
            false` no card is printed. `garbage`: a reason that no standard lists is told.
        kinds: the kinds of fault that can befall it.
        counters: cards printed.
    """

    kinds = KINDS

    def __init__(
        self, settings: QueueSettings, cards: Cards, clock: Clock, script: Script | None, log: BusyLog | None
    ) -> None:
        self.settings = settings
        self.script = Script() if script is None else script
        self.counters = {"cards": 0}
        self.ribbon_left = settings.ribbon_left
        self.powered = True
        self.works = Works(clock, log)
        self._cards = cards
        self._clock = clock
        self._place = f"machine/{settings.name}"
        self._conditions: set[str] = set()
        self._jammed = False
        self._spoiled = False
        self._fate: Fate = "stay"
        self._job: Job | None = None
        self._disturbance: Fault | None = None
        self._developer = ThreadPoolExecutor(1)
        self._power: Callable[[bool], None] = lambda _: None
        self._wire_fault: Callable[[Fault], None] = lambda _: None
        cards.engage(self._place, False)
        cards.hold(self._place, None)
        for fault in self.script.timed():
            self.later(fault.after or 0.0, partial(self.happen, fault))

    def close(self) -> None:
        """End the thread that draws pictures."""
        self._developer.shutdown()

    def later(self, seconds: float, act: Callable[[], None]) -> Cancel:
        """Make an appointment in simulated seconds."""
        return self._clock.call_later(seconds, act)

    # Hands

    def attach(self, power: Callable[[bool], None], wire_fault: Callable[[Fault], None]) -> None:
        """Say who carries out what concerns the cable."""
        self._power, self._wire_fault = power, wire_fault

    def tell(self) -> dict[str, Any]:
        """What is physically so."""
        return {
            "powered": self.powered,
            "code": ",".join(sorted(self.reasons())) or "none",
            "card": self._card(),
            "station": None,
            "engaged": None,
            "ribbon_left": self.ribbon_left,
            "counters": self.counters,
            "model": self.settings.model,
            "serial": self.settings.serial,
        }

    def expect(self, fault: Fault) -> None:
        """Add a fault that comes with a document, counted from now, or after some time."""
        if fault.after is None:
            self.script.add(fault)
        else:
            self.later(fault.after, lambda: self.happen(fault))

    def happen(self, fault: Fault) -> None:
        """Let a fault happen now; one without a work to befall waits for the next."""
        if fault.kind in WIRE:
            self._wire_fault(fault)
        elif fault.kind == "door-open":
            self.door(closed=False)
        elif fault.kind == "ribbon-out":
            self.ribbon_left = 0
        elif fault.kind == "supplies-low":
            self.ribbon_left = FEW
        elif fault.kind in CONDITIONS:
            self._conditions.add(fault.kind)
        elif fault.kind == "power-loss":
            self._lose_mains(fault.seconds)
        elif fault.kind == "slow" or not self.works.busy("transport"):
            self._disturbance = fault
        else:
            self._jammed = True
            self.works.stop(STOPPED)

    def clear(self, condition: str) -> None:
        """End a condition (`jam` included)."""
        if condition in {"jam", "feed-jam"}:
            self._jammed = False
        elif condition == "ribbon-out":
            self.refill()
        elif condition == "door-open":
            self.door(closed=True)
        self._conditions.discard(condition)
        self._look()

    def door(self, *, closed: bool) -> None:
        """Open or close the cover. Open, it stops a work; closed, a jam is cleared."""
        if not closed:
            self._conditions.add("door-open")
            self.works.stop(STOPPED)
        elif "door-open" in self._conditions:
            self._conditions.discard("door-open")
            self._jammed = False
        self._look()

    def refill(self) -> None:
        """Put in a new ribbon."""
        self.ribbon_left = self.settings.ribbon
        self._conditions.discard("ribbon-missing")
        self._look()

    def mains(self, *, on: bool, card: Fate = "stay") -> None:
        """Pull the mains, or restore them; a card inside stays there until the next job, or is put out at once."""
        if not on:
            self._lose_mains(None)
        elif not self.powered:
            self.powered = True
            if card != "stay":
                self._put_out()
            self._power(True)

    # Jobs

    def reasons(self) -> set[str]:
        """What keeps it from printing now."""
        held = {REASONS[condition] for condition in self._conditions}
        if self.ribbon_left <= 0:
            held.add(REASONS["ribbon-out"])
        if self._jammed:
            held.add(JAM)
        if self._source() is None and not self.works.busy("transport") and not self._spoiled:
            held.add(REASONS["hopper-empty"])
        return held

    def print(self, job: Job) -> Fault | None:
        """Begin a job; return the fault that the wire has to carry out with it, if any."""
        on_wire = None
        for fault in self.script.meet("print"):
            if fault.kind in WIRE:
                on_wire = fault
            elif fault.kind == "power-loss":  # in the middle of that document's work, as at other machines
                self._disturbance = fault
            else:
                self.happen(fault)
        self._job = job
        job.fault = on_wire
        self._levels(job)
        if on_wire is not None and on_wire.kind == "garbage":
            self._note(job, job.told | {UNKNOWN_REASON})
        if on_wire is not None and on_wire.kind == "last-reply":
            job.done(True)
            if not on_wire.acts:
                self._job = None
        self._look()
        return on_wire

    def cancel(self, job: Job) -> None:
        """Give a job up whose card is not begun; one that is begun is finished."""
        if self._job is job and not self.works.busy("transport") and not self._spoiled:
            self._end(ok=False)

    # Inside

    def _look(self) -> None:
        """Go on with a job that can go on; look again later at one that cannot."""
        job = self._job
        if job is None or not self.powered or self.works.busy("transport"):
            return
        held = self.reasons()
        self._note(job, held | (job.told & {UNKNOWN_REASON}))
        if held:
            self.later(self.settings.durations.look, self._look)
        elif self._spoiled or self._card() is not None:
            stages = [Stage("eject", self.settings.durations.eject, self._put_out)]
            self.works.begin(PART, stages, partial(self._put_out_spoiled, self._spoiled))
        else:
            self._begin(job)

    def _begin(self, job: Job) -> None:
        durations = self.settings.durations
        try:
            picture = picture_of(job.document)
        except (NotRaster, OSError):
            job.say("ERROR: the document cannot be printed")
            self._end(ok=False)
            return
        whole = self._developer.submit(developed, picture, 1.0)
        stages = [
            Stage("feed", durations.feed, begin=self._take_in),
            Stage(
                "print",
                durations.print,
                end=lambda: self._stamp(whole.result(), 1.0),
                begin=self._use,
                cut=lambda part: self._stamp(developed(picture, part), part),
            ),
            Stage("eject", durations.eject, self._put_out),
        ]
        fault, self._disturbance = self._disturbance, None
        if fault is not None and fault.kind == "slow":
            stages = [Stage(s.what, s.seconds * fault.factor, s.end, s.begin, s.cut) for s in stages]
        self.works.begin(PART, stages, self._printed)
        if fault is not None and fault.kind != "slow":
            total = sum(stage.seconds for stage in stages)
            self.later(total * fault.fraction, partial(self.happen, fault))

    def _printed(self, code: int) -> None:
        if code:
            self._spoiled = True
            self._look()
        else:
            self._end(ok=self._job is None or self._job.fault is None or self._job.fault.kind != "half-reply")

    def _put_out_spoiled(self, aborts: bool, code: int) -> None:
        if code:
            self._look()
            return
        self._spoiled = False
        if aborts:
            self._end(ok=False)
        else:
            self._look()

    def _end(self, *, ok: bool) -> None:
        job, self._job = self._job, None
        if job is not None:
            self._levels(job)
            self._note(job, set())
            job.done(ok)

    def _note(self, job: Job, held: set[str]) -> None:
        for sign, reasons in (("-", job.told - held), ("+", held - job.told)):
            if reasons:
                job.say(f"STATE: {sign}{','.join(sorted(reasons))}")
        job.told = held

    def _levels(self, job: Job) -> None:
        share = max(0, self.ribbon_left) * 100 // self.settings.ribbon
        job.say(f"ATTR: marker-levels={share}")
        job.say(f"STATE: {'+' if share <= LOW_SHARE else '-'}{RIBBON_LOW}")

    def _lose_mains(self, seconds: float | None) -> None:
        if not self.powered:
            return
        self.powered = False
        self.works.stop(None)
        self._job, self._spoiled = None, False
        self._power(False)
        if seconds is not None:
            self.later(seconds, lambda: self.mains(on=True))

    def _card(self) -> str | None:
        held = self._cards.census().get(self._place, [])
        return held[0] if held else None

    def _source(self) -> str | None:
        census = self._cards.census()
        slots = (f"feed/{self.settings.name}", f"hopper/{self.settings.name}")
        return next((place for place in slots if census.get(place)), None)

    def _take_in(self) -> None:
        if (source := self._source()) is not None:
            self._cards.move_next(source, self._place)

    def _put_out(self) -> None:
        if self._card() is not None:
            self._cards.move_next(self._place, f"output/{self.settings.name}")

    def _use(self) -> None:
        self.ribbon_left -= 1

    def _stamp(self, png: bytes, part: float) -> None:
        if (card := self._card()) is None:
            return
        source = {"panels": "black+cyan+magenta+overcoat+yellow"}
        if part < 1.0:
            source["cut"] = f"{part:.2f}"
        else:
            self.counters["cards"] += 1
        self._cards.stamp(card, "front", png, source)


def developed(picture: Image.Image, part: float) -> bytes:
    """Return what a card shows of a picture when that part of it is printed, as PNG."""
    seen = Image.new("RGB", picture.size, "white")
    seen.paste(picture.crop((0, 0, int(picture.width * part), picture.height)), (0, 0))
    png = io.BytesIO()
    seen.save(png, "PNG", compress_level=1)
    return png.getvalue()


def picture_of(document: bytes) -> Image.Image:
    """Return a document's picture as it lies on a card, upright.

    A page in portrait has its picture turned a quarter to the left, as IPP's *landscape* does, and is turned back.

    Raises:
        NotRaster: a page of another kind than card printers take.
        OSError: no picture at all.
    """
    picture = first_page(document) if document.startswith(SYNC) else Image.open(io.BytesIO(document))
    picture = picture.convert("RGB")
    return picture.transpose(Image.Transpose.ROTATE_270) if picture.height > picture.width else picture
