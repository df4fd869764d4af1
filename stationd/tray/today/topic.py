"""What the window fetches of a day and its papers."""

from __future__ import annotations

from typing import Final

from stationd.client.client import Client
from stationd.client.documents import DayView, DocumentView
from stationd.tray.known import Topic

DAY: Final[Topic[DayView]] = Topic("day", lambda client: client.day(), pause=2.0)
"""The figures of the office's day that is now."""

PAPERS: Final[Topic[list[DocumentView]]] = Topic(
    "papers",
    Client.documents,
    stirred_by=frozenset(
        {"document-issued", "document-scan-filed", "document-erased", "card-handed-over", "card-transferred"}
    ),
    pause=0.5,
)
"""The papers that were issued, newest first."""
