"""Runs the kit at one machine of a running simulation, in a process whose environment finds it; prints JSON.

`python -m tests.drivers.conformance.held FACTS MACHINE FAMILY ADDRESS [PROMISE…]`
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from drivers import catalog
from drivers.conformance import report
from drivers.conformance.bench import Bench, Pace
from drivers.conformance.run import hold_to, made_by
from drivers.deadline import Deadline
from tests.drivers.conformance.simulated import SimulatedHands

BLANKS = 1000


def main() -> None:
    file, machine, family, address, *chosen = sys.argv[1:]
    facts = json.loads(Path(file).read_text())
    drivers = catalog.load()
    encoders = drivers.encoders["pcsc"]
    inside = facts.get("readers", {}).get(machine)
    bench = Bench(
        drivers.printers[family],
        address,
        SimulatedHands(facts, machine, family),
        Pace(act=6.0 if family == "ipp" else 10.0, slack=1.0, lost=1.0, settle=1.5),
        None if inside is None else lambda: encoders.open(inside["address"], Deadline.after(10.0)),
    )
    bench.tidy()
    promises = [promise for promise in made_by(bench) if not chosen or promise.name in chosen]
    findings = []
    for finding in hold_to(bench, promises, BLANKS):
        findings.append(finding)
        sys.stderr.write(f"{finding.outcome}: {finding.promise.name} {finding.seconds:.2f} s: {finding.evidence}\n")
        sys.stderr.flush()
    sys.stdout.write(json.dumps(report.record(findings)))


if __name__ == "__main__":
    main()
