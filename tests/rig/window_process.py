"""The officers' window as a process on a desktop, worked by its keys alone."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.rig.desktop import Desktop

TITLES: Final = {"id": "Cetak KTP-el", "en": "KTP-el printing"}


class WindowProcess:
    """One window.

    Args:
        desktop: on which it is.
        socket: the station's.
        language: of the window.
        scale: how many times larger than usual everything is.
        extra: more of its environment.
        options: more of its command line.
    """

    def __init__(
        self,
        desktop: Desktop,
        socket: Path,
        language: str = "id",
        scale: float = 1,
        extra: Mapping[str, str] | None = None,
        *options: str,
    ) -> None:
        self.desktop = desktop
        self.language = language
        self._command = [sys.executable, "-m", "stationd.tray", "--socket", str(socket), "--lang", language, *options]
        self._extra = {**({"QT_SCALE_FACTOR": str(scale)} if scale != 1 else {}), **(extra or {})}
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.process = self.desktop.start(self._command, self._extra)
        self.desktop.wait_for_window(TITLES[self.language])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        status = self.end()
        if kind is None and status:
            raise RuntimeError(f"the window ended with {status}: {self.desktop.log[-2000:]}")

    def end(self) -> int:
        """Tell it to end, and return its exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def sign_in(self, officer: str, pin: str) -> None:
        """Type who one is, and wait until the window shows the station."""
        bare = TITLES[self.language]
        self.desktop.wait_until(lambda: self.desktop.active() == bare, "the sign-in")
        self.desktop.press("ctrl+a")
        self.desktop.type(officer)
        self.desktop.press("Return")
        self.desktop.type(pin)
        self.desktop.press("Return")
        self.desktop.wait_until(lambda: self.desktop.active().endswith(f"– {bare}"), "the first screen")
