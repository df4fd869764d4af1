"""The page about printers is current and whole, and a few of its cells come out again as it says."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import msgspec
import pytest

from simulators.devices.faults import Kind as FaultKind
from simulators.families import FAMILIES
from stationd.press import line as line_module
from tests.campaigns import matrix, matrix_page
from tests.campaigns.matrix_bench import Bench
from tests.campaigns.matrix_faults import BY_NAME, EMPTY_SLOT, ROWS, WITHOUT_ROW, cells, follows
from tests.campaigns.matrix_room import Cell, differs
from tests.campaigns.matrix_words import KINDS
from tests.rig import worlds

SEEN = matrix.read()
HELD = {(cell.kind, cell.fault): cell for cell in SEEN.cells}


def kinds_of(family: str) -> frozenset[str]:
    known: frozenset[str] = vars(FAMILIES[family].build)["kinds"]
    return known


def test_the_page_is_what_was_seen() -> None:
    assert matrix_page.PAGE.read_text() == matrix_page.page(SEEN), (
        "write it anew: python -m tests.campaigns.matrix_page"
    )


def test_every_kind_of_printer_and_every_fault_that_it_can_have_is_on_the_page() -> None:
    assert not matrix.missing(SEEN)
    assert list(SEEN.facets) == list(KINDS)
    page = matrix_page.PAGE.read_text()
    for row in ROWS:
        assert f"| {row.name} |" in page
    for kind in KINDS:
        assert f"### {matrix_page.NAMES[kind]}\n" in page


def test_every_cell_is_as_it_was_decided() -> None:
    assert {f"{cell.kind}: {cell.fault}": cell.wrong for cell in SEEN.cells if cell.wrong} == {}
    assert {
        f"{cell.kind}: {cell.fault}": wrong for cell in SEEN.cells if (wrong := differs(cell, BY_NAME[cell.fault]))
    } == {}


def test_every_fault_that_a_simulated_machine_knows_has_a_row() -> None:
    wires = {(kind.family, kind.wire, kind.address) for kind in worlds.KINDS.values()}
    assert {(kind.family, kind.wire, kind.address) for kind in KINDS.values()} == wires
    assert {family for family, _, _ in wires} == set(FAMILIES)
    for family in FAMILIES:
        met = {row.comes[family].fault["kind"] for row in ROWS if family in row.comes} - {EMPTY_SLOT}
        known = kinds_of(family)
        assert met <= known
        assert known - met == WITHOUT_ROW[family].keys(), f"{family}: {known - met}"
    assert set().union(*map(kinds_of, FAMILIES)) == set(get_args(FaultKind))


def test_every_row_decides_for_every_kind_that_can_have_it() -> None:
    for kind in KINDS:
        for row in cells(kind):
            assert follows(row, kind).card


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"card": "rejected"}, "the card is rejected, not good"),
        ({"shown": ("busy",)}, "it says busy, not media-empty"),
        ({"asked": True}, "it asks what became of the card"),
        ({"pressed": True}, "somebody had to let it go on"),
        ({"attempts": 9}, "it tried 9 times"),
    ],
)
def test_a_cell_that_is_not_as_decided_is_told(change: dict[str, object], told: str) -> None:
    sound = HELD["matica", "hopper-empty"]
    assert differs(sound, BY_NAME[sound.fault]) == []
    changed: Cell = msgspec.structs.replace(sound, **change)
    assert differs(changed, BY_NAME[sound.fault]) == [told]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "IDLE", 0.05)
    monkeypatch.setattr(line_module, "POLL", 0.02)


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("matica-tcp", "jam"),
        ("matica-tcp", "film-out"),
        ("matica-tcp", "garbage, feeding"),
        ("evolis-serial", "feed-jam"),
        ("evolis-serial", "door-open"),
        ("evolis-serial", "cleaning-due"),
    ],
)
def test_a_cell_comes_out_again_as_the_page_says(kind: str, fault: str, tmp_path: Path) -> None:
    seen = HELD[kind, fault]
    with Bench(tmp_path, kind) as bench:
        said, card = bench.cell(BY_NAME[fault])
        assert card == seen.card
        assert set(seen.shown[:1]) <= set(said)
        assert bench.differences() == []
