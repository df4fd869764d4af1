"""Photo and signature from the bytes of a job: decoded within bounds, or refused with a reason.

Only the JPEG and PNG decoders of Pillow ever see the bytes, and only after their header has told a size that is worth
decoding.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from PIL import Image, ImageChops, ImageFile, ImageOps
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from stationd.artwork.errors import BadPicture
from stationd.artwork.layout import Photo, Signature

MAX_BYTES = 4 * 1024 * 1024
MAX_PIXELS = 24_000_000

_Which = Literal["photo", "signature"]

# Paper in a scanned signature is not quite white: below the first level it is no ink, above the second full ink.
_PAPER, _STROKE = 64, 176
_LEVELS = [max(0, min(255, (ink - _PAPER) * 255 // (_STROKE - _PAPER))) for ink in range(256)]
_MOSTLY_INK = 0.5


def photo(data: bytes, size: tuple[int, int], wanted: Photo) -> Image.Image:
    """Decode a JPEG photo and bring it to `size` pixels (RGB), cropped evenly where its shape differs.

    Raises `BadPicture`.
    """
    image = _open("photo", data, JpegImageFile, wanted.min_width, wanted.min_height)
    image.draft("RGB", (2 * size[0], 2 * size[1]))  # a large photo is reduced while it is decoded
    with _guarded("photo"):
        upright = ImageOps.exif_transpose(image).convert("RGB")
    share = (size[0] / size[1]) / (upright.width / upright.height)
    cropped = 1 - min(share, 1 / share)
    if cropped > wanted.max_crop:
        raise BadPicture("photo", f"its shape is {upright.width}:{upright.height}, {cropped:.0%} would be cut off")
    return ImageOps.fit(upright, size, Image.Resampling.LANCZOS)


def signature(data: bytes, size: tuple[int, int], wanted: Signature) -> Image.Image:
    """Decode a PNG signature, dark on light or on nothing, to ink on `size` pixels (L, 255 is full), whole and centred.

    Raises `BadPicture`.
    """
    image = _open("signature", data, PngImageFile, wanted.min_width, wanted.min_height)
    if image.mode.startswith(("I", "F")):
        raise BadPicture("signature", "it has more than 8 bits a pixel")
    with _guarded("signature"):
        seen = image.convert("RGBA")
    paper = Image.new("RGBA", seen.size, "white")
    paper.alpha_composite(seen)
    ink = ImageChops.invert(paper.convert("L")).point(_LEVELS)
    if sum(level * count for level, count in enumerate(ink.histogram())) > _MOSTLY_INK * 255 * ink.width * ink.height:
        raise BadPicture("signature", "it is mostly dark; a signature is dark on light")
    return ImageOps.pad(ink, size, Image.Resampling.LANCZOS)


def _open(
    which: _Which, data: bytes, decoder: type[JpegImageFile | PngImageFile], min_width: int, min_height: int
) -> ImageFile.ImageFile:
    """Read the header only, and judge the size by it."""
    kind = "JPEG" if decoder is JpegImageFile else "PNG"
    if len(data) > MAX_BYTES:
        raise BadPicture(which, f"{len(data)} bytes are more than the {MAX_BYTES} allowed")
    try:
        image = decoder(io.BytesIO(data))
    except Exception as error:  # a decoder may fail in any way on bytes made to break it
        raise BadPicture(which, f"it is not a {kind} file ({type(error).__name__})") from None
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise BadPicture(which, f"{width} × {height} pixels are more than the {MAX_PIXELS} allowed")
    if width < min_width or height < min_height:
        raise BadPicture(which, f"{width} × {height} pixels are less than the {min_width} × {min_height} needed")
    return image


@contextmanager
def _guarded(which: _Which) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # as above
        raise BadPicture(which, f"it is damaged or cut short ({type(error).__name__})") from None
