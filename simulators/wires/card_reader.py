"""A contactless reader over a field of the world, as pcscd's virtual reader (vpcd) shows it.

While a card is in the field this process is connected to vpcd and passes power and APDUs to the world's chip; when
the card leaves it disconnects. That is how vpcd shows a card inserted and removed.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from simulators.devices.work import BusyLog
from simulators.wires.pcscd import PORT
from simulators.wires.vpcd import Control, Link, control_of
from simulators.world_client import WorldClient

# pcscd asks every 400 ms whether a card is there: one that comes back sooner was never seen to leave.
GAP_SECONDS = 0.6
RETRY_SECONDS = 0.1
WATCH_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Reader:
    """Which field is shown where.

    Attributes:
        world: path of the world's socket.
        field: a place with a reader (`machine/matica-1`, `desk/reader-1`).
        factor: chips work that many times faster than real ones.
        began: this computer's monotonic time at the zero of the devices' clock.
        busy_log: where to write when the chip was busy; None writes nothing.
    """

    world: Path
    field: str
    port: int
    factor: float = 1.0
    quick_ack: bool = True
    began: float = 0.0
    busy_log: Path | None = None

    def now(self) -> float:
        """Return the simulated seconds since the devices' clock began."""
        return (time.monotonic() - self.began) * self.factor


class Session:
    """One card's stay in the field, from its first power on."""

    def __init__(
        self,
        reader: Reader,
        world: WorldClient,
        link: Link,
        atr: bytes,
        left: threading.Event,
        log: BusyLog | None,
    ) -> None:
        self._reader = reader
        self._log = log
        self._world = world
        self._link = link
        self._atr: bytes | None = atr
        self._left = left

    def serve(self) -> None:
        """Answer the reader until the card leaves, loses its session or the reader hangs up."""
        while (payload := self._link.receive()) is not None:
            if not self._handle(payload):
                break

    def _handle(self, payload: bytes) -> bool:
        match control_of(payload):
            case None:
                return self._exchange(payload)
            case Control.ATR:
                return self._atr is not None and self._link.send(self._atr)
            case Control.POWER_OFF:
                self._world.chip_power(self._reader.field, "off")
            case Control.POWER_ON:
                self._atr = self._world.chip_power(self._reader.field, "on")
            case Control.RESET:
                self._atr = self._world.chip_power(self._reader.field, "reset")
        return self._atr is not None

    def _exchange(self, apdu: bytes) -> bool:
        # A chip begins when the command reaches it, not when this process is given the processor.
        began = self._reader.now() - self._link.waited * self._reader.factor
        reply = self._world.chip_exchange(self._reader.field, apdu)
        if reply is None:
            return False
        rest = reply.seconds - (self._reader.now() - began)  # asking the world is no time of the chip's
        left = self._left.wait(max(0.0, rest) / self._reader.factor)
        if self._log is not None:
            self._log.add("chip", f"command {apdu[1:2].hex()}", began, self._reader.now(), reply.seconds, cut=left)
        if left or reply.mishap is not None:
            return False
        # A silent chip leaves the reader waiting, until the card is taken away.
        return not reply.answer or self._link.send(reply.answer)


@contextmanager
def _hanging_up_when_it_leaves(reader: Reader, card: str, link: Link) -> Iterator[threading.Event]:
    left, over = threading.Event(), threading.Event()
    world = WorldClient(reader.world)

    def watch() -> None:
        with contextlib.suppress(OSError, ValueError):  # closed under it: the session is over
            while not over.is_set():
                if world.await_change(reader.field, card, WATCH_SECONDS) != card:
                    left.set()
                    link.hang_up()
                    return

    watcher = threading.Thread(target=watch, name=f"watch {reader.field}", daemon=True)
    watcher.start()
    try:
        yield left
    finally:
        over.set()
        world.close()
        watcher.join()


def _connect(reader: Reader, world: WorldClient) -> Link:
    told = False
    while True:
        try:
            return Link(reader.port, quick_ack=reader.quick_ack)
        except ConnectionRefusedError:
            if not told:
                sys.stderr.write(f"nothing listens on port {reader.port}; waiting for pcscd and its vpcd\n")
                told = True
            time.sleep(RETRY_SECONDS)
            world.in_field(reader.field)  # ends the wait if the world is gone


def _show(reader: Reader, world: WorldClient, card: str, log: BusyLog | None) -> None:
    atr = world.chip_power(reader.field, "on")  # a field powers whatever comes into it
    if atr is None:  # no chip, or it left already
        world.await_change(reader.field, card, WATCH_SECONDS)
        return
    link = _connect(reader, world)
    try:
        with _hanging_up_when_it_leaves(reader, card, link) as left:
            Session(reader, world, link, atr, left, log).serve()
    finally:
        link.close()
    world.chip_power(reader.field, "off")
    time.sleep(GAP_SECONDS)


def run(reader: Reader) -> None:
    """Show the field until the world goes away. Raises `OSError` then."""
    log = None if reader.busy_log is None else BusyLog(reader.busy_log)
    with WorldClient(reader.world) as world:
        sys.stdout.write(f"ready {reader.field} {reader.port}\n")
        sys.stdout.flush()
        while True:
            card = world.await_change(reader.field, None, WATCH_SECONDS)
            if card is not None:
                _show(reader, world, card, log)


@click.command()
@click.option("--world", type=click.Path(path_type=Path), required=True, help="The world's socket.")
@click.option("--field", required=True, help="The place whose card the reader sees, such as machine/matica-1.")
@click.option("--port", default=PORT, show_default=True, help="Where vpcd listens; its second slot is the next port.")
@click.option("--factor", default=1.0, show_default=True, help="How many times faster than real the chip works.")
@click.option("--began", default=0.0, help="This computer's monotonic time at the zero of the devices' clock.")
@click.option("--busy-log", type=click.Path(path_type=Path), help="Write when the chip was busy here, as JSON lines.")
@click.option(
    "--quick-ack/--no-quick-ack", default=True, show_default=True, help="Acknowledge each TCP segment at once."
)
def main(
    world: Path, field: str, port: int, factor: float, began: float, busy_log: Path | None, quick_ack: bool
) -> None:
    """Show a field of the world as a virtual smart card reader."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        run(Reader(world, field, port, factor, quick_ack, began, busy_log))
    except OSError as error:
        sys.exit(f"card reader {field}: the world at {world} is gone ({error})")
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
