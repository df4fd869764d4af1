"""The Evolis Primacy and Zenius: direct-to-card printers with a contact and a contactless station.

Facts: the Programming Guide A5013 and the clients named in `protocol`; nothing here was run on a machine. Choices where
they leave one:

- **State.** The machine has status words (`evo-printers.h` of the vendor's SDK), but how a wire asks for them stands
  nowhere. So a state is put together from the card's place, the sensors of cover and feeder, the ribbon's mark and
  count, the cleaning reminder, and what an act answers. What a machine does not know how to tell is left out.
- **A card's place proves an act.** `OK` alone is not believed: after each movement the place is asked, and that
  between two askings for the serial number, so that a late `OK` cannot stand for anything (`link`).
- **Taking a card in and moving it is one command.** With a card inside, `Sic` and `Sis` move it, with none they take
  one in (`evolis.h` of the SDK). So the place is asked before, and the count of inserted cards must stay the same over
  a move. For the printing station the command is `Si`, of which the same is only supposed.
- **A panel is printed while the next one is sent**, the last one by `Se`, which also puts the card out (the Guide's
  example). That it printed is believed by an `OK` for each panel and for `Se`, an empty machine, and the count of
  printed panels.
- **`Sr` may be refused** by a machine with one side only; a Primacy's client does not send it.
- **The whole card is coated** where the image says nothing of the overcoat: dye without it rubs off.
- **A reset is told once**: the machine forgets `Pem;2` when it is switched off, so `Rem` tells. `Pem` is then set anew.
- **A cleaning is believed when it is counted.** `Scp` sees that there is no ribbon, draws a card five times to and fro
  and puts it out (the Guide). What is in the feeder is drawn in: a blank as well. So an empty machine is asked for
  before, and the count of cleanings (`Rco;n`) has to rise by one. A cover that is open, or a ribbon that is reported
  in place, is the machine's to refuse. Whether the cleaning card counts as an inserted card is not said anywhere.
- **At a reader's station the card is at its reader**: `Sic` and `Sis` bring it there, and contacts part with the next
  movement; no command lowers or lifts them. So `engage` and `release` make sure of the card's place and move nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, DeviceError
from drivers.evolis import answers, panels, pictures, protocol
from drivers.evolis.link import Link
from drivers.evolis.models import Model
from drivers.evolis.sensors import Sensors
from drivers.printer import (
    Capabilities,
    CardCounter,
    CardTransport,
    Cleanable,
    Cleanings,
    Condition,
    CounterKind,
    Counters,
    DirectPrinter,
    EncodingStation,
    Identity,
    Image,
    Media,
    Preparation,
    Printer,
    PrinterFault,
    Raster,
    Reason,
    Station,
    Status,
    Supply,
)

_SETTLING: Final = 3.0  # seconds a sensor or a counter may lag behind an `OK`
_POLL: Final = 0.1
_ANSWER: Final = (
    90.0  # seconds for a panel that has come, or the last one, to be answered, with a head that has to cool
)
_STOPS_PRINTING: Final = frozenset({Reason.COVER_OPEN, Reason.MARKER_SUPPLY_EMPTY})
_STOPS_FEEDING: Final = frozenset({Reason.COVER_OPEN, Reason.MEDIA_EMPTY})
_LEFT_IN_THE_FEEDER: Final = _STOPS_FEEDING | {
    Reason.OVERHEATED,
    Reason.CLEANING_DUE,
    Reason.MARKER_SUPPLY_EMPTY,
    Reason.REJECT_FULL,
    Reason.OUTPUT_AREA_FULL,
}  # for what a machine takes no card in; that it did not is seen
_STOPS_MOVING: Final = frozenset({Reason.COVER_OPEN})
_STOPS_CLEANING: Final = frozenset({Reason.COVER_OPEN, Reason.MEDIA_EMPTY, Reason.BAD_COMMAND})


@dataclass(slots=True)
class _Call:
    """One call under way: what it is, whether it has sent anything that moves or alters a card, and a remark.

    The remark is what the machine said of a movement instead of `OK`, which its sensors may still prove to be done.
    """

    operation: str
    acted: bool = False
    remark: Condition | None = None


class Evolis(Printer, CardTransport, CardCounter, EncodingStation, DirectPrinter, Cleanable):
    """One machine in one session.

    Beside `drivers.errors` every call may raise `PrinterFault`, with `may_have_acted` False if nothing moved: an
    unknown command, an empty feeder, an open cover, a hot head or the like where no card was taken in, or any trouble
    found before the command was sent, except a reset.
    """

    def __init__(
        self, name: str, link: Link, model: Model, identity: Identity, levels: int, sending: float = 0.0
    ) -> None:
        """Make the machine of a link that has met it.

        Args:
            name: for errors.
            link: the conversation.
            model: what it is.
            identity: what it told of itself.
            levels: of the colours: 32, 64 or 128.
            sending: seconds that a card's panels take on its cable, if that is worth counting.
        """
        self._name = name
        self._link = link
        self._model = model
        self._identity = identity
        self._levels = levels
        self._sensors = Sensors(link)
        self._capabilities = Capabilities(
            raster=Raster(panels.WIDTH, panels.HEIGHT, panels.DPI, pictures.PANELS),
            reject_bin=model.reject is not None,
            over_the_edge=False,
            film_beside_chip=False,
            sending=sending,
        )

    def take_over(self, deadline: Deadline) -> None:
        """Make the host manage errors, and learn what the machine can be asked. Raises `PrinterFault` if it refuses."""
        with self._during("open"):
            reply = self._link.ask(protocol.HOST_MANAGES, deadline)
            if not answers.done(reply):
                raise PrinterFault(self._name, "open", answers.condition(reply), may_have_acted=False)
            self._sensors.learn(deadline)

    @property
    @override
    def capabilities(self) -> Capabilities:
        return self._capabilities

    @property
    @override
    def identity(self) -> Identity:
        return self._identity

    @override
    def status(self, deadline: Deadline) -> Status:
        with self._during("status"):
            place = self._sensors.place(deadline)
            conditions = self._sensors.conditions(deadline)
            if place.media is Media.JAMMED:
                conditions = (answers.condition(place.word), *conditions)
            self._link.prove(deadline)
            return Status(place.media, place.station, conditions)

    @override
    def counters(self, deadline: Deadline) -> Counters:
        """Read the counters: `cards` counts those inserted; the others are printed panels and cleanings, where told."""
        with self._during("counters"):
            cards = self._sensors.fed(deadline)
            others = {
                name: count
                for name, question in (("panels", protocol.READ_PANELS), ("cleanings", protocol.READ_CLEANINGS))
                if (count := self._sensors.number(question, deadline)) is not None
            }
            self._link.prove(deadline)
            return Counters(CounterKind.CARDS_FED, cards, others)

    @override
    def supplies(self, deadline: Deadline) -> tuple[Supply, ...]:
        """Read how many cards the ribbon still prints: "not accurate", says the Guide; nothing else is told of it."""
        with self._during("supplies"):
            left = self._sensors.number(protocol.READ_RIBBON_LEFT, deadline)
            self._link.prove(deadline)
            return (Supply("ribbon YMCKO", left, None, None),)

    @override
    def feed(self, to: Station, deadline: Deadline) -> None:
        with self._during("feed") as call:
            command = self._command(call, to)
            self._require(call, _STOPS_FEEDING, deadline)
            self._require_empty(call, deadline)
            before = self._sensors.fed(deadline)
            try:
                self._act(call, command, deadline)
                self._confirm_at(call, to, deadline)
            except PrinterFault as fault:
                if fault.condition.reason in _LEFT_IN_THE_FEEDER:
                    fault.may_have_acted = not self._nothing_came(before, deadline)
                raise

    @override
    def move(self, to: Station, deadline: Deadline) -> None:
        with self._during("move") as call:
            self._bring(call, to, deadline)

    @override
    def deliver(self, deadline: Deadline) -> None:
        with self._during("deliver") as call:
            self._expel(call, protocol.EJECT, deadline)

    @override
    def reject(self, deadline: Deadline) -> None:
        """Put the card into the reject box; a model without one refuses."""
        with self._during("reject") as call:
            if self._model.reject is None:
                raise self._refusal(call, "no reject box", f"a {self._model.name} has no reject box")
            self._expel(call, self._model.reject, deadline)

    @override
    def engage(self, at: Station, deadline: Deadline) -> None:
        with self._during("engage") as call:
            self._require_at_reader(call, at, deadline)

    @override
    def release(self, at: Station, deadline: Deadline) -> None:
        with self._during("release") as call:
            self._require_at_reader(call, at, deadline)

    @override
    def print_and_deliver(self, image: Image, deadline: Deadline) -> None:
        """Print yellow, magenta, cyan, black and overcoat in this order; a panel that the image lacks is sent blank.

        A machine that gave up in between keeps the card inside. One that answers no more is not waited for to the
        deadline, which over a slow cable is far: each panel has its own.
        """
        with self._during("print_and_deliver") as call:
            try:
                downloads = pictures.downloads(image, self._levels)
            except pictures.Unfit as unfit:
                raise self._refusal(call, "image", str(unfit)) from None
            self._require(call, _STOPS_PRINTING, deadline)
            self._require_card(call, deadline)
            before = self._sensors.number(protocol.READ_PANELS, deadline)
            for command in (protocol.RIBBON, protocol.START):
                self._expect_done(call, self._link.ask(command, deadline))
            front = self._link.ask(protocol.FRONT, deadline)
            if answers.condition(front).reason is not Reason.BAD_COMMAND:
                self._expect_done(call, front)
            for panel, (levels, data) in downloads.items():
                call.acted = True
                on_its_way = self._capabilities.sending * len(data) / panels.card(self._levels)
                due = deadline.sooner(on_its_way + _ANSWER)
                self._expect_done(call, self._link.send_panel(panel, levels, data, due))
            self._expect_done(call, self._link.ask(protocol.EJECT, deadline.sooner(_ANSWER)))
            self._confirm_gone(call, deadline)
            if before is not None:
                self._confirm_printed(call, before, deadline)

    @property
    @override
    def preparations(self) -> tuple[Preparation, ...]:
        return (
            Preparation.BLANKS_OUT,
            Preparation.RIBBON_OUT,
            Preparation.CLEANING_CARD_IN,
            Preparation.COVER_CLOSED,
        )

    @override
    def cleanings(self, deadline: Deadline) -> Cleanings:
        """Read the count of cleanings and the reminder. How many cards since then the Guide has no word for."""
        with self._during("cleanings"):
            done, due = self._sensors.cleanings(deadline), self._sensors.dirty(deadline) is not None
            self._link.prove(deadline)
            return Cleanings(done, None, None, due)

    @override
    def clean(self, deadline: Deadline) -> None:
        with self._during("clean") as call:
            self._require(call, _STOPS_MOVING, deadline)
            self._require_empty(call, deadline)
            before, fed = self._sensors.cleanings(deadline), self._sensors.fed(deadline)
            try:
                self._act(call, protocol.CLEAN, deadline)
            except PrinterFault as fault:
                fault.condition = answers.of_cleaning(fault.condition)
                if fault.condition.reason in _STOPS_CLEANING:
                    fault.may_have_acted = not self._nothing_came(fed, deadline)
                raise
            self._confirm_gone(call, deadline)
            if (after := self._sensors.cleanings(deadline)) != before + 1:
                code = f"{protocol.READ_CLEANINGS} {before} {after}"
                raise self._fault(call, Condition(Reason.UNMAPPED, code, "the machine did not count one cleaning"))

    @override
    def make_ready(self, image: Image) -> Image:
        return pictures.ready(image, self._levels)

    @override
    def close(self) -> None:
        self._link.close()

    @contextmanager
    def _during(self, operation: str) -> Iterator[_Call]:
        """Name the machine and the operation in whatever goes wrong."""
        call, started = _Call(operation), time.monotonic()
        try:
            yield call
        except DeviceError as error:
            error.device, error.operation = self._name, operation
            if isinstance(error, DeadlinePassed):
                error.seconds = time.monotonic() - started
            if call.acted and not isinstance(error, PrinterFault):
                error.may_have_acted = True
            raise

    def _refusal(self, call: _Call, code: str, text: str) -> PrinterFault:
        """Refuse, before anything is sent, what would not fit the state that the machine reports."""
        return self._fault(call, Condition(Reason.BAD_COMMAND, code, text))

    def _fault(self, call: _Call, condition: Condition) -> PrinterFault:
        acted = call.acted or condition.reason is Reason.POWER_RESET
        return PrinterFault(self._name, call.operation, condition, may_have_acted=acted)

    def _not_seen(self, call: _Call, word: str, text: str) -> Condition:
        """What to say of a movement that cannot be seen: what the machine remarked is its cause."""
        if call.remark is None:
            return Condition(Reason.MECHANICAL, word, text)
        return Condition(call.remark.reason, call.remark.code, f"{text}: {call.remark.text}")

    def _require(self, call: _Call, stops: frozenset[Reason], deadline: Deadline) -> None:
        """Refuse to begin with what would stop it, or after a reset."""
        for condition in self._sensors.conditions(deadline, stops):
            if condition.reason in stops or condition.reason is Reason.POWER_RESET:
                raise self._fault(call, condition)

    def _require_empty(self, call: _Call, deadline: Deadline) -> None:
        place = self._sensors.place(deadline)
        if place.media is not Media.NOT_PRESENT:
            raise self._refusal(call, place.word, "a card is inside already")

    def _require_card(self, call: _Call, deadline: Deadline) -> Station | None:
        place = self._sensors.place(deadline)
        if place.media is Media.JAMMED:
            raise self._fault(call, answers.condition(place.word))
        if place.media is not Media.PRESENT:
            raise self._refusal(call, place.word, "there is no card inside")
        return place.station

    def _require_at_reader(self, call: _Call, at: Station, deadline: Deadline) -> None:
        if at not in (Station.CONTACT, Station.CONTACTLESS):
            raise self._refusal(call, at, f"there is no reader at the {at} station")
        held = self._require_card(call, deadline)
        if held is not at:
            raise self._refusal(call, str(held), f"the card is not at the {at} station")

    def _command(self, call: _Call, to: Station) -> str:
        if to not in protocol.INSERT:
            raise self._refusal(call, to, f"this driver cannot hold a card at the {to} station")
        return protocol.INSERT[to]

    def _bring(self, call: _Call, to: Station, deadline: Deadline) -> None:
        """Move the card that is inside."""
        command = self._command(call, to)
        self._require(call, _STOPS_MOVING, deadline)
        self._require_card(call, deadline)
        before = self._sensors.fed(deadline)
        self._act(call, command, deadline)
        self._confirm_at(call, to, deadline)
        if (after := self._sensors.fed(deadline)) != before:
            code = f"{protocol.READ_CARDS} {before} {after}"
            raise self._fault(call, Condition(Reason.MECHANICAL, code, "another card was taken in"))

    def _expel(self, call: _Call, command: str, deadline: Deadline) -> None:
        self._require(call, _STOPS_MOVING, deadline)
        self._require_card(call, deadline)
        self._act(call, command, deadline)
        self._confirm_gone(call, deadline)

    def _act(self, call: _Call, command: str, deadline: Deadline) -> None:
        """Send a command that moves the card. That a cleaning is due is said of a movement that was done."""
        before, call.acted = call.acted, True
        reply = self._link.ask(command, deadline)
        if answers.done(reply):
            return
        if answers.condition(reply).reason is Reason.CLEANING_DUE:
            call.remark = answers.condition(reply)
            return
        if answers.condition(reply).reason is Reason.BAD_COMMAND:
            call.acted = before
        raise self._fault(call, answers.condition(reply))

    def _expect_done(self, call: _Call, reply: str) -> None:
        if not answers.done(reply):
            raise self._fault(call, answers.condition(reply))

    def _confirm_at(self, call: _Call, to: Station, deadline: Deadline) -> None:
        place = self._sensors.place(deadline)
        settled = deadline.sooner(_SETTLING)
        while place.station is not to:
            if settled.passed:
                text = f"the card is not at the {to} station where it was sent"
                raise self._fault(call, self._not_seen(call, place.word, text))
            time.sleep(_POLL)
            place = self._sensors.place(deadline)

    def _confirm_gone(self, call: _Call, deadline: Deadline) -> None:
        settled = deadline.sooner(_SETTLING)
        while (place := self._sensors.place(deadline)).media is not Media.NOT_PRESENT:
            if settled.passed:
                raise self._fault(call, self._not_seen(call, place.word, "the card is still inside"))
            time.sleep(_POLL)

    def _confirm_printed(self, call: _Call, before: int, deadline: Deadline) -> None:
        settled = deadline.sooner(_SETTLING)
        while (after := self._sensors.number(protocol.READ_PANELS, deadline)) is None or after <= before:
            if settled.passed:
                code = f"{protocol.READ_PANELS} {before} {after}"
                raise self._fault(call, Condition(Reason.UNMAPPED, code, "the card went out, but no panel was counted"))
            time.sleep(_POLL)
        self._link.prove(deadline)

    def _nothing_came(self, before: int, deadline: Deadline) -> bool:
        """True if the machine is seen to be empty and to have counted no card."""
        with suppress(DeviceError):
            return self._sensors.fed(deadline) == before and self._sensors.place(deadline).media is Media.NOT_PRESENT
        return False
