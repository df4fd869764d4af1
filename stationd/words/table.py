"""The page of causes and remedies, made from the catalogue: `python -m stationd.words.table > docs/causes.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from stationd.words import ENGLISH, INDONESIAN, Words

GROUPS: Final = {
    "cause": "Why something is not done, waits, or went wrong",
    "refusal": "Why something that was sent is not taken as a job",
}

HEAD: Final = """\
# Causes and remedies

Every cause that a station names, by its code: in `status`, `queue` and refusals, in the log, and in the book. Made from
the catalogue (`stationd/words/`) by `python -m stationd.words.table > docs/causes.md`; a test keeps it current.
"""


def page() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *(line for group, title in GROUPS.items() for line in _section(group, title))])


def _section(group: str, title: str) -> Iterator[str]:
    indonesian, english = Words(INDONESIAN), Words(ENGLISH)
    codes = sorted({key.rpartition(".")[0] for key in english.codes(group)})
    yield f"## {title}\n"
    yield "| code | layar | it means | to do |"
    yield "|---|---|---|---|"
    for code in codes:
        subject = "JOB" if group == "refusal" else "…"
        said, meant = indonesian.cause(code, subject, group=group), english.cause(code, subject, group=group)
        command = f" `{meant.command}`" if meant.command else ""
        cells = (f"`{code}`", said.what, meant.what, meant.do + command)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(page())
