"""What of a reader's talk may be kept in a trace: of a card's, headers and status words alone.

Kept are the readers' names, PC/SC codes, ATRs, of a command APDU its five first bytes (CLA INS P1 P2 and the length),
and of a response APDU the two of its status. Every data field is left out, whichever way it went.
"""

from __future__ import annotations

from typing import Final

from drivers.wiretap import Direction

_TRANSMIT: Final = "transmit"
_HEADER: Final = 5
_CODE: Final = 4  # bytes of the PC/SC code before an answer
_STATUS: Final = 2
_PLAIN: Final = 1024


def mask(direction: Direction, pipe: str, data: bytes) -> tuple[bytes, int]:
    """Keep what is no data of a card; see the module."""
    if pipe != _TRANSMIT:
        return data[:_PLAIN], max(0, len(data) - _PLAIN)
    if direction is Direction.OUT:
        return data[:_HEADER], max(0, len(data) - _HEADER)
    if len(data) < _CODE + _STATUS:
        return data[:_CODE], max(0, len(data) - _CODE)
    return data[:_CODE] + data[-_STATUS:], len(data) - _CODE - _STATUS
