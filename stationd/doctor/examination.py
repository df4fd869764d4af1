"""All probes, side by side: each catches its own failure, none waits for another, and the whole is bounded in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

import msgspec

from stationd.doctor import cardkeys, host, ledger, machines, outside, power, wiring
from stationd.doctor.bounded import all_within
from stationd.doctor.finding import Finding, Report, soon
from stationd.doctor.premises import Premises

SECONDS: Final = 25.0
"""Seconds that all probes together may take."""

Probe = Callable[[], Iterable[Finding]]


def examine(premises: Premises, seconds: float = SECONDS) -> Report:
    """Look at everything and say what was found, the worst of each probe as it came."""
    return run(probes(premises), seconds, running=premises.running is not None)


def probes(premises: Premises) -> dict[str, Probe]:
    """Return every probe by its name, in the order in which they are told."""
    whole: dict[str, Callable[[Premises], Iterable[Finding]]] = {
        "drivers": wiring.drivers,
        "addresses": wiring.addresses,
        "permissions": host.permissions,
    }
    status, found = premises.running, {name: partial(probe, premises) for name, probe in whole.items()}
    of_lines: dict[str, Probe] = {}
    for line in premises.settings.line:
        of_lines[f"printer {line.name}"] = (
            partial(machines.of_opened, line, premises.catalog, desk=premises.settings.desk is not None)
            if status is None
            else partial(machines.of_running, line, status)
        )
    now = time.time() if status is None or status.time is None else status.time
    return {
        **found,
        **of_lines,
        "readers": partial(wiring.readers, premises),
        "profiles": partial(cardkeys.profiles, premises),
        "card keys": partial(cardkeys.keys, premises),
        "sams": partial(cardkeys.sams, premises),
        "disk": partial(host.disk, premises),
        "power": partial(power.supplies, premises),
        "keys": partial(ledger.keys, premises),
        "certificate": partial(ledger.certificate, premises, now),
        "book": partial(ledger.book, premises),
        "registry": partial(outside.clock_and_registry, premises),
    }


def run(probes: Mapping[str, Probe], seconds: float, *, running: bool = False) -> Report:
    """Run probes side by side. One that fails or does not answer in time is a finding of its own."""
    began = time.monotonic()
    findings: list[Finding] = []
    for name, outcome in all_within({name: partial(_all, probe) for name, probe in probes.items()}, seconds).items():
        if outcome.value is not None:
            findings += (msgspec.structs.replace(f, probe=name, subject=f.subject or name) for f in outcome.value)
        else:
            code = "probe-silent" if isinstance(outcome.error, TimeoutError) else "probe-failed"
            detail = "" if isinstance(outcome.error, TimeoutError) else type(outcome.error).__name__
            findings.append(msgspec.structs.replace(soon(code, name, detail), probe=name))
    return Report(tuple(findings), running, round(time.monotonic() - began, 2))


def _all(probe: Probe) -> tuple[Finding, ...]:
    """Keep what a probe found before it failed, too."""
    found: list[Finding] = []
    try:
        found.extend(probe())
    except Exception as error:  # a probe's failure is a finding
        return (*found, soon("probe-failed", "", type(error).__name__))
    return tuple(found)
