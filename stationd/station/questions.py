"""Questions that only a person can answer."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from stationd.model import events, issuance
from stationd.model.blank import Movement, Place
from stationd.model.issuance import CardRegion
from stationd.press.tap import TapFailed
from stationd.station.floor import Floor, require_sound
from stationd.station.refusal import Kind, Refused
from stationd.store.rows import Question
from stationd.store.view import View


class Answer(StrEnum):
    """What an officer may say of a card whose fate is unknown. None makes a card live that is not."""

    OUT = issuance.FOUND_OUTSIDE
    SPOILED = "spoiled"
    MISSING = "missing"


_ANSWERED: Mapping[Answer, Place] = {
    Answer.OUT: Place.OUTPUT,
    Answer.SPOILED: Place.REJECT,
    Answer.MISSING: Place.MISSING,
}


class Questions(Floor):
    """What a person may say of a card whose fate is unknown."""

    def answer(self, question_id: str, answer: str, officer: str, *, tap: bool = False) -> None:
        """Say what became of a card whose fate is unknown.

        A finished card that came out waits to be accepted like any other; otherwise the job is held until a retry is
        allowed. With a tap the chip of the card in hand is read first: that settles what is on it, the officer's answer
        settles how it looks.

        Args:
            question_id: as asked.
            answer: an `Answer`.
            officer: who says so.
            tap: the card lies on the desk reader, or is about to.

        Raises:
            Refused: if it is not asked any more, or the answer does not go with what is known of the card.
        """
        self._allow_printing(officer)
        if answer not in set(Answer):
            raise Refused(Kind.NOT_VALID, "no-such-answer", question_id, answer)
        tapped = self._tapped(question_id) if tap else ""
        with self.store.write(officer) as transaction:
            attempt = transaction.attempt(_open_question(transaction, question_id).attempt_id)
            if answer == Answer.OUT:
                require_sound(transaction, question_id)
            if answer == Answer.OUT and not issuance.may_be_out(attempt, tapped):
                raise Refused(Kind.NOT_NOW, "card-was-not-finished", question_id, tapped)
            if answer == Answer.MISSING and tapped:
                raise Refused(Kind.NOT_NOW, "card-is-here", question_id)
            place = Place.OUTPUT if attempt.card is CardRegion.DELIVERED else Place.IN_QUESTION
            moved = Movement(attempt.account(place), attempt.account(_ANSWERED[Answer(answer)]), 1)
            transaction.record(
                events.QuestionAnswered(
                    question_id=question_id,
                    attempt_id=attempt.attempt_id,
                    answer=answer,
                    tapped=tapped,
                    identity="" if answer == Answer.OUT else attempt.identity,
                    moves=(moved,),
                )
            )
        self._wake()

    def _tapped(self, question_id: str) -> issuance.Tapped:
        """Read the chip of the card that a question is about."""
        with self.store.read() as view:
            question = _open_question(view, question_id)
            attempt, job = view.attempt(question.attempt_id), view.job(question.job_id)
        if job is None:
            raise Refused(Kind.NOT_FOUND, "no-such-job", question.job_id)
        try:
            return self._tap.look(job, attempt)
        except TapFailed as failure:
            raise Refused(Kind.NOT_NOW, failure.cause, question.job_id, failure.detail) from failure


def _open_question(view: View, question_id: str) -> Question:
    question = view.question(question_id)
    if question is None:
        raise Refused(Kind.NOT_FOUND, "no-such-question", question_id)
    if question.answer is not None:
        raise Refused(Kind.NOT_NOW, "already-answered", question_id, question.answer)
    return question
