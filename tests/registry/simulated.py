"""A simulated central registry as a process of its own: started, killed and started again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from simulators.registry.desk import Desk


class SimulatedRegistry:
    def __init__(self, folder: Path, station: str) -> None:
        self.folder = folder
        self.station = station
        self.desk = Desk(folder)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "simulators.registry", "--dir", str(self.folder), "--station", self.station]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        assert "ready" in self._process.stdout.readline()

    def kill(self) -> None:
        """SIGKILL, as a power cut would have it."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdout is not None
        process.send_signal(how)
        process.wait(20)
        process.stdout.close()

    @property
    def endpoint(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "endpoint.json").read_text()))

    @property
    def url(self) -> str:
        return str(self.endpoint["url"])

    @property
    def ca(self) -> str:
        return (self.folder / "ca.pem").read_text()

    @property
    def code(self) -> str:
        return str(self.endpoint["codes"][self.station])

    def violations(self) -> list[str]:
        """Requests and answers that were not as the OpenAPI document says."""
        return (self.folder / "violations.jsonl").read_text().splitlines()

    def texts(self) -> list[str]:
        """The station's acknowledged events, byte for byte."""
        return list(self.desk.ask("events", station=self.station))


def eventually(seconds: float = 10.0) -> float:
    """A deadline on the monotonic clock."""
    return time.monotonic() + seconds
