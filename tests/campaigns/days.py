"""`script/campaign day`: the same working day in offices with any printers, and one table of how each went."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from tests.rig import workday
from tests.rig.chips import CHIPS
from tests.rig.settings import PCSC, PN532
from tests.rig.station import ROOT
from tests.rig.workday import Day, Office
from tests.rig.worlds import KINDS

COLUMNS = (
    "line(s)",
    "cards",
    "spoiled",
    "what went wrong",
    "questions",
    "blanks, book/world",
    "counted",
    "agrees",
    "minutes",
)
PLACES = ("store", "hopper", "output", "reject", "unfit", "shelf")


@click.command()
@click.option("--line", "lines", type=click.Choice(tuple(KINDS)), multiple=True, help="A printer of the office.")
@click.option("--all", "every", is_flag=True, help="Every kind of printer and mix, one office after another.")
@click.option(
    "--chips", type=click.Choice(tuple(CHIPS)), help="The cards' profile; then something befalls two chips, too."
)
@click.option("--reader", type=click.Choice((PCSC, PN532)), default=PCSC, show_default=True, help="Of the chips.")
@click.option("--cards", default=workday.CARDS, show_default=True, help="How many cards are ordered.")
@click.option("--seed", default="1", show_default=True, help="Draws what goes wrong.")
@click.option("--at-once", default=1, show_default=True, help="With --all: how many offices are worked side by side.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the days there, too.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the table there, too.")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), default=ROOT / "campaign-run" / "days", show_default=True
)
def day(
    *,
    lines: tuple[str, ...],
    every: bool,
    chips: str | None,
    reader: str,
    cards: int,
    seed: str,
    at_once: int,
    json_file: Path | None,
    markdown: Path | None,
    folder: Path,
) -> None:
    """Work the same day, with its mishaps, in an office with those printers."""
    if every == bool(lines) or (every and chips):
        raise click.UsageError("name the office's printers with --line, or take --all, which has days with keys, too")
    if every:
        more = ["--seed", seed, "--dir", str(folder)]
        with ThreadPoolExecutor(at_once) as side_by_side:
            days = list(side_by_side.map(lambda office: _alone(office, cards, folder, more), workday.OFFICES))
    else:
        office = Office(lines, chips or "", reader)
        days = [workday.office_day(folder / office.name, office, cards, seed=seed)]
        click.echo("\n".join(told(days[0])))
    if json_file is not None:
        json_file.write_bytes(msgspec.json.encode(days))
    rows = list(table(days))
    click.echo("\n".join(rows))
    if markdown is not None:
        offices = "--all" if every else " ".join(f"--line {line}" for line in lines)
        offices += f" --chips {chips}" if chips else ""
        offices += f" --reader {reader}" if reader != PCSC else ""
        markdown.write_text("\n".join(page(rows, f"{offices} --cards {cards} --seed {seed} --markdown {markdown}")))
    sys.exit(any(done.findings.wrong for done in days))


def _alone(office: Office, cards: int, folder: Path, more: Sequence[str]) -> Day:
    """Work an office's day in a process of its own, with a network and a smart-card service of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{office.name}.json"
    file.unlink(missing_ok=True)
    named = [word for kind in office.kinds for word in ("--line", kind)]
    named += ["--cards", str(office.cards(cards)), "--reader", office.reader]
    named += ["--chips", office.profile] if office.profile else []
    command = [ROOT / "script" / "campaign", "day", *named, *more, "--json", file]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if not file.exists():
        lost = Day(office.kinds, office.profile, office.reader)
        lost.findings.check("the day was worked", False, ran.stderr[-1000:])
        click.echo("\n".join(told(lost)))
        return lost
    (done,) = msgspec.json.decode(file.read_bytes(), type=list[Day])
    click.echo("\n".join(told(done)))
    return done


def told(done: Day) -> Iterator[str]:
    """Tell how a day went."""
    yield f"{_office(done)}: {done.delivered} cards in {done.seconds:.0f} s, {_compared(done)}"
    yield f"  helped with: {', '.join(f'{line} {cause}' for line, cause in done.helped) or 'nothing'}"
    for violation in done.findings.wrong:
        yield f"  VIOLATION {violation}"


def table(days: Sequence[Day]) -> Iterator[str]:
    """Return the rows of a table of days."""
    yield f"| {' | '.join(COLUMNS)} |"
    yield "|---" * len(COLUMNS) + "|"
    for done in days:
        faults = ", ".join(f"{kind} {count}" for kind, count in sorted(done.faults.items()))
        cells = (
            _office(done),
            done.delivered,
            done.spoiled,
            faults,
            done.questions,
            _blanks(done),
            done.counted,
            _compared(done),
            f"{done.seconds / 60:.1f}",
        )
        yield f"| {' | '.join(str(cell) for cell in cells)} |"


def _office(done: Day) -> str:
    reader = "" if done.reader == PCSC else f", {done.reader}"
    return " + ".join(done.kinds) + (f", {done.chips}" if done.chips else "") + reader


def _compared(done: Day) -> str:
    wrong, compared = len(done.findings.wrong), len(done.findings.compared)
    return f"**{wrong} of {compared} do not**" if wrong else f"all {compared}"


def _blanks(done: Day) -> str:
    """Name each account with what it holds; those of several lines one after another."""
    parts = []
    for place in PLACES:
        held = [f"{book}/{world}" for where, _, book, world in done.accounts if where == place]
        parts.append(f"{place} {' '.join(held)}")
    return ", ".join(parts)


def commit() -> str:
    """Return the commit that is checked out, shortened."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False).stdout.strip()


def page(rows: Sequence[str], options: str) -> Iterator[str]:
    """Return a page with a table, and by which command it was written."""
    yield "# The same day in every office"
    yield ""
    yield (
        f"Written by `script/campaign day {options}` on"
        f" {datetime.now(UTC):%d %B %Y} at commit `{commit()}`;"
        " [what a day is](campaigns.md#the-same-day-in-every-office)."
    )
    yield ""
    yield from rows
    yield ""
