"""Runs `gammu` for one message at a time, each under its deadline."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from pathlib import Path

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.gammu.protocol import Said, command_text, outcome, settings_text
from drivers.modem import Modem, ModemAbsent, ModemRefused, ModemSilent

PROGRAM = "gammu"


def open_modem(address: str, _: Deadline) -> Modem:
    """Return the modem at an address; it is reached when the first message is sent.

    Raises:
        ValueError: if the address is none.
    """
    return GammuModem(address)


class GammuModem(Modem):
    """A modem that gammu knows how to talk to.

    Args:
        address: gammu's connection and the port, as `at:/dev/ttyUSB0`.
        program: which gammu.
    """

    def __init__(self, address: str, program: str = PROGRAM) -> None:
        self._device = f"gammu {address}"
        self._settings = settings_text(address)
        self._program = program
        self._lock = threading.Lock()

    @override
    def send(self, number: str, text: str, deadline: Deadline) -> None:
        told = command_text(number, text)
        with self._lock, tempfile.TemporaryDirectory(prefix="gammu-") as folder:
            settings = Path(folder) / "gammurc"
            settings.write_text(self._settings)
            printed = self._run(settings, told, deadline)
        found = outcome(printed)
        match found.said:
            case Said.REFUSED:
                raise ModemRefused(self._device, "send", found.detail)
            case Said.NOT_BEGUN:
                raise ModemAbsent(self._device, "send", found.detail)
            case Said.SILENT:
                raise ModemSilent(self._device, "send")
            case Said.SENT:
                return

    def _run(self, settings: Path, told: str, deadline: Deadline) -> str:
        """Return what the program printed before it ended, or before the deadline ended it."""
        environment = {**os.environ, "LC_ALL": "C", "LANG": "C"}
        try:
            program = subprocess.Popen(
                [self._program, "-c", str(settings), "batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        except OSError as error:
            raise ModemAbsent(self._device, "send", f"{self._program}: {error.strerror}") from None
        with program:
            try:
                printed, _ = program.communicate(told.encode("ascii"), timeout=deadline.remaining())
            except subprocess.TimeoutExpired:
                program.kill()
                printed, _ = program.communicate()
        return printed.decode("utf-8", "replace")
