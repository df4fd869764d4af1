"""PC/SC's return codes, as far as anything is decided by them (PC/SC part 5 and pcsclite.h)."""

from __future__ import annotations

from enum import IntEnum


class Code(IntEnum):
    """What a PC/SC call returned."""

    SUCCESS = 0
    CANCELLED = 0x80100002
    INVALID_HANDLE = 0x80100003
    UNKNOWN_READER = 0x80100009
    TIMEOUT = 0x8010000A
    SHARING_VIOLATION = 0x8010000B
    NO_SMARTCARD = 0x8010000C
    COMM_ERROR = 0x80100013
    NOT_TRANSACTED = 0x80100016
    READER_UNAVAILABLE = 0x80100017
    NO_SERVICE = 0x8010001D
    SERVICE_STOPPED = 0x8010001E
    NO_READERS_AVAILABLE = 0x8010002E
    COMM_DATA_LOST = 0x8010002F
    UNSUPPORTED_CARD = 0x80100065
    UNRESPONSIVE_CARD = 0x80100066
    UNPOWERED_CARD = 0x80100067
    RESET_CARD = 0x80100068
    REMOVED_CARD = 0x80100069
    SECURITY_VIOLATION = 0x8010006A


# After any of these a context is of no use for good: pcscd was restarted, or has gone. COMM_ERROR is the socket to
# pcscd, not the card.
SERVICE_LOST = frozenset({Code.NO_SERVICE, Code.SERVICE_STOPPED, Code.INVALID_HANDLE, Code.COMM_ERROR})


def name(code: int) -> str:
    """Return a code as people look it up: `NOT_TRANSACTED (0x80100016)`."""
    try:
        return f"{Code(code).name} (0x{code:08X})"
    except ValueError:
        return f"0x{code:08X}"
