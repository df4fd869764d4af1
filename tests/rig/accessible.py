"""What a window tells who cannot see it or uses no pointer: each control has a name of its own, in reading order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget

ROW = 14
"""Pixels within which two things stand beside each other."""


def controls(window: QWidget) -> list[QWidget]:
    """Return what can be reached by Tab, in the order in which Tab reaches it."""
    found, each = [], window.nextInFocusChain()
    while each is not None and each is not window:
        inside = window.isAncestorOf(each) and each.window() is window
        if inside and each.isVisible() and each.isEnabled() and each.focusPolicy() & Qt.FocusPolicy.TabFocus:
            found.append(each)
        each = each.nextInFocusChain()
    return [each for each in found if each.focusProxy() is None]


def faults(window: QWidget) -> list[str]:
    """Return what is wrong with a window that is shown: one line for each fault."""
    return [*_nameless(window), *_twice(window), *_out_of_order(window)]


def _nameless(window: QWidget) -> Iterator[str]:
    for control in controls(window):
        if not spoken_name(control):
            yield f"{_what(control)} has no name"


def _twice(window: QWidget) -> Iterator[str]:
    seen: dict[tuple[str, object], QWidget] = {}
    for control in controls(window):
        told = spoken_name(control), spoken_role(control)
        if told[0] and told in seen:
            yield f"{_what(control)} has the same name as {_what(seen[told])}: {told[0]}"
        seen[told] = control


def _out_of_order(window: QWidget) -> Iterator[str]:
    """Each group of siblings is read from the top down and, in a row, from left to right; so is what holds them."""
    order = controls(window)
    for before, after in itertools.pairwise(order):
        one, other = _branches(before, after, window)
        if _comes_before(other, one, window):
            yield f"Tab goes from {_what(before)} to {_what(after)}, which stands before it"


def _branches(one: QWidget, other: QWidget, window: QWidget) -> tuple[QWidget, QWidget]:
    """Return the two branches, below what holds both, in which two controls are."""
    path_one, path_other = _path(one, window), _path(other, window)
    for each, twin in zip(path_one, path_other, strict=False):
        if each is not twin:
            return each, twin
    return one, other


def _path(widget: QWidget, window: QWidget) -> list[QWidget]:
    path = [widget]
    while path[-1] is not window and (parent := path[-1].parentWidget()) is not None:
        path.append(parent)
    return path[::-1]


def _comes_before(one: QWidget, other: QWidget, window: QWidget) -> bool:
    top_left, bottom_right = _corners(one, window)
    other_top_left, other_bottom_right = _corners(other, window)
    above = bottom_right.y() <= other_top_left.y() + ROW
    beside = top_left.y() < other_bottom_right.y() - ROW and other_top_left.y() < bottom_right.y() - ROW
    return above or (beside and bottom_right.x() <= other_top_left.x() + ROW)


def _corners(widget: QWidget, window: QWidget) -> tuple[QPoint, QPoint]:
    return widget.mapTo(window, QPoint(0, 0)), widget.mapTo(window, QPoint(widget.width(), widget.height()))


def spoken_name(widget: QWidget) -> str:
    """Return what a screen reader says first of a control."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip() if interface is not None else ""


def spoken_role(widget: QWidget) -> object:
    """Return what a screen reader says that a control is."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.role() if interface is not None else None


def _what(widget: QWidget) -> str:
    return f"{type(widget).__name__}({spoken_name(widget) or widget.objectName()})"
