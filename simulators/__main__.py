"""`station-sim`: the world around a station, for tests and for people."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from simulators.chips import KINDS, LAB_KEYS, NONE, USUAL, Assortment, load_keys
from simulators.families import WIRES
from simulators.hands import COMMANDS
from simulators.machines import run as run_machines
from simulators.parts import PartFailed
from simulators.scenarios import NoScenario, with_chips
from simulators.scenarios import load as load_scenario
from simulators.scenarios import names as scenario_names
from simulators.stage import run as run_stage
from simulators.world_server import run as run_world


@click.group()
def main() -> None:
    """The world around a station: cards, machines, readers, a registry. Nothing here is real."""


@main.command()
@click.option("--socket", type=click.Path(path_type=Path), required=True, help="Unix socket to serve the world on.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder in which the world outlives its process.")
@click.option(
    "--chips",
    default=USUAL,
    show_default=True,
    help="The usual chip: a kind (`station-sim chips`), package.module:attribute, or `none`.",
)
@click.option(
    "--keys", type=click.Path(path_type=Path, exists=True), default=LAB_KEYS, help="Lab keys of chips and SAMs."
)
@click.option("--seed", default="", help="The cards' serials follow from it.")
def world(socket: Path, keep: Path | None, chips: str, keys: Path, seed: str) -> None:
    """Hold every physical card."""
    asyncio.run(run_world(socket, keep, None if chips == NONE else Assortment(chips, load_keys(keys)), seed))


@main.command()
@click.option("--wire", type=click.Choice(WIRES), required=True)
@click.argument("floor", type=click.Path(path_type=Path, exists=True))
def machines(wire: str, floor: Path) -> None:
    """Run simulated printers, as a floor file (JSON) describes them."""
    run_machines(wire, floor)


@main.command()
@click.argument("scenario")
@click.option("--dir", "folder", type=click.Path(path_type=Path), required=True, help="Where everything is put.")
@click.option("--factor", default=1.0, show_default=True, help="How many times faster than in life devices work.")
@click.option("--chips", help="Kind of the blanks' chips, instead of the scenario's (`station-sim chips`).")
@click.option("--sam", is_flag=True, help="A SAM in a second slot of each reader.")
def run(scenario: str, folder: Path, factor: float, chips: str | None, sam: bool) -> None:
    """Play a SCENARIO (a name or a file) until told to stop: world, machines, readers, registry."""
    try:
        run_stage(with_chips(load_scenario(scenario), chips, sam=sam), folder, factor)
    except (NoScenario, PartFailed) as error:
        raise click.ClickException(str(error)) from None


@main.command()
def scenarios() -> None:
    """List the scenarios that can be played."""
    for name in scenario_names():
        click.echo(f"{name:<16} {load_scenario(name).title}")


@main.command("chips")
def list_chips() -> None:
    """List the kinds of chips that a card can have."""
    for name, kind in KINDS.items():
        click.echo(f"{name:<20} {kind.about}")


for _command in COMMANDS:
    main.add_command(_command)

if __name__ == "__main__":
    main()
