"""A small form on top of the window: a few fields, one button, and the page below stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFormLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from stationd.tray.notice import Notice
from stationd.tray.palette import Tone
from stationd.tray.problem import Problem
from stationd.tray.theme import Look
from stationd.tray.words import Speech


@dataclass(frozen=True)
class Field:
    """One line to be filled in.

    Attributes:
        key: its name, a sentence of the window.
        longest: how many letters it takes.
        secret: whether it is not shown, and cleared when it was refused.
    """

    key: str
    longest: int
    secret: bool = False


class Asking(QDialog):
    """The form. Enter goes on to the next field that is empty, and then does what the form is for.

    Args:
        speech: words; `KEY.title`, `KEY.lead` and `KEY.do` are those of the form.
        look: sizes.
        key: of its sentences.
        fields: what is to be filled in.
        act: is given what was filled in, in order; it says `refuse` or `close` in the end.
        parent: the window.
    """

    def __init__(
        self,
        speech: Speech,
        look: Look,
        key: str,
        fields: Sequence[Field],
        act: Callable[[Sequence[str]], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._speech = speech
        self._act = act
        self._fields = tuple(fields)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(speech.say(f"{key}.title"))
        self.setMinimumWidth(look.px(24))
        self.notice = Notice(look)
        self.lines = [self._line(field) for field in fields]
        self.do = self._button(speech.say(f"{key}.do"), self._enter, main=True)
        self.leave = self._button(speech.say("steps.leave"), self.reject)
        title = QLabel(speech.say(f"{key}.title"))
        title.setFont(look.sized(1.5, bold=True))
        lead = QLabel(speech.say(f"{key}.lead"))
        lead.setProperty("soft", True)
        rows = QFormLayout()
        rows.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        for line in self.lines:
            rows.addRow(line.accessibleName(), line)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(*(look.px(1.4),) * 4)
        self.column.setSpacing(look.px(0.6))
        for widget in (title, lead):
            widget.setWordWrap(True)
            self.column.addWidget(widget)
        self.column.addWidget(self.notice)
        self.column.addLayout(rows)
        self.column.addWidget(self.do)
        self.column.addWidget(self.leave)

    def also(self, key: str, act: Callable[[], object], shortcut: str) -> QPushButton:
        """Add another way, above the one that leaves: a card in place of a PIN."""
        words = self._speech.say(key)
        button = self._button(f"{words}   {shortcut}", act)
        button.setAccessibleName(words)
        QShortcut(QKeySequence(shortcut), self, button.click)
        self.column.insertWidget(self.column.count() - 1, button)
        return button

    def refuse(self, problem: Problem) -> None:
        """Say why it was not done; it can be tried again."""
        explained = self._speech.why(problem)
        self.notice.say(Tone.CARE, explained.what, explained.do)
        for field, line in zip(self._fields, self.lines, strict=True):
            if field.secret:
                line.clear()
        next(line for line in (*self.lines, self.lines[0]) if not line.text() or line is self.lines[0]).setFocus()

    def wait(self, key: str) -> None:
        """Say what is to be waited for."""
        self.notice.say(Tone.BUSY, self._speech.say(key))

    def _enter(self) -> None:
        empty = next((line for line in self.lines if not line.text()), None)
        if empty is not None:
            empty.setFocus()
        else:
            self._act([line.text() for line in self.lines])

    def _line(self, field: Field) -> QLineEdit:
        line = QLineEdit()
        line.setMaxLength(field.longest)
        line.setAccessibleName(self._speech.say(field.key))
        if field.secret:
            line.setEchoMode(QLineEdit.EchoMode.Password)
        line.returnPressed.connect(self._enter)
        return line

    def _button(self, words: str, act: Callable[[], object], *, main: bool = False) -> QPushButton:
        button = QPushButton(words)
        button.setAccessibleName(words)
        button.setAutoDefault(False)
        button.setProperty("main", main)
        button.clicked.connect(lambda _=False: act())
        return button
