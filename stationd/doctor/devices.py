"""What is attached by every driver's own finding, and which line of the settings uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec

from drivers import catalog as catalogs
from drivers.catalog import Catalog
from drivers.deadline import Deadline
from drivers.errors import DeviceError
from stationd.doctor.bounded import all_within
from stationd.press.plan import lacks
from stationd.press.trouble import cause_of
from stationd.settings import DeviceSettings, Settings

PRINTER: Final = "printer"
ENCODER: Final = "encoder"

LOOKING: Final = 8.0
"""Seconds that all drivers together may take to look for their devices."""

OPENING: Final = 10.0
"""Seconds that opening one device may take."""


class Device(msgspec.Struct, frozen=True):
    """A device, attached or only named in the settings.

    Attributes:
        kind: `printer` or `encoder`.
        driver, address: as `station.toml` writes them.
        attached: whether its driver finds it; None where it cannot be found without being opened (on the network).
        used_by: the lines that name it; `desk` for the reader on the officer's desk.
        held: the running station works with it.
        model, serial, firmware: who it is, where that could be asked without disturbing it.
        cause, detail: why it cannot be used; empty if nothing is known against it.
        conditions: what it reports besides, as reasons: a ribbon that runs low, a cleaning that is due.
    """

    kind: str
    driver: str
    address: str
    attached: bool | None
    used_by: tuple[str, ...] = ()
    held: bool = False
    model: str = ""
    serial: str = ""
    firmware: str = ""
    cause: str = ""
    detail: str = ""
    conditions: tuple[str, ...] = ()


class Inventory(msgspec.Struct, frozen=True):
    """All devices at one look.

    Attributes:
        broken: drivers that cannot be loaded, and why.
        failing: drivers that cannot look for their devices now, and why.
        running: whether the daemon was asked, or the devices themselves.
    """

    devices: tuple[Device, ...]
    broken: dict[str, str] = {}
    failing: dict[str, str] = {}
    running: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """A place in the settings where a device is named."""

    by: str
    kind: str
    driver: str
    address: str


@dataclass(frozen=True, slots=True)
class Held:
    """What a running line says of its devices; members as in `stationd.press.line.LineStatus`."""

    printer: str = ""
    firmware: str = ""
    cause: str = ""
    detail: str = ""
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What the drivers find: addresses by kind and driver, and the drivers that could not look."""

    addresses: Mapping[tuple[str, str], Sequence[str]]
    failing: Mapping[str, str]


def drivers() -> Catalog:
    """Return every driver that is installed."""
    return catalogs.load()


def uses(settings: Settings) -> list[Use]:
    """Return every device that the settings name, in their order."""
    named: list[tuple[str, str, DeviceSettings | None]] = []
    for line in settings.line:
        named += [(line.name, PRINTER, line.printer), (line.name, ENCODER, line.encoder)]
        named.append((f"{line.name}/sam", ENCODER, None if line.encoder is None else line.encoder.sam))
    named.append(("desk", ENCODER, settings.desk))
    named.append(("desk/sam", ENCODER, None if settings.desk is None else settings.desk.sam))
    return [Use(by, kind, device.driver, device.address) for by, kind, device in named if device is not None]


def look(catalog: Catalog, seconds: float = LOOKING) -> Found:
    """Let every driver look for its devices, side by side. What a driver does not tell in time is told as failing."""
    calls: dict[str, Callable[[], Sequence[str]]] = {}
    keys: dict[str, tuple[str, str]] = {}
    for kind, drivers in ((PRINTER, catalog.printers), (ENCODER, catalog.encoders)):
        for name, driver in drivers.items():
            calls[f"{kind} {name}"] = driver.find
            keys[f"{kind} {name}"] = (kind, name)
    addresses: dict[tuple[str, str], Sequence[str]] = {}
    failing: dict[str, str] = {}
    for call, outcome in all_within(calls, seconds).items():
        if outcome.error is None:
            addresses[keys[call]] = tuple(outcome.value or ())
        else:
            failing[keys[call][1]] = told(outcome.error)
    return Found(addresses, failing)


def told(error: Exception) -> str:
    """Say in one clause what a driver failed of; of an unknown error its kind alone, as its text may quote anything."""
    return str(error) if isinstance(error, DeviceError | TimeoutError) else type(error).__name__


def same(one: str, other: str) -> bool:
    """Say whether two addresses may name one device: the same text, or the same USB ids and no two serial numbers."""
    if one == other:
        return True
    (one_ids, _, one_query), (other_ids, _, other_query) = one.partition("?"), other.partition("?")
    if not one.lower().startswith("usb:") or one_ids.lower() != other_ids.lower():
        return False
    return not one_query or not other_query


def means(catalog: Catalog, use: Use, address: str) -> bool:
    """Say whether a device of the settings may be the one that its driver lists at an address."""
    driver = catalog.encoders.get(use.driver) if use.kind == ENCODER else None
    return same(use.address, address) or (driver is not None and driver.same(use.address, address))


def inventory(
    catalog: Catalog, named: Iterable[Use], found: Found, held: Mapping[str, Held] | None = None
) -> Inventory:
    """Lay what is found beside what is named.

    Args:
        catalog: the drivers.
        named: the devices of the settings.
        found: what the drivers find.
        held: what each line of the running daemon says; None if no daemon runs.
    """
    named = list(named)
    devices: list[Device] = []
    taken: set[Use] = set()
    for (kind, driver), addresses in found.addresses.items():
        for address in addresses:
            using = [use for use in named if (use.kind, use.driver) == (kind, driver) and means(catalog, use, address)]
            taken.update(using)
            device = Device(kind, driver, address, True, tuple(use.by for use in using), serial=_serial(address))
            devices.append(_with_held(device, using, held))
    for use in named:
        if use not in taken:
            attached = False if _can_be_found(use, found) else None
            together = tuple(dict.fromkeys(other.by for other in named if _is(other, use)))
            device = _with_held(Device(use.kind, use.driver, use.address, attached, together), [use], held)
            devices.append(device)
            taken.update(other for other in named if _is(other, use))
    return Inventory(tuple(devices), dict(catalog.broken), dict(found.failing), held is not None)


def introduced(catalog: Catalog, seen: Inventory, named: Sequence[Use]) -> Inventory:
    """Open each printer that a line names, side by side, and ask who it is. For when no daemon works with them."""
    asked = {str(n): d for n, d in enumerate(seen.devices) if d.kind == PRINTER and d.used_by}
    calls = {key: partial(_introduce, catalog, device, named) for key, device in asked.items()}
    outcomes = all_within(calls, OPENING + 1)
    answers = {int(key): _answer(asked[key], outcome.value, outcome.error) for key, outcome in outcomes.items()}
    return msgspec.structs.replace(seen, devices=tuple(answers.get(n, d) for n, d in enumerate(seen.devices)))


def _answer(device: Device, value: Device | None, error: Exception | None) -> Device:
    if value is not None:
        return value
    if isinstance(error, DeviceError):
        cause = cause_of(error)
        return msgspec.structs.replace(device, cause=cause.word, detail=cause.detail)
    return msgspec.structs.replace(device, cause="device-silent", detail="" if error is None else told(error))


def _introduce(catalog: Catalog, device: Device, named: Sequence[Use]) -> Device:
    if device.driver not in catalog.printers:
        cause = "driver-broken" if device.driver in catalog.broken else "driver-unknown"
        return msgspec.structs.replace(device, cause=cause, detail=catalog.broken.get(device.driver, device.driver))
    by = device.used_by[0]
    address = next(use.address for use in named if (use.by, use.kind) == (by, PRINTER))
    printer = catalog.printers[device.driver].open(address, Deadline.after(OPENING))
    try:
        who, status = printer.identity, printer.status(Deadline.after(OPENING))
    finally:
        printer.close()
    known = msgspec.structs.replace(device, model=who.model, serial=who.serial, firmware=who.firmware)
    reported = (*(condition.reason.value for condition in status.conditions), *lacks(printer))
    return msgspec.structs.replace(known, attached=True, conditions=reported)


def _with_held(device: Device, using: Sequence[Use], held: Mapping[str, Held] | None) -> Device:
    """Add what the running line says of its printer. Of its reader it says nothing."""
    line = next((held[use.by] for use in using if held is not None and use.by in held), None)
    if line is None:
        return device
    if device.kind != PRINTER:
        return msgspec.structs.replace(device, held=bool(line.printer))
    model, _, serial = line.printer.partition(":")
    return msgspec.structs.replace(
        device,
        held=bool(line.printer),
        attached=device.attached or (True if line.printer and not line.cause else device.attached),
        model=model,
        serial=serial or device.serial,
        firmware=line.firmware,
        cause=line.cause,
        detail=line.detail,
        conditions=tuple(reason for reason in line.conditions if reason != line.cause),
    )


def _is(one: Use, other: Use) -> bool:
    return (one.kind, one.driver, one.address) == (other.kind, other.driver, other.address)


def _can_be_found(use: Use, found: Found) -> bool:
    """Say whether the driver would have found it: the network and serial ports are not looked through."""
    return use.address.lower().startswith(("usb:", "pcsc:")) and (use.kind, use.driver) in found.addresses


def _serial(address: str) -> str:
    """Return the serial number that an address tells, as it is: drivers percent-encode what is not plain."""
    return address.partition("?serial=")[2].partition("&")[0]
