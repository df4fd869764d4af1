"""Why a card cannot be drawn. Each is known before a blank moves, and none carries a citizen's data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from typing_extensions import override

from stationd.artwork.geometry import Box


@dataclass(eq=False)
class ArtworkError(Exception):
    """A card cannot be drawn."""

    @override
    def __str__(self) -> str:
        return self.what()

    def what(self) -> str:
        """Say what is wrong and what to do."""
        return type(self).__name__


@dataclass(eq=False)
class BadLayout(ArtworkError):
    """A layout file does not say what to print where.

    Attributes:
        source: the file.
        key: where in it (`$.table.rows[3].text`).
        expected: what should stand there.
    """

    source: str
    key: str
    expected: str

    @override
    def what(self) -> str:
        return f"{self.source}: {self.key}: {self.expected}"


@dataclass(eq=False)
class FontMissing(ArtworkError):
    """None of a font's files is there.

    Attributes:
        family: the layout's name for it.
        looked: the files tried, in order.
        package: the system package that brings it.
    """

    family: str
    looked: tuple[str, ...]
    package: str

    @override
    def what(self) -> str:
        return (
            f"font {self.family!r}: no usable file among {', '.join(self.looked)}; install the package {self.package}, "
            "or name the file in the layout"
        )


@dataclass(eq=False)
class CannotFit(ArtworkError):
    """A text does not fit its place even at its smallest.

    Attributes:
        field: the text, by its name in the layout.
        box: its place on the card, in millimetres.
        lines_needed: lines it would take at the smallest size; None if a single word is wider than the place.
        max_lines: lines it may take.
        min_size: that smallest size, in points.
    """

    field: str
    box: Box
    lines_needed: int | None
    max_lines: int
    min_size: float

    @override
    def what(self) -> str:
        need = "one word is wider than that" if self.lines_needed is None else f"it needs {self.lines_needed} lines"
        return (
            f"{self.field} does not fit {self.box.w:.1f} × {self.box.h:.1f} mm in {self.max_lines} line(s) at "
            f"{self.min_size:g} pt: {need}; ask the registry for a shorter form"
        )


@dataclass(eq=False)
class NoGlyph(ArtworkError):
    """The font has no picture for a character. Which one is a citizen's, so it is not said.

    Attributes:
        field: the text, by its name in the layout.
    """

    field: str

    @override
    def what(self) -> str:
        return f"{self.field} has a character that the layout's font cannot draw"


@dataclass(eq=False)
class BadPicture(ArtworkError):
    """A photo or signature cannot be used.

    Attributes:
        which: which of the two.
        why: what is wrong with it.
    """

    which: Literal["photo", "signature"]
    why: str

    @override
    def what(self) -> str:
        return f"the {self.which} cannot be used: {self.why}; the registry must send it again"


@dataclass(eq=False)
class RasterUnfit(ArtworkError):
    """A machine's raster cannot take this card's front."""

    why: str

    @override
    def what(self) -> str:
        return f"the printer cannot take this card: {self.why}"
