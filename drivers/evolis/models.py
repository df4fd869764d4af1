"""Which machines this driver knows, and what it has to be told of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from drivers.errors import WrongDevice

EXPECTED: Final = "an Evolis Primacy or Zenius"


@dataclass(frozen=True, slots=True)
class Model:
    """One model.

    Attributes:
        name: for people.
        reject: the command that puts a card into the reject box; None if the model has none.
    """

    name: str
    reject: str | None


# Uncertain: that a Zenius has no box. A Primacy's client rejects with `Ser`; `Seb`, the box under the feeder, is
# shown with kiosk machines only.
_MODELS: Final = {"primacy": Model("Primacy", "Ser"), "zenius": Model("Zenius", None)}
_WORD: Final = re.compile(r"[a-z0-9]+")


def require_known(told: str) -> Model:
    """Return the model by what `Rtp` told; how it spells the name stands in no source. Raises `WrongDevice`."""
    for word in _WORD.findall(told.lower()):
        if word in _MODELS:
            return _MODELS[word]
    raise WrongDevice("", "open", EXPECTED, told)
