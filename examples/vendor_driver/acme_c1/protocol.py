"""The C1's lines, bytes only (Acme, *C1 host interface*, 2.1).

A command is `NUMBER WORD …` with a panel's bytes behind it, if it has any. Its answer bears the same number: `OK …`,
`NO CODE` (refused: nothing moved) or `FAIL CODE` (begun, and not finished). A line is ASCII and ends with LF. The
machine speaks first, under number 0. It takes one session at a time, and forgets the panels of one that ended.
"""

import re
from typing import NamedTuple

from drivers.errors import NotUnderstood
from drivers.printer import Condition, Panel, Reason

LONGEST_LINE = 120
WIDTH, HEIGHT, DPI = 1016, 648, 300
PANELS = {Panel.YELLOW: "Y", Panel.MAGENTA: "M", Panel.CYAN: "C", Panel.BLACK: "K"}
OK, FAIL = "OK", "FAIL"
BUSY, JAMMED = "E9", "E3"
_CODES = {
    "E1": (Reason.MEDIA_EMPTY, "the hopper has no cards"),
    "E2": (Reason.COVER_OPEN, "the cover is open"),
    JAMMED: (Reason.MEDIA_JAM, "a card is jammed"),
    "E4": (Reason.MARKER_SUPPLY_EMPTY, "the ribbon is used up"),
    "W4": (Reason.MARKER_SUPPLY_LOW, "the ribbon is nearly used up"),
}
_LINE = re.compile(rb"([0-9]{1,9}) (OK|NO|FAIL)((?: [!-~]+)*)\n")
_COUNT = re.compile("[0-9]{1,9}", re.ASCII)


class State(NamedTuple):
    """Cards printed in the machine's life, cards that the ribbon still prints, and what is wrong."""

    cards: int
    left: int
    codes: tuple[str, ...]


def command(number: int, *words: object) -> bytes:
    """Write a command."""
    return " ".join(map(str, (number, *words))).encode("ascii") + b"\n"


def parse_answer(line: bytes, number: int) -> tuple[str, tuple[str, ...]]:
    """Return the verdict and the words behind it. Raises `NotUnderstood`, also for the answer to another command."""
    if (match := _LINE.fullmatch(line)) is None or int(match[1]) != number:
        raise NotUnderstood("", "", line, f"an answer to command {number}")
    return match[2].decode("ascii"), tuple(match[3].decode("ascii").split())


def parse_state(words: tuple[str, ...]) -> State:
    """Read `CARDS LEFT CODE,CODE` (`-` for no code). Raises `NotUnderstood`."""
    match words:
        case (cards, left, codes) if _COUNT.fullmatch(cards) and _COUNT.fullmatch(left):
            return State(int(cards), int(left), () if codes == "-" else tuple(codes.split(",")))
    raise NotUnderstood("", "", " ".join(words).encode(), "cards, cards left and codes")


def condition(code: str) -> Condition:
    """Return what a code reports; one that the manual does not have is `UNMAPPED`."""
    reason, text = _CODES.get(code, (Reason.UNMAPPED, "an error this driver has no name for"))
    return Condition(reason, code, text)
