"""`settle`: a possibly printed job, by what people found of its card."""

from __future__ import annotations

from typing import Any

import click

from stationd.cli.console import Console
from stationd.cli.spoken import SpokenCommand
from stationd.model.reasons import FoundWhere


@click.command(cls=SpokenCommand, help="settle")
@click.argument("job", metavar="JOB")
@click.option("--found", type=click.Choice([where.value for where in FoundWhere]), help="settle-found")
@click.option("--chip", default="", metavar="HEX", help="settle-chip")
@click.option("--not-printed", is_flag=True, help="settle-not-printed")
@click.option("--approve", is_flag=True, help="settle-approve")
@click.pass_obj
def settle(console: Console, job: str, found: str | None, chip: str, not_printed: bool, approve: bool) -> None:
    """Say what became of a possibly printed card."""
    if [found is not None, not_printed, approve].count(True) != 1 or (chip and found is None):
        raise click.UsageError(console.words.say("usage.settle"))
    if found is not None:
        console.client.card_found(job, found, chip)
        where = console.words.name("found-where", found)
        _done(console, {"job": job, "found": found, "chip": chip}, "card-found", job=job, where=where)
    elif not_printed:
        console.client.say_not_printed(job)
        _done(console, {"job": job}, "not-printed", job=job)
    else:
        console.client.approve_not_printed(job)
        _done(console, {"job": job}, "not-printed-approved", job=job)


def _done(console: Console, data: dict[str, Any], key: str, **fields: object) -> None:
    if console.as_json:
        console.data(data)
    else:
        console.say(f"done.{key}", **fields)


COMMANDS = (settle,)
