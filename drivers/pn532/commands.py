"""The PN532's commands as far as an encoder needs them, bytes only (NXP UM0701-02, chapter 7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Code(IntEnum):
    """A command's code."""

    DIAGNOSE = 0x00
    GET_FIRMWARE_VERSION = 0x02
    SET_PARAMETERS = 0x12
    SAM_CONFIGURATION = 0x14
    RF_CONFIGURATION = 0x32
    IN_DATA_EXCHANGE = 0x40
    IN_LIST_PASSIVE_TARGET = 0x4A
    IN_RELEASE = 0x52

    @property
    def answer(self) -> int:
        """The code of its answer."""
        return self + 1


NORMAL_MODE: Final = bytes((0x01, 0x00, 0x01))
"""SAMConfiguration: no SAM of the PN532's own (7.2.10)."""
PARAMETERS: Final = bytes((0x14,))
"""SetParameters: RATS and ATR_RES by itself, as after power-on (7.2.9)."""
FIELD_OFF: Final = bytes((0x01, 0x00))
FIELD_ON: Final = bytes((0x01, 0x01))
"""RFConfiguration, item 1 (7.3.1): bit 0 is the field; bit 1 (wait for foreign fields) stays 0."""
FEW_TRIES: Final = bytes((0x05, 0xFF, 0x01, 0x02))
"""RFConfiguration, item 5: a look for cards ends after three tries instead of never."""
IS_THERE: Final = bytes((0x06,))
"""Diagnose, test 6 (7.2.1): asks an activated card of ISO/IEC 14443-4 whether it is still there."""
ALL: Final = bytes((0x00,))
"""InRelease: of every target (7.3.11)."""

TYPE_A: Final = bytes((0x02, 0x00))
TYPE_B: Final = bytes((0x02, 0x03, 0x00))
"""InListPassiveTarget (7.3.5): two targets at most; 106 kbit/s type A, or type B of any application (AFI 00)."""

PN532: Final = 0x32

_MI: Final = 0x40
_ERROR: Final = 0x3F
_ATQB: Final = 12
_UID_AT: Final = 5
_CHIP: Final = 0x20

TIMEOUT: Final = 0x01
_GONE: Final = frozenset({0x2A, 0x2B})
_NOT_ACTIVATED: Final = frozenset({0x25, 0x26, 0x27, 0x29})
STATUS: Final = {
    TIMEOUT: "the card did not answer",
    0x02: "CRC error",
    0x03: "parity error",
    0x04: "wrong number of bits in anticollision",
    0x05: "framing error",
    0x06: "cards collided",
    0x07: "buffer too small",
    0x09: "buffer overflow",
    0x0A: "the field was not switched on in time",
    0x0B: "protocol error on the air",
    0x0D: "overheated, the field is off",
    0x0E: "buffer overflow inside",
    0x10: "parameter out of range",
    0x13: "the card's answer has no known form",
    0x23: "wrong check byte of a UID",
    0x25: "not possible in this state",
    0x26: "not possible in this configuration",
    0x27: "no card is activated",
    0x29: "the card was released",
    0x2A: "another card answered",
    0x2B: "the card has disappeared",
    0x2D: "too much current, the field is off",
}
"""What the six low bits of a status byte say (7.1), apart from NFC peers and MIFARE Classic."""


@dataclass(frozen=True, slots=True)
class Firmware:
    """Which chip it is: the IC's number (`PN532`), version and revision."""

    ic: int
    version: int
    revision: int


@dataclass(frozen=True, slots=True)
class TargetA:
    """A card of type A.

    Attributes:
        sak: what it answered when it was selected.
        uid: 4, 7 or 10 bytes.
        ats: its answer to select, with its length; empty if it gave none.
    """

    sak: int
    uid: bytes
    ats: bytes

    @property
    def takes_apdus(self) -> bool:
        """Whether it speaks ISO/IEC 14443-4 (bit 6 of SAK, ISO/IEC 14443-3 6.5.3.4)."""
        return bool(self.sak & _CHIP)


@dataclass(frozen=True, slots=True)
class TargetB:
    """A card of type B.

    Attributes:
        pupi: four bytes.
        application: four bytes.
        protocol: three bytes.
        attrib: its answer to ATTRIB; empty if it gave none.
    """

    pupi: bytes
    application: bytes
    protocol: bytes
    attrib: bytes

    @property
    def takes_apdus(self) -> bool:
        """Whether it speaks ISO/IEC 14443-4 (ISO/IEC 14443-3, 7.9.4.4)."""
        return bool(self.protocol[1] & 0x01)


Target = TargetA | TargetB


@dataclass(frozen=True, slots=True)
class Status:
    """A status byte.

    Attributes:
        error: 0 if all went well.
        more: the card has more to say.
    """

    error: int
    more: bool

    @property
    def gone(self) -> bool:
        """Whether it says by itself that the card has left."""
        return self.error in _GONE

    @property
    def not_activated(self) -> bool:
        """Whether it says that there is no session any more."""
        return self.error in _NOT_ACTIVATED

    @property
    def text(self) -> str:
        """What it says, for people."""
        return f"{STATUS.get(self.error, 'an error without a name')} (0x{self.error:02X})"


def status(byte: int) -> Status:
    """Read a status byte (7.1)."""
    return Status(byte & _ERROR, bool(byte & _MI))


def firmware(data: bytes) -> Firmware:
    """Read the answer to GetFirmwareVersion (7.2.2). Raises `ValueError`."""
    if len(data) < 3:  # noqa: PLR2004 - IC, version, revision
        raise ValueError(f"a firmware version of {len(data)} bytes")
    return Firmware(data[0], data[1], data[2])


def count(data: bytes) -> int:
    """Read how many targets an answer to InListPassiveTarget lists. Raises `ValueError`."""
    if not data or data[0] > 2 or (data[0] and len(data) == 1):  # noqa: PLR2004 - as many as were asked for
        raise ValueError(f"a list of targets of {len(data)} bytes")
    return data[0]


def only_target_a(data: bytes) -> TargetA:
    """Read the one target of type A that an answer lists (7.3.5). Raises `ValueError`."""
    target = data[2:]
    if len(target) < _UID_AT - 1:
        raise ValueError(f"a target of type A of {len(target)} bytes")
    sak, length = target[2], target[3]
    uid, ats = target[4 : 4 + length], target[4 + length :]
    if len(uid) != length or length not in (4, 7, 10):
        raise ValueError(f"a UID of {length} bytes, in {len(target)}")
    if ats and ats[0] != len(ats):
        raise ValueError(f"an ATS of {len(ats)} bytes that counts {ats[0]}")
    return TargetA(sak, uid, ats)


def only_target_b(data: bytes) -> TargetB:
    """Read the one target of type B that an answer lists (7.3.5). Raises `ValueError`."""
    atqb, rest = data[2 : 2 + _ATQB], data[2 + _ATQB :]
    if len(atqb) != _ATQB or not rest or len(rest) != 1 + rest[0]:
        raise ValueError(f"a target of type B of {len(data)} bytes")
    return TargetB(atqb[1:5], atqb[5:9], atqb[9:12], rest[1:])
