"""One IPP request and its response over HTTP or HTTPS, by a deadline (RFC 8010 section 4).

Each request has a connection of its own: a printer that was switched off in between costs no lost request. Redirects
are not followed, because what is sent is a citizen's card and the address is the technician's to choose.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from typing_extensions import Buffer, override

from drivers import wiretap
from drivers.addresses import IppAddress
from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, DeviceError, Disconnected, NotFound, NotUnderstood, WrongDevice
from drivers.ipp.protocol import Malformed, Response, ResponseReader
from drivers.wiretap import Direction, Passage

PIPE: Final = "ipp"
"""The pipe under which a listener is told messages: requests with their document, and responses."""

HTTP: Final = "http"
"""The pipe under which it is told what HTTP says where no IPP comes: a status and a content type."""

_CHUNK: Final = 65536
_CLOSED: Final = "closed by this program"


@dataclass(eq=False)
class HttpRefused(DeviceError):
    """The server answered in HTTP that it will not take the request: 3xx and 4xx, before any IPP was read."""

    status: int
    reason: str
    may_have_acted = False

    @override
    def what(self) -> str:
        match self.status:
            case 401 | 403:
                hint = "the queue must take jobs from this station without a password"
            case 404:
                hint = "there is no such queue; check the path of the address"
            case 426:
                hint = "the queue wants encryption: write ipps://"
            case status if status < HTTPStatus.BAD_REQUEST:
                hint = "it points elsewhere; write the address it should be, redirects are not followed"
            case _:
                hint = "check the address"
        return f"HTTP {self.status} {self.reason}: {hint}"


@dataclass(eq=False)
class SendBroken(Disconnected):
    """The connection broke before the whole request was sent; what the device makes of the part is unknown."""


class Exchange:
    """Requests to one address. One thread asks; `close` may be called from any."""

    def __init__(self, address: IppAddress, name: str) -> None:
        self._address = address
        self._name = name
        self._lock = threading.Lock()
        self._closed = False
        self._socket: socket.socket | None = None

    def ask(self, operation: str, request: bytes, deadline: Deadline) -> Response:
        """Send a request and return the response, whole and well-formed; what it says is not judged here.

        Raises:
            NotFound, WrongDevice: nothing was sent.
            HttpRefused: the server refused the request as a whole.
            SendBroken: not all of it was sent.
            Disconnected, DeadlinePassed, NotUnderstood: all of it was sent, and what became of it is unknown.
        """
        with self._connected(operation, request, deadline) as connection:
            with wiretap.sending(self._name, PIPE, request), self._translating(operation, sending=True):
                connection.request("POST", self._address.path, request, {"Content-Type": "application/ipp"})
            with wiretap.hearing(self._name, PIPE) as passage, self._translating(operation, sending=False):
                return self._response(operation, connection.getresponse(), passage)

    def close(self) -> None:
        """End the request under way, if any, and refuse further ones. Never raises."""
        self._closed = True
        with self._lock:
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for it

    def _response(self, operation: str, answer: http.client.HTTPResponse, passage: Passage) -> Response:
        kind = (answer.getheader("Content-Type") or "").partition(";")[0].strip().lower()
        sound = answer.status == HTTPStatus.OK and kind == "application/ipp"
        if not sound:
            wiretap.tell(self._name, Direction.IN, HTTP, f"{answer.status} {kind[:40]}".encode())
        if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise HttpRefused(self._name, operation, answer.status, answer.reason[:80])
        reader, beginning = ResponseReader(), b""
        try:
            while chunk := answer.read1(_CHUNK):
                beginning = beginning or chunk
                if not sound:
                    break
                passage.goes_on(chunk)
                reader.feed(chunk)
            else:
                if answer.length:
                    raise Malformed(f"{answer.length} bytes fewer than announced")
                if sound:
                    return reader.finish()
        except Malformed as error:
            raise NotUnderstood(self._name, operation, beginning, f"an IPP response ({error})") from None
        said = f"HTTP 200 with application/ipp, not HTTP {answer.status} with {kind[:40] or 'no type'}"
        raise NotUnderstood(self._name, operation, beginning, said)

    @contextmanager
    def _connected(self, operation: str, request: bytes, deadline: Deadline) -> Iterator[http.client.HTTPConnection]:
        """Connect, all of TLS included, and disconnect afterwards. A request that found nobody is told as such."""
        try:
            plain = self._connect(operation, deadline)
        except NotFound:
            wiretap.tell(self._name, Direction.OUT, PIPE, request, NotFound.__name__)
            raise
        try:
            with self._lock:
                self._socket = plain
            if self._closed:
                raise Disconnected(self._name, operation, _CLOSED)
            encrypted = self._encrypted(operation, plain, deadline) if self._address.tls else plain
            try:
                with self._lock:
                    self._socket = encrypted
                connection = http.client.HTTPConnection(self._address.host, self._address.port)
                connection.sock = _Timed(encrypted, deadline)
                yield connection
            finally:
                with self._lock:
                    self._socket = None
                encrypted.close()
        finally:
            plain.close()

    def _connect(self, operation: str, deadline: Deadline) -> socket.socket:
        host, port = self._address.host, self._address.port
        failed: OSError = OSError("it has no address")
        try:
            candidates = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise NotFound(self._name, operation, f"{self._address} ({error})") from None
        for family, kind, protocol, _, where in candidates:
            attempt = socket.socket(family, kind, protocol)
            try:
                attempt.settimeout(max(deadline.remaining(), 0.001))
                attempt.connect(where)
                attempt.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                attempt.close()
                failed = error
            else:
                return attempt
        raise NotFound(self._name, operation, f"{self._address} ({failed})")

    def _encrypted(self, operation: str, plain: socket.socket, deadline: Deadline) -> ssl.SSLSocket:
        """Begin TLS: with the certificate that the address pins, else one that this PC's authorities vouch for."""
        context = ssl.create_default_context()
        if self._address.sha256 is not None:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        try:
            plain.settimeout(max(deadline.remaining(), 0.001))
            encrypted = context.wrap_socket(plain, server_hostname=self._address.host)
        except ssl.SSLCertVerificationError as error:
            expected = "a certificate that this PC trusts, or one named in the address by ?sha256="
            raise WrongDevice(self._name, operation, expected, error.verify_message) from None
        except OSError as error:
            raise NotFound(self._name, operation, f"{self._address} (no TLS: {error})") from None
        found = hashlib.sha256(encrypted.getpeercert(binary_form=True) or b"").hexdigest()
        if self._address.sha256 not in (None, found):
            encrypted.close()
            raise WrongDevice(self._name, operation, f"the certificate {self._address.sha256}", found)
        return encrypted

    @contextmanager
    def _translating(self, operation: str, *, sending: bool) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        except (OSError, http.client.HTTPException, ValueError) as error:
            if self._closed:
                raise Disconnected(self._name, operation, _CLOSED) from None
            if sending:
                late = isinstance(error, TimeoutError)
                cause = "no time was left to send all of it" if late else str(error) or type(error).__name__
                raise SendBroken(self._name, operation, cause) from None
            match error:
                case TimeoutError():
                    raise DeadlinePassed(self._name, operation, time.monotonic() - started) from None
                case OSError() | http.client.RemoteDisconnected() | http.client.IncompleteRead():
                    raise Disconnected(self._name, operation, str(error) or type(error).__name__) from None
                case _:
                    said = f"an HTTP response ({type(error).__name__})"
                    raise NotUnderstood(self._name, operation, str(error).encode()[:64], said) from None


class _Timed:
    """What `http.client` needs of a socket, with one deadline for everything: a reply that drips is late, too."""

    def __init__(self, wrapped: socket.socket, deadline: Deadline) -> None:
        self._wrapped = wrapped
        self._deadline = deadline

    def sendall(self, data: Any) -> None:
        self._wrapped.settimeout(_time_left(self._deadline))
        self._wrapped.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self._wrapped, self._deadline), _CHUNK)

    def close(self) -> None:
        """Nothing: who opened the socket closes it."""


class _Incoming(io.RawIOBase):
    def __init__(self, wrapped: socket.socket, deadline: Deadline) -> None:
        self._wrapped = wrapped
        self._deadline = deadline

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer) -> int:
        self._wrapped.settimeout(_time_left(self._deadline))
        return self._wrapped.recv_into(buffer)


def _time_left(deadline: Deadline) -> float:
    if deadline.passed:
        raise TimeoutError
    return max(deadline.remaining(), 0.001)
