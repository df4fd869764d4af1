"""Commands about the time: `time declare`."""

from __future__ import annotations

import datetime
from typing import Final

import click

from stationd.cli.console import Console, Trouble
from stationd.cli.spoken import SpokenGroup

FORMATS: Final = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")


@click.group("time", cls=SpokenGroup, help="time")
def time() -> None:
    """Gather the commands about the time."""


@time.command(help="time-declare")
@click.argument("date", metavar="YYYY-MM-DD")
@click.argument("clock", metavar="HH:MM")
@click.pass_obj
def declare(console: Console, date: str, clock: str) -> None:
    """Say, as a supervisor, what time it is by the clock on this office's wall."""
    seconds = read(date, clock).timestamp()
    console.client.declare_time(seconds)
    if console.as_json:
        console.data({"seconds": seconds})
    else:
        console.say("done.time-declared", date=date, clock=clock)


def read(date: str, clock: str) -> datetime.datetime:
    """Read a time as it is typed, in this computer's time zone. The clock's dots, as Indonesia writes them, do too.

    Raises:
        Trouble: if it is none.
    """
    typed = f"{date} {clock.replace('.', ':')}"
    for form in FORMATS:
        try:
            return datetime.datetime.strptime(typed, form).astimezone()
        except (ValueError, OverflowError, OSError):
            continue
    raise Trouble("not-a-time", f"{date} {clock}", "YYYY-MM-DD HH:MM")


COMMANDS = (time,)
