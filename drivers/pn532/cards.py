"""What a selected card is to whoever writes it: the ATR that a PC/SC reader would make up for it, and its UID."""

from __future__ import annotations

from functools import reduce
from operator import xor

from drivers.encoder import CardType, Uid
from drivers.pn532.commands import Target, TargetA

_INTERFACE_BITS = (0x10, 0x20, 0x40)  # of T0: TA(1), TB(1), TC(1) follow (ISO/IEC 14443-4, 5.2.3)


def card_type(target: Target) -> CardType:
    """Type A or type B."""
    return CardType.TYPE_A if isinstance(target, TargetA) else CardType.TYPE_B


def uid(target: Target) -> Uid:
    """Return its UID or PUPI."""
    return Uid(target.uid if isinstance(target, TargetA) else target.pupi, card_type(target))


def atr(target: Target) -> bytes:
    """Return the ATR `3B 8n 80 01 … TCK` that PC/SC part 3, 3.1.3.2.3 has for a card of ISO/IEC 14443-4.

    The historical bytes are those of the ATS, or of type B the application data, the protocol info and the maximum
    buffer length index of the answer to ATTRIB.
    """
    if isinstance(target, TargetA):
        historical = _historical(target.ats)
    else:
        index = target.attrib[0] & 0xF0 if target.attrib else 0
        historical = target.application + target.protocol + bytes((index,))
    body = bytes((0x80 | len(historical), 0x80, 0x01)) + historical
    return b"\x3b" + body + bytes((reduce(xor, body),))


def _historical(ats: bytes) -> bytes:
    if len(ats) < 2:  # noqa: PLR2004 - a length and T0
        return b""
    return ats[2 + sum(bool(ats[1] & bit) for bit in _INTERFACE_BITS) :][:15]
