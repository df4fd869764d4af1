"""Where officers come in: by PIN, or by their card on the reader; and where a PIN is set with a one-time code.

Nothing here knows who is an officer: nothing is completed, nothing is remembered but who locked this window, and what
is refused is said in the station's own words, which do not tell a wrong name from a wrong PIN.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from stationd.tray.condition import Condition
from stationd.tray.link import Link
from stationd.tray.notice import Notice, Sign
from stationd.tray.palette import Tone
from stationd.tray.problem import Problem
from stationd.tray.theme import Look
from stationd.tray.words import Speech

if TYPE_CHECKING:
    from stationd.client.officers import SessionView

LONGEST_ID: Final = 64
LONGEST_PIN: Final = 12
LONGEST_CODE: Final = 24
CARD_KEY: Final = "F2"
NEW_PIN_KEY: Final = "F3"

OF_STATION: Final = (Condition.READY, Condition.WORKING, Condition.NEEDS_YOU, Condition.STOPPED)
"""What a station says of itself to anybody."""

LOCKED: Final = "sign-in-locked"


class SignIn(QWidget):
    """The page before all others.

    Args:
        speech: words.
        look: sizes.
        link: to the daemon.
        begun: called when a session has begun.
    """

    def __init__(self, speech: Speech, look: Look, link: Link, begun: Callable[[SessionView], None]) -> None:
        super().__init__()
        self._speech = speech
        self._look = look
        self._link = link
        self._begun = begun
        self._until = 0.0
        self._entered = False
        self._leads: list[QLabel] = []
        self.setAccessibleName(speech.say("sign-in.title"))

        self._notice = Notice(look)
        self.officer = self._line("sign-in.officer", LONGEST_ID)
        self.pin = self._line("sign-in.pin", LONGEST_PIN, secret=True)
        self.enter = self._button("sign-in.enter", self._by_pin, main=True)
        self.card = self._button("sign-in.by-card", self._by_card, CARD_KEY)
        self.new_pin = self._button("sign-in.new-pin", self._show_new_pin, NEW_PIN_KEY, quiet=True)

        self.for_whom = self._line("sign-in.officer", LONGEST_ID)
        self.code = self._line("sign-in.code", LONGEST_CODE)
        self.first = self._line("sign-in.pin-new", LONGEST_PIN, secret=True)
        self.second = self._line("sign-in.pin-again", LONGEST_PIN, secret=True)
        self.keep = self._button("sign-in.keep-pin", self._set_pin, main=True)
        self.back = self._button("sign-in.back", self._show_sign_in, quiet=True)

        self._sign, self._how = Sign(look), QLabel()
        self._how.setWordWrap(True)
        self._station = QWidget()
        self._station.hide()
        self._forms = self._sign_in_form(), self._new_pin_form()
        self._clock = QTimer(self)
        self._clock.setInterval(250)
        self._clock.timeout.connect(self._count_down)
        for field in (self.officer, self.pin):
            field.returnPressed.connect(self._next_or(self._by_pin, (self.officer, self.pin)))
        for field in (self.for_whom, self.code, self.first, self.second):
            field.returnPressed.connect(
                self._next_or(self._set_pin, (self.for_whom, self.code, self.first, self.second))
            )
        self._lay_out()

    # --- what the window does with it ---------------------------------------------------------------------------------

    def open(self, officer: str = "", problem: Problem | None = None) -> None:
        """Be ready for somebody.

        Args:
            officer: who locked the window, if somebody did.
            problem: why the last session ended, if that was not wanted.
        """
        self.pin.clear()
        self._entered = False
        self._show_sign_in()
        if officer:
            self.officer.setText(officer)
        if problem is not None:
            explained = self._speech.why(problem)
            self._notice.say(Tone.CALM, explained.what, explained.do)
        self.start()

    def start(self) -> None:
        """Put the focus where something is to be typed."""
        (self.pin if self.officer.text() else self.officer).setFocus(Qt.FocusReason.OtherFocusReason)

    def say_station(self, how: Condition) -> None:
        """Say how the station is, as far as anybody may know."""
        self._station.setVisible(how in OF_STATION)
        if how in OF_STATION:
            self._sign.show_condition(how)
            self._how.setText(self._speech.say(f"sign-in.station-{how}"))

    def set_reachable(self, *, reachable: bool) -> None:
        """Let somebody sign in, or not, because the daemon is not there. What was typed stays."""
        for button in (self.enter, self.card, self.keep):
            button.setEnabled(reachable and not (button is self.enter and self._waiting))
        if reachable and self._entered:
            self._by_pin()

    def set_narrow(self, *, narrow: bool) -> None:
        """Leave out what can be missed, so that the first button is in sight."""
        for lead in self._leads:
            lead.setVisible(not narrow)
        ems = 0.7 if narrow else 1.6
        self._inside.setContentsMargins(*(self._look.px(ems),) * 4)

    # --- the acts -----------------------------------------------------------------------------------------------------

    def _by_pin(self) -> None:
        officer, pin = self.officer.text().strip(), self.pin.text()
        if not officer or not pin or self._waiting or not self.enter.isEnabled():
            self._entered = bool(officer and pin) and not self._waiting  # it is done as soon as the station answers
            (self.officer if not officer else self.pin).setFocus()
            return
        self._entered = False
        self._notice.hide()
        self._link.sign_in(lambda client: client.sign_in(officer, pin), self._in, self._refused)

    def _by_card(self) -> None:
        self._notice.say(Tone.BUSY, self._speech.say("sign-in.reading"), self._speech.say("sign-in.lay-card"))
        self._link.sign_in(lambda client: client.sign_in_by_card(), self._in, self._refused)

    def _set_pin(self) -> None:
        officer, code, pin = self.for_whom.text().strip(), self.code.text(), self.first.text()
        if pin != self.second.text():
            self._refused(Problem("pin-typed-otherwise", status=200))
            return

        def kept(_: None) -> None:
            self.open(officer)
            self._notice.say(Tone.GOOD, self._speech.say("sign-in.pin-kept"))

        self._link.ask(lambda client: client.set_pin(officer, code, pin), kept, self._refused, key="set-pin")

    def _in(self, session: SessionView) -> None:
        self.pin.clear()
        self._notice.hide()
        self._begun(session)

    def _refused(self, problem: Problem) -> None:
        self.pin.clear()
        self.first.clear()
        self.second.clear()
        if problem.cause == LOCKED and problem.subject.isdecimal():
            self._until = time.monotonic() + int(problem.subject)
            self._clock.start()
            self._count_down()
        else:
            explained = self._speech.why(problem)
            self._notice.say(Tone.CARE, explained.what, explained.do)
        (self.first if self._forms[1].isVisible() else self.pin).setFocus()

    # --- waiting after failures ---------------------------------------------------------------------------------------

    @property
    def _waiting(self) -> bool:
        return self._until > time.monotonic()

    def _count_down(self) -> None:
        left = math.ceil(self._until - time.monotonic())
        if left <= 0:
            self._clock.stop()
            self.enter.setEnabled(True)
            self._notice.hide()
            return
        self.enter.setEnabled(False)
        wait = self._speech.formats.countdown(left)
        self._notice.say(
            Tone.CARE, self._speech.say("sign-in.locked", wait=wait), self._speech.say("sign-in.locked-do")
        )

    # --- building -----------------------------------------------------------------------------------------------------

    def _show_sign_in(self) -> None:
        self._notice.hide()
        self._turn_to(self._forms[0])
        self.start()

    def _show_new_pin(self) -> None:
        self._notice.hide()
        for field in (self.code, self.first, self.second):
            field.clear()
        self.for_whom.setText(self.officer.text())
        self._turn_to(self._forms[1])
        (self.code if self.for_whom.text() else self.for_whom).setFocus()

    def _turn_to(self, form: QWidget) -> None:
        for each in self._forms:
            each.setVisible(each is form)

    def _next_or(self, act: Callable[[], None], fields: tuple[QLineEdit, ...]) -> Callable[[], None]:
        """Enter goes on to the first field that is still empty; from the last one on it does what the form is for."""

        def entered() -> None:
            empty = next((field for field in fields if not field.text()), None)
            if empty is None:
                act()
            else:
                empty.setFocus()

        return entered

    def _line(self, key: str, longest: int, *, secret: bool = False) -> QLineEdit:
        line = QLineEdit()
        line.setMaxLength(longest)
        line.setAccessibleName(self._speech.say(key))
        if secret:
            line.setEchoMode(QLineEdit.EchoMode.Password)
            line.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhDigitsOnly)
        return line

    def _button(
        self, key: str, act: Callable[[], None], shortcut: str = "", *, main: bool = False, quiet: bool = False
    ) -> QPushButton:
        words = self._speech.say(key)
        button = QPushButton(f"{words}   {shortcut}" if shortcut else words)
        button.setAccessibleName(words)
        button.setProperty("main", main)
        button.setProperty("quiet", quiet)
        button.setProperty("large", main)
        button.clicked.connect(lambda _=False: act())
        if shortcut:
            QShortcut(QKeySequence(shortcut), self, act, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        return button

    def _sign_in_form(self) -> QWidget:
        return self._form(
            "sign-in.title", (self.officer, self.pin), (self.enter, self.card, self.new_pin), "sign-in.lead"
        )

    def _new_pin_form(self) -> QWidget:
        return self._form(
            "sign-in.new-pin-title",
            (self.for_whom, self.code, self.first, self.second),
            (self.keep, self.back),
            "sign-in.new-pin-lead",
        )

    def _form(self, title: str, fields: tuple[QLineEdit, ...], buttons: tuple[QPushButton, ...], lead: str) -> QWidget:
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self._look.px(0.6))
        heading = QLabel(self._speech.say(title))
        heading.setFont(self._look.sized(1.5, bold=True))
        told = QLabel(self._speech.say(lead))
        told.setProperty("soft", True)
        told.setWordWrap(True)
        self._leads.append(told)
        column.addWidget(heading)
        column.addWidget(told)
        rows = QFormLayout()
        rows.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        rows.setVerticalSpacing(self._look.px(0.2))
        for field in fields:
            rows.addRow(field.accessibleName(), field)
        column.addLayout(rows)
        column.addSpacing(self._look.px(0.3))
        for button in buttons:
            column.addWidget(button)
        column.addStretch(1)
        return form

    def _lay_out(self) -> None:
        panel = QFrame()
        panel.setProperty("panel", True)
        panel.setMaximumWidth(self._look.px(27))
        self._inside = inside = QVBoxLayout(panel)
        inside.setContentsMargins(*(self._look.px(1.6),) * 4)
        inside.setSpacing(self._look.px(0.7))
        inside.addWidget(self._notice)
        said = QHBoxLayout(self._station)
        said.setContentsMargins(0, 0, 0, 0)
        said.addWidget(self._sign)
        said.addWidget(self._how, 1)
        for form in self._forms:
            inside.addWidget(form)
        inside.addWidget(self._station)
        self._turn_to(self._forms[0])
        canvas = QWidget()
        canvas.setProperty("canvas", True)
        middle = QHBoxLayout(canvas)
        middle.addStretch(1)
        middle.addWidget(panel, 4, Qt.AlignmentFlag.AlignVCenter)
        middle.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(canvas)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)
