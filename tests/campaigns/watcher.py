"""Listens to the daemon's live events, so that a pull can come at a named point of an attempt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from stationd.client.client import Client
from stationd.client.problems import StationAbsent, StationProblem

Entry = dict[str, Any]


class Watcher:
    """Keeps all that was heard, over restarts of the daemon.

    Attributes:
        heard: entries in the order of their arrival.
    """

    def __init__(self, ask: Callable[[], Client]) -> None:
        self.heard: list[Entry] = []
        self._ask = ask
        self._changed = threading.Condition()
        self._client: Client | None = None
        self._thread: threading.Thread | None = None

    def listen(self) -> None:
        """Listen to a daemon that has just started."""
        self.stop()
        client = self._ask()
        listening = threading.Event()

        def run() -> None:
            try:
                with client.listening() as entries:
                    listening.set()
                    for entry in entries:
                        with self._changed:
                            self.heard.append(entry)
                            self._changed.notify_all()
            except (StationAbsent, StationProblem):
                pass  # it was killed: the next one is listened to when it has started
            finally:
                listening.set()

        self._client = client
        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        listening.wait(10)

    def stop(self) -> None:
        """Stop listening."""
        if self._client is not None and self._thread is not None:
            self._client.close()
            self._thread.join(10)
        self._client = self._thread = None

    def wait_for(self, holds: Callable[[Entry], bool], after: int, seconds: float) -> bool:
        """Wait until something was heard since a position in `heard`; False if the time is up before."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                if any(holds(entry) for entry in self.heard[after:]):
                    return True
                after = len(self.heard)
                if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                    return any(holds(entry) for entry in self.heard[after:])
