"""A PN532 over a field of the world, on a pseudo-terminal that a host opens like a serial port."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import click

from simulators.clock import SimClock
from simulators.devices.chip import Air, Reply
from simulators.devices.faults import Script
from simulators.devices.pn532_reader import BAUD, Pn532Reader
from simulators.devices.work import BusyLog
from simulators.wires.control import ControlServer, Hands
from simulators.wires.pty import PtyPort
from simulators.wires.tcp import asyncio_later
from simulators.world_client import WorldClient


class WorldField:
    """The cards near one reader, as the world has them. Meets `simulators.devices.pn532.Field`."""

    def __init__(self, world: WorldClient, field: str) -> None:
        self._world = world
        self._field = field

    def cards(self) -> list[str]:
        """Return the ids of the cards that are there."""
        return self._world.all_in_field(self._field)

    def air(self, card: str) -> Air | None:
        """Return what a card with power says of itself."""
        return self._world.chip_air(self._field, card)

    def power(self, card: str, action: Literal["on", "off", "reselect"]) -> None:
        """Give a card power or take it, or begin another session."""
        self._world.chip_power(self._field, action, card)

    def exchange(self, card: str, apdu: bytes) -> Reply | None:
        """Let a card answer."""
        return self._world.chip_exchange(self._field, apdu, card)


async def serve(world: WorldClient, field: str, link: Path, clock: SimClock, log: BusyLog | None) -> None:
    """Serve one reader until SIGTERM or SIGINT; hands reach it at `<link>.control` by the link's stem."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    reader = Pn532Reader(link.stem, WorldField(world, field), clock, Script(), log)
    port = PtyPort(reader, reader, link, baud=BAUD, check_speed=True)
    await port.open()

    def post(act: Callable[[], None]) -> None:
        loop.call_soon_threadsafe(act)

    control = ControlServer(control_of(link), Hands({link.stem: port}), post)
    sys.stdout.write(f"ready {field} {link}\n")
    sys.stdout.flush()
    await stop.wait()
    control.close()
    await port.shut()
    reader.close()


def control_of(link: Path) -> Path:
    """Return where hands reach the reader behind a link."""
    return link.with_name(f"{link.name}.control")


@click.command()
@click.option("--world", type=click.Path(path_type=Path), required=True, help="The world's socket.")
@click.option("--field", required=True, help="The place whose cards the reader sees, such as desk/desk-1.")
@click.option("--link", type=click.Path(path_type=Path), required=True, help="Where to put the serial port.")
@click.option("--factor", default=1.0, show_default=True, help="How many times faster than real it works.")
@click.option("--began", type=float, help="This computer's monotonic time at the zero of the devices' clock.")
@click.option("--busy-log", type=click.Path(path_type=Path), help="Write when a chip was busy here, as JSON lines.")
def main(world: Path, field: str, link: Path, factor: float, began: float | None, busy_log: Path | None) -> None:
    """Show a field of the world as a PN532 on a serial port."""

    async def run() -> None:
        clock = SimClock(factor, asyncio_later(asyncio.get_running_loop()), began)
        with WorldClient(world) as client:
            await serve(client, field, link, clock, None if busy_log is None else BusyLog(busy_log))

    asyncio.run(run())


if __name__ == "__main__":
    main()
