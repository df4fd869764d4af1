"""A card's image as the downloads of one print, in the order of the ribbon's panels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from drivers.evolis import panels, protocol
from drivers.printer import Image, Panel, ReadyImage

PANELS: Final = frozenset(protocol.PANELS)

_PLAIN: Final = 2  # levels of black and overcoat
_COLOURS: Final = frozenset({Panel.YELLOW, Panel.MAGENTA, Panel.CYAN})
_NOTHING: Final = bytes(panels.WIDTH * panels.HEIGHT)
_EVERYWHERE: Final = bytes([0xFF]) * len(_NOTHING)

Downloads = Mapping[Panel, tuple[int, bytes]]
"""By panel: levels and packed bytes."""


class Unfit(Exception):
    """An image that this machine does not take."""


@dataclass(frozen=True, slots=True)
class _Packed:
    levels: int
    downloads: Downloads = field(repr=False)


def downloads(image: Image, levels: int) -> Downloads:
    """Return every panel of the ribbon; one that the image lacks is blank, and the overcoat whole.

    Args:
        image: of the upright card, 1016 × 648 pixels.
        levels: of the colours.

    Raises:
        Unfit: another size, no panel, or one that the ribbon has not.
    """
    if isinstance(image, ReadyImage) and isinstance(image.work, _Packed) and image.work.levels == levels:
        return image.work.downloads
    _require_fit(image)
    made = {}
    for panel in protocol.PANELS:
        plane = image.panels.get(panel, _EVERYWHERE if panel is Panel.OVERCOAT else _NOTHING)
        depth = levels if panel in _COLOURS else _PLAIN
        made[panel] = (depth, panels.packed(plane, depth))
    return made


def ready(image: Image, levels: int) -> Image:
    """Return the image with its downloads made, or as it is if it does not fit."""
    try:
        packed = _Packed(levels, downloads(image, levels))
    except Unfit:
        return image
    return ReadyImage(image.width, image.height, image.panels, packed)


def _require_fit(image: Image) -> None:
    if (image.width, image.height) != (panels.WIDTH, panels.HEIGHT):
        raise Unfit(f"the image is not {panels.WIDTH} × {panels.HEIGHT} pixels")
    if not image.panels or not PANELS.issuperset(image.panels):
        raise Unfit("the image has no panel, or one that the ribbon has not")
    if any(len(plane) != len(_NOTHING) for plane in image.panels.values()):
        raise Unfit("a panel has not one byte a pixel")
