"""The shelf: finished cards, found as one types and handed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar, Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from stationd.client.officers import SessionView
from stationd.client.shelf import FoundCardView
from stationd.tray.actions import Deed, WhyNot, printing
from stationd.tray.asker import Asker
from stationd.tray.known import Knowledge
from stationd.tray.page import Page, Shell
from stationd.tray.papers import Papers
from stationd.tray.queue.finding import needle
from stationd.tray.queue.topic import QUEUE
from stationd.tray.shelf.acts import Acts
from stationd.tray.shelf.box import Box
from stationd.tray.shelf.details import Details
from stationd.tray.shelf.face import BOX, LISTING, QUESTION, Face
from stationd.tray.shelf.handing import Handing
from stationd.tray.shelf.listing import TRANSFER, CardRows, reprints
from stationd.tray.shelf.taking_in import TakingIn
from stationd.tray.shelf.topic import ARRIVALS, SHELF
from stationd.tray.table import Table

WIDE: Final = 74
NARROW: Final = 50
"""From so many heights of a line in width the NIK stands in the table, below so many nothing stands beside it."""

NIK: Final = 16
"""Digits of a citizen's number."""

_KEYS_OF_TABLE: Final = {Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp}
_ENTER: Final = {Qt.Key.Key_Return, Qt.Key.Key_Enter}


class ShelfPage(Page):
    """Finished cards that wait for their owners."""

    name: ClassVar[str] = "shelf"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._at = 0.0
        self._view = LISTING
        self._cards: list[FoundCardView] | None = None
        self._queue: object = None
        self.rows = CardRows(shell.speech, lambda: self._at)
        self.table: Table[FoundCardView] = Table(self.rows, shell.look, shell.speech.say("shelf.list"), many=True)
        self.papers = Papers(shell, self)
        self._add_deeds()
        self.box = Box(shell)
        self.face = Face(shell, self.table, Details(shell, self.rows), self.box)
        self._asker = Asker(self.face.question, partial(self._show_view, QUESTION), self.to_list)
        handing = Handing(shell, self._asker, self.papers, self, self._handed)
        self.taking_in = TakingIn(shell, self.box, self.papers, self._asker, partial(self._show_view, BOX))
        self.acts = Acts(shell, self, self._asker, handing, self.taking_in)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.face)
        self._connect()
        for topic in (SHELF, ARRIVALS, QUEUE):
            shell.known.follow(topic)

    # --- what the frame asks ------------------------------------------------------------------------------------------

    @override
    def refresh(self, known: Knowledge) -> None:
        self._at = known.at if known.status is None or known.status.time is None else known.status.time
        cards, queue = known.of(SHELF), known.of(QUEUE)
        if cards is not self._cards or queue is not self._queue:
            self._cards, self._queue = cards, queue
            self.rows.reprints = {} if queue is None else reprints(queue.jobs)
            self.rows.put(cards or ())
            self._choose_first()
            self._show()
        if known.session is None:
            self.rows.put(())
            self.papers.forget()
            self.acts.drop()
            self._asker.clear()
            self.box.forget()
            self._show_view(LISTING)

    @override
    def start_at(self) -> QWidget | None:
        return self.face.search

    @override
    def arrive(self, subject: object) -> None:
        if isinstance(subject, str):
            self.to_list()
            self.face.search.clear()
            self.table.choose(subject)

    @override
    def changed_hands(self) -> None:
        self.face.search.clear()
        self.box.place.clear()

    @override
    @classmethod
    def may(cls, session: SessionView) -> bool:
        return not {"operator", "supervisor"}.isdisjoint(session.roles)

    # --- what is shown ------------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> list[FoundCardView]:
        """The cards that are chosen in the list."""
        return self.table.chosen_rows()

    def card(self, job_id: str) -> FoundCardView | None:
        """Return a card of the shelf; None if it is not known to lie here."""
        return next((card for card in self._cards or () if card.job_id == job_id), None)

    def to_list(self) -> None:
        """Go back to the list, ready to look for somebody else."""
        self._asker.clear()
        self.acts.drop()
        self._show_view(LISTING)
        self.face.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self.face.search.selectAll()

    def _show_view(self, which: int) -> None:
        self._view = which
        self.face.show_only(which)
        self.shell.actions.refresh(self.shell.known.now)
        if which == BOX:
            self.box.start()

    def _show(self) -> None:
        say, cards = self.shell.speech.say, self._cards or ()
        typed = self.face.search.text().strip()
        due = sum(card.due == TRANSFER for card in cards)
        if typed:
            found = len(self.rows.shown)
            digits = typed.replace(" ", "")
            ask = say("shelf.not-here-ask") if len(digits) == NIK and digits.isdigit() else say("shelf.not-found")
            self.face.tell(say("shelf.found", n=found) if found else ask)
        else:
            parts = [say("shelf.count", n=len(cards))] + ([say("shelf.count-due", n=due)] if due else [])
            self.face.tell(" · ".join(parts) if cards else say("shelf.empty"))
        self.face.details.show_cards(self.chosen)
        self.shell.actions.refresh(self.shell.known.now)

    def _typed(self, text: str) -> None:
        self.rows.search(needle(text))
        self.table.clearSelection()
        self._choose_first()
        self._show()

    def _choose_first(self) -> None:
        """Choose the first of those who were looked for, also when they become known after that was typed."""
        if self.face.search.text().strip() and self.rows.shown and not self.chosen:
            self.table.choose(self.rows.key_at(0))

    def _handed(self) -> None:
        self.face.search.clear()
        self.shell.known.refetch(SHELF)

    # --- whether it can be done ---------------------------------------------------------------------------------------

    def _at_list(self, known: Knowledge) -> str:
        return printing(known) or ("" if self._view == LISTING else "finish-first")

    def _why_not_hand_over(self, known: Knowledge) -> str:
        if why := self._at_list(known):
            return why
        (*cards,) = self.chosen
        if len(cards) != 1:
            return "choose-card"
        return "" if cards[0].lost is None else "card-lost"

    def _why_not_place(self, known: Knowledge) -> str:
        return self._at_list(known) or ("" if self.chosen else "choose-card")

    def _why_not_lost(self, known: Knowledge) -> str:
        if why := self._why_not_hand_over(known):
            return why
        return "" if known.may("supervisor") else "supervisor"

    def _why_not_transfer(self, known: Knowledge) -> str:
        due = any(card.due == TRANSFER for card in self._cards or ())
        return self._at_list(known) or ("" if due else "none-due")

    def _at_box(self, known: Knowledge) -> str:
        return printing(known) or ("" if self._view == BOX and self.box.list_id else "no-box")

    def _why_not_take_chosen(self, known: Knowledge) -> str:
        if why := self._at_box(known):
            return why
        return "" if self.taking_in.chosen() else "choose-announced"

    # --- building -----------------------------------------------------------------------------------------------------

    def _add_deeds(self) -> None:
        deeds: Sequence[tuple[str, Callable[[], object], str, WhyNot]] = (
            ("hand-over", self._later("acts", "hand_over"), "Alt+S", self._why_not_hand_over),
            ("place-card", self._later("acts", "place"), "Alt+E", self._why_not_place),
            ("card-lost", self._later("acts", "lose"), "Alt+N", self._why_not_lost),
            ("tap-card", self._later("acts", "tap"), "Alt+P", self._at_list),
            ("where-card", self._later("acts", "where"), "Alt+M", self._at_list),
            ("boxes", self._later("taking_in", "begin"), "Alt+R", self._at_list),
            ("transfer-due", self._later("acts", "transfer"), "Alt+J", self._why_not_transfer),
            ("search-shelf", self.to_list, "Alt+C", printing),
            ("take-in", self._later("taking_in", "tap"), "Alt+A", self._at_box),
            ("take-in-chosen", self._later("taking_in", "count"), "Alt+V", self._why_not_take_chosen),
            ("close-box", self._later("taking_in", "close"), "Alt+X", self._at_box),
            ("open-list", self._later("taking_in", "open_list"), "Alt+O", printing),
        )
        for name, act, key, why_not in deeds:
            self.shell.actions.add(Deed(name, act, key, why_not, "shelf", everywhere=False), self)

    def _later(self, who: str, what: str) -> Callable[[], object]:
        """Return an act of a part of this page that is made after its buttons."""

        def act() -> object:
            return getattr(getattr(self, who), what)()

        return act

    def _connect(self) -> None:
        self.face.search.textChanged.connect(self._typed)
        self.face.search.returnPressed.connect(self._enter)
        self.face.search.installEventFilter(self)
        self.table.chosen.connect(self._show)
        self.table.opened.connect(lambda _: self._enter())
        self.box.table.chosen.connect(lambda: self.shell.actions.refresh(self.shell.known.now))
        self.box.place.installEventFilter(self)

    def _enter(self) -> None:
        """Enter hands over the one that was found; of a NIK that is not here it asks where the card is."""
        typed = self.face.search.text().replace(" ", "")
        if not self.rows.shown and len(typed) == NIK and typed.isdigit():
            self.acts.ask_where(typed)
        elif self.shell.actions["hand-over"].isEnabled():
            self.acts.hand_over()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows go through the table while one types, and Enter take in the next card of a box."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if watched is self.face.search and event.key() in _KEYS_OF_TABLE:
                self.table.keyPressEvent(event)
                return True
            if watched is self.box.place and event.key() in _ENTER and self.shell.actions["take-in"].isEnabled():
                self.taking_in.tap()
                return True
        return super().eventFilter(watched, event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self._view != LISTING:
            self.to_list()
        else:
            self.face.search.clear()
            self.face.search.setFocus(Qt.FocusReason.OtherFocusReason)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = event.size().width()
        self.face.set_narrow(narrow=width < self.shell.look.px(NARROW))
        self.table.setColumnHidden(2, width < self.shell.look.px(WIDE))
