"""The daemon as `stationd` runs it, with a wall clock that can be turned, and on request broken in one way.

The same composition root, drivers, settings and store; a file holds by how many seconds the wall clock is wrong. A
line looks again at what is in its way as much sooner as the devices here are quicker, and waits less long for a device
that has fallen silent.
"""

from __future__ import annotations

import stationd.lean  # noqa: F401 - first of all, as in `stationd`

# isort: split
import asyncio
import faulthandler
import time
from collections.abc import Callable
from pathlib import Path

import click

from drivers import catalog
from stationd import logs
from stationd.__main__ import _run
from stationd.clock import Clock
from stationd.daemon import Daemon
from stationd.model.issuance import Step
from stationd.press import desk_line, inline, line, making, recovery
from stationd.settings import load
from stationd.store.database import only_one
from tests.campaigns.broken import VARIANTS, without_audit

PATIENCE = 3.0
"""How many times less long a step may take here: not as much as devices are quicker, as chips take their own time."""


def turned(file: Path) -> Callable[[], float]:
    """Return a wall clock that is wrong by what stands in a file."""

    def wall() -> float:
        return time.time() + float(file.read_text() or 0)

    return wall


@click.command()
@click.option("--settings", type=click.Path(path_type=Path), required=True)
@click.option("--clock", type=click.Path(path_type=Path), required=True)
@click.option("--broken", type=click.Choice(sorted(VARIANTS)))
def main(settings: Path, clock: Path, broken: str | None) -> None:
    """Run the print station."""
    faulthandler.enable()
    logs.configure("info")
    line.IDLE, line.POLL = 0.3, 0.1
    making.SECONDS = {step: seconds / PATIENCE for step, seconds in making.SECONDS.items()}
    recovery.LOOKING /= PATIENCE
    inline.PRINTING /= PATIENCE
    inline.DirectBench.patience = property(lambda _: {Step.PRINT: inline.PRINTING / 2})  # type: ignore[method-assign, assignment]
    desk_line.PRINTING /= PATIENCE
    if broken is not None:
        VARIANTS[broken]()
        without_audit()
    read = load(settings)
    with only_one(read.book):
        asyncio.run(_run(Daemon(read, Clock(wall=turned(clock)), catalog.load())))


if __name__ == "__main__":
    main()
