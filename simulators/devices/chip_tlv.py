"""BER-TLV as chips use it (ISO/IEC 7816-4, 5.2.2): tags of one or two bytes, lengths below 65536."""

from __future__ import annotations

from collections.abc import Sequence

Item = tuple[int, bytes]
"""A tag and its value."""

_MORE_TAG = 0x1F  # all five low bits set: another tag byte follows
_CONTINUES = 0x80
_ONE_BYTE_TAG = 0xFF
_SHORT_LENGTH, _BYTE_LENGTH = 0x7F, 0xFF


class BadTlv(ValueError):
    """The bytes are not a whole sequence of data objects."""


def encode(tag: int, value: bytes) -> bytes:
    """Return one data object, its length in the fewest bytes."""
    size = len(value)
    if size <= _SHORT_LENGTH:
        length = bytes([size])
    elif size <= _BYTE_LENGTH:
        length = bytes([0x81, size])
    else:
        length = b"\x82" + size.to_bytes(2, "big")
    return tag.to_bytes(1 if tag <= _ONE_BYTE_TAG else 2, "big") + length + value


def decode(data: bytes) -> list[Item]:
    """Return the data objects of `data` in order. Raises `BadTlv` unless they fill it exactly."""
    items = []
    at = 0
    while at < len(data):
        tag, at = _tag(data, at)
        size, at = _length(data, at)
        if at + size > len(data):
            raise BadTlv(f"object {tag:X} claims {size} bytes, {len(data) - at} are left")
        items.append((tag, data[at : at + size]))
        at += size
    return items


def find(items: Sequence[Item], tag: int) -> bytes | None:
    """Return the value of the first object with that tag."""
    return next((value for found, value in items if found == tag), None)


def _tag(data: bytes, at: int) -> tuple[int, int]:
    first = data[at]
    if first & _MORE_TAG != _MORE_TAG:
        return first, at + 1
    if at + 1 >= len(data) or data[at + 1] & _CONTINUES:
        raise BadTlv("a tag of more than two bytes, or half a tag")
    return first << 8 | data[at + 1], at + 2


def _length(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise BadTlv("a tag without a length")
    first = data[at]
    if first <= _SHORT_LENGTH:
        return first, at + 1
    count = first - 0x80
    if count not in {1, 2} or at + 1 + count > len(data):
        raise BadTlv(f"length byte {first:02X} is not of this form")
    return int.from_bytes(data[at + 1 : at + 1 + count], "big"), at + 1 + count
