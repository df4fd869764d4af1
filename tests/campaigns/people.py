"""What the office's people do after a pull: they wait, answer what they are asked, and put cards where they belong."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from stationd.client import LineView, QuestionView, StationAbsent, StatusView
from tests.campaigns.checker import PILES, TRAY, Checker
from tests.campaigns.office import LINE, MACHINE, Office
from tests.campaigns.plan import Pull

POLL = 0.05
PATIENCE = 60.0
"""Seconds after which a station that has not come to rest is stuck."""

STUCK = 12.0
"""Seconds without a word in the book after which somebody opens the printer and looks."""


class DidNotSettle(Exception):
    """The station did not come to rest, or is gone."""


@dataclass
class Settled:
    """How a station came to rest.

    Attributes:
        asked: how many questions were answered.
        helped: what else a person had to do.
        seconds: how long it took.
    """

    asked: int = 0
    helped: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def alone(self) -> bool:
        """No person was needed."""
        return not self.asked and not self.helped


class People:
    """The people of one office."""

    def __init__(self, office: Office, checker: Checker, rng: random.Random) -> None:
        self._office = office
        self._checker = checker
        self._rng = rng

    def settle(self, pull: Pull) -> Settled:
        """Wait until no card is under way, helping where the station asks for it.

        Raises:
            DidNotSettle: if it never comes to rest.
        """
        began = heard_at = time.monotonic()
        done, book = Settled(), 0
        while True:
            now = time.monotonic()
            status = self._status()
            if status.book != book:
                book, heard_at = status.book, now
            if status.questions:
                for question in status.questions:
                    self._answer(question, wrongly=pull.answers_wrongly)
                    done.asked += 1
            elif not status.jobs.get("printing", 0) and not status.jobs.get("ordered", 0):
                break
            elif now - heard_at > STUCK:
                done.helped += (self._help(status.lines[0]),)
                heard_at = now
            elif help_wanted := self._asked_for(status.lines[0]):
                done.helped += (help_wanted,)
            if now - began > PATIENCE:
                raise DidNotSettle(f"after {PATIENCE:.0f} s: {status}")
            time.sleep(POLL)
        done.seconds = time.monotonic() - began
        return done

    def accept(self) -> None:
        """Accept what was delivered and let what was spoiled be tried again."""
        with self._office.client() as client:
            for job in client.jobs():
                if job.state == "delivered":
                    client.accept(job.job_id)
                    self._checker.put_on_shelf(job.job_id)
                elif job.state == "held" and job.cause == "spoiled":
                    client.release(job.job_id)

    def _status(self) -> StatusView:
        try:
            return self._office.status()
        except StationAbsent as absent:
            if not self._office.alive:
                end = self._office.log.read_text()[-1500:]
                raise DidNotSettle(f"the daemon ended by itself: {end}") from absent
            raise DidNotSettle(f"the daemon does not answer: {absent}") from absent

    # --- questions --------------------------------------------------------------------------------------------------

    def _answer(self, question: QuestionView, *, wrongly: bool) -> None:
        """Say what became of a card, and put it where that says."""
        card = self._card_of(question)
        answer = "missing" if (card is None) is not wrongly else "spoiled"
        with self._office.client() as client:
            client.answer(question.question_id, answer)
        if answer == "missing":
            return
        if card is None:  # somebody takes the next blank for it
            card = self._office.world.census()[PILES["hopper"]][0]
        if self._office.world.card(card).place == PILES["machine"]:
            self._office.take_out(PILES["reject"])
        else:
            self._office.world.move(card, PILES["reject"])
        self._checker.reject_by_hand(card)

    def _card_of(self, question: QuestionView) -> str | None:
        """Return the card that a question is about, if it lies where a person can come upon it."""
        ledger = self._checker.ledger
        ledger.read()
        with self._office.client() as client:
            asked = next(job.attempt_id for job in client.jobs() if job.job_id == question.job_id)
        census = self._office.world.census()
        places = [PILES[place] for place in ("machine", "output", "reject")] + [TRAY]
        resting = set().union(*self._checker.settled.values()) | self._checker.aside
        loose = [card for place in places for card in census.get(place, ()) if card not in resting]
        tags = {card: self._checker.examine(card).tag for card in loose}
        attempt = ledger.attempts[asked or ""]
        own = [card for card in loose if tags[card] in attempt.tags]
        return next(iter(own or [card for card in loose if ledger.of_tag(tags[card]) is None]), None)

    # --- other help -------------------------------------------------------------------------------------------------

    def _asked_for(self, line: LineView) -> str:
        """Do what the line's cause plainly asks for."""
        if line.cause == "spoils-in-a-row":
            with self._office.client() as client:
                client.resume_line(LINE)
            return line.cause
        return ""

    def _help(self, line: LineView) -> str:
        """Open the printer and take out what is inside, as a person does who sees a line stand still.

        If that was not it, the cable is pulled and put in again.
        """
        taken = self._office.take_out(TRAY)
        if not taken:
            self._office.hand("unplug")
            self._checker.breaks.append(time.monotonic())
            self._office.hand("replug", new_address=False)
        return f"{line.state} {line.cause}: {'card taken out of' if taken else 'cable put in again at'} {MACHINE}"
