"""The BER-TLV in an answer to SELECT (ISO/IEC 7816-4 5.2 and 5.3.3): as much as file control information needs."""

from __future__ import annotations

from collections.abc import Iterator

_MORE_TAG_BYTES = 0x1F
_LAST_TAG_BYTE = 0x80
_LONG_FORM = 0x80
_LONGEST_TAG = 3  # bytes
_LONGEST_LENGTH = 4  # bytes behind the first


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
                if len(tag) > _LONGEST_TAG:
                    raise ValueError(f"a tag of more than {_LONGEST_TAG} bytes")
        length = take(1)[0]
        if length & _LONG_FORM:
            count = length & ~_LONG_FORM
            if not 1 <= count <= _LONGEST_LENGTH:
                raise ValueError(f"a length of {count} bytes")
            length = int.from_bytes(take(count))
        yield int.from_bytes(tag), take(length)


def encode(tag: int, value: bytes) -> bytes:
    """Return an object with a one-byte tag and a value of up to 127 bytes."""
    if len(value) >= _LONG_FORM:
        raise ValueError(f"a value of {len(value)} bytes")
    return bytes((tag, len(value))) + value
