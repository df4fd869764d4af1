"""Commands about devices: `devices`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from stationd.cli import text
from stationd.cli.console import Console
from stationd.cli.settings_file import settings_option
from stationd.cli.spoken import SpokenCommand
from stationd.client.problems import StationAbsent


class DeviceView(msgspec.Struct, frozen=True):
    """A device; members as in `stationd.doctor.devices.Device`."""

    kind: str
    driver: str
    address: str
    attached: bool | None = None
    used_by: tuple[str, ...] = ()
    held: bool = False
    model: str = ""
    serial: str = ""
    firmware: str = ""
    cause: str = ""
    detail: str = ""
    conditions: tuple[str, ...] = ()


class InventoryView(msgspec.Struct, frozen=True):
    """All devices; members as in `stationd.doctor.devices.Inventory`."""

    devices: tuple[DeviceView, ...] = ()
    broken: dict[str, str] = {}
    failing: dict[str, str] = {}
    running: bool = False


PATIENCE = 30.0
"""Seconds that the station may take to look for every device."""


def raw_inventory(console: Console, settings: Path) -> Any:
    """Ask the station for its devices, or look at them here if none runs; as plain data.

    Raises:
        Trouble: if no station runs and the settings cannot be used.
    """
    try:
        return console.client.get("/v1/devices", Any, timeout=PATIENCE)
    except StationAbsent as absent:
        if absent.cause != "station-absent":
            raise
    from stationd.cli import premises  # noqa: PLC0415 - drivers, which no other command needs

    return premises.devices_here(settings)


@click.command(cls=SpokenCommand, help="devices")
@settings_option
@click.pass_obj
def devices(console: Console, settings: Path) -> None:
    """Show every device. One that a line names and that cannot be used makes the command fail."""
    raw = raw_inventory(console, settings)
    seen = msgspec.convert(raw, InventoryView)
    if console.as_json:
        console.data(raw)
    else:
        _show(console, seen)
    console.failed = any(device.used_by and _unusable(device) for device in seen.devices)


def _unusable(device: DeviceView) -> bool:
    """Say whether a line can do nothing with it. A machine that is held and reports something is there."""
    return device.attached is False or (bool(device.cause) and not device.held)


def _show(console: Console, seen: InventoryView) -> None:
    say = console.words.say
    console.say("devices.asked-station" if seen.running else "devices.asked-here")
    if seen.devices:
        columns = ("used-by", "kind", "driver", "address", "who", "state")
        header = [say(f"devices.{column}") for column in columns]
        console.print()
        console.print(text.table([_row(console, device) for device in seen.devices], header))
    else:
        console.say("devices.none")
    for device in seen.devices:
        for reason in device.conditions:
            explained = console.words.cause(reason, ", ".join(device.used_by), group="doctor")
            console.print()
            console.print(text.paragraph(explained.what, label=f"{', '.join(device.used_by)} ({reason})"))
        if device.cause and device.used_by:
            explained = console.words.cause(device.cause, ", ".join(device.used_by), group="doctor")
            console.print()
            console.print(text.paragraph(explained.what, label=f"{', '.join(device.used_by)} ({device.cause})"))
            console.print(text.paragraph(explained.do, "  ", say("error.do")))
            if device.detail:
                console.print(text.paragraph(device.detail, "  ", say("error.detail")))
    for key, troubles in (("devices.broken", seen.broken), ("devices.failing", seen.failing)):
        for driver, why in troubles.items():
            console.print()
            console.print(text.paragraph(say(key, driver=driver)))
            console.print(text.paragraph(why, "  ", say("error.detail")))


def _row(console: Console, device: DeviceView) -> tuple[str, ...]:
    who = " ".join(part for part in (device.model, device.serial, device.firmware) if part)
    say = console.words.say
    if device.cause:
        state = device.cause
    elif device.held:
        state = say("devices.state-working")
    elif device.attached is None:
        state = say("devices.state-not-asked")
    else:
        state = say("devices.state-attached" if device.attached else "devices.state-absent")
    used = ", ".join(device.used_by) or say("devices.free")
    return (used, console.words.name("device-kind", device.kind), device.driver, device.address, who or "-", state)


COMMANDS = (devices,)
