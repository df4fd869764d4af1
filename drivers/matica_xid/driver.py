"""The Matica XID 8600 and 580: over-the-edge retransfer printers with a contact and a contactless station.

Facts are from `revk/cardprint` (notes, captures and code of an open driver); nothing here was run on a machine.
Choices where that source leaves one:

- **A card is fed with the film initialised.** The captured vendor's driver does so for every card, the open one never.
- **Motions answer when they are done** (no *immediate* flag), as in the open driver; film printing is immediate, as
  captured. What an answer claims of a card's place is then held against the position the machine reports.
- **`film_beside_chip`** says that the command set offers it: film prints with the immediate flag and the card is not
  needed until transfer. No capture shows the two together, so a station decides whether it uses this.
- **A reset is told, never waited out.** The machine reports it once; whoever sees it (a status query too) ends the
  film: `await_film` and `transfer` then refuse until an image is printed anew.
- **A card is turned over by a move to where it is**, with the flag for it; the captures have it with every position.
  Which side lies up no XID tells: that it turned is the word of the answer, so only an answer without a code counts.
- Polarity and rotation of panels: `models.turned`. Inferred fields: `scsi` and `words`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Final

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, DeviceError, StillBusy
from drivers.matica_xid import models, senses
from drivers.matica_xid.machine import Machine, Position, Sensed
from drivers.printer import (
    Capabilities,
    CardCounter,
    CardFlipper,
    CardTransport,
    Condition,
    Counters,
    EncodingStation,
    Identity,
    Image,
    Media,
    Panel,
    Printer,
    PrinterFault,
    Raster,
    Reason,
    RetransferPrinter,
    Station,
    Status,
    Supply,
)

_POSITIONS: Final = {
    Station.PRINT: Position.PRINT,
    Station.CONTACT: Position.CONTACT,
    Station.CONTACTLESS: Position.CONTACTLESS,
    Station.MAGNETIC: Position.MAGNETIC,
}
_STATIONS: Final = {position: station for station, position in _POSITIONS.items()}
_PANELS: Final = (Panel.YELLOW, Panel.MAGENTA, Panel.CYAN, Panel.BLACK, Panel.UV, Panel.OVERCOAT)
_COLOURS: Final = frozenset(_PANELS[:3])

# A busy machine is asked again soon at first (a short act is over in milliseconds), then ever less often.
_FIRST_POLL: Final = 0.01
_LONGEST_POLL: Final = 0.04
_POLL_GROWTH: Final = 1.5

# What may be reported while film is printed or held without putting the image in doubt.
_FILM_UNTOUCHED: Final = frozenset(
    {Reason.BUSY, Reason.MEDIA_EMPTY, Reason.WARMING_UP, Reason.OVERHEATED, Reason.BAD_COMMAND}
)


class _Film(Enum):
    """What this session knows of the film."""

    NOTHING = auto()
    BEGUN = auto()
    HOLDS_IMAGE = auto()


@dataclass(slots=True)
class _Call:
    """One call under way: what it is, and whether it has sent anything that moves or alters a card."""

    operation: str
    acted: bool = False


class MaticaXid(Printer, CardTransport, CardFlipper, CardCounter, EncodingStation, RetransferPrinter):
    """One machine in one session.

    Beside `drivers.errors` every call may raise `PrinterFault`, with `may_have_acted` False if the machine refused
    before anything moved: hopper empty, an unknown command, warming up, or any trouble found before the command was
    sent, except a reset.
    """

    def __init__(self, name: str, machine: Machine) -> None:
        self._name = name
        self._machine = machine
        self._film = _Film.NOTHING
        geometry = machine.geometry
        self._capabilities = Capabilities(
            raster=Raster(geometry.width, geometry.height, geometry.dpi, frozenset(_PANELS)),
            reject_bin=True,
            over_the_edge=True,
            film_beside_chip=True,
        )

    @property
    @override
    def capabilities(self) -> Capabilities:
        return self._capabilities

    @property
    @override
    def identity(self) -> Identity:
        return self._machine.identity

    @override
    def status(self, deadline: Deadline) -> Status:
        """Ask for the sense and, unless the machine is busy, the card's place: a busy one is not to be asked."""
        with self._during("status"):
            first = self._sense(deadline)
            if first is not None and first.reason is Reason.BUSY:
                return Status(Media.UNKNOWN, None, (first,))
            conditions: tuple[Condition, ...] = () if first is None else (first,)
            try:
                position = self._machine.position(deadline)
            except Sensed as answer:
                second = self._noted(answer.code)
                conditions += () if second in conditions else (second,)
                position, media = None, Media.UNKNOWN
            else:
                media = Media.NOT_PRESENT if position is None else Media.PRESENT
            if any(condition.reason is Reason.MEDIA_JAM for condition in conditions):
                media = Media.JAMMED
            return Status(media, None if position is None else _STATIONS.get(position), conditions)

    @override
    def counters(self, deadline: Deadline) -> Counters:
        """Read the counters: `cards` is the machine's *total*; the others are free, head, clean and error."""
        with self._during("counters"):
            return self._machine.counters(deadline)

    @override
    def supplies(self, deadline: Deadline) -> tuple[Supply, ...]:
        with self._during("supplies"):
            return self._machine.supplies(deadline)

    @override
    def feed(self, to: Station, deadline: Deadline) -> None:
        """Feed a card, with the film wound to a fresh area: an image that the film held is given up."""
        with self._during("feed") as call:
            self._await_ready(call, deadline, needs_cards=True)
            held = self._machine.position(deadline)
            if held is not None:
                raise self._refusal(call, f"position {held}", "a card is inside already")
            self._film = _Film.NOTHING
            load = partial(self._machine.load, _POSITIONS[to], deadline)
            self._send(call, load, settled_by_position={Reason.BUSY}, loads=True)
            self._confirm_at(call, _POSITIONS[to], deadline)

    @override
    def move(self, to: Station, deadline: Deadline) -> None:
        with self._during("move") as call:
            self._await_ready(call, deadline)
            self._require_card(call, deadline)
            self._move(call, _POSITIONS[to], deadline)
            self._confirm_at(call, _POSITIONS[to], deadline)

    @override
    def flip(self, deadline: Deadline) -> None:
        with self._during("flip") as call:
            self._await_ready(call, deadline)
            position = self._require_card(call, deadline)
            if position not in _STATIONS:
                raise self._refusal(call, f"position {position}", "the card is on its way out")
            self._send(call, lambda: self._machine.move(position, deadline, flip=True))
            self._confirm_at(call, position, deadline)

    @override
    def deliver(self, deadline: Deadline) -> None:
        with self._during("deliver") as call:
            self._expel(call, Position.EJECT, deadline)

    @override
    def reject(self, deadline: Deadline) -> None:
        with self._during("reject") as call:
            self._expel(call, Position.REJECT, deadline)

    @override
    def engage(self, at: Station, deadline: Deadline) -> None:
        with self._during("engage") as call:
            position = self._require_at_reader(call, at, deadline)
            self._send(call, lambda: self._machine.engage(position, deadline))
            self._await_ready(call, deadline)

    @override
    def release(self, at: Station, deadline: Deadline) -> None:
        with self._during("release") as call:
            position = self._require_at_reader(call, at, deadline)
            self._send(call, lambda: self._machine.release(position, deadline))
            self._await_ready(call, deadline)

    @override
    def clear_film(self, deadline: Deadline) -> None:
        """Move the card to where it is, with the film wound to a fresh area on the way, as a feed does."""
        with self._during("clear_film") as call:
            self._await_ready(call, deadline)
            position = self._require_card(call, deadline)
            self._film = _Film.NOTHING
            self._move(call, position, deadline, fresh_film=True)
            self._confirm_at(call, position, deadline)

    @override
    def start_film(self, image: Image, deadline: Deadline) -> None:
        """Upload every panel of the image and begin to print them to film, in one pass.

        Yellow, magenta and cyan are printed together: if one is given, those missing are sent blank.
        """
        with self._during("start_film") as call:
            if self._film is not _Film.NOTHING:
                raise self._refusal(call, "film", "the film already holds an image; transfer it or feed the next card")
            planes = self._planes(call, image)
            for panel, plane in planes.items():
                self._upload(call, panel, plane, deadline)
            self._await_ready(call, deadline)
            self._send(call, lambda: self._machine.print_film(planes, deadline))
            self._film = _Film.BEGUN

    @override
    def await_film(self, deadline: Deadline) -> None:
        with self._during("await_film") as call:
            if self._film is _Film.NOTHING:
                raise self._refusal(call, "film", "no image is being printed to film in this session")
            call.acted = True
            try:
                self._await_ready(call, deadline)
            except PrinterFault:
                self._film = _Film.NOTHING
                raise
            self._film = _Film.HOLDS_IMAGE

    @override
    def transfer(self, deadline: Deadline) -> None:
        """Transfer the film to the card, which is first moved to the printing station if it is held elsewhere."""
        with self._during("transfer") as call:
            if self._film is not _Film.HOLDS_IMAGE:
                raise self._refusal(call, "film", "the film is not known to hold an image printed in this session")
            self._await_ready(call, deadline)
            if self._require_card(call, deadline) is not Position.PRINT:
                self._move(call, Position.PRINT, deadline)
                self._confirm_at(call, Position.PRINT, deadline)
            self._film = _Film.NOTHING
            self._send(call, lambda: self._machine.transfer_and_return(deadline))
            self._confirm_at(call, Position.PRINT, deadline)

    @override
    def close(self) -> None:
        self._machine.close()

    @contextmanager
    def _during(self, operation: str) -> Iterator[_Call]:
        """Name the machine and the operation in whatever goes wrong, and turn an answer in sense codes into a fault."""
        call, started = _Call(operation), time.monotonic()
        try:
            yield call
        except Sensed as answer:
            raise self._fault(call, self._noted(answer.code)) from None
        except DeviceError as error:
            error.device, error.operation = self._name, operation
            if isinstance(error, DeadlinePassed):
                error.seconds = time.monotonic() - started
            if not isinstance(error, PrinterFault | StillBusy):
                self._film = _Film.NOTHING  # the session to the machine broke
            raise

    def _noted(self, code: int) -> Condition:
        """Return what a code reports, drawing its consequence for the film."""
        condition = senses.condition(code)
        if condition.reason not in _FILM_UNTOUCHED:
            self._film = _Film.NOTHING
        return condition

    def _sense(self, deadline: Deadline) -> Condition | None:
        code = self._machine.sense(deadline)
        return self._noted(code) if code else None

    def _fault(self, call: _Call, condition: Condition) -> PrinterFault:
        acted = call.acted or condition.reason is Reason.POWER_RESET
        return PrinterFault(self._name, call.operation, condition, may_have_acted=acted)

    def _refusal(self, call: _Call, code: str, text: str) -> PrinterFault:
        """Refuse, before anything is sent, what would not fit the state that the machine reports."""
        return PrinterFault(
            self._name, call.operation, Condition(Reason.BAD_COMMAND, code, text), may_have_acted=call.acted
        )

    def _await_ready(self, call: _Call, deadline: Deadline, *, needs_cards: bool = False) -> None:
        """Poll while the machine is busy, or, once it acts, warming up to act. Anything else it reports is a fault."""
        pause = _FIRST_POLL
        while True:
            condition = self._sense(deadline)
            if condition is None or (condition.reason is Reason.MEDIA_EMPTY and not needs_cards):
                return
            if condition.reason is not Reason.BUSY and not (call.acted and condition.reason is Reason.WARMING_UP):
                raise self._fault(call, condition)
            if deadline.remaining() < pause:
                if call.acted:
                    raise StillBusy(self._name, call.operation, 0.0)
                raise self._fault(call, condition)
            time.sleep(pause)
            pause = min(pause * _POLL_GROWTH, _LONGEST_POLL)

    def _send(
        self,
        call: _Call,
        command: Callable[[], None],
        *,
        settled_by_position: Collection[Reason] = (),
        loads: bool = False,
    ) -> None:
        """Send a command that acts; a refusal is a fault, unless the card's place will tell what happened."""
        before, call.acted = call.acted, True
        try:
            command()
        except Sensed as answer:
            condition = self._noted(answer.code)
            if condition.reason in settled_by_position:
                return
            call.acted = before or not senses.refused_unbegun(answer.code, load=loads)
            raise self._fault(call, condition) from None

    def _move(self, call: _Call, to: Position, deadline: Deadline, *, fresh_film: bool = False) -> None:
        # An empty hopper says nothing of a card that is inside.
        settled = {Reason.BUSY, Reason.MEDIA_EMPTY}
        self._send(call, lambda: self._machine.move(to, deadline, fresh_film=fresh_film), settled_by_position=settled)

    def _require_card(self, call: _Call, deadline: Deadline) -> Position:
        position = self._machine.position(deadline)
        if position is None:
            raise self._refusal(call, "no card", "there is no card inside")
        return position

    def _require_at_reader(self, call: _Call, at: Station, deadline: Deadline) -> Position:
        if at not in (Station.CONTACT, Station.CONTACTLESS):
            raise self._refusal(call, at, "there is no reader at that station")
        self._await_ready(call, deadline)
        position = self._require_card(call, deadline)
        if position is not _POSITIONS[at]:
            raise self._refusal(call, f"position {position}", f"the card is not at the {at} station")
        return position

    def _confirm_at(self, call: _Call, position: Position, deadline: Deadline) -> None:
        self._await_ready(call, deadline)
        seen = self._machine.position(deadline)
        if seen is not position:
            code, text = f"position {seen}", f"the machine answered, but the card is not seen at position {position}"
            raise self._fault(call, Condition(Reason.MECHANICAL, code, text))

    def _expel(self, call: _Call, to: Position, deadline: Deadline) -> None:
        self._await_ready(call, deadline)
        self._require_card(call, deadline)
        self._move(call, to, deadline)
        while True:
            self._await_ready(call, deadline)
            if self._machine.position(deadline) is None:
                return
            if deadline.remaining() < _LONGEST_POLL:
                raise DeadlinePassed(self._name, call.operation, 0.0)
            time.sleep(_LONGEST_POLL)

    def _planes(self, call: _Call, image: Image) -> dict[Panel, bytes]:
        raster = self._capabilities.raster
        size = raster.width * raster.height
        if (image.width, image.height) != (raster.width, raster.height) or not image.panels:
            wanted = f"the machine takes {raster.width} × {raster.height} pixels and at least one panel"
            raise self._refusal(call, f"{image.width} × {image.height}", wanted)
        if any(len(plane) != size for plane in image.panels.values()):
            raise self._refusal(call, "panel size", f"every panel must have {size} bytes")
        given = set(image.panels)
        wanted_panels = given | _COLOURS if given & _COLOURS else given
        return {panel: image.panels.get(panel, bytes(size)) for panel in _PANELS if panel in wanted_panels}

    def _upload(self, call: _Call, panel: Panel, plane: bytes, deadline: Deadline) -> None:
        """Send a panel, again while the machine is busy: image memory takes a repeat without harm."""
        turned = models.turned(self.identity.model, plane)
        while True:
            self._await_ready(call, deadline)
            try:
                return self._machine.upload(panel, turned, deadline)
            except Sensed as answer:
                condition = self._noted(answer.code)
                if condition.reason is not Reason.BUSY:
                    raise self._fault(call, condition) from None
