"""What a technician lets a line do between two cards: it runs on the line's own thread, with the line's own devices."""

from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from typing_extensions import override

from stationd.press.bench import Bench

_T = TypeVar("_T")


@dataclass(eq=False)
class LineBusy(Exception):
    """A line did not do an errand: it works, or waits for somebody, or lacks something. Nothing was begun.

    Attributes:
        cause: what it lacks, in the words of the catalogue.
    """

    line: str
    cause: str = "line-busy"

    @override
    def __str__(self) -> str:
        return f"{self.line} did nothing: {self.cause}"


class Errands:
    """The errands of one line.

    Args:
        line: its name.
        wake: lets the line look for one.
    """

    def __init__(self, line: str, wake: Callable[[], None]) -> None:
        self._line = line
        self._wake = wake
        self._waiting: dict[bool, queue.SimpleQueue[tuple[Callable[[Bench], Any], Future[Any]]]] = {
            unfit: queue.SimpleQueue() for unfit in (False, True)
        }

    def run(self, errand: Callable[[Bench], _T], patience: float, *, unfit: bool = False) -> _T:
        """Let the line do something with its open devices, and return what came of it. Any thread.

        Args:
            errand: what is done.
            patience: seconds until it must have been begun.
            unfit: it is done also while the printer lacks what it needs to make cards, or its hopper is open.

        Raises:
            LineBusy: if it was not. Whatever the errand raises is raised here.
        """
        result: Future[_T] = Future()
        self._waiting[unfit].put((errand, result))
        self._wake()
        try:
            return result.result(patience)
        except TimeoutError:
            if result.cancel():
                raise LineBusy(self._line) from None
            return result.result()  # it was begun, and ends by its own deadlines

    def do_next(self, bench: Bench, *, unfit: bool = False) -> bool:
        """Do the next errand of that kind, if any waits; returns whether one was done. The line's thread only."""
        try:
            errand, result = self._waiting[unfit].get_nowait()
        except queue.Empty:
            return False
        if not result.set_running_or_notify_cancel():
            return False
        try:
            outcome = errand(bench)
        except LineBusy as busy:
            result.set_exception(busy)
            return True
        except BaseException as error:  # the asker hears of it, and so does the line, whose devices may be anyhow now
            result.set_exception(error)
            raise
        result.set_result(outcome)
        return True

    def give_up(self) -> None:
        """Tell all who wait that the line has ended."""
        for waiting in self._waiting.values():
            while not waiting.empty():
                _, result = waiting.get_nowait()
                with suppress(InvalidStateError):  # taken back meanwhile
                    result.set_exception(LineBusy(self._line))
