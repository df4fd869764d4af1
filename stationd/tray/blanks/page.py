"""The screen of blanks: the look, and in its place a guided act while one is under way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from stationd.client.blanks import ExchangeView, StockedView
from stationd.client.client import Client
from stationd.client.lines import CleaningGuideView
from stationd.tray.actions import ActionButton, Deed, WhyNot, signed_in
from stationd.tray.blanks import machine, moving, taking_stock
from stationd.tray.blanks.desk import Desk
from stationd.tray.blanks.overview import Overview
from stationd.tray.guided import Step, Steps
from stationd.tray.known import Knowledge, Topic
from stationd.tray.page import Page, Shell
from stationd.tray.palette import Tone

STOCKED: Final[Topic[StockedView]] = Topic("stocked", Client.stocked, pause=0.5)
"""Blanks, ribbon and film at one look."""

COLUMNS: Final = 4
FEW_COLUMNS: Final = 2
"""Of buttons, and where there is little room."""

NARROW: Final = 50
"""Below so many heights of a line in width things stand below each other."""

_Made = Callable[[Desk], Sequence[Step]]


class BlanksPage(Page):
    """Blanks, ribbon and film."""

    name: ClassVar[str] = "blanks"
    topics: ClassVar[tuple[Topic[StockedView], ...]] = (STOCKED,)

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._known = Knowledge()
        self._overview = Overview(shell.speech, shell.look)
        self._steps = Steps(shell.speech, shell.look)
        self._steps.finished.connect(self._over)
        self._steps.left.connect(self._over)
        self._buttons = [ActionButton(shell.actions.add(deed, self)) for deed in self._deeds()]
        self._stack = QStackedWidget()
        self._lay_out()

    @override
    def refresh(self, known: Knowledge) -> None:
        self._known = known
        self._overview.tell(known.of(STOCKED))

    @override
    def start_at(self) -> QWidget | None:
        return self._buttons[0]

    @override
    def arrive(self, subject: object) -> None:
        if isinstance(subject, ExchangeView):
            self._begin(moving.load, subject.line)

    @override
    def changed_hands(self) -> None:
        self._over()

    # --- what is done -------------------------------------------------------------------------------------------------

    def _deeds(self) -> Sequence[Deed]:
        def deed(name: str, key: str, make: _Made, why_not: WhyNot = _may_count) -> Deed:
            return Deed(name, lambda: self._begin(make), key, why_not, "blanks")

        return (
            deed("load", "Alt+I", moving.load, self._with_a_line),
            deed("receive", "Alt+T", moving.receive),
            deed("take-stock", "Alt+H", taking_stock.take_stock),
            Deed("close-day", self._close_or_open, "Alt+U", _may_count, "blanks"),
            deed("unload", "Alt+K", moving.unload, self._with_a_line),
            deed("change-supply", "Alt+G", machine.change_supply, self._with_a_line),
            Deed("clean", self._clean, "Alt+B", self._with_a_line, "blanks"),
        )

    def _with_a_line(self, known: Knowledge) -> str:
        return _may_count(known) or ("" if known.status is not None and known.status.lines else "no-line")

    def _close_or_open(self) -> None:
        status = self._known.status
        if status is not None and status.closed_day is not None:
            tell = self.shell.speech.say("by-hand.day-opened")
            self.shell.link.ask(Client.open_day, lambda _: self._said(tell), key="by-hand")
        else:
            self._begin(taking_stock.close_day)

    def _clean(self) -> None:
        desk = self._desk()

        def guided(guide: CleaningGuideView) -> None:
            if not guide.preparations:
                self.shell.tell(desk.say("clean-by-hand", line=desk.line), Tone.CALM)
                return
            self._show(machine.clean(desk, guide))

        self.shell.link.ask(lambda client: client.cleaning_guide(desk.line), guided, key="by-hand")

    def _begin(self, make: _Made, line: str = "") -> None:
        self._show(make(self._desk(line)))

    def _desk(self, line: str = "") -> Desk:
        status = self._known.status
        lines = [each.name for each in status.lines] if status is not None else []
        opened = frozenset(each.line for each in status.exchanges) if status is not None else frozenset[str]()
        stocked = self._known.of(STOCKED) or StockedView()
        chosen = line or next((each for each in lines if each in opened), lines[0] if lines else "")
        return Desk(self.shell, self._steps, stocked, lines, opened, self._refetch, chosen)

    def _show(self, steps: Sequence[Step]) -> None:
        self._stack.setCurrentWidget(self._steps)
        self._steps.begin(steps)

    def _over(self) -> None:
        self._stack.setCurrentIndex(0)
        self._refetch()
        if self.isVisible():
            self._buttons[0].setFocus()

    def _refetch(self) -> None:
        self.shell.known.refetch(STOCKED)

    def _said(self, sentence: str) -> None:
        self._refetch()
        self.shell.tell(sentence, Tone.GOOD)

    # --- building -----------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        look = self.shell.look
        canvas = QWidget()
        canvas.setProperty("canvas", True)
        column = QVBoxLayout(canvas)
        column.setContentsMargins(look.margin, look.margin, look.margin, look.margin)
        column.setSpacing(look.gap)
        self._grid = QGridLayout()
        self._grid.setSpacing(look.gap)
        self._set_narrow(narrow=False)
        column.addLayout(self._grid)
        column.addWidget(self._overview)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(canvas)
        scroll.setAccessibleName(self.shell.speech.say("blanks.title"))
        guided = self._steps
        guided.setContentsMargins(look.margin, look.margin, look.margin, look.margin)
        self._stack.addWidget(scroll)
        self._stack.addWidget(guided)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def _set_narrow(self, *, narrow: bool) -> None:
        columns = FEW_COLUMNS if narrow else COLUMNS
        for place, button in enumerate(self._buttons):
            self._grid.addWidget(button, place // columns, place % columns)  # from where it was
        self._overview.set_narrow(narrow=narrow)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_narrow(narrow=event.size().width() < self.shell.look.px(NARROW))


def _may_count(known: Knowledge) -> str:
    return signed_in(known) or ("" if known.session is not None and known.session.roles else "not-your-role")
