"""The screen of questions: the list of those that wait, and the one that is asked, with large answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from stationd.client.client import Client
from stationd.client.queue import QuestionToldView
from stationd.client.status import JobView
from stationd.tray.guided import Question
from stationd.tray.known import Knowledge, Topic
from stationd.tray.page import Page, Shell
from stationd.tray.palette import Tone
from stationd.tray.problem import Problem
from stationd.tray.questions.asked import IN_DOUBT, Subject, all_asked, how_many, key_of
from stationd.tray.questions.inquiry import Asking, Inquiry, Stage, outcome

CARDS: Final[Topic[list[QuestionToldView]]] = Topic("questions", Client.questions)
"""Cards whose fate nobody knows: where they may be, and which answers there are."""


def _in_doubt(client: Client) -> list[JobView]:
    return [job for job in client.jobs() if job.cause == IN_DOUBT]


DOUBTS: Final[Topic[list[JobView]]] = Topic(
    "jobs-in-doubt",
    _in_doubt,
    stirred_by=frozenset({"lease-inherited", "job-released", "job-returned", "not-printed-said", "printed-card-found"}),
)
"""Jobs whose card may have been printed before the station's book was lost."""


class QuestionsPage(Page):
    """What only a person can tell."""

    name: ClassVar[str] = "questions"
    topics: ClassVar[tuple[Topic[Any], ...]] = (CARDS, DOUBTS)

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._asking = Asking(shell.speech)
        self._subjects: tuple[Subject, ...] = ()
        self._chosen = ""
        self._stage = Stage.FIRST
        self._shown: tuple[str, Inquiry] | None = None
        self._officer = ""
        self._list = QListWidget()
        self._list.setAccessibleName(shell.speech.say("questions.list"))
        self._list.setWordWrap(True)
        self._list.setMinimumWidth(shell.look.px(11))
        self._list.currentRowChanged.connect(self._choose)
        self._question = Question(shell.look)
        self._question.answered.connect(self._answered)
        self._field = QLineEdit()
        self._field.returnPressed.connect(self._question.start)
        self._none = self._calm(shell)
        self._lay_out()

    @classmethod
    @override
    def count(cls, known: Knowledge) -> int:
        return how_many(known.status) if known.status is not None else 0

    @override
    def refresh(self, known: Knowledge) -> None:
        self._officer = known.session.officer if known.session is not None else ""
        self._subjects = all_asked(known.status, known.of(CARDS), known.of(DOUBTS))
        keys = [key_of(subject) for subject in self._subjects]
        if self._chosen not in keys:
            self._chosen, self._stage = (keys[0] if keys else ""), Stage.FIRST
        self._show_list(keys)
        self._ask()

    @override
    def start_at(self) -> QWidget | None:
        self._question.start()
        return None

    @override
    def arrive(self, subject: object) -> None:
        for each in self._subjects:
            if isinstance(each, (QuestionToldView, JobView)) and each.job_id == subject:
                self._turn_to(key_of(each))

    @override
    def changed_hands(self) -> None:
        self._field.clear()
        self._stage = Stage.FIRST

    # --- asking -------------------------------------------------------------------------------------------------------

    def _subject(self) -> Subject | None:
        return next((each for each in self._subjects if key_of(each) == self._chosen), None)

    def _choose(self, row: int) -> None:
        if 0 <= row < len(self._subjects):
            self._turn_to(key_of(self._subjects[row]))

    def _turn_to(self, key: str) -> None:
        if key != self._chosen:
            self._chosen, self._stage = key, Stage.FIRST
            self._ask()

    def _ask(self) -> None:
        subject = self._subject()
        self._none.setVisible(subject is None)
        self._question.setVisible(subject is not None)
        if subject is None:
            self._shown = None
            self._field.hide()
            return
        inquiry = self._asking.inquire(subject, self._stage, self._officer)
        if self._shown == (self._chosen, inquiry):
            return
        asked_before, focus = self._shown is not None, QApplication.focusWidget()
        had_focus = not asked_before or (focus is not None and self._question.isAncestorOf(focus))
        self._shown = (self._chosen, inquiry)
        self._question.ask(inquiry.what, inquiry.answers, inquiry.more, inquiry.draw)
        self._field.setVisible(bool(inquiry.field))
        self._field.setPlaceholderText(inquiry.field)
        self._field.setAccessibleName(inquiry.field)
        if had_focus and self.isVisible():
            (self._field.setFocus if inquiry.field else self._question.start)()

    def _answered(self, answer: str) -> None:
        subject = self._subject()
        if subject is None:
            return
        comes_to = outcome(subject, self._stage, answer, self._field.text().strip())
        if comes_to is None:
            self.shell.go("blanks", subject)
        elif isinstance(comes_to, Stage):
            self._go_to(comes_to)
        else:
            self._question.set_open(is_open=False)
            self.shell.link.ask(comes_to, lambda _: self._done(), self._failed, key=f"answer {self._chosen}")

    def _go_to(self, stage: Stage) -> None:
        self._stage = stage
        self._ask()
        self._question.start()

    def _done(self) -> None:
        self._question.set_open(is_open=True)
        self._field.clear()
        self._stage = Stage.FIRST
        self.shell.tell(self.shell.speech.say("questions.answered"), Tone.GOOD)
        self.shell.known.refetch(CARDS, DOUBTS)

    def _failed(self, problem: Problem) -> None:
        self._question.set_open(is_open=True)
        explained = self.shell.speech.why(problem)
        self.shell.tell(f"{explained.what} {explained.do}", Tone.CARE)
        self._question.start()

    # --- building -----------------------------------------------------------------------------------------------------

    def _show_list(self, keys: Sequence[str]) -> None:
        titles = [self._asking.inquire(each, Stage.FIRST, self._officer).title for each in self._subjects]
        self._list.blockSignals(True)
        if [self._list.item(row).text() for row in range(self._list.count())] != titles:
            self._list.clear()
            for title in titles:
                self._list.addItem(QListWidgetItem(title))
        self._list.setCurrentRow(keys.index(self._chosen) if self._chosen else -1)
        self._list.blockSignals(False)
        self._list.setVisible(len(keys) > 1)

    def _lay_out(self) -> None:
        look = self.shell.look
        right = QVBoxLayout()
        right.setSpacing(look.gap)
        right.addWidget(self._none, 1)
        right.addWidget(self._field)
        right.addWidget(self._question, 1)
        canvas = QWidget()
        canvas.setProperty("canvas", True)
        row = QHBoxLayout(canvas)
        row.setContentsMargins(look.margin, look.margin, look.margin, look.margin)
        row.setSpacing(look.margin)
        row.addWidget(self._list, 1)
        row.addLayout(right, 3)
        scroll = QScrollArea()  # large signs on a small screen
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(canvas)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    @staticmethod
    def _calm(shell: Shell) -> QWidget:
        calm = QWidget()
        column = QVBoxLayout(calm)
        title = QLabel(shell.speech.say("questions.none"))
        title.setFont(shell.look.sized(1.5, bold=True))
        more = QLabel(shell.speech.say("questions.none-more"))
        more.setProperty("soft", True)
        more.setWordWrap(True)
        for label in (title, more):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        column.addWidget(title)
        column.addWidget(more)
        column.addStretch(2)
        return calm
