"""Colours, signs, numbers and dates."""

from __future__ import annotations

import datetime
import itertools

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from stationd.tray.condition import Condition
from stationd.tray.formats import Formats
from stationd.tray.icon import condition_icon
from stationd.tray.palette import MEETINGS, OF_CONDITION, TONES, contrast
from stationd.words import Words

MAKASSAR = datetime.timezone(datetime.timedelta(hours=8))
SUNDAY = datetime.datetime(2026, 11, 22, 14, 5, 9, tzinfo=MAKASSAR).timestamp()


@pytest.mark.parametrize(("ink", "paper", "least"), MEETINGS)
def test_colours_that_meet_differ_enough(ink: str, paper: str, least: float) -> None:
    assert contrast(ink, paper) >= least


def test_contrast_is_what_the_guideline_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def _shape(image: QImage) -> list[bool]:
    return [image.pixelColor(x, y).alpha() > 127 for x, y in itertools.product(range(image.width()), repeat=2)]


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("size", [16, 22, 48])
def test_each_condition_has_a_shape_of_its_own(size: int, qapp: QApplication) -> None:
    shapes = {each: _shape(condition_icon(each).pixmap(QSize(size, size)).toImage()) for each in Condition}
    for one, other in itertools.combinations(Condition, 2):
        differing = sum(a != b for a, b in zip(shapes[one], shapes[other], strict=True))
        assert differing > size * size * 0.02, (one, other)


def test_conditions_that_matter_have_colours_of_their_own() -> None:
    loud = [Condition.READY, Condition.WORKING, Condition.NEEDS_YOU, Condition.STOPPED]
    assert len({TONES[OF_CONDITION[each]].sign for each in loud}) == len(loud)


class TestFormats:
    def test_indonesia(self) -> None:
        formats = Formats(Words("id"), MAKASSAR)
        assert formats.moment(SUNDAY) == "Minggu, 22 November 2026 14.05"
        assert formats.number(21685) == "21.685"
        assert formats.number(1234.5, 2) == "1.234,50"
        assert formats.percent(1.0005) == "100 %"
        assert formats.brief(SUNDAY, SUNDAY + 60) == "14.05"
        assert formats.brief(SUNDAY, SUNDAY + 86_400) == "22 November 2026 14.05"
        assert formats.length(3700) == "1 jam"
        assert formats.countdown(65) == "1:05"

    def test_english(self) -> None:
        formats = Formats(Words("en"), MAKASSAR)
        assert formats.moment(SUNDAY) == "Sunday, 22 November 2026 14:05"
        assert formats.number(21685) == "21,685"
