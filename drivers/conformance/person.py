"""A person at a real machine as the hands: asked at the terminal, in Indonesian first.

What nobody can do there (spoil an answer on its way, heat a print head) is `CannotDo`. How many cards lie where is
asked as seldom as can be, and an answer is a number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from drivers.conformance.hands import CannotDo, Lost, Seen, Trouble
from drivers.printer import Preparation

Ask = Callable[[str], str]

_CAUSE: Final = {
    Trouble.HOPPER_EMPTY: ("Keluarkan semua kartu kosong dari wadah kartu", "Take every blank card out of the hopper"),
    Trouble.DOOR_OPEN: ("Buka penutup printer", "Open the printer's door"),
    Trouble.RIBBON_OUT: ("Keluarkan pita, lalu tutup printer", "Take the ribbon out, then close the printer"),
    Trouble.FILM_OUT: ("Keluarkan film, lalu tutup printer", "Take the film out, then close the printer"),
}
_REMEDY: Final = {
    Trouble.HOPPER_EMPTY: ("Masukkan kartu kosong ke wadah kartu", "Put blank cards into the hopper"),
    Trouble.DOOR_OPEN: ("Tutup penutup printer", "Close the printer's door"),
    Trouble.RIBBON_OUT: ("Pasang kembali pita, lalu tutup printer", "Put the ribbon back, then close the printer"),
    Trouble.FILM_OUT: ("Pasang kembali film, lalu tutup printer", "Put the film back, then close the printer"),
}
_PREPARE: Final = {
    Preparation.BLANKS_OUT: _CAUSE[Trouble.HOPPER_EMPTY],
    Preparation.RIBBON_OUT: ("Keluarkan pita", "Take the ribbon out"),
    Preparation.CLEANING_CARD_IN: ("Masukkan kartu pembersih ke wadah kartu", "Put a cleaning card into the hopper"),
    Preparation.COVER_CLOSED: ("Tutup printer", "Close the printer"),
}
_UNPREPARE: Final = {
    Preparation.RIBBON_OUT: _REMEDY[Trouble.RIBBON_OUT],
    Preparation.BLANKS_OUT: _REMEDY[Trouble.HOPPER_EMPTY],
    Preparation.CLEANING_CARD_IN: (
        "Keluarkan kartu pembersih dari wadah kartu, dari printer, atau dari tempat keluar, di mana pun ia ada",
        "Take the cleaning card out of the hopper, the printer or the output, wherever it is",
    ),
}


class Person:
    """Asks somebody at the terminal.

    Args:
        ask: shows a text and returns what was typed.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._troubles: list[Trouble] = []
        self._unplugged = False
        self._card_laid = False
        self._prepared: list[Preparation] = []

    def make_ready(self) -> None:
        """Undo what was asked for and not undone yet; nothing to undo, nothing to ask."""
        for trouble in list(self._troubles):
            self.remedy(trouble)
        while self._prepared:
            if (undone := _UNPREPARE.get(self._prepared.pop())) is not None:
                self._have_done(*undone)
        if self._unplugged:
            self.replug(elsewhere=False)
        if self._card_laid:
            self.take_card()

    def take_out(self) -> None:
        """Have a card that is stuck taken out."""
        self._have_done("Keluarkan kartu dari dalam printer, lalu tutup", "Take the card out of the printer, close it")

    def look(self) -> Seen:
        """Have cards counted. Prints are what is printed on the cards in the output and inside."""
        inside = self._count("Berapa kartu ada di dalam printer?", "How many cards are inside the printer?")
        out = self._count("Berapa kartu ada di tempat keluar?", "How many cards lie in the output?")
        rejected = self._count("Berapa kartu ada di wadah tolak?", "How many cards lie in the reject bin?")
        prints = self._count("Berapa dari semuanya tercetak?", "How many of all these are printed on?")
        return Seen(inside, out, rejected, prints)

    def printed_on_both_sides(self) -> int:
        """Have cards looked at from both sides."""
        return self._count(
            "Berapa kartu di dalam, di tempat keluar, dan di wadah tolak tercetak di kedua sisinya?",
            "How many cards inside, in the output and in the reject bin are printed on both sides?",
        )

    def cause(self, trouble: Trouble) -> None:
        """Have a trouble brought about, if a person can."""
        self.require(trouble)
        self._troubles.append(trouble)
        self._have_done(*_CAUSE[trouble])

    def remedy(self, trouble: Trouble) -> None:
        """Have it put right."""
        if trouble in self._troubles:
            self._troubles.remove(trouble)
            self._have_done(*_REMEDY[trouble])

    def require(self, need: Lost | Trouble) -> None:
        """Know what no person can do."""
        if isinstance(need, Lost):
            raise CannotDo("nobody can spoil an answer on its way at a real machine")
        if need not in _CAUSE:
            raise CannotDo(f"nobody can bring about {need.value} at a real machine without harm")

    def lose_answer(self, how: Lost, act: str, *, acts: bool) -> None:
        """Not a person's to do."""
        what = "" if acts else ", without its act"
        raise CannotDo(f"nobody can turn the answer to {act} into {how.value}{what} at a real machine")

    def unplug(self) -> None:
        """Have the cable pulled."""
        self._unplugged = True
        self._have_done("Cabut kabel data printer atau pembaca", "Pull the data cable of the printer or reader")

    def replug(self, *, elsewhere: bool) -> None:
        """Have it put in again."""
        self._unplugged = False
        if elsewhere:
            self._have_done("Pasang kabel data di lubang lain", "Put the data cable into another socket")
        else:
            self._have_done("Pasang kembali kabel data", "Put the data cable back")

    def cut_power(self) -> None:
        """Have the mains taken away and given back."""
        self._have_done(
            "Cabut listrik printer, tunggu 5 detik, pasang lagi, tunggu sampai siap",
            "Pull the printer's mains, wait 5 seconds, put it back, wait until it is ready",
        )

    def prepare_cleaning(self, steps: Sequence[Preparation]) -> None:
        """Have the machine made ready for its cleaning card."""
        for step in steps:
            self._prepared.append(step)
            self._have_done(*_PREPARE[step])

    def lay_card(self) -> None:
        """Have a card laid on the reader."""
        self._card_laid = True
        self._have_done("Letakkan satu kartu di atas pembaca", "Lay one card on the reader")

    def take_card(self) -> None:
        """Have it taken away."""
        self._card_laid = False
        self._have_done("Angkat kartu dari pembaca", "Take the card off the reader")

    def _have_done(self, indonesian: str, english: str) -> None:
        said = self._ask(f"{indonesian}.\n  ({english}.)\n  Enter = sudah / done, t = tidak bisa / cannot: ")
        if said.strip().lower() in ("t", "tidak", "n", "no"):
            raise CannotDo(f"the person could not: {english}")

    def _count(self, indonesian: str, english: str) -> int:
        while True:
            said = self._ask(f"{indonesian} ({english}) ? = tidak terlihat / cannot see: ").strip()
            if said == "?":
                raise CannotDo(f"the person could not see: {english}")
            if said.isascii() and said.isdecimal():
                return int(said)
