"""The queue: who waits, found as one types, and print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from stationd.client.queue import OrderedView, QueuedView, QueueView, new_key
from stationd.model.reasons import FrontReason
from stationd.tray.actions import Deed, printing, signed_in
from stationd.tray.guided import Answer
from stationd.tray.known import Knowledge, Topic
from stationd.tray.page import Page, Shell
from stationd.tray.palette import Tone
from stationd.tray.problem import Problem
from stationd.tray.queue.details import Details
from stationd.tray.queue.face import MOST, Face
from stationd.tray.queue.finding import needle
from stationd.tray.queue.ledger import Ledger
from stationd.tray.queue.listing import HELD, Group, JobRows, group_rows, groups
from stationd.tray.queue.topic import QUEUE
from stationd.tray.table import Table

OPENING: Final = 400
"""Milliseconds until names are asked for again that the daemon is still opening."""

AT_WORK: Final = ("printing", "delivered")
"""States of jobs whose card is under way or waits to be looked at: they stand above those that wait."""

WIDE: Final = 74
NARROW: Final = 46
"""From so many heights of a line in width the NIK stands in the table, below so many nothing stands beside it."""

_KEYS_OF_TABLE: Final = {Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp}


class QueuePage(Page):
    """Who waits for a card."""

    name: ClassVar[str] = "queue"
    topics: ClassVar[tuple[Topic[Any], ...]] = (QUEUE,)

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._ledger = Ledger()
        self._fetched: QueueView | None = None
        self._all: tuple[QueuedView, ...] = ()
        self._placed = 0
        self._held = False
        self._group = ""
        self._pressed: tuple[tuple[str, ...], str] | None = None
        self._at = 0.0
        self.rows = JobRows(shell.speech, lambda: self._at)
        self.table: Table[QueuedView] = Table(self.rows, shell.look, shell.speech.say("queue.list"), many=True)
        self._groups = group_rows(shell.speech)
        self.groups: Table[Group] = Table(self._groups, shell.look, shell.speech.say("queue.groups"))
        self._again = QTimer(self, singleShot=True, interval=OPENING)
        self._again.timeout.connect(lambda: shell.known.refetch(QUEUE))
        self._front_of = ""
        self._searching = False
        self._add_deeds()
        self.face = Face(shell, self.table, self.groups, Details(shell, self.rows))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.face)
        self._connect()
        shell.link.stirred.connect(self._stirred)
        self._show()

    # --- what the frame asks ------------------------------------------------------------------------------------------

    @override
    def refresh(self, known: Knowledge) -> None:
        self._at = known.at if known.status is None or known.status.time is None else known.status.time
        told = known.of(QUEUE)
        if told is not self._fetched:
            self._fetched = told
            self._ledger.take(told)
            self._show()
        if told is None:
            self.rows.forget()
            self._pressed = None
            self._leave_question()
        elif told.opening and not self._again.isActive():
            self._again.start()

    @override
    def start_at(self) -> QWidget | None:
        return self.face.search

    @override
    def arrive(self, subject: object) -> None:
        job = next((job for job in self._all if job.job_id == subject), None)
        if job is not None:
            self.face.search.clear()
            self._show_view(held=job.state in HELD)
            self.table.choose(job.job_id)

    @override
    def changed_hands(self) -> None:
        self.face.search.clear()
        self.face.how_many.setText("1")

    # --- what is shown ------------------------------------------------------------------------------------------------

    def _stirred(self, entries: Sequence[dict[str, Any]]) -> None:
        changed = self._ledger.hear(entries)
        if any(_stands(before) != _stands(now) for before, now in changed):
            self._show()
        elif changed and self._ledger.queue is not None:  # a row or two, of perhaps ten thousand
            self._all = self._ledger.queue.jobs
            self.rows.change(now for _, now in changed)
            self._show_details()

    def _show(self) -> None:
        queue = self._ledger.queue
        self._all = () if queue is None else queue.jobs
        self._placed = sum([1 for job in self._all if job.place])
        held = [job for job in self._all if job.state in HELD]
        say, formats = self.shell.speech.say, self.shell.speech.formats
        waiting = len(self._all) - len(held)
        self.face.waiting.setText(f"{say('queue.waiting')}   {formats.number(waiting)}")
        self.face.held.setText(f"{say('queue.held')}   {formats.number(len(held))}")
        self._groups.put(groups(held, self.shell.speech))
        self.face.show_groups(len(self._groups.shown), shown=self._held)
        self.rows.put(self._in_view(held))
        self._tell_found()
        self._show_details()

    def _in_view(self, held: list[QueuedView]) -> list[QueuedView]:
        """Return the jobs that are shown, those at work first. Whoever is looked for is found, held or not."""
        if self._held and not self._searching:
            return [job for job in held if not self._group or job.cause == self._group]
        below = AT_WORK if self._searching else (*AT_WORK, *HELD)
        return [job for job in self._all if job.state in AT_WORK] + [job for job in self._all if job.state not in below]

    def _tell_found(self) -> None:
        typed, say = self.face.search.text().strip(), self.shell.speech.say
        found = len(self.rows.shown)
        if not typed:
            opening = self._ledger.queue.opening if self._ledger.queue is not None else 0
            self.face.tell(say("queue.opening", n=opening) if opening else "")
            return
        self.face.tell(say("queue.found", n=found) if found else say("queue.not-found"))

    def _show_details(self) -> None:
        self.face.details.show_jobs(self._chosen(), self._placed)
        self.shell.actions.refresh(self.shell.known.now)

    def _chosen(self) -> list[QueuedView]:
        return self.table.chosen_rows()

    def _typed(self, text: str) -> None:
        if self._searching != bool(text.strip()):
            self._searching = bool(text.strip())
            if not self._searching:
                self.rows.search("")  # before the other list is there, in which nothing is looked for
            self._show()
        self.rows.search(needle(text))
        if text.strip() and self.rows.shown:
            self.table.choose(self.rows.key_at(0))
        self._tell_found()
        self._show_details()

    def _show_view(self, *, held: bool) -> None:
        self._held, self._group = held, ""
        self.face.waiting.setChecked(not held)
        self.face.held.setChecked(held)
        self.face.show_groups(len(self._groups.shown), shown=held)
        self._show()

    def _group_chosen(self) -> None:
        chosen = self.groups.chosen_rows()
        self._group = chosen[0].cause if chosen else ""
        self._show()

    # --- what is done -------------------------------------------------------------------------------------------------

    def _print(self) -> None:
        """Order what is chosen. Pressed again for the same after a lost answer, it is the same press."""
        chosen = tuple(job.job_id for job in self._chosen())
        if not chosen:
            return
        if self._pressed is None or self._pressed[0] != chosen:
            self._pressed = chosen, new_key()
        key = self._pressed[1]
        self.shell.link.ask(
            lambda client: client.order_many(chosen, key), self._ordered, self._not_ordered, key="order-chosen"
        )

    def _print_several(self) -> None:
        count = int(self.face.how_many.text() or 0)
        if not 1 <= count <= MOST:
            self._to_count()
            return
        wanted = (f"next {count}",)
        if self._pressed is None or self._pressed[0] != wanted:
            self._pressed = wanted, new_key()
        key = self._pressed[1]
        self.shell.link.ask(
            lambda client: OrderedView(tuple(client.order_next(count, key))),
            self._ordered,
            self._not_ordered,
            key="order-chosen",
        )

    def _ordered(self, came: OrderedView) -> None:
        self._pressed = None
        speech = self.shell.speech
        said = speech.say("said.ordered", n=len(came.ordered)) if came.ordered else ""
        if came.refused:
            first = came.refused[0]
            why = speech.words.cause(first.cause, first.job_id)
            kept = speech.say("queue.kept-back", n=len(came.refused), what=why.what, do=why.do)
            said = f"{said} {kept}".strip()
        if not came.ordered and not came.refused:
            said = speech.say("said.nothing-to-print")
        self.shell.tell(said, Tone.GOOD if came.ordered and not came.refused else Tone.CARE)

    def _not_ordered(self, problem: Problem) -> None:
        if not problem.is_absence:
            self._pressed = None
        self.shell.link.refused.emit(problem)

    def _front(self) -> None:
        (job, *_) = self._chosen()
        if job.front:
            self.shell.link.ask(lambda client: client.from_front(job.job_id), key="front")
            return
        say, name = self.shell.speech.say, self.shell.speech.name
        answers = [Answer(reason, name("front", reason)) for reason in FrontReason]
        who = job.name or job.job_id
        self._front_of = job.job_id
        self.face.question.ask(say("queue.front-what", who=who), answers, say("queue.front-more"))
        self.face.setCurrentIndex(1)
        self.face.question.start()

    def _answered(self, reason: str) -> None:
        job_id = self._front_of
        self._leave_question()
        self.shell.link.ask(
            lambda client: client.to_front(job_id, reason),
            lambda _: self.shell.tell(self.shell.speech.say("queue.moved"), Tone.GOOD),
            key="front",
        )

    def _leave_question(self) -> None:
        if self.face.currentIndex():
            self.face.setCurrentIndex(0)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.face.question.ask("", ())

    def _see_card(self) -> None:
        for job in self._chosen()[:1]:
            self.shell.go("card", job.job_id)

    # --- whether it can be done ---------------------------------------------------------------------------------------

    def _why_not_print(self, known: Knowledge) -> str:
        chosen = self._chosen()
        if why := printing(known):
            return why
        return "" if any(job.state == "queued" for job in chosen) else "none-to-print"

    def _why_not_front(self, known: Knowledge) -> str:
        if why := printing(known):
            return why
        chosen = self._chosen()
        return "" if len(chosen) == 1 and chosen[0].state in {"queued", "ordered", "held"} else "one-who-waits"

    def _why_not_see(self, known: Knowledge) -> str:
        return signed_in(known) or ("" if len(self._chosen()) == 1 else "choose-one")

    # --- building -----------------------------------------------------------------------------------------------------

    def _add_deeds(self) -> None:
        add, group = self.shell.actions.add, "queue"
        add(Deed("print-chosen", self._print, "F6", self._why_not_print, group, everywhere=False), self)
        add(Deed("front", self._front, "Ctrl+D", self._why_not_front, group, everywhere=False), self)
        add(Deed("see-card", self._see_card, "Ctrl+K", self._why_not_see, group, everywhere=False), self)
        add(Deed("search", self._to_search, "Ctrl+F", signed_in, group, everywhere=False), self)
        add(Deed("print-several", self._to_count, "Ctrl+N", printing, group, everywhere=False), self)

    def _to_search(self) -> None:
        self.face.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.face.search.selectAll()

    def _to_count(self) -> None:
        self.face.how_many.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.face.how_many.selectAll()

    def _connect(self) -> None:
        face = self.face
        face.search.textChanged.connect(self._typed)
        face.search.returnPressed.connect(self._from_search)
        face.search.installEventFilter(self)
        face.how_many.installEventFilter(self)
        face.next.clicked.connect(lambda _=False: self._print_several())
        face.waiting.clicked.connect(lambda _=False: self._show_view(held=False))
        face.held.clicked.connect(lambda _=False: self._show_view(held=True))
        face.table.chosen.connect(self._show_details)
        face.table.opened.connect(lambda _: self._see_card())
        face.groups.chosen.connect(self._group_chosen)
        face.question.answered.connect(self._answered)

    def _from_search(self) -> None:
        if self.rows.shown:
            if not self._chosen():
                self.table.choose(self.rows.key_at(0))
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows go through the table while one types, and Enter order as many as were typed."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if watched is self.face.search and event.key() in _KEYS_OF_TABLE:
                self.table.keyPressEvent(event)
                return True
            if watched is self.face.how_many and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self._print_several()
                return True
        return super().eventFilter(watched, event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.face.currentIndex():
            self._leave_question()
        elif event.key() == Qt.Key.Key_Escape and self.face.search.text():
            self.face.search.clear()
            self._to_search()
        else:
            super().keyPressEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = event.size().width()
        self.face.set_narrow(narrow=width < self.shell.look.px(NARROW))
        self.table.setColumnHidden(2, width < self.shell.look.px(WIDE))


def _stands(job: QueuedView) -> tuple[bool, bool]:
    """Say where in the lists a job stands: above those that wait, or among those that are held."""
    return job.state in AT_WORK, job.state in HELD
