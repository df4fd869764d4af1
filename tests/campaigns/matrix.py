"""The matrix of printers and faults: each fault at each kind of printer, one card at a time, against the real daemon.

What was seen is kept beside this file (`matrix.json`); docs/printers.md is made from it (`matrix_page`).
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from tests.campaigns.directing import ENDS_WITH_US
from tests.campaigns.matrix_facets import Facets
from tests.campaigns.matrix_faults import cells
from tests.campaigns.matrix_room import Cell, Room
from tests.campaigns.matrix_words import KINDS
from tests.rig.station import ROOT

REPORT, LOG = "seen.json", "campaign.log"
SEEN: Final = Path(__file__).with_name("matrix.json")

Say = Callable[[str], None]


class Seen(msgspec.Struct, frozen=True):
    """All that was seen: what each kind of printer declares, and its cells in the order of the rows."""

    facets: dict[str, Facets]
    cells: tuple[Cell, ...]


def read(file: Path = SEEN) -> Seen:
    """Read what was seen last."""
    return msgspec.json.decode(file.read_bytes(), type=Seen) if file.exists() else Seen({}, ())


def write(seen: Seen, file: Path = SEEN) -> None:
    """Keep what was seen."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(seen), indent=1) + b"\n")


def merged(old: Seen, new: Iterable[Seen]) -> Seen:
    """Put newer cells in the place of older ones; cells that cannot be any more are left out."""
    facets, held = dict(old.facets), {(cell.kind, cell.fault): cell for cell in old.cells}
    for seen in new:
        facets |= seen.facets
        held |= {(cell.kind, cell.fault): cell for cell in seen.cells}
    order = [(kind, row.name) for kind in KINDS for row in cells(kind)]
    return Seen({kind: facets[kind] for kind in KINDS if kind in facets}, tuple(held[at] for at in order if at in held))


def missing(seen: Seen) -> list[str]:
    """Name the cells that should have been seen and were not."""
    held = {(cell.kind, cell.fault) for cell in seen.cells}
    return [f"{kind}: {row.name}" for kind in KINDS for row in cells(kind) if (kind, row.name) not in held]


def work(kind: str, faults: Collection[str], folder: Path, say: Say) -> None:
    """Go through the cells of one kind of printer, in one office; what was seen is kept after each."""
    rows = [row for row in cells(kind) if row.name in faults or not faults]
    seen: list[Cell] = []
    office = 0
    while len(seen) < len(rows):  # another office after each line that stood and could not be brought to go on
        office += 1
        with Room(folder / f"office-{office}", kind) as room:
            for row in rows[len(seen) :]:
                seen.append(room.cell(row))
                say(told(seen[-1]))
                write(Seen({kind: room.facets}, tuple(seen)), folder / REPORT)
                if room.stands:
                    break


def told(cell: Cell) -> str:
    """One cell in one line, and one line for each thing that is wrong."""
    words = f"{cell.kind:<13} {cell.fault:<24} {cell.card or '-':<12} {cell.seconds:5.1f} s  {', '.join(cell.shown)}"
    return "\n".join((words, *(f"  WRONG: {what}" for what in cell.wrong)))


def run(kinds: Sequence[str], faults: Collection[str], folder: Path, beside: int, say: Say) -> Seen:
    """Go through the matrix, several offices side by side, each in a process and namespaces of its own."""

    def one(kind: str) -> Seen:
        own = folder / kind
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir(parents=True)
        command = [*ENDS_WITH_US, str(ROOT / "script" / "campaign"), "cells", "--kind", kind, "--dir", str(own)]
        command += [part for fault in faults for part in ("--fault", fault)]
        with (own / LOG).open("wb") as log:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=log, check=False, cwd=ROOT, text=True)
        seen = read(own / REPORT)
        say(done.stdout.rstrip())
        if done.returncode:
            say(f"{kind} broke down: {own / LOG}")
        elif not any(cell.wrong for cell in seen.cells):
            shutil.rmtree(own)
        return seen

    with ThreadPoolExecutor(beside) as offices:
        return merged(Seen({}, ()), offices.map(one, kinds))
