"""The process in which simulated machines live: several on one wire, a clock, and a control socket.

Once clients can reach every machine it prints `ready` and one line of JSON: the machines' addresses, and what a
client's environment needs.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from simulators.clock import Clock, SimClock
from simulators.devices.faults import Fault
from simulators.devices.machine import Machine
from simulators.devices.work import BusyLog
from simulators.families import USB, MachineSettings, build, family_of, with_family
from simulators.wires.control import ControlServer, Hands
from simulators.wires.port import LoopPort, Port, Queued
from simulators.wires.tcp import asyncio_later
from simulators.world_client import WorldClient

PRELOAD = "libumockdev-preload.so.0"
OWNER_FILE = "owner.lock"
"""Locked for as long as a testbed's owner lives: seen from every namespace, as its process id is not."""


class Floor(msgspec.Struct, forbid_unknown_fields=True):
    """The machines of one process.

    Attributes:
        world: the world's socket.
        control: where to serve hands.
        logs: folder for `busy-<machine>.jsonl`, and for what a wire has to put somewhere.
        faults: scripts by machine.
        began: this computer's monotonic time at the zero of the devices' clock; None begins it with the process.
    """

    world: str
    control: str
    logs: str
    factor: float
    machines: list[MachineSettings]
    faults: dict[str, list[Fault]] = {}
    began: float | None = None


def _machine(floor: Floor, settings: MachineSettings, clock: Clock) -> Machine:
    log = BusyLog(Path(floor.logs) / f"busy-{settings.name}.jsonl")
    return build(settings, WorldClient(floor.world), clock, floor.faults.get(settings.name, []), log)


def _say_ready(ports: dict[str, Port], environment: dict[str, str]) -> None:
    told = {
        "machines": {name: port.lasting_address() for name, port in ports.items()},
        "queues": {name: port.queue_address() for name, port in ports.items() if isinstance(port, Queued)},
        "environment": environment,
    }
    sys.stdout.write(f"ready {json.dumps(told)}\n")
    sys.stdout.flush()


async def run_on_loop(floor: Floor) -> None:
    """Serve machines on whichever wires run on an asyncio loop until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    clock = SimClock(floor.factor, asyncio_later(loop), floor.began)
    ports: dict[str, LoopPort] = {}
    for settings in floor.machines:
        machine = _machine(floor, settings, clock)
        ports[settings.name] = family_of(settings).ports[settings.wire](machine, Path(floor.logs))
        await ports[settings.name].open()

    def post(act: Callable[[], None]) -> None:
        loop.call_soon_threadsafe(act)

    control = ControlServer(Path(floor.control), Hands(dict(ports)), post)
    _say_ready(dict(ports), {})
    await stop.wait()
    control.close()
    for port in ports.values():
        await port.shut()
        port.machine.close()


def run_usb(floor: Floor) -> None:
    """Serve machines on USB until SIGTERM or SIGINT. Starts itself again under the preload if it is not."""
    if PRELOAD not in os.environ.get("LD_PRELOAD", ""):
        environment = {**os.environ, "LD_PRELOAD": PRELOAD}
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606 - itself
    from gi.repository import GLib  # noqa: PLC0415 - only here: a system package that TCP does not need

    from simulators.wires import glib, usb  # noqa: PLC0415 - as above

    _sweep()
    loop = GLib.MainLoop()
    for number in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, loop.quit)
    clock = SimClock(floor.factor, glib.later, floor.began)
    bus = usb.Bus()
    lock = (bus.root / OWNER_FILE).open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    ports: dict[str, Port] = {}
    for settings in floor.machines:
        machine = _machine(floor, settings, clock)
        function = family_of(settings).usb
        assert function is not None  # noqa: S101 - `run` looked
        ports[settings.name] = usb.UsbPort(bus, machine, function(machine), settings.address)
        ports[settings.name].plug(new_address=False)
    control = ControlServer(Path(floor.control), Hands(ports), glib.post)
    _say_ready(ports, {"LD_PRELOAD": PRELOAD, "UMOCKDEV_DIR": str(bus.root)})
    loop.run()
    control.close()
    for port in ports.values():
        port.machine.close()
    shutil.rmtree(bus.root, ignore_errors=True)
    lock.close()


def _sweep() -> None:
    """Remove the testbeds of owners that were killed."""
    for owner in Path(tempfile.gettempdir()).glob(f"umockdev.*/{OWNER_FILE}"):
        with contextlib.suppress(OSError), owner.open() as lock:  # held by its owner, another user's, or just gone
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(owner.parent, ignore_errors=True)


def run(wire: str, file: Path) -> None:
    """Serve the machines of a floor file (JSON), all on one wire."""
    floor = msgspec.convert(with_family(msgspec.json.decode(file.read_bytes())), Floor)
    for settings in floor.machines:
        if settings.wire != wire or wire not in family_of(settings).wires():
            raise ValueError(f"{settings.name} is on {settings.wire} and cannot be served on {wire}")
    if wire == USB:
        run_usb(floor)
    else:
        asyncio.run(run_on_loop(floor))
