"""The short form of `script/campaign morning`: the real window, by its keys alone, on a real daemon."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaigns import morning

pytestmark = pytest.mark.timeout(300)

MOST_KEYS = 5
"""Key presses for each of the ten commonest tasks, once signed in; what is typed is not counted."""

TASKS = {
    "print next",
    "print one by name",
    "print ten",
    "mark spoiled and retry",
    "answer a question",
    "hand over",
    "receive blanks",
    "load hopper",
    "see days left",
    "end-of-day report",
}


def test_a_morning_by_keyboard_alone(tmp_path: Path) -> None:
    found, pressed = morning.work(tmp_path / "morning", 5, lambda _: None)
    assert len(found.compared) > 10
    assert not found.wrong
    assert max(pressed.values()) <= MOST_KEYS
    assert set(pressed) >= TASKS
