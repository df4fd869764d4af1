"""The film of a retransfer machine: what was printed on the frame under the head, and how it looks on a card."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image, ImageChops

from simulators.devices.matica_xid_data import Model

PANELS = ("yellow", "magenta", "cyan", "black", "uv", "overcoat")


class Film:
    """One frame of film. It holds whatever was printed on it, wanted or not, until it is used or wound on."""

    def __init__(self) -> None:
        self.number = 1
        self.frame: dict[str, bytes] = {}
        self.passes = 0

    @property
    def clean(self) -> bool:
        """True if nothing was printed on this frame."""
        return not self.frame

    def print(self, panels: Mapping[str, bytes]) -> None:
        """Print panels on the frame, over whatever it holds."""
        for name, dots in panels.items():
            held = self.frame.get(name)
            self.frame[name] = dots if held is None else _more_ink(held, dots)
        self.passes += 1

    def wind(self) -> None:
        """Bring the next clean frame under the head; what this one holds is lost."""
        self.number += 1
        self.frame = {}
        self.passes = 0

    def source(self) -> dict[str, str]:
        """Say where a print came from: the frame's number, its panels, how many passes were laid over each other."""
        return {"film": str(self.number), "panels": "+".join(sorted(self.frame)), "passes": str(self.passes)}


def _more_ink(one: bytes, other: bytes) -> bytes:
    size = (len(one), 1)
    return ImageChops.lighter(Image.frombytes("L", size, one), Image.frombytes("L", size, other)).tobytes()


def develop(model: Model, frame: Mapping[str, bytes], part: float = 1.0) -> bytes:
    """Return the PNG that a frame leaves on a white card, upright and cropped to the card.

    Args:
        model: gives the raster.
        frame: panels by name, 8 bits a pixel, 255 is full ink. Overcoat and UV are not seen by daylight.
        part: how much of the card's length the film was pressed on before the machine stopped.
    """
    size = (model.width, model.height)
    paper = Image.new("L", size, 255)

    def seen(panel: str) -> Image.Image:
        return ImageChops.invert(Image.frombytes("L", size, frame[panel])) if panel in frame else paper

    black = seen("black")
    picture = Image.merge("RGB", [ImageChops.multiply(seen(ink), black) for ink in ("cyan", "magenta", "yellow")])
    if model.turned:
        picture = picture.transpose(Image.Transpose.ROTATE_180)
    left, top = (model.width - model.card_width) // 2, (model.height - model.card_height) // 2
    picture = picture.crop((left, top, left + model.card_width, top + model.card_height))
    if part < 1.0:
        bare = Image.new("RGB", (model.card_width - int(model.card_width * part), model.card_height), "white")
        picture.paste(bare, (model.card_width - bare.width, 0))
    png = io.BytesIO()
    picture.save(png, "PNG", compress_level=1)
    return png.getvalue()
