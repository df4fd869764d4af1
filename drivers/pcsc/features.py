"""What a reader says that it carries: its TLV properties (PC/SC part 10, 2.2, 2.3 and 2.6.14). Bytes only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

GET_FEATURES: Final = 0x42000000 + 3400
"""The control code that asks for a reader's features (CM_IOCTL_GET_FEATURE_REQUEST, as pcsclite numbers them)."""

UNTOLD: Final = 0xFFFFFFFF

_GET_TLV_PROPERTIES: Final = 0x12
_MAX_APDU_DATA_SIZE: Final = 0x0A


def properties_code(features: bytes) -> int | None:
    """Return the control code that asks for the properties; None if the reader has none."""
    for tag, value in _fields(features):
        if tag == _GET_TLV_PROPERTIES:
            return int.from_bytes(value)
    return None


def most_data(properties: bytes) -> int:
    """Return how many bytes of data an APDU may carry, 0 if only what a short one does; `UNTOLD` if it is not said."""
    for tag, value in _fields(properties):
        if tag == _MAX_APDU_DATA_SIZE:
            return min(int.from_bytes(value, "little"), UNTOLD)
    return UNTOLD


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 2:  # noqa: PLR2004 - a tag and a length
        tag, length = data[0], data[1]
        value, data = data[2 : 2 + length], data[2 + length :]
        if len(value) == length:
            yield tag, value
