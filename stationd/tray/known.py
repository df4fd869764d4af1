"""What the window knows of the station: plain data that was fetched, in one place, and a signal when it changes.

Nothing is worked out here that the daemon says, and nothing is shown before it has said it: so all windows agree.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from stationd.tray.link import Link, Stand, Standing
from stationd.tray.problem import Problem

if TYPE_CHECKING:
    from stationd.client.client import Client
    from stationd.client.officers import SessionView
    from stationd.client.rules import ForecastView
    from stationd.client.status import JobView, StatusView

_T = TypeVar("_T")

TICK: Final = 1000
"""Milliseconds between looks at what changes without an entry in the book: what a line does, what a printer says."""

REST: Final = 4.0
LONGEST: Final = 5.0
"""What is long rests for so many times as long as its last fetch took, but no longer than so many seconds: however much
there is, it takes a fifth of daemon and window at most, and a key that is pressed finds both free."""


@dataclass(frozen=True, eq=False)
class Topic(Generic[_T]):
    """Something that is fetched as a whole, and again when it may have changed.

    Attributes:
        name: for people who read code.
        fetch: asks for it, in another thread.
        stirred_by: the types of the book's entries after which it is fetched again; empty: every one.
        ticks: whether it is fetched every second as well, because it changes without entries.
        pause: seconds between two fetches at least: for what is long. It grows with what a fetch takes.
    """

    name: str
    fetch: Callable[[Client], _T]
    stirred_by: frozenset[str] = frozenset()
    ticks: bool = False
    pause: float = 0.0

    def is_stirred(self, entries: Sequence[Mapping[str, Any]]) -> bool:
        """Say whether it may have changed with these entries; none at all: it may."""
        return not entries or not self.stirred_by or any(entry.get("type") in self.stirred_by for entry in entries)

    def pause_after(self, took: float) -> float:
        """Return how many seconds after a fetch's beginning the next one may begin, if that one took so many."""
        return max(self.pause, took + min(took * REST, LONGEST)) if self.pause else 0.0


STATUS: Final = Topic("status", lambda client: client.status(), ticks=True)
"""The station at one look. The frame follows it; it is always there while somebody is signed in."""

JOBS: Final[Topic[list[JobView]]] = Topic("jobs", lambda client: client.jobs(), pause=0.25)
"""All jobs, in the order of their arrival."""


def _forecast(client: Client) -> list[ForecastView]:
    from stationd.client.rules import ForecastView  # noqa: PLC0415 - the window is in sight sooner without

    return client.get("/v1/forecast", list[ForecastView])


FORECAST: Final = Topic("forecast", _forecast, pause=10.0)
"""How long blanks, ribbon and film last. The frame follows it for the days that stand at its head."""

BLANKS: Final = "blanks"
"""What blanks are called among the supplies."""


@dataclass(frozen=True)
class Knowledge:
    """What is known at one moment.

    Attributes:
        stand: how the window stands to the daemon.
        at: when this was, in seconds since the epoch, by this computer's clock.
        told: what was fetched, by topic.
    """

    stand: Stand = field(default_factory=Stand)
    at: float = 0.0
    told: Mapping[Topic[Any], Any] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, topic: Topic[_T]) -> _T | None:
        """Return what was fetched last of a topic; None if it has not been, or nobody is signed in."""
        found: _T | None = self.told.get(topic)
        return found

    @property
    def status(self) -> StatusView | None:
        """The station at one look."""
        return self.of(STATUS)

    @property
    def days_left(self) -> int | None:
        """For how many working days the blanks last; None if that cannot be said."""
        foreseen = (each for each in self.of(FORECAST) or () if each.supply == BLANKS)
        return min((each.days_left for each in foreseen if each.days_left is not None), default=None)

    @property
    def session(self) -> SessionView | None:
        """Whose session it is; also while the daemon is away. None if nobody is signed in."""
        return self.stand.session

    @property
    def is_fresh(self) -> bool:
        """Whether the daemon is there, so that what is told is as it is now."""
        return self.stand.standing is Standing.CONNECTED

    def may(self, *roles: str) -> bool:
        """Say whether the officer who is signed in has one of these roles."""
        return self.session is not None and not set(roles).isdisjoint(self.session.roles)


class Known(QObject):
    """Keeps what is known, and fetches it anew when it may have changed.

    Signals:
        changed (Knowledge): something is otherwise than before.

    Args:
        link: to the daemon.
        parent: whose child this is.
    """

    changed = Signal(object)

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.now = Knowledge(link.stand, time.time())
        self._link = link
        self._followed: dict[Topic[Any], _Following] = {}
        self._session: SessionView | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._tick)
        link.stood.connect(self._stood)
        link.stirred.connect(self._stirred)
        self.follow(STATUS)
        self.follow(FORECAST)

    def follow(self, topic: Topic[Any]) -> None:
        """Fetch a topic from now on, each time that it may have changed."""
        if topic not in self._followed:
            self._followed[topic] = _Following(topic, self._link, self._learn)
            if self.now.is_fresh:
                self._followed[topic].fetch()

    def refetch(self, *topics: Topic[Any]) -> None:
        """Fetch topics now, because something was done that changes them."""
        for topic in topics:
            if topic in self._followed and self.now.is_fresh:
                self._followed[topic].fetch()

    def _stood(self, stand: Stand) -> None:
        told = self.now.told
        if stand.session is None or (self._session is not None and stand.session.officer != self._session.officer):
            told = MappingProxyType({})
            for following in self._followed.values():
                following.forget()
        self._session = stand.session
        self._become(replace(self.now, stand=stand, told=told))
        if stand.standing is Standing.CONNECTED:
            self._timer.start()
        else:
            self._timer.stop()

    def _stirred(self, entries: list[dict[str, Any]]) -> None:
        for topic, following in self._followed.items():
            if topic.is_stirred(entries):
                following.fetch()

    def _tick(self) -> None:
        for topic, following in self._followed.items():
            if topic.ticks:
                following.fetch()

    def _learn(self, topic: Topic[Any], told: Any) -> None:
        if self.now.session is not None and (topic not in self.now.told or self.now.told[topic] != told):
            self._become(replace(self.now, told=MappingProxyType({**self.now.told, topic: told})))

    def _become(self, knowledge: Knowledge) -> None:
        self.now = replace(knowledge, at=time.time())
        self.changed.emit(self.now)


class _Following:
    """One topic: at most one fetch under way, and one after it if something changed meanwhile."""

    def __init__(self, topic: Topic[Any], link: Link, learn: Callable[[Topic[Any], Any], None]) -> None:
        self._topic = topic
        self._link = link
        self._learn = learn
        self._under_way: object | None = None
        self._again = False
        self._begun = 0.0
        self._took = 0.0
        self._later = QTimer(link)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.fetch)

    def fetch(self) -> None:
        if self._under_way is not None:
            self._again = True
            return
        early = self._topic.pause_after(self._took) - (time.monotonic() - self._begun)
        if early > 0:
            if not self._later.isActive():
                self._later.start(int(early * 1000) + 1)
            return
        self._begun = time.monotonic()
        self._under_way = turn = object()
        self._link.fetch(
            self._topic.fetch, lambda told: self._done(turn, told), lambda problem: self._failed(turn, problem)
        )

    def forget(self) -> None:
        """Want nothing of what is under way: it was asked for somebody else."""
        self._under_way = None
        self._again = False
        self._begun = self._took = 0.0  # whoever comes next waits for nothing of this
        self._later.stop()

    def _failed(self, turn: object, problem: Problem) -> None:
        """It is fetched again anyhow. But the status anyone may see who may be here at all."""
        if turn is self._under_way and self._topic is STATUS and problem.status == HTTPStatus.FORBIDDEN:
            self._link.shut_out(problem)
        self._done(turn, None, failed=True)

    def _done(self, turn: object, told: Any, *, failed: bool = False) -> None:
        if turn is not self._under_way:
            return
        self._under_way = None
        if not failed:
            self._learn(self._topic, told)
        self._took = time.monotonic() - self._begun
        if self._again:
            self._again = False
            self.fetch()
