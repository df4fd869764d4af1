"""An IPP server that answers as a test tells it to: the odd answers that no real one gives on request."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from drivers.deadline import Deadline
from drivers.ipp import DRIVER
from drivers.printer import Completion, Image, Panel, Printer, WholeCardPrinter

PRINT, CREATE, SEND, CANCEL, LOOK, LIST = 0x02, 0x05, 0x06, 0x08, 0x09, 0x0A


def attribute(tag: int, name: str, value: bytes) -> bytes:
    encoded = name.encode()
    return struct.pack(">BH", tag, len(encoded)) + encoded + struct.pack(">H", len(value)) + value


def packed(name: str, value: Any) -> bytes:
    """One attribute: int, bool, str, list of these, None for no-value, or a pair of tag and bytes."""
    values = value if isinstance(value, list) else [value]
    out = b""
    for at, one in enumerate(values):
        match one:
            case None:
                tag, raw = 0x13, b""
            case bool():
                tag, raw = 0x22, bytes([one])
            case int():
                tag, raw = 0x23 if name.endswith("state") else 0x21, struct.pack(">i", one)
            case str():
                tag, raw = 0x44, one.encode()
            case _:
                tag, raw = one
        out += attribute(tag, "" if at else name, raw)
    return out


def ipp(status: int, number: int, *groups: tuple[int, dict[str, Any]]) -> bytes:
    """A whole response."""
    out = struct.pack(">BBHIB", 2, 0, status, number, 1)
    out += attribute(0x47, "attributes-charset", b"utf-8") + attribute(0x48, "attributes-natural-language", b"en")
    for tag, attributes in groups:
        out += bytes([tag]) + b"".join(packed(name, value) for name, value in attributes.items())
    return out + b"\x03"


def http(body: bytes, status: str = "200 OK", kind: str = "application/ipp", extra: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    return head.encode() + body


CARD_QUEUE: dict[str, Any] = {
    "printer-state": 3,
    "printer-state-reasons": "none",
    "printer-is-accepting-jobs": True,
    "queued-job-count": 0,
    "operations-supported": [2, 8, 9, 10, 11],
    "document-format-supported": ["image/png"],
    "media-supported": ["iso_a4_210x297mm", "om_card_54x86mm"],
    "printer-resolution-supported": (0x32, struct.pack(">iib", 300, 300, 3)),
    "printer-make-and-model": "Example Card",
    "printer-uuid": "urn:uuid:7f0c",
}


@dataclass
class Request:
    """What arrived."""

    operation: int
    number: int
    body: bytes
    job_name: str | None
    job_id: int | None


Answer = Callable[[Request, socket.socket], bytes | None]
"""Given a request and the connection, the bytes to answer with; None if it has answered, or never will."""


@dataclass
class Job:
    name: str
    state: int = 9
    begun: bool = True
    reasons: str = "none"


@dataclass
class Scripted:
    """A queue that behaves, and prints every job at once, but for the operations in `odd`."""

    port: int = 0
    odd: dict[int, Answer] = field(default_factory=dict)
    queue: dict[str, Any] = field(default_factory=lambda: dict(CARD_QUEUE))
    jobs: dict[int, Job] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    outcome: Job = field(default_factory=lambda: Job(""))
    cancels: bool = True

    @property
    def address(self) -> str:
        return f"ipp://127.0.0.1:{self.port}/ipp/print"

    def asked(self, operation: int) -> int:
        """How often that operation was asked for."""
        return sum(request.operation == operation for request in self.requests)

    def accept(self, request: Request) -> int:
        """Take a job."""
        number = len(self.jobs) + 1
        assert request.job_name is not None
        self.jobs[number] = Job(request.job_name, self.outcome.state, self.outcome.begun, self.outcome.reasons)
        return number

    def answer(self, request: Request) -> bytes:
        """Answer as a sound queue does."""
        status, groups = self.done(request)
        return http(ipp(status, request.number, *groups))

    def refusal(self, request: Request, status: int, words: str) -> bytes:
        """Refuse, in words."""
        told = ipp(status, request.number)
        return http(told[:-1] + attribute(0x41, "status-message", words.encode()) + told[-1:])

    def done(self, request: Request) -> tuple[int, list[tuple[int, dict[str, Any]]]]:
        job = self.jobs.get(request.job_id or 0)
        match request.operation:
            case 0x0B:
                return 0, [(4, self.queue)]
            case 0x02 | 0x05:
                return 0, [(2, {"job-id": self.accept(request)})]
            case 0x0A:
                over = b"not-completed" not in request.body
                return 0, [(2, self.told(at, job)) for at, job in self.jobs.items() if (job.state > 6) is over]
            case 0x06 | 0x08 | 0x09 if job is None:
                return 0x0406, []
            case 0x08 if self.cancels and job is not None:
                job.state = 7
        return 0, [] if job is None else [(2, self.told(request.job_id, job))]

    def told(self, number: int | None, job: Job) -> dict[str, Any]:
        return {
            "job-id": number,
            "job-name": job.name,
            "job-state": job.state,
            "job-state-reasons": job.reasons,
            "time-at-processing": 5 if job.begun else None,
        }

    def serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(120)
            if (request := read(connection)) is None:
                return
            self.requests.append(request)
            odd = self.odd.get(request.operation)
            reply = self.answer(request) if odd is None else odd(request, connection)
            if reply is not None:
                connection.sendall(reply)


def read(connection: socket.socket) -> Request | None:
    received = b""
    while b"\r\n\r\n" not in received:
        if not (more := connection.recv(65536)):
            return None
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        if not (more := connection.recv(65536)):
            return None
        body += more
    operation, number = struct.unpack_from(">HI", body, 2)
    return Request(operation, number, body, text(body, b"job-name"), integer(body, b"job-id"))


def value(body: bytes, name: bytes) -> bytes | None:
    at = body.find(struct.pack(">H", len(name)) + name)
    if at < 0:
        return None
    at += 2 + len(name)
    (length,) = struct.unpack_from(">H", body, at)
    return body[at + 2 : at + 2 + length]


def text(body: bytes, name: bytes) -> str | None:
    raw = value(body, name)
    return None if raw is None else raw.decode()


def integer(body: bytes, name: bytes) -> int | None:
    raw = value(body, name)
    return None if raw is None else int.from_bytes(raw, "big")


@contextlib.contextmanager
def scripted() -> Iterator[Scripted]:
    """Serve on an ephemeral port of loopback until the test is over."""
    told, threads, over = Scripted(), [], threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        told.port = listener.getsockname()[1]
        told.queue["printer-uuid"] = f"urn:uuid:7f0c-{told.port}"  # no two servers are one printer

        def accept() -> None:
            while True:
                connection, _ = listener.accept()
                if over.is_set():
                    connection.close()
                    return
                thread = threading.Thread(target=told.serve, args=(connection,))
                thread.start()
                threads.append(thread)

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield told
        finally:
            over.set()
            socket.create_connection(("127.0.0.1", told.port)).close()  # wakes the thread that accepts
            accepting.join()
            for thread in threads:
                thread.join()


def silence(_request: Request, connection: socket.socket) -> None:
    """Say nothing until the other side hangs up."""
    with contextlib.suppress(OSError):
        connection.recv(1)


def hang_up(_request: Request, _connection: socket.socket) -> bytes:
    return b""


def drip(whole: Callable[[Request], bytes], seconds: float) -> Answer:
    """Answer byte by byte."""

    def answer(request: Request, connection: socket.socket) -> None:
        for byte in whole(request):
            connection.sendall(bytes([byte]))
            time.sleep(seconds)

    return answer


def image(printer: Printer) -> Image:
    """A card without ink."""
    raster = printer.capabilities.raster
    return Image(raster.width, raster.height, {Panel.BLACK: bytes(raster.width * raster.height)})


def two_steps(server: Scripted) -> None:
    """Let it take jobs by Create-Job and Send-Document."""
    server.queue["operations-supported"] = [5, 6, 8, 9, 10, 11]


def nothing_waits(server: Scripted) -> bool:
    return all(job.state > 6 for job in server.jobs.values())


def print_card(server: Scripted, deadline: Deadline | None = None) -> Completion:
    printer = DRIVER.open(server.address, Deadline.after(30))
    assert isinstance(printer, WholeCardPrinter)
    deadline = deadline or Deadline.after(30)
    try:
        return printer.print_card(image(printer), deadline)
    finally:
        late = time.monotonic() - deadline.at
        printer.close()
        assert late < 30  # who waited for an answer that stays away would be later still
