"""The GlobalPlatform channel: how SCP03 looks on the wire, whoever computes it.

The station's own arithmetic on a key store's keys (`stationd.chip.soft`), and a SAM's (`stationd.chip.sam`), differ in
nothing that the chip could see.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import Response
from stationd.chip import scp03
from stationd.chip.apdu import SUCCESS, Command
from stationd.chip.channel import SecureChannel, Send
from stationd.chip.channel_errors import NotAuthentic, SessionEnded, WrongKeys
from stationd.chip.errors import NotUnderstoodAnswer, Refused
from stationd.chip.scp03 import Level

ESTABLISH = "establish"

_INITIALIZE_UPDATE = (0x80, 0x50)
_EXTERNAL_AUTHENTICATE = (0x84, 0x82)
_CRYPTOGRAM_WRONG = 0x6300
_NO_SUCH_KEYS = frozenset({0x6A88, 0x6A86})
_BLOCKED = 0x6983
"""Authentication method blocked: so a chip answers that has counted too many who came with wrong keys."""

_SESSION_ENDED = frozenset({0x6982, 0x6987, 0x6988})
"""Security status not satisfied; secure messaging objects missing; incorrect."""


class Computer(Protocol):
    """Computes one session at a time."""

    def open(self, deadline: Deadline) -> bytes:
        """Drop what was, and return a fresh random host challenge. Raises `DeviceError`."""

    def authenticate(self, answer: bytes, deadline: Deadline) -> bytes:
        """Check the answer to INITIALIZE UPDATE; return the data of EXTERNAL AUTHENTICATE.

        Raises:
            scp03.Malformed, scp03.NotAuthenticated: it is not SCP03's; it was made with other keys.
            DeviceError: it cannot be computed.
        """

    def wrap(self, header: bytes, data: bytes, deadline: Deadline, *, extended: bool) -> bytes:
        """Return the data of the wrapped command; `header` is CLA INS P1 P2 as it is sent. Raises `DeviceError`."""

    def unwrap(self, data: bytes, sw: int, deadline: Deadline) -> bytes:
        """Return the data that the chip meant. Raises `scp03.NotAuthenticated`, `DeviceError`."""

    def close(self) -> None:
        """Forget the session there is, and its keys. Never raises."""


class Secured(SecureChannel):
    """SCP03 with one chip.

    Args:
        computer: does the arithmetic.
        kind: as the profile names the channel.
        keys: the reference of the key set, for people.
        key_version: INITIALIZE UPDATE's P1.
        level: what is protected.
        mac_size: 8 in S8, 16 in S16.
        extended: the chip takes extended length.
    """

    def __init__(
        self,
        computer: Computer,
        *,
        kind: str,
        keys: str,
        key_version: int,
        level: Level,
        mac_size: int,
        extended: bool = False,
    ) -> None:
        self._computer = computer
        self._kind = kind
        self._keys = keys
        self._key_version = key_version
        self._level = level
        self._mac_size = mac_size
        self._extended = extended

    @property
    @override
    def kind(self) -> str:
        return self._kind

    @override
    def close(self) -> None:
        self._computer.close()

    @override
    def establish(self, send: Send, deadline: Deadline) -> None:
        try:
            self._establish(send, deadline)
        except BaseException:
            self.close()
            raise

    def _establish(self, send: Send, deadline: Deadline) -> None:
        challenge = self._computer.open(deadline)
        offered = send(Command(*_INITIALIZE_UPDATE, self._key_version, 0, challenge, le=256))
        if offered.sw in _NO_SUCH_KEYS:
            raise WrongKeys(self._keys, f"it has no key version {self._key_version:02X}")
        if offered.sw == _BLOCKED:
            raise WrongKeys(self._keys, "it takes none any more")
        if offered.sw != SUCCESS:
            raise Refused(ESTABLISH, None, offered.sw, (SUCCESS,))
        try:
            proof = self._computer.authenticate(offered.data, deadline)
        except scp03.Malformed as error:
            raise NotUnderstoodAnswer(ESTABLISH, None, f"SCP03 session as the profile has it ({error})") from None
        except scp03.NotAuthenticated:
            raise WrongKeys(self._keys, "its cryptogram is another") from None
        taken = send(Command(*_EXTERNAL_AUTHENTICATE, self._level, 0, proof))
        if taken.sw == _CRYPTOGRAM_WRONG:
            raise WrongKeys(self._keys, "it does not take ours")
        if taken.sw != SUCCESS:
            raise Refused(ESTABLISH, None, taken.sw, (SUCCESS,))

    @override
    def wrap(self, command: Command, deadline: Deadline) -> Command:
        le = scp03.wrapped_le(self._level, self._mac_size, command.le, short=not self._extended)
        wrapped = replace(command, cla=scp03.secured(command.cla), le=le)
        size = scp03.wrapped_size(self._level, self._mac_size, len(command.data))
        extended = self._extended and not replace(wrapped, data=bytes(size)).fits_short
        header = bytes((wrapped.cla, wrapped.ins, wrapped.p1, wrapped.p2))
        return replace(wrapped, data=self._computer.wrap(header, command.data, deadline, extended=extended))

    @override
    def unwrap(self, response: Response, deadline: Deadline) -> Response:
        if response.sw in _SESSION_ENDED and not response.data:
            self.close()
            raise SessionEnded("", "unwrap", response.sw)
        if scp03.is_error(response.sw) and not response.data:
            return response
        try:
            return Response(self._computer.unwrap(response.data, response.sw, deadline), response.sw)
        except scp03.NotAuthenticated as error:
            self.close()  # whoever sent that is given no second try with these keys
            raise NotAuthentic("", "unwrap", str(error)) from None
