"""Moves a machine's panels and bends their half tones, as its calibration says."""

from __future__ import annotations

from PIL import Image as Pixels

from drivers.printer import Image
from stationd.artwork.errors import RasterUnfit
from stationd.artwork.geometry import px
from stationd.model.calibration import NONE, Calibration

_FULL = 255


def calibrated(image: Image, dpi: int, calibration: Calibration) -> Image:
    """Return the panels as this machine needs them.

    Args:
        image: as every machine of its kind would have it.
        dpi: its resolution.
        calibration: of this machine.

    Raises:
        RasterUnfit: if ink would be moved off what the machine can print on.
    """
    if calibration == NONE:
        return image
    dx, dy = px(calibration.x, dpi), px(calibration.y, dpi)
    planes = {}
    for panel, plane in image.panels.items():
        bent = plane.translate(curve(calibration.gamma[panel])) if panel in calibration.gamma else plane
        planes[panel] = _moved(bent, (image.width, image.height), dx, dy) if dx or dy else bent
    return Image(image.width, image.height, planes)


def curve(gamma: float) -> bytes:
    """Return for each strength of ink the strength that is printed; none and full stay what they are."""
    return bytes(round(_FULL * (level / _FULL) ** gamma) for level in range(_FULL + 1))


def _moved(plane: bytes, size: tuple[int, int], dx: int, dy: int) -> bytes:
    picture = Pixels.frombytes("L", size, plane)
    inked = picture.getbbox()
    if inked is None:
        return plane
    left, upper, right, lower = inked
    if left + dx < 0 or upper + dy < 0 or right + dx > size[0] or lower + dy > size[1]:
        raise RasterUnfit(f"its calibration moves ink off the {size[0]} × {size[1]} pixels that it prints")
    moved = Pixels.new("L", size)
    moved.paste(picture, (dx, dy))
    return moved.tobytes()
