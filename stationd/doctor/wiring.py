"""Probes of how the settings fit the drivers and what is attached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from drivers.catalog import Catalog
from stationd.doctor.devices import ENCODER, PRINTER, Found, Use, look, means, same, uses
from stationd.doctor.finding import Finding, soon, stops, well
from stationd.doctor.premises import Premises


def drivers(premises: Premises) -> Iterator[Finding]:
    """See that every driver that is named is there. One that cannot be loaded leaves the others as they are."""
    catalog, named = premises.catalog, uses(premises.settings)
    for name, why in sorted(catalog.broken.items()):
        needed = any(use.driver == name for use in named)
        yield stops("driver-broken", name, why) if needed else soon("driver-broken", name, why)
    for use in named:
        if use.driver not in _of_kind(catalog, use.kind) and use.driver not in catalog.broken:
            there = ", ".join(sorted(_of_kind(catalog, use.kind)))
            yield stops("driver-unknown", use.by, f"{use.kind}: {use.driver!r}; {there}")
    if not named:
        yield soon("no-line", str(premises.settings.station.id))
    loaded = sorted((*catalog.printers, *catalog.encoders))
    yield well("drivers-loaded", ", ".join(loaded))


def _of_kind(catalog: Catalog, kind: str) -> Sequence[str]:
    return tuple(catalog.printers if kind == PRINTER else catalog.encoders)


def addresses(premises: Premises) -> Iterator[Finding]:
    """See that no device is named twice, and that each is named with the driver that knows it."""
    named = uses(premises.settings)
    pairs = combinations(named, 2)
    twice = [(one, other) for one, other in pairs if one.kind == other.kind and same(one.address, other.address)]
    for one, other in twice:
        yield stops("device-named-twice", f"{one.by}, {other.by}", f"{one.address}  {other.address}")
    for one, other in combinations([use for use in named if use.kind == PRINTER], 2):
        if one.driver == other.driver and _wire(one) != _wire(other):  # some tell no serial number
            yield soon("device-by-two-wires", f"{one.by}, {other.by}", f"{one.address}  {other.address}")
    found = look(premises.catalog)
    for driver, why in sorted(found.failing.items()):
        if any((use.kind, use.driver) == (PRINTER, driver) for use in named):  # of readers another probe says it
            yield soon("driver-cannot-look", driver, why)
    wrong = list(wrong_drivers(named, found))
    yield from wrong
    if not twice and not wrong:
        yield well("addresses-fit", ", ".join(dict.fromkeys(use.by for use in named)))


def _wire(use: Use) -> str:
    return use.address.partition(":")[0].lower()


def wrong_drivers(named: Sequence[Use], found: Found) -> Iterator[Finding]:
    """Yield a finding for every device that another driver than the named one finds, and the named one does not."""
    for use in named:
        knows = {
            driver
            for (kind, driver), attached in found.addresses.items()
            if kind == use.kind and any(same(use.address, address) for address in attached)
        }
        if knows and use.driver not in knows:
            yield stops("driver-wrong", use.by, f"{use.address}: {use.driver} -> {', '.join(sorted(knows))}")


def readers(premises: Premises) -> Iterator[Finding]:
    """See that each encoder that is named is among those that its driver finds."""
    named = [use for use in uses(premises.settings) if use.kind == ENCODER]
    for driver in dict.fromkeys(use.driver for use in named):
        if driver not in premises.catalog.encoders:
            continue  # said by another probe
        using = [use for use in named if use.driver == driver]
        only = Catalog(printers={}, encoders={driver: premises.catalog.encoders[driver]}, broken={})
        found = look(only)
        if driver in found.failing:
            # PC/SC's only failure: its service does not answer.
            code = "service-gone" if "pcscd" in found.failing[driver] else "driver-cannot-look"
            yield from (stops(code, use.by, found.failing[driver]) for use in using)
            continue
        attached = found.addresses[ENCODER, driver]
        for use in using:
            if any(means(premises.catalog, use, address) for address in attached):
                yield well("encoder-there", use.by, use.address)
            else:
                yield stops("encoder-missing", use.by, f"{use.address}; {', '.join(attached) or '-'}")
