"""A trace of an Evolis machine: what of its wire may be kept, and what the machine reported on it.

Kept are commands and replies; of a panel's download its head (`Db;k;2;`) alone, and of the zeros that fill up one that
was cut off nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from drivers.errors import DeviceError
from drivers.evolis import answers, protocol, sensors
from drivers.evolis.protocol import ReplyReader
from drivers.printer import Condition, Media, Reason
from drivers.recording import Chart, Diagnosis, Record
from drivers.wiretap import Direction

_LONGEST_COMMAND: Final = 64
_DOWNLOAD: Final = re.compile(rb"\x1bDb;[a-z];[0-9]{1,3};")
_COMMAND: Final = re.compile(rb"\x1b([!-~][ -~]{0,62})\r")
_ACTS: Final = ("S", "P", "Db")  # sequences, settings and downloads, as opposed to questions (`R`)


def mask(direction: Direction, pipe: str, data: bytes) -> tuple[bytes, int]:  # noqa: ARG001 - a family has one pipe
    """Keep what is no picture; see the module."""
    kept = _kept(direction, data)
    return data[:kept], len(data) - kept


def _kept(direction: Direction, data: bytes) -> int:
    if direction is Direction.IN:
        return min(len(data), protocol.LONGEST_REPLY)
    if download := _DOWNLOAD.match(data):
        return download.end()
    return len(data) if len(data) <= _LONGEST_COMMAND and _COMMAND.fullmatch(data) else 0


def replay(records: Iterable[Record]) -> list[Diagnosis]:
    """Return what the machine reported: in replies to acts, and in those to the questions of its state."""
    chart, reader, question = Chart(), ReplyReader(), ""
    at = 0.0
    for record in records:
        at = record.at
        if record.direction is Direction.IN:
            for reply in _replies(reader, record.data):
                _note(chart, at, question, reply)
            continue
        _end(chart, reader, at, question)
        if record.data:
            reader.forget()
            question = record.data.removeprefix(b"\x1b").rstrip(b"\r").decode("ascii", "replace")
    _end(chart, reader, at, question)
    return chart.diagnoses


def _replies(reader: ReplyReader, data: bytes) -> list[str]:
    try:
        return reader.feed(data)
    except DeviceError:
        return []


def _end(chart: Chart, reader: ReplyReader, at: float, question: str) -> None:
    """Take the reply that a machine ended by falling silent."""
    try:
        reply = reader.fell_silent()
    except DeviceError:
        return
    if reply is not None:
        _note(chart, at, question, reply)


def _note(chart: Chart, at: float, question: str, reply: str) -> None:
    try:
        found = _reported(question, reply)
    except DeviceError:
        return  # another question's answer, or garbled: the driver did not take it for one either
    chart.note(at, question.split(";", maxsplit=1)[0] if question.startswith("Db") else question, found)


def _reported(question: str, reply: str) -> Condition | None:
    """Return what a reply to a question or an act reports. Raises `DeviceError` for what is no reply to it."""
    if (read := _READINGS.get(question)) is not None:
        return read(reply)
    if not question.startswith(_ACTS) or answers.done(reply):
        return None
    found = answers.condition(reply)
    one_side_only = question == protocol.FRONT and found.reason is Reason.BAD_COMMAND
    return None if one_side_only else found


def _place(reply: str) -> Condition | None:
    place = protocol.parse_place(reply)
    return answers.condition(place.word) if place.media is Media.JAMMED else None


def _cover(reply: str) -> Condition | None:
    return sensors.low(protocol.READ_COVER, reply, *sensors.COVER)


def _feeder(reply: str) -> Condition | None:
    return sensors.low(protocol.READ_FEEDER, reply, *sensors.FEEDER)


_READINGS: Final[Mapping[str, Callable[[str], Condition | None]]] = {
    protocol.READ_PLACE: _place,
    protocol.READ_COVER: _cover,
    protocol.READ_FEEDER: _feeder,
    protocol.READ_RIBBON_MARK: sensors.ribbon_mark,
    protocol.READ_RIBBON_LEFT: sensors.ribbon_left,
    **dict.fromkeys(protocol.CLEANING_DUE, sensors.dirt),
}
