"""Drawing a card: ours, and Pillow alone putting the same marks in the same places."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from datetime import date

import msgspec
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps

from drivers.printer import Panel, Raster
from simulators.devices.matica_xid_data import MODELS
from simulators.registry.citizens import Citizen, Population
from stationd import artwork
from stationd.artwork.arrange import Placed, arrange
from stationd.artwork.fonts import typefaces
from stationd.artwork.geometry import MM_PER_INCH, MM_PER_POINT, card_pixels
from stationd.artwork.layout import Layout, load
from stationd.model.card import CardData
from tests.bench.figures import Figure, Series
from tests.rig.station import ROOT

PEOPLE = 10
ROUNDS = 4

Drawing = Callable[[Citizen, CardData], object]


def measure() -> Figure:
    """Draw the same people's cards both ways, in turn, fonts loaded."""
    layout = load(ROOT / "config" / "layouts" / "ktp-el.toml")
    model = MODELS["XID8600"]
    panels = frozenset({Panel.YELLOW, Panel.MAGENTA, Panel.CYAN, Panel.BLACK})
    raster = Raster(model.width, model.height, model.dpi, panels)
    population = Population("bench", date(2025, 1, 1))
    people = [population.citizen(number) for number in range(PEOPLE)]
    plain = _Plain(layout, raster)
    took: dict[str, list[float]] = {"whole": [], "compose": [], "plain": []}
    for turn in range(ROUNDS + 1):
        for person in people:
            card = msgspec.convert(person.card, CardData)
            placed = arrange(layout, card, typefaces(layout))
            began = time.perf_counter()
            front = artwork.compose(layout, card, person.photo, person.signature, raster.dpi)
            composed = time.perf_counter()
            artwork.panels(front, raster)
            ended = time.perf_counter()
            plain.draw(person, placed)
            if turn:  # the first loads fonts and code
                took["whole"].append(ended - began)
                took["compose"].append(composed - began)
                took["plain"].append(time.perf_counter() - ended)
    whole, composing, alone = (tuple(1000 * seconds for seconds in took[name]) for name in took)
    return Figure(
        name=f"Drawing one card at {raster.dpi} dpi, four panels of {raster.width} × {raster.height}",
        measured=Series("compose and separate", "ms", whole),
        reference=Series("Pillow alone, the same marks and panels", "ms", alone),
        parts=(Series("of which compose", "ms", composing),),
    )


class _Plain:
    """Pillow and nothing else: no fitting, no checks, no placing; where the marks go is told."""

    def __init__(self, layout: Layout, raster: Raster) -> None:
        self._layout = layout
        self._raster = raster
        self._fonts: dict[tuple[str, float], ImageFont.FreeTypeFont] = {}

    def draw(self, person: Citizen, placed: tuple[Placed, ...]) -> list[bytes]:
        """Draw a card and return its panels."""
        dpi, raster = self._raster.dpi, self._raster
        black = Image.new("L", card_pixels(dpi))
        pen = ImageDraw.Draw(black)
        for text in placed:
            for line in text.lines:
                at = line.x * dpi / MM_PER_INCH, line.baseline * dpi / MM_PER_INCH
                pen.text(at, line.text, font=self._font(text.font, text.size), fill=255, anchor="ls")
        box = self._layout.signature.box.pixels(dpi)
        strokes = ImageChops.invert(Image.open(io.BytesIO(person.signature)).convert("L"))
        black.paste(ImageOps.pad(strokes, (box[2] - box[0], box[3] - box[1])), box)
        box = self._layout.photo.box.pixels(dpi)
        size = box[2] - box[0], box[3] - box[1]
        photo = ImageOps.fit(Image.open(io.BytesIO(person.photo)).convert("RGB"), size, Image.Resampling.LANCZOS)
        at = (raster.width - black.width) // 2, (raster.height - black.height) // 2
        panels = [(black, at)]
        panels += [(ImageChops.invert(channel), (at[0] + box[0], at[1] + box[1])) for channel in photo.split()]
        return [self._panel(ink, where) for ink, where in panels]

    def _panel(self, ink: Image.Image, at: tuple[int, int]) -> bytes:
        panel = Image.new("L", (self._raster.width, self._raster.height))
        panel.paste(ink, at)
        return panel.tobytes()

    def _font(self, family: str, size: float) -> ImageFont.FreeTypeFont:
        pixels = size * MM_PER_POINT * self._raster.dpi / MM_PER_INCH
        if (family, pixels) not in self._fonts:
            file = next(file for file in self._layout.fonts[family].files if _is_font(file))
            self._fonts[family, pixels] = ImageFont.truetype(file, pixels, layout_engine=ImageFont.Layout.BASIC)
        return self._fonts[family, pixels]


def _is_font(file: str) -> bool:
    try:
        ImageFont.truetype(file, 10)
    except OSError:
        return False
    return True
