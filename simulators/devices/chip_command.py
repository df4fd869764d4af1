"""A command APDU taken apart, and the status words that answer it (ISO/IEC 7816-3, 12.1; 7816-4, 5.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

SHORT_MAX = 256
EXTENDED_MAX = 65536
_HEADER = 4


class Sw(IntEnum):
    """Status words that the simulated chips answer, named by what they say."""

    OK = 0x9000
    NOT_AUTHENTICATED = 0x6300
    END_OF_FILE = 0x6282
    DEACTIVATED = 0x6283
    MEMORY_FAILURE = 0x6581
    WRONG_LENGTH = 0x6700
    NO_CHANNELS = 0x6881
    NO_SECURE_MESSAGING = 0x6882
    NO_CHAINING = 0x6884
    SECURITY_NOT_SATISFIED = 0x6982
    BLOCKED = 0x6983
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_CURRENT_FILE = 0x6986
    WRONG_DATA = 0x6A80
    CARD_LOCKED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    NO_MEMORY = 0x6A84
    WRONG_P1P2 = 0x6A86
    REFERENCE_NOT_FOUND = 0x6A88
    FILE_EXISTS = 0x6A89
    WRONG_OFFSET = 0x6B00
    WRONG_LE = 0x6C00  # the low byte is the length that is there
    MORE_DATA = 0x6100  # the low byte is how much, 00 for 256 or more
    UNKNOWN_INS = 0x6D00
    UNKNOWN_CLA = 0x6E00


class Refusal(Exception):
    """The chip answers with this status word and no data."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        ne: the most bytes that may be answered; None if there was no Le (cases 1 and 3).
        le_all: Le was zeros: whatever is there, up to `ne`.
        extended: Lc or Le was of the extended form.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = field(default=b"", repr=False)  # may be a citizen's
    ne: int | None = None
    le_all: bool = False
    extended: bool = False

    @property
    def p1p2(self) -> int:
        """Both parameter bytes as one number."""
        return self.p1 << 8 | self.p2


def parse(apdu: bytes) -> Command:
    """Take a command APDU apart. Raises `Refusal` (6700) if its lengths do not agree."""
    if len(apdu) < _HEADER:
        raise Refusal(Sw.WRONG_LENGTH)
    cla, ins, p1, p2 = apdu[:_HEADER]
    body = apdu[_HEADER:]
    if not body:
        return Command(cla, ins, p1, p2)
    if len(body) == 1:
        return Command(cla, ins, p1, p2, ne=body[0] or SHORT_MAX, le_all=body[0] == 0)
    extended = body[0] == 0  # a first byte of zero with more behind it
    width, most, lengths = (2, EXTENDED_MAX, body[1:]) if extended else (1, SHORT_MAX, body)
    if extended and len(lengths) == width:
        le = int.from_bytes(lengths, "big")
        return Command(cla, ins, p1, p2, ne=le or EXTENDED_MAX, le_all=le == 0, extended=True)
    lc = int.from_bytes(lengths[:width], "big")
    data, tail = lengths[width : width + lc], lengths[width + lc :]
    if lc == 0 or len(lengths) < width or len(data) < lc or len(tail) not in {0, width}:
        raise Refusal(Sw.WRONG_LENGTH)
    le = int.from_bytes(tail, "big")
    return Command(
        cla, ins, p1, p2, data, ne=(le or most) if tail else None, le_all=bool(tail) and le == 0, extended=extended
    )
