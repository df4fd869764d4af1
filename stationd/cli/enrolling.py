"""Commands for a new station: `enrol`."""

from __future__ import annotations

from pathlib import Path

import click

from stationd.cli import text
from stationd.cli.console import Console
from stationd.cli.spoken import SpokenCommand


@click.command(cls=SpokenCommand, help="enrol")
@click.option("--settings", type=click.Path(path_type=Path), required=True, metavar="FILE", help="enrol-settings")
@click.option("--registry-code", "code", required=True, metavar="CODE", help="enrol-code")
@click.option("--ca", type=click.Path(path_type=Path), metavar="FILE", help="enrol-ca")
@click.option("--again", is_flag=True, help="enrol-again")
@click.pass_obj
def enrol(console: Console, settings: Path, code: str, ca: Path | None, again: bool) -> None:
    """Enrol this station; makes its keys if there are none."""
    from stationd.cli import registering  # noqa: PLC0415 - TLS and the registry's contract, which nothing else needs

    done = registering.enrol_station(settings, code.strip(), ca, again=again)
    if console.as_json:
        console.data({"station": done.station, "registry": done.registry, "valid_until": done.until})
    else:
        until = text.when(done.until)
        console.print(
            text.paragraph(
                console.words.say("done.enrolled", station=done.station, registry=done.registry, until=until)
            )
        )


COMMANDS = (enrol,)
