"""The card: its picture before and after, its steps and the time left, and then good or spoiled."""

from stationd.tray.card.page import CardPage

__all__ = ["CardPage"]
