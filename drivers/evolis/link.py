"""One command at a time with its reply, and never a reply with the wrong command.

The protocol numbers nothing: a reply that comes late looks like the reply to whatever was asked next, and `OK` says of
one question that all went well and of another that there is no card. So after a lost reply nothing is asked before the
machine has told its serial number again, which no other question is answered with; and what everything hangs on, a
card's place and the count of cards, is asked between two askings for the serial number (`ask_surely`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final, Protocol

from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, NotUnderstood, WrongDevice
from drivers.evolis import answers, panels, protocol
from drivers.evolis.protocol import ReplyReader
from drivers.printer import Panel

_DRAIN: Final = 0.1  # seconds of silence after which no reply is under way
_FIRST_WAIT: Final = 0.5  # seconds until a machine that says nothing is asked for its serial number again
_LONGEST_WAIT: Final = 4.0
_EMPTY_PAUSE: Final = 0.005  # after an empty transfer: a printer's way to say that it has nothing yet


class Wire(Protocol):
    """A cable to one machine.

    Attributes:
        gap: seconds of silence that end what a machine sends at once.
        refills: a download that was cut off may be filled up: the wire is quick enough for it.
    """

    gap: float
    refills: bool

    def write(self, data: bytes, deadline: Deadline) -> None:
        """Send all the bytes, or raise."""

    def read(self, deadline: Deadline) -> bytes:
        """Wait for the next bytes; an empty transfer returns none."""

    def recover(self) -> None:
        """Make the wire carry bytes again after it halted."""

    def close(self) -> None:
        """Let go. Never raises; a call under way fails with `Disconnected`."""


class Link:
    """The conversation with one machine."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._reader = ReplyReader()
        self._waiting: list[str] = []
        self._in_step = False
        self._proven = False  # the last reply was the serial number that was asked for
        self._owed = 0  # serial numbers asked for and not heard yet
        self._cut_off = False  # a download may stand open in the machine
        self.serial = ""

    def meet(self, deadline: Deadline) -> None:
        """Begin: learn the machine's serial number, whatever was going on before.

        Two equal answers in a row that are no answers about its state are its serial number. A machine that stays
        silent may still be waiting for the rest of a picture that another session did not finish: it is filled up with
        zeros, which a machine passes over between commands (captured jobs are padded with them).

        Raises:
            DeadlinePassed, Disconnected, Stalled: no serial number was told.
        """
        last = ""
        for reply in self._asking_who(deadline):
            if reply == last and not answers.names(reply):
                self.serial = reply
                break
            last = reply
        self._quieten(deadline)

    def ask(self, text: str, deadline: Deadline) -> str:
        """Send a command and return its reply.

        Raises:
            DeadlinePassed, Disconnected, NotUnderstood, Stalled: what the machine did is unknown.
            WrongDevice: another machine answers.
        """
        if not self._in_step:
            self._resume(deadline)
        return self._exchange(protocol.command(text), deadline)

    def send_panel(self, panel: Panel, levels: int, data: bytes, deadline: Deadline) -> str:
        """Download a packed panel and return the reply. Raises as `ask` does."""
        if not self._in_step:
            self._resume(deadline)
        self._cut_off = True
        reply = self._exchange(protocol.download(panel, levels, data), deadline)
        self._cut_off = False
        return reply

    def prove(self, deadline: Deadline) -> None:
        """Make sure that the replies so far were replies to what was asked, and from this machine.

        Raises as `ask` does; `NotUnderstood` if something else than the serial number is answered.
        """
        reply = self.ask(protocol.IDENTIFY, deadline)
        if reply != self.serial:
            self._in_step = False
            raise NotUnderstood("", "read", reply.encode(), f"the serial number {self.serial}")
        self._proven = self._in_step

    def ask_surely(self, text: str, deadline: Deadline) -> str:
        """Ask between two proofs: neither an early nor a late reply can pass for this one. Raises as `prove` does.

        A proof that nothing was asked after still stands: a machine answers in turn.
        """
        if not self._proven:
            self.prove(deadline)
        reply = self.ask(text, deadline)
        self.prove(deadline)
        return reply

    def close(self) -> None:
        """Let go of the wire. Never raises; may be called from any thread."""
        self._wire.close()

    def _exchange(self, data: bytes, deadline: Deadline) -> str:
        self._in_step = self._proven = False
        self._wire.write(data, deadline)
        reply = self._next(deadline)
        self._in_step = not self._waiting  # two replies to one command: one of them is somebody else's
        return reply

    def _resume(self, deadline: Deadline) -> None:
        """Get in step again with the machine that this session knows."""
        other = ""
        self._proven = False
        try:
            for reply in self._asking_who(deadline):
                if reply == self.serial:
                    break
                other = "" if answers.names(reply) else reply
        except DeadlinePassed:
            if other:
                raise WrongDevice("", "read", f"the machine {self.serial}", other) from None
            raise
        self._quieten(deadline)

    def _asking_who(self, deadline: Deadline) -> Iterator[str]:
        """Ask for the serial number until the deadline, and yield whatever is answered."""
        self._wire.recover()
        self._reader.forget()
        self._waiting.clear()
        wait, silent, filled = _FIRST_WAIT, not self._cut_off, False
        while True:
            if self._cut_off and self._wire.refills and not filled:
                filled = True
                self._wire.write(bytes(panels.size(max(panels.BITS))), deadline)
            self._wire.write(protocol.command(protocol.IDENTIFY), deadline)
            self._owed += 1
            while self._owed and (reply := self._heard(deadline.sooner(wait))) is not None:
                silent = False
                if not answers.names(reply):
                    self._owed -= 1
                yield reply
            if deadline.passed:
                raise DeadlinePassed("", "read", 0.0)
            if self._owed:
                self._cut_off = self._cut_off or (silent and wait > _FIRST_WAIT)
                wait = min(2 * wait, _LONGEST_WAIT)

    def _heard(self, deadline: Deadline) -> str | None:
        """Return the next reply that can be read, None if there is none by the deadline."""
        while True:
            try:
                return self._next(deadline)
            except NotUnderstood:
                continue  # noise, or the end of a reply whose beginning was lost
            except DeadlinePassed:
                return None

    def _quieten(self, deadline: Deadline) -> None:
        """Let whatever else was answered pass by."""
        while self._heard(deadline.sooner(max(_DRAIN, 2 * self._wire.gap))) is not None:
            pass
        self._owed, self._cut_off, self._in_step = 0, False, True

    def _next(self, deadline: Deadline) -> str:
        """Wait for a whole reply."""
        limit = deadline
        while not self._waiting:
            try:
                data = self._wire.read(limit)
            except DeadlinePassed:
                data = b""
            if data:
                self._waiting += self._reader.feed(data)
                limit = deadline.sooner(self._wire.gap) if self._reader.may_end_in_silence else deadline
            elif not limit.passed:
                time.sleep(_EMPTY_PAUSE)
            elif limit.at < deadline.at and (reply := self._reader.fell_silent()) is not None:
                self._waiting.append(reply)
            else:
                raise DeadlinePassed("", "read", 0.0)
        return self._waiting.pop(0)
