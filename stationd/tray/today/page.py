"""The screen of the day: jobs by where they are, blanks by place, and the book."""

from __future__ import annotations

from typing import ClassVar, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from stationd.client import StatusView
from stationd.tray.known import Knowledge
from stationd.tray.page import Page, Shell

JOBS: Final = ("queued", "ordered", "printing", "delivered", "held", "accepted")
PLACES: Final = ("store", "hopper", "machine", "output", "reject", "in-question")


class TodayPage(Page):
    """The day at one look."""

    name: ClassVar[str] = "today"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._values: dict[tuple[str, str], QLabel] = {}
        look, say = shell.look, shell.speech.say
        self._title = QLabel()
        self._title.setFont(look.sized(1.5, bold=True))
        self._book = QLabel()
        self._book.setProperty("soft", True)
        canvas = QWidget()
        canvas.setProperty("canvas", True)
        column = QVBoxLayout(canvas)
        column.setContentsMargins(look.margin, look.margin, look.margin, look.margin)
        column.setSpacing(look.margin)
        column.addWidget(self._title)
        column.addWidget(self._panel(say("today.jobs"), "job-state", JOBS))
        column.addWidget(self._panel(say("today.blanks"), "place", PLACES))
        column.addWidget(self._book)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(canvas)
        scroll.setAccessibleName(say("today.title"))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    @override
    def refresh(self, known: Knowledge) -> None:
        formats = self.shell.speech.formats
        status = known.status
        at = status.time if status is not None and status.time is not None else known.at
        self._title.setText(formats.date(formats.day_of(at)))
        for (group, code), label in self._values.items():
            label.setText("" if status is None else formats.number(_counts(status, group).get(code, 0)))
        told = self.shell.speech.say("today.book", n=status.book, head=status.head[:12]) if status is not None else ""
        self._book.setText(told)

    def _panel(self, title: str, group: str, codes: tuple[str, ...]) -> QFrame:
        look, speech = self.shell.look, self.shell.speech
        panel = QFrame()
        panel.setProperty("panel", True)
        grid = QGridLayout(panel)
        grid.setContentsMargins(look.margin, look.margin, look.margin, look.margin)
        grid.setVerticalSpacing(look.px(0.1))
        heading = QLabel(title)
        heading.setFont(look.sized(1.18, bold=True))
        grid.addWidget(heading, 0, 0, 1, len(codes))
        for place, code in enumerate(codes):
            value = QLabel()
            value.setFont(look.sized(2.2, bold=True))
            name = QLabel(speech.name(group, code))
            name.setProperty("soft", True)
            name.setWordWrap(True)
            name.setAlignment(Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, 1, place)
            grid.addWidget(name, 2, place)
            grid.setColumnStretch(place, 1)
            self._values[group, code] = value
        return panel


def _counts(status: StatusView, group: str) -> dict[str, int]:
    return status.jobs if group == "job-state" else status.blanks
