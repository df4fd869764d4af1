"""The shelf: finished cards found, laid in their places and handed over; boxes from elsewhere taken in."""

from stationd.tray.shelf.page import ShelfPage

__all__ = ["ShelfPage"]
