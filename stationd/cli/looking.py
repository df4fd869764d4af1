"""Commands that only look: `status`, `queue`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Final

import click

from stationd.cli import guarded, text
from stationd.cli.console import Console
from stationd.cli.spoken import SpokenCommand
from stationd.client.status import JobView, LinkView, StatusView
from stationd.model.blank import OUTSIDE, Place
from stationd.words import Explanation, Words

FINISHED: Final = frozenset({"accepted", "returned", "revoked", "withdrawn", "transferred", "found"})

UNPRINTED: Final = frozenset({"queued", "ordered"})

MOST_NAMED: Final = 3
"""So many jobs are written out in a command that is offered for a group of them."""


@click.command(cls=SpokenCommand, help="status")
@click.pass_obj
def status(console: Console) -> None:
    """Show the station at one look."""
    console.show("/v1/status", StatusView, lambda now: _show_status(console, now))


def _show_status(console: Console, now: StatusView) -> None:
    say = console.words.say
    clock = "?" if now.time is None else text.when(now.time)
    policy = "policy-version" if now.policy_version else "policy-none"
    book = say("status.book-head", entries=now.book, acknowledged=now.link.acknowledged)
    rows = [
        (say("status.station"), f"{now.station}   stationd {now.version}"),
        (say("status.time"), f"{clock}   {console.words.name('trust', now.trust)}"),
        (say("status.link"), _link(console.words, now.link, time.time() if now.time is None else now.time)),
        (say("status.policy"), say(f"status.{policy}", version=now.policy_version)),
        (say("status.book"), book),
        (say("status.jobs"), _counts(console.words, "job-state", now.jobs) or say("status.no-jobs")),
        (say("status.blanks"), _blanks(console.words, now) or say("status.no-blanks")),
    ]
    console.print(text.fields(rows))
    if now.link.last_error:
        console.print(text.paragraph(now.link.last_error, "  ", say("error.detail")))
    console.print()
    guarded.show(console, now)
    _show_lines(console, now)
    _show_refused(console, now)
    _show_in_question(console, now)
    _show_waiting(console, now)


def _link(words: Words, link: LinkView, now: float) -> str:
    state = words.say("status.online" if link.online else "status.offline")
    if link.last_contact is None:
        return f"{state}, {words.say('status.never')}"
    return f"{state}, {words.say('status.last-contact', ago=text.ago(now - link.last_contact, words))}"


def _counts(words: Words, group: str, counts: dict[str, int]) -> str:
    known = words.codes(group)
    codes = [*(code for code in known if code in counts), *(code for code in counts if code not in known)]
    return ", ".join(f"{words.name(group, code)} {counts[code]}" for code in codes)


def _blanks(words: Words, now: StatusView) -> str:
    here = {place: count for place, count in now.blanks.items() if place not in set(OUTSIDE)}
    return _counts(words, "place", here)


def _show_lines(console: Console, now: StatusView) -> None:
    say = console.words.say
    if not now.lines:
        console.say("status.no-lines")
        return
    console.say("status.lines")
    width = max(len(line.name) for line in now.lines)
    for line in now.lines:
        making = say("status.making", job=line.job_id) if line.job_id else ""
        parts = (line.name.ljust(width), console.words.name("line-state", line.state), making, line.printer)
        console.print("  " + "   ".join(part for part in parts if part))
        if line.cause:
            show_explanation(console, console.words.standing(line.cause, line.detail, line.name), line.detail, "    ")
        for reported in line.conditions:
            if reported.reason != line.cause:
                what = console.words.cause(reported.reason, line.name, group="doctor").what
                console.print(text.paragraph(say("reported.also", what=what), "    "))


def _show_refused(console: Console, now: StatusView) -> None:
    by_cause: dict[str, list[str]] = {}
    for refusal in now.refused:
        by_cause.setdefault(refusal.cause, []).append(refusal.job_id)
    if not by_cause:
        return
    console.print()
    console.print(f"{console.words.say('status.refused')}: {len(now.refused)}")
    for cause, job_ids in by_cause.items():
        show_explanation(console, console.words.cause(cause, group="refusal"), "", "  ")
        _show_ids(console, job_ids[-MOST_NAMED:], "    ")


def _show_in_question(console: Console, now: StatusView) -> None:
    """Say how blanks leave *in question*, beyond those that a question asks about: nobody else will bring them back."""
    count = now.blanks.get(Place.IN_QUESTION, 0) - len(now.questions)
    if count > 0:
        line = now.lines[0].name if len(now.lines) == 1 else "LINE"
        console.print()
        console.print(f"{console.words.name('place', Place.IN_QUESTION)}: {count}")
        show_explanation(console, console.words.cause("blank-in-question", line), "", "  ")


def _show_waiting(console: Console, now: StatusView) -> None:
    """Name what waits for a person, each with the command that shows it."""
    waiting = (
        ("status.questions", len(now.questions), "stationctl questions"),
        ("status.held", now.jobs.get("held", 0), "stationctl queue"),
        ("status.delivered", now.jobs.get("delivered", 0), "stationctl queue"),
        ("status.to-compare", len(now.to_compare), f"stationctl preview {now.to_compare[0] if now.to_compare else ''}"),
    )
    rows = [(console.words.say(key, count=count), command) for key, count, command in waiting if count]
    if rows:
        console.print()
        console.print(text.table(rows))


def show_explanation(console: Console, explained: Explanation, detail: str, indent: str) -> None:
    """Show a cause, what to do, the command that helps, and the evidence."""
    say = console.words.say
    console.print(text.paragraph(explained.what, indent))
    console.print(text.paragraph(explained.do, indent, say("error.do")))
    if explained.command:
        console.print(f"{indent}{say('error.command')}: {explained.command}")
    if detail:
        console.print(text.paragraph(detail, indent, say("error.detail")))


def _show_ids(console: Console, job_ids: Iterable[str], indent: str) -> None:
    for job_id in job_ids:
        console.print(indent + job_id)


@click.command(cls=SpokenCommand, help="queue")
@click.option("--all", "everything", is_flag=True, help="queue-all")
@click.pass_obj
def queue(console: Console, everything: bool) -> None:
    """Show the jobs; those that are held stand together by their cause."""
    console.show("/v1/jobs", list[JobView], lambda jobs: _show_queue(console, jobs, everything=everything))


def _show_queue(console: Console, jobs: Sequence[JobView], *, everything: bool) -> None:
    held = [job for job in jobs if job.state == "held"]
    listed = [job for job in jobs if job.state != "held" and (everything or job.state not in FINISHED)]
    if not held and not listed:
        console.say("queue.empty")
    if listed:
        columns = ("arrival", "job", "reason", "state", "time-left")
        header = [console.words.say(f"queue.{column}") for column in columns]
        now = console.client.status().time
        rows = [_queue_row(console.words, job, now) for job in listed]
        console.print(text.table(rows, header, right=frozenset({0})))
    if held:
        if listed:
            console.print()
        console.say("queue.held", count=len(held))
        _show_held(console, held)


def _queue_row(words: Words, job: JobView, now: float | None) -> Sequence[str]:
    reason = words.name("reason", job.reason)
    if job.urgent:
        reason = f"{reason}, {words.name('urgent', job.urgent)}"
    return (str(job.arrived), job.job_id, reason, words.name("job-state", job.state), _time_left(words, job, now))


def _time_left(words: Words, job: JobView, now: float | None) -> str:
    """Return how long the job may still be begun, by the station's time; nothing once that does not matter."""
    if job.state not in UNPRINTED:
        return ""
    if now is None:
        return "?"
    return words.say("queue.late") if now >= job.start_before else text.ago(job.start_before - now, words)


def _show_held(console: Console, held: Sequence[JobView]) -> None:
    groups: dict[tuple[str, str], list[JobView]] = {}
    for job in held:
        shared = job.detail if job.cause in {"spoiled", "unknown", "possibly-printed"} else ""
        groups.setdefault((job.cause, shared), []).append(job)
    for (cause, detail), jobs in groups.items():
        console.print()
        named = " ".join(job.job_id for job in jobs) if len(jobs) <= MOST_NAMED else console.words.say("queue.some")
        show_explanation(console, console.words.hold(cause, detail, named), "", "  ")
        _show_ids(console, (_with_detail(job, detail) for job in jobs), "    ")


def _with_detail(job: JobView, said: str) -> str:
    return f"{job.job_id}  ({job.detail})" if job.detail and job.detail != said else job.job_id


COMMANDS = (status, queue)
