"""`script/campaign trip`: three days in the villages without network, and everything compared when the kit is home."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from tests.rig.simulation import Simulation
from tests.rig.station import ROOT, StationProcess
from tests.rig.trip import Plan, Trip, travel

BARE = ROOT / "tests" / "spine" / "bare.toml"


@click.command()
@click.option("--days", default=3, show_default=True)
@click.option("--cards", default=60, show_default=True)
@click.option("--spoiled", default=2, show_default=True)
@click.option("--missing", default=1, show_default=True)
@click.option("--unused", default=2, show_default=True)
@click.option("--factor", default=50.0, show_default=True, help="How many times faster than in life devices work.")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), default=ROOT / "campaign-run" / "trip", show_default=True
)
def trip(*, days: int, cards: int, spoiled: int, missing: int, unused: int, factor: float, folder: Path) -> None:
    """Go on a trip with no network: so many cards are printed, spoiled, missing and brought back unused."""
    if (folder / "world").exists():  # an earlier trip's
        shutil.rmtree(folder)
    done = Trip(Plan(days, cards, spoiled, missing, unused))
    with Simulation(folder / "world", str(BARE), factor) as simulation:
        office = StationProcess(folder / "office", simulation, "kec-office", lines=())
        kit = StationProcess(folder / "kit", simulation, "kit-1")
        for station in (office, kit):
            station.enrol()
        with office, kit:
            travel(simulation, office, kit, done, folder)
    click.echo(f"{done.seconds:.0f} s; came to {done.figures}; {done.held_back} entries waited for the network")
    for number, refused in enumerate(done.refused, 1):
        click.echo(f"close {number} was refused: {', '.join(refused)}")
    click.echo(f"{len(done.findings.compared)} comparisons, {len(done.findings.wrong)} do not agree")
    for violation in done.findings.wrong:
        click.echo(f"VIOLATION {violation}")
    sys.exit(bool(done.findings.wrong))
