"""Questions that only a person can answer."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from stationd.model import events, issuance
from stationd.model.blank import Movement, Place
from stationd.model.issuance import CardRegion, ChipRegion
from stationd.station.floor import Floor
from stationd.station.refusal import Kind, Refused


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

    def answer(self, question_id: str, answer: str, officer: str) -> None:
        """Say what became of a card whose fate is unknown.

        A finished card that came out waits to be accepted like any other; otherwise the job is held until a retry is
        allowed.
        """
        self._allow_printing(officer)
        if answer not in set(Answer):
            raise Refused(Kind.NOT_VALID, "no-such-answer", question_id, answer)
        with self.store.write(officer) as transaction:
            question = transaction.question(question_id)
            if question is None:
                raise Refused(Kind.NOT_FOUND, "no-such-question", question_id)
            if question.answer is not None:
                raise Refused(Kind.NOT_NOW, "already-answered", question_id, question.answer)
            attempt = transaction.attempt(question.attempt_id)
            if answer == Answer.OUT and attempt.chip is not ChipRegion.ACTIVE:
                raise Refused(Kind.NOT_NOW, "card-was-not-finished", question_id)
            place = Place.OUTPUT if attempt.card is CardRegion.DELIVERED else Place.IN_QUESTION
            moved = Movement(attempt.account(place), attempt.account(_ANSWERED[Answer(answer)]), 1)
            transaction.record(
                events.QuestionAnswered(
                    question_id=question_id, attempt_id=attempt.attempt_id, answer=answer, moves=(moved,)
                )
            )
        self._wake()
