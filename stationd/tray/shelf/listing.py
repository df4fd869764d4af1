"""The table of finished cards: what each column says of one, and which are wanted at a look."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtGui import QIcon

from stationd.client.queue import QueuedView
from stationd.client.shelf import FoundCardView, NoticeView
from stationd.model.job import HoldCause
from stationd.tray.condition import Condition
from stationd.tray.icon import condition_icon
from stationd.tray.queue.finding import haystack
from stationd.tray.queue.listing import spaced
from stationd.tray.table import Column, Rows
from stationd.tray.words import Speech

TRANSFER = "transfer"
"""What a card is due for that nobody has collected."""


def reprints(jobs: tuple[QueuedView, ...]) -> dict[str, QueuedView]:
    """Return jobs that wait because an earlier card of their citizen lies here, by that card's job."""
    return {job.detail: job for job in jobs if job.cause == HoldCause.LIES_HERE and job.detail}


def notice_words(notice: NoticeView, speech: Speech) -> str:
    """Say of one notice how far it came."""
    return speech.say("shelf.notice", n=notice.number, delivery=speech.name("delivery", notice.delivery))


def state_words(card: FoundCardView, speech: Speech, *, reprint: bool = False) -> str:
    """Say in a word or two how it is with a card."""
    if card.lost is not None:
        return speech.say("shelf.lost")
    if card.due == TRANSFER:
        return speech.say("shelf.due")
    if reprint:
        return speech.say("shelf.blocks")
    return notice_words(card.notices[-1], speech) if card.notices else speech.say("shelf.not-noticed")


def name_of(card: FoundCardView, speech: Speech) -> str:
    """Return whose card it is; its job where no record of the owner is kept."""
    return card.name or speech.say("shelf.nameless", job=card.job_id)


class CardRows(Rows[FoundCardView]):
    """The table of finished cards.

    Args:
        speech: words.
        now: gives the time in seconds since the epoch, for how long a card has waited.
    """

    def __init__(self, speech: Speech, now: Callable[[], float]) -> None:
        self._speech = speech
        self._now = now
        self.reprints: Mapping[str, QueuedView] = {}
        say = speech.say
        super().__init__(
            (
                Column(say("shelf.place"), lambda card: card.place or "–", 5.2, bold=True),
                Column(say("shelf.name"), lambda card: name_of(card, speech), bold=True),
                Column(say("shelf.nik"), lambda card: spaced(card.nik), 10.5),
                Column(say("shelf.since"), self.age, 5.2, right=True),
                Column(say("shelf.state"), self.state, 13.5, icon=self._sign),
            ),
            lambda card: card.job_id,
            lambda card: f"{haystack(card.name, card.nik)} {card.place} {card.job_id}",
        )

    def age(self, card: FoundCardView) -> str:
        """Say how long a card has lain here."""
        return self._speech.formats.length(self._now() - card.since) if card.since else ""

    def state(self, card: FoundCardView) -> str:
        """Say how it is with a card."""
        return state_words(card, self._speech, reprint=card.job_id in self.reprints)

    def _sign(self, card: FoundCardView) -> QIcon | None:
        """Mark only what somebody should look at: most cards just wait."""
        if card.lost is not None:
            return condition_icon(Condition.STOPPED)
        wanted = card.due == TRANSFER or card.job_id in self.reprints
        return condition_icon(Condition.NEEDS_YOU) if wanted else None
