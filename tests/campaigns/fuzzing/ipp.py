"""What a print queue says: responses in IPP's encoding."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import count

from drivers.addresses import IppAddress
from drivers.deadline import Deadline
from drivers.errors import NotUnderstood
from drivers.ipp import media, reasons
from drivers.ipp.protocol import Malformed, Response, ResponseReader
from drivers.ipp.queue import Job, Queue, QueueRefused
from drivers.printer import Condition
from tests.campaigns.fuzzing.parser import Parser
from tests.drivers.ipp.scripted import CARD_QUEUE, ipp

SOON = Deadline.after(1e9)
MOST = 4 << 20
COLLECTION = {
    "media-size-supported": [(0x34, b""), (0x4A, b"x-dimension"), (0x21, struct.pack(">i", 5398)),
                             (0x4A, b"y-dimension"), (0x21, struct.pack(">i", 8560)), (0x37, b"")],
}  # fmt: skip
QUEUE = ipp(0, 1, (4, {**CARD_QUEUE, **COLLECTION}))
SHORT = ipp(0, 1, (4, {"printer-state": 3, "printer-state-reasons": ["media-empty-error", "cover-open"], "gone": None}))
REFUSED = ipp(0x0404, 1)


def job(state: int, number: int = 17, **more: object) -> bytes:
    told = {"job-id": number, "job-state": state, "job-state-reasons": "none", "time-at-processing": None, **more}
    return ipp(0, 1, (2, told))


JOBS = (
    job(3),
    job(5),
    job(9, **{"job-impressions-completed": 1}),
    job(8),
    ipp(0, 1, (2, {"job-state": 9, "job-id": 17})),
)


def read(reply: bytes) -> Response:
    reader, size = ResponseReader(), len(reply) if len(reply) > 4096 else 1 + (7 * len(reply) + sum(reply[:12])) % 301
    for at in range(0, len(reply), max(size, 1)):
        reader.feed(reply[at : at + size])
    return reader.finish()


class Wire:
    """One response, whatever is asked."""

    def __init__(self) -> None:
        self.reply = b""

    def ask(self, operation: str, _request: bytes, _deadline: Deadline) -> Response:
        try:
            return read(self.reply)
        except Malformed as error:
            raise NotUnderstood("", operation, self.reply, str(error)) from None


WIRE = Wire()


ASKING = Queue(IppAddress("queue.invalid", 631, "/"), "")


def asking(reply: bytes) -> Queue:
    """A queue that was asked nothing yet, so that its next request is the first."""
    WIRE.reply = reply
    vars(ASKING).update(_exchange=WIRE, _ids=count(1))
    return ASKING


def elements(reply: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Tag, name and value of each element up to the end, read with nothing but lengths."""
    at = 8
    while reply[at] != 3:
        if reply[at] < 0x10:
            yield reply[at], b"", b""
            at += 1
            continue
        name_ends = at + 3 + int.from_bytes(reply[at + 1 : at + 3])
        ends = name_ends + 2 + int.from_bytes(reply[name_ends : name_ends + 2])
        if ends > len(reply):
            raise ValueError("longer than it is")
        yield reply[at], reply[at + 3 : name_ends], reply[name_ends + 2 : ends]
        at = ends


def holds_response(reply: bytes, told: object) -> bool:
    if not isinstance(told, Response):
        return False
    version, status, number = reply[:2], int.from_bytes(reply[2:4]), int.from_bytes(reply[4:8])
    if (bytes(told.version), told.status, told.request_id) != (version, status, number):
        return False
    found = list(elements(reply))
    groups = sum(tag < 0x10 for tag, _, _ in found)
    values = sum(tag >= 0x10 and tag not in (0x37, 0x4A) for tag, _, _ in found)
    held = sum(len(kept) for _, group in told.groups for kept in group.values.values())
    return told.successful is (status < 0x100) and groups == len(told.groups) and held <= values


def holds_job(reply: bytes, told: object) -> bool:
    """A job's state is believed if one group says it once, of the job that was asked for."""
    if not isinstance(told, Job) or reply[0] not in (1, 2) or reply[2] != 0 or reply[4:8] != b"\0\0\0\1":
        return False
    found = list(elements(reply))
    states = [value for _, name, value in found if name == b"job-state"]
    numbers = [value for _, name, value in found if name == b"job-id"]
    groups = sum(tag == 2 for tag, _, _ in found)
    return (
        struct.pack(">i", told.id) in numbers
        and struct.pack(">i", told.state) in states
        and told.id == 17
        and (groups == 1 or len(states) == len(numbers) == 1)
    )


def state(reply: bytes) -> Job:
    return asking(reply).job(17, SOON)


def card(reply: bytes) -> tuple[object, int | None, tuple[Condition, ...]]:
    told = asking(reply).attributes(("media-supported",), SOON)
    return media.sheet(told, None), media.dpi(told), reasons.conditions(told.texts("printer-state-reasons"))


def holds_card(_reply: bytes, told: object) -> bool:
    sheet, dpi, conditions = told
    sized = sheet is None or media.is_card(sheet.across, sheet.along)
    return sized and (dpi is None or 150 <= dpi <= 1200) and all(condition.code for condition in conditions)


PARSERS = (
    Parser("ipp response", (QUEUE, SHORT, REFUSED, *JOBS), read, (Malformed,), holds_response, MOST),
    Parser("ipp job", JOBS, state, (NotUnderstood, QueueRefused), holds_job, MOST, verbatim=False),
    Parser("ipp card", (QUEUE, SHORT), card, (NotUnderstood, QueueRefused), holds_card, MOST, verbatim=False),
)
