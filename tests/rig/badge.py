"""How the officer of a station under test signs in: with a PIN, as people do, and again when a session is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from typing_extensions import override

from simulators.registry.desk import Desk
from stationd.client.client import Client
from stationd.client.problems import StationProblem

_NO_MORE: Final[Mapping[str, str]] = MappingProxyType({})

PIN = "271828"
PATIENCE = 30.0
"""Seconds until a station surely has the policy in which the officer stands."""


class Badge:
    """One officer of one station; as many clients as one likes ask in the same session.

    Args:
        socket: the station's.
        desk: the registry's, which gives out one-time codes.
        station: its id.
        officer: who signs in.
    """

    def __init__(self, socket: Path, desk: Desk, station: str, officer: str) -> None:
        self.officer = officer
        self._socket = socket
        self._desk = desk
        self._station = station
        self._code = ""
        self._token = ""
        self._lock = threading.Lock()

    def fetch_code(self) -> None:
        """Have the registry give out a code, to set the PIN with at the next sign-in."""
        self._code = self._desk.pin_code(self._station, self.officer)

    def token(self, stale: str = "") -> str:
        """Return the token of a session that is not the one known to be over."""
        with self._lock:
            if self._token == stale:
                self._token = self._sign_in()
            return self._token

    def client(self) -> Client:
        """Open a client; the caller closes it."""
        return _Badged(self._socket, self)

    def _sign_in(self) -> str:
        client = Client(self._socket)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                if self._code:
                    client.set_pin(self.officer, self._code, PIN)
                    self._code = ""
                return client.sign_in(self.officer, PIN).token
            except StationProblem as problem:
                if problem.cause == "sign-in-refused" and not self._code:
                    self.fetch_code()  # the station has lost its database, and every PIN with it
                elif problem.cause not in {"no-policy", "pin-code-refused"} or time.monotonic() > until:
                    raise
            time.sleep(0.05)


class _Badged(Client):
    """A client that signs in when it has to."""

    def __init__(self, socket: Path, badge: Badge) -> None:
        super().__init__(socket)
        self._badge = badge

    @override
    @contextmanager
    def _answer(
        self, method: str, path: str, body: Any, timeout: float, more: Mapping[str, str] = _NO_MORE
    ) -> Iterator[tuple[Any, HTTPResponse]]:
        with ExitStack() as stack:
            self.token = self.token or self._badge.token()
            try:
                answered = stack.enter_context(super()._answer(method, path, body, timeout, more))
            except StationProblem as problem:
                if problem.cause != "not-signed-in":
                    raise
                self.token = self._badge.token(self.token)
                answered = stack.enter_context(super()._answer(method, path, body, timeout, more))
            yield answered
