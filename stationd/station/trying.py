"""Trying a line out: what a technician asks for, on a blank that an officer gives."""

from __future__ import annotations

import msgspec

from drivers.errors import DeviceError
from drivers.printer import Image, Raster
from stationd import artwork
from stationd.model.calibration import Calibration
from stationd.press.errands import LineBusy
from stationd.press.trials import Trial
from stationd.press.trouble import cause_of
from stationd.station.floor import Floor
from stationd.station.refusal import Kind, Refused
from stationd.store.calibrations import Calibrations, CalibrationsDamaged


class TriedOut(msgspec.Struct, frozen=True):
    """What came of a trial; as `stationd.press.trials.Tried`."""

    outcome: str
    cause: str
    place: str


class Trying(Floor):
    """What may be tried."""

    def test_print(self, name: str, officer: str) -> TriedOut:
        """Print the test pattern on a blank of this line. Returns when the card has come out.

        Raises:
            Refused: if the officer may not print here, the line has no time or no blank, or there is no such line.
        """
        return self._try(name, Trial.TEST_PRINT, officer)

    def prove(self, name: str, officer: str) -> TriedOut:
        """Find out whether this line's machine prints film while a chip answers. The blank comes out as it was."""
        return self._try(name, Trial.PROVE, officer)

    def _try(self, name: str, kind: Trial, officer: str) -> TriedOut:
        self._allow_printing(officer)
        line = self._line(name)
        machine = line.status.printer or name
        calibration = self._calibration(machine)

        def draw(raster: Raster) -> Image:
            return artwork.trial_pattern(raster, [machine, calibration.told()], calibration)

        try:
            tried = line.try_out(kind, draw, officer)
        except LineBusy as busy:
            raise Refused(Kind.NOT_NOW, busy.cause, name, line.status.cause) from busy
        except DeviceError as trouble:
            raise Refused(Kind.NOT_NOW, cause_of(trouble).word, name) from trouble
        return TriedOut(tried.outcome, tried.cause, tried.place)

    def _calibration(self, machine: str) -> Calibration:
        try:
            return Calibrations(self.store.path.parent).of(machine.rpartition(":")[2])
        except CalibrationsDamaged as damaged:
            raise Refused(Kind.NOT_NOW, "calibrations-damaged", machine, str(damaged)) from damaged
