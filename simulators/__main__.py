"""`station-sim`: the world around a station, for tests and for people."""

from __future__ import annotations

import click

from simulators.commands import WHERE, Commands


@click.group(cls=Commands, where=WHERE)
def main() -> None:
    """The world around a station: cards, machines, readers, a registry. Nothing here is real."""


if __name__ == "__main__":
    main()
