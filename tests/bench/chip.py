"""A full card's chip: what the station takes beside what the chip and its air take by themselves.

The line, the book, the chip engine and the reader's driver are the station's; reader and chip are simulated, at life's
own speed, behind pcscd. The device's time is the simulator's own, of each command, from when it came until it was
answered. Ours lasts from the first command until the book has it that the chip is sealed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from drivers.deadline import Deadline
from drivers.pcsc.child import Child
from drivers.pcsc.driver import PcscEncoder
from drivers.pcsc.frames import Op
from stationd.chip.sam import SamComputer
from stationd.chip.soft import SoftComputer
from stationd.store.store import Store
from tests.bench.figures import Aim, Figure, Series
from tests.bench.office import busy_times
from tests.campaigns.chip import desks
from tests.campaigns.chip_line import Works, quicken
from tests.chip.test_counts import FULL, least
from tests.rig.chips import CHIPS
from tests.rig.simulation import Simulation

AIM = Aim("≤", 1.10, of_ratio=True)
CARDS = 5
HOPS = 300
STEPS = ("identify", "write", "seal")
MACHINE = "bare-1"

Span = tuple[float, float]
"""From when to when, in this computer's monotonic seconds."""


@dataclass
class Kept:
    """When each call of some functions began and ended, those called within another left out."""

    spans: list[Span] = field(default_factory=list)
    _deep: int = 0

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, watched. Of one thread only."""

        def called(*arguments: Any, **more: Any) -> Any:
            self._deep += 1
            began = time.monotonic()
            try:
                return function(*arguments, **more)
            finally:
                self._deep -= 1
                if not self._deep:
                    self.spans.append((began, time.monotonic()))

        return called

    def within(self, windows: Sequence[Span]) -> float:
        """Add up what began within these windows."""
        return sum(end - start for start, end in self.spans if _inside(start, windows))


@dataclass(frozen=True)
class Card:
    """What one card took, in seconds, up to its seal.

    Attributes:
        whole: of the station.
        device: of chip and air, and of the SAM, by the simulator's logs.
        late: of that, what the simulation was late: its timers, the way to the world and back.
        crypto: computing the channel; with a SAM the carrying to it and back, without its own time.
        journal: commits.
        reader: the driver's exchanges with the chip, the device's time left out.
        commands: that the chip heard.
    """

    whole: float
    device: float
    late: float
    crypto: float
    journal: float
    reader: float
    commands: int


def measure(folder: Path, cards: int = CARDS) -> Iterator[Figure]:
    """Write full cards through SCP03 at level 33, with the station's keys and with a SAM."""
    quicken()
    with desks(folder, 1, factor=1.0) as simulation:
        hop = _hop()
        for profile in ("lab-gp-scp03", "lab-sam"):
            yield _figure(profile, list(_cards(folder / profile, simulation, profile, cards)), hop)


def _cards(folder: Path, simulation: Simulation, profile: str, cards: int) -> Iterator[Card]:
    facts = simulation.facts
    log = str(facts["readers"][MACHINE]["busy_log"])
    logs = (log, log.replace(f"{MACHINE}.jsonl", f"{MACHINE}-sam.jsonl"))
    crypto, journal, reader = Kept(), Kept(), Kept()
    with watched(crypto, journal, reader), closing(Works(folder, facts, MACHINE, CHIPS[profile], FULL)) as line:
        for number in range(cards):
            before = len(line.entries())
            ended = line.make(number)
            if ended.violations:
                raise RuntimeError(f"{profile}: {'; '.join(ended.violations)}")
            works, of_sam = (_works(simulation, one) for one in logs)
            windows = _windows(line.entries()[before:], works)
            heard = [work for work in works if _inside(work["start"], windows)]
            asked = [work for work in of_sam if _inside(work["start"], windows)]
            chip, sam = (sum(work["took"] for work in works) for works in (heard, asked))
            yield Card(
                whole=sum(end - start for start, end in windows),
                device=chip + sam,
                late=chip + sam - sum(work["seconds"] for work in (*heard, *asked)),
                crypto=crypto.within(windows) - sam,
                journal=journal.within(windows),
                reader=reader.within(windows) - chip,
                commands=len(heard),
            )


def _works(simulation: Simulation, log: str) -> list[dict[str, Any]]:
    """Read a reader's log, with what each command took there beside what it should have."""
    if not Path(log).exists():
        return []
    told = [json.loads(line) for line in Path(log).read_text().splitlines()]
    took = ((one["end"] - one["start"]) / simulation.facts["factor"] for one in told)
    return [work | {"took": seconds} for work, seconds in zip(busy_times(simulation, log), took, strict=True)]


@contextmanager
def watched(crypto: Kept, journal: Kept, reader: Kept) -> Iterator[None]:
    """Keep the times of what is asked for; the rest goes on as ever.

    A SAM's slot is worked by the same driver: what is asked of it within a computation is the computation's.
    """
    with ExitStack() as patched:
        for computer in (SoftComputer, SamComputer):
            for name in ("open", "authenticate", "wrap", "unwrap"):
                patched.enter_context(mock.patch.object(computer, name, crypto.timed(getattr(computer, name))))
        patched.enter_context(mock.patch.object(Store, "record", journal.timed(Store.record)))
        carry = reader.timed(PcscEncoder.exchange)
        exchange = PcscEncoder.exchange

        def to_chip(encoder: PcscEncoder, *arguments: Any) -> bytes:
            called = exchange if crypto._deep else carry
            return called(encoder, *arguments)  # type: ignore[no-any-return]

        patched.enter_context(mock.patch.object(PcscEncoder, "exchange", to_chip))
        yield


def _windows(entries: Sequence[Mapping[str, Any]], works: Sequence[Mapping[str, Any]]) -> list[Span]:
    """Return from when to when a card's chip was worked at, up to its seal: the waits for the reader are no part."""

    def moment(kind: str, step: str) -> float:
        return next(float(entry["mono"]) for entry in entries if entry["type"] == kind and entry.get("step") == step)

    spans = [(moment("step-intended", step), moment("step-observed", step)) for step in STEPS]
    first = min(work["start"] for work in works if spans[0][0] <= work["start"] and work["what"] != "command ca")
    return [(first, spans[0][1]), *spans[1:]]


def _inside(moment: float, windows: Sequence[Span]) -> bool:
    return any(start <= moment < end for start, end in windows)


def _hop() -> list[float]:
    """Ask a reader's process for what it answers by itself, without pcscd: the way to it and back, in seconds."""
    child, took = Child(), []
    try:
        for _ in range(HOPS):
            began = time.monotonic()
            child.call(Op.DISCONNECT, b"", Deadline.after(5))
            took.append(time.monotonic() - began)
    finally:
        child.stop()
    return took[1:]  # the first waits for its start


def _figure(profile: str, cards: Sequence[Card], hop: Sequence[float]) -> Figure:
    def series(what: str, value: Callable[[Card], float], unit: str = "s") -> Series:
        return Series(what, unit, tuple(value(card) for card in cards))

    way = Series("", "s", tuple(hop)).median
    sam = CHIPS[profile].sam
    return Figure(
        name=f"A full card's chip ({sum(FULL.values())} bytes, SCP03 level 33, read back), {profile}",
        measured=series("from the first command until the chip is sealed", lambda card: card.whole),
        reference=series("chip, air and SAM alone" if sam else "chip and air alone", lambda card: card.device),
        ratio="station ÷ device",
        aim=None if sam else AIM,
        parts=(
            series("  of these, the simulation was late", lambda card: card.late),
            series("  carrying to the SAM and back" if sam else "  crypto", lambda card: card.crypto),
            series("  journal", lambda card: card.journal),
            series("  process hop (commands × the bare way to it)", lambda card: card.commands * way),
            series("  the rest of the driver, pcscd and vpcd", lambda card: card.reader - card.commands * way),
            series("  the chip engine itself", _engine),
            Series("bare way to the reader's process and back", "ms", tuple(seconds * 1000 for seconds in hop)),
            series("commands", lambda card: card.commands, ""),
            Series("least commands for this card and profile", "", (least(profile, FULL),)),
        ),
    )


def _engine(card: Card) -> float:
    return card.whole - card.device - card.crypto - card.journal - card.reader
