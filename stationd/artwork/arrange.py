"""Every text of a card at its place: layout and data to lines with a baseline each, in millimetres. Pure."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Protocol

from stationd.artwork.errors import CannotFit, NoGlyph
from stationd.artwork.fit import STEP, Ink, Limits, Measure, Misfit, Room, baselines, fit, sizes
from stationd.artwork.geometry import HAIR, MM_PER_POINT, Box
from stationd.artwork.layout import Layout, Row, Table
from stationd.artwork.template import fill
from stationd.model.card import CardData


class Face(Protocol):
    """What the arrangement asks of a font."""

    def ink(self, line: str) -> Ink:
        """Measure a line, in ems."""

    def draws(self, character: str) -> bool:
        """Say whether the font has a picture for a character."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of type: its pen's start on the baseline, on the card."""

    text: str = field(repr=False)  # a citizen's
    x: float
    baseline: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A text set in its box. Its ink lies inside the box."""

    name: str
    box: Box
    font: str
    size: float
    lines: tuple[Line, ...]


def arrange(layout: Layout, card: CardData, faces: Mapping[str, Face]) -> tuple[Placed, ...]:
    """Set every text of the layout, labels included.

    Raises:
        CannotFit: a text is too long for its place.
        NoGlyph: a font lacks a character.
    """
    # Lines are measured many times over while they are tried; the memory of them ends with this call.
    setter = _Setter(layout, faces, {family: functools.cache(face.ink) for family, face in faces.items()})
    placed = [
        setter.set(
            text.name, fill(text.text, card, layout.dates), text.box, text.baseline, text.style, align=text.align
        )
        for text in layout.texts
    ]
    placed += _table(layout.table, setter, lambda template: fill(template, card, layout.dates))
    return tuple(placed)


@dataclass(frozen=True, slots=True)
class _Setter:
    """Sets one text in one box, in the layout's styles and fonts."""

    layout: Layout
    faces: Mapping[str, Face]
    measures: Mapping[str, Measure]

    def set(
        self,
        name: str,
        text: str,
        box: Box,
        baseline: float,
        style_name: str,
        *,
        align: str = "left",
        at_most: float = inf,
    ) -> Placed:
        """Set a text, no larger than `at_most` points."""
        style = self.layout.styles[style_name]
        face, measure = self.faces[style.font], self.measures[style.font]
        for character in text.replace("\n", ""):
            # A mark that did not compose with its letter would be drawn beside it.
            if not face.draws(character) or unicodedata.combining(character):
                raise NoGlyph(name)
        limits = Limits(max(style.min_size, min(style.size, at_most)), style.min_size, style.max_lines, style.leading)
        fitted = fit(text, Room(box.w, box.h, baseline), limits, measure)
        if isinstance(fitted, Misfit):
            raise CannotFit(name, box, fitted.lines_needed, style.max_lines, style.min_size)
        downs = baselines(len(fitted.lines), box.y + baseline, fitted.size, style.leading)
        lines = tuple(
            Line(line, _pen(measure(line), fitted.size, box, align), down)
            for line, down in zip(fitted.lines, downs, strict=True)
        )
        return Placed(name, box, style.font, fitted.size, lines)


def _pen(ink: Ink, size: float, box: Box, align: str) -> float:
    """Where the pen starts so that the ink keeps to its side of the box."""
    em = size * MM_PER_POINT
    free = box.w - (ink.left + ink.right) * em
    share = {"left": 0.0, "centre": 0.5, "right": 1.0}[align]
    return box.x + free * share + ink.left * em


def _table(table: Table, setter: _Setter, filled: Callable[[str], str]) -> list[Placed]:
    """Set the rows under each other.

    A row is one pitch high, and higher by the lines its value takes beyond the first, so that the next label stands
    one pitch below the value's last line. If all are too high together, the values of several lines are set smaller.
    """
    style = setter.layout.styles[table.style]
    natural = [_height(table, row, setter, filled, inf) for row in table.rows]
    for at_most in (inf, *sizes(style.size - STEP, style.min_size)):
        heights = [
            _height(table, row, setter, filled, at_most) if height > table.pitch else height
            for row, height in zip(table.rows, natural, strict=True)
        ]
        left = table.box.h - sum(heights)
        if left >= -HAIR:
            break
    else:
        raise _too_high(table, setter, filled, heights, left)
    spread = min(table.spread, max(0.0, left) / max(1, len(heights) - 1))
    placed, y = [], table.box.y
    for row, height in zip(table.rows, heights, strict=True):
        placed += _cells(table, row, setter, filled, y, height, at_most if height > table.pitch else inf)
        y += height + spread
    return placed


def _height(table: Table, row: Row, setter: _Setter, filled: Callable[[str], str], at_most: float) -> float:
    """A row's height if its values are `at_most` points large."""
    cells = _cells(table, row, setter, filled, table.box.y, table.box.h, at_most)
    return table.pitch + max(cell.lines[-1].baseline - cell.lines[0].baseline for cell in cells if cell.lines)


def _cells(
    table: Table, row: Row, setter: _Setter, filled: Callable[[str], str], y: float, height: float, at_most: float
) -> list[Placed]:
    """Set one row's label, separator and value, and the label and value beside them."""

    def cell(name: str, text: str, x: float, right: float, style: str, at_most: float = inf) -> Placed:
        return setter.set(name, text, Box(x, y, right - x, height), table.baseline, style, at_most=at_most)

    end = table.box.right if row.beside is None else row.beside.x
    cells = [
        cell(f"{row.name}.label", row.label, table.box.x + row.indent, table.separator_x, table.label_style),
        cell(f"{row.name}.separator", table.separator, table.separator_x, table.value_x, table.label_style),
        cell(row.name, filled(row.text), table.value_x, end, row.style or table.style, at_most),
    ]
    if (beside := row.beside) is not None:
        cells += [
            cell(f"{beside.name}.label", beside.label, beside.x, beside.value_x, table.label_style),
            cell(beside.name, filled(beside.text), beside.value_x, table.box.right, table.style, at_most),
        ]
    return cells


def _too_high(
    table: Table, setter: _Setter, filled: Callable[[str], str], heights: list[float], left: float
) -> CannotFit:
    """All rows together are higher than the table: name the one that takes the most room."""
    at = heights.index(max(heights))
    row, room = table.rows[at], heights[at] + left
    value = _cells(table, row, setter, filled, table.box.y, table.box.h, 0)[2]
    style = setter.layout.styles[row.style or table.style]
    fits = 1 + int(max(0.0, room - table.pitch) / (style.leading * value.size * MM_PER_POINT))
    box = Box(value.box.x, table.box.y, value.box.w, max(room, table.pitch))
    return CannotFit(row.name, box, len(value.lines), min(fits, len(value.lines) - 1), style.min_size)
