"""Today: what was done and what is left, at one look."""

from stationd.tray.today.page import TodayPage

__all__ = ["TodayPage"]
