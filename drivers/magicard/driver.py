"""Magicard's Enduro family: direct-to-card printers that take a whole job and do the rest by themselves.

Sources are named in `protocol`; nothing here was run on a machine. Choices where they leave one:

- **A machine at work is asked over the control pipe only**, as the captured driver does. Counters are read when it is
  ready again.
- **Printed is what the machine counted**: its counter of cards printed has risen by one, no error is shown, and it is
  ready. When in its course a machine counts is not said anywhere.
- **A job that waits for an operator is cancelled**: after *card not taken in* the captured machine goes on showing the
  error and asks to try again; with OK it would print a card that nobody expects. The doc says that CAN clears an error
  as the button Cancel does (document 1315, section 5.1); that this ends the job is inferred. So an error shown at open
  is cancelled too. A machine whose cause of trouble lasts does not heed it, so `status` says it again until it does.
  Nothing says that Cancel leaves a card where it is; it is sent only for a job that a call has reported to be in doubt,
  so that a card which moves on it is that job's, and never for an error that comes up between two jobs.
- **Only 11:01 can leave the blank untouched**: if after CAN the machine shows no error and stays ready for a while, and
  its counts of cards and film are what they were. One that goes to work instead may have taken CAN for a second try,
  whatever it counts then; and like one that begins a job late it may look ready at first.
- **No card is inside a machine that is ready and shows no error**: it takes one in for a job and puts it out at the
  job's end. There is no sensor to ask.
- **The cleaning card is in before CLN is sent**, so that what the machine then shows, asking for it, is answered with
  OKY at once. How it asks is not said anywhere (the doc: it is interactive, and the user inserts a cleaning card when
  prompted), so the first thing shown is taken for that, and a second one ends the cleaning. Cleaned is what it counted.
- **A shot of the film is a card**, and a film without shots is refused before a job is sent.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, DeviceError, Disconnected, StillBusy
from drivers.magicard import codes, jobs, planes, reports
from drivers.magicard.machine import Machine
from drivers.magicard.protocol import Information, PortStatus
from drivers.printer import (
    Capabilities,
    CardCounter,
    Cleanable,
    Cleanings,
    Completion,
    Condition,
    CounterKind,
    Counters,
    Identity,
    Image,
    Media,
    Preparation,
    Printer,
    PrinterFault,
    Raster,
    Reason,
    Status,
    Supply,
    Tell,
    WholeCardPrinter,
    nobody,
)
from drivers.transports import Stalled

_DPI: Final = 300
_AT_WORK: Final = Condition(Reason.BUSY, "job sent", "the printer works on the card")
_UPLOAD: Final = 30.0  # seconds for a job to be taken; the captured one took 2.7
_TAKING_BACK: Final = 5.0  # seconds kept of a call's time to cancel what went wrong, at most a quarter of them
_HEEDING: Final = 3.0  # seconds after OKY in which it may still show what it had shown
_STILL: Final = 1.0  # seconds of being ready after which a machine is taken to have given up what it was told to
_UNCOUNTED: Final = 10.0  # seconds for which a machine may be ready without having counted the card
# A machine at work is asked again soon at first, then ever less often; the captured driver asks every two seconds.
_FIRST_POLL: Final = 0.02
_LONGEST_POLL: Final = 0.1
_POLL_GROWTH: Final = 1.5


@dataclass(slots=True)
class _Call:
    """One call under way: what it is, and whether it has sent anything that moves or alters a card."""

    operation: str
    acted: bool = False


class _Pace:
    """Waits between questions, ever longer."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._pause = _FIRST_POLL

    def wait(self) -> bool:
        """Wait, or return False if no time is left to."""
        if self._deadline.remaining() < self._pause:
            return False
        time.sleep(self._pause)
        self._pause = min(self._pause * _POLL_GROWTH, _LONGEST_POLL)
        return True


class Magicard(Printer, CardCounter, WholeCardPrinter, Cleanable):
    """One machine in one session.

    Beside `drivers.errors` every call may raise `PrinterFault`, with `may_have_acted` False if nothing had been sent
    that acts, or if what had been sent was surely taken back.
    """

    def __init__(self, name: str, machine: Machine, deadline: Deadline, usb_serial: str | None = None) -> None:
        """Learn which machine it is, when it is ready, and cancel what it may still wait with.

        Args:
            name: for errors.
            machine: a session over its cable.
            deadline: by which it must be ready and have told what it is.
            usb_serial: the serial number of its USB descriptor, for a machine that tells no other.

        Raises:
            PrinterFault: it was busy to the last.
        """
        self._name = name
        self._machine = machine
        self._to_cancel = False  # a job, ours or one found at open, that the machine may still wait with
        self._capabilities = Capabilities(
            raster=Raster(planes.WIDTH, planes.HEIGHT, _DPI, jobs.PANELS),
            reject_bin=False,
            over_the_edge=False,
            film_beside_chip=False,
        )
        with self._during("open") as call:
            if self._await_idle(call, deadline).failed:
                machine.cancel(deadline)
                self._to_cancel = self._await_idle(call, deadline).failed
            information = self._first_information(deadline)
        self._head_position = information.head_position
        serial = information.serial or usb_serial or ""
        self._identity = Identity("Magicard", information.model, serial, information.firmware)

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
        """Ask what the port tells and, unless the machine is at work, what it shows and counts.

        A job that failed in this session, or was found so at open, is cancelled once more while its error is shown.
        """
        with self._during("status"):
            port = self._machine.port_status(deadline)
            if port.busy:
                return Status(Media.UNKNOWN, None, (reports.busy(port),))
            if port.failed:
                shown = self._shown(port, deadline)
                if self._to_cancel:
                    self._machine.cancel(deadline)
                return Status(Media.UNKNOWN, None, (shown,))
            self._to_cancel = False
            information = self._machine.information(deadline)
            if (error := reports.error(information)) is not None:
                return Status(Media.UNKNOWN, None, (error,))
            told = (*reports.hindrances(port, information), *reports.cleaning(information))
            return Status(Media.NOT_PRESENT, None, told)

    @override
    def counters(self, deadline: Deadline) -> Counters:
        """Read the counters, once the machine is not at work: `cards` is *total cards printed*."""
        with self._during("counters") as call:
            self._await_idle(call, deadline)
            information = self._machine.information(deadline)
            return Counters(CounterKind.CARDS_PRINTED, information.cards, dict(information.others))

    @override
    def supplies(self, deadline: Deadline) -> tuple[Supply, ...]:
        """Read what is left of the film, once the machine is not at work."""
        with self._during("supplies") as call:
            self._await_idle(call, deadline)
            film = self._machine.information(deadline)
            shots, used = film.shots or None, film.shots_used
            left = None if shots is None or used is None else max(0, shots - used)
            return (Supply(f"ribbon {film.film}".rstrip(), left, shots, film.film_id or None),)

    @override
    def print_card(self, image: Image, deadline: Deadline, tell: Tell = nobody) -> Completion:
        """Print one card: returns when the machine has counted it and is ready again.

        Whatever it shows ends the job, so that beside its being at work there is nothing to tell meanwhile.
        """
        with self._during("print_card") as call:
            until = Deadline(deadline.at - min(_TAKING_BACK, deadline.remaining() / 4))
            before = self._require_fit(call, until)
            try:
                pieces = jobs.compose(image, before, int(time.time()))
            except jobs.Unfit as unfit:
                code, text = unfit.args
                raise self._fault(call, Condition(Reason.BAD_COMMAND, code, text)) from None
            call.acted = True
            self._send(call, pieces, until, deadline)
            tell((_AT_WORK,))
            wrong = self._await_counted(call, before, until)
            if wrong is not None:
                call.acted = not self._taken_back(wrong, before, deadline)
                raise self._fault(call, wrong)
            return Completion.SEEN

    @property
    @override
    def preparations(self) -> tuple[Preparation, ...]:
        return (Preparation.BLANKS_OUT, Preparation.CLEANING_CARD_IN, Preparation.COVER_CLOSED)

    @override
    def cleanings(self, deadline: Deadline) -> Cleanings:
        """Read the counters of cleaning, once the machine is not at work."""
        with self._during("cleanings") as call:
            self._await_idle(call, deadline)
            return reports.cleanings(self._machine.information(deadline))

    @override
    def clean(self, deadline: Deadline) -> None:
        with self._during("clean") as call:
            port = self._await_idle(call, deadline)
            if port.failed:
                raise self._fault(call, self._shown(port, deadline))
            before = self._machine.information(deadline)
            if (shown := reports.error(before)) is not None:
                raise self._fault(call, shown)
            call.acted = True
            self._machine.clean(deadline)
            wrong = self._await_cleaned(before, deadline)
            if wrong is not None:
                self._to_cancel = True
                with suppress(DeviceError):
                    self._machine.cancel(deadline)
                raise self._fault(call, wrong)

    @override
    def make_ready(self, image: Image) -> Image:
        return jobs.ready(image, self._head_position)

    @override
    def close(self) -> None:
        self._machine.close()

    @contextmanager
    def _during(self, operation: str) -> Iterator[_Call]:
        """Name the machine and the operation in whatever goes wrong, and say whether anything that acts was sent."""
        call, started = _Call(operation), time.monotonic()
        try:
            yield call
        except DeviceError as error:
            error.device, error.operation = self._name, operation
            if isinstance(error, DeadlinePassed):
                error.seconds = time.monotonic() - started
            error.may_have_acted = call.acted
            raise

    def _fault(self, call: _Call, condition: Condition) -> PrinterFault:
        return PrinterFault(self._name, call.operation, condition, may_have_acted=call.acted)

    def _first_information(self, deadline: Deadline) -> Information:
        """Ask who it is. A machine that stays silent may still wait for the rest of a job of an earlier session."""
        try:
            return self._machine.information(deadline.sooner(deadline.remaining() / 2))
        except DeadlinePassed:
            self._machine.forget(deadline)
            return self._machine.information(deadline)

    def _await_idle(self, call: _Call, deadline: Deadline) -> PortStatus:
        """Wait until the machine is not at work. Raises `PrinterFault` for one that was busy to the last."""
        pace, port = _Pace(deadline), self._machine.port_status(deadline)
        while port.busy:
            if not pace.wait():
                raise self._fault(call, reports.busy(port))
            try:
                port = self._machine.port_status(deadline)
            except DeadlinePassed:
                if not deadline.passed:  # the deadline was far, and an answer is what did not come
                    raise
                raise self._fault(call, reports.busy(port)) from None
        return port

    def _shown(self, port: PortStatus, deadline: Deadline) -> Condition:
        """Ask which error the machine shows; one that shows none, or does not tell, is known by its port."""
        with suppress(DeviceError):
            if (shown := reports.shown(self._machine.error(deadline))) is not None:
                return shown
        return reports.unnamed(port)

    def _require_fit(self, call: _Call, deadline: Deadline) -> Information:
        """Wait until the machine is ready for a job. Nothing is sent that acts."""
        port = self._await_idle(call, deadline)
        if port.failed:
            raise self._fault(call, self._shown(port, deadline))
        information = self._machine.information(deadline)
        if (shown := reports.error(information)) is not None:
            raise self._fault(call, shown)
        for hindrance in reports.hindrances(port, information):
            raise self._fault(call, hindrance)
        return information

    def _send(self, call: _Call, pieces: list[bytes], until: Deadline, deadline: Deadline) -> None:
        """Send the job; if the machine stops taking it, have it forget what it has and ask what is wrong."""
        try:
            self._machine.send(pieces, until.sooner(_UPLOAD))
        except (DeadlinePassed, Stalled):
            wrong = None
            with suppress(DeviceError):
                self._machine.forget(deadline)
                port = self._machine.port_status(deadline)
                if port.failed:
                    wrong = self._shown(port, deadline)
                    self._machine.cancel(deadline)
            if wrong is None:
                raise
            raise self._fault(call, wrong) from None

    def _await_counted(self, call: _Call, before: Information, until: Deadline) -> Condition | None:
        """Wait until the card is counted and the machine ready; returns what keeps it from that, if anything does."""
        pace, ready_since = _Pace(until), time.monotonic()
        while True:
            port = self._machine.port_status(until)
            if port.failed:
                return self._shown(port, until)
            if port.busy:
                ready_since = time.monotonic()
            elif (information := self._told(until)) is not None:
                if (shown := reports.error(information)) is not None:
                    return shown
                risen = information.cards - before.cards
                if risen == 1 and self._is_ready(until):
                    return None
                if risen not in (0, 1):
                    return Condition(Reason.UNMAPPED, f"counter {risen:+}", "the counter did not rise by one card")
            in_time = pace.wait()
            if port.busy and not in_time:
                raise StillBusy(self._name, call.operation, 0.0)
            if not in_time or time.monotonic() - ready_since > _UNCOUNTED:
                return Condition(
                    Reason.UNMAPPED, "counter +0", "the machine is ready, but was not seen to count the card"
                )

    def _await_cleaned(self, before: Information, deadline: Deadline) -> Condition | None:
        """Wait until a cleaning is counted; returns what keeps the machine from that, if anything does."""
        until = Deadline(deadline.at - min(_TAKING_BACK, deadline.remaining() / 4))
        pace, ready_since, asked = _Pace(until), time.monotonic(), 0.0
        while True:
            port = self._machine.port_status(until)
            if port.failed and not asked:
                asked = time.monotonic()
                self._machine.okay(until)
            elif port.failed and time.monotonic() - asked > _HEEDING:
                return self._shown(port, until)
            elif not port.busy and not port.failed and (information := self._told(until)) is not None:
                risen = information.cleans - before.cleans
                if risen:
                    counted = Condition(Reason.UNMAPPED, f"cleans {risen:+}", "the machine did not count one cleaning")
                    return None if risen == 1 and reports.error(information) is None else counted
            if port.busy or port.failed:
                ready_since = time.monotonic()
            if not pace.wait() or time.monotonic() - ready_since > _UNCOUNTED:
                return Condition(Reason.UNMAPPED, "cleans +0", "the machine was not seen to count a cleaning")

    def _told(self, until: Deadline) -> Information | None:
        """What it tells of itself; None from a machine that says nothing, which may have begun to work."""
        try:
            return self._machine.information(until)
        except DeadlinePassed:
            return None

    def _is_ready(self, deadline: Deadline) -> bool:
        port = self._machine.port_status(deadline)
        return not port.busy and not port.failed

    def _taken_back(self, wrong: Condition, before: Information, deadline: Deadline) -> bool:
        """Cancel the job that the machine may wait with; True if it surely touched no card."""
        self._to_cancel = True
        try:
            self._machine.cancel(deadline)
            if wrong.code != codes.NOT_FED or not self._stays_ready(deadline.sooner(_TAKING_BACK)):
                return False
            after = self._machine.information(deadline)
        except Disconnected:
            raise
        except DeviceError:
            return False
        same = (after.cards, after.film_id, after.shots_used) == (before.cards, before.film_id, before.shots_used)
        self._to_cancel = reports.error(after) is not None or not same
        return not self._to_cancel

    def _stays_ready(self, deadline: Deadline) -> bool:
        """See that the machine is ready for a while, and not at work before; it may show its error at first."""
        pace, ready_since = _Pace(deadline), None
        while not (port := self._machine.port_status(deadline)).busy:
            now = time.monotonic()
            ready_since = None if port.failed else ready_since or now
            if ready_since is not None and now - ready_since >= _STILL:
                return True
            if not pace.wait():
                return False
        return False
