"""A machine on a USB cable: questions, orders and jobs over its two pipes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from drivers.deadline import Deadline
from drivers.errors import NotUnderstood
from drivers.magicard.protocol import (
    LONGEST_REPLY,
    ErrorReport,
    Information,
    PortStatus,
    Query,
    ReplyReader,
    parse_port_status,
    query,
)
from drivers.transports import Stalled, UsbBulk

OUT: Final = 0x01  # as captured
IN: Final = 0x82

_ANSWER: Final = 3.0  # seconds for an answer; the captured ones took 0.05
# Requests of the USB printer class to interface 0.
_GET_PORT_STATUS: Final = (0xA1, 0x01)
_SOFT_RESET: Final = (0x21, 0x02)


class Machine:
    """A session over a claimed interface. Calls raise the errors of `drivers.transports` and `NotUnderstood`."""

    def __init__(self, pipe: UsbBulk) -> None:
        self._pipe = pipe
        self._in_step = False  # an answer that nobody fetched may be waiting
        self._known: tuple[str, int] | None = None  # what no status of one machine changes

    def port_status(self, deadline: Deadline) -> PortStatus:
        """Ask over the control pipe, which works whatever the bulk pipes carry."""
        return parse_port_status(self._pipe.control(*_GET_PORT_STATUS, deadline.sooner(_ANSWER), size=1))

    def information(self, deadline: Deadline) -> Information:
        """Ask for `STA$$`."""
        reply = self._ask(Query.INFORMATION, deadline)
        if not isinstance(reply, Information):
            raise NotUnderstood("", "read", reply.text.encode(), "an answer to INF")
        if (found := (reply.serial, reply.length)) != (self._known or found):
            raise NotUnderstood("", "read", repr(found).encode(), "the same machine's status as before")
        self._known = found
        return reply

    def error(self, deadline: Deadline) -> ErrorReport:
        """Ask which error is shown."""
        reply = self._ask(Query.ERROR, deadline)
        if not isinstance(reply, ErrorReport):
            raise NotUnderstood("", "read", reply.model.encode(), "an answer to ERR")
        return reply

    def cancel(self, deadline: Deadline) -> None:
        """Press Cancel."""
        self._tell(Query.CANCEL, deadline)

    def okay(self, deadline: Deadline) -> None:
        """Press OK."""
        self._tell(Query.OKAY, deadline)

    def clean(self, deadline: Deadline) -> None:
        """Begin the cleaning routine."""
        self._tell(Query.CLEAN, deadline)

    def send(self, pieces: Iterable[bytes], deadline: Deadline) -> None:
        """Send a job. Returns when the machine has taken all of it."""
        for piece in pieces:
            self._pipe.write(piece, deadline)

    def forget(self, deadline: Deadline) -> None:
        """Have the machine give up a job that ended half-way, by the printer class's soft reset.

        Not seen in any source; a machine that does not know it is left as it is.
        """
        self._in_step = False
        with suppress(Stalled):
            self._pipe.control(*_SOFT_RESET, deadline.sooner(_ANSWER))
        self._pipe.clear_halts()

    def close(self) -> None:
        """Let go. Never raises; may be called from any thread."""
        self._pipe.close()

    def _tell(self, what: Query, deadline: Deadline) -> None:
        """Send an order. Whether that is answered is not said anywhere: an answer would be thrown away."""
        self._in_step = False
        self._pipe.write(query(what), deadline.sooner(_ANSWER))

    def _ask(self, what: Query, deadline: Deadline) -> Information | ErrorReport:
        deadline = deadline.sooner(_ANSWER)
        if not self._in_step:
            self._pipe.drain(deadline)
        self._in_step = False  # until the answer has been read whole
        reader, reply = ReplyReader(), None
        try:
            self._pipe.write(query(what), deadline)
            while reply is None:
                reply = reader.feed(self._pipe.read(LONGEST_REPLY, deadline))
        except Stalled:
            self._pipe.clear_halts()
            raise
        self._in_step = True
        return reply
