"""What the window fetches of the shelf."""

from __future__ import annotations

from typing import Final

from stationd.client.client import Client
from stationd.client.shelf import ArrivalView, FoundCardView
from stationd.tray.known import Topic

MOST: Final = 10_000
"""Cards that are fetched: more than an office's shelf holds."""

SHELF: Final[Topic[list[FoundCardView]]] = Topic(
    "shelf",
    lambda client: client.search_shelf(limit=MOST),
    stirred_by=frozenset(
        {
            "card-accepted",
            "printed-card-found",
            "card-placed",
            "card-handed-over",
            "card-withdrawn",
            "card-transferred",
            "card-lost",
            "card-found",
            "card-arrived",
            "shelf-inherited",
            "notice-asked",
            "notice-begun",
            "notice-sent",
            "notice-delivered",
            "notice-failed",
            "notice-doubtful",
            "policy-adopted",
        }
    ),
    pause=0.5,
)
"""All finished cards that lie here, oldest first. Followed once the screen was shown: it opens whose they are."""

ARRIVALS: Final[Topic[list[ArrivalView]]] = Topic(
    "arrivals",
    Client.arrivals,
    stirred_by=frozenset({"arrival-opened", "card-arrived", "extra-card-arrived", "arrival-closed"}),
    pause=0.5,
)
"""Boxes from elsewhere that are being gone through."""
