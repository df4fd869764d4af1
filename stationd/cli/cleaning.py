"""The command that cleans a line's printer: `clean`. It says what to do at the machine and waits for that."""

from __future__ import annotations

import sys

import click

from stationd.cli import text
from stationd.cli.console import Console, Trouble
from stationd.cli.spoken import SpokenCommand
from stationd.client.lines import CleaningDoneView, CleaningsView

AFTERWARDS = ("ribbon-out", "blanks-out")
"""What is undone afterwards, in this order."""


@click.command(cls=SpokenCommand, help="clean")
@click.argument("name", metavar="LINE")
@click.option("--yes", is_flag=True, help="clean-yes")
@click.pass_obj
def clean(console: Console, name: str, *, yes: bool) -> None:
    """Say what is to be prepared, wait for a yes, and draw the cleaning card through."""
    guide = console.client.cleaning_guide(name)
    if not console.as_json:
        console.say("clean.counted", printer=guide.printer, told=counted(console, guide.cleanings))
        console.print()
        console.say("clean.prepare")
        for number, step in enumerate(guide.preparations, 1):
            console.print(text.paragraph(console.words.name("preparation", step), f"  {number}. "))
        console.print()
    if not yes and (console.as_json or not _agreed(console)):
        raise Trouble("cleaning-not-confirmed", name)
    if not console.as_json:
        console.say("clean.begun", line=name)
    done = console.client.clean(name)
    if console.as_json:
        console.data(done)
    else:
        _tell(console, name, done)
        console.print()
        console.say("clean.afterwards")
        undone = [step for step in AFTERWARDS if step in guide.preparations]
        for number, step in enumerate(["cleaning-card-in", *undone], 1):
            console.print(text.paragraph(console.words.name("preparation-undone", step), f"  {number}. "))
    console.failed = done.outcome != "done"


def _agreed(console: Console) -> bool:
    console.say("clean.ask")
    return sys.stdin.readline().strip().lower() in {"y", "ya", "yes"}


def _tell(console: Console, name: str, done: CleaningDoneView) -> None:
    told = "?" if done.cleanings is None else counted(console, done.cleanings)
    console.print(console.words.say(f"cleaned.{done.outcome}", line=name, told=told))
    if done.cause:
        explained = console.words.cause(done.cause, name)
        console.print(text.paragraph(explained.what, "  "))
        console.print(text.paragraph(explained.do, "  ", console.words.say("error.do")))
        console.print(text.paragraph(done.detail, "  ", console.words.say("error.detail")))


def counted(console: Console, told: CleaningsView) -> str:
    """Say what a printer counts of its cleaning."""
    say = console.words.say
    parts = [say("clean.done", count=told.done)]
    if told.since is not None:
        parts.append(say("clean.since", count=told.since, every="?" if told.every is None else told.every))
    parts += [say("clean.due")] if told.due else []
    return ", ".join(parts)


COMMANDS = (clean,)
