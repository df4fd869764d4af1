"""The page of proofs names tests that exist, and has a row for everything that must be promised of chips."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "chip-proofs.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
PROMISED = (
    "profile with errors",
    "foreign chip",
    "locked",
    "other keys",
    "wrong size",
    "two cards in the field",
    "garbage",
    "swapped between steps",
    "random UID",
    "renamed by a replug",
    "taken away while a card is under way",
    "a yank, a mute and a tear at every command",
    "over pcscd",
    "good unread",
    "accounted for",
    "published vectors",
    "independent host",
    "same bytes as the soft-key path",
    "`opensc-tool` and `pcsc_scan`",
    "libnfc",
    "within 5 %",
    "of no key",
    "program that tells one is found",
    "T=0",
)


def rows() -> list[tuple[str, str]]:
    """Return each row's promise, and the cell that names its tests."""
    lines = [line.strip("|").split("|") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    return [(" ".join(cells[:-1]).strip(), cells[-1].strip()) for cells in lines if cells[-1].strip() != "held by"]


@cache
def names_of_tests(path: Path) -> frozenset[str]:
    found = ast.walk(ast.parse(path.read_text()))
    functions = (node.name for node in found if isinstance(node, ast.FunctionDef))
    return frozenset(name for name in functions if name.startswith("test_"))


@pytest.mark.parametrize("promise", PROMISED)
def test_what_must_be_promised_has_its_row(promise: str) -> None:
    assert any(promise in row for row, _ in rows())


@pytest.mark.parametrize(("row", "held"), rows(), ids=[row[:60] for row, _ in rows()])
def test_a_row_names_tests_that_exist(row: str, held: str) -> None:
    named = NAMED.findall(held)
    assert named, row
    assert " ".join(f"`{file}::{test}`" for file, test in named) == held, "nothing else stands in the cell"
    for file, test in named:
        assert test in names_of_tests(ROOT / file), f"{file} has no {test}"
