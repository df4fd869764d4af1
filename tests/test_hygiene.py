"""Of the project's own files: nothing half done, nothing of the machine they were written on, none too long to hold."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST = 450
"""Lines of a program. From 400 on one asks what two things it does."""

# A letter in brackets keeps each pattern from finding itself.
HALF_DONE = re.compile(r"\bTO[D]O\b|\bFIX[M]E\b|raise NotImplemented[E]rror")
SKIPS = re.compile(r"mark\.ski[p]|\bpytest\.ski[p]\(|importor[s]kip|unittest\.ski[p]|raise SkipTes[t]")
REGISTRY_HOSTS = re.compile(
    r"py[p]i\.(org|io)|pythonhoste[d]\.org|npmj[s]\.(org|com)|yarnpk[g]\.com|crate[s]\.io|rubygem[s]\.org"
    r"|docke[r]\.io|ghc[r]\.io|qua[y]\.io|gc[r]\.io|anacond[a]\.(org|com)|proxy\.golan[g]\.org|mave[n]\.org"
    r"|artifactor[y]|(deb|security|snapshot|ftp)\.[\w.]*debia[n]\.org|archive\.ubunt[u]\.com|npm\.pk[g]\.",
    re.IGNORECASE,
)
THIS_MACHINE = re.compile(r"(?<![\w.])/(wor[k]|roo[t]|hom[e]/\w+|User[s]/\w+|op[t]/py[p]i|op[t]/wheel[s]|tm[p])/[\w.$]")


def tracked() -> list[Path]:
    """The text files that git knows, as they stand in the checkout."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8192]]


def is_program(path: Path) -> bool:
    return path.suffix in {".py", ".sh", ".sql"} or path.read_bytes().startswith(b"#!")


def finds(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    """`file:line: what` for every match."""
    found = []
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match.group()}")
    return found


def test_every_text_file_is_utf_8_and_ends_with_a_newline() -> None:
    wrong = [path for path in tracked() if (text := path.read_text(encoding="utf-8")) and not text.endswith("\n")]
    assert not wrong


def test_nothing_is_half_done() -> None:
    assert not finds(HALF_DONE, tracked())


def test_no_test_may_skip() -> None:
    assert not finds(SKIPS, [path for path in tracked() if path.suffix == ".py"])


def test_no_file_says_where_packages_come_from() -> None:
    assert not finds(REGISTRY_HOSTS, tracked())


def test_no_file_names_a_place_on_one_machine() -> None:
    assert not finds(THIS_MACHINE, tracked())


def test_no_program_is_longer_than_a_person_can_hold() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in tracked() if is_program(path)
    }
    assert not {path: length for path, length in lengths.items() if length > LONGEST}


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (HALF_DONE, "# TO" + "DO later"),
        (HALF_DONE, "raise NotImplemented" + "Error"),
        (SKIPS, "@pytest.mark.sk" + "ipif(True)"),
        (REGISTRY_HOSTS, "--index-url https://py" + "pi.org/simple"),
        (REGISTRY_HOSTS, "URIs: http://deb.deb" + "ian.org/debian"),
        (THIS_MACHINE, 'open("/ro' + 'ot/x")'),
        (THIS_MACHINE, "cd /tm" + "p/a && ls"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)
