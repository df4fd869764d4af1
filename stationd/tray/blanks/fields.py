"""What is filled in: numbers, and numbers of papers, each under its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QSpinBox, QWidget

from stationd.tray.theme import Look

MOST = 100_000
"""Of anything that is counted here."""


class Count(QSpinBox):
    """A number that a person counted; nothing is in it until they have.

    Args:
        name: what is counted.
        least: the smallest number that makes sense.
    """

    def __init__(self, name: str, least: int = 0) -> None:
        super().__init__()
        self._least = least
        self.setRange(least - 1, MOST)
        self.setSpecialValueText(" ")
        self.setValue(least - 1)
        self.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)  # what was counted is typed
        self.setAccessibleName(name)
        self.setKeyboardTracking(True)

    @property
    def counted(self) -> int | None:
        """The number; None as long as nothing is in it."""
        return None if self.value() < self._least else self.value()

    def propose(self, number: int) -> None:
        """Fill it in, so that it need only be agreed to."""
        self.setValue(number)
        self.selectAll()

    def clear_count(self) -> None:
        """Take out what is in it."""
        self.setValue(self._least - 1)


class Form(QWidget):
    """Fields below each other, each under its name. Enter leads from one that is typed to the next.

    After the last it calls `done`.

    Args:
        look: sizes.
        fields: by their names, in order.
        changed: is called when something was filled in.
        done: is called at Enter in the last field.
    """

    def __init__(
        self,
        look: Look,
        fields: Mapping[str, QWidget],
        changed: Callable[[], object],
        done: Callable[[], object],
    ) -> None:
        super().__init__()
        first = next(iter(fields.values()), None)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(look.px(0.3))
        typed = [field for field in fields.values() if isinstance(field, (QSpinBox, QLineEdit))]
        for row, (name, field) in enumerate(fields.items()):
            label = QLabel(name)
            label.setBuddy(field)
            field.setFixedWidth(look.px(14))
            field.setAccessibleName(name)
            grid.addWidget(label, 2 * row, 0)
            grid.addWidget(field, 2 * row + 1, 0)
            after = typed[typed.index(field) + 1 :] if field in typed else []
            self._lead_on(field, changed, _going(after[0]) if after else done)
        grid.setColumnStretch(1, 1)
        if first is not None:
            self.setFocusProxy(first)

    @staticmethod
    def _lead_on(field: QWidget, changed: Callable[[], object], onward: Callable[[], object]) -> None:
        match field:
            case QSpinBox():
                field.valueChanged.connect(lambda _: changed())
                field.lineEdit().returnPressed.connect(onward)
            case QLineEdit():
                field.textChanged.connect(lambda _: changed())
                field.returnPressed.connect(onward)
            case QComboBox():
                field.currentIndexChanged.connect(lambda _: changed())


def _going(field: QSpinBox | QLineEdit) -> Callable[[], object]:
    """Return what goes to a field, so that what is typed replaces what is there."""

    def go() -> None:
        field.setFocus()
        field.selectAll()

    return go


class Choice(QComboBox):
    """One of several, by the code that stands for it."""

    def __init__(self, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        for code, words in choices:
            self.addItem(words, code)

    @property
    def code(self) -> str:
        """What is chosen."""
        return str(self.currentData() or "")

    def choose(self, code: str) -> None:
        """Choose what a code stands for."""
        self.setCurrentIndex(max(0, self.findData(code)))
