"""A figure: what was measured, what was run beside it, and the ratio of the two."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

import msgspec


class Series(msgspec.Struct, frozen=True):
    """What one thing took, several times over."""

    what: str
    unit: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    def line(self) -> str:
        """Describe it in one line: number of runs, least, median and most."""
        if len(self.values) == 1:
            return f"{_number(self.median)} {self.unit}"
        low, middle, high = (_number(value) for value in (min(self.values), self.median, max(self.values)))
        return f"{low} – {middle} – {high} {self.unit}   ({len(self.values)} runs)"


class Aim(msgspec.Struct, frozen=True):
    """What a figure should be: `value` or better, in the direction of `sense` (`≥` or `≤`).

    It is held against the ratio, or against the median of what was measured.
    """

    sense: str
    value: float
    unit: str = ""
    of_ratio: bool = False

    def met(self, value: float) -> bool:
        """Say whether a value is good enough."""
        return value >= self.value if self.sense == "≥" else value <= self.value


class Figure(msgspec.Struct, frozen=True):
    """One figure.

    Attributes:
        name: in a word or two.
        measured, reference: the two things that ran beside each other.
        ratio: of what to what, in words; empty for measured ÷ reference.
        inverse: the ratio is reference ÷ measured.
        parts: what it consists of, or what else was seen.
    """

    name: str
    measured: Series
    reference: Series
    ratio: str = ""
    inverse: bool = False
    aim: Aim | None = None
    parts: tuple[Series, ...] = ()

    @property
    def value(self) -> float:
        """The ratio of the medians."""
        one, other = self.measured.median, self.reference.median
        above, below = (other, one) if self.inverse else (one, other)
        return above / below if below else math.inf

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None without one."""
        if self.aim is None:
            return None
        return self.aim.met(self.value if self.aim.of_ratio else self.measured.median)


def as_json(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Return the figures as data, the ratio and the medians included."""
    return [_with_medians(figure) for figure in figures]


def _with_medians(figure: Figure) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(figure)
    data |= {"value": figure.value if math.isfinite(figure.value) else None, "met": figure.met}
    data["measured"]["median"], data["reference"]["median"] = figure.measured.median, figure.reference.median
    return data


def text(figure: Figure) -> str:
    """Describe a figure for people; the ratio is always that of the medians."""
    ratio = figure.ratio or f"{figure.measured.what} ÷ {figure.reference.what}"
    lines = [figure.name, f"  {ratio}: {_number(figure.value)}{_verdict(figure, of_ratio=True)}"]
    verdict = _verdict(figure, of_ratio=False)
    lines += [
        f"    {series.what:<58} {series.line()}{verdict if series is figure.measured else ''}"
        for series in (figure.measured, figure.reference, *figure.parts)
    ]
    return "\n".join(lines)


def _verdict(figure: Figure, *, of_ratio: bool) -> str:
    aim = figure.aim
    if aim is None or aim.of_ratio is not of_ratio:
        return ""
    unit = f" {aim.unit}" if aim.unit else ""
    return f"   aim {aim.sense} {_number(aim.value)}{unit}: {'met' if figure.met else 'MISSED'}"


def _number(value: float) -> str:
    """Round to three digits that say something."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
