"""Where scenes are played: a simulated world, a station in it, a desktop, and the window on that."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.rig import day
from tests.rig.badge import PIN
from tests.rig.desktop import Desktop
from tests.rig.settings import OFFICER
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess
from tests.rig.window_process import WindowProcess

PEOPLE: Final = 14
"""Jobs that wait when the day begins; all of synthetic citizens."""

OF_PLACE: Final = {"utc_hours": 8}
"""Of the policy: the hours of the desktop's clock."""

SETTLED: Final = 1.0
"""Seconds for which a screen is watched after it seems to be still: a window that is busy is still, too."""

MORE: Final = 10
"""Jobs for which there is room besides."""

BLANKS: Final = 120
LOADED: Final = 40


@dataclass(frozen=True)
class Variant:
    """One way to show a scene.

    Attributes:
        language: of the window.
        scale: how many times larger than usual.
    """

    language: str = "id"
    scale: float = 1

    @property
    def suffix(self) -> str:
        """What a picture's name ends with."""
        return f"{'' if self.language == 'id' else f'.{self.language}'}{'' if self.scale == 1 else '@200'}"


PLAIN: Final = Variant()
LARGE: Final = Variant(scale=2)
ENGLISH: Final = Variant("en")


@dataclass(frozen=True)
class Scene:
    """One picture.

    Attributes:
        name: of its file, and what it shows.
        show: brings the window there, by keys, once the officer is signed in.
        prepare: brings the station there first; may be called again, and then changes nothing.
        variants: in which ways it is shown besides the plain one.
        signed_in: whether somebody is.
        after: undoes what was done for it, so that the next scene finds the station in order.
    """

    name: str
    show: Callable[[Stage], object] = lambda _: None
    prepare: Callable[[Stage], object] = lambda _: None
    variants: tuple[Variant, ...] = field(default=())
    signed_in: bool = True
    after: Callable[[Stage], object] = lambda _: None

    @property
    def files(self) -> tuple[str, ...]:
        """The names of its pictures."""
        return tuple(f"{self.name}{variant.suffix}.png" for variant in (PLAIN, *self.variants))


class Stage:
    """The stage.

    Args:
        folder: where world and station keep everything.
        factor: how many times faster than in life the devices work.
    """

    def __init__(self, folder: Path, factor: float = 6.0) -> None:
        self._folder = folder
        self._factor = factor
        self._held = ExitStack()
        self.window: WindowProcess | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.desktop = stack.enter_context(Desktop())
            self.simulation = stack.enter_context(Simulation(self._folder / "world", "ordinary", self._factor))
            self.station = StationProcess(self._folder / "station", self.simulation, jobs=PEOPLE + MORE)
            self.simulation.desk.policy(self.station.name, more=OF_PLACE)
            self.station.enrol()
            stack.enter_context(self.station)
            day.receive_blanks(self.simulation, self.station, BLANKS)
            day.load_hopper(self.simulation, self.station, LOADED)
            self.station.wait_until(lambda status: status.jobs.get("queued", 0) >= PEOPLE)
            self._held = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def play(self, scene: Scene, folder: Path) -> None:
        """Put a scene's pictures into a folder."""
        for variant in (PLAIN, *scene.variants):
            scene.prepare(self)
            with WindowProcess(self.desktop, self.station.socket, variant.language, variant.scale) as self.window:
                if scene.signed_in:
                    self.window.sign_in(OFFICER, PIN)
                    self.desktop.still()
                scene.show(self)
                self.desktop.still()
                time.sleep(SETTLED)
                self.desktop.move(self.desktop.width - 2, self.desktop.height // 2)
                picture = self.desktop.still()
                scene.after(self)
            picture.save(folder / f"{scene.name}{variant.suffix}.png", optimize=True)
