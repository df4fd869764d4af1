"""`station-sim chips`."""

from __future__ import annotations

import click

from simulators.chips import KINDS


@click.command()
def chips() -> None:
    """List the kinds of chips that a card can have."""
    for name, kind in KINDS.items():
        click.echo(f"{name:<20} {kind.about}")
