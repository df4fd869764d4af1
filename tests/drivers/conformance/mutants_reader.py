"""Mutants of readers."""

# ruff: noqa: ARG002, ARG003 - a driver has the interface's signatures

from __future__ import annotations

import time
from typing import Any

from drivers.deadline import Deadline
from drivers.encoder import CardRemoved, CardType, NoCard, Uid
from drivers.errors import DeadlinePassed, Disconnected
from tests.drivers.conformance.breaking import breaks
from tests.drivers.conformance.exemplar import ADDRESS, Machine
from tests.drivers.conformance.exemplar_reader import Reader, Session


@breaks("reader-has-a-name")
class IsNamedAnew(Reader):
    named = 0

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        type(self).named += 1
        self.number = self.named

    @property
    def name(self) -> str:
        return f"{super().name} {self.number}"


@breaks("reader-is-listed")
class IsNotListed(Reader):
    @classmethod
    def find(cls, machine: Machine) -> list[str]:
        return []


@breaks("no-such-reader")
class OpensAnything(Reader):
    @classmethod
    def open(cls, machine: Machine, address: str, deadline: Deadline) -> Reader:
        return cls(machine)


@breaks("no-card-is-said")
class NoCardIsSilence(Reader):
    def connect(self, deadline: Deadline) -> Any:
        try:
            return super().connect(deadline)
        except NoCard:
            raise DeadlinePassed(ADDRESS, "connect", 0.0) from None


@breaks("reader-close-ends-a-call")
class WaitsOn(Reader):
    def await_field(self, present: bool, operation: str, deadline: Deadline) -> bool:
        if operation != "connect":
            return super().await_field(present, operation, deadline)
        while self.sees() is not present and not deadline.passed:
            time.sleep(0.01)
        return self.sees() is present


@breaks("closed-reader-stays-closed")
class LooksAfterClose(Reader):
    def card_present(self, deadline: Deadline) -> bool:
        return self.sees()


@breaks("card-is-seen")
class SeesNoCard(Reader):
    def card_present(self, deadline: Deadline) -> bool:
        return super().card_present(deadline) and self.machine.session is None


class LeavingAnswers(Session):
    def transmit(self, apdu: bytes, deadline: Deadline) -> Any:
        try:
            return super().transmit(apdu, deadline)
        except CardRemoved as error:
            raise Disconnected(ADDRESS, "transmit", "what now") from error


@breaks("card-is-missed")
class MissesNoCard(Reader):
    def connect(self, deadline: Deadline) -> Any:
        super().connect(deadline)
        return LeavingAnswers(self)


class CallsItselfAnew(Session):
    @property
    def uid(self) -> Uid:
        return Uid(bytes((4, 0, 0, 0, 0, 0, self.number % 256)), CardType.TYPE_A)


@breaks("passing-uid-is-no-identity")
class TakesAnyUidForGood(Reader):
    def connect(self, deadline: Deadline) -> Any:
        super().connect(deadline)
        return CallsItselfAnew(self)


class SendsAnything(Session):
    def transmit(self, apdu: bytes, deadline: Deadline) -> Any:
        return super().transmit(apdu[:5], deadline)


@breaks("long-apdu-goes-or-is-refused")
class CutsLongApdus(Reader):
    def connect(self, deadline: Deadline) -> Any:
        super().connect(deadline)
        return SendsAnything(self)


@breaks("card-has-one-user")
class SharesTheCard(Reader):
    def connect(self, deadline: Deadline) -> Any:
        self.machine.session = None
        return super().connect(deadline)


@breaks("empty-is-waited-for")
class SaysEmptyAtTheDeadline(Reader):
    def await_empty(self, deadline: Deadline) -> None:
        try:
            super().await_empty(deadline)
        except DeadlinePassed:
            return
