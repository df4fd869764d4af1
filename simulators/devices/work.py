"""The works of a machine: which of its parts each keeps busy, for how long, and what it does at its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simulators.clock import Cancel, Clock


def nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a work.

    Attributes:
        what: its name in the log.
        seconds: how long it takes.
        begin: what happens at its start.
        end: what happens at its end.
        cut: what happens instead of `end` if it is stopped, given the fraction that was done.
    """

    what: str
    seconds: float
    end: Callable[[], None] = nothing
    begin: Callable[[], None] = nothing
    cut: Callable[[float], None] = lambda _: None


@dataclass(eq=False, slots=True)
class Work:
    """A work under way."""

    parts: frozenset[str]
    stages: list[Stage]
    done: Callable[[int], None]
    began: float = 0.0
    cancel: Cancel = field(default=nothing)


class BusyLog:
    """What a device was busy with, as JSON lines.

    Part, what, start and end in simulated seconds; `seconds` that the work takes by its nature, of which the rest up to
    the end is the simulator's own lateness; `cut` if it was stopped before.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)

    def add(self, part: str, what: str, start: float, end: float, seconds: float, *, cut: bool) -> None:
        """Write one interval."""
        line = {"part": part, "what": what, "start": round(start, 4), "end": round(end, 4)}
        line["seconds"] = round(seconds, 4)
        if cut:
            line["cut"] = True
        self._file.write(json.dumps(line) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Works:
    """All works under way in one machine; each part does one at a time."""

    def __init__(self, clock: Clock, log: BusyLog | None = None) -> None:
        self._clock = clock
        self._log = log
        self._under_way: list[Work] = []

    def busy(self, part: str) -> bool:
        """True while a work keeps that part busy."""
        return any(part in work.parts for work in self._under_way)

    def doing(self, prefix: str) -> bool:
        """True while a stage whose name begins so is under way."""
        return any(work.stages[0].what.startswith(prefix) for work in self._under_way)

    def begin(self, parts: frozenset[str], stages: Sequence[Stage], done: Callable[[int], None]) -> None:
        """Begin a work on parts that are free; `done` takes 0 at its end, or the code with which it is stopped."""
        work = Work(parts, list(stages), done)
        self._under_way.append(work)
        self._start_stage(work)

    def stop(self, code: int | None) -> None:
        """Stop all works where they are. None tells nobody: the machine has no power to answer."""
        stopped, self._under_way = self._under_way, []
        for work in stopped:
            work.cancel()
            stage = work.stages[0]
            fraction = min(1.0, (self._clock.now() - work.began) / stage.seconds) if stage.seconds else 1.0
            self._note(work, cut=True)
            stage.cut(fraction)
            if code is not None:
                work.done(code)

    def _start_stage(self, work: Work) -> None:
        work.began = self._clock.now()
        work.stages[0].begin()
        work.cancel = self._clock.call_later(work.stages[0].seconds, lambda: self._end_stage(work))

    def _end_stage(self, work: Work) -> None:
        self._note(work, cut=False)
        stage = work.stages.pop(0)
        if not work.stages:
            self._under_way.remove(work)
        stage.end()
        if work.stages:
            self._start_stage(work)
        else:
            work.done(0)

    def _note(self, work: Work, *, cut: bool) -> None:
        if self._log is not None:
            stage = work.stages[0]
            for part in sorted(work.parts):
                self._log.add(part, stage.what, work.began, self._clock.now(), stage.seconds, cut=cut)
