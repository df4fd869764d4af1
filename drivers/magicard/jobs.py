"""One card's print job: what its header asks for, and its planes.

The header is the one of `magicard.prn` (`protocol` names the sources), with these differences. `USFOFF` and `NNNOFF`
keep the machine's own security patterns off the card. `ICC`, `CPW` and `DDD` are left out: the first tells of a
correction that the maker's filter had made, the others ask for what is usual anyway. The planes are B, G, R and K there
and in the capture, where the doc writes Y, M, C and K. `COEH`, which is about magnetic stripes, is sent as found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from drivers.magicard import planes
from drivers.magicard.protocol import Information, Plane, job
from drivers.printer import Image, Panel, ReadyImage

PANELS: Final = frozenset({Panel.YELLOW, Panel.MAGENTA, Panel.CYAN, Panel.BLACK, Panel.OVERCOAT})

_COLOURS: Final = {Panel.YELLOW: Plane.YELLOW, Panel.MAGENTA: Plane.MAGENTA, Panel.CYAN: Plane.CYAN}
_SIZE: Final = planes.WIDTH * planes.HEIGHT
_HEADS: Final = {0: "KGE2", 1: "KEE1", 2: "KEE4"}


class Unfit(Exception):
    """An image that this machine does not take."""


@dataclass(frozen=True, slots=True)
class _Planes:
    head_position: int
    ink: Sequence[tuple[Plane, bytes]] = field(repr=False)


def ready(image: Image, head_position: int) -> Image:
    """Return the image with its planes made for a head in that position, or as it is if it does not fit."""
    try:
        planes_made = _Planes(head_position, _ink(image, head_position))
    except Unfit:
        return image
    return ReadyImage(image.width, image.height, image.panels, planes_made)


def compose(image: Image, machine: Information, now: int) -> list[bytes]:
    """Make the job for one card, printed on its front.

    Yellow, magenta and cyan are printed together: if one is given, those missing are sent blank. Where the image has no
    overcoat panel the whole card is coated; where it has one, it must be one rectangle, or empty for none.

    Args:
        image: 1016 × 642 pixels.
        machine: what it tells of itself: the planes depend on the position of its head.
        now: seconds since 1970, which the machine is told.

    Raises:
        Unfit: another size, a panel the ribbon does not have, nothing to print, or an overcoat that is no rectangle.
    """
    ink = _ink(image, machine.head_position)
    commands = [
        "NOC1",  # the number of copies; always the first (doc)
        f"VER1.0-{machine.firmware}",
        "LANENG",
        f"TDT{now:08X}",
        "RSPDEF",
        "COEH",
        _HEADS.get(machine.printhead, _HEADS[0]),
        "DPXOFF",
        "PAG1",
        f"IMF{''.join(plane.value.decode() for plane, _ in ink)}",
        "XCO0",
        "YCO0",
        f"WID{planes.WIDTH}",
        f"HGT{planes.HEIGHT}",
        *_overcoat(image.panels),
        "NNNOFF",
        "USFOFF",
    ]
    return job(commands, ink)


def _ink(image: Image, head_position: int) -> Sequence[tuple[Plane, bytes]]:
    """Return the planes, as they were made before if that was for a head in this position."""
    if isinstance(image, ReadyImage) and isinstance(image.work, _Planes) and image.work.head_position == head_position:
        return image.work.ink
    _require_fit(image)
    ink: list[tuple[Plane, bytes]] = []
    if any(panel in image.panels for panel in _COLOURS):
        for panel, plane in _COLOURS.items():
            ink.append((plane, planes.colour_plane(image.panels.get(panel, bytes(_SIZE)), head_position)))
    if Panel.BLACK in image.panels:
        ink.append((Plane.BLACK, planes.black_plane(image.panels[Panel.BLACK], head_position)))
    if not ink:
        raise Unfit("nothing to print", "there is neither a colour panel nor a black one")
    return ink


def _require_fit(image: Image) -> None:
    if (image.width, image.height) != (planes.WIDTH, planes.HEIGHT):
        wanted = f"the machine takes {planes.WIDTH} × {planes.HEIGHT} pixels"
        raise Unfit(f"{image.width} × {image.height}", wanted)
    if unknown := set(image.panels) - PANELS:
        raise Unfit(", ".join(sorted(unknown)), "the ribbon has no such panel")
    if any(len(panel) != _SIZE for panel in image.panels.values()):
        raise Unfit("panel size", f"every panel must have {_SIZE} bytes")


def _overcoat(panels: Mapping[Panel, bytes]) -> tuple[str, ...]:
    """Ask for the overcoat: corners are counted from the bottom left of the card (doc)."""
    if Panel.OVERCOAT not in panels:
        return "OVRON", f"PCT0,0,{planes.WIDTH - 1},{planes.HEIGHT - 1}"
    panel = panels[Panel.OVERCOAT]
    box = planes.rectangle(panel)
    if box is None:
        return ("OVROFF",)
    left, top, right, bottom = box
    if len(panel) - panel.count(0) != (right - left) * (bottom - top):
        raise Unfit("overcoat", "the machine coats a rectangle")
    return "OVRON", f"PCT{left},{planes.HEIGHT - bottom},{right - 1},{planes.HEIGHT - 1 - top}"
