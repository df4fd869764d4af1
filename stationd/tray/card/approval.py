"""A supervisor's word for one act, given where the officer stands: nobody signs out, and the place is kept."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from stationd.client.client import Client
from stationd.client.officers import ApprovalView
from stationd.tray.link import Link
from stationd.tray.notice import Notice
from stationd.tray.palette import Tone
from stationd.tray.problem import Problem
from stationd.tray.theme import Look
from stationd.tray.words import Speech

LONGEST_ID = 64
LONGEST_PIN = 12


class Approval(QWidget):
    """Asks a supervisor.

    Signals:
        given (str): the approval, for the one act.
        left: the officer does without.

    Args:
        speech: words.
        look: sizes.
        link: to the daemon.
    """

    given = Signal(str)
    left = Signal()

    def __init__(self, speech: Speech, look: Look, link: Link) -> None:
        super().__init__()
        self._speech, self._look, self._link = speech, look, link
        self._what = QLabel()
        self._what.setFont(look.sized(1.5, bold=True))
        self._what.setWordWrap(True)
        self._notice = Notice(look)
        self.officer = self._line("card.supervisor", LONGEST_ID)
        self.pin = self._line("sign-in.pin", LONGEST_PIN)
        self.pin.setEchoMode(QLineEdit.EchoMode.Password)
        self.agree = self._button("card.agree", self._by_pin, main=True)
        self.card = self._button("card.by-card", self._by_card)
        self.leave = self._button("steps.leave", self.left.emit)
        self.officer.returnPressed.connect(self.pin.setFocus)
        self.pin.returnPressed.connect(self._by_pin)
        form = QFormLayout()
        form.setSpacing(look.gap)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.addRow(speech.say("card.supervisor"), self.officer)
        form.addRow(speech.say("sign-in.pin"), self.pin)
        buttons = QHBoxLayout()
        buttons.addWidget(self.agree)
        buttons.addWidget(self.card)
        buttons.addWidget(self.leave)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(look.px(0.6))
        column.addWidget(self._what)
        column.addWidget(self._notice)
        column.addLayout(form)
        column.addLayout(buttons)
        column.addStretch(1)

    def open(self, what: str, who: str) -> None:
        """Ask for an approval.

        Args:
            what: of what, one sentence.
            who: the ids of those who can give it, as the daemon names them.
        """
        self._what.setText(what)
        self.setAccessibleName(what)
        self._notice.say(Tone.CALM, self._speech.say("card.approve-more", who=who))
        self.pin.clear()
        if not self.officer.text() and who and "," not in who:
            self.officer.setText(who)
        (self.pin if self.officer.text() else self.officer).setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        """Forget what was typed and shown."""
        self.officer.clear()
        self.pin.clear()
        self._what.setText("")
        self.setAccessibleName("")
        self._notice.hide()

    def _by_pin(self) -> None:
        officer, pin = self.officer.text().strip(), self.pin.text()
        if not officer or not pin:
            (self.pin if officer else self.officer).setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self._ask(lambda client: client.approve(officer, pin))

    def _by_card(self) -> None:
        self._notice.say(Tone.BUSY, self._speech.say("sign-in.reading"), self._speech.say("sign-in.lay-card"))
        self._ask(Client.approve_by_card)

    def _ask(self, call: Callable[[Client], ApprovalView]) -> None:
        self.pin.clear()
        self._link.ask(call, lambda given: self.given.emit(given.approval), self._refused, key="approve")

    def _refused(self, problem: Problem) -> None:
        told = self._speech.why(problem)
        self._notice.say(Tone.CARE, told.what, told.do)
        self.pin.setFocus(Qt.FocusReason.OtherFocusReason)

    def _line(self, key: str, longest: int) -> QLineEdit:
        line = QLineEdit()
        line.setMaxLength(longest)
        line.setMaximumWidth(self._look.px(18))
        line.setAccessibleName(self._speech.say(key))
        return line

    def _button(self, key: str, act: Callable[[], object], *, main: bool = False) -> QPushButton:
        button = QPushButton(self._speech.say(key))
        button.setAccessibleName(self._speech.say(key))
        button.setProperty("main", main)
        button.clicked.connect(lambda _=False: act())
        return button
