"""Whose card a picture on plastic is: it is held against what each job should look like.

The pictures come from the simulated printer, which decoded them from the panels it received. What a job should look
like is drawn here from the registry's own claims.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image, ImageChops, ImageStat

from stationd import artwork
from stationd.artwork.layout import load
from stationd.model.card import CardData

DPI = 300
SAME = 12.0
"""Mean difference of grey levels (0 to 255) below which two pictures show the same card; others differ by more."""

Picture = Image.Image


def expected(claims: Mapping[str, Any], layouts: Path) -> Picture:
    """Draw what the registry's claims should look like on a white card."""
    card = msgspec.convert(claims["card"], CardData)
    photo, signature = (base64.b64decode(claims[name]) for name in ("photo", "signature"))
    front = artwork.compose(load(layouts / f"{claims['layout']}.toml"), card, photo, signature, DPI)
    white = Image.new("RGB", front.black.size, "white")
    white.paste(front.picture, front.at)
    white.paste("black", (0, 0), front.black)
    return white


def difference(one: Picture, other: Picture) -> float:
    """Return how much two pictures differ: the mean difference of grey levels, after blurring both to a third.

    The other is laid in the middle of the one's white card, at its resolution: printers' rasters are some pixels larger
    or smaller, and some have twice as many to the inch.
    """
    other = other.reduce(max(1, round(other.width / one.width)))
    laid = Image.new("RGB", one.size, "white")
    laid.paste(other, ((one.width - other.width) // 2, (one.height - other.height) // 2))
    size = one.width // 3, one.height // 3
    grey = [picture.convert("L").resize(size, Image.Resampling.BOX) for picture in (one, laid)]
    return float(ImageStat.Stat(ImageChops.difference(*grey)).mean[0])


def read(png: bytes) -> Picture:
    """Read a picture."""
    return Image.open(io.BytesIO(png)).convert("RGB")


def whose(picture: Picture, jobs: Mapping[str, Picture]) -> tuple[str, float]:
    """Return the job that a picture resembles most, and by how much it differs from what that should be."""
    differences = {job: difference(should_be, picture) for job, should_be in jobs.items()}
    best = min(differences, key=lambda job: differences[job])
    return best, differences[best]
