"""A simulated central registry as a process of its own: started, killed and started again."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from simulators.registry.desk import Desk
from tests.rig import nursery
from tests.rig.ready import begun


class SimulatedRegistry:
    """A registry and the station that is at its counter now; its data outlive its process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.desk = Desk(folder)
        self.station = ""
        self.code = ""
        self._stations = 0
        self._process: nursery.Process | None = None

    def new_station(self) -> None:
        """Let a station that has never been here come to the counter."""
        self._stations += 1
        self.station = f"7316-{self._stations:02d}"
        self.code = self.desk.code(self.station)

    def start(self) -> None:
        """Run it and wait until it answers, unless it runs."""
        if self._process is not None:
            return
        command = [sys.executable, "-m", "simulators.registry", "--dir", str(self.folder)]
        self._process = begun(command, self.folder.with_suffix(".log")).process

    def kill(self) -> None:
        """SIGKILL, as a power cut would have it."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        process.wait(20)

    def back_up(self, to: Path) -> None:
        """Copy its database, while it is stopped."""
        to.mkdir()
        for path in self.folder.glob("registry.db*"):
            shutil.copy(path, to)

    def restore(self, backup: Path) -> None:
        """Put a copy of its database in place of the present one, while it is stopped."""
        for path in self.folder.glob("registry.db*"):
            path.unlink()
        for path in backup.iterdir():
            shutil.copy(path, self.folder)

    @property
    def endpoint(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "endpoint.json").read_text()))

    @property
    def url(self) -> str:
        return str(self.endpoint["url"])

    @property
    def ca(self) -> str:
        return (self.folder / "ca.pem").read_text()

    def violations(self) -> list[str]:
        """Requests and answers that were not as the OpenAPI document says."""
        return (self.folder / "violations.jsonl").read_text().splitlines()

    def texts(self) -> list[str]:
        """The station's acknowledged events, byte for byte."""
        return list(self.desk.ask("events", station=self.station))
