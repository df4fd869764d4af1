"""A trace of a PN532: what of its talk may be kept, and what it reported.

Commands and answers stand there without their frames. Of an APDU are kept its first five bytes, of an answer to it its
two last, and of a card that was listed all but its UID and what follows. Every data field is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from drivers.pn532 import commands
from drivers.pn532.commands import Code, Status
from drivers.printer import Condition, Reason
from drivers.recording import Chart, Diagnosis, Record
from drivers.wiretap import Direction

_APDU: Final = 2 + 5  # code, target, and an APDU's header with its length
_STATUS: Final = 2  # code and status
_SW: Final = 2
_LISTED: Final = 6  # code, number of targets, the first one's number, SENS_RES and SAK
_PLAIN: Final = 64
_OVERHEATED: Final = frozenset({0x0D, 0x2D})
_WITH_STATUS: Final = frozenset({Code.IN_DATA_EXCHANGE.answer, Code.IN_RELEASE.answer})


def mask(direction: Direction, pipe: str, data: bytes) -> tuple[bytes, int]:  # noqa: ARG001 - commands and answers alike
    """Keep what is no data of a card; see the module."""
    kept = _kept(direction, data)
    return kept, len(data) - len(kept)


def _kept(direction: Direction, data: bytes) -> bytes:
    code = data[:1]
    if direction is Direction.OUT:
        return data[:_APDU] if code == bytes((Code.IN_DATA_EXCHANGE,)) else data[:_PLAIN]
    if code == bytes((Code.IN_LIST_PASSIVE_TARGET.answer,)):
        return data[:_LISTED]
    if code != bytes((Code.IN_DATA_EXCHANGE.answer,)):
        return data[:_PLAIN]
    head = data[:_STATUS]
    whole = len(data) >= _STATUS + _SW and not commands.status(data[1]).more
    return head + data[-_SW:] if whole else head


def replay(records: Iterable[Record]) -> list[Diagnosis]:
    """Return what the PN532 reported, in order: statuses other than success, and commands that it does not know."""
    chart = Chart()
    for record in records:
        if record.error:
            chart.note(record.at, "command", Condition(Reason.BAD_COMMAND, "7F", "it does not know a command"))
        elif record.direction is Direction.IN and len(record.data) >= _STATUS and record.data[0] in _WITH_STATUS:
            chart.note(record.at, "status", _condition(commands.status(record.data[1])))
    return chart.diagnoses


def _condition(status: Status) -> Condition | None:
    if not status.error:
        return None
    reason = Reason.OVERHEATED if status.error in _OVERHEATED else Reason.UNMAPPED
    return Condition(reason, f"{status.error:02X}", status.text)
