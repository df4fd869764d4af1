"""The USB Bulk-Only Transport's wrappers as the XID speaks it, bytes only.

A command is a 31-byte `USBC` wrapper, then its data, then a 13-byte `USBS` wrapper with the same tag. The residue is
not judged: the open driver had to leave that check out, so a machine's residue says nothing.
"""

from __future__ import annotations

import struct
from typing import Final

from drivers.errors import NotUnderstood

STATUS_LENGTH: Final = 13
_COMMAND: Final = struct.Struct("<4sIIBBB16s")
_STATUS: Final = struct.Struct("<4sIIB")
_READING: Final = 0x80
_PASSED: Final = 0
_FAILED: Final = 1


def wrap(tag: int, cdb: bytes, *, length: int, reading: bool) -> bytes:
    """Wrap a command.

    Args:
        tag: 32 bits, not used again soon.
        cdb: 1 to 16 bytes.
        length: of the data that follows in either direction.
        reading: the data comes from the machine.
    """
    return _COMMAND.pack(b"USBC", tag, length, _READING if reading else 0, 0, len(cdb), cdb)


def command_of(data: bytes) -> tuple[int, bytes] | None:
    """Read a command's wrapper: its tag and its command block; None for anything else."""
    if len(data) != _COMMAND.size:
        return None
    signature, tag, _, _, _, length, cdb = _COMMAND.unpack(data)
    if signature != b"USBC" or not 0 < length <= len(cdb):
        return None
    return tag, cdb[:length]


def is_status(data: bytes, tag: int) -> bool:
    """True if the bytes are the status wrapper of that command: a machine may skip the data and answer at once."""
    return len(data) == STATUS_LENGTH and data.startswith(b"USBS" + tag.to_bytes(4, "little"))


def passed(data: bytes, tag: int) -> bool:
    """Read a status wrapper: True if the command passed, False if the sense says why it did not.

    Raises:
        NotUnderstood: not 13 bytes, another signature, another command's tag, or a phase error.
    """
    if len(data) != STATUS_LENGTH:
        raise NotUnderstood("", "read", data, "a status wrapper of 13 bytes")
    signature, found, _, status = _STATUS.unpack(data)
    if signature != b"USBS":
        raise NotUnderstood("", "read", data, "a status wrapper that begins with USBS")
    if found != tag:
        raise NotUnderstood("", "read", data, f"the status of command {tag:08x}")
    if status not in (_PASSED, _FAILED):
        raise NotUnderstood("", "read", data, "a status of passed or failed")
    return bool(status == _PASSED)
