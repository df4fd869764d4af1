"""A front for people's eyes: what the ink looks like on a blangko."""

from __future__ import annotations

import io

from PIL import Image, ImageChops

from stationd.artwork.render import Front

_BLANGKO = (214, 232, 241)  # stands for the pre-printed pale blue


def preview(front: Front) -> bytes:
    """Make a PNG of the front on a pale background, at the front's own resolution."""
    seen = Image.new("RGB", front.black.size, _BLANGKO)
    beneath = Image.new("RGB", front.picture.size, _BLANGKO)
    seen.paste(ImageChops.multiply(front.picture, beneath), front.at)
    seen.paste((0, 0, 0), mask=front.black)
    file = io.BytesIO()
    seen.save(file, "PNG", dpi=(front.dpi, front.dpi), compress_level=4)
    return file.getvalue()
