"""Lines whose printer has the reader inside: the card stays in the machine from its feeding to its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import Connection, Encoder
from drivers.printer import (
    CardTransport,
    DirectPrinter,
    EncodingStation,
    Image,
    Media,
    Printer,
    RetransferPrinter,
    Station,
)
from stationd.model.issuance import Step
from stationd.press.bench import Act, Bench, Sight, await_empty
from stationd.press.desk_line import A_PERSON, Person

PRINTING = 180.0
"""Seconds that a direct printer may take for one card once it has its picture."""


class InlinePrinter(Printer, CardTransport, EncodingStation):
    """A printer that can hold a card at a reader inside."""


class InlineRetransfer(InlinePrinter, RetransferPrinter):
    """One that prints to film first."""


class InlineDirect(InlinePrinter, DirectPrinter):
    """One that prints on the card itself, on its way out."""


@dataclass
class InlineBench(Bench):
    """What both kinds share."""

    printer: InlinePrinter
    encoder: Encoder
    _engaged: bool = field(default=False, init=False, repr=False)

    @override
    def acts(self) -> dict[Step, Act]:
        return {Step.DELIVER: self._deliver, Step.RETURN: self._deliver, Step.REJECT: self._reject}

    def _deliver(self, _: Image, deadline: Deadline) -> None:
        self.release(deadline)
        self.printer.deliver(deadline)

    def _reject(self, _: Image, deadline: Deadline) -> None:
        self.release(deadline)
        self.printer.reject(deadline)

    @override
    def clear_reader(self, deadline: Deadline) -> None:
        self.release(deadline)
        await_empty(self.encoder, deadline)

    @override
    def engage(self, deadline: Deadline) -> Connection:
        self._engaged = True
        self.printer.engage(Station.CONTACTLESS, deadline)
        self._connection = self.encoder.connect(deadline)
        return self._connection

    @override
    def release(self, deadline: Deadline) -> None:
        """End the session with the chip and part card and reader, if they are together.

        That the reader is empty then is seen before the next card is engaged: readers take some 0.4 s to notice.
        """
        self._end_session()
        if self._engaged:
            self._part(deadline)
            self._engaged = False

    def _part(self, deadline: Deadline) -> None:
        self.printer.release(Station.CONTACTLESS, deadline)

    @override
    def look_for_card(self, deadline: Deadline, *, printed: bool) -> Sight:
        status = self.printer.status(deadline)
        if status.media is not Media.PRESENT:
            return Sight(False if status.media is Media.NOT_PRESENT else None)
        if status.station is Station.CONTACTLESS:
            self._engaged = True  # an interrupted session may have left card and reader together
            self.release(deadline)
        self._forget_print(deadline, printed=printed)
        return Sight(inside=True)

    def _forget_print(self, deadline: Deadline, *, printed: bool) -> None:
        """See that nothing printed in an earlier session reaches the card."""

    @override
    def reader_trouble(self, deadline: Deadline) -> None:
        self.encoder.card_present(deadline)

    @override
    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self.encoder.close()
        self.printer.close()


@dataclass
class RetransferBench(InlineBench):
    """A retransfer printer: printed to film beside or after the chip, transferred, made live, delivered."""

    printer: InlineRetransfer

    @override
    def acts(self) -> dict[Step, Act]:
        return {
            **super().acts(),
            Step.FEED: lambda _, deadline: self.printer.feed(Station.CONTACTLESS, deadline),
            Step.FILM: self.printer.start_film,
            Step.TRANSFER: self._transfer,
        }

    def _transfer(self, _: Image, deadline: Deadline) -> None:
        self.release(deadline)
        self.printer.transfer(deadline)

    def await_film(self, deadline: Deadline) -> None:
        """Wait until the film that was begun holds its picture."""
        self.printer.await_film(deadline)

    @override
    def approach(self, deadline: Deadline) -> None:
        if self.printer.status(deadline).station is not Station.CONTACTLESS:
            self.printer.move(Station.CONTACTLESS, deadline)

    @override
    def _forget_print(self, deadline: Deadline, *, printed: bool) -> None:
        if not printed:
            self.printer.clear_film(deadline)


@dataclass
class DirectBench(InlineBench):
    """A direct printer: the card waits apart from the reader, and is printed while it goes out.

    Attributes:
        person: puts the spoiled cards of a machine without a reject bin aside.
    """

    printer: InlineDirect
    person: Person

    @override
    def acts(self) -> dict[Step, Act]:
        by_hand: dict[Step, Act] = {} if self.printer.capabilities.reject_bin else {Step.REJECT: self._reject_by_hand}
        return {
            **super().acts(),
            **by_hand,
            Step.FEED: lambda _, deadline: self.printer.feed(Station.PRINT, deadline),
            Step.PRINT: self._print,
        }

    @property
    @override
    def patience(self) -> Mapping[Step, float]:
        can = self.printer.capabilities
        by_hand = {} if can.reject_bin else {Step.REJECT: A_PERSON}
        return {Step.PRINT: PRINTING + can.sending, **by_hand}

    def _print(self, image: Image, deadline: Deadline) -> None:
        self.release(deadline)
        self.printer.print_and_deliver(image, deadline)

    def _reject_by_hand(self, image: Image, deadline: Deadline) -> None:
        """Put the card out, and have it laid with the spoiled ones. Asked again, it may be out already."""
        if self.printer.status(deadline).media is not Media.NOT_PRESENT:
            self._deliver(image, deadline)
        self.person.carry("card-into-reject-bin", deadline)

    @override
    def approach(self, deadline: Deadline) -> None:
        self._engaged = True  # from here on the reader sees it
        self.printer.move(Station.CONTACTLESS, deadline)

    @override
    def _part(self, deadline: Deadline) -> None:
        super()._part(deadline)
        self.printer.move(Station.PRINT, deadline)
