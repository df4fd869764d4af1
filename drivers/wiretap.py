"""What passes over the wires, for whoever listens; nobody does until a technician asks.

A transport tells what it sends and hears under the name it was given. While nobody listens that costs a look at an
empty table. What is told here is raw and may hold a citizen's face: only `recording`, which masks it first, keeps it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from types import TracebackType
from typing import Final, Self

from typing_extensions import override

from drivers.errors import DeadlinePassed

_SHORT: Final = 0.5  # seconds of waiting in vain that are a poll, not a silence


class Direction(StrEnum):
    """Which way something passed, as seen from this computer."""

    OUT = "out"
    IN = "in"


Listener = Callable[[Direction, str, bytes, str], None]
"""Takes the direction, the pipe (`bulk`, `control`, `tcp`, `udp`, `serial`, `ipp`, …), the bytes, and the kind of error
that ended the passage, if one did. It must not raise, and returns soon: the device's own thread calls it."""

_taps: dict[str, Listener] = {}


@contextmanager
def listening(devices: Iterable[str], listener: Listener) -> Iterator[None]:
    """Listen to what passes under any of these names while the block runs.

    Raises:
        AlreadyTapped: if somebody listens to one of them already.
    """
    names = tuple(dict.fromkeys(devices))
    if taken := [name for name in names if name in _taps]:
        raise AlreadyTapped(taken[0])
    _taps.update(dict.fromkeys(names, listener))
    try:
        yield
    finally:
        for name in names:
            _taps.pop(name, None)


class AlreadyTapped(Exception):
    """Somebody records this device already."""


class Passage:
    """Something on its way: told when it has passed, or with the kind of error that ended it."""

    __slots__ = ("_began", "_data", "_device", "_direction", "_pipe")

    def __init__(self, device: str, direction: Direction, pipe: str, data: bytes = b"") -> None:
        self._device = device
        self._direction = direction
        self._pipe = pipe
        self._data = data
        self._began = 0.0

    def heard(self, data: bytes) -> bytes:
        """Take what was heard, and give it back."""
        self._data = data
        return data

    def goes_on(self, data: bytes) -> None:
        """Take what was heard after that, where it comes in pieces."""
        self._data += data

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            tell(self._device, self._direction, self._pipe, self._data)
        elif isinstance(error, Exception):
            poll = isinstance(error, DeadlinePassed) and time.monotonic() - self._began < _SHORT
            if not (poll and self._direction is Direction.IN):
                tell(self._device, self._direction, self._pipe, self._data, type(error).__name__)


class _Unheard(Passage):
    """What passes while nobody listens."""

    __slots__ = ()

    @override
    def heard(self, data: bytes) -> bytes:
        return data

    @override
    def goes_on(self, data: bytes) -> None:
        return None

    @override
    def __enter__(self) -> Self:
        return self

    @override
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


_UNHEARD: Final = _Unheard("", Direction.OUT, "")


def sending(device: str, pipe: str, data: bytes) -> Passage:
    """Return the passage of what is sent while a block runs."""
    return Passage(device, Direction.OUT, pipe, data) if _taps else _UNHEARD


def hearing(device: str, pipe: str) -> Passage:
    """Return the passage of what a block hears; it says so by `heard`."""
    return Passage(device, Direction.IN, pipe) if _taps else _UNHEARD


def tell(device: str, direction: Direction, pipe: str, data: bytes, error: str = "") -> None:
    """Tell whoever listens to that device."""
    if _taps and (listener := _taps.get(device)) is not None:
        listener(direction, pipe, data, error)
