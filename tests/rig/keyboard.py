"""What an officer does at the window, by its keys alone; whatever is not here she cannot do there.

It stands in for the api's client where `tests.rig.officer.Officer` acts: she looks at the station as ever, and all that
she does goes through the window, as it is on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stationd.client.blanks import DiscrepancyView
from stationd.client.client import Client
from stationd.client.queue import QuestionToldView
from stationd.client.status import JobView, StatusView
from tests.rig.desktop import Desktop

ANSWERS = {"out": "1", "spoiled": "2", "missing": "3"}
"""The keys of the answers to where a card is."""

COUNTED = ("store", "hopper", "output", "reject", "unfit")
"""Piles, in the order in which the window asks for their counts."""

SEEN = 20.0
"""Seconds within which what was done is seen."""


class Keyboard:
    """The window's keys.

    Attributes:
        pressed: how many key presses each act took, letters and digits that were typed left out.

    Args:
        desktop: on which the window is.
        client: by which is seen whether it came about.
        niks: of the people whose jobs there are, by job; asked for as it is written on their cards.
        lying: how many blanks lie in a line's hopper, for whoever counts them.
    """

    def __init__(
        self,
        desktop: Desktop,
        client: Client,
        niks: Callable[[str], str],
        lying: Callable[[str], int],
    ) -> None:
        self.pressed: dict[str, int] = {}
        self._desktop = desktop
        self._client = client
        self._niks = niks
        self._lying = lying
        self._act = ""

    # --- what she sees ------------------------------------------------------------------------------------------------

    def status(self) -> StatusView:
        """Look at the station."""
        return self._client.status()

    def jobs(self) -> list[JobView]:
        """Look at all jobs."""
        return self._client.jobs()

    def questions(self) -> list[QuestionToldView]:
        """Look at what is asked, and which answers there are."""
        return self._client.questions()

    def discrepancies(self) -> list[DiscrepancyView]:
        """Look at what did not agree."""
        return self._client.discrepancies()

    def get(self, path: str, kind: Any) -> Any:
        """Look at something else."""
        return self._client.get(path, kind)

    def close(self) -> None:
        """Nothing is held."""

    # --- what she does ------------------------------------------------------------------------------------------------

    def order_next(self, count: int) -> None:
        """Print so many of the queue."""
        ordered = self._begun()
        self._begin("print ten" if count > 1 else "print next")
        if count == 1:
            self._press("F5")
        else:
            self._press("ctrl+1", "ctrl+n")
            self._type(str(count))
            self._press("Return")
        self._until(lambda: self._begun() >= ordered + count, f"{count} orders")

    def order_by_name(self, job_id: str) -> None:
        """Print one person's card."""
        self._begin("print one by name")
        self._press("ctrl+1", "ctrl+f")
        self._type(self._niks(job_id))
        self._press("F6")
        self._until(lambda: self._state(job_id) != "queued", f"the order of {job_id}")

    def accept(self, job_id: str) -> None:
        """Say that a card is good."""
        self._begin("accept")
        self._to_card(job_id)
        self._press("F4")
        self._until(lambda: self._state(job_id) != "delivered", f"{job_id} on the shelf")

    def spoil(self, job_id: str, _: str) -> None:
        """Say that a card is spoiled: the first reason that is offered."""
        self._begin("mark spoiled and retry")
        self._to_card(job_id)
        self._press("F7", "1")
        self._until(lambda: self._state(job_id) == "held", f"{job_id} spoiled")

    def release(self, job_id: str) -> None:
        """Let a spoiled card be made again."""
        self._begin("retry")
        self._to_card(job_id)
        self._press("F9")
        self._until(lambda: self._state(job_id) != "held", f"another card of {job_id}")

    def order(self, job_id: str) -> None:
        """Letting it be made again has ordered it."""
        self._until(lambda: self._state(job_id) != "queued", f"the order of {job_id}")

    def answer(self, question_id: str, answer: str, *, tap: bool = False) -> None:
        """Say where a card is; with a tap it lies on the desk's reader, as the window asks then."""
        self._begin("answer a question")
        self._press("ctrl+3")
        for key in (ANSWERS[answer], *(["2"] if answer == "missing" else ["1"] if tap else [])):
            self._desktop.wait_until(lambda: "Pertanyaan" in self._desktop.active(), "the question")
            self._desktop.still(3)  # what is asked has come, and then what is asked after it
            self._press(key)
        self._until(lambda: question_id not in {each.question_id for each in self.status().questions}, "the answer")

    def continue_line(self, line: str) -> None:
        """Say that what a line asked for is done."""
        self._begin("go on")
        waits = self._cause(line)
        self._press("ctrl+2", "ctrl+g")
        self._until(lambda: self._cause(line) != waits, f"{line} to go on")

    resume_line = continue_line

    def receive_blanks(self, batch: str, count: int) -> None:
        """Take a delivery in."""
        self._begin("receive blanks")
        self._press("ctrl+5", "alt+t")
        for typed in (batch, str(count), str(count)):
            self._type(typed)
            self._press("Return")
        self._until(lambda: self.status().blanks.get("store", 0) >= count, "the delivery")

    def load_blanks(self, line: str, count: int) -> None:
        """Fill a hopper, and count what lies in it."""
        self._begin("load hopper")
        self._press("ctrl+5", "alt+i", "Return")
        self._until(lambda: bool(self.status().exchanges), "the open hopper")
        before = self.status().blanks.get("hopper", 0)
        self._desktop.still(3)
        self._type(str(count))
        self._press("Return")
        self._until(lambda: self.status().blanks.get("hopper", 0) == before + count, "the blanks")
        self._desktop.still(3)
        self._type(str(self._lying(line)))
        self._press("Return")
        self._until(lambda: not self.status().exchanges, "the closed hopper")

    def take_stock(self, piles: Mapping[tuple[str, str], int]) -> None:
        """Count what lies in each pile that the window asks about, from top to bottom."""
        self._begin("count blanks")
        booked = self.status().blanks
        self._press("ctrl+5", "alt+h")
        for place in COUNTED:
            if place in {"store", "hopper"} or booked.get(place):
                self._type(str(sum(count for (where, _), count in piles.items() if where == place)))
                self._press("Return")
        self._desktop.still(3)

    def hand_over(self, job_id: str) -> None:
        """Give a card to its owner, who showed the usual thing."""
        self._begin("hand over")
        self._press("ctrl+4")
        self._type(self._niks(job_id))
        self._desktop.still(2)
        self._press("Return", "1")
        self._until(lambda: self._state(job_id) == "handed-over", f"{job_id} handed over")
        self._press("Return")

    def issue_report(self) -> None:
        """Make the day's report."""
        self._begin("end-of-day report")
        issued = len(self._client.documents())
        self._press("ctrl+6")
        self._desktop.still(3)
        self._press("alt+d")
        self._until(lambda: len(self._client.documents()) > issued, "the day's report")

    def see_days_left(self) -> None:
        """Look how long the blanks last."""
        self._begin("see days left")
        self._press("ctrl+5")

    # --- how ----------------------------------------------------------------------------------------------------------

    def _to_card(self, job_id: str) -> None:
        self._press("ctrl+1", "ctrl+f")
        self._type(self._niks(job_id))
        self._press("ctrl+k")
        self._desktop.wait_until(lambda: "Kartu" in self._desktop.active(), "the card")
        self._desktop.still(2)

    def _begin(self, act: str) -> None:
        self._act = act
        self.pressed.pop(act, None)

    def _press(self, *keys: str) -> None:
        self.pressed[self._act] = self.pressed.get(self._act, 0) + len(keys)
        for key in keys:
            self._desktop.press(key)

    def _type(self, text: str) -> None:
        """What a person's number, a paper's or a count is; it replaces what stands there."""
        self._desktop.press("ctrl+a")
        self._desktop.type(text)

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        self._desktop.wait_until(holds, f"{what}; the window has {self._desktop.active()!r}", SEEN)

    def _state(self, job_id: str) -> str:
        return next((job.state for job in self.jobs() if job.job_id == job_id), "")

    def _cause(self, line: str) -> str:
        return next((each.cause for each in self.status().lines if each.name == line), "")

    def _begun(self) -> int:
        waiting: Mapping[str, int] = self.status().jobs
        return sum(count for state, count in waiting.items() if state not in {"queued", "held"})
