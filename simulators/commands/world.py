"""`station-sim world`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from simulators.chips import LAB_KEYS, NONE, USUAL, Assortment, load_keys
from simulators.world_server import run


@click.command()
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
    asyncio.run(run(socket, keep, None if chips == NONE else Assortment(chips, load_keys(keys)), seed))
