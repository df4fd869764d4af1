"""Officers' PINs and the one-time codes by which they are set: what is taken for one, and when to try again.

A PIN is typed many times a day and is short: what keeps it is the lock-out. A code is typed once and is long: its
digest may stand in a policy that many can read.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

SHORTEST: Final = 6
LONGEST: Final = 12
"""Digits of a PIN."""

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of a code: Crockford's base 32, which has no letter that is taken for a digit."""
LETTERS: Final = 16
"""Of a code: 80 bits, too many to be tried out against its digest."""

_TYPED_AS = str.maketrans("ILO", "110", " -\t\r\n")

FREE_FAILURES: Final = 3
FIRST_WAIT: Final = 30.0
LONGEST_WAIT: Final = 3600.0
"""Seconds from the last free failure to the next try, doubled with each further one: at most 24 tries a day in the end,
at a million PINs or more."""


def bad_pin(pin: str) -> str | None:
    """Say in a word of the catalogue why something is not taken as a PIN; None if it is."""
    if not (pin.isascii() and pin.isdecimal() and SHORTEST <= len(pin) <= LONGEST):
        return "pin-not-digits"
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    return "pin-too-easy" if steps in ({0}, {1}, {9}) else None


def normal(code: str) -> str:
    """Return a code as it was made, whatever case, spaces and dashes it is typed with, and I, L, O for 1 and 0."""
    return code.upper().translate(_TYPED_AS)


def spoken(code: str) -> str:
    """Return a code in groups of four, as it is read out or written down."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def code_digest(station: str, officer: str, code: str) -> str:
    """Return by what a code is known: SHA-256, lower-case hex, of what it is good for and the code itself."""
    told = f"stationd pin code\n{station}\n{officer}\n{normal(code)}"
    return hashlib.sha256(told.encode()).hexdigest()


def wait_after(failures: int) -> float:
    """Return for how many seconds nothing is tried after so many failures in a row."""
    beyond = failures - FREE_FAILURES
    return 0.0 if beyond < 0 else min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(beyond, 32))


@dataclass(frozen=True, slots=True)
class Tries:
    """What is known of the tries under one name.

    Attributes:
        failures: in a row; the next right one ends them.
        until: when the next try is let, on a clock that counts since boot.
    """

    failures: int = 0
    until: float = 0.0

    def wait(self, now: float) -> float:
        """Return for how many seconds nothing is tried yet."""
        return max(0.0, self.until - now)

    def failed(self, now: float) -> Tries:
        """Return them after one more failure."""
        return Tries(self.failures + 1, now + wait_after(self.failures + 1))

    @staticmethod
    def remembered(failures: int, now: float) -> Tries:
        """Return them after a start: how much of a wait was over is not known, so it begins anew."""
        return Tries(failures, now + wait_after(failures))
