"""The answer to reset, as far as it decides how commands are sent (ISO/IEC 7816-3, 8.2)."""

from __future__ import annotations

from collections.abc import Iterator

_MOST_GROUPS = 8  # of interface bytes; an ATR has 32 characters at most after TS
_TA, _TB, _TC, _TD = 0x10, 0x20, 0x40, 0x80
"""Bits of T0 and TDi that announce the next group's interface bytes."""
_GLOBAL = 15
"""T=15 is no protocol: it announces global interface bytes."""


def by_characters(atr: bytes) -> bool:
    """Say whether a card is spoken to by T=0, whose transport has no command with data and an Le.

    A card that offers T=1 too is spoken to by T=1: pcscd takes that first. A card in specific mode (TA2) speaks the one
    protocol that it names. What is no answer to reset is none of a card with T=0.
    """
    try:
        groups = list(_groups(atr))
    except IndexError:
        return False
    if not groups:
        return False
    specific = groups[1].get(_TA) if len(groups) > 1 else None
    if specific is not None:
        return specific & 0x0F == 0
    offered = {group[_TD] & 0x0F for group in groups if _TD in group} - {_GLOBAL}
    return offered <= {0}


def _groups(atr: bytes) -> Iterator[dict[int, int]]:
    """Yield the interface bytes of each group by the bit that announced them. Raises `IndexError`."""
    if len(atr) < 2 or atr[0] not in {0x3B, 0x3F}:  # noqa: PLR2004 - TS and T0
        return
    announced, at = atr[1], 2
    for _ in range(_MOST_GROUPS):
        group = {}
        for bit in (_TA, _TB, _TC, _TD):
            if announced & bit:
                group[bit], at = atr[at], at + 1
        yield group
        if not announced & _TD:
            return
        announced = group[_TD]
