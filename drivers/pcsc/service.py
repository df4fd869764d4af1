"""The smart card service: the only module that calls pyscard, and only its plain functions (`smartcard.scard`).

pyscard's own classes are not used: their monitor threads have died and deadlocked when pcscd was restarted, and their
exceptions may say that a failed command was successful.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from smartcard import scard

from drivers.pcsc import features
from drivers.pcsc.codes import SERVICE_LOST, Code
from drivers.pcsc.frames import Grip, Place

# pcscd sees a card leave some 30 to 400 ms after it left: as long as it takes to tell a pulled card from a mute one.
REMOVAL_SEEN_SECONDS = 0.5
_GONE_STATES = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_IGNORE
_PROTOCOLS = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
_NOWHERE = Place(0, "")
_CHANNEL_BYTES = 4


class Service:
    """One context with pcscd and at most one card session. Every call returns a PC/SC code and never raises it.

    A context that pcscd no longer knows is dropped, and the next call makes a new one.
    """

    def __init__(self) -> None:
        self._context: Any = None
        self._card: Any = None
        self._reader = ""
        self._pci = 0

    def readers(self) -> tuple[int, list[str]]:
        """List the readers' names."""
        code = self._ready()
        if code == Code.SUCCESS:
            code, names = self._noted(*scard.SCardListReaders(self._context, []))
            if code == Code.SUCCESS:
                return code, list(names)
        return (Code.SUCCESS, []) if code == Code.NO_READERS_AVAILABLE else (code, [])

    def await_presence(self, reader: str, present: bool, seconds: float) -> int:
        """Wait until a card is in the field, or until it is empty. Code TIMEOUT if that did not come about."""
        code = self._ready()
        if code != Code.SUCCESS:
            return code
        end = time.monotonic() + seconds
        known, milliseconds = scard.SCARD_STATE_UNAWARE, 0
        while True:
            code, states = self._noted(*scard.SCardGetStatusChange(self._context, milliseconds, [(reader, known)]))
            if code == Code.SUCCESS:
                known = states[0][1] & ~scard.SCARD_STATE_CHANGED
                if known & _GONE_STATES:
                    return Code.UNKNOWN_READER
                if bool(known & scard.SCARD_STATE_PRESENT) is present:
                    return Code.SUCCESS
            elif code != Code.TIMEOUT:
                return int(code)
            milliseconds = int((end - time.monotonic()) * 1000)
            if milliseconds <= 0:
                return Code.TIMEOUT

    def where(self, reader: str) -> tuple[int, Place]:
        """Ask a reader where it is. A card in it is not disturbed; an exclusive session with it is in the way."""
        code = self._ready()
        if code != Code.SUCCESS:
            return code, _NOWHERE
        if self._card is not None and self._reader == reader:
            return Code.SUCCESS, self._place(self._card)
        code, card, _protocol = self._noted(
            *scard.SCardConnect(self._context, reader, scard.SCARD_SHARE_DIRECT, 0), may_refuse=True
        )
        if code != Code.SUCCESS:
            return code, _NOWHERE
        place = self._place(card)
        if self._context is not None:
            self._noted(scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD))
        return Code.SUCCESS, place

    def connect(self, reader: str) -> tuple[int, Grip | None]:
        """Open an exclusive session with a card that has just been powered up, and tell what there is.

        Whatever happened on this reader before (an abandoned command, a daemon that died), the card has lost
        power since, and so has forgotten it.
        """
        self.disconnect()
        code = self._ready()
        if code != Code.SUCCESS:
            return code, None
        code, card, _protocol = self._noted(
            *scard.SCardConnect(self._context, reader, scard.SCARD_SHARE_EXCLUSIVE, _PROTOCOLS), may_refuse=True
        )
        if code != Code.SUCCESS:
            return code, None
        self._card, self._reader = card, reader
        code, protocol = self._noted(
            *scard.SCardReconnect(card, scard.SCARD_SHARE_EXCLUSIVE, _PROTOCOLS, scard.SCARD_UNPOWER_CARD)
        )
        if code == Code.SUCCESS:
            self._pci = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
            code, _reader, _state, _protocol, atr = self._noted(*scard.SCardStatus(card))
            if code == Code.SUCCESS:
                return code, Grip(self._place(card), self._most_data(card), bytes(atr))
        self.disconnect()
        return code, None

    def transmit(self, apdu: bytes) -> tuple[int, bytes]:
        """Send a command APDU and return the response APDU: it may hang for ever, and success may be zero bytes."""
        if self._card is None:
            return Code.REMOVED_CARD, b""
        code, response = self._noted(*scard.SCardTransmit(self._card, self._pci, list(apdu)))
        if code in {Code.NOT_TRANSACTED, Code.COMM_DATA_LOST}:
            # The same code for a card that was pulled and for one that fell silent: the field tells them apart.
            left = self.await_presence(self._reader, present=False, seconds=REMOVAL_SEEN_SECONDS)
            if left == Code.SUCCESS:
                return Code.REMOVED_CARD, b""
            if left != Code.TIMEOUT:
                return left, b""
        return code, bytes(response)

    def disconnect(self) -> int:
        """End the session, if there is one, and power the card down."""
        if self._card is None:
            return Code.SUCCESS
        card, self._card = self._card, None
        (code,) = self._noted(scard.SCardDisconnect(card, scard.SCARD_UNPOWER_CARD))
        return int(code)

    def _place(self, card: Any) -> Place:
        channel = self._attribute(card, scard.SCARD_ATTR_CHANNEL_ID)
        serial = self._attribute(card, scard.SCARD_ATTR_VENDOR_IFD_SERIAL_NO)
        number = int.from_bytes(channel, sys.byteorder) if len(channel) == _CHANNEL_BYTES else 0
        return Place(number, serial.rstrip(b"\0").decode(errors="replace"))

    def _attribute(self, card: Any, attribute: int) -> bytes:
        # A reader that does not tell is no failure: whatever it is asked for next says if it is one.
        code, value = scard.SCardGetAttrib(card, attribute)
        return bytes(value) if code == Code.SUCCESS else b""

    def _most_data(self, card: Any) -> int:
        control = features.properties_code(self._control(card, features.GET_FEATURES))
        return features.UNTOLD if control is None else features.most_data(self._control(card, control))

    def _control(self, card: Any, control: int) -> bytes:
        code, answer = scard.SCardControl(card, control, [])
        return bytes(value & 0xFF for value in answer) if code == Code.SUCCESS else b""

    def _ready(self) -> int:
        if self._context is None:
            code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
            if code & 0xFFFFFFFF != Code.SUCCESS:
                return int(code & 0xFFFFFFFF)
            self._context = context
        return Code.SUCCESS

    def _noted(self, code: int, *results: Any, may_refuse: bool = False) -> tuple[Any, ...]:
        # Codes come signed on some platforms. One that says the service is lost ends everything that came from it.
        code &= 0xFFFFFFFF
        if code == Code.SECURITY_VIOLATION and not may_refuse:
            # pcscd's client library takes a socket that was closed for a user who was refused.
            code = Code.NO_SERVICE
        if code in SERVICE_LOST and self._context is not None:
            scard.SCardReleaseContext(self._context)
            self._context = self._card = None
        return code, *results
