"""Commands about the rules of the field: `why`, `forecast` and `coverage`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from stationd.cli import text
from stationd.cli.console import Console
from stationd.cli.looking import show_explanation
from stationd.cli.spoken import SpokenCommand, SpokenGroup
from stationd.client.client import why_path
from stationd.client.rules import CoverageView, ForecastView, WhyView
from stationd.model.reasons import DropReason
from stationd.words import Words

COLUMNS: Final = ("supply", "left", "rate", "days", "runs-out", "asked")


@click.command(cls=SpokenCommand, help="why")
@click.argument("job", metavar="JOB")
@click.pass_obj
def why(console: Console, job: str) -> None:
    """Explain what the rules say of a job."""
    console.show(why_path(job), WhyView, lambda told: _show_why(console, told))


def _show_why(console: Console, told: WhyView) -> None:
    words = console.words
    fields = {"job": told.job_id, "remedy": words.name("remedy", told.remedy)}
    key = told.verdict if told.verdict in words.codes("why") else "begun"
    console.print(text.paragraph(words.say(f"why.{key}", **fields, state=words.name("job-state", told.state))))
    if told.cause:
        detail = told.detail if told.cause not in {"spoiled", "unknown", "possibly-printed", "lies-here"} else ""
        known = words.name("reason", detail)
        show_explanation(console, words.hold(told.cause, told.detail, told.job_id), known, "  ")
    if told.cause == "lies-here":
        console.print(text.paragraph(words.say("why.shelf-job", job=told.detail), "  "))
    if told.place:
        console.print(text.paragraph(words.say("why.place", place=told.place, of=told.of), "  "))
        if told.front:
            console.print(text.paragraph(words.say("why.front", reason=words.name("front", told.front)), "  "))
        if told.place > 1:
            before = words.say(
                "why.before", fronted=told.fronted, urgent=told.urgent, ranked=told.ranked, earlier=told.earlier
            )
            console.print(text.paragraph(before, "  "))
        if told.scarce:
            console.print(text.paragraph(words.say("why.scarce"), "  "))
    if told.policy_version:
        console.print(text.paragraph(words.say("why.policy", version=told.policy_version), "  "))


@click.group(cls=SpokenGroup, invoke_without_command=True, help="forecast")
@click.pass_context
def forecast(context: click.Context) -> None:
    """Show how long supplies last."""
    if context.invoked_subcommand is None:
        console: Console = context.obj
        console.show("/v1/forecast", list[ForecastView], lambda seen: _show_forecast(console, seen))


@forecast.command(help="forecast-drop")
@click.argument("request", metavar="REQUEST", type=click.IntRange(min=1))
@click.option(
    "--reason",
    type=click.Choice([reason.value for reason in DropReason]),
    default=DropReason.OTHER.value,
    help="forecast-drop-reason",
)
@click.pass_obj
def drop(console: Console, request: int, reason: str) -> None:
    """Say that what was asked for will not come."""
    console.client.drop_request(request, reason)
    console.say("forecast.dropped", number=request, reason=console.words.name("drop", reason))


def _show_forecast(console: Console, seen: Sequence[ForecastView]) -> None:
    if not seen:
        console.say("forecast.nothing")
        return
    header = [console.words.say(f"forecast.{column}") for column in COLUMNS]
    rows = [_row(console.words, each) for each in seen]
    console.print(text.table(rows, header, right=frozenset({1, 2, 3})))


def _row(words: Words, seen: ForecastView) -> Sequence[str]:
    never = words.say("forecast.never")
    asked = never
    if seen.request is not None:
        to = words.name("addressee", seen.to)
        asked = words.say("forecast.request", wanted=seen.wanted, to=to, number=seen.request)
    name = words.name("supply", seen.supply)
    days = never if seen.days_left is None else str(seen.days_left)
    supply = f"{name} {seen.line}" if seen.line else name
    return (supply, str(seen.left), f"{seen.rate:.1f}", days, seen.runs_out or never, asked)


@click.command(cls=SpokenCommand, help="coverage")
@click.pass_obj
def coverage(console: Console) -> None:
    """Show how many of those obliged have a card."""
    console.show("/v1/coverage", CoverageView | None, lambda seen: _show_coverage(console, seen))  # type: ignore[arg-type]


def _show_coverage(console: Console, seen: CoverageView | None) -> None:
    if seen is None:
        console.say("coverage.none")
    else:
        fields = {"recorded": seen.recorded, "obliged": seen.obliged, "on": seen.on}
        console.say("coverage.counted", percent=f"{seen.percent:.2f}", **fields)


COMMANDS = (why, forecast, coverage)
