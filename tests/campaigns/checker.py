"""Counts the simulated world against the book and the registry. Imports nothing of the daemon's.

Only what a card should look like is drawn with the daemon's artwork, from the registry's own claims.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulators.registry.desk import Desk
from simulators.world_client import WorldClient
from tests.campaigns.ledger import Attempt, Ledger
from tests.rig import pictures, truth

ROOT = Path(__file__).parents[2]
LAYOUTS = ROOT / "config" / "layouts"
TAG_FILE = 0x0101
LIVE = "5"
MACHINE = "matica-1"
TRAY = "hand"
"""Where the office lays cards whose account is in question, once somebody has come upon them."""

AWAY = "floor"
"""Where nobody of the office comes upon a card."""

PILES = {
    "store": "store",
    "hopper": f"hopper/{MACHINE}",
    "machine": f"machine/{MACHINE}",
    "output": f"output/{MACHINE}",
    "reject": f"reject/{MACHINE}",
    "unfit": f"aside/{MACHINE}",
    "shelf": "shelf",
}
UNREADABLE = "payload-unreadable"
SLACK = 0.3
"""Seconds by which a command may still be carried out that was on its way when a session ended."""


@dataclass
class Card:
    """What was found of one card.

    Attributes:
        tag: its chip's identity; empty if it has none.
        content: its chip's files.
        prints: how often something was pressed on its front.
        whole: the last of them is whole, from a film that was printed once.
    """

    tag: str
    live: bool
    content: dict[int, bytes]
    prints: int
    whole: bool
    picture: str


@dataclass
class Checker:
    """Knows the book, and every card that has come to rest.

    Attributes:
        settled: which cards belong in each pile, by the book's name for it.
        aside: cards that lie in the tray and are nobody's any more.
        desk: gives the registry's desk, once the registry is there to be asked.
        live: cards that were found live: their identity.
        breaks: when a session with the printer was surely broken, by this computer's monotonic clock.
        unasked: attempts about which a person should have been asked and was not.
    """

    data: Path
    world: WorldClient
    desk: Callable[[], Desk]
    station: str
    busy_log: Path
    factor: float
    began: float
    settled: dict[str, set[str]] = field(default_factory=lambda: {p: set() for p in ("output", "reject", "shelf")})
    live: dict[str, str] = field(default_factory=dict)
    aside: set[str] = field(default_factory=set)
    breaks: list[float] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.data)
        self._log_position = 0
        self._film_begun = float("-inf")
        self._tags: dict[str, str] = {}
        self._claims: dict[str, dict[str, Any]] = {}

    def claims(self, job: str) -> dict[str, Any]:
        """Return what the registry sent for a job."""
        if job not in self._claims:
            self._claims[job] = self.desk().claims(job)
        return self._claims[job]

    # --- one look ---------------------------------------------------------------------------------------------------

    def examine(self, card_id: str) -> Card:
        """Look at a card as the world knows it."""
        card = self.world.card(card_id)
        state: Any = card.chip
        life, content = truth.chip_content(state) if state is not None else ("", {})
        fronts = [made for made in card.prints if made.side == "front"]
        last = fronts[-1] if fronts else None
        whole = last is not None and "pressed" not in last.source and last.source["passes"] == "1"
        tag = content.get(TAG_FILE, b"")
        return Card(tag.hex(), life == LIVE, content, len(fronts), whole, last.picture if last else "")

    def come_to_rest(self) -> list[str]:
        """Let somebody look through output, reject bin and machine, and lay aside what does not belong there.

        Returns:
            the cards that were laid aside, which the book has in question.
        """
        self.ledger.read()
        astray = []
        census = self.world.census()
        for place in ("output", "reject", "machine"):
            known = self.settled.get(place, set())
            new = [card for card in census.get(PILES[place], ()) if card not in known]
            found = {card: self.examine(card) for card in new}
            expected = self.ledger.balances[place] - len(known)
            ranked = sorted(new, key=lambda card: self._rank(found[card], place))
            belong = [card for card in ranked if self._rank(found[card], place) < 2][: max(0, expected)]
            known |= set(belong)
            astray += [card for card in new if card not in belong]
        # A blank that never left the hopper though its feeding was declared: the count of the hopper shows it.
        hopper = census.get(PILES["hopper"], [])
        more = len(hopper) - self.ledger.balances["hopper"]
        astray += hopper[-more:] if more > 0 else []
        unfit = self._unfit(astray)
        for card in unfit:
            self.world.move(card, PILES["unfit"])
        astray = [card for card in astray if card not in unfit]
        for card in astray:
            self.world.move(card, TRAY)
        self.aside = set(self.world.census().get(TRAY, ()))
        return astray

    def _unfit(self, astray: list[str]) -> list[str]:
        """Pick those out of the output that the book has as unfit: they came out as they were."""
        census = self.world.census()
        more = self.ledger.balances["unfit"] - len(census.get(PILES["unfit"], ()))
        found = {card: self.examine(card) for card in astray if card in census.get(PILES["output"], ())}
        return [card for card, seen in found.items() if not seen.tag and not seen.prints][: max(0, more)]

    def _rank(self, card: Card, place: str) -> int:
        """0 if the book has this very card here, 1 if it might be, 2 if it is another's."""
        attempt = self.ledger.of_tag(card.tag) if card.tag else None
        if attempt is None:
            return 1
        return 0 if attempt.place == place else 2

    def put_away(self, job: str, pile: str) -> None:
        """Carry the card of a job that was looked at from the output to where the station was told."""
        self.ledger.read()
        for card_id in sorted(self.settled["output"]):
            attempt = self.ledger.of_tag(self.examine(card_id).tag)
            if attempt is not None and attempt.job == job and attempt.place == pile:
                self.world.move(card_id, PILES[pile])
                self.settled["output"].discard(card_id)
                self.settled[pile].add(card_id)
                return
        self._violation(f"the card of job {job} is for the {pile}, but does not lie in the output")

    def delivered(self, job: str) -> str | None:
        """Return the card in the output that is the one of a job."""
        self.ledger.read()
        for card_id in sorted(self.settled["output"]):
            attempt = self.ledger.of_tag(self.examine(card_id).tag)
            if attempt is not None and attempt.job == job:
                return card_id
        return None

    def laid_by_hand(self, card_id: str, pile: str) -> None:
        """Remember that somebody put a card somewhere because the station was told so."""
        self.settled[pile].add(card_id)

    # --- who is asked -------------------------------------------------------------------------------------------------

    def card_of(self, attempt_id: str) -> str | None:
        """Return the card of an attempt, if it lies where a person can come upon it: by its chip, else by its place."""
        self.ledger.read()
        attempt = self.ledger.attempts[attempt_id]
        census = self.world.census()
        places = [*(PILES[place] for place in ("machine", "output", "reject")), TRAY]
        resting = set().union(*self.settled.values()) | self.aside
        loose = [card for place in places for card in census.get(place, ()) if card not in resting]
        tags = {card: self.examine(card).tag for card in loose}
        own = [card for card in loose if tags[card] in attempt.tags]
        return next(iter(own or [card for card in loose if self.ledger.of_tag(tags[card]) is None]), None)

    def judge(self, attempt_id: str, cause: str) -> bool:
        """Say whether only a person can tell what became of a card that one is asked about; if not, note it.

        One is needed if the card may be live and is not in the machine, legible and as itself, or if its job cannot be
        opened any more.
        """
        self.ledger.read()
        attempt = self.ledger.attempts[attempt_id]
        inside = self.world.census().get(PILES["machine"], ())
        there = any(self.examine(card).tag in attempt.tags for card in inside)
        needed = cause == UNREADABLE or (attempt.may_be_live and not there)
        if not needed:
            why = "its card is in the machine" if there else "its activation was never declared"
            self._violation(f"a person is asked about attempt {attempt_id} ({cause}) and is not needed: {why}")
        return needed

    # --- what must hold ---------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Check everything that must hold now that all is at rest; what does not is added to `wrong`."""
        self.ledger.read()
        while self.ledger.wrong:
            self._violation(self.ledger.wrong.pop(0))
        self._check_blanks()
        self._check_cards()
        self._check_unasked()
        self._check_film()

    def heard(self, entries: list[dict[str, Any]]) -> None:
        """Check that what the daemon said it had committed stands in the book."""
        self.ledger.read()
        held = self.ledger.entries
        for entry in entries:
            seq = entry["seq"]
            kept = held[seq - 1] if seq <= len(held) else None
            if kept is None or {k: v for k, v in kept.items() if k != "_digest"} != entry:
                self._violation(f"entry {seq} ({entry['type']}) was committed and announced, and is lost or changed")

    def check_registry(self) -> None:
        """Check the registry's knowledge against the book: nothing acknowledged may be missing here."""
        self.ledger.read()
        for book in self.desk().ask("station", station=self.station)["books"]:
            have, held = book["have"], len(self.ledger.entries)
            if have > held:
                self._violation(f"the registry has {have} entries of the book, the station only {held}")
            elif have and self.ledger.entries[have - 1]["_digest"] != book["head"]:
                self._violation(f"the registry's entry {have} is not the station's")
        for job in self.desk().ask("jobs", station=self.station):
            if job["state"] not in {"queued", "leased"} and job["job_id"] not in self.ledger.jobs:
                self._violation(f"job {job['job_id']} was acknowledged ({job['state']}) and is not in the book")
        for incident in self.desk().ask("incidents"):
            self._violation(f"the registry notes an incident: {incident['kind']} {incident['subject']}")

    def check_secrets(self, logs: list[Path]) -> None:
        """Check that no name or number of a citizen stands in the book or in a log."""
        texts = {file.name: file.read_bytes() for file in [*logs, *self.data.glob("book.db*")] if file.exists()}
        for job in self.ledger.jobs:
            claims = self.claims(job)
            for personal in (claims["nik"], claims["kk"], claims["card"]["nama"], claims["card"]["alamat"]):
                for name, text in texts.items():
                    if personal and personal.encode() in text:
                        self._violation(f"a citizen's datum of job {job} stands in {name}")

    def _check_blanks(self) -> None:
        census = self.world.census()
        for place, pile in PILES.items():
            said, counted = self.ledger.balances[place], len(census.get(pile, ()))
            if said != counted:
                self._violation(f"blanks in {place}: the book says {said}, the world has {counted}")
        lost = self.ledger.balances["in-question"] + self.ledger.balances["missing"]
        found = len(census.get(TRAY, ())) + len(census.get(AWAY, ()))
        if lost != found:
            self._violation(f"blanks in question or missing: the book says {lost}, {found} were found astray")

    def _check_cards(self) -> None:
        census = self.world.census()
        for pile in (*PILES.values(), TRAY, AWAY):
            for card_id in census.get(pile, ()) if not pile.startswith(("hopper", "store")) else ():
                if card_id not in self._tags:
                    self._check_card(card_id, self.examine(card_id))
        living: dict[tuple[str, int], list[str]] = {}
        for card_id, tag in self.live.items():
            attempt = self.ledger.of_tag(tag)
            if attempt is None:
                continue
            if attempt.ended in {"attempt-given-up", "attempt-released", "attempt-spoiled"} and not attempt.by_person:
                self._unasked(attempt, f"card {card_id} is live, and its attempt ended by itself as {attempt.ended}")
            if not attempt.by_person or attempt.ended == "card-accepted":
                living.setdefault(self.ledger.jobs[attempt.job], []).append(card_id)
        for (citizen, number), cards in living.items():
            if len(cards) > 1:
                self._violation(f"citizen {citizen} has {len(cards)} live cards of issue {number}: {', '.join(cards)}")

    def _check_card(self, card_id: str, card: Card) -> None:
        """Check a card that has newly come to rest; nothing changes it any more."""
        self._tags[card_id] = card.tag
        twins = [other for other, tag in self._tags.items() if tag and tag == card.tag and other != card_id]
        if twins:
            self._violation(f"cards {card_id} and {twins[0]} carry one identity")
        attempt = self.ledger.of_tag(card.tag)
        if not card.live:
            if attempt is not None and attempt.place in {"output", "shelf"}:
                self._violation(f"card {card_id} was delivered and is not live")
            return
        self.live[card_id] = card.tag
        if attempt is None:
            self._violation(f"card {card_id} is live and the book knows nothing of it")
            return
        if card.prints != 1 or not card.whole:
            self._violation(f"card {card_id} is live without one whole print ({card.prints} prints)")
            return
        self._check_same_job(card_id, card, attempt)

    def _check_same_job(self, card_id: str, card: Card, attempt: Attempt) -> None:
        """Chip and picture must be those of the attempt's job."""
        claims = self.claims(attempt.job)
        if not truth.job_of_chip(self.world, card_id, {attempt.job: claims}):
            self._violation(f"the chip of card {card_id} does not hold the data of job {attempt.job}")
        should_be = pictures.expected(claims, LAYOUTS)
        differs = pictures.difference(should_be, pictures.read(self.world.picture(card.picture)))
        if differs >= pictures.SAME:
            self._violation(f"the picture of card {card_id} is not that of job {attempt.job}: {differs:.1f}")

    def _check_unasked(self) -> None:
        """A card that may be live is where the book has it, or a person was asked."""
        where = {card: pile for pile, cards in self.world.census().items() for card in cards}
        for card_id, tag in self._tags.items():
            attempt = self.ledger.of_tag(tag) if tag else None
            if attempt is None or not attempt.may_be_live or attempt.by_person:
                continue
            if where.get(card_id) != PILES.get(attempt.place):
                at = f"{where.get(card_id)}, and in the book's {attempt.place}"
                self._unasked(attempt, f"card {card_id}, which may be live, is at {at}")

    def _unasked(self, attempt: Attempt, what: str) -> None:
        if attempt.attempt_id not in self.unasked:
            self.unasked.append(attempt.attempt_id)
        self._violation(f"nobody was asked about attempt {attempt.attempt_id}: {what}")

    def _check_film(self) -> None:
        """No film that was printed before a session ended may be transferred after it."""
        with self.busy_log.open() as log:
            log.seek(self._log_position)
            lines = log.readlines()
            self._log_position = log.tell()
        for line in lines:
            work = json.loads(line)
            start = self.began + work["start"] / self.factor
            if work["what"] == "print":
                self._film_begun = start
            elif work["what"] == "transfer" and work["part"] == "film":
                for broken in self.breaks:
                    if self._film_begun < broken < start - SLACK:
                        self._violation("a film printed before a session ended was transferred after it")

    def _violation(self, what: str) -> None:
        """Note what does not hold, once."""
        if what not in self.wrong:
            self.wrong.append(what)
