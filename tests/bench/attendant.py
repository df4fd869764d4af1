"""The person at the desk of a line whose cards are written there: does what is asked, and notes from when to when.

Each act takes a second of her time. What she does is left out of a line's figure; what she has to wait for is in it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from simulators.world_client import WorldClient
from stationd.client.client import Client
from tests.bench.intervals import Interval
from tests.rig.settings import LineSetup
from tests.rig.worlds import DESK

TABLE = f"desk/{DESK}"
ACT = 1.0
"""Seconds that she takes for an act."""

LOOK = 0.02
"""Seconds between her looks at the screen. What she sees late counts against the station."""

PATIENCE = 120.0
"""Real seconds for one card."""

NOT_HERS = frozenset({"", "card-to-accept", "card-off-desk", "desk-reader-in-use"})
"""What the line may say meanwhile that is no request."""


@dataclass
class Attendant:
    """Makes cards on one line.

    Attributes:
        line: its only line.
        acts: from when to when she did something.
        laid: when each blank lay on the reader.
        accepted: when each card had been accepted.
    """

    world: WorldClient
    client: Client
    line: LineSetup
    acts: list[Interval] = field(default_factory=list)
    laid: list[float] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)
    _card: str = ""

    def make(self, cards: int) -> None:
        """Do what the line asks for until so many cards are accepted.

        Raises:
            RuntimeError: if it asks for something that no faultless card needs, or takes too long.
        """
        end = time.monotonic() + PATIENCE * cards
        while len(self.accepted) < cards:
            status = self.client.status()
            asked = status.lines[0].cause
            if asked == "blank-wanted-on-desk" and not self.world.census().get(TABLE):
                self._lay_blank()
            elif asked == "card-into-printer" and self.world.census().get(TABLE):
                self._put_in()
            elif status.jobs.get("delivered"):
                self._accept()
            elif asked not in {*NOT_HERS, "blank-wanted-on-desk", "card-into-printer"} or time.monotonic() > end:
                raise RuntimeError(f"{self.line.name}: {asked or 'nothing happens'}")
            time.sleep(LOOK)

    def _lay_blank(self) -> None:
        began = time.monotonic()
        time.sleep(ACT)
        (self._card,) = self.world.move_next(f"hopper/stack-{self.line.name}", TABLE)
        self.laid.append(time.monotonic())
        self.acts.append((began, self.laid[-1]))

    def _put_in(self) -> None:
        began = time.monotonic()
        self.world.move(self._card, f"feed/{self.line.machine}")
        time.sleep(ACT)
        self.acts.append((began, time.monotonic()))
        self.client.continue_line(self.line.name)

    def _accept(self) -> None:
        (job,) = (job.job_id for job in self.client.jobs() if job.state == "delivered")
        began = time.monotonic()
        time.sleep(ACT)
        self.world.move(self._card, TABLE)
        self.acts.append((began, time.monotonic()))
        self.client.accept(job)
        self.accepted.append(time.monotonic())
        self.world.move(self._card, "shelf")
        time.sleep(ACT)
        self.acts.append((self.accepted[-1], time.monotonic()))
