"""The screens that the window has."""

from __future__ import annotations

from typing import Final

from stationd.tray.blanks import BlanksPage
from stationd.tray.card import CardPage
from stationd.tray.page import Page
from stationd.tray.questions import QuestionsPage
from stationd.tray.queue import QueuePage
from stationd.tray.shelf import ShelfPage
from stationd.tray.today import TodayPage

PAGES: Final[tuple[type[Page], ...]] = (QueuePage, CardPage, QuestionsPage, ShelfPage, BlanksPage, TodayPage)
"""In any order: `stationd.tray.page.ORDER` says how they stand."""
