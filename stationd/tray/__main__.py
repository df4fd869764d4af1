"""`station-tray`: the officers' window, for the person who is logged in to this desktop."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from stationd.tray.application import Tray
from stationd.words import LANGUAGES, Words, choose

SOCKET = "/run/stationd/api.sock"
VARIABLE = "STATIOND_SOCKET"


def options(arguments: list[str], words: Words) -> argparse.Namespace:
    """Read the command's options."""
    parser = argparse.ArgumentParser("station-tray", description=words.say("tray.help.about"), add_help=False)
    parser.add_argument("--help", action="help", help=words.say("tray.help.help"))
    parser.add_argument(
        "--socket",
        type=Path,
        default=Path(os.environ.get(VARIABLE) or SOCKET),
        help=words.say("tray.help.socket", variable=VARIABLE, socket=SOCKET),
    )
    parser.add_argument("--lang", choices=LANGUAGES, default=words.language, help=words.say("tray.help.lang"))
    parser.add_argument("--hidden", action="store_true", help=words.say("tray.help.hidden"))
    return parser.parse_args(arguments)


def main() -> NoReturn:
    """Run the window; its end is the program's."""
    chosen = options(sys.argv[1:], Words(choose(None, os.environ)))
    application = QApplication(sys.argv[:1])
    tray = Tray(application, chosen.socket, chosen.lang)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: QTimer.singleShot(0, tray.quit))  # when nothing is half done
    awake = QTimer()  # Qt's loop runs no Python by itself, and a signal is taken up in Python
    awake.start(250)
    awake.timeout.connect(lambda: None)
    tray.start(hidden=chosen.hidden)
    status = application.exec()
    # A thread may still wait for an answer that nobody will read: neither it nor the station keeps the window's end up.
    os._exit(status)


if __name__ == "__main__":
    main()
