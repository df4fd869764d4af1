"""The printers' calibrations, by serial number, in one small file beside the book."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from typing_extensions import override

from stationd.model.calibration import NONE, Calibration

NAME: Final = "calibration.json"

_read = msgspec.json.Decoder(dict[str, Calibration]).decode


@dataclass(eq=False)
class CalibrationsDamaged(Exception):
    """The file cannot be read as what it should be."""

    path: Path
    why: str

    @override
    def __str__(self) -> str:
        return f"{self.path}: {self.why}; remove it, and calibrate each printer again"


class Calibrations:
    """What is set for each printer. Calls may come from any thread.

    Args:
        folder: the station's data folder.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._lock = threading.Lock()

    def all(self) -> Mapping[str, Calibration]:
        """Return every calibration by serial number.

        Raises:
            CalibrationsDamaged: if the file is not what it should be.
        """
        with self._lock:
            return self._load()

    def of(self, serial: str) -> Calibration:
        """Return a printer's calibration; `NONE` for one that was never calibrated. Raises as `all`."""
        return self.all().get(serial, NONE)

    def set(self, serial: str, calibration: Calibration) -> None:
        """Set a printer's calibration, on the disk when this returns; `NONE` takes it away. Raises as `all`."""
        with self._lock:
            kept = {**self._load(), serial: calibration}
            if calibration == NONE:
                del kept[serial]
            self._save(dict(sorted(kept.items())))

    def _load(self) -> dict[str, Calibration]:
        try:
            return _read(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except msgspec.MsgspecError as error:
            raise CalibrationsDamaged(self._path, str(error)) from None

    def _save(self, kept: Mapping[str, Calibration]) -> None:
        unfinished = self._path.with_suffix(".new")
        with unfinished.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(kept), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
