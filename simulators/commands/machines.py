"""`station-sim machines`."""

from __future__ import annotations

from pathlib import Path

import click

from simulators.families import WIRES
from simulators.machines import run


@click.command()
@click.option("--wire", type=click.Choice(WIRES), required=True)
@click.argument("floor", type=click.Path(path_type=Path, exists=True))
def machines(wire: str, floor: Path) -> None:
    """Run simulated printers, as a floor file (JSON) describes them."""
    run(wire, floor)
