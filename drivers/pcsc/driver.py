"""The encoder interface over a PC/SC reader.

The fence. Each worker process is one generation of its reader. A call that misses its deadline kills the worker
before it raises, and every connection of that generation is dead with it. The next generation opens its session by
powering the card down, and pcscd lets it do so only once the abandoned command is over: so nothing sent before the
fence can reach the card after it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence

from typing_extensions import override

from drivers import wiretap
from drivers.catalog import EncoderDriver
from drivers.deadline import Deadline
from drivers.encoder import (
    CardMute,
    CardRemoved,
    CardReset,
    CardType,
    Connection,
    Encoder,
    NoCard,
    ReaderGone,
    Response,
    ServiceGone,
)
from drivers.errors import (
    DeadlinePassed,
    DeviceError,
    Disconnected,
    HeldByAnother,
    NotFound,
    PermissionRefused,
)
from drivers.pcsc import cards, codes, recorded
from drivers.pcsc.child import Child, ChildEnded, ChildSilent
from drivers.pcsc.codes import Code
from drivers.pcsc.frames import Op
from drivers.wiretap import Direction

SCHEME = "pcsc:"
_FIND_SECONDS = 5.0
_CLOSE_SECONDS = 2.0
_RETRY_SECONDS = 0.1
_SW_BYTES = 2
_SW_SUCCESS = 0x9000


class PcscEncoder(Encoder):
    """One PC/SC reader, worked by a process of its own that runs from the first call to `close`."""

    def __init__(self, reader: str) -> None:
        """Take a reader's exact name as pcscd lists it; nothing is asked of it yet."""
        self._reader = reader
        self._device = f"{SCHEME}{reader}"
        self._child: Child | None = None
        self._generation = 0
        self._session = 0
        self._fenced = False
        self._closed = False
        self._starting = threading.Lock()  # `close` may come from another thread

    @property
    @override
    def name(self) -> str:
        return self._reader

    @property
    def generation(self) -> int:
        """How many workers this reader has had. A connection does not outlive the one it was made by."""
        return self._generation

    @property
    def worker_pid(self) -> int | None:
        """The worker's process id, while there is one."""
        return None if self._child is None else self._child.pid

    def readers(self, deadline: Deadline) -> list[str]:
        """List every reader that pcscd knows."""
        code, payload = self._call(Op.LIST, b"", deadline, "list readers")
        self._check(code, "list readers")
        return payload.decode(errors="replace").split("\0") if payload else []

    @override
    def card_present(self, deadline: Deadline) -> bool:
        code, _ = self._call(Op.LOOK, self._reader.encode(), deadline, "look for a card")
        if code == Code.TIMEOUT:
            return False
        self._check(code, "look for a card")
        return True

    @override
    def connect(self, deadline: Deadline) -> Connection:
        while True:
            code, _ = self._call(Op.AWAIT_CARD, self._reader.encode(), deadline, "wait for a card")
            if code == Code.TIMEOUT:
                raise NoCard(self._device, "wait for a card")
            self._check(code, "wait for a card")
            self._session += 1
            code, atr = self._call(Op.CONNECT, self._reader.encode(), deadline, "connect")
            if code == Code.SUCCESS:
                break
            if code in {Code.NO_SMARTCARD, Code.REMOVED_CARD} and not deadline.passed:
                continue  # it left between the look and the grip
            if code == Code.SHARING_VIOLATION and self._fenced:
                # Held by our own worker that was killed: pcscd lets go when the abandoned command is over.
                if deadline.remaining() > _RETRY_SECONDS:
                    time.sleep(_RETRY_SECONDS)
                    continue
                raise CardMute(self._device, "connect")
            self._check(code, "connect")
        self._fenced = False
        connection = PcscConnection(self, self._device, self._session, atr)
        try:
            connection.read_uid(deadline)
        except DeviceError:
            connection.close()
            raise
        return connection

    @override
    def await_empty(self, deadline: Deadline) -> None:
        started = time.monotonic()
        code, _ = self._call(Op.AWAIT_EMPTY, self._reader.encode(), deadline, "wait until empty")
        if code == Code.TIMEOUT:
            raise DeadlinePassed(self._device, "wait until empty", time.monotonic() - started)
        self._check(code, "wait until empty")

    @override
    def close(self) -> None:
        with self._starting:
            self._closed = True
            child, self._child = self._child, None
        if child is not None:
            child.stop()

    def exchange(self, session: int, apdu: bytes, deadline: Deadline) -> bytes:
        """Send a command APDU to the card of that session, if it is still the session; return the response APDU."""
        if session != self._session or self._child is None:
            raise CardReset(self._device, "transmit")
        code, response = self._call(Op.TRANSMIT, apdu, deadline, "transmit")
        self._check(code, "transmit")
        if not response:
            raise CardRemoved(self._device, "transmit")  # how pcscd reports a card that is pulled in mid-APDU
        if len(response) < _SW_BYTES:
            raise Disconnected(self._device, "transmit", "an answer of one byte, where two are the least")
        return response

    def release(self, session: int) -> None:
        """End that session, if it is still the session, and power the card down. Never raises."""
        if session == self._session and self._child is not None:
            with contextlib.suppress(DeviceError):
                self._call(Op.DISCONNECT, b"", Deadline.after(_CLOSE_SECONDS), "disconnect")

    def _call(self, op: Op, payload: bytes, deadline: Deadline, operation: str) -> tuple[int, bytes]:
        started = time.monotonic()
        if deadline.passed:
            raise DeadlinePassed(self._device, operation, 0.0)
        child = self._started(operation)
        try:
            wiretap.tell(self._device, Direction.OUT, op.name.lower(), payload)
            with wiretap.hearing(self._device, op.name.lower()) as passage:
                code, answer = child.call(op, payload, deadline)
                passage.heard(code.to_bytes(4, "big") + answer)
            return code, answer
        except ChildSilent:
            self._fence()
            if op in {Op.CONNECT, Op.TRANSMIT}:
                raise CardMute(self._device, operation) from None
            raise DeadlinePassed(self._device, operation, time.monotonic() - started) from None
        except ChildEnded as ended:
            self._fence()
            raise Disconnected(self._device, operation, f"its worker process ended: {ended}") from None

    def _started(self, operation: str) -> Child:
        with self._starting:
            if self._closed:
                raise Disconnected(self._device, operation, "it was closed")
            if self._child is None:
                try:
                    self._child = Child()
                except OSError as error:
                    raise Disconnected(self._device, operation, f"no worker process: {error}") from error
                self._generation += 1
            return self._child

    def _fence(self) -> None:
        self._child = None
        self._session += 1
        self._fenced = True

    def _check(self, code: int, operation: str) -> None:
        match code:
            case Code.SUCCESS:
                return
            case Code.REMOVED_CARD | Code.NO_SMARTCARD:
                raise CardRemoved(self._device, operation)
            case Code.RESET_CARD:
                raise CardReset(self._device, operation)
            case Code.UNRESPONSIVE_CARD | Code.UNPOWERED_CARD | Code.NOT_TRANSACTED | Code.COMM_DATA_LOST:
                raise CardMute(self._device, operation)
            case Code.SHARING_VIOLATION:
                raise HeldByAnother(self._device, operation)
            case Code.UNKNOWN_READER | Code.READER_UNAVAILABLE | Code.NO_READERS_AVAILABLE:
                raise ReaderGone(self._device, operation)
            case Code.NO_SERVICE | Code.SERVICE_STOPPED | Code.INVALID_HANDLE | Code.COMM_ERROR:
                raise ServiceGone(self._device, operation)
            case Code.SECURITY_VIOLATION:
                raise PermissionRefused(self._device, operation)
            case _:
                raise Disconnected(self._device, operation, codes.name(code))


class PcscConnection(Connection):
    """A session with one card. Its first failure is its last: the same is raised again for whatever is sent after."""

    def __init__(self, encoder: PcscEncoder, device: str, session: int, atr: bytes) -> None:
        self._encoder = encoder
        self._device = device
        self._session = session
        self._atr = atr
        self._uid: bytes | None = None
        self._failure: DeviceError | None = None

    @property
    @override
    def atr(self) -> bytes:
        return self._atr

    @property
    @override
    def uid(self) -> bytes | None:
        return self._uid

    @property
    @override
    def card_type(self) -> CardType:
        return cards.card_type(self._atr, self._uid)

    def read_uid(self, deadline: Deadline) -> None:
        """Ask the reader for the UID or PUPI; a reader that does not tell leaves it None."""
        if cards.made_up_by_reader(self._atr):
            response = self.transmit(cards.GET_UID, deadline)
            if response.sw == _SW_SUCCESS and response.data:
                self._uid = response.data

    @override
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        if self._failure is not None:
            raise self._failure
        try:
            answer = self._encoder.exchange(self._session, apdu, deadline)
        except DeviceError as failure:
            self._failure = failure
            raise
        return Response(data=answer[:-_SW_BYTES], sw=int.from_bytes(answer[-_SW_BYTES:]))

    @override
    def close(self) -> None:
        if self._failure is None:
            self._failure = Disconnected(self._device, "transmit", "the session was closed")
        self._encoder.release(self._session)


def open_reader(address: str, deadline: Deadline) -> PcscEncoder:
    """Open the reader `pcsc:READER NAME`. Raises `NotFound` if pcscd lists no reader of exactly that name."""
    reader = address.removeprefix(SCHEME)
    encoder = PcscEncoder(reader)
    try:
        if reader not in encoder.readers(deadline):
            raise NotFound(address, "open", address)
    except DeviceError:
        encoder.close()
        raise
    return encoder


def find() -> Sequence[str]:
    """List the addresses of all readers. Raises `ServiceGone` if pcscd does not run."""
    encoder = PcscEncoder("")
    try:
        return [SCHEME + reader for reader in encoder.readers(Deadline.after(_FIND_SECONDS))]
    finally:
        encoder.close()


DRIVER = EncoderDriver(
    name="pcsc",
    open=open_reader,
    find=find,
    mask=recorded.mask,
    addresses="pcsc:READER NAME, the name exactly as pcscd lists it (`pcsc_scan -r`), spaces included",
)
