"""The process that works one reader: `python -m drivers.pcsc.worker`. It is made to be killed.

It imports the standard library and pyscard's plain functions and nothing else, because there is one for each reader.
It ends when its stdin ends. A transmit that hangs also outlives a driver that died: for that the kernel holds an
alarm, whose default act is to end the process, whatever it is doing.
"""

from __future__ import annotations

import os
import signal
import sys

from drivers.pcsc import frames
from drivers.pcsc.frames import Op
from drivers.pcsc.service import Service

# The driver kills at the deadline; the alarm is for when there is no driver any more.
ALARM_GRACE_SECONDS = 2.0


def serve(service: Service, requests: int, replies: int) -> None:
    """Answer requests read from one file descriptor on another, until the first ends."""
    while True:
        prefix = _read(requests, frames.LENGTH.size)
        if prefix is None:
            return
        body = _read(requests, frames.body_length(prefix))
        if body is None:
            return
        op, milliseconds, payload = frames.parse_request(body)
        signal.setitimer(signal.ITIMER_REAL, milliseconds / 1000 + ALARM_GRACE_SECONDS)
        reply = frames.reply(*perform(service, op, milliseconds / 1000, payload))
        signal.setitimer(signal.ITIMER_REAL, 0)
        while reply:
            reply = reply[os.write(replies, reply) :]


def perform(service: Service, op: Op, seconds: float, payload: bytes) -> tuple[int, bytes]:
    """Do one operation and return its PC/SC code and the payload of the reply."""
    match op:
        case Op.LIST:
            code, names = service.readers()
            return code, "\0".join(names).encode()
        case Op.LOOK | Op.AWAIT_CARD | Op.AWAIT_EMPTY:
            wait = 0.0 if op is Op.LOOK else seconds
            return service.await_presence(payload.decode(), op is not Op.AWAIT_EMPTY, wait), b""
        case Op.CONNECT:
            code, told = service.connect(payload.decode())
            return code, b"" if told is None else frames.grip(told)
        case Op.WHERE:
            code, place = service.where(payload.decode())
            return code, frames.place(place)
        case Op.TRANSMIT:
            return service.transmit(payload)
        case Op.DISCONNECT:
            return service.disconnect(), b""


def _read(descriptor: int, length: int) -> bytes | None:
    data = b""
    while len(data) < length:
        more = os.read(descriptor, length - len(data))
        if not more:
            return None
        data += more
    return data


if __name__ == "__main__":
    serve(Service(), sys.stdin.fileno(), sys.stdout.fileno())
