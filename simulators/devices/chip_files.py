"""What lies in a file system chip's memory: one application with its life cycle, and its transparent files.

Pure data and its rules (ISO/IEC 7816-4, 5.3.3; 7816-9); which file is current is the session's, not kept here.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from simulators.devices import chip_tlv as tlv
from simulators.devices.chip_command import Refusal, Sw

MASTER_FILE = 0x3F00
ID_BYTES = SIZE_BYTES = 2
RESERVED = frozenset({0x0000, MASTER_FILE, 0x3FFF, 0xFFFF})
APPLICATION_COST = 64
FILE_COST = 32
ROUNDED_TO = 16

FCP, FCI = 0x62, 0x6F
_SIZE, _DESCRIPTOR, _ID, _NAME, _SHORT_ID, _LIFE_CYCLE = 0x80, 0x82, 0x83, 0x84, 0x88, 0x8A
_TRANSPARENT, _DF = b"\x01", b"\x38"
_DESCRIPTION = frozenset({_SIZE, _DESCRIPTOR, _ID, _SHORT_ID, _LIFE_CYCLE})


class LifeCycle(IntEnum):
    """The life cycle status byte (7816-4, table 13): initialisation, deactivated, activated."""

    OPEN = 0x03
    LOCKED = 0x04
    ACTIVE = 0x05


class Memory(msgspec.Struct, forbid_unknown_fields=True):
    """The persistent memory of one chip's file system.

    Attributes:
        size: bytes that the application and all files together may take.
        aid: the application's name.
        df: the application's file identifier.
        files: content by file identifier.
        exhausted: nothing more can be allocated, whatever `size` says.
    """

    size: int
    aid: bytes
    df: int = 0x1000
    life_cycle: LifeCycle = LifeCycle.OPEN
    files: dict[int, bytearray] = {}
    exhausted: bool = False

    @property
    def free(self) -> int:
        """Bytes that are still to be had."""
        taken = APPLICATION_COST + sum(_footprint(len(content)) for content in self.files.values())
        return 0 if self.exhausted else max(0, self.size - taken)

    def require_writable(self) -> None:
        """Raise `Refusal` once the application is locked (6985) or live (6982)."""
        match self.life_cycle:
            case LifeCycle.LOCKED:
                raise Refusal(Sw.CONDITIONS_NOT_SATISFIED)
            case LifeCycle.ACTIVE:
                raise Refusal(Sw.SECURITY_NOT_SATISFIED)
            case LifeCycle.OPEN:
                return

    def create(self, template: bytes) -> int:
        """Create the file that an FCP template describes and return its identifier."""
        self.require_writable()
        fid, size = _described(template)
        if fid in self.files or fid == self.df:
            raise Refusal(Sw.FILE_EXISTS)
        self.allocate(fid, size)
        return fid

    def allocate(self, fid: int, size: int) -> None:
        """Make a file of zeros. Raises `Refusal` (6A84) if there is no room."""
        if _footprint(size) > self.free:
            raise Refusal(Sw.NO_MEMORY)
        self.files[fid] = bytearray(size)

    def read(self, fid: int, offset: int, most: int) -> bytes:
        """Return up to `most` bytes from `offset`, fewer at the file's end."""
        content = self.files[fid]
        if offset >= len(content):
            raise Refusal(Sw.WRONG_OFFSET)
        return bytes(content[offset : offset + most])

    def update(self, fid: int, offset: int, data: bytes, kept: int | None = None) -> int:
        """Write within the file, of a torn command only the first `kept` bytes; return how many were written."""
        self.require_writable()
        content = self.files[fid]
        if offset >= len(content):
            raise Refusal(Sw.WRONG_OFFSET)
        if offset + len(data) > len(content):
            raise Refusal(Sw.NO_MEMORY)
        written = data[:kept]
        content[offset : offset + len(written)] = written
        return len(written)

    def change_life_cycle(self, before: LifeCycle, after: LifeCycle) -> None:
        """Go one step of the one way there is; 6985 from anywhere else, a repeat included."""
        if self.life_cycle is not before:
            raise Refusal(Sw.CONDITIONS_NOT_SATISFIED)
        self.life_cycle = after

    def by_short_id(self, short_id: int) -> int:
        """Return the file whose identifier ends in those five bits (7816-4: the default without a tag 88)."""
        for fid in self.files:
            if fid & 0x1F == short_id:
                return fid
        raise Refusal(Sw.FILE_NOT_FOUND)

    def describe_file(self, fid: int) -> bytes:
        """The control parameters of one file, without the template around them."""
        return (
            tlv.encode(_SIZE, len(self.files[fid]).to_bytes(2, "big"))
            + tlv.encode(_DESCRIPTOR, _TRANSPARENT)
            + tlv.encode(_ID, fid.to_bytes(2, "big"))
            + tlv.encode(_SHORT_ID, bytes([(fid & 0x1F) << 3]))
            + tlv.encode(_LIFE_CYCLE, bytes([LifeCycle.ACTIVE]))
        )

    def describe_application(self) -> bytes:
        """The control parameters of the application, without the template around them."""
        return (
            tlv.encode(_DESCRIPTOR, _DF)
            + tlv.encode(_ID, self.df.to_bytes(2, "big"))
            + tlv.encode(_NAME, self.aid)
            + tlv.encode(_LIFE_CYCLE, bytes([self.life_cycle]))
        )


def describe_master_file() -> bytes:
    """The control parameters of the master file, without the template around them."""
    return (
        tlv.encode(_DESCRIPTOR, _DF)
        + tlv.encode(_ID, MASTER_FILE.to_bytes(2, "big"))
        + tlv.encode(_LIFE_CYCLE, bytes([LifeCycle.ACTIVE]))
    )


def _footprint(size: int) -> int:
    return -(-(size + FILE_COST) // ROUNDED_TO) * ROUNDED_TO


def _described(template: bytes) -> tuple[int, int]:
    try:
        outer = tlv.decode(template)
        if len(outer) != 1 or outer[0][0] != FCP:
            raise Refusal(Sw.WRONG_DATA)
        inner = tlv.decode(outer[0][1])
    except tlv.BadTlv:
        raise Refusal(Sw.WRONG_DATA) from None
    tags = [tag for tag, _ in inner]
    if len(set(tags)) != len(tags) or not _DESCRIPTION.issuperset(tags):
        raise Refusal(Sw.WRONG_DATA)
    fid, size = tlv.find(inner, _ID), tlv.find(inner, _SIZE)
    if tlv.find(inner, _DESCRIPTOR) != _TRANSPARENT or fid is None or size is None:
        raise Refusal(Sw.WRONG_DATA)
    identifier, length = int.from_bytes(fid, "big"), int.from_bytes(size, "big")
    if len(fid) != ID_BYTES or len(size) != SIZE_BYTES or identifier in RESERVED or length == 0:
        raise Refusal(Sw.WRONG_DATA)
    return identifier, length
