"""The process in which a token's PKCS#11 library runs: `python -m stationd.chip.token_worker`. It is made to be killed.

A library that never returns, or that brings its process down, is one of somebody else's make, and all lines have the
token in common. So it lives here: who asks (`stationd.chip.token`) waits until a deadline and ends this process then.

It ends when the socket that is its standard input ends. A call that hangs outlives the daemon that asked: for that the
kernel holds an alarm, whose default act is to end the process, whatever it is doing.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, cast

import msgspec
import pkcs11
from msgspec import Struct
from typing_extensions import override

LENGTH_BYTES = 4
LONGEST = 1 << 20
ALARM_GRACE = 2.0
"""Seconds beyond a request's own, after which the kernel ends a process that nobody has ended."""


class Open(Struct, frozen=True, tag=True):
    """Load the library, find the token and log in. Answered by `Done`."""

    module: str
    token: str
    pin: str

    @override
    def __repr__(self) -> str:
        return f"<Open {self.token} of {self.module}>"


class Size(Struct, frozen=True, tag=True):
    """The size of a key in bits, if it cannot be read out. Answered by `Done`."""

    label: str


class Cmac(Struct, frozen=True, tag=True):
    """The AES-CMAC of data under a key. Answered by `Done`."""

    label: str
    data: bytes


class Asked(Struct, frozen=True):
    """A request, and how many seconds it may take."""

    request: Open | Size | Cmac
    seconds: float


class Done(Struct, frozen=True, tag=True):
    """It was done. What a token computes becomes session keys: it has no `repr`."""

    bits: int = 0
    mac: bytes = b""

    @override
    def __repr__(self) -> str:
        return "<Done>"


class Why(StrEnum):
    """What kind of failure it is."""

    MISSING = "missing"
    """The token is not there, or the library cannot be loaded."""
    PIN = "pin"
    PIN_COUNTED = "pin-counted"
    """The PIN was refused, and the token counts it: to present it again brings the token nearer to its lock."""
    NO_KEY = "no-key"
    OTHER = "other"


class Failed(Struct, frozen=True, tag=True):
    """It was not done; `how` is the library's word for it."""

    why: Why
    how: str


Answer = Done | Failed

_COUNTED = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked)
_PIN = (*_COUNTED, pkcs11.PinExpired)
_MISSING = (pkcs11.NoSuchToken, pkcs11.TokenNotPresent, pkcs11.TokenNotRecognised, pkcs11.DeviceRemoved)


class _Key(Protocol):
    """What a secret key of the token can do; the library makes its classes up from what the token says."""

    def sign(self, data: bytes, *, mechanism: pkcs11.Mechanism) -> bytes: ...

    def __getitem__(self, attribute: pkcs11.Attribute) -> Any: ...


class Token:
    """One token, from its opening until the process ends."""

    def __init__(self) -> None:
        self._session: pkcs11.Session | None = None

    def answer(self, request: Open | Size | Cmac) -> Answer:
        """Do what is asked. What the library raises is an answer."""
        try:
            match request:
                case Open():
                    token = pkcs11.lib(str(Path(request.module))).get_token(token_label=request.token)
                    self._session = token.open(user_pin=request.pin)
                    return Done()
                case Size():
                    return _judged(request.label, self._key(request.label))
                case Cmac():
                    mechanism = pkcs11.Mechanism.AES_CMAC
                    return Done(mac=bytes(self._key(request.label).sign(request.data, mechanism=mechanism)))
        except pkcs11.MultipleObjectsReturned:
            return Failed(Why.OTHER, f"it has several keys {getattr(request, 'label', '')!r}")
        except pkcs11.NoSuchKey:
            return Failed(Why.NO_KEY, f"it has no key {getattr(request, 'label', '')!r}")
        except (pkcs11.PKCS11Error, RuntimeError) as error:
            return Failed(_why(error), f"{type(error).__name__} {error}".strip())

    def _key(self, label: str) -> _Key:
        if self._session is None:
            raise pkcs11.SessionClosed
        return cast("_Key", self._session.get_key(object_class=pkcs11.ObjectClass.SECRET_KEY, label=label))


def _judged(label: str, key: _Key) -> Answer:
    if key[pkcs11.Attribute.EXTRACTABLE] or not key[pkcs11.Attribute.SENSITIVE]:
        return Failed(Why.OTHER, f"its key {label!r} can be read out: it is to be sensitive, not extractable")
    return Done(bits=8 * int(key[pkcs11.Attribute.VALUE_LEN]))


def _why(error: Exception) -> Why:
    if isinstance(error, _PIN):
        return Why.PIN_COUNTED if isinstance(error, _COUNTED) else Why.PIN
    bare = type(error) in {pkcs11.PKCS11Error, RuntimeError}  # so the library says that the module cannot be loaded
    return Why.MISSING if bare or isinstance(error, _MISSING) else Why.OTHER


def packed(message: Asked | Answer) -> bytes:
    """Return a message as it goes over the socket: four bytes of length, and msgpack."""
    body = msgspec.msgpack.encode(message)
    return len(body).to_bytes(LENGTH_BYTES) + body


def body_length(prefix: bytes) -> int:
    """Read a message's length. Raises `ValueError` for one that no message has."""
    length = int.from_bytes(prefix)
    if len(prefix) != LENGTH_BYTES or not 0 < length <= LONGEST:
        raise ValueError(f"a message of {length} bytes")
    return length


def serve(connection: socket.socket) -> None:
    """Answer requests until the other side closes."""
    token = Token()
    stream = connection.makefile("rb")
    while prefix := stream.read(LENGTH_BYTES):
        asked = msgspec.msgpack.decode(stream.read(body_length(prefix)), type=Asked)
        signal.setitimer(signal.ITIMER_REAL, asked.seconds + ALARM_GRACE)
        answer = packed(token.answer(asked.request))
        signal.setitimer(signal.ITIMER_REAL, 0)
        connection.sendall(answer)


def _own_socket() -> socket.socket:
    """Take the socket off the standard streams: a library may print."""
    connection = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    return connection


if __name__ == "__main__":
    serve(_own_socket())
