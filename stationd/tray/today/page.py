"""The screen of the day: what was done and what is left, on this day or another, and its papers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar, Final

from PySide6.QtCore import QDate, Qt, QTimer
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QDateEdit,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from stationd.client.documents import DayView, DocumentView
from stationd.client.officers import SessionView
from stationd.model.papers import Kind
from stationd.tray.actions import ActionButton, Deed, WhyNot, printing
from stationd.tray.asker import Asker, Choice
from stationd.tray.guided import Question
from stationd.tray.known import Knowledge
from stationd.tray.link import Asked
from stationd.tray.page import Page, Shell
from stationd.tray.palette import Tone
from stationd.tray.papers import Papers
from stationd.tray.problem import Problem
from stationd.tray.table import Column, Rows, Table
from stationd.tray.today import pictures
from stationd.tray.today.figures import Figures
from stationd.tray.today.reckoning import papers_of
from stationd.tray.today.topic import DAY, PAPERS

NARROW: Final = 50
"""Below so many heights of a line in width things stand below each other."""

TYPING: Final = 400
"""Milliseconds after the last change of the date until that day is asked for."""

OF_DAY: Final = ("day-before", "day-after", "issue-daily")
OF_PAPER: Final = ("open-paper", "save-paper", "print-paper", "file-scan", "issue-other")

OTHERS: Final = (Kind.REQUEST, Kind.STOCK_TAKE, Kind.DESTRUCTION)
"""Kinds of papers about the latest entry of the book of their sort."""

DAY_OF_MONTH: Final = 1
"""Of the parts of a date, the one that the arrow keys change: it stands after the weekday."""

ISO: Final = Qt.DateFormat.ISODate
ROW: Final = 2.1


class TodayPage(Page):
    """The day at one look."""

    name: ClassVar[str] = "today"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        look, say = shell.look, shell.speech.say
        self._date = ""
        self._today: DayView | None = None
        self._other: DayView | None = None
        self._fetching: Asked | None = None
        self._listed: list[DocumentView] | None = None
        self._new = ""
        self.papers = Papers(shell, self)
        self._rows: Rows[DocumentView] = _rows(shell)
        self.table: Table[DocumentView] = Table(self._rows, look, say("today.papers"))
        self.figures = Figures(shell.speech, look)
        self.date = QDateEdit()
        self.date.setDisplayFormat("dddd, d MMMM yyyy")
        self.date.setFont(look.sized(1.18, bold=True))
        self.date.setAccessibleName(say("today.date"))
        self.date.setButtonSymbols(QDateEdit.ButtonSymbols.NoButtons)
        self._told = QLabel()
        self._told.setProperty("soft", True)
        self._question = Question(look)
        self._stack = QStackedWidget()
        self._asker = Asker(self._question, partial(self._stack.setCurrentIndex, 1), self._leave)
        self._typing = QTimer(self, singleShot=True, interval=TYPING)
        self._typing.timeout.connect(self._chosen)
        self._buttons = {name: ActionButton(action, main=name == "issue-daily") for name, action in self._add_deeds()}
        self._lay_out()
        self.date.dateChanged.connect(lambda _: self._typing.start())
        self.table.chosen.connect(lambda: shell.actions.refresh(shell.known.now))
        self.table.opened.connect(lambda _: self._with_paper(self.papers.open))
        for topic in (DAY, PAPERS):
            shell.known.follow(topic)

    # --- what the frame asks ------------------------------------------------------------------------------------------

    @override
    def refresh(self, known: Knowledge) -> None:
        today, listed = known.of(DAY), known.of(PAPERS)
        if today is not self._today or listed is not self._listed:
            self._today, self._listed = today, listed
            self._show()
        if known.session is None:
            self._forget()

    @override
    def start_at(self) -> QWidget | None:
        return self.date

    @override
    def changed_hands(self) -> None:
        self._forget()

    @override
    @classmethod
    def may(cls, session: SessionView) -> bool:
        return not {"operator", "supervisor"}.isdisjoint(session.roles)

    # --- what is shown ------------------------------------------------------------------------------------------------

    @property
    def day(self) -> DayView | None:
        """The day that is shown; None while it is not known."""
        return self._other if self._date else self._today

    def _show(self) -> None:
        speech, day, today = self.shell.speech, self.day, self._today
        self.figures.tell(day)
        if today is not None:
            self._set_date(self._date or today.date, today.date)
        if day is None:
            self._told.setText(speech.say("today.looking") if today is not None else "")
        elif day.closed is not None:
            self._told.setText(speech.say("today.closed", at=speech.formats.moment(day.closed)))
        else:
            over = day.as_of >= day.until
            self._told.setText("" if over else speech.say("today.as-of", at=speech.formats.clock(day.as_of)))
        listed = papers_of(day, self._listed or ()) if day is not None else []
        self._rows.put(listed)
        self._no_papers.setVisible(not listed)
        self.table.setVisible(bool(listed))
        self.table.setFixedHeight(self.shell.look.px(ROW * (min(len(listed), 6) + 1) + 0.5))
        if listed and not self.table.chosen_rows():
            self.table.choose(listed[0].id)
        if self._rows.place_of(self._new) is not None:
            self.table.choose(self._new)
            self._new = ""
        self.shell.actions.refresh(self.shell.known.now)

    def _set_date(self, date: str, latest: str) -> None:
        if self._typing.isActive():
            return
        self.date.blockSignals(True)
        self.date.setMaximumDate(QDate.fromString(latest, ISO))
        if self.date.date() != (day := QDate.fromString(date, ISO)):
            self.date.setDate(day)
        if self.date.hasFocus():
            self.date.setCurrentSectionIndex(DAY_OF_MONTH)
        else:
            self.date.lineEdit().deselect()
        self.date.blockSignals(False)

    # --- which day ----------------------------------------------------------------------------------------------------

    def _step(self, days: int) -> None:
        self.date.setDate(self.date.date().addDays(days))

    def _chosen(self) -> None:
        """Show the day that was chosen: today follows what happens, another one is asked for once."""
        if self._today is None:
            return
        date = self.date.date().toString(ISO)
        self._date = "" if date == self._today.date else date
        self._other = None
        if self._fetching is not None:
            self._fetching.drop()
        if self._date:
            self._fetching = self.shell.link.fetch(lambda client: client.day(date), self._came, self._not_come)
        self._show()

    def _came(self, day: DayView) -> None:
        self._other = day
        self._show()

    def _not_come(self, problem: Problem) -> None:
        self._date = ""
        self._show()
        self.shell.link.refused.emit(problem)

    def _forget(self) -> None:
        self._date, self._other = "", None
        self._typing.stop()
        self._asker.clear()
        self._stack.setCurrentIndex(0)
        self.papers.forget()

    # --- papers -------------------------------------------------------------------------------------------------------

    def _issue_daily(self) -> None:
        if self.day is not None:
            self.papers.issue(Kind.DAILY, self.day.date, self._issued)

    def _issue_other(self) -> None:
        say, name = self.shell.speech.say, self.shell.speech.name
        choices = [Choice(_large(name("document-kind", kind)), partial(self._issue, kind)) for kind in OTHERS]
        choices.append(Choice(say("steps.leave"), self._leave))
        self._asker.ask(say("today.issue-what"), choices, say("today.issue-more"), pictures.paper)

    def _issue(self, kind: Kind) -> None:
        self._leave()
        self.papers.issue(kind, "", self._issued)

    def _issued(self, paper: DocumentView) -> None:
        said = self.shell.speech.say("today.issued", kind=_large(_kind(paper, self.shell)), number=paper.title)
        self.shell.tell(said, Tone.GOOD)
        self._new = paper.id
        self.shell.known.refetch(PAPERS)
        self.papers.open(paper.id)

    def _leave(self) -> None:
        self._asker.clear()
        self._stack.setCurrentIndex(0)
        self._buttons["issue-daily"].setFocus(Qt.FocusReason.OtherFocusReason)

    def _with_paper(self, act: Callable[[str], object]) -> None:
        for paper in self.table.chosen_rows()[:1]:
            act(paper.id)

    def _file_scan(self) -> None:
        self._with_paper(lambda paper: self.papers.file_scan(paper, partial(self.shell.known.refetch, PAPERS)))

    # --- whether it can be done ---------------------------------------------------------------------------------------

    def _why_not_day(self, known: Knowledge) -> str:
        return printing(known) or ("" if self.day is not None else "no-day")

    def _why_not_after(self, known: Knowledge) -> str:
        return printing(known) or ("" if self._date else "is-today")

    def _why_not_paper(self, known: Knowledge) -> str:
        if why := printing(known):
            return why
        chosen = self.table.chosen_rows()
        return "" if chosen and not chosen[0].erased else "choose-paper"

    # --- building -----------------------------------------------------------------------------------------------------

    def _add_deeds(self) -> list[tuple[str, QAction]]:
        deeds: Sequence[tuple[str, Callable[[], object], str, WhyNot]] = (
            ("day-before", partial(self._step, -1), "Alt+Left", self._why_not_day),
            ("day-after", partial(self._step, 1), "Alt+Right", self._why_not_after),
            ("issue-daily", self._issue_daily, "Alt+D", self._why_not_day),
            ("open-paper", partial(self._with_paper, self.papers.open), "Alt+L", self._why_not_paper),
            ("save-paper", partial(self._with_paper, self.papers.save), "Alt+F", self._why_not_paper),
            ("print-paper", partial(self._with_paper, self.papers.print), "Alt+Q", self._why_not_paper),
            ("file-scan", self._file_scan, "Alt+W", self._why_not_paper),
            ("issue-other", self._issue_other, "Alt+Y", printing),
        )
        add = self.shell.actions.add
        return [
            (name, add(Deed(name, act, key, why_not, "today", everywhere=False), self))
            for name, act, key, why_not in deeds
        ]

    def _lay_out(self) -> None:
        look, say = self.shell.look, self.shell.speech.say
        canvas = QWidget()
        canvas.setProperty("canvas", True)
        column = QVBoxLayout(canvas)
        column.setContentsMargins(look.margin, look.px(0.7), look.margin, look.px(0.7))
        column.setSpacing(look.gap)
        self._top = QGridLayout()
        self._top.setSpacing(look.gap)
        column.addLayout(self._top)
        self._place_top(narrow=False)
        column.addWidget(self._told)
        column.addWidget(self.figures)
        heading = QLabel(say("today.papers"))
        heading.setFont(look.sized(1.18, bold=True))
        self._no_papers = QLabel(say("today.no-papers"))
        self._no_papers.setProperty("soft", True)
        self._below = QGridLayout()
        self._below.setSpacing(look.gap)
        for widget in (heading, self._no_papers, self.table):
            column.addWidget(widget)
        column.addLayout(self._below)
        self._place_below(narrow=False)
        column.addStretch(1)
        for page in (canvas, self._question):
            area = QScrollArea()
            area.setWidgetResizable(True)
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            page.setProperty("canvas", True)
            area.setWidget(page)
            self._stack.addWidget(area)
        self._question.setContentsMargins(look.margin, look.px(0.7), look.margin, look.px(0.7))
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def _set_narrow(self, *, narrow: bool) -> None:
        """Put below each other what otherwise stands side by side."""
        self._place_top(narrow=narrow)
        self._place_below(narrow=narrow)
        self.figures.set_narrow(narrow=narrow)
        for column in (1, 3):
            self.table.setColumnHidden(column, narrow)

    def _place_top(self, *, narrow: bool) -> None:
        before, after, issue = (self._buttons[name] for name in OF_DAY)
        self._top.addWidget(self.date, 0, 0, 1, 2 if narrow else 1)
        for place, button in enumerate((before, after)):
            self._top.addWidget(button, *((1, place) if narrow else (0, place + 1)))
        self._top.addWidget(issue, *((2, 0, 1, 2) if narrow else (0, 3, 1, 1)))
        for column in range(4):
            self._top.setColumnStretch(column, int(not column or (narrow and column == 1)))

    def _place_below(self, *, narrow: bool) -> None:
        columns = 2 if narrow else len(OF_PAPER)
        for place, name in enumerate(OF_PAPER):
            self._below.addWidget(self._buttons[name], place // columns, place % columns)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_narrow(narrow=event.size().width() < self.shell.look.px(NARROW))


def _rows(shell: Shell) -> Rows[DocumentView]:
    say, formats = shell.speech.say, shell.speech.formats

    def scanned(paper: DocumentView) -> str:
        return say("today.erased") if paper.erased else say("today.filed") if paper.scan_size else "–"

    return Rows(
        (
            Column(say("today.paper"), lambda paper: _large(_kind(paper, shell)), bold=True),
            Column(say("today.number"), lambda paper: paper.title, 17),
            Column(say("today.issued-at"), lambda paper: formats.clock(paper.issued), 6, right=True),
            Column(say("today.issued-by"), lambda paper: paper.issued_by, 8),
            Column(say("today.scan"), scanned, 9),
        ),
        lambda paper: paper.id,
    )


def _kind(paper: DocumentView, shell: Shell) -> str:
    return shell.speech.name("document-kind", paper.kind)


def _large(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
