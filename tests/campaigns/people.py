"""What the office's people do after a pull: they wait, do what the station asks for, and put cards where they belong.

Nobody helps unasked: a person acts on an open question, or on a line whose cause names something to do (`ACTS`). A
station that stands still and says neither is a failure of the station.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stationd.client.client import Client
from stationd.client.lines import LineView
from stationd.client.problems import StationAbsent, StationProblem
from stationd.client.status import QuestionView, StatusView
from tests.campaigns.checker import PILES, TRAY, Checker
from tests.campaigns.office import HOPPER, LINE, Office
from tests.campaigns.plan import Pull

POLL = 0.15
PATIENCE = 60.0
"""Seconds after which a station that has not come to rest is stuck."""

GRACE = 2.0
"""Seconds for which a cause has to stand before somebody gets up and does something about it."""

STANDS, WORKS = 15.0, 45.0
"""Seconds without a word in the book after which a station that asks for nothing stands still: while it says that it
waits, and while it says that it works, which a device that fell silent may keep it from for as long as a step may take.
"""

FOUND_BAD = "print-flaw"

DESK = "desk/desk-1"
TAPS = 4
AGAIN = 1.0
"""How often a card is laid on the reader before somebody gives up, and seconds until it is laid on again."""
NO_TAP = frozenset({"card-has-no-identity", "payload-unreadable", "chip-not-understood", "card-left-or-silent"})
"""Why a card on the desk may settle nothing, though it is the right one: the person answers without it."""


class DidNotSettle(Exception):
    """The station did not come to rest, or is gone."""


@dataclass
class Settled:
    """How a station came to rest.

    Attributes:
        asked: how many questions were answered.
        needed: how many of them only a person could answer.
        tapped: how many were answered with the card on the desk reader.
        helped: what else people did, because the station said so.
        seconds: how long it took.
    """

    asked: int = 0
    needed: int = 0
    tapped: int = 0
    helped: tuple[str, ...] = ()
    seconds: float = 0.0


class Quiet:
    """How long nothing has changed.

    Attributes:
        silent: seconds without a word in the book.
        stood: seconds for which the line has named one and the same cause.
    """

    def __init__(self) -> None:
        self._book, self._cause = -1, ""
        self._wrote_at = self._changed_at = time.monotonic()
        self.silent = self.stood = 0.0

    def look(self, status: StatusView) -> None:
        """Hold a new look against the one before."""
        now = time.monotonic()
        if status.book != self._book:
            self._book, self._wrote_at = status.book, now
        if status.lines[0].cause != self._cause:
            self._cause, self._changed_at = status.lines[0].cause, now
        self.silent, self.stood = now - self._wrote_at, now - self._changed_at


class People:
    """The people of one office."""

    def __init__(self, office: Office, checker: Checker, rng: random.Random) -> None:
        self._office = office
        self._checker = checker
        self._rng = rng
        self._acts: Mapping[str, Callable[[], object]] = {
            "spoils-in-a-row": self._resume,
            "unfit-in-a-row": self._resume,
            "media-jam": self._clear,
            "media-unknown": self._clear,
            "card-in-machine": self._clear,
            "cover-open": self._shut,
            "media-empty": self._fill,
            "hopper-empty-in-book": self._fill,
        }

    def settle(self, pull: Pull) -> Settled:
        """Wait until no card is under way, helping where the station asks for it.

        Raises:
            DidNotSettle: if it never comes to rest, or stands without saying what to do.
        """
        began, done, quiet = time.monotonic(), Settled(), Quiet()
        while True:
            status = self._status()
            line = status.lines[0]
            quiet.look(status)
            if status.questions:
                self._answer_all(status.questions, done, pull)
                quiet = Quiet()
            elif not status.jobs.get("printing", 0) and not status.jobs.get("ordered", 0):
                break
            elif line.cause in self._acts:
                if quiet.stood > GRACE:
                    self._acts[line.cause]()
                    done.helped += (line.cause,)
                    quiet = Quiet()
            elif quiet.silent > (WORKS if line.state == "working" else STANDS):
                raise DidNotSettle(f"it stands without saying what to do: {_told(line)}")
            if time.monotonic() - began > PATIENCE:
                raise DidNotSettle(f"after {PATIENCE:.0f} s: {_told(line)}; {status.jobs}")
            time.sleep(POLL)
        done.seconds = time.monotonic() - began
        return done

    def accept(self, pull: Pull) -> None:
        """Look at what was delivered, accept it or find it bad, and let what was spoiled be tried again."""
        for job in self._office.ask(Client.jobs):
            if job.state == "delivered" and pull.found_bad:
                self._tell(lambda client, job_id: client.spoil(job_id, FOUND_BAD), job.job_id)
                self._checker.put_away(job.job_id, "reject")
            elif job.state == "delivered":
                self._accept(job.job_id)
                self._checker.put_away(job.job_id, "shelf")
        for job in self._office.ask(Client.jobs):
            if job.state == "held" and job.cause == "spoiled":
                self._tell(Client.release, job.job_id)

    def _accept(self, job_id: str) -> None:
        """Find a card good. One that is not live yet is laid on the desk reader, and made so."""
        card = self._checker.delivered(job_id)
        if card is not None and not self._checker.examine(card).live:
            self._accept_by_tap(card, job_id)
        else:
            self._tell(Client.accept, job_id)

    def _accept_by_tap(self, card: str, job_id: str) -> None:
        """Lay a card on the reader and find it good; lay it on again if the reader missed it, as it says."""
        for left in reversed(range(TAPS)):
            self._office.world.move(card, DESK)
            try:
                self._tell(Client.accept, job_id)
            except StationProblem as refused:
                if refused.cause != "card-left-or-silent" or not left:
                    raise
            else:
                break
            finally:
                self._office.world.move(card, PILES["output"])
            time.sleep(AGAIN)

    def _tell(self, what: Callable[[Client, str], None], job_id: str) -> None:
        self._office.ask(lambda client: what(client, job_id))

    def _status(self) -> StatusView:
        try:
            return self._office.status()
        except StationAbsent as absent:
            if not self._office.alive:
                end = self._office.log.read_text()[-1500:]
                raise DidNotSettle(f"the daemon ended by itself ({self._office.ended}): {end}") from absent
            raise DidNotSettle(f"the daemon does not answer: {absent}") from absent

    # --- questions --------------------------------------------------------------------------------------------------

    def _answer_all(self, questions: Sequence[QuestionView], done: Settled, pull: Pull) -> None:
        for question in questions:
            done.needed += self._checker.judge(self._attempt_of(question), question.cause)
            done.tapped += self._answer(question, pull)
            done.asked += 1

    def _attempt_of(self, question: QuestionView) -> str:
        asked = next(job for job in self._office.ask(Client.jobs) if job.job_id == question.job_id)
        return asked.attempt_id or ""

    def _answer(self, question: QuestionView, pull: Pull) -> bool:
        """Say what became of a card, as it is or as somebody who looks badly sees it, and put it where that says.

        Returns:
            whether the card was laid on the desk reader for it.
        """
        card = self._checker.card_of(self._attempt_of(question))
        if card is None or (pull.answers_wrongly and not pull.taps):
            self._say(question, "missing", tap=False)
            return False
        answer = "out" if self._good(card, tap=pull.taps) else "spoiled"
        inside = self._office.world.card(card).place == PILES["machine"]
        if pull.taps:
            self._lay_on_desk(card, inside=inside)
            if pull.answers_wrongly:
                self._mistaken(question, card)
        answer = self._say(question, answer, tap=pull.taps)
        target = PILES["output"] if answer == "out" else PILES["reject"]
        if inside and not pull.taps:
            self._office.take_out(target)
        else:
            self._office.world.move(card, target)
        self._checker.laid_by_hand(card, "output" if answer == "out" else "reject")
        return pull.taps

    def _lay_on_desk(self, card: str, *, inside: bool) -> None:
        if inside:
            self._office.take_out(DESK)
        else:
            self._office.world.move(card, DESK)

    def _mistaken(self, question: QuestionView, card: str) -> None:
        """Take another card for the one that is asked about, and be told so; then say that one in hand is missing."""
        self._office.world.move(card, TRAY)
        (blank, *_) = self._office.world.census()[PILES["hopper"]]
        self._office.world.move(blank, DESK)
        self._expect(question, "spoiled", "another-card")
        self._office.world.move(blank, PILES["hopper"])
        self._office.world.move(card, DESK)
        self._expect(question, "missing", "card-is-here")

    def _expect(self, question: QuestionView, answer: str, cause: str) -> None:
        """Give an answer that has to be refused, for just this cause."""
        try:
            self._office.ask(lambda client: client.answer(question.question_id, answer, tap=True))
        except StationProblem as refused:
            if refused.cause == cause or refused.cause in NO_TAP:
                return
            self._checker.wrong.append(f"{answer} with a tap was refused as {refused.cause}, not as {cause}")
        else:
            self._checker.wrong.append(f"{answer} with a tap was taken, though it is {cause}")

    def _good(self, card: str, *, tap: bool) -> bool:
        """Say whether a card is one that a citizen could be given: whole, outside, and live or, by a tap, made so."""
        seen = self._checker.examine(card)
        outside = tap or self._office.world.card(card).place != PILES["machine"]
        return (seen.live or tap) and seen.whole and seen.prints == 1 and outside

    def _say(self, question: QuestionView, answer: str, *, tap: bool) -> str:
        """Give an answer; a card that was not seen to be finished cannot be good, the station says, and is spoiled."""
        try:
            self._office.ask(lambda client: client.answer(question.question_id, answer, tap=tap))
        except StationProblem as refused:
            if refused.cause in NO_TAP | {
                "another-card"
            }:  # a card without a chip of its own is known by its place only
                return self._say(question, answer, tap=False)
            if refused.cause != "card-was-not-finished":
                raise
            return self._say(question, "spoiled", tap=tap)
        return answer

    # --- what a cause asks for ----------------------------------------------------------------------------------------

    def _resume(self) -> None:
        self._office.ask(lambda client: client.resume_line(LINE))

    def _clear(self) -> None:
        """Open the printer, take out what is inside, close it."""
        self._office.take_out(TRAY)

    def _fill(self) -> None:
        self._office.fill_hopper(HOPPER)

    def _shut(self) -> None:
        self._office.hand("door", closed=True)


def _told(line: LineView) -> str:
    return f"{line.state} {line.cause} ({line.detail})"
