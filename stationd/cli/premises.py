"""What a technician's command finds out by itself where no daemon runs: the only door from commands to devices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from stationd.cli.console import Trouble
from stationd.cli.offline import settings_of
from stationd.doctor import chips, devices
from stationd.doctor.examination import examine
from stationd.doctor.finding import Report, soon, stops
from stationd.doctor.premises import Premises
from stationd.doctor.support import gather
from stationd.doctor.tracing import CannotTrace, ask, choose
from stationd.settings import SettingsWrong, load, read


def devices_here(file: Path) -> Any:
    """Return what is attached and which line of a settings file uses it, as plain data; line's printers are opened.

    Raises:
        Trouble: if the settings cannot be used.
    """
    named = devices.uses(settings_of(file))
    catalog = devices.drivers()
    seen = devices.inventory(catalog, named, devices.look(catalog))
    return msgspec.to_builtins(devices.introduced(catalog, seen, named))


def doctor_here(file: Path) -> Any:
    """Look at the station of a settings file, as plain data. Settings that cannot be used are a finding, too."""
    found = Report(())
    first = [msgspec.structs.replace(soon("daemon-down", str(file)), probe="daemon")]
    try:
        settings = read(file)
        found = examine(Premises(settings, devices.drivers()))
        load(file)
    except SettingsWrong as error:
        first.append(msgspec.structs.replace(stops("settings-wrong", str(file), str(error)), probe="settings"))
    return msgspec.to_builtins(msgspec.structs.replace(found, findings=(*first, *found.findings)))


def trace_here(file: Path, of: str, seconds: float) -> Any:
    """Record a device's wire while it is asked how it is; as plain data.

    Raises:
        Trouble: if the settings cannot be used, or there is nothing to record.
    """
    try:
        return msgspec.to_builtins(ask(devices.drivers(), choose(devices.uses(settings_of(file)), of), seconds))
    except CannotTrace as reason:
        raise Trouble(reason.cause, reason.subject, reason.detail) from None


def chip_here(file: Path) -> Any:
    """Say which chip lies on the desk reader of a settings file's station; as plain data.

    Raises:
        Trouble: if the settings or the profiles cannot be used, or there is no card to be read.
    """
    try:
        return msgspec.to_builtins(chips.chip_on_desk(settings_of(file), devices.drivers()))
    except chips.CannotLook as reason:
        raise Trouble(reason.cause, reason.subject, reason.detail) from None


def lint_here(file: Path) -> Any:
    """Say all that is wrong with a profile's file; as plain data.

    Raises:
        Trouble: if it cannot be read.
    """
    try:
        return msgspec.to_builtins(chips.lint(file))
    except chips.CannotLook as reason:
        raise Trouble(reason.cause, reason.subject, reason.detail) from None


def support_here(file: Path, days: int) -> Any:
    """Gather what support needs to know of the station of a settings file; as plain data.

    Raises:
        Trouble: if the settings cannot be used.
    """
    return msgspec.to_builtins(gather(Premises(settings_of(file), devices.drivers()), days))
