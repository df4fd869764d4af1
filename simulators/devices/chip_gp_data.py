"""What a GlobalPlatform card tells of itself by GET DATA (Card Specification 2.3, 11.3 and appendix H)."""

from __future__ import annotations

from simulators.devices import chip_tlv as tlv
from simulators.devices.chip_scp03 import I_PSEUDO_RANDOM, I_RESPONSES, I_S16, KeySet

CARD_DATA, KEY_INFORMATION, PRODUCTION = 0x0066, 0x00E0, 0x9F7F
RESOURCES = 0xFF21
"""Extended card resources (ETSI TS 102 226, 8.2.1.7.2)."""
_GLOBAL_PLATFORM = bytes.fromhex("2A864886FC6B")  # OID 1.2.840.114283
_AES = 0x88
_OBJECT, _RECOGNITION = 0x06, 0x73


def issuer(tag: int, serial: str, keys: KeySet, *, s16: bool) -> bytes | None:
    """Return the data object with that tag, its tag and length included; None for one that is not there."""
    match tag:
        case 0x0066:
            return tlv.encode(CARD_DATA, tlv.encode(_RECOGNITION, _recognition(s16=s16)))
        case 0x00E0:
            size = len(keys.enc) // 2
            entries = (tlv.encode(0xC0, bytes([number, keys.version, _AES, size])) for number in (1, 2, 3))
            return tlv.encode(KEY_INFORMATION, b"".join(entries))
        case 0x9F7F:
            return tlv.encode(PRODUCTION, _production(serial))
        case _:
            return None


def resources(free: int) -> bytes:
    """Return how many applications there are, and how much memory is left for good and for a session."""
    told = tlv.encode(0x81, b"\x01") + tlv.encode(0x82, free.to_bytes(4, "big")) + tlv.encode(0x83, bytes(2))
    return tlv.encode(RESOURCES, told)


def status(aid: bytes, state: int) -> bytes:
    """Return what GET STATUS says of one application (Card Specification 2.3, table 11-36)."""
    return tlv.encode(0xE3, tlv.encode(0x4F, aid) + tlv.encode(0x9F70, bytes([state])))


def _recognition(*, s16: bool) -> bytes:
    def oid(tag: int, *arcs: int) -> bytes:
        return tlv.encode(tag, tlv.encode(_OBJECT, _GLOBAL_PLATFORM + bytes(arcs)))

    i = I_RESPONSES | I_PSEUDO_RANDOM | (I_S16 if s16 else 0)
    return (
        tlv.encode(_OBJECT, _GLOBAL_PLATFORM + b"\x01")
        + oid(0x60, 2, 2, 3)  # Card Specification 2.3
        + oid(0x63, 3)
        + oid(0x64, 4, 3, i)  # SCP03 and its i
    )


def _production(serial: str) -> bytes:
    """Card production life cycle data: 42 bytes, of which only the serial number says something."""
    return bytes(10) + b"LABG" + bytes.fromhex(serial)[-4:] + bytes(24)
