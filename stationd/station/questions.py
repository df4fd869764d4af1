"""Questions that only a person can answer."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from stationd.model import events, issuance
from stationd.model.blank import Movement, Place
from stationd.model.issuance import CardRegion
from stationd.model.whereabouts import spots
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


class AnswerOpen(msgspec.Struct, frozen=True):
    """An answer that goes with what is known of a card; `tap`: `no`, `may`, or `must` be given with the card's tap."""

    answer: Answer
    tap: str


class QuestionTold(msgspec.Struct, frozen=True):
    """Something that only a person can tell, as it is put to one.

    Attributes:
        question_id, job_id, line, step, cause: as in `stationd.store.rows.Question`.
        spots: where the card may be, each a `stationd.model.whereabouts.Spot`.
        answers: that may be given.
    """

    question_id: str
    job_id: str
    line: str
    step: str
    cause: str
    spots: tuple[str, ...]
    answers: tuple[AnswerOpen, ...]


class Questions(Floor):
    """What a person may say of a card whose fate is unknown."""

    def questions(self) -> list[QuestionTold]:
        """Return what nobody has answered yet, as it is put to a person."""
        with self.store.read() as view:
            asked = [(question, view.attempt(question.attempt_id)) for question in view.open_questions()]
        return [_put(question, attempt) for question, attempt in asked]

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


def _put(question: Question, attempt: issuance.Attempt) -> QuestionTold:
    sure = issuance.may_be_out(attempt, "")
    return QuestionTold(
        question.question_id,
        question.job_id,
        question.line,
        question.step,
        question.cause,
        spots(attempt.route, question.step),
        (
            AnswerOpen(Answer.OUT, "may" if sure else "must"),
            AnswerOpen(Answer.SPOILED, "may"),
            AnswerOpen(Answer.MISSING, "no"),
        ),
    )


def _open_question(view: View, question_id: str) -> Question:
    question = view.question(question_id)
    if question is None:
        raise Refused(Kind.NOT_FOUND, "no-such-question", question_id)
    if question.answer is not None:
        raise Refused(Kind.NOT_NOW, "already-answered", question_id, question.answer)
    return question
