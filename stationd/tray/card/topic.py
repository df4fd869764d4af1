"""What the window fetches of the cards that are being made."""

from __future__ import annotations

from typing import Final

from stationd.client.client import Client
from stationd.client.queue import CardView
from stationd.tray.known import Topic

CARDS: Final[Topic[list[CardView]]] = Topic(
    "cards",
    Client.cards,
    stirred_by=frozenset(
        {
            "attempt-reserved",
            "step-intended",
            "step-observed",
            "step-declined",
            "step-failed",
            "blank-unfit",
            "attempt-spoiled",
            "attempt-released",
            "attempt-recalled",
            "attempt-resumed",
            "attempt-given-up",
            "attempt-unknown",
            "question-answered",
            "card-accepted",
            "line-stopped",
            "line-ready",
        }
    ),
    ticks=True,
)
"""The cards inside the lines, and those that came out and wait to be looked at."""
