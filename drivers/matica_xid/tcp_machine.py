"""A XID machine on the network: commands over TCP, information over UDP on the next port."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime
from threading import Event
from typing import Final, TypeVar

from typing_extensions import override

from drivers.addresses import TcpAddress
from drivers.deadline import Deadline
from drivers.errors import (
    DeadlinePassed,
    DeviceError,
    Disconnected,
    HeldByAnother,
    NotFound,
    NotUnderstood,
    WrongDevice,
)
from drivers.matica_xid import words
from drivers.matica_xid.machine import Machine, Position, Sensed
from drivers.matica_xid.words import Message
from drivers.printer import Counters, Identity, Panel, Supply
from drivers.transports import TcpStream, UdpPort

_ASK_AGAIN: Final = 0.3  # seconds until a datagram counts as lost
_UDP_PATIENCE: Final = 2.0  # seconds until the machine counts as silent over UDP
_REPLIES: Final = frozenset({words.DONE, words.NOT_DONE, words.DONE_WITH_DATA})

T = TypeVar("T")


class TcpMachine(Machine):
    """A session over one TCP connection; after a lost reply the next command begins on a new connection."""

    def __init__(self, address: TcpAddress, name: str, deadline: Deadline) -> None:
        """Connect, take the greeting and answer it.

        Raises:
            NotFound: nothing listens there.
            HeldByAnother: the machine answers over UDP, but takes no connection or does not greet.
            WrongDevice: another kind of machine.
        """
        self._address = address
        self._name = name
        self._sequence = 0
        self._in_step = True
        self._closed = Event()
        self._udp = UdpPort(address.host, address.port + 1, name)
        self._udp_sequence = 0
        try:
            self._stream, self.identity = self._connect(deadline)
        except DeviceError as error:
            held = isinstance(error, NotFound | DeadlinePassed) and self._answers_by_udp()
            self._udp.close()
            raise HeldByAnother(name, "open") if held else error from None

    def prepare(self, deadline: Deadline) -> None:
        """Read what does not change."""
        reply = self._request(words.INFO, words.ask(words.GEOMETRY_TAGS), deadline)
        _expect(reply, words.INFO | 0x01000000)
        self.geometry = words.parse_geometry(reply.data)

    @override
    def sense(self, deadline: Deadline) -> int:
        try:
            self._command(words.TEST_READY, deadline)
        except Sensed as answer:
            return answer.code
        return 0

    @override
    def position(self, deadline: Deadline) -> Position | None:
        return words.parse_position(self._command(words.READ_POSITION, deadline))

    @override
    def load(self, to: Position, deadline: Deadline) -> None:
        self._command(words.load(to), deadline)

    @override
    def move(self, to: Position, deadline: Deadline, *, fresh_film: bool = False, flip: bool = False) -> None:
        self._command(words.move(to, fresh_film=fresh_film, flip=flip), deadline)

    @override
    def engage(self, at: Position, deadline: Deadline) -> None:
        self._command(words.contact(at, engage=True), deadline)

    @override
    def release(self, at: Position, deadline: Deadline) -> None:
        self._command(words.contact(at, engage=False), deadline)

    @override
    def upload(self, panel: Panel, data: bytes, deadline: Deadline) -> None:
        _expect(self._request(words.IMAGE, words.image(panel, data), deadline), *_REPLIES)

    @override
    def print_film(self, panels: Collection[Panel], deadline: Deadline) -> None:
        self._command(words.print_film(panels), deadline, words.IMMEDIATE)

    @override
    def transfer_and_return(self, deadline: Deadline) -> None:
        self._command(words.TRANSFER_AND_RETURN, deadline)

    @override
    def counters(self, deadline: Deadline) -> Counters:
        return self._check(words.COUNTER_TAGS, words.parse_counters, deadline)

    @override
    def supplies(self, deadline: Deadline) -> tuple[Supply, ...]:
        return self._check(words.SUPPLY_TAGS, words.parse_supplies, deadline)

    @override
    def close(self) -> None:
        self._closed.set()
        self._stream.close()
        self._udp.close()

    def _connect(self, deadline: Deadline) -> tuple[TcpStream, Identity]:
        stream = TcpStream(self._address.host, self._address.port, self._name, deadline)
        try:
            identity = words.parse_greeting(_receive(stream, deadline))
            answer = words.document(identity.model, datetime.now().astimezone())
            stream.send(words.encode(answer), deadline)
            taken = _receive(stream, deadline)
            _expect(taken, words.DOCUMENT_TAKEN)
            if taken.sequence != answer.sequence or taken.parameter:
                raise NotUnderstood(self._name, "open", words.encode(taken), "the greeting's answer to be accepted")
        except BaseException:
            stream.close()
            raise
        self._sequence = 0
        return stream, identity

    def _reconnect(self, deadline: Deadline) -> None:
        self._stream.close()
        if self._closed.is_set():
            raise Disconnected(self._name, "open", "closed by this program")
        self._stream, identity = self._connect(deadline)
        if self._closed.is_set():  # while the new connection took the old one's place
            self._stream.close()
        elif identity != self.identity:
            self._stream.close()
            raise WrongDevice(self._name, "open", f"the machine {self.identity.serial}", identity.serial)

    def _command(self, command: bytes, deadline: Deadline, parameter: int = 0) -> Message:
        reply = self._request(words.COMMAND, command, deadline, parameter)
        _expect(reply, words.DONE, words.DONE_WITH_DATA)
        return reply

    def _request(self, function: int, data: bytes, deadline: Deadline, parameter: int = 0) -> Message:
        """Send one message and take its reply. Raises `Sensed` if the reply's status is not 0."""
        if not self._in_step:
            self._reconnect(deadline)
        self._in_step = False  # until the reply has been read whole
        sequence, self._sequence = self._sequence, (self._sequence + 1) & 0xFFFFFFFF
        self._stream.send(words.encode(Message(function, parameter, sequence, data)), deadline)
        reply = _receive(self._stream, deadline)
        if reply.sequence != sequence:
            raise NotUnderstood(self._name, "receive", words.encode(reply), f"the reply to message {sequence:08x}")
        if reply.function & 0xFF000000 != 0xF1000000:  # noqa: PLR2004 - a reply has the lowest bit set
            raise NotUnderstood(self._name, "receive", words.encode(reply), "a reply F1……")
        self._in_step = True
        if reply.parameter:
            raise Sensed(reply.parameter)
        return reply

    def _check(self, tags: Collection[int], parse: Callable[[bytes], T], deadline: Deadline) -> T:
        """Ask for values by UDP, again as long as datagrams get lost."""
        self._udp_sequence = (self._udp_sequence + 1) & 0xFFFFFFFF
        question = words.encode(Message(words.CHECK, 0, self._udp_sequence, words.ask(tags)))
        patience = deadline.sooner(_UDP_PATIENCE)
        while True:
            self._udp.send(question)
            attempt = patience.sooner(_ASK_AGAIN)
            with suppress(DeadlinePassed):
                while True:
                    reply = words.decode(self._udp.receive(attempt))
                    if reply.sequence == self._udp_sequence:  # an older one is the answer to a question given up
                        _expect(reply, words.CHECK | 0x01000000)
                        if reply.parameter:
                            raise Sensed(reply.parameter)
                        return parse(reply.data)
            if patience.passed:
                raise DeadlinePassed(self._name, "ask", _UDP_PATIENCE)

    def _answers_by_udp(self) -> bool:
        try:
            self._check((words.TAG_STATUS,), words.parse_check, Deadline.after(_ASK_AGAIN))
        except (DeviceError, Sensed):
            return False
        return True


def _receive(stream: TcpStream, deadline: Deadline) -> Message:
    header = stream.receive(words.HEADER_LENGTH, deadline)
    return words.decode(header + stream.receive(words.rest(header), deadline))


def _expect(reply: Message, *functions: int) -> None:
    if reply.function not in functions:
        wanted = " or ".join(f"{function:08X}" for function in functions)
        raise NotUnderstood("", "receive", words.encode(reply), f"{wanted} with status 0")
