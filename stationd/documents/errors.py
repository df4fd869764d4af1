"""What can keep a paper from being made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from typing_extensions import override

PACKAGE: Final = "fonts-liberation"
"""The system's package of the letters."""


@dataclass(eq=False)
class FontMissing(Exception):
    """A font of papers is not installed."""

    file: str

    @override
    def __str__(self) -> str:
        return f"{self.file} is not installed; install the package {PACKAGE}"
