"""The sound of *needs you*: two soft notes made here, played by what the desktop has for that."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path
from shutil import which
from typing import Final

from PySide6.QtCore import QProcess, QSettings, QStandardPaths
from PySide6.QtWidgets import QApplication

RATE: Final = 44_100
NOTES: Final = ((659.25, 0.16), (880.0, 0.34))
"""Hertz and seconds: e and a."""
LOUDNESS: Final = 0.28

PLAYERS: Final = (("pw-play",), ("paplay",), ("aplay", "-q"))
"""Of PipeWire, PulseAudio and ALSA: one of them is on every desktop that has sound. Without any, the desktop's bell."""

_KEY: Final = "sound"


class Sound:
    """Plays it, unless it is off. Whether it is stays for this person on this computer."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings
        self._player = next((each for each in PLAYERS if which(each[0])), None)

    @property
    def is_on(self) -> bool:
        """Whether it is heard."""
        return str(self._settings.value(_KEY, "true")) == "true"

    def turn(self, *, on: bool) -> None:
        """Turn it on or off."""
        self._settings.setValue(_KEY, "true" if on else "false")
        self._settings.sync()

    def play(self) -> None:
        """Let it be heard once, if it is on."""
        if not self.is_on:
            return
        if self._player is None or not QProcess.startDetached(self._player[0], [*self._player[1:], str(_file())])[0]:
            QApplication.beep()


def samples() -> bytes:
    """Return the sound: 16 bits, mono, `RATE` a second, little-endian."""
    told = []
    for hertz, seconds in NOTES:
        count = int(RATE * seconds)
        for n in range(count):
            rise, fall = min(1.0, n / (0.01 * RATE)), math.exp(-4.0 * n / count)
            told.append(int(32767 * LOUDNESS * rise * fall * math.sin(2 * math.pi * hertz * n / RATE)))
    return struct.pack(f"<{len(told)}h", *told)


def _file() -> Path:
    """Return the sound as a file, written when it is first wanted."""
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation))
    path = folder / "needs-you.wav"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples())
    return path
