"""The commands of the matrix: `script/campaign matrix`, and what it runs for each kind of printer."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tests.campaigns import matrix as matrices
from tests.campaigns import matrix_page
from tests.campaigns.matrix_faults import BY_NAME
from tests.campaigns.matrix_words import KINDS
from tests.rig.station import ROOT

FOLDER = ROOT / "campaign-run"

_kinds = click.option("--kind", "kinds", type=click.Choice(list(KINDS)), multiple=True, help="May be repeated.")
_faults = click.option("--fault", "faults", type=click.Choice(list(BY_NAME)), multiple=True, help="May be repeated.")
_folder = click.option("--dir", "folder", type=click.Path(path_type=Path), default=FOLDER, show_default=True)


@click.command()
@_kinds
@_faults
@click.option("--beside", default=4, show_default=True, help="How many offices are worked side by side.")
@_folder
def matrix(kinds: tuple[str, ...], faults: tuple[str, ...], beside: int, folder: Path) -> None:
    """Let every fault befall every kind of printer, and write docs/printers.md from what came of it."""
    seen = matrices.run(kinds or tuple(KINDS), faults, folder / "matrix", beside, click.echo)
    known = matrices.merged(matrices.read(), [seen])
    matrices.write(known)
    matrix_page.write(known)
    wrong = sum(bool(cell.wrong) for cell in seen.cells)
    seconds = sum(cell.seconds for cell in seen.cells)
    click.echo(f"{len(seen.cells)} cells, {wrong} not as decided, {seconds:.0f} s of cards")
    for cell in matrices.missing(known):
        click.echo(f"not seen: {cell}")
    sys.exit(bool(wrong or matrices.missing(known)))


@click.command(hidden=True)
@_kinds
@_faults
@_folder
def cells(kinds: tuple[str, ...], faults: tuple[str, ...], folder: Path) -> None:
    """Go through the cells of one kind of printer, alone in its namespaces."""
    (kind,) = kinds
    matrices.work(kind, faults, folder, click.echo)
