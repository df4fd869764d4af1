"""All talk with the daemon, away from the thread that draws: calls, live events, and how the window stands to it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from stationd.tray.problem import Problem, problem_of

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from stationd.client.client import Client
    from stationd.client.officers import DoorView, SessionView

_T = TypeVar("_T")

WORKERS: Final = 4
"""Acts at a time. One that waits for a card to come out holds nobody else's up."""

FETCHERS: Final = 3
"""Fetches at a time, in threads of their own: what is only looked at, however long, keeps no act waiting."""

SOONEST: Final = 0.1
LATEST: Final = 1.0
"""Seconds between tries to reach a daemon that has gone: doubled from the first to the last."""

LOOK: Final = 1.0
"""Seconds between looks at the door while nobody is signed in."""


_ENDED: Final[list[QObject]] = []
"""Links that were closed. A thread that is still waiting for an answer must not be the last to let go of one: what is
Qt's ends in the thread that draws, or the program ends with it."""


class Standing(StrEnum):
    """How the window stands to the daemon."""

    SEARCHING = "searching"
    ABSENT = "absent"
    REFUSED = "refused"
    OTHER_VERSION = "other-version"
    SIGNED_OUT = "signed-out"
    CONNECTED = "connected"


@dataclass(frozen=True, slots=True)
class Stand:
    """How the window stands, and what tells so.

    Attributes:
        door: who answers; None until somebody has.
        session: whose session it is; None if nobody's.
        problem: why it is not connected.
    """

    standing: Standing = Standing.SEARCHING
    door: DoorView | None = None
    session: SessionView | None = None
    problem: Problem | None = None


class Asked:
    """A call under way. Its answer reaches whoever asked unless it was dropped meanwhile."""

    def __init__(
        self,
        call: Callable[[Client], Any],
        then: Callable[[Any], object] | None,
        failed: Callable[[Problem], object],
        key: str,
    ) -> None:
        self.call = call
        self.then = then
        self.failed = failed
        self.key = key

    def drop(self) -> None:
        """Want the answer no more. What was asked for is done all the same."""
        self.then = None
        self.failed = _nobody


class Link(QObject):
    """The one way to the daemon.

    Signals:
        stood (Stand): how the window stands has changed.
        stirred (list of dict): these entries were written into the book; an empty list: everything is to be fetched
            again, as some may have been missed.
        refused (Problem): a call failed whose asker did not say what is to happen then.

    Args:
        socket: where the daemon listens.
        parent: whose child this is.
    """

    stood = Signal(object)
    stirred = Signal(object)
    refused = Signal(object)
    _told = Signal()

    def __init__(self, socket: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stand = Stand()
        self.socket = socket
        self._acting = ThreadPoolExecutor(WORKERS, "acting")
        self._fetching = ThreadPoolExecutor(FETCHERS, "fetching")
        # Threads are given numbers: callbacks hold what is Qt's, and that is let go of in the thread that draws.
        self._asked: dict[int, Asked] = {}
        self._numbers = count()
        self._closed = threading.Event()
        self._telling = threading.Lock()
        self._tellings: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._awake = threading.Event()
        self._listener = threading.Thread(target=self._listen, name="listening", daemon=True)
        self._told.connect(self._take, Qt.ConnectionType.QueuedConnection)

    # --- for the thread that draws ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to look for the daemon. Nothing is asked before."""
        from stationd.client.client import Client  # noqa: PLC0415 - the window is in sight sooner without

        self._client = Client(self.socket)
        self._listener.start()

    def close(self) -> None:
        """End everything; answers that are still under way reach nobody."""
        if self._closed.is_set():
            return
        with self._telling:  # from here on no other thread touches this object
            self._closed.set()
        _ENDED.append(self)
        self._awake.set()
        if self._listener.ident is not None:
            self._client.close()
        self.shut(wait=False)

    def shut(self, *, wait: bool) -> None:
        """Begin nothing more that is not begun yet; on demand wait until what is under way has ended."""
        for pool in (self._acting, self._fetching):
            pool.shutdown(wait=wait, cancel_futures=True)

    def ask(
        self,
        call: Callable[[Client], _T],
        then: Callable[[_T], object] | None = None,
        failed: Callable[[Problem], object] | None = None,
        *,
        key: str = "",
    ) -> Asked | None:
        """Ask the daemon to do something. Returns at once; what comes of it is told later, in the thread that draws.

        Args:
            call: what is asked; runs in another thread and touches nothing but the client that it is given.
            then: is told the answer.
            failed: is told why not; left out, `refused` is sent.
            key: what is asked for. While something under the same key is under way nothing else is begun under it: a
                click twice orders once.

        Returns:
            A handle by which the answer can be dropped; None if nothing was begun.
        """
        if self._closed.is_set() or (key and self.is_asking(key)):
            return None
        return self._begin(self._acting, Asked(call, then, failed or self.refused.emit, key))

    def fetch(
        self,
        call: Callable[[Client], _T],
        then: Callable[[_T], object],
        failed: Callable[[Problem], object],
    ) -> Asked | None:
        """Fetch what is only looked at. As `ask`, but no act ever waits behind it."""
        if self._closed.is_set():
            return None
        return self._begin(self._fetching, Asked(call, then, failed, ""))

    def _begin(self, pool: ThreadPoolExecutor, asked: Asked) -> Asked:
        number = next(self._numbers)
        self._asked[number] = asked
        pool.submit(self._work, number)
        return asked

    def is_asking(self, key: str) -> bool:
        """Say whether something is under way under a key."""
        return any(asked.key == key for asked in self._asked.values())

    def sign_in(
        self,
        sign: Callable[[Client], SessionView],
        then: Callable[[SessionView], object],
        failed: Callable[[Problem], object],
    ) -> None:
        """Begin a session; everything is asked in it from then on."""

        def begun(session: SessionView) -> None:
            self._stand(Stand(Standing.CONNECTED, self.stand.door, session))
            self._awake.set()
            then(session)

        self.ask(sign, begun, failed, key="sign-in")

    def sign_out(self) -> None:
        """End the session, here at once and at the daemon as soon as it can be told."""
        token, self._client.token = self._client.token, ""
        if token and not self._closed.is_set():
            leaving = type(self._client)(self.socket, token=token)
            self._acting.submit(_leave, leaving)
        if self.stand.standing is Standing.CONNECTED:
            self._stand(Stand(Standing.SIGNED_OUT, self._name_at_door()))
        self._client.close()

    def shut_out(self, problem: Problem) -> None:
        """Go back to the sign-in: the session is over, or whose it is may not be here any more."""
        if self._client.token:
            self._lose_session(problem)

    @Slot()
    def _take(self) -> None:
        if not self._closed.is_set():
            self._tellings.get()()

    def _stand(self, stand: Stand) -> None:
        if stand != self.stand:
            self.stand = stand
            self.stood.emit(stand)

    def _tell(self, what: Callable[[], object]) -> None:
        """Let something be done in the thread that draws."""
        with self._telling:
            if not self._closed.is_set():
                self._tellings.put(what)
                self._told.emit()

    # --- in the threads that ask --------------------------------------------------------------------------------------

    def _work(self, number: int) -> None:
        token = self._client.token
        try:
            answer = self._asked[number].call(self._client)
        except Exception as error:
            self._tell(partial(self._fail, number, problem_of(error), token))
        else:
            self._tell(partial(self._answer, number, answer))

    def _answer(self, number: int, answer: object) -> None:
        asked = self._asked.pop(number)
        if asked.then is not None:
            asked.then(answer)

    def _fail(self, number: int, problem: Problem, token: str) -> None:
        asked = self._asked.pop(number)
        if problem.is_signed_out and token and token == self._client.token:
            self._lose_session(problem)
        asked.failed(problem)

    def _lose_session(self, problem: Problem) -> None:
        self._client.token = ""
        self._stand(Stand(Standing.SIGNED_OUT, self._name_at_door(), problem=problem))
        self._client.close()

    def _name_at_door(self) -> DoorView | None:
        """Return who answered last, without how the station was then: that may be hours ago."""
        from msgspec.structs import replace  # noqa: PLC0415 - the window is in sight sooner without

        return None if self.stand.door is None else replace(self.stand.door, attention="")

    # --- in the thread that listens -----------------------------------------------------------------------------------

    def _listen(self) -> None:
        wait = SOONEST
        while not self._closed.is_set():
            self._awake.clear()
            let_in = False
            try:
                door = self._client.door()
                let_in = True
                wait = LOOK
                if self._client.token:
                    self._hear(door)
                    wait = SOONEST
                else:
                    self._tell(partial(self._at_door, door))
            except Exception as error:
                problem = problem_of(error)
                wait = min(LATEST, wait * 2) if problem.is_absence else LOOK
                self._tell(partial(self._turned_away, problem, let_in=let_in))
            self._awake.wait(wait)

    def _hear(self, door: DoorView) -> None:
        session = self._client.whoami()
        with self._client.listening() as entries:
            self._tell(partial(self._joined, door, session))
            for entry in entries:
                self._tell(partial(self.stirred.emit, [entry]))

    def _at_door(self, door: DoorView) -> None:
        if not self._client.token:
            problem = self.stand.problem if self.stand.standing is Standing.SIGNED_OUT else None
            self._stand(Stand(Standing.SIGNED_OUT, door, problem=problem))

    def _joined(self, door: DoorView, session: SessionView) -> None:
        if self._client.token:
            self._stand(Stand(Standing.CONNECTED, door, session))
            self.stirred.emit([])

    def _turned_away(self, problem: Problem, *, let_in: bool) -> None:
        forbidden = problem.status == HTTPStatus.FORBIDDEN
        if problem.is_signed_out or (forbidden and let_in):
            self.shut_out(problem)
            return
        match problem:
            case Problem(cause="socket-not-ours"):
                standing = Standing.REFUSED
            case Problem(is_absence=True):
                standing = Standing.ABSENT
            case Problem(is_version=True):
                standing = Standing.OTHER_VERSION
            case _ if forbidden:
                standing = Standing.REFUSED
            case _:
                standing = Standing.ABSENT
        self._stand(Stand(standing, self.stand.door, self.stand.session, problem))


def _nobody(_: Problem) -> None:
    """Is told what nobody wants to know."""


def _leave(client: Client) -> None:
    try:
        client.sign_out()
    except Exception as error:
        log.info("the session could not be ended at the station (%s); it ends by itself", problem_of(error).cause)
