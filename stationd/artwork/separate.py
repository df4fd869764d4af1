"""A front to a machine's panels: colour by complement, text and signature in black resin."""

from __future__ import annotations

from PIL import Image as Pixels
from PIL import ImageChops

from drivers.printer import Image, Panel, Raster
from stationd.artwork.errors import RasterUnfit
from stationd.artwork.render import Front

# A dye absorbs its complement: the panel that each channel of the picture governs.
_COLOURS = {"R": Panel.CYAN, "G": Panel.MAGENTA, "B": Panel.YELLOW}


def separate(front: Front, raster: Raster) -> Image:
    """Make the panels of a machine's raster, the card centred in it; outside the card there is no ink.

    Black goes to the black panel alone, so that text is resin, sharp and fast to light; where the ribbon has none it is
    mixed of the three colours. Only colour panels and black are made: an overcoat or UV panel is the driver's to fill.

    Raises:
        RasterUnfit: another resolution, no colour panels, or so small that ink would be cut off.
    """
    if front.dpi != raster.dpi:
        raise RasterUnfit(f"it prints at {raster.dpi} dpi, the card was drawn at {front.dpi}")
    if lacking := [panel for panel in _COLOURS.values() if panel not in raster.panels]:
        raise RasterUnfit(f"the ribbon has no {' and no '.join(lacking)} panel, and the photo needs it")
    card = front.black.size
    at = (raster.width - card[0]) // 2, (raster.height - card[1]) // 2
    _require_room(front, raster, at)
    has_black = Panel.BLACK in raster.panels
    blank = Pixels.new("L", (raster.width, raster.height))
    if not has_black:
        blank.paste(front.black, at)
    planes = {panel: _colour(front, channel, blank, at) for channel, panel in _COLOURS.items()}
    if has_black:
        blank.paste(front.black, at)
        planes[Panel.BLACK] = blank.tobytes()
    return Image(raster.width, raster.height, planes)


def _colour(front: Front, channel: str, blank: Pixels.Image, at: tuple[int, int]) -> bytes:
    """One colour's panel: the picture's complement, on what every colour has."""
    panel = blank.copy()
    panel.paste(ImageChops.invert(front.picture.getchannel(channel)), (at[0] + front.at[0], at[1] + front.at[1]))
    return panel.tobytes()


def _require_room(front: Front, raster: Raster, at: tuple[int, int]) -> None:
    """A raster a little smaller than the card may lose its empty margin, never ink."""
    inked = [(front.at[0], front.at[1], front.at[0] + front.picture.width, front.at[1] + front.picture.height)]
    if text := front.black.getbbox():
        inked.append(text)
    for left, upper, right, lower in inked:
        if min(left + at[0], upper + at[1]) < 0 or right + at[0] > raster.width or lower + at[1] > raster.height:
            card = f"{front.black.width} × {front.black.height}"
            raise RasterUnfit(f"{raster.width} × {raster.height} pixels would cut off ink of a card of {card}")
