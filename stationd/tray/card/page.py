"""The card: its picture before and after, its steps, and whether it is good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from stationd.client.client import Client
from stationd.client.queue import CardView, QueuedView, new_key
from stationd.model.reasons import SpoilReason
from stationd.tray.actions import Deed, printing, signed_in
from stationd.tray.card.face import Face
from stationd.tray.card.showing import CARRIED, LOOKED_AT, How, Shown, show, stages
from stationd.tray.card.topic import CARDS
from stationd.tray.condition import Need, Wish, needs
from stationd.tray.guided import Answer
from stationd.tray.known import Knowledge, Topic
from stationd.tray.link import Asked
from stationd.tray.needing import need_words
from stationd.tray.page import Page, Shell
from stationd.tray.palette import Tone
from stationd.tray.problem import Problem
from stationd.tray.queue.listing import reason_words, spaced
from stationd.tray.queue.topic import QUEUE

NARROW: Final = 46
"""Below so many heights of a line in width nothing stands beside the picture."""

SHORT: Final = 26
"""Letters of a name on a button."""

ASKS_SUPERVISOR: Final = "supervisor-needed"

OFFERED: Final[Mapping[How, tuple[str, ...]]] = {
    How.BEFORE: ("print-this",),
    How.ORDERED: ("cancel-order",),
    How.CHECK: ("accept", "spoil"),
    How.RETRY: ("retry",),
}
"""What can be done with a card, by how it is."""

STARTS: Final[Mapping[How, str]] = {How.BEFORE: "print-this", How.RETRY: "retry"}
"""Where the keyboard is at first. A card that came out is not found good by a key that was meant for something else."""

CARD, QUESTION, APPROVAL = range(3)


class CardPage(Page):
    """One card."""

    name: ClassVar[str] = "card"
    topics: ClassVar[tuple[Topic[Any], ...]] = (QUEUE, CARDS)

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # so that its keys work where there is nothing to press
        self._wanted = ""
        self._shown = Shown()
        self._pictured = ""
        self._asked: Asked | None = None
        self._stands: Need | None = None
        for deed in (
            Deed("accept", self._accept, "F4", self._why_not(How.CHECK), "card", everywhere=False),
            Deed("spoil", self._spoil, "F7", self._why_not(How.CHECK), "card", everywhere=False),
            Deed("retry", self._retry, "F9", self._why_not(How.RETRY), "card", everywhere=False),
            Deed("print-this", self._print, "Ctrl+P", self._why_not(How.BEFORE), "card", everywhere=False),
            Deed("cancel-order", self._cancel, "Ctrl+Backspace", self._why_not(How.ORDERED), "card", everywhere=False),
            Deed("go-on", self._go_on, "Ctrl+G", self._why_not_go_on, "card", everywhere=False),
        ):
            shell.actions.add(deed, self)
        self.face = Face(shell)
        self.face.other.connect(self.arrive)
        self.face.question.answered.connect(self._spoiled_for)
        self.face.approval.given.connect(self._retry_approved)
        self.face.approval.left.connect(self._leave)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.face)

    # --- what the frame asks ------------------------------------------------------------------------------------------

    @override
    def refresh(self, known: Knowledge) -> None:
        if known.session is None:
            self._forget()
            return
        queue, cards = known.of(QUEUE), known.of(CARDS)
        jobs = {job.job_id: job for job in queue.jobs} if queue is not None else {}
        told = queue is not None and cards is not None
        self._shown = show(self._wanted, jobs, cards or ()) if told else Shown()
        self._stands = _standing(known)
        self._show(known, jobs, cards or ())
        self.shell.actions.refresh(known)

    @override
    def arrive(self, subject: object) -> None:
        self._wanted = str(subject)
        self._leave()
        self.refresh(self.shell.known.now)

    @override
    def start_at(self) -> QWidget | None:
        first = STARTS.get(self._shown.how)
        return self if first is None else self.face.buttons[first]

    @override
    def changed_hands(self) -> None:
        self._wanted = ""
        self.face.approval.forget()

    @override
    @classmethod
    def count(cls, known: Knowledge) -> int:
        return known.status.jobs.get("delivered", 0) if known.status is not None else 0

    # --- what is shown ------------------------------------------------------------------------------------------------

    def _show(self, known: Knowledge, jobs: Mapping[str, QueuedView], cards: list[CardView] | tuple[()]) -> None:
        shown, face = self._shown, self.face
        had_focus = self.has_focus
        face.say(*self._said(shown))
        stands = self._stands is not None and self._can_go_on(self._stands)
        face.offer([*OFFERED.get(shown.how, ()), *(["go-on"] if stands else [])])
        face.show_others(self._others(jobs, cards), shown.job_id)
        card = shown.card
        face.strip.setVisible(card is not None and shown.how is How.MAKING and bool(card.steps))
        if card is not None and shown.how is How.MAKING:
            face.strip.show_stages(stages(card), card.progress, card.left)
        if self._stands is None:
            face.waiting.hide()
        else:
            face.waiting.say(Tone.CARE, *need_words(self._stands, self.shell.speech))
        self._picture(known)
        if face.currentIndex() != CARD and shown.how not in {How.CHECK, How.RETRY}:
            self._leave()  # what was asked about has come to its end elsewhere
        if had_focus and not self.has_focus:  # what had it is not offered any more
            self._start()

    def _said(self, shown: Shown) -> tuple[str, str, str, str]:
        speech, job, card = self.shell.speech, shown.job, shown.card
        key = f"card.how.{shown.how}"
        title, more = speech.say(f"{key}.title"), speech.say(f"{key}.more")
        if shown.how is How.CHECK and card is not None and card.by_tap:
            reading = self.shell.link.is_asking("accept")
            more = speech.say("card.reading" if reading else "card.by-tap")
        elif shown.how is How.CHECK and job is not None and job.revoked:
            more = speech.say("card.recalled")
        elif shown.how is How.MAKING and self._stands is not None:
            more = speech.say("card.see-above")
        elif shown.how is How.MAKING and card is not None and card.ending:
            more = speech.say(f"card.ending.{card.ending}")
        elif shown.how in {How.RETRY, How.HELD} and job is not None:
            told = speech.words.hold(job.cause, job.detail, job.job_id)
            more = f"{told.what} {told.do}"
        elif shown.how is How.BEFORE and job is not None and job.cause:
            told = speech.words.cause(job.cause, job.job_id)
            more = f"{told.what} {told.do}"
        if job is None:
            return title, more, "", ""
        who = job.name or speech.say("queue.nameless", job=job.job_id)
        facts = [spaced(job.nik), speech.say("queue.for", reason=reason_words(job, speech)), job.kelurahan]
        facts += [speech.say("queue.front", reason=speech.name("front", job.front))] if job.front else []
        return title, more, who, "\n".join(fact for fact in facts if fact)

    def _others(self, jobs: Mapping[str, QueuedView], cards: list[CardView] | tuple[()]) -> list[tuple[str, str]]:
        say = self.shell.speech.say
        told = []
        for card in cards:
            job = jobs.get(card.job_id)
            name = job.name if job is not None and job.name else card.job_id
            word = say("card.to-check" if card.delivered else "card.being-made", line=card.line)
            told.append((card.job_id, f"{_short(name)}: {word}"))
        if self._shown.job is not None and self._shown.card is None:
            told.insert(0, (self._shown.job_id, _short(self._shown.job.name or self._shown.job_id)))
        return told

    def _picture(self, known: Knowledge) -> None:
        job_id, say = self._shown.job_id, self.shell.speech.say
        if not job_id or not known.may("operator", "supervisor"):
            self._drop_picture(say("card.no-picture"))
            return
        if job_id == self._pictured:
            return
        self._drop_picture(say("card.drawing"))
        self._pictured = job_id
        name = self._shown.job.name if self._shown.job is not None else job_id
        self._asked = self.shell.link.fetch(
            lambda client: client.preview(job_id),
            lambda picture: self.face.preview.show_picture(picture, say("card.picture", name=name)),
            lambda problem: self.face.preview.show_words(self.shell.speech.why(problem).what),
        )

    def _drop_picture(self, words: str) -> None:
        if self._asked is not None:
            self._asked.drop()
            self._asked = None
        self._pictured = ""
        self.face.preview.show_words(words)

    def _forget(self) -> None:
        """Let nothing of a citizen stay; which card it was stays, by its job."""
        self._shown, self._stands = Shown(), None
        self._drop_picture("")
        self.face.say("", "", "", "")
        self.face.show_others((), "")
        self.face.strip.hide()
        self.face.waiting.hide()
        self.face.approval.forget()
        self._leave()

    def _leave(self) -> None:
        self.face.approval.pin.clear()
        if self.face.currentIndex() != CARD:
            self.face.setCurrentIndex(CARD)
            self._start()

    def _start(self) -> None:
        if (start := self.start_at()) is not None:
            start.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- what is done -------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        job_id = self._wanted = self._shown.job_id
        self.shell.link.ask(lambda client: client.accept(job_id), self._accepted, self._failed, key="accept")
        self.refresh(self.shell.known.now)

    def _accepted(self, _: object) -> None:
        self._wanted = ""
        self.shell.tell(self.shell.speech.say("card.accepted"), Tone.GOOD)
        self._again()

    def _spoil(self) -> None:
        self._wanted = self._shown.job_id
        revoked = self._shown.job is not None and self._shown.job.revoked
        name, say = self.shell.speech.name, self.shell.speech.say
        reasons = [SpoilReason.REVOKED] if revoked else [each for each in SpoilReason if each != SpoilReason.REVOKED]
        answers = [Answer(reason, name("spoil", reason)) for reason in reasons]
        self.face.question.ask(say("card.spoil-what"), answers, say("card.spoil-more"))
        self.face.setCurrentIndex(QUESTION)
        self.face.question.start()

    def _spoiled_for(self, reason: str) -> None:
        job_id = self._wanted
        self._leave()

        def spoiled(_: object) -> None:
            self.shell.tell(self.shell.speech.say("card.spoiled"), Tone.GOOD)
            self._again()

        self.shell.link.ask(lambda client: client.spoil(job_id, reason), spoiled, self._failed, key="spoil")

    def _retry(self) -> None:
        self._retry_approved("")

    def _retry_approved(self, approval: str) -> None:
        """Let another blank be used, and press print: with a supervisor's word, where it takes one."""
        job_id = self._wanted = self._shown.job_id or self._wanted
        press = new_key()

        def again(client: Client) -> None:
            client.release(job_id, approval)
            client.order(job_id, press)

        def done(_: object) -> None:
            self._leave()
            self.shell.tell(self.shell.speech.say("said.ordered", n=1), Tone.GOOD)
            self._again()

        self.shell.link.ask(again, done, self._not_again, key="retry")

    def _not_again(self, problem: Problem) -> None:
        if problem.cause == ASKS_SUPERVISOR and self._shown.how is How.RETRY:
            self.face.setCurrentIndex(APPROVAL)
            self.face.approval.open(self.shell.speech.say("card.approve-what"), problem.subject)
            return
        self._failed(problem)

    def _print(self) -> None:
        job_id = self._wanted = self._shown.job_id
        press = new_key()

        def ordered(_: object) -> None:
            self.shell.tell(self.shell.speech.say("said.ordered", n=1), Tone.GOOD)
            self._again()

        self.shell.link.ask(lambda client: client.order(job_id, press), ordered, self._failed, key="order-this")

    def _cancel(self) -> None:
        job_id = self._wanted = self._shown.job_id
        self.shell.link.ask(
            lambda client: client.cancel(job_id),
            lambda _: self.shell.tell(self.shell.speech.say("card.cancelled"), Tone.GOOD),
            self._failed,
            key="cancel",
        )

    def _go_on(self) -> None:
        stands = self._stands
        if stands is None or not self._can_go_on(stands):
            return
        line, looked = stands.line, stands.cause in LOOKED_AT
        self.shell.link.ask(
            lambda client: client.resume_line(line) if looked else client.continue_line(line),
            lambda _: self._again(),
            self._failed,
            key="go-on",
        )

    def _failed(self, problem: Problem) -> None:
        self.shell.link.refused.emit(problem)
        self._again()

    def _again(self) -> None:
        self.shell.known.refetch(QUEUE, CARDS)
        self.refresh(self.shell.known.now)

    # --- whether it can be done ---------------------------------------------------------------------------------------

    def _why_not(self, how: How) -> Any:
        def why_not(known: Knowledge) -> str:
            return printing(known) or ("" if self._shown.how is how else f"not-{how}")

        return why_not

    def _why_not_go_on(self, known: Knowledge) -> str:
        can = self._stands is not None and self._can_go_on(self._stands)
        return signed_in(known) or ("" if can else "nothing-to-go-on")

    @staticmethod
    def _can_go_on(stands: Need) -> bool:
        return stands.cause in CARRIED | LOOKED_AT

    # --- keys ---------------------------------------------------------------------------------------------------------

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.face.currentIndex() != CARD:
            self._leave()
        else:
            super().keyPressEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.face.set_narrow(narrow=event.size().width() < self.shell.look.px(NARROW))


def _standing(known: Knowledge) -> Need | None:
    """Return what a line waits for, the most urgent of all lines."""
    wanted = needs(known.status) if known.status is not None else ()
    return next((need for need in wanted if need.wish in {Wish.LINE, Wish.STOPPED}), None)


def _short(name: str) -> str:
    return name if len(name) <= SHORT else f"{name[: SHORT - 1].rstrip()}…"
