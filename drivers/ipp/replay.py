"""A trace of a print queue: what of its wire may be kept, and what the queue reported on it.

Kept are requests and responses without their documents. Of text, names and octets only the values of attributes are
kept that tell of a printer; a job's name, or whatever else a queue says in words, is left out. The message stays one
that can be read: its values are empty. Of HTTP the status is kept, and the content type if it is a usual one.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from typing import Final

from drivers.ipp import printing, reasons
from drivers.ipp.driver import STATE, SUPPLIES, standing
from drivers.ipp.exchange import HTTP, PIPE
from drivers.ipp.opening import ASKED
from drivers.ipp.protocol import Attributes, Malformed, Operation, Response, ResponseReader, Tag
from drivers.ipp.queue import JobState, read_job
from drivers.printer import Condition
from drivers.recording import Chart, Diagnosis, Record
from drivers.wiretap import Direction

_HEAD: Final = struct.Struct(">BBHI")  # version, operation or status, request id
_LAST_DELIMITER: Final = 0x0F
_TELLING: Final = frozenset(
    {*ASKED, *STATE, *SUPPLIES, "printer-name", "printer-uri", "requesting-user-name", "status-message"}
)
_NUMBERS_AND_MARKS: Final = frozenset(
    {
        *(Tag.INTEGER, Tag.BOOLEAN, Tag.ENUM, Tag.RESOLUTION, Tag.RANGE, Tag.COLLECTION, Tag.END_COLLECTION),
        *(Tag.MEMBER_NAME, Tag.CHARSET, Tag.LANGUAGE, Tag.MIME_TYPE),
        *range(0x10, 0x20),  # out of band: they have no value
    }
)
_WORD: Final = re.compile(rb"[A-Za-z0-9._-]{0,255}")
_STATUS: Final = re.compile(rb"[0-9]{3}")
_KINDS: Final = frozenset(
    {b"", b"application/ipp", b"application/json", b"application/octet-stream", b"text/html", b"text/plain"}
)
"""What a server may say that it sends and be quoted: any other type is its own words."""

_GIVES_A_CARD: Final = frozenset({Operation.PRINT_JOB, Operation.CREATE_JOB, Operation.SEND_DOCUMENT})
_LAST_JOB: Final = "job"


def mask(direction: Direction, pipe: str, data: bytes) -> tuple[bytes, int]:  # noqa: ARG001 - both ways are alike
    """Keep what tells of the printer; see the module."""
    if pipe == HTTP:
        status, _, kind = data.partition(b" ")
        told = b" ".join([status] * bool(_STATUS.fullmatch(status)) + [kind] * (kind in _KINDS))
        return told, max(0, len(data) - len(told))
    if pipe != PIPE or len(data) < _HEAD.size or data[0] not in (1, 2):
        return b"", len(data)
    kept, hidden, at = bytearray(data[: _HEAD.size]), 0, _HEAD.size
    for end, element, left_out in _elements(data, at):
        kept += element
        hidden += left_out
        at = end
    return bytes(kept), hidden + len(data) - at


def _elements(data: bytes, at: int) -> Iterator[tuple[int, bytes, int]]:
    """Yield each whole element of a message up to its end: where it ends, what is kept, how many bytes are not."""
    attribute = b""
    while at < len(data):
        tag = data[at]
        if tag <= _LAST_DELIMITER:
            at += 1
            yield at, bytes([tag]), 0
            if tag == Tag.END:
                return
            continue
        name, after_name = _sized(data, at + 1)
        value, after = _sized(data, after_name)
        if name is None or value is None or not _WORD.fullmatch(name):
            return
        attribute = name or attribute
        at_value = data[at:after_name]
        if _may_be_kept(tag, attribute, value):
            yield after, data[at:after], 0
        else:
            yield after, bytes([Tag.TEXT]) + at_value[1:] + bytes(2), len(value)
        at = after


def _sized(data: bytes, at: int) -> tuple[bytes | None, int]:
    """Read a length and what it counts; None if it is cut off."""
    if len(data) < at + 2:
        return None, at
    end = at + 2 + int(struct.unpack_from(">H", data, at)[0])
    return (data[at + 2 : end], end) if end <= len(data) else (None, at)


def _may_be_kept(tag: int, attribute: bytes, value: bytes) -> bool:
    if tag in (Tag.KEYWORD, Tag.MEMBER_NAME):
        return _WORD.fullmatch(value) is not None
    return tag in _NUMBERS_AND_MARKS or attribute.decode("ascii", "replace") in _TELLING


def replay(records: Iterable[Record]) -> list[Diagnosis]:
    """Return what the queue reported: of its printer, of a job that ended without a card, and in refusing one."""
    reading = _Reading()
    for record in records:
        if record.pipe == PIPE:
            reading.take(record)
    return reading.chart.diagnoses


class _Reading:
    """Goes through a trace, with what was asked last."""

    def __init__(self) -> None:
        self.chart = Chart()
        self._asked = 0
        self._number = 0
        self._standing: set[str] = set()

    def take(self, record: Record) -> None:
        if record.direction is Direction.OUT:
            self._asked = self._number = 0
            if len(record.data) >= _HEAD.size:
                _, _, self._asked, self._number = _HEAD.unpack_from(record.data)
            return
        if record.error:
            return  # the driver did not take it for an answer either
        reader = ResponseReader()
        try:
            reader.feed(record.data)
            response = reader.finish()
        except Malformed:
            return
        if response.request_id == self._number:
            self._answered(record.at, response)

    def _answered(self, at: float, response: Response) -> None:
        if not response.successful:
            if self._asked in _GIVES_A_CARD:
                message = response.one(Tag.OPERATION).text("status-message") or ""
                self.chart.note(at, _LAST_JOB, printing.refused(response.status, message[:120]))
        elif self._asked in (Operation.PRINT_JOB, Operation.CREATE_JOB):
            self.chart.note(at, _LAST_JOB, None)
        elif self._asked == Operation.GET_JOB_ATTRIBUTES:
            job = read_job(response.one(Tag.JOB))
            if job is not None and job.state.over and job.state is not JobState.COMPLETED:
                self.chart.note(at, _LAST_JOB, printing.ended(job))
        elif self._asked == Operation.GET_PRINTER_ATTRIBUTES:
            self._state(at, response.one(Tag.PRINTER))

    def _state(self, at: float, told: Attributes) -> None:
        """Take an answer as the driver does: whole, or only for what stands in the way of the card that it prints."""
        if not told.all("printer-state-reasons"):
            return
        whole = bool(told.all("operations-supported"))
        found = standing(told) if whole else reasons.conditions(told.texts("printer-state-reasons"))
        now: dict[str, Condition] = {condition.code: condition for condition in found}
        for gone in self._standing - now.keys():
            self.chart.note(at, gone, None)
        for code, condition in now.items():
            self.chart.note(at, code, condition)
        self._standing = set(now)
