"""What a contactless reader tells of the card, by the ATR that it makes up and by the UID (PC/SC part 3, 3.1.3.2.3)."""

from __future__ import annotations

from drivers.encoder import CardType

# Get Data for the UID or PUPI: answered by the reader, not the card (PC/SC part 3, 3.2.2.1.3).
GET_UID = bytes.fromhex("FFCA000000")

_TD1_TD2 = b"\x80\x01"
_STORAGE_CARD = bytes.fromhex("804F0CA000000306")
# The byte SS of a storage card's ATR: the standard and part that the card follows.
_STANDARD_A = range(0x01, 0x04)
_STANDARD_B = range(0x05, 0x08)
# Triple- and double-size UIDs exist in type A only; a PUPI has four bytes, as a single-size UID has.
_LONG_UIDS = (7, 10)


def card_type(atr: bytes, uid: bytes | None) -> CardType:
    """Say how a card speaks, as far as the ATR and UID tell.

    A processor card of type A and one of type B differ in nothing but what stands in the historical bytes, which can
    be the same: only a long UID settles it.
    """
    if not made_up_by_reader(atr):
        return CardType.CONTACT if atr else CardType.UNKNOWN
    historical = atr[4:]
    if historical.startswith(_STORAGE_CARD) and len(historical) > len(_STORAGE_CARD):
        standard = historical[len(_STORAGE_CARD)]
        if standard in _STANDARD_A:
            return CardType.TYPE_A
        if standard in _STANDARD_B:
            return CardType.TYPE_B
    return CardType.TYPE_A if uid is not None and len(uid) in _LONG_UIDS else CardType.UNKNOWN


def made_up_by_reader(atr: bytes) -> bool:
    """True for an ATR of the form `3B 8n 80 01 …` that readers give to contactless cards."""
    return len(atr) >= 4 and atr[0] == 0x3B and atr[1] & 0xF0 == 0x80 and atr[2:4] == _TD1_TD2  # noqa: PLR2004
