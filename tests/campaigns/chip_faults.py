"""What befalls a chip in this campaign, and what is told of how each card ended. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from simulators.devices.chip_faults import BadMac, Fault, Garbage, Mute, Reset, Tear, WrongSw, Yank
from tests.rig.settings import PCSC

GARBAGE = ("", "90", "9000", "6F00", "DEADBEEF9000", "6982", "FF" * 20 + "9000", "6A82", "6283")
MOST_KEPT = 7


def _torn(at: int) -> Fault:
    return Tear(at=at, kept=at % MOST_KEPT)


def _garbage(at: int) -> Fault:
    return Garbage(at=at, answer=GARBAGE[at % len(GARBAGE)])


FAULTS: Mapping[str, tuple[str, Callable[[int], Fault]]] = {
    "yank": ("pulled before the command reaches it", lambda at: Yank(at=at)),
    "yank-acted": ("pulled before its answer is heard", lambda at: Yank(at=at, acted=True)),
    "mute": ("silent, without having acted", lambda at: Mute(at=at)),
    "mute-acted": ("silent, having acted", lambda at: Mute(at=at, acted=True)),
    "tear": ("pulled when a few bytes are written", _torn),
    "reset": ("the field breaks down, before the command", lambda at: Reset(at=at)),
    "reset-acted": ("the field breaks down, after it", lambda at: Reset(at=at, acted=True)),
    "mac-of-command": ("a bit of the command turned: its MAC, or its data", lambda at: BadMac(at=at, of="command")),
    "mac-of-answer": ("a bit of the answer turned: its MAC, or its data", lambda at: BadMac(at=at, of="answer")),
    "garbage": ("acted, and answered anything", _garbage),
    "lie": ("answered 9000, without having acted", lambda at: WrongSw(at=at, sw=0x9000)),
}
"""By name: what it is, and the fault that hits the command of a number."""

VERIFIED, RESUMED, SPOILED, UNFIT = "verified", "resumed", "spoiled", "unfit"
ENDS = (VERIFIED, RESUMED, SPOILED, UNFIT)


@dataclass(frozen=True)
class Ended:
    """How one card ended.

    Attributes:
        at: the number of the command that was hit, from 1; 0 for a card that nothing befell.
        end: one of `ENDS`.
        causes: what its failed or interrupted steps were written down with, in order.
        live: its chip is live.
        violations: what must not be.
        seconds: from its order to its end.
    """

    at: int
    end: str
    causes: Sequence[str] = ()
    live: bool = False
    violations: Sequence[str] = ()
    seconds: float = 0.0


@dataclass
class Shift:
    """One fault at every command of one profile.

    Attributes:
        reader: the driver of the reader that writes the chips.
        commands: that an undisturbed card takes, up to and including its activation.
        ended: how each card did.
        broken: why the shift could not go on; empty if it came to its end.
    """

    profile: str
    fault: str
    commands: int = 0
    ended: list[Ended] = field(default_factory=list)
    broken: str = ""
    reader: str = PCSC

    @property
    def name(self) -> str:
        """The profile and, if it is none of PC/SC, by which reader."""
        return self.profile if self.reader == PCSC else f"{self.profile}, {self.reader}"

    @property
    def violations(self) -> list[str]:
        """What must not be, each with where it was."""
        found = [f"{self.name} {self.fault} at {one.at}: {what}" for one in self.ended for what in one.violations]
        return [*found, f"{self.name} {self.fault}: {self.broken}"] if self.broken else found


COLUMNS = (
    "profile",
    "what befalls the chip",
    "commands",
    "verified",
    "resumed and finished",
    "spoiled",
    "unfit, as it was",
    "why spoiled",
    "why unfit",
)


def table(shifts: Sequence[Shift]) -> Iterator[str]:
    """Return the rows of a table: for each profile and fault how many commands were hit, and how the cards ended."""
    yield f"| {' | '.join(COLUMNS)} |"
    yield "|---" * len(COLUMNS) + "|"
    for shift in shifts:
        ends = Counter(one.end for one in shift.ended if one.at)
        what, _ = FAULTS[shift.fault]
        why = (_why(shift, SPOILED), _why(shift, UNFIT))
        cells = (shift.name, f"{shift.fault}: {what}", sum(ends.values()), *(ends[end] for end in ENDS), *why)
        yield f"| {' | '.join(str(cell) for cell in cells)} |"


def _why(shift: Shift, end: str) -> str:
    """Count the first causes of those cards that ended so."""
    causes = Counter(cause for one in shift.ended if one.end == end for cause in one.causes[:1])
    return ", ".join(f"{cause} {count}" for cause, count in causes.most_common())


def sums(shifts: Sequence[Shift], seconds: float) -> Iterator[str]:
    """Tell the campaign as a whole."""
    cards = [one for shift in shifts for one in shift.ended if one.at]
    ends = Counter(one.end for one in cards)
    told = ", ".join(f"{ends[end]} {end}" for end in ENDS)
    yield f"{len(cards)} chips in {seconds:.0f} s: {told}; {sum(one.live for one in cards)} live, each read back whole"
