"""The queue: who waits for a card, found by name or NIK as one types, and printed."""

from stationd.tray.queue.page import QueuePage

__all__ = ["QueuePage"]
