"""Transfers that a client of a simulated USB device submitted, and what becomes of them (usbfs, through umockdev)."""

from __future__ import annotations

from collections import deque
from typing import Any

from simulators.clock import Cancel
from simulators.wires import usbfs


class Urb:
    """A transfer that a client submitted.

    The client's memory can be reached only while one of its ioctls waits for its answer. So what goes out is read
    when the transfer is submitted, and what came in is written when it is reaped.

    Attributes:
        address: of the URB in the client's memory: its name.
        content: what the client sends.
    """

    def __init__(self, data: Any) -> None:
        self._data = data
        self.address: int = data.client_addr
        head = bytes(data.retrieve())[: usbfs.URB_HEAD.size]
        self.kind, self.endpoint, _, _, _, self.length, _ = usbfs.URB_HEAD.unpack(head)
        self._buffer = data.resolve(usbfs.BUFFER_AT, self.length) if self.length else None
        outward = self.kind == usbfs.TYPE_CONTROL or not self.endpoint & usbfs.IN
        self.content = bytes(self._buffer.retrieve()) if outward and self._buffer is not None else b""
        self._status = 0
        self._actual = 0
        self._answer = b""

    def finish(self, status: int, actual: int = 0, answer: bytes = b"") -> None:
        """Keep the outcome: minus errno or 0, bytes that went either way, and those that came in."""
        self._status, self._actual, self._answer = status, actual, answer

    def give_back(self, reaper: Any) -> None:
        """Write the outcome into the memory of the client that reaps."""
        self._data.update(usbfs.STATUS_AT, self._status.to_bytes(4, "little", signed=True))
        self._data.update(usbfs.ACTUAL_AT, self._actual.to_bytes(4, "little"))
        if self._answer and self._buffer is not None:
            start = usbfs.SETUP.size if self.kind == usbfs.TYPE_CONTROL else 0
            self._buffer.update(start, self._answer)
        reaper.get_arg().resolve(0, usbfs.POINTER_SIZE).set_ptr(0, self._data)
        reaper.complete(0, 0)


class Client:
    """One opened device file: its transfers in flight, those that ended, and a reap that waits for one."""

    def __init__(self) -> None:
        self.flying: deque[Urb] = deque()
        self.ended: deque[Urb] = deque()
        self.reaping: Any = None
        self.give_up: Cancel = lambda: None
