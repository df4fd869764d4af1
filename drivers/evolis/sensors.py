"""What an Evolis machine tells of its state, question by question."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from drivers.deadline import Deadline
from drivers.evolis import answers, protocol
from drivers.evolis.link import Link
from drivers.evolis.protocol import Place
from drivers.printer import Condition, Reason

COVER: Final = (Reason.COVER_OPEN, "the cover is open")
FEEDER: Final = (Reason.MEDIA_EMPTY, "the feeder has no cards")
_ALL: Final = frozenset(Reason)
_FEW: Final = 10  # cards that the ribbon still prints: time to lay out the next one


class Sensors:
    """Asks one machine. Everything here raises as `Link.ask` does, and `NotUnderstood`; nothing moves."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._cleaning: str | None = None  # the question that this machine knows
        self._tells_mode = False

    def learn(self, deadline: Deadline) -> None:
        """Find out, just after `Pem;2` was set, which questions the machine knows."""
        self._cleaning = next((q for q in protocol.CLEANING_DUE if self._asked(q, deadline) is not None), None)
        self._tells_mode = self._mode(deadline) == protocol.HOST_MODE

    def place(self, deadline: Deadline) -> Place:
        """Ask where the card is."""
        return protocol.parse_place(self._link.ask_surely(protocol.READ_PLACE, deadline))

    def fed(self, deadline: Deadline) -> int:
        """Read the count of inserted cards."""
        return protocol.parse_number(self._link.ask_surely(protocol.READ_CARDS, deadline))

    def number(self, question: str, deadline: Deadline) -> int | None:
        """Read a counter; None if the machine does not tell it."""
        reply = self._asked(question, deadline)
        return None if reply is None else protocol.parse_number(reply)

    def conditions(self, deadline: Deadline, of: Collection[Reason] = _ALL) -> tuple[Condition, ...]:
        """Ask for everything that keeps the machine from working, or soon will. A reset is told once.

        Args:
            deadline: for all answers.
            of: what matters now; a sensor that tells nothing of it is not asked. Whether there was a reset always is.
        """
        found = [self._reset(deadline)]
        if Reason.COVER_OPEN in of:
            found.append(self._low(protocol.READ_COVER, *COVER, deadline))
        if Reason.MEDIA_EMPTY in of:
            found.append(self._low(protocol.READ_FEEDER, *FEEDER, deadline))
        if Reason.MARKER_SUPPLY_EMPTY in of:
            found.append(self._ribbon(deadline))
        if Reason.CLEANING_DUE in of:
            found.append(self.dirty(deadline))
        return tuple(condition for condition in found if condition is not None)

    def cleanings(self, deadline: Deadline) -> int:
        """Read the count of cleanings."""
        return protocol.parse_number(self._link.ask_surely(protocol.READ_CLEANINGS, deadline))

    def dirty(self, deadline: Deadline) -> Condition | None:
        """The cleaning reminder. Whatever else that question is answered with says nothing of cleaning."""
        if self._cleaning is None or (reply := self._asked(self._cleaning, deadline)) is None:
            return None
        return dirt(reply)

    def _asked(self, question: str, deadline: Deadline) -> str | None:
        """Ask; None if the machine does not know the question."""
        reply = self._link.ask(question, deadline)
        return None if answers.condition(reply).reason is Reason.BAD_COMMAND else reply

    def _mode(self, deadline: Deadline) -> int | None:
        reply = self._asked(protocol.READ_MODE, deadline)
        return None if reply is None else protocol.parse_mode(reply)

    def _reset(self, deadline: Deadline) -> Condition | None:
        """A machine that manages its errors itself again was switched off since."""
        if not self._tells_mode or (mode := self._mode(deadline)) == protocol.HOST_MODE:
            return None
        reply = self._link.ask(protocol.HOST_MANAGES, deadline)
        if not answers.done(reply):
            return answers.condition(reply)
        return Condition(Reason.POWER_RESET, f"{protocol.READ_MODE} {mode}", "the machine was switched off or reset")

    def _low(self, question: str, reason: Reason, text: str, deadline: Deadline) -> Condition | None:
        """A sensor that reports by having no voltage."""
        reply = self._asked(question, deadline)
        return None if reply is None else low(question, reply, reason, text)

    def _ribbon(self, deadline: Deadline) -> Condition | None:
        """The black mark at the ribbon's end, and the count of cards that it still prints."""
        mark = self._asked(protocol.READ_RIBBON_MARK, deadline)
        if mark is not None and (found := ribbon_mark(mark)) is not None:
            return found
        reply = self._asked(protocol.READ_RIBBON_LEFT, deadline)
        return None if reply is None else ribbon_left(reply)


def low(question: str, reply: str, reason: Reason, text: str) -> Condition | None:
    """Return what a sensor reports that does so by having no voltage. Raises `NotUnderstood`."""
    known = answers.condition(reply)
    if known.reason is not Reason.UNMAPPED:
        return known
    return None if protocol.parse_sensor(reply) else Condition(reason, f"{question} {reply}", text)


def ribbon_mark(reply: str) -> Condition | None:
    """Return what the mark at the ribbon's end says."""
    if answers.done(reply):
        return None
    known = answers.condition(reply)
    reason = Reason.MARKER_SUPPLY_EMPTY if known.reason is Reason.UNMAPPED else known.reason
    return Condition(reason, f"{protocol.READ_RIBBON_MARK} {reply}", "the ribbon is at its end or missing")


def ribbon_left(reply: str) -> Condition | None:
    """Return what the count of cards that the ribbon still prints says. Raises `NotUnderstood`."""
    known = answers.condition(reply)
    if known.reason is not Reason.UNMAPPED:
        return known
    left, code = protocol.parse_number(reply), f"{protocol.READ_RIBBON_LEFT} {reply}"
    if left == 0:
        return Condition(Reason.MARKER_SUPPLY_EMPTY, code, "the ribbon is used up")
    return Condition(Reason.MARKER_SUPPLY_LOW, code, "the ribbon is nearly used up") if left <= _FEW else None


def dirt(reply: str) -> Condition | None:
    """Return what the cleaning reminder says."""
    known = answers.condition(reply)
    return known if known.reason is Reason.CLEANING_DUE else None
