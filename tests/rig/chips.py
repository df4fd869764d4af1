"""The lab's cards: by which profile a station writes them, and where it has the keys for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Chips:
    """One kind of card, and one way to write it.

    Attributes:
        profile: as jobs name it.
        kind: what the simulators call the chip.
        keys: the station has the lab's software keys.
        sam: a SAM sits beside each reader, and the station knows its slot.
    """

    profile: str
    kind: str
    keys: bool = False
    sam: bool = False


WITHOUT_KEYS = Chips("lab-iso7816", "iso7816")
CHIPS: Mapping[str, Chips] = {
    chips.profile: chips
    for chips in (
        WITHOUT_KEYS,
        Chips("lab-gp-scp03", "gp-scp03", keys=True),
        Chips("lab-sam", "gp-scp03", sam=True),
    )
}
"""By the profile's name."""
