"""SCP03 computed by the station: static keys in a key store, session keys in memory for one session."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from typing_extensions import override

from drivers.deadline import Deadline
from stationd.chip import scp03
from stationd.chip.channel_errors import NoSecureSession
from stationd.chip.scp03 import Level, StaticKeys
from stationd.chip.secured import Computer


class SoftComputer(Computer):
    """The station's own arithmetic.

    Args:
        keys: the key set.
        level: what is protected.
        mac_size: 8 in S8, 16 in S16.
        random: gives that many random bytes.
    """

    def __init__(
        self, keys: StaticKeys, level: Level, mac_size: int, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._keys = keys
        self._level = level
        self._mac_size = mac_size
        self._random = random
        self._challenge = b""
        self._session: scp03.Session | None = None

    @override
    def open(self, deadline: Deadline) -> bytes:
        self.close()
        self._challenge = self._random(self._mac_size)
        return self._challenge

    @override
    def authenticate(self, answer: bytes, deadline: Deadline) -> bytes:
        self._session = scp03.Session(self._keys, self._level, self._challenge, answer)
        return self._session.authentication()

    @override
    def wrap(self, header: bytes, data: bytes, deadline: Deadline, *, extended: bool) -> bytes:
        return self._established("wrap").wrap(header, data, extended=extended)

    @override
    def unwrap(self, data: bytes, sw: int, deadline: Deadline) -> bytes:
        return self._established("unwrap").unwrap(data, sw)

    @override
    def close(self) -> None:
        self._session, self._challenge = None, b""

    def _established(self, operation: str) -> scp03.Session:
        if self._session is None:
            raise NoSecureSession("keys", operation)
        return self._session
