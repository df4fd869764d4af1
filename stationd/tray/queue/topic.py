"""What the window fetches of the queue."""

from __future__ import annotations

from typing import Final

from stationd.client.client import Client
from stationd.client.queue import QueueView
from stationd.tray.known import Topic

QUEUE: Final[Topic[QueueView]] = Topic(
    "queue",
    Client.queue,
    stirred_by=frozenset(
        {
            "job-arrived",
            "lease-inherited",
            "job-held",
            "job-released",
            "job-returned",
            "return-confirmed",
            "job-revoked",
            "order-withdrawn",
            "job-fronted",
            "job-unfronted",
            "attempt-reserved",
            "attempt-released",
            "attempt-given-up",
            "attempt-spoiled",
            "attempt-unknown",
            "question-answered",
            "step-observed",
            "card-accepted",
            "not-printed-said",
            "printed-card-found",
            "policy-adopted",
            "blanks-received",
            "payload-erased",
        }
    ),
    pause=0.5,
)
"""All jobs that are not over, in the order of their turn.

An order alone changes nobody's turn: the page shows it by itself, and a long queue is not fetched just then.
"""
