"""`script/campaign conformance`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from tests.campaigns import conforming
from tests.drivers.conformance.families import MACHINES


@click.command()
@click.option("--machine", "machines", type=click.Choice(MACHINES), multiple=True, help="Only this; may be repeated.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the findings there, too.")
def conformance(machines: tuple[str, ...], json_file: Path | None) -> None:
    """Hold each driver to every promise at each simulated machine of its family."""
    wrong, findings = False, {}
    for held in conforming.hold(machines):
        for line in held.lines():
            click.echo(line)
        wrong = wrong or bool(held.faults)
        findings[held.machine] = held.findings
    if json_file is not None:
        json_file.write_bytes(msgspec.json.encode(findings))
    sys.exit(wrong)
