"""Where work waits for a person, for heat or for a service, until what is in the way has gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.printer import Condition, Media, Reason, Status
from stationd.press.bench import Bench
from stationd.press.notice import LineState, Notice
from stationd.press.trouble import Cause, cause_of

LOOK = 5.0
"""Seconds that asking a device how it is may take."""

HARMLESS = frozenset({Reason.MEDIA_LOW, Reason.MARKER_SUPPLY_LOW, Reason.FILM_LOW, Reason.CLEANING_DUE})
"""What a printer may report and still make good cards."""


def in_the_way(status: Status) -> Cause | None:
    """Return what keeps a printer from working, or None. Supplies that run low and cleaning that is due do not."""
    return first_of(status.conditions)


def first_of(conditions: Iterable[Condition]) -> Cause | None:
    """Return the first of the things that a printer reports which keeps it from working."""
    for condition in conditions:
        if condition.reason not in HARMLESS:
            return Cause(condition.reason, condition.text)
    return None


def unfit_to_feed(status: Status) -> Cause | None:
    """Return what keeps a printer from taking a new blank: what is in the way, or a card that nobody put there."""
    if status.media is Media.PRESENT:
        return Cause("card-in-machine", "the printer holds a card, and no card is being made")
    return in_the_way(status)


class LineGate:
    """The gate of one attempt.

    Args:
        bench: whose devices are watched.
        notice: what the line tells people.
        rest: waits for some time or until there is news; False once the line is to stop.
        give_up: lets go of the bench: its session is over.
    """

    def __init__(
        self,
        bench: Bench,
        notice: Notice,
        rest: Callable[[], bool],
        give_up: Callable[[], None],
    ) -> None:
        self._bench = bench
        self._notice = notice
        self._rest = rest
        self._give_up = give_up

    def close(self, cause: Cause) -> bool:
        """Wait until neither printer nor reader reports anything; False if the line stops or the session is over."""
        self._notice.report(cause)
        while self._rest():
            try:
                found = in_the_way(self._bench.printer.status(Deadline.after(LOOK)))
            except DeviceError as trouble:  # the session is over: the card is looked for in a new one
                self._give_up()
                self._notice.report(cause_of(trouble))
                return False
            if found is None:
                found = self._reader_gone()
            if found is None:
                self._notice.show(LineState.WORKING)
                return True
            self._notice.report(found)
        return False

    def _reader_gone(self) -> Cause | None:
        try:
            self._bench.reader_trouble(Deadline.after(LOOK))
        except DeviceError as trouble:
            return cause_of(trouble)
        return None

    def open(self) -> None:
        """Say that work goes on."""
        self._notice.ready(self._bench)
