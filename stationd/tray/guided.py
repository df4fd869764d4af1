"""One thing after another: steps that are done by hand, each with a picture, and questions with few large answers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from stationd.tray.icon import into_square
from stationd.tray.theme import Look
from stationd.tray.words import Speech

Draw = Callable[[QPainter], None]
"""Draws into a square of a hundred."""


class Picture(QWidget):
    """A picture drawn in code. The words beside it say all that it shows."""

    def __init__(self, look: Look, ems: float = 9.0) -> None:
        super().__init__()
        self._draw: Draw | None = None
        self._side = look.px(ems)
        self.setMinimumSize(self._side // 2, self._side // 2)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def show_picture(self, draw: Draw | None) -> None:
        """Show another picture, or none."""
        self._draw = draw
        self.setVisible(draw is not None)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._draw is None:
            return
        side = min(self.width(), self.height())
        painter = QPainter(self)
        into_square(painter, QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side))
        self._draw(painter)
        painter.end()


@dataclass(frozen=True)
class Answer:
    """One of the answers to a question.

    Attributes:
        key: what is told when it is chosen.
        words: on the button.
        means: what follows from it, below the words; empty if that is plain.
        main: whether it is the usual one.
    """

    key: str
    words: str
    means: str = ""
    main: bool = False


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        what: what is to be done, one sentence.
        more: what helps to do it; empty if nothing does.
        draw: its picture.
        body: what else it shows, a field to fill in perhaps.
        may_go_on: says whether the step is done, so far as this window can tell.
        act: is done when one goes on; it calls what it is given once it has come about, and only then one does.
    """

    what: str
    more: str = ""
    draw: Draw | None = None
    body: QWidget | None = None
    may_go_on: Callable[[], bool] = field(default=lambda: True)
    act: Callable[[Callable[[], None]], object] | None = None


class Question(QWidget):
    """A plain question, a picture, and few large answers. The number on an answer is its key.

    Signals:
        answered (str): the key of the answer that was chosen.
    """

    answered = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._title = QLabel()
        self._title.setFont(look.sized(1.5, bold=True))
        self._more = QLabel()
        for label in (self._title, self._more):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._picture = Picture(look, 11)
        self._answers = QVBoxLayout()
        self._answers.setSpacing(look.gap)
        self._shown: list[QWidget] = []
        self._buttons: list[QPushButton] = []
        self._left_at: QPushButton | None = None
        self._keys: list[QShortcut] = []
        right = QVBoxLayout()
        right.addLayout(self._answers)
        right.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(look.px(1.6))
        row.addWidget(self._picture, 2)
        row.addLayout(right, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(0.6))
        column.addWidget(self._title)
        column.addWidget(self._more)
        column.addLayout(row, 1)

    def ask(self, what: str, answers: Sequence[Answer], more: str = "", draw: Draw | None = None) -> None:
        """Ask something, in place of what was asked before."""
        self._title.setText(what)
        self._more.setText(more)
        self._more.setVisible(bool(more))
        self._picture.show_picture(draw)
        self.setAccessibleName(f"{what} {more}".strip())
        self._clear()
        for number, answer in enumerate(answers, 1):
            self._add(number, answer)

    def start(self) -> None:
        """Put the focus on the usual answer, or the first."""
        usual = [button for button in self._buttons if button.property("main")]
        for button in (*usual, *self._buttons)[:1]:
            button.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_open(self, *, is_open: bool) -> None:
        """Let it be answered, or not, while an answer is on its way; the keyboard stays at its answer."""
        at = next((button for button in self._buttons if button.hasFocus()), None)
        if not is_open and at is not None:
            self._left_at = at
            self.setFocus(Qt.FocusReason.OtherFocusReason)  # else Qt looks for another place, anywhere in the window
        for button in self._buttons:
            button.setEnabled(is_open)
        if is_open and self.hasFocus() and self._left_at in self._buttons:
            self._left_at.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add(self, number: int, answer: Answer) -> None:
        button = QPushButton(f"{number}   {answer.words}")
        button.setProperty("large", True)
        button.setProperty("main", answer.main)
        button.setAccessibleName(answer.words)
        button.setAccessibleDescription(answer.means)
        button.setFont(self._look.sized(1.18, bold=True))
        button.clicked.connect(lambda _=False, key=answer.key: self.answered.emit(key))
        key = QShortcut(QKeySequence(str(number)), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        key.activated.connect(button.click)
        self._buttons.append(button)
        self._keys.append(key)
        self._answers.addWidget(button)
        button.show()  # at once, not when the loop comes round: it may be given the focus now
        self._shown.append(button)
        if answer.means:
            means = QLabel(answer.means)
            means.setProperty("soft", True)
            means.setWordWrap(True)
            means.setContentsMargins(self._look.px(0.4), 0, 0, self._look.px(0.4))
            self._answers.addWidget(means)
            self._shown.append(means)

    def _clear(self) -> None:
        for widget in self._shown:
            self._answers.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._shown.clear()
        for key in self._keys:
            key.setEnabled(False)  # it is there until the loop comes round, and two of one number answer nothing
            key.setParent(None)
            key.deleteLater()
        self._buttons.clear()
        self._keys.clear()


class Steps(QWidget):
    """Steps that are done one after the other: which of how many, what, a picture, and on with one large button.

    Signals:
        finished: the last step was done.
        left: the officer has broken it off.
    """

    finished = Signal()
    left = Signal()

    def __init__(self, speech: Speech, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._speech = speech
        self._steps: tuple[Step, ...] = ()
        self._shown: QWidget | None = None
        self._at = 0
        self._count = QLabel()
        self._count.setProperty("soft", True)
        self._what = QLabel()
        self._what.setFont(look.sized(1.5, bold=True))
        self._more = QLabel()
        for label in (self._what, self._more):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._picture = Picture(look, 11)
        self._body = QVBoxLayout()
        self.on = self._button("steps.on", self._go_on, main=True)
        self.back = self._button("steps.back", self._go_back)
        self.leave = self._button("steps.leave", self.left.emit)
        right = QVBoxLayout()
        right.addWidget(self._more)
        right.addLayout(self._body)
        right.addStretch(1)
        middle = QHBoxLayout()
        middle.setSpacing(look.px(1.6))
        middle.addWidget(self._picture, 2)
        middle.addLayout(right, 3)
        foot = QHBoxLayout()
        foot.addWidget(self.leave)
        foot.addStretch(1)
        foot.addWidget(self.back)
        foot.addWidget(self.on)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(0.6))
        column.addWidget(self._count)
        column.addWidget(self._what)
        column.addLayout(middle, 1)
        column.addLayout(foot)

    def begin(self, steps: Sequence[Step]) -> None:
        """Begin with the first step."""
        past, self._steps = self._steps, tuple(steps)
        self._show(0)
        kept = [step.body for step in self._steps]
        for step in past:
            if step.body is not None and step.body not in kept:
                step.body.deleteLater()

    @property
    def at(self) -> int:
        """Which step is shown, from nought."""
        return self._at

    def judge(self) -> None:
        """Look anew whether one may go on: something was filled in, or came from the daemon."""
        may_go_on = self._steps[self._at].may_go_on()
        if not may_go_on and self.on.hasFocus():
            self.setFocus(Qt.FocusReason.OtherFocusReason)  # and not the button that breaks it off
        self.on.setEnabled(may_go_on)
        if may_go_on and self.hasFocus():
            self.on.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, at: int) -> None:
        self._at = at
        step = self._steps[at]
        last = at == len(self._steps) - 1
        self._count.setText(self._speech.say("steps.count", n=at + 1, of=len(self._steps)))
        self._what.setText(step.what)
        self._more.setText(step.more)
        self._more.setVisible(bool(step.more))
        self._picture.show_picture(step.draw)
        if self._shown is not None:
            self._body.removeWidget(self._shown)
            self._shown.hide()  # and stays a child of this one: without a parent it would become a window
        self._shown = step.body
        if step.body is not None:
            self._body.addWidget(step.body)
            step.body.show()
            _read_before(step.body, (self.leave, self.back, self.on))
        words = self._speech.say("steps.done" if last else "steps.on")
        self.on.setText(words)
        self.on.setAccessibleName(words)
        self.back.setVisible(at > 0 and self._steps[at - 1].act is None)  # what was done is not done twice
        self.setAccessibleName(f"{self._count.text()}. {step.what}")
        self.judge()
        (step.body or self.on).setFocus(Qt.FocusReason.OtherFocusReason)

    def _go_on(self) -> None:
        step, at = self._steps[self._at], self._at
        if not step.may_go_on():
            return
        if step.act is None:
            self._leave(at)
        else:
            step.act(lambda: self._leave(at))

    def _leave(self, at: int) -> None:
        """Leave a step, unless it was left meanwhile."""
        if at != self._at:
            return
        if at == len(self._steps) - 1:
            self.finished.emit()
        else:
            self._show(at + 1)

    def _go_back(self) -> None:
        self._show(max(0, self._at - 1))

    def _button(self, key: str, act: Callable[[], object], *, main: bool = False) -> QPushButton:
        button = QPushButton(self._speech.say(key))
        button.setAccessibleName(self._speech.say(key))
        button.setProperty("large", True)
        button.setProperty("main", main)
        button.setAutoDefault(True)  # Enter presses it, as people expect, and not the space bar alone
        button.clicked.connect(lambda _=False: act())
        return button


def _read_before(body: QWidget, buttons: Sequence[QWidget]) -> None:
    """Let Tab come to what is in a step before it comes to the buttons below."""
    inside = [each for each in (body, *body.findChildren(QWidget)) if each.window() is buttons[0].window()]
    fields = [each for each in inside if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.focusProxy() is None]
    for one, after in itertools.pairwise([*fields, *buttons]):
        QWidget.setTabOrder(one, after)
