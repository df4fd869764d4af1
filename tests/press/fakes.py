"""A printer and an encoder without wires, for what the press decides. The chip is the simulated lab card's."""

from __future__ import annotations

from collections.abc import Callable

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import CardType, Connection, Encoder, NoCard, Response, ServiceGone, Uid
from drivers.errors import DeadlinePassed, Disconnected
from drivers.printer import (
    Capabilities,
    CardCounter,
    Condition,
    CounterKind,
    Counters,
    Identity,
    Image,
    Media,
    Panel,
    PrinterFault,
    Raster,
    Reason,
    Station,
    Status,
    Supply,
)
from simulators.devices.chip_iso7816 import CHIPS, Iso7816Chip
from stationd.press.inline import InlineRetransfer

RASTER = Raster(1036, 664, 300, frozenset({Panel.YELLOW, Panel.MAGENTA, Panel.CYAN, Panel.BLACK}))


def condition(reason: Reason) -> Condition:
    return Condition(reason, "TEST", reason)


def declined(reason: Reason) -> PrinterFault:
    return PrinterFault("fake", "test", condition(reason), may_have_acted=False)


def vanished() -> Disconnected:
    return Disconnected("fake", "test", "cable")


class Killed(BaseException):
    """The daemon is gone in this very moment."""


class Now:
    """Counts moments, and ends the daemon at one of them: before or after a device has acted."""

    def __init__(self) -> None:
        self.moments = 0
        self.last: int | None = None

    def moment(self) -> None:
        self.moments += 1
        if self.moments == self.last:
            raise Killed


class FakePrinter(InlineRetransfer, CardCounter):
    """Remembers what was asked. `trouble` maps a call to what it raises, once each."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.trouble: dict[str, list[Exception]] = {}
        self.conditions: tuple[Condition, ...] = ()
        self.chip: Iso7816Chip | None = None
        self.new_chip: Callable[[], Iso7816Chip] = lambda: CHIPS.blank("04A1B2C3D4E5F6", "wni")
        self.engaged = False
        self.fed = 0
        self.output: list[Iso7816Chip] = []
        self.rejected: list[Iso7816Chip] = []
        self.at: Station | None = None
        self.film: str = ""
        self.printed: dict[int, str] = {}
        self.now = Now()

    def _do(self, call: str) -> None:
        self.calls.append(call)
        self.now.moment()
        if self.trouble.get(call):
            raise self.trouble[call].pop(0)

    def _out(self) -> Iso7816Chip:
        chip, self.chip = self.chip, None
        assert chip is not None, "no card is inside"
        return chip

    @property
    @override
    def capabilities(self) -> Capabilities:
        return Capabilities(RASTER, reject_bin=True, over_the_edge=True, film_beside_chip=True)

    @property
    @override
    def identity(self) -> Identity:
        return Identity("Fake", "F-1", "0001", "1.0")

    @override
    def status(self, deadline: Deadline) -> Status:
        return Status(Media.PRESENT if self.chip else Media.NOT_PRESENT, self.at, self.conditions)

    @override
    def counters(self, deadline: Deadline) -> Counters:
        return Counters(CounterKind.CARDS_TOTAL, self.fed, {})

    @override
    def supplies(self, deadline: Deadline) -> tuple[Supply, ...]:
        return ()

    @override
    def feed(self, to: Station, deadline: Deadline) -> None:
        self._do("feed")
        assert self.chip is None
        self.chip = self.new_chip()
        self.fed += 1
        self.film = ""
        self.at = to
        self.now.moment()

    @override
    def move(self, to: Station, deadline: Deadline) -> None:
        assert not self.engaged, "a card cannot be moved while a reader holds it"
        self._do("move")
        self.at = to
        self.now.moment()

    @override
    def deliver(self, deadline: Deadline) -> None:
        self._do("deliver")
        self.output.append(self._out())
        self.now.moment()

    @override
    def reject(self, deadline: Deadline) -> None:
        self._do("reject")
        self.rejected.append(self._out())
        self.now.moment()

    @override
    def engage(self, at: Station, deadline: Deadline) -> None:
        self._do("engage")
        self.engaged = True
        self.now.moment()

    @override
    def release(self, at: Station, deadline: Deadline) -> None:
        self._do("release")
        self.engaged = False

    @override
    def clear_film(self, deadline: Deadline) -> None:
        self._do("clear_film")
        assert not self.engaged
        self.film = ""

    @override
    def start_film(self, image: Image, deadline: Deadline) -> None:
        self._do("start_film")
        assert not self.film, "printed over an image that the film held"
        self.film = str(len(image.panels))
        self.now.moment()

    @override
    def await_film(self, deadline: Deadline) -> None:
        self._do("await_film")

    @override
    def transfer(self, deadline: Deadline) -> None:
        self._do("transfer")
        assert self.film, "transferred a clean film"
        assert id(self.chip) not in self.printed, "printed twice on one card"
        self.printed[id(self.chip)] = self.film
        self.film = ""
        self.at = Station.PRINT
        self.now.moment()

    @override
    def close(self) -> None:
        self.calls.append("close")


class FakeConnection(Connection):
    def __init__(self, encoder: FakeEncoder, chip: Iso7816Chip) -> None:
        self._encoder = encoder
        self._chip = chip
        self._atr = chip.power_on()

    @property
    @override
    def atr(self) -> bytes:
        return self._atr

    @property
    @override
    def uid(self) -> Uid | None:
        return None

    @property
    @override
    def card_type(self) -> CardType:
        return CardType.TYPE_A

    @override
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        self._encoder.sent += 1
        self._encoder.now.moment()
        if self._encoder.sent in self._encoder.trouble:
            raise self._encoder.trouble[self._encoder.sent]
        answer = self._chip.process(apdu)
        self._encoder.now.moment()
        return Response(answer[:-2], int.from_bytes(answer[-2:], "big"))

    @override
    def close(self) -> None:
        self._chip.power_off()


class FakeEncoder(Encoder):
    """Sees the printer's card while it is engaged. `trouble` maps the number of a command to what it raises."""

    def __init__(self, printer: FakePrinter) -> None:
        self._printer = printer
        self.sent = 0
        self.now = printer.now
        self.trouble: dict[int, Exception] = {}
        self.blind = False
        self.gone = False
        self.foreign_card = False

    @property
    @override
    def name(self) -> str:
        return "fake reader"

    @override
    def card_present(self, deadline: Deadline) -> bool:
        if self.gone:
            raise ServiceGone(self.name, "look")
        return self.foreign_card or (self._printer.engaged and self._printer.chip is not None)

    @override
    def connect(self, deadline: Deadline) -> Connection:
        if self.blind or not self.card_present(deadline) or self._printer.chip is None:
            raise NoCard(self.name, "connect")
        return FakeConnection(self, self._printer.chip)

    @override
    def await_empty(self, deadline: Deadline) -> None:
        if self.card_present(deadline):
            raise DeadlinePassed(self.name, "await empty", 3.0)

    @override
    def close(self) -> None:
        self._printer.calls.append("close encoder")
