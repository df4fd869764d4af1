"""A direct printer, and one that makes whole cards, without wires; and an officer who carries cards between them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, Disconnected
from drivers.printer import (
    Capabilities,
    CardCounter,
    Completion,
    Condition,
    CounterKind,
    Counters,
    Identity,
    Image,
    Media,
    Reason,
    Station,
    Status,
    Supply,
    Tell,
    nobody,
)
from simulators.devices.chip_iso7816 import CHIPS, Iso7816Chip
from stationd.press.desk_line import WholeCardMachine
from stationd.press.inline import InlineDirect
from stationd.press.line import Line
from tests.press.fakes import RASTER, Now, declined


class FakeDirect(InlineDirect):
    """The reader inside sees its card while it stands at the contactless station."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.now = Now()
        self.trouble: dict[str, list[Exception]] = {}
        self.chip: Iso7816Chip | None = None
        self.at: Station | None = None
        self.fed = 0
        self.output: list[Iso7816Chip] = []
        self.rejected: list[Iso7816Chip] = []
        self.printed: list[int] = []
        self.sending = 0.0
        self.reject_bin = True
        self.times_to_print: list[float] = []

    @property
    def engaged(self) -> bool:
        return self.at is Station.CONTACTLESS

    def _do(self, call: str) -> None:
        self.calls.append(call)
        self.now.moment()
        if self.trouble.get(call):
            raise self.trouble[call].pop(0)

    def _out(self) -> Iso7816Chip:
        chip, self.chip, self.at = self.chip, None, None
        assert chip is not None, "no card is inside"
        return chip

    @property
    @override
    def capabilities(self) -> Capabilities:
        return Capabilities(RASTER, self.reject_bin, over_the_edge=False, film_beside_chip=False, sending=self.sending)

    @property
    @override
    def identity(self) -> Identity:
        return Identity("Fake", "D-1", "0002", "1.0")

    @override
    def status(self, deadline: Deadline) -> Status:
        return Status(Media.PRESENT if self.chip else Media.NOT_PRESENT, self.at, ())

    @override
    def supplies(self, deadline: Deadline) -> tuple[Supply, ...]:
        return ()

    @override
    def feed(self, to: Station, deadline: Deadline) -> None:
        self._do("feed")
        assert self.chip is None
        self.chip, self.at = CHIPS.blank("04A1B2C3D4E5F6", "wni"), to
        self.fed += 1
        self.now.moment()

    @override
    def move(self, to: Station, deadline: Deadline) -> None:
        self._do("move")
        self.at = to

    @override
    def engage(self, at: Station, deadline: Deadline) -> None:
        self._do("engage")

    @override
    def release(self, at: Station, deadline: Deadline) -> None:
        self._do("release")

    @override
    def deliver(self, deadline: Deadline) -> None:
        self._do("deliver")
        self.output.append(self._out())

    @override
    def reject(self, deadline: Deadline) -> None:
        self._do("reject")
        self.rejected.append(self._out())
        self.now.moment()

    @override
    def print_and_deliver(self, image: Image, deadline: Deadline) -> None:
        self.times_to_print.append(deadline.remaining())
        self._do("print")
        chip = self._out()
        self.printed.append(id(chip))
        self.output.append(chip)
        self.now.moment()

    @override
    def close(self) -> None:
        self.calls.append("close")


class FakeFed(FakeDirect, CardCounter):
    """One whose feeder takes what is laid into it, and which has no reader inside."""

    def __init__(self) -> None:
        super().__init__()
        self.slot: Iso7816Chip | None = None

    @override
    def status(self, deadline: Deadline) -> Status:
        empty = Condition(Reason.MEDIA_EMPTY, "0", "the feeder is empty")
        return Status(Media.PRESENT if self.chip else Media.NOT_PRESENT, self.at, () if self.slot else (empty,))

    @override
    def feed(self, to: Station, deadline: Deadline) -> None:
        self._do("feed")
        if self.slot is None:
            raise declined(Reason.MEDIA_EMPTY)
        self.chip, self.at, self.slot = self.slot, to, None
        self.fed += 1

    @override
    def counters(self, deadline: Deadline) -> Counters:
        return Counters(CounterKind.CARDS_FED, self.fed, {})


class FakeWhole(WholeCardMachine):
    """Prints what lies in its slot."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.trouble: dict[str, list[Exception]] = {}
        self.slot: Iso7816Chip | None = None
        self.output: list[Iso7816Chip] = []
        self.conditions: tuple[Condition, ...] = ()
        self.reports: list[tuple[tuple[Condition, ...], threading.Event]] = []

    @property
    @override
    def capabilities(self) -> Capabilities:
        return Capabilities(RASTER, reject_bin=False, over_the_edge=False, film_beside_chip=False)

    @property
    @override
    def identity(self) -> Identity:
        return Identity("Fake", "W-1", "0003", "1.0")

    @override
    def status(self, deadline: Deadline) -> Status:
        return Status(Media.UNKNOWN, None, self.conditions)

    @override
    def supplies(self, deadline: Deadline) -> tuple[Supply, ...]:
        return ()

    @override
    def print_card(self, image: Image, deadline: Deadline, tell: Tell = nobody) -> Completion:
        self.calls.append("print")
        for reported, mended in self.reports:
            tell(reported)
            mended.wait(20)
        if self.trouble.get("print"):
            raise self.trouble["print"].pop(0)
        if self.slot is None:
            raise declined(Reason.MEDIA_EMPTY)
        self.output.append(self.slot)
        self.slot = None
        return Completion.SAID

    @override
    def close(self) -> None:
        self.calls.append("close")


class CountingWhole(FakeWhole, CardCounter):
    """One that also counts what it prints."""

    @override
    def counters(self, deadline: Deadline) -> Counters:
        return Counters(CounterKind.CARDS_PRINTED, len(self.output), {})


class Surface:
    """The desk reader's surface, as a fake encoder looks at it."""

    def __init__(self) -> None:
        self.chip: Iso7816Chip | None = None
        self.engaged = True
        self.calls: list[str] = []
        self.now = Now()


class Officer:
    """Does what a desk line asks for, when it asks.

    Args:
        line: that asks.
        surface: of the desk reader.
        printer: into which encoded cards go.
    """

    def __init__(self, line: Line, surface: Surface, printer: FakeWhole | FakeFed) -> None:
        self._line = line
        self._surface = surface
        self._printer = printer
        self.blank: Callable[[], Iso7816Chip] = lambda: CHIPS.blank("04A1B2C3D4E5F6", "wni")
        self.rejected: list[Iso7816Chip] = []
        self.returned: list[Iso7816Chip] = []
        self.aside: list[Iso7816Chip] = []
        self.asked: list[str] = []

    def look(self) -> None:
        """Read the line's status and do what it asks for."""
        cause = self._line.status.cause
        if not self.asked or self.asked[-1] != cause:
            self.asked.append(cause)
        match cause:
            case "blank-wanted-on-desk" if self._surface.chip is None:
                self._surface.chip = self.blank()
            case "card-into-printer" if self._surface.chip is not None:
                self._printer.slot, self._surface.chip = self._surface.chip, None
                self._line.go_on()
            case "card-into-reject-bin" if self._surface.chip is not None:
                self.rejected.append(self._surface.chip)
                self._surface.chip = None
                self._line.go_on()
            case "unfit-blank-aside" if self._surface.chip is not None:
                self.aside.append(self._surface.chip)
                self._surface.chip = None
                self._line.go_on()
            case "blank-back-to-stack" if self._surface.chip is not None:
                self.returned.append(self._surface.chip)
                self._surface.chip = None
                self._line.go_on()


def silence() -> DeadlinePassed:
    return DeadlinePassed("fake", "print", 1.0)


def cable() -> Disconnected:
    return Disconnected("fake", "print", "cable")
