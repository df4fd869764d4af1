"""What the machine's sense codes mean.

A code is `sense[2] << 16 | sense[12] << 8` over USB and the status word of a reply over TCP; both carry the same
values (`revk/cardprint`, `xidserver.c` and its captures).
"""

from __future__ import annotations

from typing import Final

from drivers.printer import Condition, Reason

HOPPER_EMPTY: Final = 0x0002D000

_MEANINGS: Final[dict[int, tuple[Reason, str]]] = {
    0x0002C100: (Reason.MECHANICAL, "cam error"),
    0x0002C200: (Reason.OVERHEATED, "heat roller too hot"),
    0x0002C300: (Reason.POWER_RESET, "power was interrupted"),
    HOPPER_EMPTY: (Reason.MEDIA_EMPTY, "the hopper has no cards"),
    0x0002D100: (Reason.COVER_OPEN, "the door is open"),
    0x0002D300: (Reason.BUSY, "busy"),
    0x0002D400: (Reason.BUSY, "busy printing"),
    0x0002D800: (Reason.MECHANICAL, "hardware error"),
    0x0002DA00: (Reason.WARMING_UP, "warming up"),
    0x0002DB00: (Reason.WARMING_UP, "initialising"),
    0x0002F000: (Reason.OVERHEATED, "transfer roller too hot"),
    0x0002F100: (Reason.MECHANICAL, "transfer roller heater failed"),
    0x0002F200: (Reason.MECHANICAL, "transfer roller thermistor failed"),
    0x0002F300: (Reason.OVERHEATED, "bend remedy roller too hot"),
    0x0002F400: (Reason.MECHANICAL, "bend remedy roller heater failed"),
    0x0002F500: (Reason.MECHANICAL, "bend remedy roller thermistor failed"),
    0x0002F600: (Reason.MECHANICAL, "too cold to work"),
    0x0002F800: (Reason.OVERHEATED, "print head too hot"),
    0x00034400: (Reason.MECHANICAL, "hardware error"),
    0x00039000: (Reason.MEDIA_JAM, "card jammed at the hopper"),
    0x00039100: (Reason.MEDIA_JAM, "card jammed at the turn-over"),
    0x00039200: (Reason.MEDIA_JAM, "card jammed at the magnetic encoder"),
    0x00039300: (Reason.MEDIA_JAM, "card jammed at the transfer roller"),
    0x00039400: (Reason.MEDIA_JAM, "card jammed at the exit"),
    0x00039500: (Reason.MEDIA_JAM, "card jammed while retransferring"),
    0x0003A100: (Reason.FILM_EMPTY, "no mark found on the film: used up, torn or not seated"),
    0x0003A800: (Reason.MECHANICAL, "magnetic encoder test failed"),
    0x0003AB00: (Reason.MECHANICAL, "magnetic encoder mechanism failed"),
    0x0003AC00: (Reason.MECHANICAL, "magnetic encoder hardware failed"),
    0x0003AD00: (Reason.MECHANICAL, "magnetic write failed"),
    0x0003B000: (Reason.MARKER_SUPPLY_EMPTY, "ribbon error: torn or not seated"),
    0x0003B100: (Reason.MARKER_SUPPLY_EMPTY, "no panel mark found on the ribbon"),
    0x0003B200: (Reason.MARKER_SUPPLY_EMPTY, "the ribbon is used up"),
    0x00052000: (Reason.BAD_COMMAND, "the machine does not know the command"),
    0x00052600: (Reason.BAD_COMMAND, "the card is not where the command needs it"),
    0x00052A00: (Reason.BAD_COMMAND, "the machine refuses this position"),
    0x00062800: (Reason.POWER_RESET, "the machine was reset"),
}

# The answers that a command which would move a card gets when it was not begun. 00052600 is not among them: what
# triggers it is stated nowhere. Nor is an open door: it may have been opened with the card under way. Nor is an empty
# hopper, but for a load: a machine that has just taken its last card reports that too.
_REFUSED: Final = frozenset({0x0002DA00, 0x0002DB00, 0x00052000, 0x00052A00})


def condition(code: int) -> Condition:
    """Return what a sense code reports; a code that nobody named is `UNMAPPED`."""
    reason, text = _MEANINGS.get(code, (Reason.UNMAPPED, "an error this driver has no name for"))
    return Condition(reason, f"{code:08X}", text)


def refused_unbegun(code: int, *, load: bool = False) -> bool:
    """True if a command (a load, or any other) answered with this code surely moved and altered nothing."""
    return code in _REFUSED or (load and code == HOPPER_EMPTY)
