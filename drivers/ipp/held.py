"""Which queues this process has open: one session each, by whatever address it was reached.

A queue is anybody's who knows its address, and opening one takes back every job of ours that is in it. So a second
session of this station would cancel the card that the first one prints.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Final

from drivers.errors import HeldByAnother

_LOCK: Final = threading.Lock()
_HELD: Final[set[str]] = set()
_OURS: Final = "this station has it open already; two addresses in station.toml name one printer: correct one"


class Hold:
    """Keeps others of this process from opening a queue, and the printer behind it, until it is released.

    Args:
        names: what they go by, each in the same words whoever asks (`printer-uuid`, URI).
        device: for the error.

    Raises:
        HeldByAnother: one of them is open already. Nothing is held then.
    """

    def __init__(self, names: Iterable[str], device: str) -> None:
        self._names = frozenset(names)
        with _LOCK:
            if _HELD & self._names:
                raise HeldByAnother(device, "open", _OURS)
            _HELD.update(self._names)

    def release(self) -> None:
        """Let others have it. May be called again; never raises."""
        with _LOCK:
            _HELD.difference_update(self._names)
            self._names = frozenset()
