"""Jobs for a Magicard machine, pixel by pixel as its maker's document says: slow, and without the simulator's help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

LINES, CANVAS, WORDS = 1016, 672, 24
LETTERS = {"yellow": "B", "magenta": "G", "cyan": "R", "black": "K"}


def enduro_plane(bits: int, pixels: Mapping[tuple[int, int], int] | None = None, everywhere: int = 0) -> bytes:
    """A plane from pixels by (x, y), y counted from the card's lower edge; the others have the value `everywhere`."""
    data = bytearray()
    for bit in range(bits):
        line = [0] * WORDS
        if everywhere >> bit & 1:
            for y in range(CANVAS):
                _set(line, y)
        data += b"".join(word.to_bytes(4, "big") for word in line)
    plane = bytearray(bytes(data) * LINES)
    for (x, y), value in (pixels or {}).items():
        for bit in range(bits):
            row = (x * bits + bit) * WORDS * 4
            words = [int.from_bytes(plane[row + 4 * n : row + 4 * n + 4], "big") for n in range(WORDS)]
            _set(words, y, on=bool(value >> bit & 1))
            plane[row : row + 4 * WORDS] = b"".join(word.to_bytes(4, "big") for word in words)
    return bytes(plane)


def _set(words: list[int], y: int, *, on: bool = True) -> None:
    word, bit = (6 + y // 16, 31 - 2 * (y % 16)) if y < 288 else ((y - 288) // 16, 30 - 2 * ((y - 288) % 16))
    words[word] = words[word] | 1 << bit if on else words[word] & ~(1 << bit)


def job(planes: Mapping[str, bytes], more: Iterable[str] = (), first: str = "NOC1", leaders: int = 64) -> bytes:
    """A whole job as drivers send it."""
    sizes = [f"SZ{LETTERS[ink]}{len(plane)}" for ink, plane in planes.items()]
    words = [first, "VER1.0-", "LANENG", "KGE2", "PAG1", "IMFBGRK", "XCO0", "YCO0", "WID1016", "HGT642", *more, *sizes]
    data = b"\x05" * leaders + b"\x01," + ",".join(words).encode() + b"\x1c"
    for ink, plane in planes.items():
        data += plane + b"\x1c" + LETTERS[ink].encode() + b":"
    return data + b"\x03"


def request(command: str, leaders: int = 0) -> bytes:
    """A request as the document says."""
    return b"\x05" * leaders + b"\x01,REQ," + command.encode() + b",\x1c\x03"


def yellow_card() -> bytes:
    """A job with a full yellow plane and nothing else in the others."""
    empty = bytes(LINES * 6 * WORDS * 4)
    inks = {"yellow": enduro_plane(6, everywhere=63), "magenta": empty, "cyan": empty}
    return job({**inks, "black": bytes(LINES * WORDS * 4)})
