"""The encoder interface over a PN532.

The fence. A PN532 that has begun an exchange with a card may end it at any time. When an answer is not there at its
deadline, the exchange is ended, the field switched off, and the PN532 has to answer both: then the card has no power,
and nothing sent before can reach it. Until that was heard nothing else is done. Each fence begins a generation; a
connection does not outlive the one it was made in.

The one card. Each session begins with the field off and on, and with a look for two cards of type A and two of type B.
A look drops the cards found before: a single card of type B is looked for once more before it is spoken to.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Final

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import (
    SHORT,
    ApduLimits,
    CardMute,
    CardRemoved,
    CardReset,
    CardType,
    Connection,
    Encoder,
    NoCard,
    NoChipCard,
    ReaderGone,
    SeveralCards,
    Uid,
)
from drivers.errors import DeadlinePassed, DeviceError, Disconnected, NotUnderstood, WrongDevice
from drivers.pn532 import cards, commands
from drivers.pn532.commands import Code, Firmware, Status, Target, TargetA
from drivers.pn532.link import Link
from drivers.reader_sessions import SW_BYTES, ReaderSession

_ASIDE: Final = 0.4  # seconds that a look or a fence may take, whatever is left of the deadline
_CLOSE: Final = 1.0
_PAUSE: Final = 0.05  # between two looks
_FIELD_PAUSE: Final = 0.01  # a card forgets all when it has had no field for 5 ms (ISO/IEC 14443-3, 6.2.4)
_LONGEST_ANSWER: Final = SHORT.answer + SW_BYTES
_TARGET: Final = bytes((1,))


class Pn532Encoder(Encoder):
    """One PN532. One thread calls; `close` may come from any."""

    def __init__(self, link: Link, device: str, where: str, deadline: Deadline) -> None:
        """Come into step with it and switch its field off.

        Args:
            link: to it.
            device: for errors.
            where: the port, for its name.
            deadline: for all of it.

        Raises:
            WrongDevice: it is another chip.
            DeviceError: it does not answer.
        """
        self._link = link
        self._device = device
        self._generation = 0
        self._session = 0
        self._active = False
        self._closed = False
        self._calling = threading.Lock()
        self._firmware = self._recovered(deadline, "open")
        self._name = f"PN532 {self._firmware.version}.{self._firmware.revision} {where}"

    @property
    @override
    def name(self) -> str:
        return self._name

    @property
    def generation(self) -> int:
        """How many times it has been fenced off, counting its opening."""
        return self._generation

    @override
    def card_present(self, deadline: Deadline) -> bool:
        with self._calling:
            return self._sees("look for a card", deadline)

    @override
    def connect(self, deadline: Deadline) -> Connection:
        with self._calling:
            while (target := self._only_card(deadline, "connect")) is None:
                self._pause(deadline, NoCard(self._device, "connect"))
                if deadline.passed:  # it was looked, and nothing lay there
                    raise NoCard(self._device, "connect")
            self._session += 1
            self._active = True
            return Pn532Connection(self, self._device, self._session, target)

    @override
    def await_empty(self, deadline: Deadline) -> None:
        started = time.monotonic()
        with self._calling:
            while self._sees("wait until empty", deadline):
                self._pause(deadline, DeadlinePassed(self._device, "wait until empty", time.monotonic() - started))

    @override
    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        # A call under way is cut off. Its card keeps the field until the port is opened again, which ends all sessions.
        if self._calling.acquire(blocking=False):
            with suppress(DeviceError):
                if self._link.in_step:
                    self._command(Code.RF_CONFIGURATION, commands.FIELD_OFF, Deadline.after(_CLOSE), "close")
            self._calling.release()
        self._link.close()

    def exchange(self, session: int, apdu: bytes, deadline: Deadline) -> bytes:
        """Send a command APDU to the card of that session, if it is still the session; return the response APDU."""
        with self._calling:
            if session != self._session or not self._active:
                raise CardReset(self._device, "transmit")
            try:
                return self._exchanged(apdu, deadline)
            except DeviceError as error:
                self._active = False
                raise self._after(error, deadline) from error

    def release(self, session: int) -> None:
        """End that session, if it is still the session, and switch the field off. Never raises."""
        with self._calling:
            if session == self._session and self._active and not self._closed:
                self._active = False
                with suppress(DeviceError):
                    deadline = Deadline.after(_CLOSE)
                    self._command(Code.IN_RELEASE, commands.ALL, deadline, "disconnect")
                    self._command(Code.RF_CONFIGURATION, commands.FIELD_OFF, deadline, "disconnect")

    def _exchanged(self, apdu: bytes, deadline: Deadline) -> bytes:
        answer, part = b"", apdu
        while True:
            data = self._command(Code.IN_DATA_EXCHANGE, _TARGET + part, deadline, "transmit")
            status = self._status(data, "transmit")
            if status.error:
                raise self._failed(status)
            answer, part = answer + data[1:], b""
            if len(answer) > _LONGEST_ANSWER:
                told = f"at most {_LONGEST_ANSWER} bytes of answer; {len(answer)} came"
                raise NotUnderstood(self._device, "transmit", b"", told)
            if not status.more:
                break
        if len(answer) < SW_BYTES:
            raise Disconnected(self._device, "transmit", f"an answer of {len(answer)} bytes, where two are the least")
        return answer

    def _failed(self, status: Status) -> DeviceError:
        if status.error == commands.TIMEOUT:
            return CardMute(self._device, "transmit")
        if status.gone:
            return CardRemoved(self._device, "transmit")
        if status.not_activated:
            return CardReset(self._device, "transmit")
        return Disconnected(self._device, "transmit", status.text)

    def _after(self, error: DeviceError, deadline: Deadline) -> DeviceError:
        """Fence the card off after a failed exchange, and say what the failure was: silence has two reasons."""
        aside = _at_least(deadline)
        if isinstance(error, ReaderGone) or self._closed:
            return error
        try:
            if not self._link.in_step:
                self._recovered(aside, "transmit")
            told = isinstance(error, CardRemoved | CardReset)
            there = told or self._several(aside, "transmit")
            self._field(commands.FIELD_OFF, aside, "transmit")
        except DeviceError:
            return error  # it is fenced off before anything else is done
        if not there:
            return CardRemoved(self._device, "transmit")
        return CardMute(self._device, "transmit") if isinstance(error, DeadlinePassed) else error

    def _sees(self, operation: str, deadline: Deadline) -> bool:
        self._require_time(operation, deadline)
        aside = _at_least(deadline)
        if self._active and self._link.in_step:
            return self._still_there(operation, aside)
        self._ready(aside, operation)
        seen = self._several(aside, operation)
        self._field(commands.FIELD_OFF, aside, operation)
        return seen

    def _still_there(self, operation: str, deadline: Deadline) -> bool:
        """Ask the card of the session; of one that cannot be asked that way, the next exchange tells."""
        try:
            data = self._command(Code.DIAGNOSE, commands.IS_THERE, deadline, operation)
        except NotUnderstood:
            self._active = False  # the session went with the step
            return self._sees(operation, deadline)
        return self._status(data, operation).error != commands.TIMEOUT

    def _several(self, deadline: Deadline, operation: str) -> bool:
        """Whether any card is in a field that was off before."""
        self._restart_field(deadline, operation)
        return self._count(commands.TYPE_B, deadline, operation) + self._count(commands.TYPE_A, deadline, operation) > 0

    def _only_card(self, deadline: Deadline, operation: str) -> Target | None:
        """Activate the one card in the field, from no power. Raises `SeveralCards` or `NoChipCard`."""
        self._require_time(operation, deadline)
        aside = _at_least(deadline)
        self._ready(aside, operation)
        self._active = False
        self._restart_field(aside, operation)
        of_type_b = self._listed(commands.TYPE_B, aside, operation)
        of_type_a = self._listed(commands.TYPE_A, aside, operation)
        found = commands.count(of_type_b) + commands.count(of_type_a)
        if found == 1 and commands.count(of_type_b):
            self._restart_field(aside, operation)
            of_type_b = self._listed(commands.TYPE_B, aside, operation)
            found = commands.count(of_type_b)
        if found != 1:
            self._field(commands.FIELD_OFF, aside, operation)
            if found:
                raise SeveralCards(self._device, operation)
            return None
        target = self._read(of_type_a, of_type_b, operation)
        if not target.takes_apdus:
            self._field(commands.FIELD_OFF, aside, operation)
            told = f"type A, SAK {target.sak:02X}" if isinstance(target, TargetA) else "type B"
            raise NoChipCard(self._device, operation, told)
        return target

    def _read(self, of_type_a: bytes, of_type_b: bytes, operation: str) -> Target:
        try:
            if commands.count(of_type_a):
                return commands.only_target_a(of_type_a)
            return commands.only_target_b(of_type_b)
        except ValueError as error:
            raise NotUnderstood(self._device, operation, of_type_a or of_type_b, f"a card ({error})") from None

    def _listed(self, kind: bytes, deadline: Deadline, operation: str) -> bytes:
        data = self._command(Code.IN_LIST_PASSIVE_TARGET, kind, deadline, operation)
        try:
            commands.count(data)
        except ValueError as error:
            raise NotUnderstood(self._device, operation, data, str(error)) from None
        return data

    def _count(self, kind: bytes, deadline: Deadline, operation: str) -> int:
        return commands.count(self._listed(kind, deadline, operation))

    def _status(self, data: bytes, operation: str) -> Status:
        if not data:
            raise NotUnderstood(self._device, operation, data, "a status")
        return commands.status(data[0])

    def _restart_field(self, deadline: Deadline, operation: str) -> None:
        self._field(commands.FIELD_OFF, deadline, operation)
        time.sleep(_FIELD_PAUSE)
        self._field(commands.FIELD_ON, deadline, operation)

    def _field(self, how: bytes, deadline: Deadline, operation: str) -> None:
        self._command(Code.RF_CONFIGURATION, how, deadline, operation)

    def _ready(self, deadline: Deadline, operation: str) -> None:
        if not self._link.in_step:
            self._recovered(deadline, operation)

    def _recovered(self, deadline: Deadline, operation: str) -> Firmware:
        """Come into step and take the power from whatever card there is: from here on a generation begins."""
        self._active = False
        try:
            firmware = self._link.resume(deadline, operation)
        except DeviceError as error:
            raise self._named(error) from None
        if firmware.ic != commands.PN532:
            raise WrongDevice(self._device, operation, "a PN532", f"chip {firmware.ic:02X}")
        self._field(commands.FIELD_OFF, deadline, operation)
        self._command(Code.SET_PARAMETERS, commands.PARAMETERS, deadline, operation)
        self._command(Code.RF_CONFIGURATION, commands.FEW_TRIES, deadline, operation)
        self._generation += 1
        return firmware

    def _command(self, code: Code, data: bytes, deadline: Deadline, operation: str) -> bytes:
        try:
            return self._link.call(code, data, deadline, operation)
        except DeviceError as error:
            raise self._named(error) from None

    def _named(self, error: DeviceError) -> DeviceError:
        """A wire that broke, and was not closed here, is a reader that was unplugged."""
        if self._link.broken and not self._closed:
            return ReaderGone(error.device, error.operation)
        return error

    def _require_time(self, operation: str, deadline: Deadline) -> None:
        if self._closed:
            raise Disconnected(self._device, operation, "it was closed")
        if deadline.passed:
            raise DeadlinePassed(self._device, operation, 0.0)

    def _pause(self, deadline: Deadline, otherwise: DeviceError) -> None:
        if deadline.remaining() <= _PAUSE:
            raise otherwise
        time.sleep(_PAUSE)


def _at_least(deadline: Deadline) -> Deadline:
    """Time to end properly what is begun: a look that is broken off has to be repaired, which takes longer."""
    return Deadline(max(deadline.at, time.monotonic() + _ASIDE))


class Pn532Connection(ReaderSession):
    """A session with one card."""

    def __init__(self, encoder: Pn532Encoder, device: str, session: int, target: Target) -> None:
        super().__init__(encoder, device, session)
        self._target = target

    @property
    @override
    def atr(self) -> bytes:
        return cards.atr(self._target)

    @property
    @override
    def uid(self) -> Uid | None:
        return cards.uid(self._target)

    @property
    @override
    def card_type(self) -> CardType:
        return cards.card_type(self._target)

    @property
    @override
    def limits(self) -> ApduLimits:
        return SHORT
