"""The BER-TLV in an answer to SELECT (ISO/IEC 7816-4 5.2 and 5.3.3): as much as file control information needs."""

from __future__ import annotations

from collections.abc import Iterator

_MORE_TAG_BYTES = 0x1F
_LAST_TAG_BYTE = 0x80
_LONG_FORM = 0x80


def items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the tag (all its bytes as one number) and value of each object. Raises `ValueError`."""
    position = 0

    def take(count: int) -> bytes:
        nonlocal position
        taken = data[position : position + count]
        if len(taken) < count:
            raise ValueError("a TLV object is cut short")
        position += count
        return taken

    while position < len(data):
        tag = take(1)
        if tag[0] & _MORE_TAG_BYTES == _MORE_TAG_BYTES:
            tag += take(1)
            while tag[-1] & _LAST_TAG_BYTE:
                tag += take(1)
        length = take(1)[0]
        if length & _LONG_FORM:
            length = int.from_bytes(take(length & ~_LONG_FORM))
        yield int.from_bytes(tag), take(length)


def encode(tag: int, value: bytes) -> bytes:
    """Return an object with a one-byte tag and a value of up to 127 bytes."""
    if len(value) >= _LONG_FORM:
        raise ValueError(f"a value of {len(value)} bytes")
    return bytes((tag, len(value))) + value
