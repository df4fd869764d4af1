"""A card on the desk reader: which chip it is, and whether a printed one is whole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stationd.chip.profile import Profile
from stationd.chip.reading import Recognised
from stationd.model.issuance import Step
from stationd.press.begun_with import begun_with, taken_away
from stationd.press.chip_desk import ChipDesk
from stationd.press.tap import TapFailed
from stationd.station.floor import Floor
from stationd.station.refusal import Kind, Refused

CHIP = "chip"
"""The evidence beside the intent to write a chip: the station's mark of what goes on it."""


class Content(StrEnum):
    """What a chip holds, held against the book."""

    EQUAL = "equal"
    DIFFERS = "differs"
    NOT_RECORDED = "not-recorded"
    """The card was made before its digest was written in the book."""


@dataclass(frozen=True, slots=True)
class CheckedChip:
    """A card that was made here.

    Attributes:
        job_id: for which it was made.
        profile: of its chip.
        life_cycle: `open`, `locked`, `active`, or the byte that is none of these.
        content: whether it holds what the job has.
    """

    job_id: str
    profile: str
    life_cycle: str
    content: Content


class Chips(Floor):
    """What the desk reader tells of any card.

    Attributes:
        chip_desk: looks at it; None where there is nothing to look with.
    """

    chip_desk: ChipDesk | None = None

    def read_chip(self, officer: str) -> Recognised:
        """Say which chip lies on the desk reader, without a citizen's data."""
        self._allow_at_line(officer)
        try:
            return self._desk().recognise()
        except TapFailed as failure:
            raise Refused(Kind.NOT_NOW, failure.cause, "", failure.detail) from failure

    def check_chip(self, officer: str) -> CheckedChip:
        """Hold the card on the desk reader against what the book says of its job."""
        self._allow_printing(officer)
        try:
            read = self._desk().read(self.store.mark, self._written_by, self._taken_away())
        except TapFailed as failure:
            raise Refused(Kind.NOT_NOW, failure.cause, "", failure.detail) from failure
        with self.store.read() as view:
            attempt = view.attempt_of_chip(read.held.identity.hex())
            if attempt is None:
                raise Refused(Kind.NOT_FOUND, "card-not-made-here", read.profile, read.held.life_cycle)
            expected = view.known_before(attempt.attempt_id, Step.WRITE).get(CHIP)
        equal = Content.EQUAL if expected in read.held.marks else Content.DIFFERS
        content = Content.NOT_RECORDED if expected is None else equal
        return CheckedChip(attempt.job_id, read.profile, read.held.life_cycle, content)

    def _written_by(self, identity: bytes) -> Profile | None:
        """Return the profile by which the chip with an identity was written here; None if it was not."""
        with self.store.read() as view:
            attempt = view.attempt_of_chip(identity.hex())
            job = None if attempt is None else view.job(attempt.job_id)
            if attempt is None or job is None:
                return None
            return begun_with(view, attempt, self._desk().profiles.get(job.profile))

    def _taken_away(self) -> list[Profile]:
        with self.store.read() as view:
            return taken_away(view, self._desk().profiles)

    def _desk(self) -> ChipDesk:
        if self.chip_desk is None:
            raise TapFailed("no-desk-reader")
        return self.chip_desk
