"""`stationd`: the daemon."""

from __future__ import annotations

import stationd.lean  # noqa: F401 - first of all

# isort: split
import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import click
import structlog

from drivers import catalog
from stationd import __version__, logs, memory
from stationd.artwork.errors import BadLayout
from stationd.chip.profiles import BadProfile
from stationd.clock import Clock
from stationd.daemon import Daemon, NotEnrolled
from stationd.settings import SettingsWrong, load
from stationd.store.database import DatabaseUnusable, only_one
from stationd.store.keys import KeysError
from stationd.store.store import CommitFailed

log = structlog.get_logger()

EX_CONFIG = 78
"""Exit status of sysexits.h: something is wrong with the configuration; starting again will not help."""

EX_TEMPFAIL = 75
"""Exit status of sysexits.h: the disk is full, and starting again will help once it is not."""


STILL_STARTING = 60_000_000
"""Microseconds that systemd is asked to wait for the next word of progress (sd_notify(3))."""


@click.command()
@click.version_option(__version__)
@click.option(
    "--settings", "file", type=click.Path(path_type=Path), default="/etc/stationd/station.toml", show_default=True
)
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info")
def main(file: Path, log_level: str) -> None:
    """Run the print station in the foreground."""
    memory.give_back()
    logs.configure(log_level)
    try:
        settings = load(file)
        if not settings.line:  # a station may register now and print later
            log.warning("no line is set up: nothing can be printed", settings=str(file), advice="write [[line]] in it")
        with only_one(settings.book):
            asyncio.run(_run(Daemon(settings, Clock(), catalog.load(), _say_deriving)))
    except (SettingsWrong, NotEnrolled, DatabaseUnusable, KeysError, BadLayout, BadProfile) as error:
        click.echo(f"stationd: {error}", err=True)
        sys.exit(EX_CONFIG)
    except CommitFailed as error:
        click.echo(f"stationd: {error}", err=True)
        sys.exit(EX_TEMPFAIL)


async def _run(daemon: Daemon) -> None:
    stopping = asyncio.Event()

    def stop() -> None:
        if stopping.is_set():
            log.warning("told to stop a second time: not waiting for the card in the machine")
            os._exit(1)  # nothing to save: every intent and observation is on the disk already
        stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await daemon.run(stopping, _say_ready)


def _say_ready() -> None:
    """Tell whoever started us (sd_notify(3)) and the log that the api answers."""
    log.info("ready")
    _notify("READY=1")


def _say_deriving(done: int, of: int) -> None:
    """Tell that the start takes longer this once: the program was changed, and goes through the whole book."""
    log.info("tables are derived anew from the book", entries=done, of=of)
    _notify(f"EXTEND_TIMEOUT_USEC={STILL_STARTING}\nSTATUS=tables are derived anew from the book: {done} of {of}")


def _notify(words: str) -> None:
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(words.encode(), address.replace("@", "\0", 1) if address.startswith("@") else address)


if __name__ == "__main__":
    main()
