"""The table of the rules names tests that exist, and says plainly where there are none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULES = 22


def rows() -> dict[int, list[str]]:
    lines = (ROOT / "docs" / "rules.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| \d+ \|", line)]
    return {int(row[0]): row[1:] for row in cells}


def names(path: Path) -> set[str]:
    found = ast.walk(ast.parse(path.read_text()))
    return {node.name for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}


def test_every_rule_has_its_row() -> None:
    assert list(rows()) == list(range(1, RULES + 1))


@pytest.mark.parametrize("rule", range(1, RULES + 1))
def test_a_rule_names_where_it_is_decided_and_tests_that_exist_or_is_not_built(rule: int) -> None:
    what, source, decided, tests = rows()[rule]
    assert what
    assert source
    if tests == "not built":
        assert decided.startswith("not built")
        return
    for place in re.findall(r"`([\w/.]+)`", decided):
        assert (ROOT / "stationd" / place).is_file(), place
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", tests)
    assert named
    for file, test in named:
        assert (ROOT / file).is_file(), file
        assert not test or test in names(ROOT / file), test


def test_every_test_that_bears_a_rules_number_stands_in_its_row() -> None:
    for path in sorted((ROOT / "tests" / "model").glob("test_*.py")):
        for name in names(path):
            if found := re.match(r"test_rule_(\d+)_", name):
                assert rows()[int(found[1])][3] != "not built", name
