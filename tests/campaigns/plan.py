"""What is pulled, and when: drawn from a seed, written down, and read again to repeat a run. Pure."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec

KINDS = ("kill", "mains", "power", "usb", "pcscd", "touch", "taken", "registry", "network", "disk", "clock")
"""What can be pulled:

* `kill`: SIGKILL of the daemon;
* `mains`: the daemon, the printer, and whatever was written and not synced;
* `power`: the printer's power alone; `usb`: its cable;
* `pcscd`: the smart-card service is killed and started again;
* `touch`: the reader loses the card in the machine; `taken`: a hand opens the door and takes the card out;
* `registry`: killed and started again; `network`: the registry falls silent for a while;
* `disk`: the disk is full for a while; `clock`: the wall clock jumps.
"""

STEPS = ("feed", "identify", "film", "write", "seal", "transfer", "activate", "deliver")
EDGES = ("step-intended", "step-observed")
CARD_FATES = ("stay", "eject", "reject")
CLOCKS = (946_684_800 - 1_700_000_000, 10 * 365 * 86_400, 0)
"""By how many seconds the wall clock is wrong: decades back, ten years ahead, right again."""


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """One pull.

    Attributes:
        number: its place in the campaign, from 1.
        kind: one of `KINDS`.
        edge, step: the named point at which it comes; an empty edge means after `delay` from the order alone.
        delay: seconds from the point.
        hold: seconds until what was pulled is put back.
        card: what the printer does with a card in its path when its power returns.
        film_kept: whether the film still holds its picture then.
        new_address: the cable goes into another socket.
        clock: the wall clock's error from then on, for `clock`; `restart`: the daemon is started again with it.
        torn: which share of what was not synced reaches the disk nevertheless, for `mains`.
        carried_off: the card that is taken is not to be found again, for `taken`.
        answers_wrongly: the person who is asked looks badly, and does not find what lies there.
        taps: they lay the card that they are asked about on the desk reader, if they have it.
        found_bad: whoever looks at the cards that came out does not find them good.
        cards: how many cards are ordered.
    """

    number: int
    kind: str
    edge: str = ""
    step: str = ""
    delay: float = 0.0
    hold: float = 0.2
    card: str = "stay"
    film_kept: bool = True
    new_address: bool = False
    clock: int = 0
    restart: bool = False
    torn: float = 0.0
    carried_off: bool = False
    answers_wrongly: bool = False
    taps: bool = False
    found_bad: bool = False
    cards: int = 1

    @property
    def point(self) -> str:
        """The named point, or `random`."""
        return f"{self.edge} {self.step}" if self.edge else "random"


class Plan(msgspec.Struct, frozen=True):
    """A whole campaign: it can be repeated from this alone."""

    seed: str
    pulls: tuple[Pull, ...]
    broken: str = ""


def draw(seed: str, runs: int, kinds: tuple[str, ...] = KINDS, broken: str = "") -> Plan:
    """Draw a campaign: every kind meets every named point before any meets one twice, in random order."""
    rng = random.Random(f"{seed}/plan")  # noqa: S311 - has to be repeatable
    points = [(edge, step) for step in STEPS for edge in EDGES] + [("", "")] * 4
    deck: list[tuple[str, tuple[str, str]]] = []
    pulls = []
    for number in range(1, runs + 1):
        if not deck:
            deck = [(kind, point) for kind in kinds for point in points]
            rng.shuffle(deck)
        kind, (edge, step) = deck.pop()
        pulls.append(_pull(rng, number, kind, edge, step))
    return Plan(seed, tuple(pulls), broken)


def _pull(rng: random.Random, number: int, kind: str, edge: str, step: str) -> Pull:
    at_once = bool(edge) and rng.random() < 0.5
    return Pull(
        number=number,
        kind=kind,
        edge=edge,
        step=step,
        delay=0.0 if at_once else round(rng.uniform(0, 0.15 if edge else 2.0), 3),
        hold=round(rng.choice((0.0, rng.uniform(0.05, 0.6))), 3),
        card=rng.choices(CARD_FATES, (2, 1, 1))[0],
        film_kept=rng.random() < 0.7,
        new_address=rng.random() < 0.5,
        clock=rng.choice(CLOCKS),
        restart=rng.random() < 0.5,
        torn=rng.choice((0.0, 0.3, 0.7)),
        carried_off=rng.random() < 0.3,
        taps=rng.random() < 0.5,
        answers_wrongly=rng.random() < 0.15,
        found_bad=rng.random() < 0.04,
        cards=rng.choices((1, 2), (4, 1))[0],
    )


def read(file: Path) -> Plan:
    """Read a plan that was written down."""
    return msgspec.json.decode(file.read_bytes(), type=Plan)


def write(plan: Plan, file: Path) -> None:
    """Write a plan down."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=1))
