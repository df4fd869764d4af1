"""The serial line of a simulated modem: a pseudo-terminal, worked by a thread of its own."""

from __future__ import annotations

import os
import select
import threading
import time
import tty
from types import TracebackType
from typing import Self

from simulators.devices.modem import Modem

_LOOK = 0.05


class ModemLine:
    """A modem on a pseudo-terminal, while the block runs.

    Attributes:
        modem: at the other end.
        port: where a program opens it.
    """

    def __init__(self, modem: Modem) -> None:
        self.modem = modem
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.port = os.ttyname(self._theirs)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="modem", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        os.close(self._ours)
        os.close(self._theirs)

    def _work(self) -> None:
        waiting: list[tuple[float, bytes]] = []
        while not self._over.is_set():
            ready, _, _ = select.select([self._ours], [], [], _LOOK)
            if ready:
                now = time.monotonic()
                waiting += [(now + after, said) for after, said in self.modem.take(os.read(self._ours, 4096))]
            for moment, said in [each for each in waiting if each[0] <= time.monotonic()]:
                os.write(self._ours, said)
                waiting.remove((moment, said))
