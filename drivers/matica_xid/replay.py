"""A trace of a XID machine: what of its wires may be kept, and what the machine reported on them.

Kept are command blocks, status wrappers and answers over USB; over the network every message but an image's data. No
answer of the machine holds anything that was printed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from drivers.errors import DeviceError
from drivers.matica_xid import bulk_only, scsi, senses, words
from drivers.printer import Condition
from drivers.recording import Chart, Diagnosis, Record
from drivers.wiretap import Direction

_LONGEST_ANSWER: Final = 4096
_IMAGE_HEAD: Final = 28  # function, count, parameter, sequence; panel and two lengths
_NETWORK: Final = frozenset({"tcp", "udp"})
_SENSE: Final = "sense"


def mask(direction: Direction, pipe: str, data: bytes) -> tuple[bytes, int]:
    """Keep what is no picture; see the module."""
    kept = _kept(direction, pipe, data)
    return data[:kept], len(data) - kept


def _kept(direction: Direction, pipe: str, data: bytes) -> int:
    if direction is Direction.IN or pipe == "control":
        return min(len(data), _LONGEST_ANSWER)
    if pipe in _NETWORK:
        image = data.startswith(words.IMAGE.to_bytes(4, "big"))
        return min(len(data), _IMAGE_HEAD if image else _LONGEST_ANSWER)
    return len(data) if bulk_only.command_of(data) is not None else 0


def replay(records: Iterable[Record]) -> list[Diagnosis]:
    """Return what the machine reported: sense codes over USB, the status words of replies over the network."""
    kept = list(records)
    chart = Chart()
    if any(record.pipe in _NETWORK for record in kept):
        _over_network(kept, chart)
    else:
        _over_usb(kept, chart)
    return chart.diagnoses


def _over_usb(records: Iterable[Record], chart: Chart) -> None:
    tag, cdb = 0, b""
    for record in records:
        if record.pipe != "bulk" or record.hidden:
            continue
        if record.direction is Direction.OUT:
            tag, cdb = bulk_only.command_of(record.data) or (tag, cdb)
        elif bulk_only.is_status(record.data, tag):
            if cdb == scsi.TEST_UNIT_READY and record.data[-1] == 0:
                chart.note(record.at, _SENSE, None)
        elif cdb == scsi.REQUEST_SENSE:
            try:
                code = scsi.parse_sense(record.data)
            except DeviceError:
                continue  # garbled on its way: the driver did not understand it either
            chart.note(record.at, _SENSE, _condition(code))


def _over_network(records: Iterable[Record], chart: Chart) -> None:
    received, asked_ready = bytearray(), set[int]()
    for record in records:
        if record.pipe == "udp":
            continue  # values only: what is wrong is said over TCP
        if record.direction is Direction.OUT:
            received.clear()  # one message at a time: what had come of an older reply is given up
            asked_ready = _ready_question(record) or asked_ready
            continue
        received += record.data
        reply = _reply(bytes(received))
        if reply is None:
            continue
        received.clear()
        if reply.function in {words.DONE, words.NOT_DONE, words.DONE_WITH_DATA}:
            if reply.parameter:
                chart.note(record.at, _SENSE, _condition(reply.parameter))
            elif reply.sequence in asked_ready:
                chart.note(record.at, _SENSE, None)


def _ready_question(record: Record) -> set[int]:
    """Return the sequence number of a question whether the machine is ready; nothing for any other message."""
    head = 16
    if record.hidden or record.data[head:] != words.TEST_READY or len(record.data) < head:
        return set()
    return {int.from_bytes(record.data[12:head], "big")}


def _reply(received: bytes) -> words.Message | None:
    """Read a reply; None while it is not whole, or if it is none."""
    try:
        if len(received) < words.HEADER_LENGTH + words.rest(received[: words.HEADER_LENGTH]):
            return None
        return words.decode(received)
    except DeviceError:
        return None


def _condition(code: int) -> Condition | None:
    return senses.condition(code) if code else None
