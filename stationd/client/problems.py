"""What the station refuses, and that it does not answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override


@dataclass(eq=False)
class StationProblem(Exception):
    """The station refused. `cause` is a word of the catalogue, `subject` what it is about."""

    cause: str
    subject: str
    detail: str
    status: int

    @override
    def __str__(self) -> str:
        return self.detail or self.cause


@dataclass(eq=False)
class StationAbsent(Exception):
    """The station does not answer at its socket.

    Attributes:
        cause: `station-absent`, `station-silent` or `socket-not-ours`: a word of the catalogue.
    """

    socket: Path
    why: str
    cause: str = "station-absent"

    @override
    def __str__(self) -> str:
        return f"no station answers at {self.socket} ({self.why}); start stationd or name its socket"
