"""What `ippeveprinter` runs for each document: hands it to the simulated machine and says what that says.

Usage: `python -m simulators.wires.ipp_command SOCKET FILE`. Ends with 0 when the job is completed, 1 when it is not.

`ippeveprinter` notes that a job was cancelled and lets its command run on, so that it would print a card that nobody
wants any more. A printer's controller hears of it: so the job is asked about while its card is made.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import struct
import sys
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

ASK_EVERY = 0.2
"""Seconds between two looks at the job."""

CANCELLED = (b"processing-to-stop-point", b"job-canceled-by-user", b"job-canceled-at-device")
"""Words of `job-state-reasons` (RFC 8011 section 5.3.8)."""

_GET_JOB_ATTRIBUTES = 0x0009
_OPERATION, _END = 1, 3
_CHARSET, _LANGUAGE, _URI, _KEYWORD = 0x47, 0x48, 0x45, 0x44


def question(job: str) -> bytes:
    """Return the request for a job's state reasons (RFC 8010)."""
    attributes = (
        (_CHARSET, "attributes-charset", "utf-8"),
        (_LANGUAGE, "attributes-natural-language", "en"),
        (_URI, "job-uri", job),
        (_KEYWORD, "requested-attributes", "job-state-reasons"),
    )
    written = [struct.pack(">BBHIB", 2, 0, _GET_JOB_ATTRIBUTES, 1, _OPERATION)]
    for tag, name, value in attributes:
        written.append(struct.pack(">BH", tag, len(name)) + name.encode())
        written.append(struct.pack(">H", len(value)) + value.encode())
    return b"".join(written) + bytes([_END])


def is_cancelled(job: str) -> bool:
    """Ask the printer about one of its jobs. Raises `OSError` or `http.client.HTTPException` if it does not answer."""
    where = urlsplit(job)
    connection = http.client.HTTPConnection("localhost", where.port, timeout=2)
    try:
        connection.request("POST", where.path, question(job), {"Content-Type": "application/ipp"})
        answer = connection.getresponse().read()
    finally:
        connection.close()
    return any(word in answer for word in CANCELLED)


def watch(job: str, over: threading.Event, machine: socket.socket) -> None:
    """Tell the machine once the job is cancelled."""
    while not over.wait(ASK_EVERY):
        with suppress(OSError, http.client.HTTPException):
            if is_cancelled(job):
                machine.sendall(b"CANCEL\n")
                return


def main(where: str, file: str) -> int:
    """Print one document; return the command's status."""
    over = threading.Event()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(where)
        connection.sendall(json.dumps({"file": str(Path(file).absolute())}).encode() + b"\n")
        if job := os.environ.get("IPP_JOB_URI"):
            threading.Thread(target=watch, args=(job, over, connection), daemon=True).start()
        with connection.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("END "):
                    over.set()
                    return int(line.removeprefix("END "))
                sys.stderr.write(line)
                sys.stderr.flush()
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
