"""The virtual smart card reader's protocol, as bytes and over one TCP connection.

The card connects to the reader. Each message either way is a two-byte big-endian length and so many bytes; a payload
of one byte is control, anything longer a command APDU. Only `ATR` and APDUs are answered. Source: vpcd of
frankmorgner/vsmartcard, tried with Debian's 3.3. The reader knows that a card is there by asking for its ATR, several
times a second, powered or not.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Sequence
from enum import IntEnum

LENGTH_BYTES = 2
_SO_TIMESTAMPNS = 35
"""Linux: the kernel tells with each read when it received what is read (socket(7)); Python has no name for it."""
_TIMESPEC = struct.Struct("@ll")
_LONGEST_WAIT = 1.0


class Control(IntEnum):
    """What the reader asks besides APDUs."""

    POWER_OFF = 0
    POWER_ON = 1
    RESET = 2
    ATR = 4


def encode(payload: bytes) -> bytes:
    """Return a payload of at most 65535 bytes as a message."""
    return len(payload).to_bytes(LENGTH_BYTES, "big") + payload


def control_of(payload: bytes) -> Control | None:
    """Return the control byte that a payload is; None for an APDU. Raises `ValueError` for an unknown one."""
    return Control(payload[0]) if len(payload) == 1 else None


class Link:
    """The card's end of one connection.

    Args:
        quick_ack: acknowledge at once whatever comes. The reader sends a message in two pieces and waits for the
            first to be acknowledged; without this each APDU takes some 44 ms.

    Attributes:
        waited: seconds that the last message lay in the kernel before this process came to read it.
    """

    def __init__(self, port: int, *, quick_ack: bool = True) -> None:
        self._quick_ack = quick_ack
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.waited = 0.0

    def receive(self) -> bytes | None:
        """Return the next payload, or None once either side has hung up."""
        head = self._exactly(LENGTH_BYTES)
        return None if head is None else self._exactly(int.from_bytes(head, "big"))

    def send(self, payload: bytes) -> bool:
        """Answer; False if the reader is gone."""
        try:
            self._socket.sendall(encode(payload))
        except OSError:
            return False
        return True

    def hang_up(self) -> None:
        """Disconnect; a `receive` that waits in another thread returns None. May be called from any thread."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Disconnect and let go of the socket."""
        self.hang_up()
        self._socket.close()

    def _exactly(self, size: int) -> bytes | None:
        received = b""
        while len(received) < size:
            try:
                if self._quick_ack:  # the kernel forgets it after each use
                    self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
                piece, told, _, _ = self._socket.recvmsg(size - len(received), socket.CMSG_SPACE(_TIMESPEC.size))
            except OSError:
                return None
            if not piece:
                return None
            received += piece
            self.waited = _waited(told)
        return received


def _waited(told: Sequence[tuple[int, int, bytes]]) -> float:
    """Return how long ago the kernel had what was just read; 0 if it does not tell."""
    for level, kind, data in told:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(data) == _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack(data)
            # The wall clock's: one that was set meanwhile is not believed.
            waited: float = time.time() - seconds - nanoseconds / 1e9
            return min(max(0.0, waited), _LONGEST_WAIT)
    return 0.0
