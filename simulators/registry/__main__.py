"""`python -m simulators.registry`: run a central registry for tests and demonstrations."""

from __future__ import annotations

import simulators.registry.lean  # noqa: F401 - first of all

# isort: split
import asyncio
import logging
import sys
from pathlib import Path

import click

from simulators.registry.server import run


@click.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), required=True, help="Where everything is kept.")
@click.option("--port", default=0, help="On 127.0.0.1; 0 takes the last one, or any.")
@click.option("--seed", default="", help="The invented citizens follow from it.")
@click.option("--station", "stations", multiple=True, help="Make an enrolment code for it; may be repeated.")
def main(folder: Path, port: int, seed: str, stations: tuple[str, ...]) -> None:
    """Run a simulated central registry. Prints one line when ready; DIR/endpoint.json says the rest."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s")
    logging.getLogger("registry").setLevel(logging.INFO)

    def ready(endpoint: dict[str, object]) -> None:
        click.echo(f"registry ready at {endpoint['url']}, kept in {folder}")

    asyncio.run(run(folder, port=port, seed=seed, stations=stations, ready=ready))


if __name__ == "__main__":
    main()
