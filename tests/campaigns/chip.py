"""`script/campaign chip`: something befalls a chip at every command of its personalisation, over the real wire."""

from __future__ import annotations

import queue
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
import structlog

from tests.campaigns.chip_faults import FAULTS, Shift, sums, table
from tests.campaigns.chip_line import quicken, work
from tests.campaigns.days import commit
from tests.rig.chips import CHIPS
from tests.rig.settings import PCSC, PN532
from tests.rig.simulation import Simulation
from tests.rig.station import ROOT

FACTOR = 100.0
READERS = 6
BY_PN532 = ("lab-gp-scp03",)
"""What is written by a PN532, too: it has no slot for a SAM, and less to lose without keys."""


def scenario(readers: int, kind: str) -> str:
    """Write the scenario of a world with nothing but readers of a kind, each with a SAM beside it if it has a slot."""
    head = 'title = "Readers"\nseed = "chips"\nmachine = []\n'
    each = '\n[[reader]]\nname = "{name}"\nfield = "machine/{name}"\nkind = "{kind}"\n'
    each += 'sam = "sam"\n' if kind == PCSC else ""
    return head + "".join(each.format(name=name, kind=kind) for name in _names(readers))


def _names(readers: int) -> list[str]:
    return [f"bare-{number + 1}" for number in range(readers)]


@contextmanager
def desks(folder: Path, readers: int, factor: float = FACTOR, kind: str = PCSC) -> Iterator[Simulation]:
    """Bring up the world, pcscd and the readers; chips are that many times quicker than in life."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "scenario.toml"
    file.write_text(scenario(readers, kind))
    with Simulation(folder / "world", str(file), factor) as simulation:
        yield simulation


def run(folder: Path, shifts: Sequence[Shift], readers: int, each: int = 1) -> Iterator[Shift]:
    """Work shifts of one kind of reader, as many side by side as there are readers; gives each, in their order."""
    quicken()
    free: queue.SimpleQueue[str] = queue.SimpleQueue()
    kind = shifts[0].reader
    with desks(folder, min(readers, len(shifts)), kind=kind) as simulation, ThreadPoolExecutor(readers) as side_by_side:
        facts = simulation.facts
        for name in facts["readers"]:
            free.put(name)

        def one(shift: Shift) -> Shift:
            machine = free.get()
            try:
                return work(folder / f"{shift.profile}-{shift.fault}", facts, machine, shift, each)
            except Exception as error:  # the other shifts go on
                shift.broken = f"{type(error).__name__}: {error}"
                return shift
            finally:
                free.put(machine)

        yield from side_by_side.map(one, shifts)


@click.command()
@click.option("--profile", "profiles", type=click.Choice(tuple(CHIPS)), multiple=True, help="Only this.")
@click.option("--fault", "faults", type=click.Choice(tuple(FAULTS)), multiple=True, help="Only this.")
@click.option("--reader", "kinds", type=click.Choice((PCSC, PN532)), multiple=True, help="Only by this kind.")
@click.option("--readers", default=READERS, show_default=True, help="How many lines work side by side.")
@click.option("--each", default=1, show_default=True, help="Hit only every so manieth command.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the table there, too.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write how each card ended there, too.")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), default=ROOT / "campaign-run" / "chips", show_default=True
)
def chip(
    profiles: tuple[str, ...],
    faults: tuple[str, ...],
    kinds: tuple[str, ...],
    readers: int,
    each: int,
    markdown: Path | None,
    json_file: Path | None,
    folder: Path,
) -> None:
    """Let something befall a chip at every command, and see that none is called good unread."""
    if any((folder / kind / "scenario.toml").exists() for kind in (PCSC, PN532)):  # an earlier campaign's
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    began, code = time.monotonic(), commit()
    shifts = [
        Shift(profile, fault, reader=kind)
        for kind in kinds or (PCSC, PN532)
        for profile in profiles or (CHIPS if kind == PCSC else BY_PN532)
        for fault in faults or FAULTS
    ]
    structlog.configure(logger_factory=structlog.WriteLoggerFactory((folder / "lines.log").open("w")))
    for shift in _all(folder, shifts, readers, each):
        click.echo(f"{shift.name} {shift.fault}: {len(shift.ended) - 1} of {shift.commands} commands")
        for violation in shift.violations:
            click.echo(f"  VIOLATION {violation}")
    rows = [*table(shifts), "", *sums(shifts, time.monotonic() - began)]
    click.echo("\n".join(rows))
    if json_file is not None:
        json_file.write_bytes(msgspec.json.encode(shifts))
    if markdown is not None:
        markdown.write_text("\n".join(page(rows, code)))
    sys.exit(any(shift.violations for shift in shifts))


def _all(folder: Path, shifts: Sequence[Shift], readers: int, each: int) -> Iterator[Shift]:
    """Work shifts of each kind of reader, one kind after another."""
    for kind in dict.fromkeys(shift.reader for shift in shifts):
        yield from run(folder / kind, [shift for shift in shifts if shift.reader == kind], readers, each)


def page(rows: Sequence[str], code: str) -> Iterator[str]:
    """Return a page with a table, and the commit that it is from."""
    yield "# Something befalls a chip at every command"
    yield ""
    yield (
        f"Written by `script/campaign chip --markdown docs/chips.md` on {datetime.now(UTC):%d %B %Y} at commit"
        f" `{code}`; [what is done, and what is checked](campaigns.md#something-befalls-a-chip)."
    )
    yield ""
    yield from rows
    yield ""
