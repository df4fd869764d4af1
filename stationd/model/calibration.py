"""By how much one printer puts its picture beside the card, and its colours beside what was meant."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

PANELS: Final = ("yellow", "magenta", "cyan", "black")
"""The panels whose strength can be set; as `drivers.printer.Panel` names them."""

FARTHEST: Final = 5.0
"""Millimetres that a picture may be moved: more is a machine to be repaired."""

Shift = Annotated[float, msgspec.Meta(ge=-FARTHEST, le=FARTHEST)]
Gamma = Annotated[float, msgspec.Meta(ge=0.25, le=4.0)]


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is set for one printer.

    Attributes:
        x, y: millimetres by which the picture is moved, to the right and down on the upright card.
        gamma: by panel; above 1 less ink in the half tones, below 1 more. A panel that is not named is left as it is.
    """

    x: Shift = 0.0
    y: Shift = 0.0
    gamma: dict[str, Gamma] = {}

    def told(self) -> str:
        """Return it as a line for people, such as `x +0.3 y -0.1 yellow 1.1`."""
        bent = (f"{panel} {gamma:g}" for panel, gamma in sorted(self.gamma.items()))
        return " ".join([f"x {self.x:+g}", f"y {self.y:+g}", *bent])

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.gamma) - set(PANELS)):
            raise ValueError(f"{', '.join(unknown)}: no panel; there are {', '.join(PANELS)}")


NONE: Final = Calibration()
"""A printer as it came."""
