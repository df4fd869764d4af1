"""Commands that order cards: `print`, `cancel`."""

from __future__ import annotations

import click

from stationd.cli.console import Console
from stationd.cli.progress import End, Progress
from stationd.cli.spoken import SpokenCommand
from stationd.cli.watching import follow


@click.command("print", cls=SpokenCommand, help="print")
@click.argument("jobs", metavar="JOB...", nargs=-1)
@click.option("--next", "count", type=click.IntRange(min=1), metavar="N", help="print-next")
@click.option("--wait", is_flag=True, help="print-wait")
@click.pass_obj
def print_jobs(console: Console, jobs: tuple[str, ...], count: int | None, wait: bool) -> None:
    """Press print for jobs."""
    if (count is None) != bool(jobs):
        raise click.UsageError(console.words.say("usage.jobs-or", option="--next N"))
    if wait:
        _order_and_wait(console, jobs, count)
    else:
        ordered = _order(console, jobs, count)
        if console.as_json:
            console.data(ordered)


def _order(console: Console, jobs: tuple[str, ...], count: int | None) -> list[str]:
    def sentence(job: str) -> str:
        return console.words.say("done.ordered", job=job)

    if count is None:
        return console.each(jobs, console.client.order, sentence)
    ordered = console.client.order_next(count)
    if not console.as_json:
        console.print("\n".join(map(sentence, ordered)) or console.words.say("done.nothing-queued"))
        if 0 < len(ordered) < count:
            console.say("done.fewer-queued", wanted=count, count=len(ordered))
    return ordered


def _order_and_wait(console: Console, jobs: tuple[str, ...], count: int | None) -> None:
    wanted: frozenset[str] = frozenset()

    def begin() -> frozenset[str]:
        nonlocal wanted
        wanted = frozenset(_order(console, jobs, count))
        return wanted

    def done(progress: Progress) -> bool:
        return not wanted & progress.pending()

    progress = follow(console, done, begin)
    if any(end is not End.DELIVERED for job_id, end in progress.ended if job_id in wanted):
        console.failed = True


@click.command(cls=SpokenCommand, help="cancel")
@click.argument("jobs", metavar="JOB...", nargs=-1, required=True)
@click.pass_obj
def cancel(console: Console, jobs: tuple[str, ...]) -> None:
    """Take print orders back."""
    done = console.each(jobs, console.client.cancel, lambda job: console.words.say("done.cancelled", job=job))
    if console.as_json:
        console.data(done)


COMMANDS = (print_jobs, cancel)
