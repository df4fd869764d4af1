"""The window: head, sidebar, what is wanted, the screen that is shown, and what was just done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from stationd.tray.actions import Actions, Deed, printing, signed_in
from stationd.tray.condition import Condition, condition, needs
from stationd.tray.header import Header
from stationd.tray.icon import condition_icon
from stationd.tray.known import Knowledge, Known
from stationd.tray.link import Link, Stand, Standing
from stationd.tray.needing import PAGE, need_words
from stationd.tray.notice import Notice
from stationd.tray.officers import Officers
from stationd.tray.page import ORDER, Page, Shell
from stationd.tray.palette import Tone
from stationd.tray.presence import Presence
from stationd.tray.problem import Problem
from stationd.tray.sidebar import Sidebar
from stationd.tray.sign_in import SignIn
from stationd.tray.theme import Look
from stationd.tray.words import Speech

if TYPE_CHECKING:
    from stationd.client.client import Client
    from stationd.client.officers import SessionView

NARROW: Final = 48
"""Below so many heights of a line in width the window leaves out what can be missed."""

SIZE: Final = (68, 38)
"""How large it is when first shown, in heights of a line; the screen permitting."""

_ROOMY: Final = 1.25
"""How many times larger than the window a screen is on which it does not fill it."""

STAYS: Final = 8000
"""Milliseconds for which what was done stays at the foot; why something was not done stays until the next act."""


class Window(QMainWindow):
    """The window.

    Signals:
        quitting: the officer wants the program to end, tray and all.
        locked: somebody has left, or was away for too long.

    Args:
        speech: words.
        look: sizes.
        link: to the daemon.
        known: what it has said.
    """

    quitting = Signal()
    locked = Signal()

    def __init__(self, speech: Speech, look: Look, link: Link, known: Known) -> None:
        super().__init__()
        self._speech, self._look, self._link, self._known = speech, look, link, known
        self._kinds: dict[str, type[Page]] = {}
        self._made: dict[str, Page] = {}
        self._shown = ""
        self._last_officer = ""
        self.keeps_running = False
        self._placed = False
        self.actions_ = Actions(speech, self)
        self.presence = Presence(link, self)
        self.presence.away.connect(self.lock)
        self._add_actions()
        self.officers = Officers(speech, look, link, self, self.tell)
        self.officers.add_actions(self.actions_)

        self.header = Header(speech, look, self.actions_)
        self.sidebar = Sidebar(speech, look)
        self.connection = Notice(look)
        self.wanted = Notice(look, self.actions_["see"])
        self.said = Notice(look, self.actions_["dismiss"])
        if self.said.button is not None:  # it has its key; Tab goes from page to page without it
            self.said.button.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.sign_in = SignIn(speech, look, link, self._begun)
        self.stack = QStackedWidget()
        self._forget = QTimer(self, singleShot=True, interval=STAYS)
        self._forget.timeout.connect(self.said.hide)
        self.shell = Shell(speech, look, link, known, self.actions_, self.go, self.tell, self.officers.approve)
        self.sidebar.chosen.connect(self.go)
        self._lay_out()
        link.stood.connect(self._stood)
        link.refused.connect(self.refused)
        known.changed.connect(self._refresh)
        self._show_side(shown=False)
        self.setWindowTitle(speech.say("window.bare-title"))
        self._refresh(known.now)
        self._stood(link.stand)

    def furnish(self, pages: Sequence[type[Page]]) -> None:
        """Take in the screens, in any order; the window may be in sight already, as the sign-in is seen first."""
        before: QWidget = self.header.menu
        for kind in sorted(pages, key=lambda page: ORDER.index(page.name)):
            name, number = kind.name, ORDER.index(kind.name) + 1
            self._kinds[name] = kind
            way = self.sidebar.add(name, number)
            self.setTabOrder(before, way)
            before = way
            self.actions_.add(Deed(f"go-{name}", _Going(self, name), f"Ctrl+{number}", _somebody, "pages"), self)
            for topic in kind.topics:
                self._known.follow(topic)
        if (session := self._known.now.session) is not None:
            self._begun(session)

    # --- for pages ----------------------------------------------------------------------------------------------------

    def go(self, name: str, subject: object = None) -> None:
        """Show a screen; where there is none of that name nothing happens."""
        session = self._known.now.session
        if name not in self._kinds or session is None or not self._kinds[name].may(session):
            return
        page = self._page(name)
        self._shown = name
        self.sidebar.show_chosen(name)
        page.refresh(self._known.now)
        self.stack.setCurrentWidget(page)
        if subject is not None:
            page.arrive(subject)
        self.setWindowTitle(self._speech.say("window.title", page=self._speech.say(f"{name}.title")))
        self._show_needs(self._known.now)  # what is wanted on the screen that is shown is not said above it
        if (start := page.start_at() or _first(page)) is not None and (subject is not None or not page.has_focus):
            start.setFocus(Qt.FocusReason.OtherFocusReason)

    def tell(self, text: str, tone: Tone = Tone.GOOD) -> None:
        """Say at the foot what was done."""
        self.said.say(tone, text)
        self._forget.start()

    def refused(self, problem: Problem) -> None:
        """Say at the foot why something was not done. That the daemon is away is said at the top already."""
        if problem.is_absence or problem.is_signed_out:
            return
        explained = self._speech.why(problem)
        self._forget.stop()
        self.said.say(Tone.CARE, explained.what, explained.do)

    # --- coming and going ---------------------------------------------------------------------------------------------

    def lock(self) -> None:
        """End the session and hide everything that names a citizen. A card that is being made is finished."""
        if self._known.now.session is not None:
            self._link.sign_out()
            self.locked.emit()

    def bring(self) -> None:
        """Show the window, in front of others; on a small screen it fills it."""
        if not self._placed:
            self._placed = True
            room = self.screen().availableSize()
            if room.width() < self.width() * _ROOMY or room.height() < self.height() * _ROOMY:
                self.setWindowState(Qt.WindowState.WindowMaximized)
        self.show()
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.raise_()
        self.activateWindow()

    @property
    def is_watched(self) -> bool:
        """Whether somebody is looking at it, as far as the desktop knows."""
        return self.isActiveWindow() and not self.isMinimized()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if self.keeps_running:  # the icon in the tray stays, and brings it back
            self.hide()
            event.ignore()
        else:
            super().closeEvent(event)
            self.quitting.emit()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < self._look.px(NARROW)
        self.sidebar.set_narrow(narrow=narrow)
        self.header.set_narrow(narrow=narrow)
        self.sign_in.set_narrow(narrow=narrow)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and self.sign_in.isVisible():
            self.sign_in.start()

    # --- what is known ------------------------------------------------------------------------------------------------

    def _begun(self, session: SessionView) -> None:
        if self._last_officer and session.officer != self._last_officer:
            for page in self._made.values():
                page.changed_hands()
            self._shown = ""
        self._last_officer = session.officer
        allowed = [name for name, kind in self._kinds.items() if kind.may(session)]
        self.sidebar.allow(allowed)
        self._show_side(shown=True)
        if allowed:
            self.go(self._shown if self._shown in allowed else allowed[0])

    def _stood(self, stand: Stand) -> None:
        if stand.session is None:
            if self.stack.currentWidget() is not self.sign_in:
                self._show_side(shown=False)
                self.stack.setCurrentWidget(self.sign_in)
                self.setWindowTitle(self._speech.say("window.bare-title"))
                self.said.hide()
                self._close_forms()
                self.sign_in.open(self._last_officer, stand.problem if self._last_officer else None)
        elif self.stack.currentWidget() is self.sign_in:
            self._begun(stand.session)
        self.sign_in.set_reachable(reachable=stand.standing in {Standing.SIGNED_OUT, Standing.CONNECTED})
        self._tell_connection(stand)

    def _close_forms(self) -> None:
        """What lies on top of the window is of whoever has left."""
        forms = [form for form in self.children() if isinstance(form, QDialog)]
        for form in forms:
            form.reject()

    def _tell_connection(self, stand: Stand) -> None:
        match stand.standing:
            case Standing.CONNECTED | Standing.SIGNED_OUT:
                self.connection.hide()
            case Standing.SEARCHING:
                self.connection.say(Tone.CALM, self._speech.say("connection.searching"))
            case Standing.ABSENT:
                do = self._speech.say("connection.absent-do")
                self.connection.say(Tone.CARE, self._speech.say("connection.absent"), do, sign=Condition.NOT_CONNECTED)
            case _:
                explained = self._speech.why(stand.problem or Problem("station-absent"))
                self.connection.say(Tone.BAD, explained.what, explained.do, sign=Condition.NOT_CONNECTED)

    def _refresh(self, known: Knowledge) -> None:
        self.header.refresh(known)
        self.actions_.refresh(known)
        how = condition(known)
        self.setWindowIcon(condition_icon(how))
        self.sign_in.say_station(how)
        for name, kind in self._kinds.items():
            self.sidebar.show_waiting(name, kind.count(known) if known.status is not None else 0)
        self._show_needs(known)
        for name, page in self._made.items():
            if name == self._shown or known.session is None:
                page.refresh(known)

    def _show_needs(self, known: Knowledge) -> None:
        wanted = needs(known.status) if known.status is not None and known.is_fresh else ()
        if not wanted or PAGE[wanted[0].wish] == self._shown:
            self.wanted.hide()
            return
        tone = Tone.BAD if condition(known) is Condition.STOPPED else Tone.CARE
        self.wanted.say(tone, *need_words(wanted[0], self._speech))

    # --- building -----------------------------------------------------------------------------------------------------

    def _page(self, name: str) -> Page:
        if name not in self._made:
            self._made[name] = self._kinds[name](self.shell)
            self.stack.addWidget(self._made[name])
        return self._made[name]

    def _show_side(self, *, shown: bool) -> None:
        self.sidebar.setVisible(shown)
        if not shown:
            self.wanted.hide()

    def _see(self) -> None:
        status = self._known.now.status
        for need in needs(status) if status is not None else ():
            self.go(PAGE[need.wish], need.job_id or None)
            return

    def _nothing_wanted(self, known: Knowledge) -> str:
        return signed_in(known) or ("" if known.status is not None and needs(known.status) else "nothing-wanted")

    def _print_next(self) -> None:
        def ordered(jobs: list[str]) -> None:
            key = "said.ordered" if jobs else "said.nothing-to-print"
            self.tell(self._speech.say(key, n=len(jobs)), Tone.GOOD if jobs else Tone.CARE)

        from stationd.client.queue import new_key  # noqa: PLC0415 - the window is in sight sooner without

        press = new_key()
        self._link.ask(lambda client: client.order_next(1, press), ordered, key="order-next")

    def _continue_lines(self) -> None:
        status = self._known.now.status
        waiting = [need.line for need in needs(status) if need.line] if status is not None else []

        def go_on(client: Client) -> None:
            for line in waiting:
                client.continue_line(line)

        self._link.ask(go_on, key="continue")

    def _dismiss(self) -> None:
        self.said.hide()

    def _add_actions(self) -> None:
        for deed in (
            Deed("open", self.bring, in_tray=True),
            Deed("print-next", self._print_next, "F5", printing, in_tray=True),
            Deed("see", self._see, "F8", self._nothing_wanted, in_tray=True),
            Deed("lock", self.lock, "Ctrl+L", signed_in, in_tray=True),
            Deed("dismiss", self._dismiss, "Ctrl+Shift+X"),
        ):
            self.actions_.add(deed, self)

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.connection)
        right.addWidget(self.wanted)
        right.addWidget(self.stack, 1)
        right.addWidget(self.said)
        below = QHBoxLayout()
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(self.sidebar)
        below.addLayout(right, 1)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addLayout(below, 1)
        self.stack.addWidget(self.sign_in)
        self.setCentralWidget(whole)
        self.setMinimumSize(self._look.px(20), self._look.px(14))
        self.resize(self._look.px(SIZE[0]), self._look.px(SIZE[1]))


def _somebody(known: Knowledge) -> str:
    """Of what can be looked at while somebody is signed in, also when the daemon is away."""
    return "" if known.session is not None else "signed-out"


class _Going:
    """Goes to one page."""

    def __init__(self, window: Window, name: str) -> None:
        self._window, self._name = window, name

    def __call__(self) -> None:
        self._window.go(self._name)


def _first(page: QWidget) -> QWidget | None:
    """Return the first control of a page that can have the focus."""
    each = page.nextInFocusChain()
    while each is not None and each is not page and page.isAncestorOf(each):
        if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.isEnabled() and each.isVisibleTo(page):
            return each
        each = each.nextInFocusChain()
    return None
