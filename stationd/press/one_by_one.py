"""A direct printer without a reader inside, worked as a printer of whole cards: an officer feeds it one at a time.

The card that was written on the desk is laid alone into the feeder, and drawn in when it is to be printed.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.printer import (
    Capabilities,
    CardCounter,
    CardTransport,
    Completion,
    CounterKind,
    Counters,
    DirectPrinter,
    Identity,
    Image,
    Printer,
    PrinterFault,
    Reason,
    Station,
    Status,
    Supply,
    Tell,
    nobody,
)
from stationd.press.desk_line import WholeCardMachine
from stationd.press.gate import HARMLESS

DRAWING_IN = 60.0
"""Seconds that a machine may take to draw a card in."""

PUTTING_OUT = 20.0
"""Seconds kept of a call's time to put a card out that could not be printed, at most a quarter of them."""


class DirectMachine(Printer, CardTransport, DirectPrinter):
    """A printer that holds a card and prints on it while it goes out."""


class OneByOne(WholeCardMachine):
    """Such a printer, fed by hand. Calls raise as the machine's own do."""

    def __init__(self, machine: DirectMachine) -> None:
        self.machine = machine

    @property
    @override
    def capabilities(self) -> Capabilities:
        return self.machine.capabilities

    @property
    @override
    def identity(self) -> Identity:
        return self.machine.identity

    @override
    def status(self, deadline: Deadline) -> Status:
        """Ask the machine; that its feeder is empty is as it should be until a card is carried to it."""
        told = self.machine.status(deadline)
        return replace(told, conditions=tuple(c for c in told.conditions if c.reason is not Reason.MEDIA_EMPTY))

    @override
    def supplies(self, deadline: Deadline) -> tuple[Supply, ...]:
        return self.machine.supplies(deadline)

    @override
    def make_ready(self, image: Image) -> Image:
        return self.machine.make_ready(image)

    @override
    def print_card(self, image: Image, deadline: Deadline, tell: Tell = nobody) -> Completion:
        """Draw the card in and print it. One that was drawn in and not printed is put out, where the machine can.

        What keeps the machine from that fails the call at once: there is nothing to tell meanwhile.
        """
        for condition in self.status(deadline).conditions:
            if condition.reason not in HARMLESS:
                name = f"{self.identity.model} {self.identity.serial}"
                raise PrinterFault(name, "print_card", condition, may_have_acted=False)
        self.machine.feed(Station.PRINT, deadline.sooner(DRAWING_IN))
        try:
            kept = min(PUTTING_OUT, deadline.remaining() / 4)
            self.machine.print_and_deliver(image, Deadline(deadline.at - kept))
        except DeviceError as trouble:
            trouble.may_have_acted = True  # the card is not where it was, whatever became of its print
            with suppress(DeviceError):
                self.machine.deliver(deadline)
            raise
        return Completion.SEEN

    @override
    def close(self) -> None:
        self.machine.close()


class CountedMachine(DirectMachine, CardCounter):
    """One that counts, too."""


class CountedOneByOne(OneByOne, CardCounter):
    """One that counts cards: each that it draws in is one that it was to print, for it holds none for a reader."""

    def __init__(self, machine: CountedMachine) -> None:
        super().__init__(machine)
        self._counter = machine

    @override
    def counters(self, deadline: Deadline) -> Counters:
        return replace(self._counter.counters(deadline), kind=CounterKind.CARDS_PRINTED)
