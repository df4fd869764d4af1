"""Commands about production lines: `line resume`."""

from __future__ import annotations

import click

from stationd.cli.console import Console
from stationd.cli.spoken import SpokenGroup


@click.group(cls=SpokenGroup, help="line")
def line() -> None:
    """Gather the commands about lines."""


@line.command(help="line-resume")
@click.argument("name", metavar="LINE")
@click.pass_obj
def resume(console: Console, name: str) -> None:
    """Let a line go on."""
    console.client.resume_line(name)
    if console.as_json:
        console.data([name])
    else:
        console.say("done.resumed", line=name)


@line.command("continue", help="line-continue")
@click.argument("name", metavar="LINE")
@click.pass_obj
def go_on(console: Console, name: str) -> None:
    """Say that a card was carried where the line asked for."""
    console.client.continue_line(name)
    if console.as_json:
        console.data([name])
    else:
        console.say("done.continued", line=name)


COMMANDS = (line,)
