"""What a host sends to a Magicard machine: print jobs and requests, cut out of a stream of bytes in any pieces.

By the maker's file format document (in `pc-coholic/magicardppd`): SOH, commands between commas, FS; then for a job
each plane followed by FS, its letter and a colon; then ETX. Characters that make no sense before SOH are discarded,
among them the leading 05s, however many there are. Requests come with or without the comma after SOH.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

SOH, ETX, FS, COLON = 0x01, 0x03, 0x1C, 0x3A
MAX_HEADER, MAX_PLANE = 4096, 1 << 21
INKS = {"B": "yellow", "G": "magenta", "R": "cyan", "K": "black", "Y": "yellow", "M": "magenta", "C": "cyan"}
"""Planes by letter: B, G and R in every captured job, Y, M and C in the document's words for the same."""


@dataclass(frozen=True, slots=True)
class Header:
    """A job's commands, without commas."""

    words: tuple[str, ...]

    def value(self, command: str) -> str | None:
        """What follows a three-letter command; None if it was not given."""
        return next((word[len(command) :] for word in self.words if word.startswith(command)), None)

    def on(self, command: str, *, default: bool = False) -> bool:
        """Whether a command says ON."""
        value = self.value(command)
        return default if value is None else value == "ON"

    @property
    def copies(self) -> int:
        """How many cards are wanted (NOC, 1 to 255)."""
        value = self.value("NOC") or "1"
        return min(255, max(1, int(value))) if value.isdecimal() else 1

    @property
    def sizes(self) -> list[tuple[str, int]]:
        """Letter and size of each plane, in their order."""
        sizes = [(word[2], word[3:]) for word in self.words if word.startswith("SZ") and word[2:3] in INKS]
        return [(letter, int(size)) for letter, size in sizes if size.isdecimal()]


@dataclass(frozen=True, slots=True)
class Request:
    """A command that is not a job: its words, without a leading `REQ`."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Begun:
    """A job's header is there; its planes follow."""

    header: Header


@dataclass(frozen=True, slots=True)
class Job:
    """A whole job, its planes by ink."""

    header: Header
    planes: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Broken:
    """What came is no job: what is wrong."""

    why: str


Event = Request | Begun | Job | Broken


class _At(Enum):
    """Where in the stream the next byte is."""

    BETWEEN = auto()
    HEADER = auto()
    REQUEST_END = auto()
    PLANE = auto()
    MARK = auto()
    JOB_END = auto()


class Stream:
    """Takes bytes, gives events. A new job waits in the stream while the machine has no room for one.

    Args:
        room: tells whether another job may be taken.
    """

    def __init__(self, room: Callable[[], bool] = lambda: True) -> None:
        self._room = room
        self.reset()

    def reset(self) -> None:
        """Forget what came."""
        self._at = _At.BETWEEN
        self._data = bytearray()
        self._header = Header(())
        self._wanted: list[tuple[str, int]] = []
        self._planes: dict[str, bytes] = {}
        self._total = 0
        self.waiting = False

    @property
    def amid(self) -> bool:
        """True if something has begun and not ended."""
        return self._at is not _At.BETWEEN

    @property
    def progress(self) -> float:
        """The part of the present job's planes that has come, 0 to 1."""
        if not self._total:
            return 0.0
        held = len(self._data) if self._at is _At.PLANE else 0
        return (sum(len(plane) for plane in self._planes.values()) + held) / self._total

    def feed(self, data: bytes = b"") -> Iterator[Event]:
        """Take bytes, or, without any, go on when there is room again. Each event must be dealt with in its turn."""
        self._data += data
        self.waiting = False
        while True:
            step = self._step()
            if step is None:
                return
            yield from step

    def _step(self) -> list[Event] | None:
        """Go on by one element of the stream; None if that needs more bytes, or room."""
        match self._at:
            case _At.BETWEEN:
                return self._seek()
            case _At.HEADER:
                return self._read_header()
            case _At.REQUEST_END:
                return self._end_request()
            case _At.PLANE:
                return self._read_plane()
            case _At.MARK:
                return self._read_mark()
            case _At.JOB_END:
                return self._end_job()

    def _seek(self) -> list[Event] | None:
        start = self._data.find(SOH)
        if start < 0:
            self._data.clear()
            return None
        del self._data[: start + 1]
        self._at = _At.HEADER
        return []

    def _read_header(self) -> list[Event] | None:
        end = next((i for i, byte in enumerate(self._data[:MAX_HEADER]) if byte in (SOH, ETX, FS)), None)
        if end is None:
            if len(self._data) < MAX_HEADER:
                return None
            return self._fail("a header without end")
        mark = self._data[end]
        if mark != FS:  # given up by whoever began it
            del self._data[: end + 1]
            self._at = _At.HEADER if mark == SOH else _At.BETWEEN
            return [Broken("a header was cut off")]
        words = tuple(word for word in self._data[:end].decode("latin-1").split(",") if word)
        if not words or not words[0].startswith("NOC"):
            del self._data[: end + 1]
            self._header = Header(words[1:] if words[:1] == ("REQ",) else words)
            self._at = _At.REQUEST_END
            return []
        if not self._room():
            self.waiting = True
            return None
        del self._data[: end + 1]
        return self._begin_job(Header(words))

    def _begin_job(self, header: Header) -> list[Event]:
        sizes = header.sizes
        inks = [INKS[letter] for letter, _ in sizes]
        if not sizes or len(set(inks)) < len(inks) or any(not 0 < size <= MAX_PLANE for _, size in sizes):
            return self._fail("planes without a size that can be")
        self._header, self._wanted, self._planes = header, sizes, {}
        self._total = sum(size for _, size in sizes)
        self._at = _At.PLANE
        return [Begun(header)]

    def _end_request(self) -> list[Event] | None:
        if not self._data:
            return None
        end = self._data.pop(0)
        self._at = _At.BETWEEN
        return [Request(self._header.words) if end == ETX else Broken("a request without end")]

    def _read_plane(self) -> list[Event] | None:
        letter, size = self._wanted[0]
        if len(self._data) < size:
            return None
        self._planes[INKS[letter]] = bytes(self._data[:size])
        del self._data[:size]
        self._at = _At.MARK
        return []

    def _read_mark(self) -> list[Event] | None:
        letter, _ = self._wanted[0]
        if len(self._data) < 3:  # noqa: PLR2004 - FS, letter, colon
            return None
        mark = bytes(self._data[:3])
        if mark != bytes([FS, ord(letter), COLON]):
            return self._fail(f"plane {letter} does not end where it should")
        del self._data[:3]
        self._wanted.pop(0)
        self._at = _At.PLANE if self._wanted else _At.JOB_END
        return []

    def _end_job(self) -> list[Event] | None:
        end = self._data.find(ETX)
        if end < 0:
            self._data.clear()
            return None
        del self._data[: end + 1]
        self._at, self._total = _At.BETWEEN, 0
        planes, self._planes = self._planes, {}
        return [Job(self._header, planes)]

    def _fail(self, why: str) -> list[Event]:
        """Give up what is half read. Plane data that still comes is discarded like any other nonsense."""
        self._data.clear()
        self._at, self._total, self._planes = _At.BETWEEN, 0, {}
        return [Broken(why)]
