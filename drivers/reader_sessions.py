"""A session with one card at a reader that numbers its sessions: what every driver of such a reader does alike."""

from __future__ import annotations

from typing import Final, Protocol

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import ApduTooLong, Connection, Response
from drivers.errors import DeviceError, Disconnected

SW_BYTES: Final = 2
"""The least that a card answers: its status (ISO/IEC 7816-4, 5.1)."""


class Reader(Protocol):
    """What a session asks of the reader that it belongs to. A session that is over answers to nobody."""

    def exchange(self, session: int, apdu: bytes, deadline: Deadline) -> bytes:
        """Send a command APDU to the card of that session, if it is still the session; return the response APDU."""

    def release(self, session: int) -> None:
        """End that session, if it is still the session, and take the card's power. Never raises."""


class ReaderSession(Connection):
    """A session with one card. Its first failure is its last: the same is raised again for whatever is sent after.

    Args:
        reader: whose session it is.
        device: for errors.
        session: its number.
    """

    def __init__(self, reader: Reader, device: str, session: int) -> None:
        self._reader = reader
        self._device = device
        self._session = session
        self._failure: DeviceError | None = None

    @override
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        if self._failure is not None:
            raise self._failure
        if not self.limits.carries(apdu):
            raise ApduTooLong(self._device, "transmit", len(apdu), self.limits.command)
        try:
            answer = self._reader.exchange(self._session, apdu, deadline)
        except DeviceError as failure:
            self._failure = failure
            raise
        return Response(data=answer[:-SW_BYTES], sw=int.from_bytes(answer[-SW_BYTES:]))

    @override
    def close(self) -> None:
        if self._failure is None:
            self._failure = Disconnected(self._device, "transmit", "the session was closed")
        self._reader.release(self._session)
