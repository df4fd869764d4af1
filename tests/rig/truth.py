"""What really happened, from three witnesses: the physical world, the registry, and the bytes of the book.

Imports nothing of the daemon: a mistake of its own cannot hide here.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import sqlite3
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulators.registry.desk import Desk
from simulators.world_client import WorldClient

PROFILES = Path(__file__).parents[2] / "config" / "profiles"
PLACES = ("store", "hopper", "machine", "output", "reject", "shelf")
"""Where the book and the world both know piles: the book one a line, the world one a machine."""


@dataclass
class Findings:
    """What was compared, and what does not agree."""

    compared: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def check(self, what: str, holds: bool, otherwise: str = "") -> None:
        """Note one comparison."""
        self.compared.append(what)
        if not holds:
            self.wrong.append(f"{what}: {otherwise}" if otherwise else what)


def book(data: Path) -> list[dict[str, Any]]:
    """Read a book's entries from its file, without a word of the daemon's code."""
    texts = [text for (text,) in rows(data, "SELECT text FROM book ORDER BY seq")]
    return [json.loads(text) | {"_digest": hashlib.sha256(text.encode()).hexdigest()} for text in texts]


def rows(data: Path, query: str) -> list[tuple[Any, ...]]:
    """Look into a station's database, without a word of the daemon's code."""
    with sqlite3.connect(f"file:{data / 'book.db'}?mode=ro", uri=True) as db:
        found = db.execute(query).fetchall()
    db.close()
    return found


def chain_holds(entries: list[dict[str, Any]]) -> bool:
    """Say whether every entry holds the hash of the one before, and none is missing."""
    before = "0" * 64
    for number, entry in enumerate(entries, start=1):
        if entry["seq"] != number or entry["prev"] != before:
            return False
        before = entry["_digest"]
    return True


def balances(entries: list[dict[str, Any]]) -> Counter[str]:
    """Add the book's movements up, by place."""
    sums: Counter[str] = Counter()
    for entry in entries:
        for move in entry.get("moves", ()):
            sums[move["source"]["place"]] -= move["count"]
            sums[move["target"]["place"]] += move["count"]
    return sums


def accounts(entries: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """Add the book's movements up, by place and line."""
    sums: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        for move in entry.get("moves", ()):
            for end, sign in (("source", -1), ("target", 1)):
                sums[move[end]["place"], move[end]["line"]] += sign * move["count"]
    return sums


@functools.cache
def files_of_profile(profile: str) -> dict[str, int]:
    """Return which file of the chip holds which data object, from the profile itself."""
    document = tomllib.loads((PROFILES / f"{profile}.toml").read_text())
    return {name: int(what["file"], 16) for name, what in document["objects"].items()}


def chip_content(state: Mapping[str, Any]) -> tuple[str, dict[int, bytes]]:
    """Return a chip's life cycle (`3` open, `4` locked, `5` live) and its files, from its memory in the world."""
    memory = state["memory"]
    files = {int(name): base64.b64decode(content) for name, content in memory["files"].items()}
    return str(memory["life_cycle"]), files


def live_cards(world: WorldClient) -> dict[str, str]:
    """Return every live card of the world: its id, and the digest of its content.

    Cards on the floor are an earlier day's, swept away.
    """
    found = {}
    for place, cards in world.census().items():
        for card_id in cards if place != "floor" and not place.startswith("sam/") else ():
            state = world.chip_state(card_id)
            if state is not None and (content := chip_content(state))[0] == "5":
                found[card_id] = hashlib.sha256(repr(sorted(content[1].items())).encode()).hexdigest()
    return found


def piles(census: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Count the world's cards by the book's places, those of all machines together."""
    counts = dict.fromkeys(PLACES, 0)
    for pile, cards in census.items():
        place = pile.partition("/")[0]
        if place in counts:
            counts[place] += len(cards)
    return counts


def compare_blanks(
    entries: list[dict[str, Any]], world: WorldClient, findings: Findings, *, questions: bool = False
) -> None:
    """Hold the book's accounts against a count of the world's piles.

    With `questions`, a blank in question may lie anywhere, so the piles may hold that many more between them.
    """
    said, found = balances(entries), world.census()
    counts = piles(found)
    if questions:
        more = [place for place, counted in counts.items() if counted < said[place]]
        findings.check("no pile holds less than the book says", not more, ", ".join(more))
        unexplained = sum(counts.values()) - sum(said[place] for place in PLACES)
        holds = 0 <= unexplained <= said["in-question"]
        findings.check("what the piles hold beyond the book is in question", holds, str(unexplained))
        return
    for place, counted in counts.items():
        findings.check(f"blanks in {place}: book {said[place]}, world {counted}", said[place] == counted)
    findings.check("no blank is in question", said["in-question"] == 0, str(said["in-question"]))


def compare_chips(entries: list[dict[str, Any]], world: WorldClient, desk: Desk, findings: Findings) -> None:
    """Hold each accepted card's chip, as it is in the world, against what the registry sent for its job."""
    chips = [content for card in sorted(live_cards(world)) if (content := _content(world, card))]
    for entry in entries:
        if entry["type"] != "card-accepted":
            continue
        claims = desk.claims(entry["job_id"])
        matching = [content for content in chips if _holds(content, claims)]
        holds = len(matching) == 1
        findings.check(
            f"chip of job {entry['job_id']} holds what the registry sent", holds, f"{len(matching)} chips do"
        )


def _content(world: WorldClient, card_id: str) -> dict[int, bytes]:
    state = world.chip_state(card_id)
    return {} if state is None else chip_content(state)[1]


def job_of_chip(world: WorldClient, card_id: str, claims: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the job whose data objects a card's chip holds, all of them; empty if none."""
    content = _content(world, card_id)
    return next((job for job, sent in claims.items() if _holds(content, sent)), "")


def _holds(content: Mapping[int, bytes], claims: Mapping[str, Any]) -> bool:
    """Say whether a chip's files are the data objects of a job, each where its profile puts it."""
    files = files_of_profile(str(claims["profile"]))
    return all(content.get(files[name]) == base64.b64decode(raw) for name, raw in claims["chip"].items())


def digest_of(event: Mapping[str, Any]) -> str:
    """Return the digest of an entry that was read from its text: canonical JSON gives the text back."""
    text = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
