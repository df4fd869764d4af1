"""Artwork: a card layout and a citizen's data to images, and those to a machine's panels.

This is the room's door. It imports no imaging library until a card is drawn, so that an idle daemon stays small.
Layouts are read by `stationd.artwork.layout`; what can go wrong is in `stationd.artwork.errors`.
"""

# ruff: noqa: PLC0415 — importing late is what this module is for

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stationd.model.calibration import NONE, Calibration

if TYPE_CHECKING:
    from drivers.printer import Image, Raster
    from stationd.artwork.layout import Layout
    from stationd.artwork.render import Front
    from stationd.model.card import CardData

__all__ = ["check", "compose", "panels", "preview_png", "trial_pattern", "warm"]


def compose(layout: Layout, card: CardData, photo: bytes, signature: bytes, dpi: int) -> Front:
    """Draw a card's front; see `stationd.artwork.render.compose`."""
    from stationd.artwork import render

    return render.compose(layout, card, photo, signature, dpi)


def check(layout: Layout, card: CardData, photo: bytes, signature: bytes) -> None:
    """Find out whether a card can be drawn, before a blank moves; see `stationd.artwork.render.check`."""
    from stationd.artwork import render

    render.check(layout, card, photo, signature)


def warm(layout: Layout) -> None:
    """Load the layout's fonts; see `stationd.artwork.render.warm`."""
    from stationd.artwork import render

    render.warm(layout)


def panels(front: Front, raster: Raster, calibration: Calibration = NONE) -> Image:
    """Make the panels of a machine's raster, set right for that machine; see `separate.separate` and `calibrate`."""
    from stationd.artwork import calibrate, separate

    return calibrate.calibrated(separate.separate(front, raster), raster.dpi, calibration)


def trial_pattern(raster: Raster, said: Sequence[str], calibration: Calibration = NONE) -> Image:
    """Make the panels of a test print, set right for that machine; see `stationd.artwork.pattern.pattern`."""
    from stationd.artwork import calibrate, pattern

    return calibrate.calibrated(pattern.pattern(raster, said), raster.dpi, calibration)


def preview_png(front: Front) -> bytes:
    """Make a PNG for people; see `stationd.artwork.preview.preview`."""
    from stationd.artwork import preview

    return preview.preview(front)
