"""Why something that was asked did not come about, as plain data."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

VERSIONS: Final = frozenset({"daemon-older", "client-older"})
"""Causes by which window and daemon cannot understand each other."""

NOT_SIGNED_IN: Final = "not-signed-in"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something did not come about.

    Attributes:
        cause: a word of the catalogue.
        subject: what it is about: a job, a line, an officer.
        detail: evidence, for a technician.
        status: of the answer (HTTP); 0 if nobody answered.
    """

    cause: str
    subject: str = ""
    detail: str = ""
    status: int = 0

    @property
    def is_absence(self) -> bool:
        """Whether nobody answered."""
        return self.status == 0

    @property
    def is_version(self) -> bool:
        """Whether window and daemon are of versions that cannot understand each other."""
        return self.cause in VERSIONS

    @property
    def is_signed_out(self) -> bool:
        """Whether it is for want of a session."""
        return self.cause == NOT_SIGNED_IN


def problem_of(error: Exception) -> Problem:
    """Return what an error of the client says. Any other is a fault of this program, and kept in its log."""
    from stationd.client.problems import StationAbsent, StationProblem  # noqa: PLC0415 - the window is in sight sooner without

    match error:
        case StationAbsent():
            return Problem(error.cause, str(error.socket), error.why)
        case StationProblem():
            return Problem(error.cause, error.subject, error.detail, error.status)
        case _:
            log.error("a call failed", exc_info=error)
            return Problem("odd-answer", status=HTTPStatus.OK)
