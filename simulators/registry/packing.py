"""Packed bodies, unpacked with a limit. Pure."""

from __future__ import annotations

import zlib
from typing import Final

_GZIP: Final = 31  # zlib's name for a 32 kB window with gzip's header and sum


class TooLarge(ValueError):
    """Unpacked, the body would pass the limit."""


class NotPacked(ValueError):
    """The bytes are not a whole gzip stream."""


def unpack(packed: bytes, limit: int) -> bytes:
    """Unpack gzip (RFC 1952), of one or more members.

    Args:
        packed: the body as it was sent.
        limit: the most bytes that may come out; no more than that is ever held.

    Raises:
        TooLarge: there would be more.
        NotPacked: not gzip, cut off, or damaged.
    """
    parts: list[bytes] = []
    while packed:
        member = zlib.decompressobj(_GZIP)
        try:
            part = member.decompress(packed, limit + 1)
        except zlib.error as error:
            raise NotPacked("damaged, or not gzip") from error
        limit -= len(part)
        if limit < 0:
            raise TooLarge("more than the limit comes out")
        if not member.eof:
            raise NotPacked("cut off")
        parts.append(part)
        packed = member.unused_data
    return b"".join(parts)
