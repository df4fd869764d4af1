"""Cards from elsewhere are taken in against the list that came with their box."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from stationd.client.client import Client
from stationd.client.shelf import ArrivalCardView, ArrivalView
from stationd.tray.asker import Asker, Choice
from stationd.tray.page import Shell
from stationd.tray.palette import Tone
from stationd.tray.papers import LARGEST_LIST, Papers
from stationd.tray.shelf import pictures
from stationd.tray.shelf.box import Box
from stationd.tray.shelf.topic import ARRIVALS, SHELF

KEY = "box"


class TakingIn:
    """Goes through boxes.

    Args:
        shell: what the frame gives.
        box: in which a box is shown.
        papers: reads the list's file.
        asker: asks in place of the list.
        show: shows the box in place of the list.
    """

    def __init__(self, shell: Shell, box: Box, papers: Papers, asker: Asker, show: Callable[[], object]) -> None:
        self._shell = shell
        self._box = box
        self._papers = papers
        self._asker = asker
        self._show = show

    def begin(self, list_id: str = "") -> None:
        """Show a box: the one that is named, else the first that is being gone through, else how one is opened."""
        opened = self._shell.known.now.of(ARRIVALS)

        def look(client: Client) -> ArrivalView | None:
            boxes = client.arrivals() if opened is None else opened  # whoever is quick comes before they are known
            wanted = list_id or next((each.list_id for each in boxes), "")
            return client.arrival(wanted) if wanted else None

        self._box.notice.hide()
        if list_id or opened is None or opened:
            self._shell.link.ask(look, self._told, key=KEY)
        else:
            self._told(None)

    def open_list(self) -> None:
        """Open a box by the file that came with it."""
        self._papers.choose("shelf.open-file", self._chosen, "list")

    def _chosen(self, path: Path) -> None:
        content = self._papers.read(path, LARGEST_LIST)
        if content is None:
            return
        sealed = content.decode("utf-8", "replace").strip()
        self._box.notice.hide()
        self._shell.link.ask(lambda client: client.open_arrival(sealed), self._told, key=KEY)

    def tap(self) -> None:
        """Take in the card on the desk reader."""
        list_id, place = self._box.list_id, self._box.place.text().strip()
        self._box.notice.say(Tone.BUSY, self._shell.speech.say("shelf.reading"))

        def take(client: Client) -> tuple[ArrivalCardView, ArrivalView]:
            card = client.arrive_tapped(list_id, place)
            return card, client.arrival(list_id)

        def taken(answer: tuple[ArrivalCardView, ArrivalView]) -> None:
            card, told = answer
            self._told(told)
            self._box.say_card(card)

        def failed(problem: object) -> None:
            self._box.notice.hide()
            self._shell.link.refused.emit(problem)

        self._shell.link.ask(take, taken, failed, key=KEY)

    def chosen(self) -> list[str]:
        """Return the jobs of the cards that are chosen and not here yet."""
        return [card.job_id for card in self._box.table.chosen_rows() if card.state == "announced" and card.job_id]

    def count(self) -> None:
        """Take in the chosen cards, which were compared with the list by eye."""
        list_id, place, jobs = self._box.list_id, self._box.place.text().strip(), self.chosen()

        def take(client: Client) -> ArrivalView:
            client.arrive_counted(list_id, jobs, place)
            return client.arrival(list_id)

        def taken(told: ArrivalView) -> None:
            self._told(told)
            self._box.notice.say(Tone.GOOD, self._shell.speech.say("shelf.taken-many", n=len(jobs)))

        self._shell.link.ask(take, taken, key=KEY)

    def close(self) -> None:
        """End going through the box; once more it is asked whether to, if cards are announced and not here."""
        told, say = self._box.told, self._shell.speech.say
        if told is None or not told.announced:
            self._close()
            return
        choices = (
            Choice(say("shelf.keep-open"), self._show, main=True),
            Choice(say("shelf.close-short"), self._close, say("shelf.close-short-means")),
        )
        self._asker.ask(say("shelf.close-what", n=told.announced), choices, say("shelf.close-more"), pictures.shelf)

    def _close(self) -> None:
        """Close it, and name what is short and what is extra."""
        self._shell.link.ask(partial(Client.close_arrival, list_id=self._box.list_id), self._told, key=KEY)

    def _told(self, told: ArrivalView | None) -> None:
        self._box.show_box(told)
        self._shell.known.refetch(SHELF, ARRIVALS)
        self._show()
