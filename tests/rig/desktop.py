"""A desktop: an X server with a screen like an office's, a window manager, a panel with a tray, hands and eyes."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from PIL import Image

START: Final = 20.0
STEP: Final = 0.03
WIDTH, HEIGHT = 1366, 768
"""Of an office's screen."""

_HEADER: Final = struct.Struct(">25I")
"""Of a dump as `xwd` writes one (XWDFile.h): the X server keeps its screen in a file of that form."""

_PANEL: Final = """\
panel_items = TSC
panel_position = bottom center horizontal
panel_size = 100% 28
panel_background_id = 1
systray_icon_size = 22
taskbar_mode = single_desktop
task_text = 1
task_icon = 1
task_maximum_size = 260 28
task_font_color = #f1f5f9 100
time1_format = %H.%M
time1_font = Inter 10
task_font = Inter 10
clock_font_color = #f1f5f9 100
clock_padding = 10 0
systray_padding = 8 3 6
rounded = 0
border_width = 0
background_color = #22303f 100
border_color = #22303f 100
"""


class DidNotAppear(RuntimeError):
    """Something that was waited for on the screen, and what was seen instead."""


class Desktop:
    """The desktop. What runs on it finds it by `environment`.

    Args:
        width, height: of the screen, in pixels.
        panel: whether there is one, with its tray.
    """

    def __init__(self, width: int = WIDTH, height: int = HEIGHT, *, panel: bool = True) -> None:
        self.width, self.height = width, height
        self._panel = panel
        self._started: list[subprocess.Popen[bytes]] = []
        self._folder = Path()
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="desktop."))
        # A number by chance: servers in other process tables cannot tell whose a lock is, and so must not meet.
        display = f":{1000 + secrets.randbelow(50_000)}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("QT_", "WAYLAND", "DBUS_"))},
            "DISPLAY": display,
            "HOME": str(self._folder),
            "XDG_RUNTIME_DIR": str(self._folder),
            "XDG_CONFIG_HOME": str(self._folder / "config"),
            "XDG_CACHE_HOME": str(self._folder / "cache"),
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
            "QT_QPA_PLATFORM": "xcb",
            "TZ": "Asia/Makassar",
        }
        try:
            screen = ["-screen", "0", f"{self.width}x{self.height}x24", "-fbdir", str(self._folder)]
            self.start(["Xvfb", display, *screen, "-nolisten", "tcp", "-noreset"])
            self.wait_until(lambda: self._tool("getdisplaygeometry").returncode == 0, "the X server")
            self.start(["openbox", "--sm-disable"])
            self.wait_until(lambda: self._tool("get_desktop").returncode == 0, "the window manager")
            if self._panel:
                panel = self._folder / "tint2rc"
                panel.write_text(_PANEL)
                self.start(["tint2", "-c", str(panel)])
                self.wait_until(lambda: bool(self.windows("tint2")), "the panel")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._started):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._started.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self, command: Sequence[str | Path], extra: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a program on the desktop; it ends with the desktop."""
        with (self._folder / "desktop.log").open("ab") as log:
            process = subprocess.Popen(command, env={**self.environment, **(extra or {})}, stdout=log, stderr=log)
        self._started.append(process)
        return process

    @property
    def log(self) -> str:
        """What the programs on the desktop have said."""
        return (self._folder / "desktop.log").read_text()

    # --- hands --------------------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as xdotool writes them: `ctrl+1`, `Tab`, `Return`."""
        self._do("key", "--delay", "20", *keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self._do("type", "--delay", "15", text)

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Move the pointer to a place of the screen and press a button."""
        self._do("mousemove", str(x), str(y), "click", str(button))

    def move(self, x: int, y: int) -> None:
        """Move the pointer."""
        self._do("mousemove", str(x), str(y))

    # --- eyes ---------------------------------------------------------------------------------------------------------

    def windows(self, name: str) -> list[str]:
        """Return the ids of the windows on the screen whose title has this in it."""
        return self._tool("search", "--onlyvisible", "--name", name).stdout.decode().split()

    def wait_for_window(self, name: str, seconds: float = START) -> str:
        """Wait until a window is on the screen, and return its id."""
        self.wait_until(lambda: bool(self.windows(name)), f"a window named {name}", seconds)
        return self.windows(name)[0]

    def active(self) -> str:
        """Return the title of the window that has the keyboard."""
        return self._tool("getactivewindow", "getwindowname").stdout.decode().strip()

    def fill(self, window: str) -> None:
        """Give a window the whole screen but for the panel, as the window manager does."""
        self._do("windowactivate", "--sync", window)
        self._do("key", "--clearmodifiers", "super+Up")
        self._do("windowmove", window, "0", "0")
        self._do("windowsize", window, str(self.width), str(self.height - (28 if self._panel else 0)))

    def screenshot(self) -> Image.Image:
        """Return what the X server shows."""
        dump = (self._folder / "Xvfb_screen0").read_bytes()
        header = _HEADER.unpack_from(dump)
        size, width, height, order, bits, stride, colours = (header[at] for at in (0, 4, 5, 7, 11, 12, 19))
        if bits != 32:
            raise DidNotAppear(f"a screen of {bits} bits a pixel")
        raw = "BGRX" if order == 0 else "XRGB"
        start = size + colours * 12
        return Image.frombytes("RGB", (width, height), dump[start:], "raw", raw, stride)

    def wait_until(self, holds: Callable[[], bool], what: str, seconds: float = START) -> None:
        """Wait until something holds.

        Raises:
            DidNotAppear: if it does not in time, or a program of the desktop has ended.
        """
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise DidNotAppear(f"{what}: not after {seconds:.0f} s\n{self.log[-2000:]}")
            time.sleep(STEP)

    def still(self, seconds: float = 10.0) -> Image.Image:
        """Wait until the screen does not change any more, and return it."""
        before = self.screenshot()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(0.25)
            now = self.screenshot()
            if now.tobytes() == before.tobytes():
                break
            before = now
        return before

    def _do(self, *arguments: str) -> None:
        done = self._tool(*arguments)
        if done.returncode:
            raise DidNotAppear(f"xdotool {' '.join(arguments[:2])}: {done.stderr.decode().strip()}")

    def _tool(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        with suppress(subprocess.TimeoutExpired):
            return subprocess.run(
                ["xdotool", *arguments], env=self.environment, capture_output=True, check=False, timeout=START
            )
        return subprocess.CompletedProcess(["xdotool"], 1, b"", b"it did not answer")
