"""The registry's parts that every call works with: its tables, its keys and its clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from simulators.registry.authority import Authority
from simulators.registry.database import Database
from simulators.registry.sealing import Signer

CLOCK_MARGIN: Final = 300
"""Seconds by which a station's clock may be wrong: a lease ends for others only so long after its `start_before`."""


class Registry:
    """A registry at rest in one folder. Not for two threads at once.

    Attributes:
        database: what it remembers.
        signer: what it signs with.
        authority: what certifies stations.
        seed: its citizens follow from it.
    """

    def __init__(self, folder: Path, *, seed: str = "", clock: Callable[[], float] = time.time) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.database = Database(folder / "registry.db")
        self.signer = Signer(folder / "signing.key")
        self.authority = Authority(folder)
        self._clock = clock
        kept = self.database.setting("seed")
        if kept is None:
            with self.database.transaction():
                self.database.set_setting("seed", seed)
        self.seed = seed if kept is None else kept
        self._ahead = int(self.database.setting("clock-ahead") or 0)

    def close(self) -> None:
        """Close the tables."""
        self.database.close()

    def now(self) -> float:
        """Seconds since 1970 by the registry's clock."""
        return self._clock() + self._ahead

    def put_clock_forward(self, seconds: int) -> None:
        """Make the registry's clock jump; it stays so after a restart."""
        with self.database.transaction():
            self.database.set_setting("clock-ahead", str(self._ahead + seconds))
        self._ahead += seconds
