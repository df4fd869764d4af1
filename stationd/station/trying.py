"""What a technician asks of a line: to try it out, on a blank that an officer gives; to clean it; to set it right."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import msgspec

from drivers.errors import DeviceError
from drivers.printer import Cleanings, Image, Raster
from stationd import artwork
from stationd.model import stock_events
from stationd.model.blank import Place
from stationd.model.calibration import Calibration
from stationd.model.policy import may_set_aside
from stationd.press import cleaning
from stationd.press.bench import Bench
from stationd.press.errands import LineBusy
from stationd.press.notice import CleaningsTold
from stationd.press.trials import Side, Trial
from stationd.press.trouble import cause_of
from stationd.station.floor import Floor
from stationd.station.refusal import Kind, Refused
from stationd.store.calibrations import Calibrations, CalibrationsDamaged
from stationd.store.store import CommitFailed, Transaction

_OTHER_SIDE = "belakang / back"
_T = TypeVar("_T")


class TriedOut(msgspec.Struct, frozen=True):
    """What came of a trial; as `stationd.press.trials.Tried`."""

    outcome: str
    cause: str
    place: str


class CleaningGuide(msgspec.Struct, frozen=True):
    """What a person is told before a cleaning; as `stationd.press.cleaning.Guide`."""

    printer: str
    preparations: tuple[str, ...]
    cleanings: CleaningsTold


class CleaningDone(msgspec.Struct, frozen=True):
    """What came of a cleaning; as `stationd.press.cleaning.Cleaned`."""

    outcome: str
    cause: str
    detail: str
    cleanings: CleaningsTold | None


class Trying(Floor):
    """What a technician may ask of a line."""

    def release_blank(self, name: str, officer: str) -> None:
        """Give one blank of a line's hopper for a trial: an officer's act, as they answer for the blanks.

        A station that is not licensed to print makes test cards all the same: it is not licensed before it has.

        Raises:
            Refused: if the officer is none who prints here, the hopper is empty by the book, or one was given already.
        """
        self._allow_setting_aside(officer)
        self._line(name)
        with self.store.write(officer) as transaction:
            if transaction.trial_blank(name) is not None:
                raise Refused(Kind.NOT_NOW, "blank-was-released", name)
            self._release(transaction, name)

    def _release(self, transaction: Transaction, name: str) -> None:
        in_hopper = (
            a for a, n in transaction.balances().items() if n > 0 and (a.place, a.line) == (Place.HOPPER, name)
        )
        if next(in_hopper, None) is None:
            raise Refused(Kind.NOT_NOW, "hopper-empty-in-book", name)
        transaction.record(stock_events.BlankReleased(line=name))

    def test_print(self, name: str, officer: str, side: Side = Side.FRONT) -> TriedOut:
        """Print the test pattern on one side of a blank of this line. Returns when the card has come out.

        Raises:
            Refused: if the officer is no technician or supervisor, no officer gave a blank, the line is not free or
                cannot turn a card over, or there is no such line.
        """
        return self._try(name, Trial.TEST_PRINT, officer, side)

    def prove(self, name: str, officer: str) -> TriedOut:
        """Find out whether this line's machine prints film while a chip answers. The blank comes out as it was."""
        return self._try(name, Trial.PROVE, officer, Side.FRONT)

    def cleaning_guide(self, name: str) -> CleaningGuide:
        """Say what a person does at a line's printer before it is cleaned. Raises `Refused` if a station cannot."""
        told = self._after(name, partial(cleaning.guide, name))
        return CleaningGuide(told.printer, told.preparations, _counted(told.cleanings))

    def clean(self, name: str, officer: str) -> CleaningDone:
        """Draw the cleaning card that lies ready through a line's printer. Returns when that is over.

        Raises:
            Refused: if the officer is no technician or supervisor, a card is inside, the printer has no such command
                or does not answer, or there is no such line.
        """
        self._allow_service(officer)
        done = self._after(name, partial(cleaning.clean, self.store, name, officer))
        counted = None if done.cleanings is None else _counted(done.cleanings)
        return CleaningDone(done.outcome, done.cause, done.detail, counted)

    def calibrate(self, serial: str, wanted: Calibration, officer: str) -> None:
        """Set one printer right, in the book as on the disk; it holds from the next card on that is drawn.

        Raises:
            Refused: if the officer is no technician or supervisor, or what is set cannot be read: it is not written
                over.
        """
        self._allow_service(officer)
        kept = Calibrations(self.store.path.parent)
        before = self._calibration(serial)
        try:
            with self.store.write(officer) as transaction:
                if wanted != before:
                    transaction.record(stock_events.PrinterCalibrated(serial=serial, before=before, after=wanted))
                    kept.set(serial, wanted)
        except CommitFailed:
            kept.set(serial, before)
            raise

    def _after(self, name: str, errand: Callable[[Bench], _T]) -> _T:
        line = self._line(name)
        try:
            return line.look_after(errand)
        except LineBusy as busy:
            raise Refused(Kind.NOT_NOW, busy.cause, name, line.status.cause) from busy

    def _try(self, name: str, kind: Trial, officer: str, side: Side) -> TriedOut:
        self._allow_service(officer)
        line = self._line(name)
        self._require_blank(name, officer)
        machine = line.status.printer or name
        calibration = self._calibration(machine.rpartition(":")[2])

        def draw(raster: Raster) -> Image:
            turned = [] if side is Side.FRONT else [_OTHER_SIDE]
            return artwork.trial_pattern(raster, [machine, calibration.told(), *turned], calibration)

        try:
            tried = line.try_out(kind, draw, officer, side)
        except LineBusy as busy:
            raise Refused(Kind.NOT_NOW, busy.cause, name, line.status.cause) from busy
        except DeviceError as trouble:
            raise Refused(Kind.NOT_NOW, cause_of(trouble).word, name) from trouble
        return TriedOut(tried.outcome, tried.cause, tried.place)

    def _require_blank(self, name: str, officer: str) -> None:
        """See that an officer gave a blank. Whoever may print gives it by asking for the trial."""
        with self.store.write(officer) as transaction:
            if transaction.trial_blank(name) is not None:
                return
            if may_set_aside(self.policy, officer, self._office, self._clock.now()) is not None:
                raise Refused(Kind.NOT_NOW, "blank-not-released", name)
            self._release(transaction, name)

    def _calibration(self, serial: str) -> Calibration:
        try:
            return Calibrations(self.store.path.parent).of(serial)
        except CalibrationsDamaged as damaged:
            raise Refused(Kind.NOT_NOW, "calibrations-damaged", str(damaged.path), damaged.why) from damaged


def _counted(told: Cleanings) -> CleaningsTold:
    return CleaningsTold(told.done, told.since, told.every, told.due)
