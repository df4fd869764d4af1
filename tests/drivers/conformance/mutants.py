"""For each promise a driver that is honest but for that one: the machine, its cable and its cards."""

# ruff: noqa: ARG003 - a driver has the interface's signatures

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, DeviceError, Disconnected, NotFound
from drivers.printer import (
    Capabilities,
    Identity,
    Media,
    Raster,
    Station,
    Status,
)
from tests.drivers.conformance.breaking import breaks
from tests.drivers.conformance.exemplar import ADDRESS, Exemplar, Machine, Retransfer

OVERDUE = 0.25


# Which machine it is


@breaks("identity-lasts")
class NamesNoMaker(Retransfer):
    @property
    def identity(self) -> Identity:
        return Identity("", "Exemplar", "X1", "1.0")


@breaks("capabilities-fit")
class NoRaster(Retransfer):
    @property
    def capabilities(self) -> Capabilities:
        told = super().capabilities
        raster = Raster(told.raster.width, told.raster.height, 0, told.raster.panels)
        return Capabilities(raster, reject_bin=True, over_the_edge=False, film_beside_chip=False)


@breaks("address-read")
class NonsenseIsNotFound(Retransfer):
    @classmethod
    def open(cls, machine: Machine, address: str, deadline: Deadline) -> Exemplar:
        if address == "nonsense":
            raise NotFound(f"exemplar {address}", "open", address)
        return super().open(machine, address, deadline)


@breaks("nobody-there")
class SomethingMayHaveActedThere(Retransfer):
    @classmethod
    def open(cls, machine: Machine, address: str, deadline: Deadline) -> Exemplar:
        if "NO-SUCH" in address:
            raise DeadlinePassed(f"exemplar {address}", "open", 0.0)
        return super().open(machine, address, deadline)


@breaks("held-by-another")
class SharesTheMachine(Retransfer):
    @classmethod
    def open(cls, machine: Machine, address: str, deadline: Deadline) -> Exemplar:
        if address == ADDRESS:
            machine.owner = None
        return super().open(machine, address, deadline)


@breaks("find-lists")
class FindsNothing(Retransfer):
    @classmethod
    def find(cls, machine: Machine) -> list[str]:
        return []


@breaks("find-disturbs-nothing")
class FindFeedsACard(Retransfer):
    @classmethod
    def find(cls, machine: Machine) -> list[str]:
        if machine.owner is not None:
            machine.rejected += 1
        return super().find(machine)


# Questions, deadlines, closing


@breaks("questions-move-nothing")
class SuppliesMoveTheCard(Retransfer):
    def supplies(self, deadline: Deadline) -> tuple[()]:
        if self.machine.inside:
            self.machine.station = Station.MAGNETIC
        return super().supplies(deadline)


def overdue(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except DeadlinePassed:
        time.sleep(OVERDUE)
        raise


@breaks("deadline-of-questions")
class StatusTakesItsTime(Retransfer):
    def status(self, deadline: Deadline) -> Status:
        return overdue(lambda: super(StatusTakesItsTime, self).status(deadline))


@breaks("deadline-of-acts")
class FeedTakesItsTime(Retransfer):
    def feed(self, to: Station, deadline: Deadline) -> None:
        overdue(lambda: super(FeedTakesItsTime, self).feed(to, deadline))


@breaks("close-ends-a-call")
class SwallowsDisconnected(Retransfer):
    def feed(self, to: Station, deadline: Deadline) -> None:
        closed = self.over.is_set()
        try:
            super().feed(to, deadline)
        except Disconnected as error:
            if closed:
                raise
            raise DeadlinePassed(self.name, "feed", 0.0) from error


@breaks("closed-stays-closed")
class TellsAfterClose(Retransfer):
    def close(self) -> None:
        if self.over.is_set() and self.machine.plugged and not self.machine.troubles and not self.machine.inside:
            self.over.clear()
            self.machine.owner = None
            return
        super().close()


@breaks("errors-say-where")
class SaysOnlyAsk(Retransfer):
    def supplies(self, deadline: Deadline) -> tuple[()]:
        try:
            return super().supplies(deadline)
        except DeviceError as error:
            error.operation = "ask"
            raise


# The cable


@breaks("unplugged-is-told")
class RemembersTheStatus(Retransfer):
    def status(self, deadline: Deadline) -> Status:
        if not self.machine.plugged and not self.over.is_set():
            return Status(Media.NOT_PRESENT, None, ())
        return super().status(deadline)


@breaks("back-after-replug")
class NeverComesBack(Retransfer):
    @classmethod
    def open(cls, machine: Machine, address: str, deadline: Deadline) -> Exemplar:
        if machine.replugged == "there":
            raise NotFound(f"exemplar {address}", "open", address)
        return super().open(machine, address, deadline)


@breaks("back-after-another-port")
class RemembersThePort(Retransfer):
    @classmethod
    def open(cls, machine: Machine, address: str, deadline: Deadline) -> Exemplar:
        if machine.replugged == "elsewhere":
            raise NotFound(f"exemplar {address}", "open", address)
        return super().open(machine, address, deadline)


@breaks("place-after-reset")
class ForgetsTheCardAfterReset(Retransfer):
    def status(self, deadline: Deadline) -> Status:
        told = super().status(deadline)
        return Status(Media.NOT_PRESENT, None, told.conditions) if self.machine.cut else told


# Cards


@breaks("feed-holds")
class HoldsItElsewhere(Retransfer):
    def feed(self, to: Station, deadline: Deadline) -> None:
        super().feed(Station.MAGNETIC if to is Station.PRINT else to, deadline)


@breaks("feed-takes-one")
class FeedsTwo(Retransfer):
    def feed(self, to: Station, deadline: Deadline) -> None:
        self.ask("feed", deadline, "feed", lambda: self.machine.take_in(to))


@breaks("move-holds")
class StaysWhereItIs(Retransfer):
    def move(self, to: Station, deadline: Deadline) -> None:
        super().move(to, deadline)
        if to is Station.CONTACTLESS and self.machine.lost is None and not self.machine.muted:
            self.machine.station = Station.MAGNETIC


@breaks("needs-a-card")
class RejectsNothing(Retransfer):
    def reject(self, deadline: Deadline) -> None:
        if self.machine.inside or self.over.is_set():
            super().reject(deadline)


@breaks("deliver-puts-out")
class TellsACardAfterDelivery(Retransfer):
    def deliver(self, deadline: Deadline) -> None:
        super().deliver(deadline)
        self.machine.notes["delivered"] = True

    def status(self, deadline: Deadline) -> Status:
        told = super().status(deadline)
        if self.machine.notes.pop("delivered", False) and told.media is Media.NOT_PRESENT:
            return Status(Media.UNKNOWN, None, told.conditions)
        return told


@breaks("reject-puts-aside")
class RejectsToTheOutput(Retransfer):
    def reject(self, deadline: Deadline) -> None:
        if self.machine.lost is not None or self.machine.troubles:
            super().reject(deadline)
            return
        self.need_card("reject", deadline)
        self.ask("reject", deadline, "reject", lambda: self.machine.let_go("out"))
