"""Everything that a station says while it writes chips, gathered in one place, and the search for keys in it.

Gathered are the book with its journal (the database's files as they are on the disk), what a log gets before anything
is masked, traces, standard output and error, and the text of each exception that a chip engine raised.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.typing import EventDict, WrappedLogger

from drivers.pcsc import recorded
from drivers.recording import Recorder, lines
from simulators.devices import chip_scp03
from stationd.chip import scp03
from stationd.chip.personalise import Personaliser

WINDOW = 8
"""A key is told where so many of its bytes are, one after another: its first, its last or those in its middle."""

_SESSION_KEYS = frozenset({scp03.Constant.ENC, scp03.Constant.MAC, scp03.Constant.RMAC})
_BETWEEN = re.compile(rb"[\s:,\-]|0x|\\+x")
_BACKSLASHES = re.compile(rb"\\+")
_EMPTY = re.compile(rb"\0{9,}")
_HEX = re.compile(rb"[0-9a-f]{16,}")
_BASE64 = re.compile(rb"[0-9A-Za-z+/_\-]{10,}")
_NUMBERS = re.compile(rb"\d+(?:, ?\d+){7,}")
_ENGINE = ("identify", "write", "resume", "verify", "lock", "activate", "inspect")


class Told:
    """What was said, and the keys that must not be in it.

    Attributes:
        keys: each by what it is; those of sessions are added as they are derived.
    """

    def __init__(self, static: Mapping[str, bytes]) -> None:
        self.keys = dict(static)
        self._said: dict[str, bytearray] = {}

    def add(self, where: str, said: object) -> None:
        """Take something that was said."""
        raw = bytes(said) if isinstance(said, bytes | bytearray) else str(said).encode()
        self._said.setdefault(where, bytearray()).extend(raw + b"\n")

    def size(self, where: str) -> int:
        """Return how many bytes were said there."""
        return len(self._said.get(where, b""))

    def keys_in(self) -> list[str]:
        """Return each place where a key is told, with whose it is and how it is written."""
        found = []
        for where, said in self._said.items():
            written = _Written.of(bytes(said))
            for name, key in self.keys.items():
                found += [f"{where}: {name} as {way}" for way in written.ways(key)]
        return found

    def derived(self, derive: Callable[..., bytes]) -> Callable[..., bytes]:
        """Return what derives keys, and notes those of sessions."""

        @functools.wraps(derive)
        def noting(key: Any, constant: int, *more: Any) -> bytes:
            made = derive(key, constant, *more)
            if constant in _SESSION_KEYS:
                self.keys[f"session key {len(self.keys)}"] = made
            return made

        return noting

    def raised(self, error: BaseException) -> None:
        """Take the text of an exception and of whatever it came from."""
        link: BaseException | None = error
        while link is not None:
            self.add("exceptions", f"{link} {link!r} {link.args} {vars(link)}")
            link = link.__cause__ or link.__context__
        self.add("exceptions", "".join(traceback.format_exception(error)))


@dataclass(frozen=True)
class _Written:
    """What was said in one place, laid out for each way to write a key."""

    raw: bytes
    unescaped: bytes
    hexadecimal: bytes
    base64: bytes
    numbers: bytes

    @classmethod
    def of(cls, said: bytes) -> _Written:
        said = _EMPTY.sub(b"\0", said)
        bare = _BETWEEN.sub(b"", said.lower())
        return cls(
            said,
            _BACKSLASHES.sub(rb"\\", said),
            b" ".join(_HEX.findall(bare)),
            b" ".join(_BASE64.findall(said)),
            b" ".join(_NUMBERS.findall(said)).replace(b", ", b","),
        )

    def ways(self, key: bytes) -> Iterator[str]:
        """Yield how a key is written there."""
        parts = list(_windows(key))
        if any(part in self.raw for part in parts):
            yield "raw"
        if any(repr(part)[2:-1].encode() in self.unescaped for part in parts):
            yield "repr"
        if any(part.hex().encode() in self.hexadecimal for part in parts):
            yield "hex"
        if any(part in self.base64 for part in _base64(key)):
            yield "base64"
        if any(",".join(map(str, part)).encode() in self.numbers for part in parts):
            yield "numbers"


def _windows(key: bytes) -> Iterable[bytes]:
    """Yield the key's first and last bytes, and some from its middle."""
    middle = (len(key) - WINDOW) // 2
    return (key[at : at + WINDOW] for at in (0, middle, len(key) - WINDOW))


def _base64(key: bytes) -> Iterator[bytes]:
    """Yield what a key looks like in base64, wherever in a longer text it begins, in either alphabet."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + key)
        inside = whole[4 if before else 0 :].rstrip(b"=")[: WINDOW * 4 // 3]
        yield inside
        yield inside.replace(b"+", b"-").replace(b"/", b"_")


@contextlib.contextmanager
def listened(told: Told, devices: Iterable[str]) -> Iterator[None]:
    """Gather logs, traces and exceptions, and note the keys of each session, while the block runs."""

    def keep(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        told.add("log", repr(event))
        raise structlog.DropEvent

    handler = logging.Handler(logging.DEBUG)
    handler.emit = lambda record: told.add("log", handler.format(record))  # type: ignore[method-assign]
    root, before, level = logging.getLogger(), structlog.get_config(), logging.getLogger().level
    recorder = Recorder(recorded.mask)
    with pytest.MonkeyPatch.context() as patch, recorder.on(devices):
        for name in _ENGINE:
            patch.setattr(Personaliser, name, _watched(told, getattr(Personaliser, name)))
        patch.setattr(scp03, "derive", told.derived(scp03.derive))
        patch.setattr(chip_scp03, "_derive", told.derived(chip_scp03._derive))
        structlog.configure(processors=[structlog.processors.format_exc_info, keep])
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            root.removeHandler(handler)
            root.setLevel(level)
            structlog.configure(**before)
    told.add("trace", "\n".join(lines({"family": "pcsc"}, recorder.records)))


def _watched(told: Told, method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def watched(engine: Personaliser, *arguments: Any) -> Any:
        try:
            return method(engine, *arguments)
        except Exception as error:
            told.raised(error)
            raise
        finally:
            told.add("repr", f"{engine!r} {vars(engine)}")

    return watched


def add_files(told: Told, folder: Path) -> None:
    """Take every file below a folder as it lies there: the book, its journal, and whatever else was left."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            told.add(f"book ({file.name})", file.read_bytes())


def add_output(told: Told, captured: pytest.CaptureFixture[bytes]) -> None:
    """Take standard output and error."""
    sys.stdout.flush()
    for said in captured.readouterr():
        told.add("output", said)
