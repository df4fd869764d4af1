"""What is done at the shelf, each act from its first question to its last word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from PySide6.QtWidgets import QWidget

from stationd.client.client import Client
from stationd.client.shelf import FoundCardView, TappedView, TransferView, WhereView
from stationd.tray.asker import Asker, Choice
from stationd.tray.asking import Asking, Field
from stationd.tray.link import Asked
from stationd.tray.page import Shell
from stationd.tray.palette import Tone
from stationd.tray.problem import Problem
from stationd.tray.queue.listing import spaced
from stationd.tray.shelf import pictures
from stationd.tray.shelf.handing import Handing
from stationd.tray.shelf.listing import name_of
from stationd.tray.shelf.taking_in import TakingIn
from stationd.tray.shelf.telling import tapped_words, where_words
from stationd.tray.shelf.topic import SHELF

KEY = "shelf"


class Shown(Protocol):
    """The page, as far as acts need it."""

    @property
    def chosen(self) -> list[FoundCardView]:
        """The cards that are chosen."""

    def card(self, job_id: str) -> FoundCardView | None:
        """Return a card of the shelf."""

    def window(self) -> QWidget:
        """Return the window."""


class Acts:
    """The acts.

    Args:
        shell: what the frame gives.
        page: whose cards.
        asker: asks in place of the list.
        handing: hands over.
        taking_in: takes in what comes from elsewhere.
    """

    def __init__(self, shell: Shell, page: Shown, asker: Asker, handing: Handing, taking_in: TakingIn) -> None:
        self._shell = shell
        self._page = page
        self._asker = asker
        self._handing = handing
        self._taking_in = taking_in
        self._under_way: Asked | None = None

    def drop(self) -> None:
        """Want no answer any more of what is under way: the officer has gone on to something else."""
        if self._under_way is not None:
            self._under_way.drop()
            self._under_way = None

    def hand_over(self) -> None:
        """Hand the chosen card over."""
        for card in self._page.chosen[:1]:
            self._handing.begin(card)

    def place(self) -> None:
        """Say where the chosen cards lie; one that was not to be found is found with that."""
        self._place(self._page.chosen)

    def _place(self, cards: Sequence[FoundCardView]) -> None:
        def act(client: Client, place: str) -> None:
            for card in cards:
                if card.lost is None:
                    client.place_card(card.job_id, place)
                else:
                    client.find_card(card.job_id, place)

        def done(place: str) -> None:
            self._asker.leave()
            self._said(self._say("placed", n=len(cards), place=place.strip().upper()))

        self._form("shelf.placing", "shelf.placing.place", 19, act, done)

    def lose(self) -> None:
        """Say that the chosen card is not to be found, once that was said twice."""
        for card in self._page.chosen[:1]:
            who = name_of(card, self._shell.speech)
            choices = (
                Choice(self._say("still-looking"), self._asker.leave, main=True),
                Choice(self._say("is-lost"), partial(self._lose, card), self._say("is-lost-means")),
            )
            self._asker.ask(self._say("lose-what", who=who), choices, self._say("lose-more"), pictures.shelf)

    def _lose(self, card: FoundCardView) -> None:
        def done(_: object) -> None:
            self._asker.leave()
            self._said(self._say("was-lost"))

        self._shell.link.ask(lambda client: client.lose_card(card.job_id), done, key=KEY)

    def transfer(self) -> None:
        """Send on what nobody has collected."""
        sent: list[TransferView] = []

        def done(office: str) -> None:
            self._said(self._say("sent-on", n=len(sent[-1].cards), office=office))

        self._form(
            "shelf.sending",
            "shelf.sending.office",
            12,
            lambda client, office: sent.append(client.transfer_due(office.strip())),
            done,
        )

    # --- tap ----------------------------------------------------------------------------------------------------------

    def tap(self) -> None:
        """Ask whose the card on the desk reader is."""
        stop = Choice(self._shell.speech.say("steps.leave"), self._asker.leave)
        self._asker.ask(self._say("tap-what"), (stop,), self._say("tap-more"), pictures.reading)
        self._under_way = self._shell.link.ask(Client.tap_shelf, self._tapped, self._not_tapped, key="tap-shelf")

    def _not_tapped(self, problem: Problem) -> None:
        self._asker.leave()
        self._shell.link.refused.emit(problem)

    def _tapped(self, tapped: TappedView) -> None:
        self._under_way = None
        what, more = tapped_words(tapped, self._shell.speech)
        choices: list[Choice] = []
        card = tapped.card
        if tapped.found == "on-shelf" and card is not None:
            choices.append(Choice(self._say("hand-it-over"), partial(self._handing.begin, card, tap=True), main=True))
            choices.append(Choice(self._say("lay-elsewhere"), partial(self._place, [card])))
        elif tapped.found == "lost" and card is not None:
            choices.append(Choice(self._say("lay-back"), partial(self._place, [card]), main=True))
        elif tapped.found == "announced":
            choices.append(Choice(self._say("take-it-in"), partial(self._taking_in.begin, tapped.list_id), main=True))
        choices.append(Choice(self._say("done"), self._asker.leave, main=not choices))
        draw = pictures.unknown if tapped.found == "not-ours" else pictures.shelf
        self._asker.ask(what, choices, more, draw)

    # --- where is my card? --------------------------------------------------------------------------------------------

    def where(self) -> None:
        """Ask for a NIK, and then where that citizen's card is."""
        found: list[WhereView] = []

        def done(nik: str) -> None:
            self._found(nik, found[-1])

        self._form(
            "shelf.asking",
            "shelf.nik",
            22,
            lambda client, nik: found.append(client.where_is(nik.replace(" ", ""))),
            done,
        )

    def ask_where(self, nik: str) -> None:
        """Ask where a citizen's card is."""
        self._shell.link.ask(lambda client: client.where_is(nik), partial(self._found, nik), key=KEY)

    def _found(self, nik: str, where: WhereView) -> None:
        words = self._shell.speech.words
        what, more = where_words(where, self._shell.speech, lambda cause: words.cause(cause, where.job_id).what)
        card = self._page.card(where.job_id) if where.job_id else None
        choices: list[Choice] = []
        if card is not None and card.lost is None:
            choices.append(Choice(self._say("hand-it-over"), partial(self._handing.begin, card), main=True))
        choices.append(Choice(self._say("done"), self._asker.leave, main=not choices))
        more = f"{self._say('where-nik', nik=spaced(nik.replace(' ', '')))}\n{more}"
        self._asker.ask(what, choices, more, pictures.shelf if card is not None else pictures.unknown)

    # --- what they share ----------------------------------------------------------------------------------------------

    def _form(
        self,
        key: str,
        field: str,
        longest: int,
        act: Callable[[Client, str], object],
        done: Callable[[str], object],
    ) -> None:
        """Ask for one thing on top of the page, and do something with it; what is refused can be typed again."""

        def entered(typed: Sequence[str]) -> None:
            (text,) = typed

            def came(_: object) -> None:
                form.close()
                done(text)

            self._shell.link.ask(lambda client: act(client, text), came, form.refuse, key=KEY)

        form = Asking(self._shell.speech, self._shell.look, key, [Field(field, longest)], entered, self._page.window())
        form.open()

    def _said(self, sentence: str) -> None:
        self._shell.known.refetch(SHELF)
        self._shell.tell(sentence, Tone.GOOD)

    def _say(self, key: str, **fields: object) -> str:
        return self._shell.speech.say(f"shelf.act.{key}", **fields)
