"""The encoder interface over a PC/SC reader.

The fence. Each worker process is one generation of its reader. A call that misses its deadline kills the worker
before it raises, and every connection of that generation is dead with it. The next generation opens its session by
powering the card down, and pcscd lets it do so only once the abandoned command is over: so nothing sent before the
fence can reach the card after it.

The right reader. One that is meant by its serial number or USB port is looked for anew at each call, and has to say
who it is once more on the very handle that a session is opened with. A name alone goes to another reader when they are
plugged in anew, so it does only for one that tells neither: at each call it is seen that it still tells neither.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from typing_extensions import override

from drivers import wiretap
from drivers.deadline import Deadline
from drivers.encoder import (
    EXTENDED,
    SHORT,
    ApduLimits,
    CardMute,
    CardRemoved,
    CardReset,
    CardType,
    Connection,
    Encoder,
    NoCard,
    ReaderGone,
    Uid,
)
from drivers.errors import DeadlinePassed, DeviceError, Disconnected, HeldByAnother, WrongDevice
from drivers.pcsc import cards, failures, features, frames, names, places
from drivers.pcsc.child import Child, ChildEnded, ChildSilent
from drivers.pcsc.codes import Code
from drivers.pcsc.frames import Grip, Op
from drivers.pcsc.names import Address, Reader
from drivers.reader_sessions import SW_BYTES, ReaderSession
from drivers.wiretap import Direction

_T = TypeVar("_T")

_CLOSE_SECONDS = 2.0
_RETRY_SECONDS = 0.05
# Whoever asks a reader where it is has it to himself for a millisecond or two: that is not somebody who uses it.
_ASKED_SECONDS = 0.3
_SW_SUCCESS = 0x9000
_GONE = frozenset({Code.UNKNOWN_READER, Code.READER_UNAVAILABLE, Code.NO_READERS_AVAILABLE})


class PcscEncoder(Encoder):
    """One PC/SC reader, worked by a process of its own that runs from the first call to `close`."""

    def __init__(self, reader: Address | str) -> None:
        """Take an address, or a reader's exact name as pcscd lists it; nothing is asked of it yet."""
        self._address = Address(name=reader) if isinstance(reader, str) else reader
        self._device = self._address.text or str(self._address)
        self._child: Child | None = None
        self._generation = 0
        self._session = 0
        self._fenced = False
        self._closed = False
        self._starting = threading.Lock()  # `close` may come from another thread

    @property
    @override
    def name(self) -> str:
        return self._device.removeprefix(names.SCHEME)

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

    def describe(self, name: str, deadline: Deadline) -> Reader | None:
        """Ask a listed reader who and where it is; None if somebody has it for himself. Raises `ReaderGone`."""
        code, payload = self._call(Op.WHERE, name.encode(), deadline, "look for the reader")
        if code == Code.SHARING_VIOLATION:
            return None
        self._check(code, "look for the reader")
        place, _ = self._read(frames.parse_place, payload, "look for the reader")
        return places.described(name, *place)

    def locate(self, deadline: Deadline, operation: str) -> str:
        """Return the name that pcscd has now for the reader that is meant.

        Raises:
            ReaderGone: there is none.
            WrongDevice: there are several.
            HeldByAnother: it cannot be told, because somebody has it for himself.
            CardMute: likewise, and it is our own abandoned command that pcscd waits for.
        """
        since, refusal = time.monotonic(), None
        while self._address.bound:
            try:
                found, held = self._search(deadline)
            except DeadlinePassed as late:
                raise refusal or late from None
            if len(found) > 1:
                raise WrongDevice(self._device, operation, "one such reader", ", ".join(found))
            if found:
                return found[0]
            if not held:
                raise ReaderGone(self._device, operation)
            refusal = self._refusal(operation)
            self._await_release(refusal, since, deadline)
        return self._address.name

    def see(self, deadline: Deadline, operation: str) -> str:
        """Return what `locate` does, where it is looked at without a session that would tell which reader it is.

        One that somebody has for himself cannot be asked, and goes by its name: nothing is sent to it.

        Raises:
            WrongDevice: as for `locate`, or it is meant by its name and tells better who it is.
            ReaderGone, HeldByAnother, CardMute: as for `locate`.
        """
        name = self.locate(deadline, operation)
        here = None if self._address.bound else self.describe(name, deadline)
        if here is not None:
            self._require_same(here, operation)
        return name

    @override
    def card_present(self, deadline: Deadline) -> bool:
        reader = self.see(deadline, "look for a card")
        code, _ = self._call(Op.LOOK, reader.encode(), deadline, "look for a card")
        if code == Code.TIMEOUT:
            return False
        self._check(code, "look for a card")
        return True

    @override
    def connect(self, deadline: Deadline) -> Connection:
        since, refusal = time.monotonic(), None
        while True:
            try:
                reader = self.locate(deadline, "connect")
                code, payload = self._grip(reader, deadline)
            except DeadlinePassed as late:
                raise refusal or late from None
            if code == Code.SUCCESS:
                break
            if code in {Code.NO_SMARTCARD, Code.REMOVED_CARD} and not deadline.passed:
                continue  # it left between the look and the grip
            if code != Code.SHARING_VIOLATION:
                self._check(code, "connect")
            if refusal is None:
                since = time.monotonic()
            refusal = self._refusal("connect")
            self._await_release(refusal, since, deadline)
        self._fenced = False
        grip = self._read(frames.parse_grip, payload, "connect")
        connection = PcscConnection(self, self._device, self._session, grip)
        try:
            self._require_same(places.described(reader, *grip.place), "connect")
            connection.read_uid(deadline)
        except DeviceError:
            connection.close()
            raise
        return connection

    @override
    def await_empty(self, deadline: Deadline) -> None:
        started = time.monotonic()
        reader = self.see(deadline, "wait until empty")
        code, _ = self._call(Op.AWAIT_EMPTY, reader.encode(), deadline, "wait until empty")
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
        if len(response) < SW_BYTES:
            raise Disconnected(self._device, "transmit", "an answer of one byte, where two are the least")
        return response

    def release(self, session: int) -> None:
        """End that session, if it is still the session, and power the card down. Never raises."""
        if session == self._session and self._child is not None:
            with contextlib.suppress(DeviceError):
                self._call(Op.DISCONNECT, b"", Deadline.after(_CLOSE_SECONDS), "disconnect")

    def _search(self, deadline: Deadline) -> tuple[list[str], bool]:
        """Return the names of the readers that are meant, and whether one that may be cannot be asked."""
        found, held = [], False
        for name in self.readers(deadline):
            here: Reader | None = names.listed(name)
            if here is None or not self._address.may_be(here):
                continue
            if not self._address.is_(here):
                try:
                    here = self.describe(name, deadline)
                except ReaderGone:
                    continue  # since it was listed
            if here is None:
                held = True
            elif self._address.is_(here):
                found.append(name)
        return found, held

    def _grip(self, reader: str, deadline: Deadline) -> tuple[int, bytes]:
        """Wait for a card and try to open a session with it. Raises `NoCard`."""
        code, _ = self._call(Op.AWAIT_CARD, reader.encode(), deadline, "wait for a card")
        if code == Code.TIMEOUT:
            raise NoCard(self._device, "wait for a card")
        self._check(code, "wait for a card")
        self._session += 1
        return self._call(Op.CONNECT, reader.encode(), deadline, "connect")

    def _refusal(self, operation: str) -> DeviceError:
        """What it means that somebody has the reader to himself.

        After a fence that is our own worker that was killed: pcscd lets go when the abandoned command is over.
        """
        return CardMute(self._device, operation) if self._fenced else HeldByAnother(self._device, operation)

    def _await_release(self, refusal: DeviceError, since: float, deadline: Deadline) -> None:
        """Wait a moment for whoever has the reader; raise the refusal if it has lasted for a while."""
        lasted = time.monotonic() - since
        if deadline.remaining() <= _RETRY_SECONDS or (not self._fenced and lasted >= _ASKED_SECONDS):
            raise refusal
        time.sleep(_RETRY_SECONDS)

    def _require_same(self, here: Reader, operation: str) -> None:
        """See that a reader is the one that is meant, and is not meant by a name that can go to another."""
        better = names.address_of(here)
        if self._address.bound and not self._address.is_(here):
            raise WrongDevice(self._device, operation, self._device, str(better))
        if better.bound and not self._address.bound:
            expected = f"the address {better}, as a name can go to another reader,"
            raise WrongDevice(self._device, operation, expected, here.name)

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

    def _read(self, read: Callable[[bytes], _T], payload: bytes, operation: str) -> _T:
        try:
            return read(payload)
        except ValueError as error:
            raise Disconnected(self._device, operation, f"its worker process told {error}") from None

    def _check(self, code: int, operation: str) -> None:
        failures.check(code, self._device, operation)


class PcscConnection(ReaderSession):
    """A session with one card."""

    def __init__(self, encoder: PcscEncoder, device: str, session: int, grip: Grip) -> None:
        super().__init__(encoder, device, session)
        self._atr = grip.atr
        self._limits = _limits(grip.most)
        self._uid: bytes | None = None

    @property
    @override
    def atr(self) -> bytes:
        return self._atr

    @property
    @override
    def uid(self) -> Uid | None:
        return None if self._uid is None else Uid(self._uid, self.card_type)

    @property
    @override
    def card_type(self) -> CardType:
        return cards.card_type(self._atr, self._uid)

    @property
    @override
    def limits(self) -> ApduLimits:
        return self._limits

    def read_uid(self, deadline: Deadline) -> None:
        """Ask the reader for the UID or PUPI; a reader that does not tell leaves it None."""
        if cards.made_up_by_reader(self._atr):
            response = self.transmit(cards.GET_UID, deadline)
            if response.sw == _SW_SUCCESS and response.data:
                self._uid = response.data


def _limits(most: int) -> ApduLimits:
    """What a reader's greatest size of data comes to; one that does not tell is believed to carry anything."""
    if most == features.UNTOLD:
        return EXTENDED
    return ApduLimits(min(most, EXTENDED.command), min(most, EXTENDED.answer)) if most > SHORT.answer else SHORT
