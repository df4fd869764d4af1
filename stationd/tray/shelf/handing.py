"""A card goes to its owner or a member of the family: who takes it, what they showed, and the receipt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from PySide6.QtWidgets import QWidget

from stationd.client.documents import DocumentView
from stationd.client.shelf import FoundCardView, ReceiptView
from stationd.model.papers import Kind
from stationd.model.shelf import Collector, Shown
from stationd.tray.asker import Asker, Choice
from stationd.tray.asking import Asking, Field
from stationd.tray.page import Shell
from stationd.tray.papers import Papers
from stationd.tray.problem import Problem
from stationd.tray.queue.listing import spaced
from stationd.tray.shelf import pictures
from stationd.tray.shelf.listing import name_of

OWNER_SHOWS: Final = (
    Shown.OLD_CARD,
    Shown.FAMILY_CARD,
    Shown.RECEIPT,
    Shown.LOSS_REPORT,
    Shown.DRIVING_LICENCE,
    Shown.PASSPORT,
)
FAMILY_SHOWS: Final = (Shown.OWN_CARD, Shown.FAMILY_CARD)
"""By what each shows who they are, the usual one first."""

KEY: Final = "hand-over"


class Handing:
    """Hands cards over.

    Args:
        shell: what the frame gives.
        asker: asks in place of the list.
        papers: for the receipt.
        page: over which the number of a family card is asked for.
        done: is called when one was handed over.
    """

    def __init__(self, shell: Shell, asker: Asker, papers: Papers, page: QWidget, done: Callable[[], object]) -> None:
        self._shell = shell
        self._asker = asker
        self._papers = papers
        self._page = page
        self._done = done
        self._receipt: DocumentView | None = None

    def begin(self, card: FoundCardView, *, tap: bool = False) -> None:
        """Ask by what the owner showed who they are.

        Args:
            card: whose.
            tap: the card lies on the desk reader, and is read once more before it is handed over.
        """
        choices = [
            Choice(self._shown(shown), partial(self._hand_over, card, Collector.OWNER, shown, tap), main=not place)
            for place, shown in enumerate(OWNER_SHOWS)
        ]
        choices.append(Choice(self._say("family"), partial(self._ask_family, card, tap)))
        choices.append(Choice(self._say("not-now"), self._asker.leave))
        self._asker.ask(self._say("what", who=self._who(card)), choices, self._more(card), pictures.handing)

    def _ask_family(self, card: FoundCardView, tap: bool) -> None:
        choices = [
            Choice(self._shown(shown), partial(self._ask_number, card, shown, tap), main=not place)
            for place, shown in enumerate(FAMILY_SHOWS)
        ]
        choices.append(Choice(self._say("not-now"), self._asker.leave))
        self._asker.ask(self._say("family-what", who=self._who(card)), choices, self._more(card), pictures.family)

    def _ask_number(self, card: FoundCardView, shown: Shown, tap: bool) -> None:
        def entered(typed: Sequence[str]) -> None:
            self._hand_over(card, Collector.FAMILY, shown, tap, typed[0], form)

        form = Asking(
            self._shell.speech,
            self._shell.look,
            "shelf.family-card",
            [Field("shelf.family-card.number", 24)],
            entered,
            self._page.window(),
        )
        form.open()

    def _hand_over(
        self, card: FoundCardView, to: Collector, shown: Shown, tap: bool, kk: str = "", form: Asking | None = None
    ) -> None:
        def handed(receipt: ReceiptView) -> None:
            if form is not None:
                form.close()
            self._handed(receipt)

        def failed(problem: Problem) -> None:
            self._asker.again()
            if form is not None and not problem.is_absence:
                form.refuse(problem)
            else:
                self._shell.link.refused.emit(problem)

        self._asker.wait()
        self._shell.link.ask(
            lambda client: client.hand_over(card.job_id, to, shown, kk=kk, tap=tap), handed, failed, key=KEY
        )

    def _handed(self, receipt: ReceiptView) -> None:
        self._receipt = None
        self._done()
        name = self._shell.speech.name
        said = self._say("handed-more", to=name("collector", receipt.to), shown=name("shown", receipt.shown))
        read = self._say("was-read") if receipt.tapped else ""
        choices = (
            Choice(self._say("finish"), self._asker.leave, main=True),
            Choice(self._say("receipt"), partial(self._with_receipt, receipt.seq, self._papers.open)),
            Choice(self._say("print-receipt"), partial(self._with_receipt, receipt.seq, self._papers.print)),
        )
        who = receipt.name or receipt.job_id
        self._asker.ask(self._say("handed", who=who), choices, f"{said} {read}".strip(), pictures.handed)

    def _with_receipt(self, seq: int, then: Callable[[str], object]) -> None:
        """Issue the receipt of a hand-over once, and do something with it."""

        def issued(document: DocumentView) -> None:
            self._receipt = document
            then(document.id)

        if self._receipt is not None:
            then(self._receipt.id)
        else:
            self._papers.issue(Kind.RECEIPT, str(seq), issued)

    def _more(self, card: FoundCardView) -> str:
        say = self._shell.speech.say
        where = say("shelf.lies", place=card.place) if card.place else say("shelf.no-place")
        return self._say("more", nik=spaced(card.nik), place=where)

    def _who(self, card: FoundCardView) -> str:
        return name_of(card, self._shell.speech)

    def _shown(self, shown: Shown) -> str:
        name = self._shell.speech.name("shown", shown)
        return name[:1].upper() + name[1:]

    def _say(self, key: str, **fields: object) -> str:
        return self._shell.speech.say(f"shelf.handing.{key}", **fields)
