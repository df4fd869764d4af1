"""Mutants that print what they should not, and that hold a card where they should not."""

# ruff: noqa: ARG002 - a driver has the interface's signatures

from __future__ import annotations

from typing import Any

from drivers.conformance.hands import Trouble
from drivers.deadline import Deadline
from drivers.errors import Disconnected
from drivers.printer import (
    Image,
    PrinterFault,
    Station,
    Tell,
    nobody,
)
from tests.drivers.conformance.breaking import breaks
from tests.drivers.conformance.exemplar import Direct, Retransfer, Whole

# The reader inside


@breaks("engage-shows-the-card")
class EngagesNothing(Retransfer):
    def engage(self, at: Station, deadline: Deadline) -> None:
        super().engage(at, deadline)
        self.machine.engaged = False


@breaks("released-shows-none")
class StaysEngaged(Retransfer):
    def move(self, to: Station, deadline: Deadline) -> None:
        engaged = self.machine.notes.pop("released_late", False)
        super().move(to, deadline)
        self.machine.engaged = engaged

    def release(self, at: Station, deadline: Deadline) -> None:
        super().release(at, deadline)
        self.machine.notes["released_late"] = True


@breaks("engage-needs-the-card-there")
class EngagesAnywhere(Retransfer):
    def need_there(self, operation: str, at: Station, deadline: Deadline) -> None:
        self.need_card(operation, deadline)


# Turning


@breaks("flip-holds")
class TurnsItAtTheTurnOver(Retransfer):
    def flip(self, deadline: Deadline) -> None:
        super().flip(deadline)
        self.machine.station = Station.MAGNETIC


@breaks("flip-turns")
class TurnsItBackToPrint(Retransfer):
    def transfer(self, deadline: Deadline) -> None:
        self.machine.turned = False
        super().transfer(deadline)


@breaks("flip-needs-a-card")
class TurnsNothing(Retransfer):
    def flip(self, deadline: Deadline) -> None:
        if self.machine.inside or self.over.is_set():
            super().flip(deadline)


# Prints


@breaks("film-of-no-session")
class TransfersNothing(Retransfer):
    started = False

    def start_film(self, image: Image, deadline: Deadline) -> None:
        self.started = True
        super().start_film(image, deadline)

    def transfer(self, deadline: Deadline) -> None:
        if self.started or self.machine.film:
            super().transfer(deadline)


@breaks("film-of-this-session")
class TransfersAnotherSessionsFilm(Retransfer):
    def transfer(self, deadline: Deadline) -> None:
        if self.machine.film:
            self.film = "held"
        super().transfer(deadline)


@breaks("cleared-film-is-gone")
class ClearsNothing(Retransfer):
    def clear_film(self, deadline: Deadline) -> None:
        self.ask("clear_film", deadline, "wind")


@breaks("film-is-used-once")
class UsesTheFilmAgain(Retransfer):
    def transfer(self, deadline: Deadline) -> None:
        held = self.film
        super().transfer(deadline)
        self.film = held


@breaks("film-waits-for-its-image")
class WaitsForNothing(Retransfer):
    def await_film(self, deadline: Deadline) -> None:
        if self.film is not None:
            super().await_film(deadline)


@breaks("transfer-prints-once")
class PressesTwice(Retransfer):
    def transfer(self, deadline: Deadline) -> None:
        super().transfer(deadline)
        self.machine.press()


@breaks("direct-prints-once")
class PrintsTwice(Direct):
    def print_and_deliver(self, image: Image, deadline: Deadline) -> None:
        super().print_and_deliver(image, deadline)
        self.machine.prints += 1


@breaks("direct-needs-a-card")
class TakesOneIn(Direct):
    def print_and_deliver(self, image: Image, deadline: Deadline) -> None:
        if not self.machine.inside and not self.over.is_set():
            self.machine.take_in(Station.PRINT)
        super().print_and_deliver(image, deadline)


@breaks("whole-card-prints-once")
class SaysNothingOfIt(Whole):
    def print_card(self, image: Image, deadline: Deadline, tell: Tell = nobody) -> Any:
        super().print_card(image, deadline, tell)


@breaks("nothing-left-waiting")
class LeavesTheJob(Whole):
    def print_card(self, image: Image, deadline: Deadline, tell: Tell = nobody) -> Any:
        try:
            return super().print_card(image, deadline, tell)
        except PrinterFault:
            self.machine.waiting += Trouble.HOPPER_EMPTY in self.machine.troubles
            raise


# Cleaning


@breaks("cleaning-is-counted")
class CleansNothing(Direct):
    def clean(self, deadline: Deadline) -> None:
        self.need_card("clean", deadline, card=False)


@breaks("cleaning-needs-an-empty-machine")
class CleansOverACard(Direct):
    def clean(self, deadline: Deadline) -> None:
        self.ask("clean", deadline, "clean", self.machine.draw_through)


@breaks("waiting-is-told")
class WaitsInSilence(Whole):
    def print_card(self, image: Image, deadline: Deadline, tell: Tell = nobody) -> Any:
        try:
            return super().print_card(image, deadline, tell)
        except PrinterFault as fault:
            if Trouble.HOPPER_EMPTY in self.machine.troubles and self.over.wait(0.9 * deadline.remaining()):
                raise Disconnected(self.name, "print_card", "closed") from None
            raise fault
