"""Scans of signed papers: what is taken as one. Pure."""

from __future__ import annotations

from typing import Final

LARGEST: Final = 20 * 1024 * 1024
"""Bytes: some dozens of pages at 300 dpi."""

_BEGINS: Final = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
_ENDS: Final = {
    "application/pdf": b"%%EOF",
    "image/jpeg": b"\xff\xd9",
    "image/png": b"IEND\xaeB`\x82",
}
_TAIL: Final = 2048
"""Within so many of its last bytes a whole file has its end: scanners add a few of their own."""

ENDINGS: Final = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
"""What files of each type are called at their end."""


def media_of(scan: bytes) -> str | None:
    """Return the type of a scan by its content; None if it is no PDF, JPEG or PNG, or not whole."""
    for media, begin in _BEGINS.items():
        if scan.startswith(begin):
            return media if _ENDS[media] in scan[-_TAIL:] else None
    return None
