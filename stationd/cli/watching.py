"""`watch`: cards as they are made, live, through restarts of the station."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import click
import msgspec

from stationd.cli.console import Console
from stationd.cli.progress import End, Progress
from stationd.cli.screen import Screen
from stationd.cli.spoken import SpokenCommand
from stationd.cli.telling import live, read_event, tell
from stationd.client.lines import LineView
from stationd.client.problems import StationAbsent, StationProblem
from stationd.model import events
from stationd.model.entry import Envelope

RETRY: Final = 1.0
"""Seconds between tries to reach a station that has gone."""

BREATH: Final = 0.3
"""Seconds before a stream that ended is taken up again: a station that is stopping is left to do so."""

TRIES: Final = 10
"""How often the state is fetched in the hope that nothing is written meanwhile."""

Done = Callable[[Progress], bool]
"""Says whether enough was seen."""


@click.command(cls=SpokenCommand, help="watch")
@click.option("--until-idle", is_flag=True, help="watch-idle")
@click.option("--jobs", "count", type=click.IntRange(min=1), metavar="N", help="watch-jobs")
@click.pass_obj
def watch(console: Console, until_idle: bool, count: int | None) -> None:
    """Follow cards as they are made."""

    def done(progress: Progress) -> bool:
        enough = count is not None and progress.count(End.DELIVERED, End.TROUBLE) >= count
        return enough or (until_idle and progress.idle)

    follow(console, done)


def follow(console: Console, done: Done, begin: Callable[[], frozenset[str]] = frozenset) -> Progress:
    """Show what happens until enough was seen.

    Args:
        console: where to show it.
        done: asked after each entry.
        begin: called once somebody listens and before anything is shown; returns the jobs it has ordered.

    Raises:
        StationAbsent: if the station is not there at the beginning. Once seen it is waited for.
        StationProblem: if it refuses.
    """
    return _Watch(console, done).run(begin)


class _Watch:
    def __init__(self, console: Console, done: Done) -> None:
        self._console = console
        self._words = console.words
        self._done = done
        self._progress = Progress()
        terminal = sys.stdout.isatty() and not console.as_json
        width = shutil.get_terminal_size().columns if terminal else None
        self._screen = Screen(sys.stdout, width, self._live)

    def run(self, begin: Callable[[], frozenset[str]]) -> Progress:
        with self._screen:
            finished = self._listen(begin, first=True)
            while not finished:
                finished = self._again()
            self._say_end()
        return self._progress

    def _again(self) -> bool:
        """Listen anew, waiting for a station that has gone, or for a new sign-in; returns True once enough was seen."""
        absent = locked = False
        time.sleep(BREATH)
        while True:
            try:
                return self._listen(frozenset, first=False, back=absent)
            except StationAbsent:
                if not absent:
                    self._tell(self._words.say("watch.absent"))
                absent = True
                time.sleep(RETRY)
            except StationProblem as problem:
                if problem.cause != "not-signed-in":
                    raise
                if not locked:
                    self._tell(self._words.say("watch.locked"))
                locked = True
                time.sleep(RETRY)
                self._console.renew()

    def _listen(self, begin: Callable[[], frozenset[str]], *, first: bool, back: bool = False) -> bool:
        """Show one stream of entries; returns True once enough was seen, False if the stream ended before."""
        with self._console.client.listening() as entries:
            ordered = begin()
            said = "watch.watching" if first else "watch.back" if back else "watch.behind"
            self._fetch(ordered, said)
            self._screen.refresh()
            try:
                while not self._done(self._progress):
                    entry = next(entries, None)
                    if entry is None:
                        return False
                    self._see(entry)
            except StationAbsent:
                return False
        return True

    def _fetch(self, wanted: frozenset[str] = frozenset(), said: str = "") -> None:
        """Take in the station's state as it is now, say why, and tell what ended unseen."""
        client = self._console.client
        status, jobs = client.status(), client.jobs()
        for _ in range(TRIES):  # the two belong together if nothing was written between them
            again = client.status()
            if again.book == status.book:
                break
            status, jobs = again, client.jobs()
        unseen = self._progress.fetch(status, jobs, wanted)
        if said:
            self._tell(self._words.say(said, station=status.station))
            for line in status.lines:
                if line.cause:  # said once already, to whoever watched then
                    self._tell(f"{line.name}  {self._waiting(line)}")
        for job_id, end in unseen:
            self._tell(self._words.say(f"watch.unseen-{end.name.lower()}", job=job_id))

    def _waiting(self, line: LineView) -> str:
        explained = self._words.standing(line.cause, line.detail, line.name)
        return self._words.say("watch.line-stopped", cause=f"{explained.what} {explained.do}")

    def _see(self, entry: dict[str, Any]) -> None:
        if self._console.as_json:
            click.echo(msgspec.json.encode(entry))
        try:
            envelope, event = msgspec.convert(entry, Envelope), read_event(entry)
        except msgspec.ValidationError:
            return  # of a newer station's language
        if envelope.seq <= self._progress.seq:
            return  # was taken in when the state was fetched
        told = tell(self._words, envelope, event, self._progress)
        self._progress.see(envelope, event)
        if isinstance(event, events.AttemptGivenUp):
            self._fetch()  # only the station knows whether the job goes on with another blank
        if told is not None and not (told.step and self._screen.is_live) and not self._console.as_json:
            self._screen.stay(told.line)
        else:
            self._screen.refresh()

    def _live(self) -> list[str]:
        now = time.clock_gettime(time.CLOCK_BOOTTIME)  # the clock of the book's `mono`
        return [live(self._words, card, now) for card in list(self._progress.running.values())]

    def _tell(self, line: str) -> None:
        if self._console.as_json:
            click.echo(line, err=True)
        else:
            self._screen.stay(line)

    def _say_end(self) -> None:
        if self._progress.idle:
            self._tell(self._words.say("watch.idle"))
        delivered, trouble = self._progress.count(End.DELIVERED), self._progress.count(End.TROUBLE)
        if delivered or trouble:
            self._tell(self._words.say("watch.ended", delivered=delivered, trouble=trouble))


COMMANDS = (watch,)
