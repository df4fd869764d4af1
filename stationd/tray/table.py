"""A table for many rows: thousands are searched, scrolled and chosen from without a pause.

A page gives the whole list anew whenever it changes; what is chosen and where one has scrolled to stays, by each row's
key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QBrush, QColor, QFont, QIcon, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget
from typing_extensions import override

from stationd.tray.theme import Look

_Row = TypeVar("_Row")
_Index = QModelIndex | QPersistentModelIndex

Role = Qt.ItemDataRole
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Column(Generic[_Row]):
    """One column.

    Attributes:
        title: at its head.
        text: what a cell says.
        width: in heights of a line; 0: what is left.
        right: whether its cells stand to the right, as numbers do.
        icon: a sign before the text; the text says the same.
        ink: the name of the text's colour; None for the usual.
        bold: whether the text is set bold.
    """

    title: str
    text: Callable[[_Row], str]
    width: float = 0.0
    right: bool = False
    icon: Callable[[_Row], QIcon | None] | None = None
    ink: Callable[[_Row], str | None] | None = None
    bold: bool = False


def folded(text: str) -> str:
    """Return a text as it is searched: without regard to case."""
    return text.casefold()


class Rows(QAbstractTableModel, Generic[_Row]):
    """The rows that are shown: those of all that match what is searched for.

    Args:
        columns: of the table.
        key: what a row is known by through all changes.
        haystack: the text in which a row is searched; empty: it cannot be.
    """

    def __init__(
        self,
        columns: Sequence[Column[_Row]],
        key: Callable[[_Row], str],
        haystack: Callable[[_Row], str] = lambda _: "",
    ) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self._key = key
        self._haystack = haystack
        self._all: list[_Row] = []
        self._hay: list[str] | None = None
        self._shown: list[_Row] = []
        self._at: dict[str, int] = {}
        self._needles: tuple[str, ...] = ()
        self._bold = QFont()
        self._bold.setWeight(QFont.Weight.DemiBold)

    @property
    def shown(self) -> Sequence[_Row]:
        """The rows that match, from top to bottom."""
        return self._shown

    def put(self, rows: Sequence[_Row]) -> None:
        """Take the whole list anew."""
        self._all = list(rows)
        self._hay = None
        self._show()

    def change(self, rows: Iterable[_Row]) -> None:
        """Take those of these rows anew that are there: they stay where they are, and are found by what they were."""
        changed = {self._key(row): row for row in rows}
        for place, key in enumerate(map(self._key, self._all)):
            if key in changed:
                self._all[place] = changed[key]
        for key in changed.keys() & self._at.keys():
            place = self._at[key]
            self._shown[place] = changed[key]
            self.dataChanged.emit(self.index(place, 0), self.index(place, len(self.columns) - 1))

    def search(self, text: str) -> None:
        """Show the rows in which every word of a text is found."""
        needles = tuple(folded(text).split())
        if needles != self._needles:
            self._needles = needles
            self._show()

    def place_of(self, key: str) -> int | None:
        """Return at which place a row is shown; None if it is not."""
        return self._at.get(key)

    def key_at(self, place: int) -> str:
        """Return what the row at a place is known by."""
        return self._key(self._shown[place])

    def _matching(self) -> list[_Row]:
        if not self._needles:
            return list(self._all)
        if self._hay is None:  # only whoever searches waits for it
            self._hay = [folded(self._haystack(row)) for row in self._all]
        pairs = zip(self._all, self._hay, strict=True)
        match self._needles:
            case (needle,):
                return [row for row, hay in pairs if needle in hay]
            case needles:
                return [row for row, hay in pairs if all(needle in hay for needle in needles)]

    def _show(self) -> None:
        shown = self._matching()
        keys = list(map(self._key, shown))
        if len(keys) == len(self._shown) and list(self._at) == keys:  # the same rows: only what they say may differ
            self._shown = shown
            if shown:
                self.dataChanged.emit(self.index(0, 0), self.index(len(shown) - 1, len(self.columns) - 1))
            return
        self.layoutAboutToBeChanged.emit()
        kept = [(index, self.key_at(index.row())) for index in self.persistentIndexList()]
        self._shown = shown
        self._at = {key: place for place, key in enumerate(keys)}
        for index, key in kept:
            place = self._at.get(key)
            self.changePersistentIndex(index, QModelIndex() if place is None else self.index(place, index.column()))
        self.layoutChanged.emit()

    @override
    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        return 0 if parent.isValid() else len(self._shown)

    @override
    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        return 0 if parent.isValid() else len(self.columns)

    @override
    def data(self, index: _Index, role: int = Role.DisplayRole) -> Any:
        column, row = self.columns[index.column()], self._shown[index.row()]
        match role:
            case Role.DisplayRole | Role.ToolTipRole | Role.AccessibleTextRole:
                return column.text(row)
            case Role.DecorationRole if column.icon is not None:
                return column.icon(row)
            case Role.ForegroundRole if column.ink is not None and (ink := column.ink(row)):
                return QBrush(QColor(ink))
            case Role.FontRole if column.bold:
                return self._bold
            case Role.TextAlignmentRole:
                return RIGHT if column.right else LEFT
            case _:
                return None

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Role.DisplayRole:
            return self.columns[section].title
        if role == Role.TextAlignmentRole:
            return RIGHT if self.columns[section].right else LEFT
        return None


class Table(QTableView, Generic[_Row]):
    """The table.

    Signals:
        chosen: which rows are chosen has changed.
        opened (row): Enter, or a double click, on a row.

    Args:
        rows: what is shown.
        look: sizes.
        name: for who cannot see it.
        many: whether several rows can be chosen at once.
    """

    chosen = Signal()
    opened = Signal(object)

    def __init__(
        self, rows: Rows[_Row], look: Look, name: str, parent: QWidget | None = None, *, many: bool = False
    ) -> None:
        super().__init__(parent)
        self.rows = rows
        self.setAccessibleName(name)
        self.setModel(rows)
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if many else mode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        down, across = self.verticalHeader(), self.horizontalHeader()
        down.hide()
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)  # else every row is measured
        down.setDefaultSectionSize(look.px(2.1))
        across.setHighlightSections(False)
        across.setSectionsClickable(False)
        for place, column in enumerate(rows.columns):
            if column.width:
                across.setSectionResizeMode(place, QHeaderView.ResizeMode.Interactive)
                self.setColumnWidth(place, look.px(column.width))
            else:
                across.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())
        self.doubleClicked.connect(lambda index: self.opened.emit(rows.shown[index.row()]))

    def chosen_rows(self) -> list[_Row]:
        """Return the rows that are chosen, from top to bottom."""
        places = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.rows.shown[place] for place in places]

    def current(self) -> _Row | None:
        """Return the row at which the keyboard is; None if at none."""
        index = self.currentIndex()
        return self.rows.shown[index.row()] if index.isValid() else None

    def choose(self, *keys: str) -> None:
        """Choose these rows, those of them that are shown, and go to the first."""
        places = [place for key in keys if (place := self.rows.place_of(key)) is not None]
        selection = QItemSelection()
        for place in places:
            selection.select(self.rows.index(place, 0), self.rows.index(place, len(self.rows.columns) - 1))
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(selection, flag.ClearAndSelect)
        if places:
            self.selectionModel().setCurrentIndex(self.rows.index(places[0], 0), flag.NoUpdate)
            self.scrollTo(self.rows.index(places[0], 0))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.current()
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and row is not None:
            self.opened.emit(row)
            return
        super().keyPressEvent(event)
