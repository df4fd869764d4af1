"""What the machine's error numbers mean.

Only one pair is known: 11:01, captured in `pc-coholic/magicardppd` with its words, *the card was not taken into the
printer; try again*. The maker's driver shows what a printer says and has no table. Any other pair is unmapped, and
carries the printer's own words.
"""

from __future__ import annotations

from typing import Final

from drivers.printer import Condition, Reason

NOT_FED: Final = "11:01"

_MEANINGS: Final[dict[str, tuple[Reason, str]]] = {
    NOT_FED: (Reason.MEDIA_EMPTY, "no card was taken in: the hopper is empty, or a card does not feed"),
}


def condition(major: int, minor: int, words: str = "") -> Condition:
    """Return what a pair of error numbers reports; one that nobody named is `UNMAPPED`.

    Args:
        major: the first number, as the machine tells it.
        minor: the second.
        words: the machine's own, if it gave any.
    """
    code = f"{major:02}:{minor:02}"
    if code in _MEANINGS:
        reason, text = _MEANINGS[code]
        return Condition(reason, code, text)
    text = "an error this driver has no name for"
    return Condition(Reason.UNMAPPED, code, f"{text}: {words}" if words else text)
