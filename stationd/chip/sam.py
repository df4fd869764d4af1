"""SCP03 computed by a SAM in the reader's second slot: the lab SAM of docs/profiles.md. No key is ever here."""

from __future__ import annotations

import contextlib

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import Connection, NoCard, Response
from drivers.errors import DeviceError
from stationd.chip.apdu import SUCCESS, Command, exchange
from stationd.chip.channel_errors import KeySetMissing, SamFailed, SamMissing, SamRefused
from stationd.chip.scp03 import Level, Malformed, NotAuthenticated
from stationd.chip.secured import Computer

_SELECT = (0x00, 0xA4, 0x04, 0x00)
_OPEN, _AUTHENTICATE, _WRAP, _UNWRAP, _CLOSE = 0x10, 0x12, 0x14, 0x16, 0x18
_CLASS = 0x80

ANSWER = 5.0
"""Seconds that a SAM may take over one command. One that is silent must not use up the time for the card."""

_CRYPTOGRAM_WRONG, _DATA_WRONG, _REFERENCE_UNKNOWN, _MAC_WRONG = 0x6300, 0x6A80, 0x6A88, 0x6982


class SamComputer(Computer):
    """A SAM on its own connection.

    Args:
        connection: to the card in the SAM's slot; used by one chip's session at a time.
        aid: of the SAM's application.
        keys: the key set's reference, as the SAM knows it.
        level: what is protected.
        mac_size: 8 in S8, 16 in S16.
    """

    def __init__(self, connection: Connection, aid: bytes, keys: str, level: Level, mac_size: int) -> None:
        self._connection = connection
        self._aid = aid
        self._keys = keys
        self._level = level
        self._mac_size = mac_size
        self._opened = False

    @override
    def open(self, deadline: Deadline) -> bytes:
        self._expect("select", self._send("select", Command(*_SELECT, self._aid, le=256), deadline))
        command = Command(_CLASS, _OPEN, self._level, self._mac_size, self._keys.encode("ascii"), le=self._mac_size)
        self._opened = True  # also if its answer is lost
        response = self._send("open", command, deadline)
        if response.sw == _REFERENCE_UNKNOWN:
            raise KeySetMissing("SAM", "open", f"the SAM does not have the keys {self._keys!r}")
        challenge = self._expect("open", response)
        if len(challenge) != self._mac_size:
            raise SamFailed("SAM", "open", f"a challenge of {len(challenge)} bytes")
        return challenge

    @override
    def authenticate(self, answer: bytes, deadline: Deadline) -> bytes:
        response = self._send("authenticate", Command(_CLASS, _AUTHENTICATE, 0, 0, answer, le=256), deadline)
        if response.sw == _CRYPTOGRAM_WRONG:
            raise NotAuthenticated("card cryptogram")
        if response.sw == _DATA_WRONG:
            raise Malformed("says the SAM")
        return self._expect("authenticate", response)

    @override
    def wrap(self, header: bytes, data: bytes, deadline: Deadline, *, extended: bool) -> bytes:
        command = Command(_CLASS, _WRAP, 0, 0, header + data, le=256)
        return self._expect("wrap", self._send("wrap", command, deadline))

    @override
    def unwrap(self, data: bytes, sw: int, deadline: Deadline) -> bytes:
        response = self._send("unwrap", Command(_CLASS, _UNWRAP, sw >> 8, sw & 0xFF, data, le=256), deadline)
        if response.sw == _MAC_WRONG:
            raise NotAuthenticated("says the SAM")
        return self._expect("unwrap", response)

    @override
    def close(self) -> None:
        opened, self._opened = self._opened, False
        if opened:
            with contextlib.suppress(SamFailed):  # of one that is gone, its session is, too
                self._send("close", Command(_CLASS, _CLOSE, 0, 0), Deadline.after(ANSWER))

    def _send(self, operation: str, command: Command, deadline: Deadline) -> Response:
        try:
            return exchange(self._connection, command, deadline.sooner(ANSWER))
        except NoCard as absent:
            self._opened = False  # without power it has no session
            raise SamMissing("SAM", operation, absent.what()) from absent
        except DeviceError as failure:  # not the chip's: what it tells of a card is the SAM's
            self._opened = False
            raise SamFailed("SAM", operation, failure.what()) from failure

    def _expect(self, operation: str, response: Response) -> bytes:
        if response.sw != SUCCESS:
            raise SamRefused("SAM", operation, response.sw)
        return response.data
