"""Blanks: what there is, how long it lasts, and everything that is done with them by hand."""

from stationd.tray.blanks.page import BlanksPage

__all__ = ["BlanksPage"]
