"""A line whose printer takes a card in and puts it out by itself: the chip is written on the officer's desk before.

One card is outside the printer at a time, and its tap at the acceptance says which one it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import CardMute, Connection, NoCard
from drivers.errors import DeviceError
from drivers.printer import Condition, Image, Printer, Reason, WholeCardPrinter
from stationd.model.issuance import Step
from stationd.press.bench import Act, Bench, Evidence, Sight
from stationd.press.desk_reader import DeskReader
from stationd.press.gate import first_of
from stationd.press.trouble import Cause

POLL = 0.25
"""Seconds between looks at the reader while a person has something to do."""

LOOK = 3.0
"""Seconds that a look at the reader may take."""

SPEAKING = 10.0
"""Seconds in which a chip that lies on the reader has to say that it is there."""

A_PERSON = 900.0
"""Seconds that a person may take to carry a card from here to there before the line asks again."""

PRINTING = 240.0
"""Seconds that the printer may take for one card."""


class WholeCardMachine(Printer, WholeCardPrinter):
    """A printer that makes a whole card at a time."""


@dataclass(eq=False)
class NotConfirmed(DeviceError):
    """Nobody has said that what was asked for is done."""

    may_have_acted = False

    @override
    def what(self) -> str:
        return "nobody has said that it is done; say so with: stationctl line continue"


class Person:
    """The officer at the desk, as a line sees one: is told what to do, and says that it is done.

    Args:
        tell: shows what is to do; None once it is done.
        stopping: says whether the line is to stop: then nobody is waited for.
        hear: shows what the printer reports while it works.
    """

    def __init__(
        self,
        tell: Callable[[Cause | None], None],
        stopping: Callable[[], bool],
        hear: Callable[[Sequence[Condition]], None] = lambda _: None,
    ) -> None:
        self.tell = tell
        self.stopping = stopping
        self.hear = hear
        self._said = threading.Event()

    def say_done(self) -> None:
        """Say that what was asked for is done. Any thread."""
        self._said.set()

    def has_said(self) -> bool:
        """Return whether it was said since the last time this was asked."""
        said = self._said.is_set()
        self._said.clear()
        return said

    def carry(self, what: str, deadline: Deadline, gone: Callable[[], bool] = lambda: True, why: str = "") -> None:
        """Have a card carried somewhere: the person is told to, and says that it is done.

        Args:
            what: where to, in the words of the catalogue.
            deadline: by which it must have been said.
            gone: whether the card is seen to have left; a word that comes before does not count.
            why: what it is about the card, in the words of the catalogue.

        Raises:
            NotConfirmed: if nobody says so in time.
        """
        self.tell(Cause(what, why))
        self.has_said()  # what was said before was of something else
        while not deadline.passed and not self.stopping():
            if self._said.wait(POLL) and self.has_said() and gone():
                self.tell(None)
                return
        raise NotConfirmed("desk", what)


@dataclass
class DeskBench(Bench):
    """The desk reader and a whole-card printer.

    Attributes:
        desk: the reader; others use it between this line's exchanges with a chip.
        person: carries the cards.
        line: whose bench it is.
    """

    printer: WholeCardMachine
    desk: DeskReader
    person: Person
    line: str
    _held: ExitStack = field(default_factory=ExitStack, init=False, repr=False)
    _asked: bool = field(default=False, init=False, repr=False)
    _asked_anew: bool = field(default=False, init=False, repr=False)
    _hopeless: bool = field(default=False, init=False, repr=False)

    one_card_outside = True

    @override
    def wanted(self) -> Cause | None:
        return self.desk.fresh_for(self.line, Deadline.after(LOOK))

    @override
    def acts(self) -> dict[Step, Act]:
        return {
            Step.FEED: self._take,
            Step.PRINT: self._print,
            Step.REJECT: lambda _, deadline: self._carried("card-into-reject-bin", deadline),
            Step.RETURN: lambda _, deadline: self._carried("blank-back-to-stack", deadline),
        }

    @property
    @override
    def patience(self) -> Mapping[Step, float]:
        return {Step.PRINT: A_PERSON + self._printing, Step.REJECT: A_PERSON, Step.RETURN: A_PERSON}

    def _take(self, _: Image, deadline: Deadline) -> None:
        self._asked_anew = self._hopeless = False
        if not self.desk.sees_card(deadline.sooner(LOOK)):
            raise NoCard("desk reader", "take a blank")

    def _print(self, image: Image, deadline: Deadline) -> Evidence:
        self._carried("card-into-printer", deadline.sooner(A_PERSON))
        try:
            return {"completion": self.printer.print_card(image, deadline.sooner(self._printing), self._reported)}
        finally:
            self.person.tell(None)

    @property
    def _printing(self) -> float:
        return PRINTING + self.printer.capabilities.sending

    def _reported(self, conditions: tuple[Condition, ...]) -> None:
        """Show what the printer waits for while it has the card: an empty hopper is filled and an open cover closed."""
        self.person.hear(conditions)
        self.person.tell(first_of(condition for condition in conditions if condition.reason is not Reason.BUSY))

    def take_blank(self, deadline: Deadline) -> None:
        """Let the person put a blank into the printer. Raises `NotConfirmed` if that does not happen in time."""
        self._carried("blank-into-printer", deadline)

    @override
    def put_aside(self, cause: str, image: Image, deadline: Deadline) -> None:
        self._carried("unfit-blank-aside", deadline, cause)

    def _carried(self, what: str, deadline: Deadline, why: str = "") -> None:
        """Let the person carry the card somewhere: the reader is empty then, and the person says so.

        Raises:
            NotConfirmed: if that does not happen in time.
        """
        self.release(deadline)
        self.person.carry(what, deadline, lambda: not self.desk.sees_card(Deadline.after(LOOK)), why)

    @contextmanager
    def peeked(self, deadline: Deadline) -> Iterator[Connection]:
        """Look at the chip of what lies there, without having it for one's own. Raises as `DeskReader.held`."""
        with self.desk.held(deadline) as reader, closing(reader.connect(deadline)) as connection:
            yield connection

    @override
    def clear_reader(self, deadline: Deadline) -> None:
        self.release(deadline)

    @override
    def approach(self, deadline: Deadline) -> None:
        """The person has laid it there."""

    @override
    def engage(self, deadline: Deadline) -> Connection:
        reader = self._held.enter_context(self.desk.held(deadline))
        self.desk.work_with(self.line)
        try:
            self._connection = reader.connect(deadline.sooner(SPEAKING))
        except DeviceError:
            self._held.close()
            raise
        return self._connection

    @override
    def release(self, deadline: Deadline) -> None:
        self._end_session()
        self._held.close()

    @override
    def look_for_card(self, deadline: Deadline, *, printed: bool) -> Sight:
        try:
            there = self.desk.sees_card(deadline.sooner(LOOK))
        except CardMute:  # one that has not been lifted since it fell silent: the reader waits for it
            cause = self.revive()
            return Sight(inside=None if cause else True, cause=cause)
        if there:
            return Sight(inside=True)
        said, asked, self._asked = self.person.has_said(), self._asked, True
        if said and asked:  # a word from before the question is about something else
            return Sight(inside=False)
        return Sight(inside=None, cause=Cause("card-back-on-desk", ""))

    @override
    def revive(self) -> Cause | None:
        """A chip that fell silent has power for as long as it lies there: only a person parts it from the reader."""
        self._hopeless |= self.person.has_said() and self._asked_anew
        self._asked_anew = True
        return None if self._hopeless else Cause("card-anew-on-desk", "")

    @override
    def reader_trouble(self, deadline: Deadline) -> None:
        self.desk.sees_card(deadline)

    @override
    def close(self) -> None:
        self._end_session()
        self._held.close()
        self.printer.close()
