"""The letters of papers: Liberation Sans from the system, embedded in each file with the glyphs that it uses."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from stationd.documents.errors import FontMissing

REGULAR: Final = "Paper"
BOLD: Final = "Paper-Bold"

_FOLDERS: Final = (Path("/usr/share/fonts/truetype/liberation"), Path("/usr/share/fonts/truetype/liberation2"))
_FILES: Final = {REGULAR: "LiberationSans-Regular.ttf", BOLD: "LiberationSans-Bold.ttf"}
_lock: Final = threading.Lock()


def register() -> None:
    """Make the fonts known to the library, once; bold is the bold of the same family.

    Raises:
        FontMissing: if one is not installed.
    """
    with _lock:
        for name, file in _FILES.items():
            if name not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(_font(name, file))
        pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


def _font(name: str, file: str) -> TTFont:
    for folder in _FOLDERS:
        try:
            return TTFont(name, str(folder / file))
        except (OSError, TTFError):
            continue
    raise FontMissing(file)
