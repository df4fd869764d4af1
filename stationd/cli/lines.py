"""Commands about production lines: `line resume`, `line continue`, `line prove`, `test-print`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import Final

import click

from stationd.cli import text
from stationd.cli.console import Console
from stationd.cli.spoken import SpokenCommand, SpokenGroup
from stationd.client.lines import TrialView
from stationd.model.blank import Place

LOOK: Final = 1.0
"""Seconds between looks at what a line asks for."""


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


@line.command("prove", help="line-prove")
@click.argument("name", metavar="LINE")
@click.pass_obj
def prove(console: Console, name: str) -> None:
    """Find out whether film and chip run side by side."""
    _tell(console, name, _while_asked(console, name, console.client.prove))


@click.command("test-print", cls=SpokenCommand, help="test-print")
@click.argument("name", metavar="LINE")
@click.option("--back", is_flag=True, help="test-print-back")
@click.pass_obj
def test_print(console: Console, name: str, *, back: bool) -> None:
    """Print the test pattern on a blank of this line."""
    _tell(console, name, _while_asked(console, name, partial(console.client.test_print, back=back)))


def _while_asked(console: Console, name: str, trial: Callable[[str], TrialView]) -> TrialView:
    """Carry a trial out, and say meanwhile what the line asks the person at the machine for."""
    with ThreadPoolExecutor(1) as beside:
        tried, said = beside.submit(trial, name), ""
        while not wait([tried], LOOK).done:
            asked = next((line.cause for line in console.client.status().lines if line.name == name), "")
            if asked and asked != said:
                explained = console.words.cause(asked, name)
                click.echo(text.clean(f"{explained.what}\n  {explained.do}\n  {explained.command}".rstrip()), err=True)
            said = asked
        return tried.result()


def _tell(console: Console, name: str, tried: TrialView) -> None:
    if console.as_json:
        console.data(tried)
    else:
        words = console.words
        place = words.name("place", tried.place)
        out = tried.outcome == "done" and tried.place == Place.OUTPUT
        console.print(words.say("tried.done-out" if out else f"tried.{tried.outcome}", line=name, place=place))
        if tried.cause:
            told = words.cause(tried.cause, name)
            console.print(told.what)
            console.print(told.do)
    if tried.outcome in {"failed", "not-begun", "not-drawn-in", "disproven"}:
        console.failed = True


COMMANDS = (line, test_print)
