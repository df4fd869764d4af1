"""The conformance kit, whole: every promise of every driver at a simulated machine, over its real wire."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.drivers.conformance.families import MACHINES, Findings, Holding, faults, named


@dataclass(frozen=True)
class Held:
    """What came of one machine: what its driver promised, and what is wrong."""

    machine: str
    findings: Findings
    faults: list[str]

    def lines(self) -> Iterator[str]:
        """One line for people, and one for each fault."""
        sums = ", ".join(f"{len(named(self.findings, outcome))} {outcome}" for outcome in ("passed", "not checked"))
        seconds = sum(found["seconds"] for found in self.findings)
        yield f"{self.machine:<13} {sums}, {len(self.faults)} wrong, {seconds:.0f} s"
        yield from (f"  {fault}" for fault in self.faults)


def hold(machines: Collection[str]) -> Iterator[Held]:
    """Hold the drivers of these machines to every promise, or of all; gives each machine as it is done."""
    chosen = [machine for machine in MACHINES if machine in machines or not machines]
    with tempfile.TemporaryDirectory() as folder, Holding(Path(folder), dict.fromkeys(chosen, ())) as holding:
        for machine in chosen:
            findings = holding.findings(machine)
            yield Held(machine, findings, faults(machine, findings))
