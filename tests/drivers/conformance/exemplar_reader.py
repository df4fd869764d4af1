"""An honest reader in memory: it sees the card that the machine in memory holds engaged."""

# ruff: noqa: ARG002, ARG003 - a driver has the interface's signatures

from __future__ import annotations

import itertools
import threading
import time

from drivers.deadline import Deadline
from drivers.encoder import (
    SHORT,
    ApduLimits,
    ApduTooLong,
    CardRemoved,
    CardType,
    Connection,
    Encoder,
    NoCard,
    Response,
    Uid,
)
from drivers.errors import DeadlinePassed, Disconnected, HeldByAnother, NotFound
from tests.drivers.conformance.exemplar import ADDRESS, Machine

STEP = 0.002
NUMBERS = itertools.count()


class Reader(Encoder):
    """One reader over the machine's field."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.over = threading.Event()

    @classmethod
    def open(cls, machine: Machine, address: str, deadline: Deadline) -> Reader:
        if address != ADDRESS:
            raise NotFound(address, "open", address)
        return cls(machine)

    @classmethod
    def find(cls, machine: Machine) -> list[str]:
        return [ADDRESS]

    @property
    def name(self) -> str:
        return "Exemplar Reader 00 00"

    def sees(self) -> bool:
        return self.machine.engaged and self.machine.inside == 1

    def require_open(self, operation: str) -> None:
        if self.over.is_set():
            raise Disconnected(ADDRESS, operation, "closed")

    def card_present(self, deadline: Deadline) -> bool:
        self.require_open("look")
        return self.sees()

    def await_field(self, present: bool, operation: str, deadline: Deadline) -> bool:
        while self.sees() is not present:
            self.require_open(operation)
            if deadline.passed:
                return False
            time.sleep(STEP)
        self.require_open(operation)
        return True

    def connect(self, deadline: Deadline) -> Connection:
        if not self.await_field(True, "connect", deadline):
            raise NoCard(ADDRESS, "connect")
        if self.machine.session is not None:
            raise HeldByAnother(ADDRESS, "connect")
        return Session(self)

    def await_empty(self, deadline: Deadline) -> None:
        if not self.await_field(False, "wait until empty", deadline):
            raise DeadlinePassed(ADDRESS, "wait until empty", 0.0)

    def close(self) -> None:
        self.over.set()
        if isinstance(session := self.machine.session, Session) and session.reader is self:
            session.close()


class Session(Connection):
    """A session with the card, until it leaves."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.gone = False
        self.number = next(NUMBERS)
        reader.machine.session = self

    @property
    def atr(self) -> bytes:
        return b"\x3b\x80\x80\x01\x01"

    @property
    def uid(self) -> Uid | None:
        return Uid(bytes((8, 0, 0, self.number % 256)), CardType.TYPE_A)

    @property
    def card_type(self) -> CardType:
        return CardType.TYPE_A

    @property
    def limits(self) -> ApduLimits:
        return SHORT

    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        if not SHORT.carries(apdu):
            raise ApduTooLong(ADDRESS, "transmit", len(apdu), SHORT.command)
        self.gone = self.gone or not self.reader.sees()
        if self.gone:
            raise CardRemoved(ADDRESS, "transmit")
        return Response(b"", 0x6A82)

    def close(self) -> None:
        self.reader.machine.session = None
