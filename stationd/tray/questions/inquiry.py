"""How each thing is asked: the words, the answers there are, and what an answer comes to.

An answer is either something that the daemon is asked to do, or leads to another question about the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from stationd.client.blanks import DiscrepancyView, ExchangeView
from stationd.client.client import Client
from stationd.client.queue import QuestionToldView
from stationd.client.status import JobView
from stationd.model.blank import Place
from stationd.model.settling import State, explanations
from stationd.tray.guided import Answer, Draw
from stationd.tray.questions import pictures
from stationd.tray.questions.asked import Subject
from stationd.tray.words import Speech


class Stage(StrEnum):
    """Which question about a thing is asked."""

    FIRST = "first"
    TAP = "tap"
    SURE = "sure"
    OTHERWISE = "otherwise"


@dataclass(frozen=True)
class Inquiry:
    """One question.

    Attributes:
        title: what it is about, for a list of several.
        what: the question.
        more: what helps to answer it.
        answers: in the order in which they are shown.
        draw: the picture beside it.
        field: what is to be typed beside the answers; empty if nothing.
    """

    title: str
    what: str
    more: str
    answers: tuple[Answer, ...]
    draw: Draw
    field: str = ""


Act = Callable[[Client], object]
Outcome = Act | Stage | None
"""What an answer comes to; None: it is done on another screen."""


class Asking:
    """Puts things into questions.

    Args:
        speech: its words.
    """

    def __init__(self, speech: Speech) -> None:
        self._speech = speech

    def inquire(self, subject: Subject, stage: Stage, officer: str) -> Inquiry:
        """Return a question.

        Args:
            subject: what it is about.
            stage: which question about it.
            officer: who is asked.
        """
        match subject:
            case QuestionToldView():
                return self._of_card(subject, stage)
            case JobView():
                return self._of_doubt(subject, officer)
            case DiscrepancyView():
                return self._of_difference(subject, stage, officer)
            case ExchangeView():
                return self._of_hopper(subject)

    def where(self, subject: str) -> str:
        """Return the words of a pile or a printer, as a difference names it."""
        place, *rest = subject.split("/")
        if place not in set(Place):
            return subject
        name = self._speech.name("place", place)
        lines = [part for part in rest if part not in self._speech.words.codes("stock")]
        return f"{name} {' '.join(lines)}".strip()

    # --- each kind ----------------------------------------------------------------------------------------------------

    def _of_card(self, asked: QuestionToldView, stage: Stage) -> Inquiry:
        title = self._say("card.title", job=asked.job_id, line=asked.line)
        if stage is Stage.TAP:
            both = (self._answer("card", "tapped", main=True), self._answer("card", "back"))
            return Inquiry(title, self._say("card.tap-what"), self._say("card.tap-more"), both, pictures.card_on_reader)
        if stage is Stage.SURE:
            both = (self._answer("card", "back", main=True), self._answer("card", "sure"))
            what, more = self._say("card.sure-what"), self._say("card.sure-more")
            return Inquiry(title, what, more, both, pictures.where_a_card_may_be())
        step = self._speech.name("step", asked.step) if asked.step else ""
        places = self._places(asked.spots or self._speech.words.codes("spot"))
        more = self._say("card.more", line=asked.line, step=step, places=places)
        why = self._speech.words.cause(asked.cause, asked.line).what if asked.cause else ""
        answers = tuple(self._answer("card", each.answer) for each in asked.answers)
        return Inquiry(
            title,
            self._say("card.what", job=asked.job_id),
            f"{more} {why}".strip(),
            answers,
            pictures.where_a_card_may_be(asked.spots),
        )

    def _of_doubt(self, job: JobView, officer: str) -> Inquiry:
        title = self._say("doubt.title", job=job.job_id)
        if job.detail and job.detail != officer:
            what, more = self._say("doubt.approve-what", by=job.detail), self._say("doubt.approve-more", job=job.job_id)
            codes: tuple[str, ...] = ("approve", "shelf", "return")
        else:
            what, more = (
                self._say("doubt.what", job=job.job_id),
                self._say("doubt.waits" if job.detail else "doubt.more"),
            )
            codes = ("shelf", "handed-over", *(() if job.detail else ("not-printed",)), "return")
        return Inquiry(title, what, more, tuple(self._answer("doubt", code) for code in codes), pictures.a_card_or_none)

    def _of_difference(self, found: DiscrepancyView, stage: Stage, officer: str) -> Inquiry:
        where = self.where(found.subject)
        title = self._say("difference.title", where=where)
        counts = {"where": where, "expected": found.expected, "found": found.found}
        if found.state == State.PROVISIONAL:
            what, more = self._say("difference.letter-what"), self._say("difference.letter-more", where=where)
            letter = self._answer("difference", "letter", main=True)
            return Inquiry(title, what, more, (letter,), pictures.a_letter, self._say("difference.letter-field"))
        if found.state == State.REQUESTED and stage is not Stage.OTHERWISE:
            own = found.requested_by == officer
            name = self._speech.name("explanation", found.explanation)
            more = self._say("difference.requested", **counts, by=found.requested_by, explanation=name)
            waits = self._say("difference.another") if own else ""
            both = (self._answer("difference", "approve", main=not own), self._answer("difference", "otherwise"))
            what = self._say("difference.approve-what")
            return Inquiry(title, what, f"{more} {waits}".strip(), both, pictures.two_piles)
        possible = explanations(found.origin, found.expected, found.found)
        answers = tuple(self._explanation(code) for code in self._speech.words.codes("explanation") if code in possible)
        origin = self._speech.name("origin", found.origin)
        what, more = self._say("difference.what", where=where), self._say("difference.more", **counts, origin=origin)
        return Inquiry(title, what, more, answers, pictures.two_piles)

    def _of_hopper(self, hopper: ExchangeView) -> Inquiry:
        title = self._say("hopper.title", line=hopper.line)
        since = self._speech.formats.clock(hopper.since)
        what, more = self._say("hopper.what", line=hopper.line), self._say("hopper.more", since=since, by=hopper.by)
        return Inquiry(title, what, more, (self._answer("hopper", "go", main=True),), pictures.open_hopper)

    def _places(self, spots: Sequence[str]) -> str:
        names = [self._speech.name("spot", spot) for spot in spots]
        return ", ".join(names[:-1]) + self._say("card.or") + names[-1] if len(names) > 1 else "".join(names)

    # --- words --------------------------------------------------------------------------------------------------------

    def _say(self, key: str, **fields: object) -> str:
        return self._speech.say(f"question.{key}", **fields)

    def _answer(self, kind: str, code: str, *, main: bool = False) -> Answer:
        return Answer(code, self._say(f"{kind}.{code}"), self._say(f"{kind}.{code}-means"), main)

    def _explanation(self, code: str) -> Answer:
        name = self._speech.name("explanation", code)
        return Answer(code, name[:1].upper() + name[1:], self._say(f"explanation-means.{code}"))


def outcome(subject: Subject, stage: Stage, answer: str, typed: str = "") -> Outcome:
    """Return what an answer comes to.

    Args:
        subject: what was asked about.
        stage: which question about it.
        answer: the key of the one that was chosen.
        typed: what was typed beside it.
    """
    match subject:
        case QuestionToldView():
            return _of_card(subject, stage, answer)
        case JobView():
            return _of_doubt(subject.job_id, answer)
        case DiscrepancyView():
            return _of_difference(subject.discrepancy_id, answer, typed)
        case ExchangeView():
            return None


def _of_card(asked: QuestionToldView, stage: Stage, answer: str) -> Outcome:
    question_id, tap = asked.question_id, {each.answer: each.tap for each in asked.answers}
    match stage, answer:
        case _, "back":
            return Stage.FIRST
        case Stage.TAP, _:
            return lambda client: client.answer(question_id, "out", tap=True)
        case Stage.SURE, _:
            return lambda client: client.answer(question_id, "missing")
        case _, "missing":
            return Stage.SURE
        case _ if tap.get(answer) == "must":
            return Stage.TAP
        case _:
            return lambda client: client.answer(question_id, answer)


def _of_doubt(job_id: str, answer: str) -> Outcome:
    match answer:
        case "approve":
            return lambda client: client.approve_not_printed(job_id)
        case "not-printed":
            return lambda client: client.say_not_printed(job_id)
        case "return":
            return lambda client: client.return_job(job_id, "other")
        case _:
            return lambda client: client.card_found(job_id, answer)


def _of_difference(discrepancy_id: str, answer: str, typed: str) -> Outcome:
    match answer:
        case "approve":
            return lambda client: client.settle(discrepancy_id)
        case "otherwise":
            return Stage.OTHERWISE
        case "letter":
            return lambda client: client.record_approval(discrepancy_id, typed)
        case _:
            return lambda client: client.explain(discrepancy_id, answer)
