"""A trace of a Magicard machine: what of its wire may be kept, and what the machine reported on it.

Kept are queries and answers, a job's header and what separates its planes; of the planes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from drivers.errors import DeviceError
from drivers.magicard import reports
from drivers.magicard.protocol import (
    LONGEST_REPLY,
    ErrorReport,
    Information,
    PortStatus,
    ReplyReader,
    parse_port_status,
)
from drivers.printer import Condition
from drivers.recording import Chart, Diagnosis, Record
from drivers.wiretap import Direction

_QUERY: Final = re.compile(rb"\x05*\x01,?REQ,[A-Z]{3},?\x1c\x03")
_HEADER: Final = re.compile(rb"\x05*\x01,?NOC[ -~]{0,1024}\x1c")
_SEPARATOR: Final = re.compile(rb"\x1c[A-Z]:|\x03")
_GET_PORT_STATUS: Final = b"\xa1\x01"
_SHOWN: Final = "shown"


def mask(direction: Direction, pipe: str, data: bytes) -> tuple[bytes, int]:
    """Keep what is no picture; see the module."""
    kept = _kept(direction, pipe, data)
    return data[:kept], len(data) - kept


def _kept(direction: Direction, pipe: str, data: bytes) -> int:
    if direction is Direction.IN or pipe == "control":
        return min(len(data), LONGEST_REPLY)
    if header := _HEADER.match(data):
        return header.end()
    return len(data) if _QUERY.fullmatch(data) or _SEPARATOR.fullmatch(data) else 0


def replay(records: Iterable[Record]) -> list[Diagnosis]:
    """Return what the machine reported: by its port, by the error it shows, and in its status."""
    reading = _Reading()
    for record in records:
        reading.take(record)
    reading.give_up_waiting()
    return reading.chart.diagnoses


class _Reading:
    """Goes through a trace, with what the machine told last."""

    def __init__(self) -> None:
        self.chart = Chart()
        self._reader = ReplyReader()
        self._port: PortStatus | None = None
        self._port_is_asked = False
        self._unnamed: tuple[float, Condition] | None = None

    def take(self, record: Record) -> None:
        if record.pipe == "control":
            self._control(record)
        elif record.direction is Direction.OUT:
            self._reader = ReplyReader()
        elif record.data:
            try:
                reply = self._reader.feed(record.data)
            except DeviceError:
                self._reader = ReplyReader()  # garbled on its way: the driver did not understand it either
                return
            if reply is not None:
                self._reader = ReplyReader()
                self._told(record.at, reply)

    def give_up_waiting(self) -> None:
        """A port that showed an error, and no answer that named it."""
        if self._unnamed is not None:
            self.chart.note(self._unnamed[0], _SHOWN, self._unnamed[1])
            self._unnamed = None

    def _control(self, record: Record) -> None:
        if record.direction is Direction.OUT:
            self._port_is_asked = record.data.startswith(_GET_PORT_STATUS)
        elif self._port_is_asked:
            try:
                port = parse_port_status(record.data)
            except DeviceError:
                return
            self._port = port
            if port.failed:
                self._unnamed = self._unnamed or (record.at, reports.unnamed(port))
            else:
                self.give_up_waiting()
                if not port.busy:
                    self.chart.note(record.at, _SHOWN, None)

    def _told(self, at: float, reply: Information | ErrorReport) -> None:
        if isinstance(reply, ErrorReport):
            if (found := reports.shown(reply)) is not None:
                self._unnamed = None
                self.chart.note(at, _SHOWN, found)
            return
        if self._port is not None and self._port.failed:
            return  # the driver goes by the error that is shown
        self.chart.note(at, _SHOWN, reports.error(reply))
        hindrances = () if self._port is None else tuple(reports.hindrances(self._port, reply))
        self.chart.note(at, "hindrance", next(iter(hindrances), None))
        self.chart.note(at, "cleaning", next(reports.cleaning(reply), None))
