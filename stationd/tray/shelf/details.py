"""Beside the table: one finished card in full, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from stationd.client.shelf import FoundCardView
from stationd.tray.details import DetailsPanel
from stationd.tray.notice import Notice
from stationd.tray.page import Shell
from stationd.tray.palette import Tone
from stationd.tray.queue.listing import spaced
from stationd.tray.shelf.listing import TRANSFER, CardRows, name_of, notice_words

DEEDS = ("hand-over", "place-card", "card-lost")


class Details(DetailsPanel):
    """One card in full.

    Args:
        shell: what the frame gives.
        rows: of the table, for what it says of a card.
    """

    def __init__(self, shell: Shell, rows: CardRows) -> None:
        super().__init__(shell, 18)
        self._rows = rows
        self._place = self._label(1.5, bold=True)
        self._name = self._label(1.18, bold=True)
        self._nik = self._label(1.0)
        self._facts = self._label(1.0, soft=True)
        self._notices = self._label(1.0, soft=True)
        self.notice = Notice(shell.look)
        labels = self._name, self._nik, self._place, self.notice, self._facts, self._notices
        self._lay_out(labels, DEEDS)

    def show_cards(self, cards: Sequence[FoundCardView]) -> None:
        """Show the cards that are chosen."""
        say = self._shell.speech.say
        if len(cards) == 1:
            self._show_card(cards[0])
            return
        self._name.setText(say("shelf.chosen", n=len(cards)) if cards else say("shelf.none-chosen"))
        self._nik.setText("" if cards else say("shelf.none-chosen-do"))
        self.notice.hide()
        for label in (self._place, self._facts, self._notices):
            label.setText("")
            label.hide()

    def _show_card(self, card: FoundCardView) -> None:
        speech = self._shell.speech
        say, day_of = speech.say, speech.formats.day_of
        self._name.setText(name_of(card, speech))
        self._nik.setText(spaced(card.nik))
        self._place.setText(say("shelf.lies", place=card.place) if card.place else say("shelf.no-place"))
        facts = [card.address, ", ".join(part for part in (card.kelurahan, card.kecamatan) if part)]
        if card.since:
            since = speech.formats.date(day_of(card.since), weekday=False)
            facts.append(say("shelf.since-day", age=self._rows.age(card), day=since))
        facts += [say("shelf.came", list=card.came)] if card.came else []
        self._facts.setText("\n".join(fact for fact in facts if fact))
        notices = [
            f"{notice_words(notice, speech)}, {speech.formats.date(day_of(notice.at), weekday=False)}"
            for notice in card.notices
        ]
        self._notices.setText("\n".join(notices) or say("shelf.not-noticed-yet"))
        for label in (self._place, self._facts, self._notices):
            label.show()
        self._say_what_is_wanted(card)

    def _say_what_is_wanted(self, card: FoundCardView) -> None:
        say = self._shell.speech.say
        waiting = self._rows.reprints.get(card.job_id)
        if card.lost is not None:
            self.notice.say(Tone.BAD, say("shelf.lost-what"), say("shelf.lost-do"))
        elif waiting is not None:
            reason = self._shell.speech.name("reason", waiting.reason)
            self.notice.say(Tone.CARE, say("shelf.blocks-what", reason=reason), say("shelf.blocks-do"))
        elif card.due == TRANSFER:
            self.notice.say(Tone.CARE, say("shelf.due-what"), say("shelf.due-do"))
        else:
            self.notice.hide()
