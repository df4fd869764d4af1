"""Blanks that came to nothing one after another: after two of them the fault is not the blanks', and a line stops."""

from __future__ import annotations

from typing import Final

from stationd.press.making import End
from stationd.press.trouble import Cause

MOST: Final = 2
"""So many blanks may be spoiled, lost or found unfit without a good card between them."""


class Streak:
    """What one line has had since its last good card."""

    def __init__(self) -> None:
        self._count = 0
        self._unfit = ""

    def note(self, end: End, unfit: str) -> None:
        """Count how an attempt ended; `unfit` is why its blank could not be written here, empty if it could."""
        match end:
            case End.DELIVERED:
                self.forget()
            case End.SPOILED | End.UNFIT:
                self._count += 1
                self._unfit = unfit if end is End.UNFIT else ""
            case _:
                pass

    def note_lost(self) -> None:
        """Count a blank that was lost from sight: a machine that does so with each would lose the whole hopper."""
        self.note(End.SPOILED, "")

    def forget(self) -> None:
        """Begin anew: a person has looked."""
        self._count, self._unfit = 0, ""

    @property
    def cause(self) -> Cause | None:
        """Why the line stands; None while it may go on.

        Blanks of a wrong batch, or the station's keys being wrong, show in the last one's chip: that is said, too.
        """
        if self._count < MOST:
            return None
        return Cause("unfit-in-a-row", self._unfit) if self._unfit else Cause("spoils-in-a-row", str(self._count))
