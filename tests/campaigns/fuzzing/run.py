"""Puts damaged replies to a parser and judges what comes of each."""

from __future__ import annotations

import signal
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from tests.campaigns.fuzzing.mutations import Mutator
from tests.campaigns.fuzzing.parser import Parser, carries

LARGE = 2048
"""Bytes from which on a reply's memory is measured."""
SECONDS, _SECONDS_A_BYTE = 0.5, 2e-6
_BYTES, _BYTES_A_BYTE = 32 << 20, 16
HANG = 20.0
"""Seconds of processor time that a batch may take."""
_BATCH = 256
MOST = 5
"""Findings after which a parser is left alone."""
_SHOWN = 400


class Hung(BaseException):
    """A parser did not come back. No parser may catch this."""


@dataclass(frozen=True)
class Finding:
    """A reply that a parser did not survive."""

    parser: str
    wrong: str
    reply: bytes

    def __str__(self) -> str:
        shown = self.reply[:_SHOWN].hex() + ("…" if len(self.reply) > _SHOWN else "")
        return f"{self.parser}: {self.wrong}; {len(self.reply)} bytes: {shown}"


@dataclass
class Report:
    """What came of one parser's replies."""

    parser: str
    replies: int = 0
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0
    longest: float = 0.0

    @property
    def survived(self) -> bool:
        """True if nothing was found."""
        return not self.findings

    def line(self) -> str:
        """Describe it in one line."""
        refused = ", ".join(f"{name} {count:,}" for name, count in sorted(self.refused.items())) or "none"
        rate = self.replies / self.seconds if self.seconds else 0
        return (
            f"{self.parser:<28} {self.replies:>9,}  accepted {self.accepted:>8,}  refused: {refused}"
            f"  ({rate:,.0f}/s, longest {1000 * self.longest:.1f} ms)"
        )

    def as_data(self) -> dict[str, Any]:
        """Return it as data."""
        told = {"parser": self.parser, "replies": self.replies, "accepted": self.accepted, "refused": self.refused}
        return told | {"seconds": self.seconds, "longest": self.longest, "findings": list(map(str, self.findings))}


def fuzz(parser: Parser, runs: int, seed: str) -> Report:
    """Draw that many replies and put each to the parser."""
    mutator = Mutator(f"{seed} {parser.name}", parser.replies, parser.most, parser.fields)
    trial = _Trial(parser)
    began = time.process_time()
    with _watched() as rearm:
        while trial.report.replies < runs and len(trial.report.findings) < MOST:
            rearm()
            for _ in range(min(_BATCH, runs - trial.report.replies)):
                if len(trial.report.findings) < MOST:
                    trial.put(mutator.draw())
    trial.report.seconds = time.process_time() - began
    return trial.report


class _Trial:
    """One parser and its report."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self.report = Report(parser.name)

    def put(self, reply: bytes) -> None:
        """Put one reply to the parser."""
        self.report.replies += 1
        began = time.perf_counter()
        try:
            self._judge(reply)
        except Hung:
            self._found(f"it did not come back within {HANG:g} s of processor time", reply)
            return
        took = time.perf_counter() - began
        if took > SECONDS + _SECONDS_A_BYTE * len(reply):
            took = self._again(reply)  # by processor time: others may have had the processor
            if took > SECONDS + _SECONDS_A_BYTE * len(reply):
                self._found(f"it took {took:.2f} s", reply)
        self.report.longest = max(self.report.longest, took)
        if len(reply) >= LARGE:
            self._weigh(reply)

    def _judge(self, reply: bytes) -> None:
        parser = self._parser
        try:
            told = parser.read(reply)
        except parser.refuses as refusal:
            self.report.refused[type(refusal).__name__] += 1
            if not carries(parser, refusal, reply):
                self._found(f"{refusal!r} does not show what was refused", reply)
        except Exception as crash:  # whatever it is, it is what is looked for
            self._found(f"{type(crash).__name__}: {crash}", reply)
        else:
            self.report.accepted += 1
            if not _holds(parser, reply, told):
                self._found(f"read as {told!r}, which it does not say", reply)

    def _quietly(self, reply: bytes) -> None:
        try:
            self._parser.read(reply)
        except Exception:
            return  # was judged before

    def _again(self, reply: bytes) -> float:
        began = time.process_time()
        self._quietly(reply)
        return time.process_time() - began

    def _weigh(self, reply: bytes) -> None:
        tracemalloc.start()
        try:
            self._quietly(reply)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        if peak > _BYTES + _BYTES_A_BYTE * len(reply):
            self._found(f"it took {peak / (1 << 20):.0f} MiB", reply)

    def _found(self, wrong: str, reply: bytes) -> None:
        self.report.findings.append(Finding(self.report.parser, wrong, reply))


def _holds(parser: Parser, reply: bytes, told: object) -> bool:
    try:
        return parser.holds(reply, told)
    except (IndexError, KeyError, ValueError):  # what was read does not even stand there
        return False


@contextmanager
def _watched() -> Iterator[Any]:
    """Raise `Hung` in what runs for too long; yields what begins the time anew."""

    def hung(_number: int, _frame: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGVTALRM, hung)
    try:
        yield lambda: signal.setitimer(signal.ITIMER_VIRTUAL, HANG, HANG)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
