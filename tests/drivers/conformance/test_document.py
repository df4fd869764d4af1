"""The list of promises in the documents is the one that is checked."""

from __future__ import annotations

from pathlib import Path

from drivers.conformance.checks import PROMISES
from drivers.conformance.report import listing

PAGE = Path(__file__).parents[3] / "docs" / "conformance.md"
BEGIN = "has to do or to see something.\n\n"


def current() -> str:
    """The page with the list as it is now."""
    text = PAGE.read_text()
    return text[: text.index(BEGIN) + len(BEGIN)] + listing(PROMISES) + "\n"


def test_the_page_lists_every_promise() -> None:
    assert PAGE.read_text() == current()


if __name__ == "__main__":
    PAGE.write_text(current())
