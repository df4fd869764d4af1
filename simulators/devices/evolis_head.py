"""The print head of an Evolis machine and its ribbon: what is used up, how warm it gets, what is on the card below."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image, ImageChops

from simulators.devices.evolis_data import PANELS, EvolisSettings
from simulators.devices.evolis_panels import cut, develop
from simulators.devices.work import Stage

_ORDER = list(PANELS)


class Head:
    """Prints panels on one side of a card, one after another.

    Attributes:
        left: prints that the ribbon is good for.
        spent: number of the set of panels in use, from 1.
        panels: panels ever printed.
    """

    def __init__(self, settings: EvolisSettings, slowness: float, now: Callable[[], float]) -> None:
        self._settings = settings
        self._slowness = slowness
        self._now = now
        self.left = settings.ribbon_left
        self.spent = 0
        self.panels = 0
        self._last: str | None = None
        self._layers: dict[str, Image.Image] = {}
        self._cut: str | None = None
        self._degrees = settings.heat.room
        self._measured = now()

    # Warmth

    def degrees(self) -> float:
        """How warm it is now, in °C."""
        heat = self._settings.heat
        return max(heat.room, self._degrees - (self._now() - self._measured) * heat.second)

    def cooling(self) -> Stage | None:
        """The pause that it needs before the next panel, if it needs one."""
        heat = self._settings.heat
        if self.degrees() <= heat.limit:
            return None
        return Stage("cool", (self.degrees() - heat.resume) / heat.second)

    # Printing

    def begins_set(self, panel: str) -> bool:
        """True if that panel lies on a set of the ribbon that has not been begun."""
        return self._last is None or _ORDER.index(panel) <= _ORDER.index(self._last)

    def winding(self) -> Stage:
        """The ribbon to the start of the next set. From then on that set is used up, printed or not."""
        return Stage("ribbon", self._settings.durations.ribbon, begin=self._open_set)

    def printing(self, panel: str, ink: Image.Image) -> Stage:
        """One panel onto the card."""
        seconds = self._settings.durations.panel(panel) * self._slowness
        return Stage(
            f"print-{panel}",
            seconds,
            begin=self._use_panel,
            end=lambda: self._lay(panel, ink),
            cut=lambda fraction: self._lay(panel, cut(ink, fraction), fraction),
        )

    def finish(self) -> tuple[bytes, dict[str, str]] | None:
        """End the pass: return what it left on the card, as PNG and in words; None if nothing was printed."""
        layers, self._layers = self._layers, {}
        stopped, self._cut = self._cut, None
        self._last = None
        if not layers:
            return None
        source = {"ribbon": str(self.spent), "panels": "+".join(sorted(PANELS[panel] for panel in layers))}
        if stopped is not None:
            source["cut"] = stopped
        return develop(layers), source

    def refill(self) -> None:
        """Put in a new ribbon."""
        self.left = self._settings.ribbon
        self._last = None

    def _open_set(self) -> None:
        self.left -= 1
        self.spent += 1

    def _use_panel(self) -> None:
        self.panels += 1

    def _lay(self, panel: str, ink: Image.Image, fraction: float = 1.0) -> None:
        self._degrees, self._measured = self.degrees() + fraction * self._settings.heat.panel, self._now()
        held = self._layers.get(panel)
        self._layers[panel] = ink if held is None else ImageChops.lighter(held, ink)
        self._last = panel
        if fraction < 1.0:
            self._cut = f"{PANELS[panel]} {fraction:.2f}"
