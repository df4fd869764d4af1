"""`story`: one job, told from the book in sentences."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from stationd.cli import text
from stationd.cli.console import Console
from stationd.cli.looking import show_explanation
from stationd.cli.spoken import SpokenCommand
from stationd.client.client import story_path
from stationd.model.story import Story, Told
from stationd.words import Words

ZONES: Final = {7: "WIB", 8: "WITA", 9: "WIT"}
"""Indonesia's times, by their hours before UTC."""

_HOUR: Final = datetime.timedelta(hours=1)

_NAMED: Final = {
    "reason": "reason",
    "urgent": "urgent",
    "answer": "answer",
    "was": "job-state",
    "consent": "consent",
    "where": "found-where",
    "to": "collector",
    "shown": "shown",
    "channel": "channel",
    "tapped": "tapped",
}
"""Members of a sentence that are codes, and the group of their names."""


@click.command(cls=SpokenCommand, help="story")
@click.argument("job", metavar="JOB")
@click.option("--settings", type=click.Path(path_type=Path), metavar="FILE", help="story-settings")
@click.pass_obj
def story(console: Console, job: str, settings: Path | None) -> None:
    """Tell a job."""
    if settings is None:
        raw = console.client.get(story_path(job), Any)
    else:
        from stationd.cli import offline  # noqa: PLC0415 - cryptography and the store, which no other command needs

        raw = msgspec.to_builtins(offline.story_of(settings, job))
    if console.as_json:
        console.data(raw)
        return
    told = msgspec.convert(raw, Story)
    for line in lines(console.words, told):
        console.print(line)
    if told.state == "held":
        console.print()
        show_explanation(console, console.words.hold(told.cause, told.detail, told.job_id), "", "")


def lines(words: Words, told: Story) -> Iterator[str]:
    """Yield a story as lines for people: days, times, sentences, and what became of each blank."""
    yield words.say(
        "story.title", job=told.job_id, state=words.name("job-state", told.state) or words.say("story.never")
    )
    day = ""
    for one in told.told:
        moment = datetime.datetime.fromtimestamp(one.time).astimezone()
        if (today := _day(words, moment)) != day:
            day = today
            yield ""
            yield day
        yield text.paragraph(
            f"{sentence(words, told.job_id, one)}{_doubt(words, one)}", "  ", _clock(words, moment), mark="  "
        )
    if told.attempts:
        yield ""
        yield words.say("story.blanks")
    for attempt in told.attempts:
        lies = (
            words.say(f"story.blank.{attempt.place}") if attempt.place in words.codes("story.blank") else attempt.place
        )
        said = words.say("story.blank-of", number=attempt.number, batch=attempt.batch or "?", lies=lies)
        yield text.paragraph(said, "  ")


def sentence(words: Words, job_id: str, told: Told) -> str:
    """Return what an entry means to people; for one of a newer station its key."""
    if told.what not in words.codes("story.told"):
        return told.what
    fields: dict[str, object] = {"by": words.name("actor", told.by), "number": told.attempt, **told.fields}
    for field, group in _NAMED.items():
        if code := str(fields.get(field, "")):
            fields[field] = words.name(group, code)
    steps = told.fields.get("steps", ())
    named = ", ".join(words.name("step", step) for step in steps) if isinstance(steps, tuple) else str(steps)
    fields["steps"] = named
    for field in ("urgent", "consent"):
        fields[field] = f", {fields[field]}" if fields.get(field) else ""
    cause = str(told.fields.get("cause", ""))
    fields["cause"] = _cause(words, job_id, told, cause)
    said = words.say(f"story.told.{told.what}", **fields)
    if told.what in _CUT_OFF and named:
        said = f"{said} {words.say('story.under-way', steps=named)}"
    return said


_CUT_OFF: Final = frozenset({"restarted", "rebooted", "stopped", "cut-off"})
"""Sentences about what cuts an attempt off, after which it is said what was under way."""


def _cause(words: Words, job_id: str, told: Told, code: str) -> str:
    """Return a cause in words, as far as the sentence wants it."""
    detail = str(told.fields.get("detail", ""))
    if not code or (told.what, code) == ("order-withdrawn", "officer"):
        return ""
    if group := _GROUPS.get(told.what):
        return words.name(group, code)
    match told.what:
        case "held":
            what = words.hold(code, detail, job_id).what
            return what if not detail or code in {"spoiled", "unknown", "possibly-printed"} else f"{what} ({detail})"
        case "spoiled" | "spoiled-by-hand":
            return words.spoil(code)
        case _:
            group = "refusal" if told.what == "refused" else "cause"
            return words.cause(code, str(told.fields.get("line", job_id)), group=group).what


_GROUPS: Final = {"fronted": "front", "returned": "return", "withdrawn": "withdraw", "transferred": "transfer"}
"""Sentences whose cause is a person's reason, and the group of its names."""


def _doubt(words: Words, told: Told) -> str:
    return "" if told.trust == "trusted" else f" ({words.name('story.time', told.trust)})"


def _day(words: Words, moment: datetime.datetime) -> str:
    weekday, month = words.name("weekday", str(moment.isoweekday())), words.name("month", str(moment.month))
    offset = moment.utcoffset() or datetime.timedelta()
    zone = ZONES.get(offset // _HOUR, moment.strftime("%Z")) if not offset % _HOUR else moment.strftime("%Z")
    return words.say("story.day", weekday=weekday, day=moment.day, month=month, year=moment.year, zone=zone)


def _clock(words: Words, moment: datetime.datetime) -> str:
    return words.say("story.clock", hour=f"{moment:%H}", minute=f"{moment:%M}", second=f"{moment:%S}")


COMMANDS = (story,)
