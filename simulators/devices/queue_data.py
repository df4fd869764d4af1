"""What is fixed about a card printer behind a print queue: its settings, its state reasons, and how long a card takes.

Reasons are the keywords of RFC 8011 and PWG 5100.9, with the suffix that IPP gives to what stops a printer. The
durations are assumptions, as for other direct-to-card machines.
"""

from __future__ import annotations

import msgspec

from simulators.devices.machine import Settings

REASONS = {
    "door-open": "cover-open-error",
    "hopper-empty": "media-empty-error",
    "ribbon-out": "marker-supply-empty-error",
    "ribbon-missing": "marker-supply-missing-error",
    "output-full": "output-area-full-error",
}
"""What keeps the machine from printing, as IPP says it."""
JAM = "media-jam-error"
RIBBON_LOW = "marker-supply-low-warning"
LOW_SHARE = 10
"""Percent of a ribbon at which it is low."""
UNKNOWN_REASON = "com.example.service-required-error"
"""A maker's own reason, which no standard lists (`garbage`)."""


class Durations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds that each work takes, and how often an empty hopper is looked at."""

    feed: float = 4.0
    print: float = 25.0
    eject: float = 3.0
    look: float = 2.0

    def card(self) -> float:
        """A whole card."""
        return self.feed + self.print + self.eject


class QueueSettings(Settings, frozen=True, forbid_unknown_fields=True, tag="ipp"):
    """One machine.

    Attributes:
        model: its maker and model, as the queue tells it.
        ribbon, ribbon_left: cards that a new ribbon is good for, and this one still is.
    """

    wire: str = "ipp"
    model: str = "Example Card Printer"
    ribbon: int = 250
    ribbon_left: int = 250
    durations: Durations = Durations()
