"""`station-sim run` and `station-sim scenarios`."""

from __future__ import annotations

from pathlib import Path

import click

from simulators.parts import PartFailed
from simulators.scenarios import NoScenario, load, names, with_chips
from simulators.stage import run as play


@click.command()
@click.argument("scenario")
@click.option("--dir", "folder", type=click.Path(path_type=Path), required=True, help="Where everything is put.")
@click.option("--factor", default=1.0, show_default=True, help="How many times faster than in life devices work.")
@click.option("--chips", help="Kind of the blanks' chips, instead of the scenario's (`station-sim chips`).")
@click.option("--sam", is_flag=True, help="A SAM in a second slot of each reader.")
def run(scenario: str, folder: Path, factor: float, chips: str | None, sam: bool) -> None:
    """Play a SCENARIO (a name or a file) until told to stop: world, machines, readers, registry."""
    try:
        play(with_chips(load(scenario), chips, sam=sam), folder, factor)
    except (NoScenario, PartFailed) as error:
        raise click.ClickException(str(error)) from None


@click.command()
def scenarios() -> None:
    """List the scenarios that can be played."""
    for name in names():
        click.echo(f"{name:<16} {load(name).title}")
