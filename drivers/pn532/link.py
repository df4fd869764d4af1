"""One command at a time with its answer, and never an answer with the wrong command.

A PN532 carries out one command at a time, but numbers nothing: the answer to a command that nobody waits for any more
looks like the answer to the next one of its kind. So after anything that broke an exchange the link is out of step, and
carries nothing until `resume` has ended the command under way, let what was left run out, and heard an answer that only
a question asked after that can have.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Final, Protocol

from drivers import wiretap
from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, DeviceError, Disconnected, NotUnderstood
from drivers.pn532 import commands, protocol
from drivers.pn532.commands import Code, Firmware
from drivers.pn532.protocol import Answer, Frame, FrameReader, Signal
from drivers.wiretap import Direction

_ACK_SECONDS: Final = 0.5  # 15 ms by the manual (6.2.2); serial adapters and busy computers take their time, too
_SILENCE: Final = 0.02  # after which nothing is under way on the wire
_WAKING: Final = 0.005
_TRIES: Final = 2


class Wire(Protocol):
    """A serial port."""

    def write(self, data: bytes, deadline: Deadline) -> None:
        """Send all the bytes, or raise."""

    def read(self, deadline: Deadline) -> bytes:
        """Wait for the next bytes, or raise."""

    def close(self) -> None:
        """Let go. Never raises; a call under way fails with `Disconnected`."""


class Link:
    """The conversation with one PN532.

    Args:
        wire: to it.
        name: for errors, and for whoever listens.
    """

    def __init__(self, wire: Wire, name: str) -> None:
        self._wire = wire
        self._name = name
        self._reader = FrameReader()
        self._frames: list[Frame] = []
        self._in_step = False
        self._broken = False

    @property
    def broken(self) -> bool:
        """Whether the wire itself has failed: nothing will pass any more."""
        return self._broken

    @property
    def in_step(self) -> bool:
        """Whether the next answer can only be to the next command."""
        return self._in_step

    def call(self, code: Code, data: bytes, deadline: Deadline, operation: str) -> bytes:
        """Carry out one command and return what its answer has behind the code.

        Raises:
            DeadlinePassed: no answer in time.
            Disconnected: the wire broke, or the PN532 acknowledges nothing.
            NotUnderstood: it answered what it cannot have meant, or knows no such command.
        """
        if not self._in_step:
            raise Disconnected(self._name, operation, "out of step after a lost answer")
        self._in_step = False
        wiretap.tell(self._name, Direction.OUT, "command", bytes((code,)) + data)
        answer = self._asked(code, data, deadline, operation)
        self._in_step = True
        return answer

    def resume(self, deadline: Deadline, operation: str) -> Firmware:
        """Wake the PN532 up, end whatever it is doing and come into step with it; returns which chip it is.

        Raises as `call`.
        """
        self._in_step = False
        self._wire_write(protocol.ACK, deadline, operation)
        self._run_out(deadline, operation)
        for _ in range(_TRIES - 1):
            with suppress(NotUnderstood, Disconnected):  # asleep it hears the first command badly, or not at all
                self._wake(deadline, operation)
                break
            self._run_out(deadline, operation)
        else:
            self._wake(deadline, operation)
        answer = self._asked(Code.GET_FIRMWARE_VERSION, b"", deadline, operation)
        try:
            firmware = commands.firmware(answer)
        except ValueError as error:
            raise NotUnderstood(self._name, operation, answer, f"a firmware version ({error})") from None
        self._in_step = True
        return firmware

    def close(self) -> None:
        """Let go of the wire. Never raises."""
        self._wire.close()

    def _wake(self, deadline: Deadline, operation: str) -> None:
        self._wire_write(protocol.WAKE_UP, deadline, operation)
        time.sleep(_WAKING)
        self._asked(Code.SAM_CONFIGURATION, commands.NORMAL_MODE, deadline, operation)

    def _asked(self, code: Code, data: bytes, deadline: Deadline, operation: str) -> bytes:
        self._wire_write(protocol.command(code, data), deadline, operation)
        self._await_ack(code, deadline, operation)
        asked_again = False
        while True:
            match self._frame(deadline, operation):
                case Answer(code=answered, data=answer) if answered == code.answer:
                    wiretap.tell(self._name, Direction.IN, "answer", bytes((answered,)) + answer)
                    return answer
                case Answer() as other:
                    raise self._unexpected(other, operation, f"an answer with code {code.answer:02X}")
                case Signal.SYNTAX_ERROR as told:
                    wiretap.tell(self._name, Direction.IN, "answer", b"", told.value)
                    raise self._unexpected(told, operation, f"an answer to {code.name}")
                case Signal.DAMAGED as told if asked_again:
                    raise self._unexpected(told, operation, f"a whole answer to {code.name}, asked for twice")
                case Signal.DAMAGED:
                    asked_again = True
                    self._run_out(deadline, operation)
                    self._wire_write(protocol.NACK, deadline, operation)
                case _:
                    continue  # an ACK or NACK too many

    def _await_ack(self, code: Code, deadline: Deadline, operation: str) -> None:
        soon = deadline.sooner(_ACK_SECONDS)
        frame: Frame | None = None
        # What comes before the acknowledgement is no answer to this command; to which one, only its code can tell.
        while frame is None or (isinstance(frame, Answer) and frame.code != code.answer):
            try:
                frame = self._frame(soon, operation)
            except DeadlinePassed:
                if deadline.passed:
                    raise
                detail = "it acknowledges nothing; is it a PN532 in HSU mode?"
                raise Disconnected(self._name, operation, detail) from None
        if frame is not Signal.ACK:
            raise self._unexpected(frame, operation, "an acknowledgement")

    def _unexpected(self, frame: Frame, operation: str, expected: str) -> NotUnderstood:
        """Say what came, without what may be a citizen's: of an answer its code, of anything else what it is."""
        if isinstance(frame, Answer):
            return NotUnderstood(self._name, operation, bytes((frame.code,)), expected)
        return NotUnderstood(self._name, operation, frame.value.encode(), f"{expected}, not a frame of {frame.value}")

    def _frame(self, deadline: Deadline, operation: str) -> Frame:
        started = time.monotonic()
        while not self._frames:
            try:
                self._frames += self._reader.feed(self._wire.read(deadline))
            except DeadlinePassed:
                raise DeadlinePassed(self._name, operation, time.monotonic() - started) from None
            except DeviceError as error:
                raise self._ours(error, operation) from None
        return self._frames.pop(0)

    def _run_out(self, deadline: Deadline, operation: str) -> None:
        """Hear and forget what is under way, until it is silent."""
        while not deadline.passed:
            try:
                self._wire.read(deadline.sooner(_SILENCE))
            except DeadlinePassed:
                break
            except DeviceError as error:
                raise self._ours(error, operation) from None
        self._frames.clear()
        self._reader.forget()

    def _wire_write(self, data: bytes, deadline: Deadline, operation: str) -> None:
        try:
            self._wire.write(data, deadline)
        except DeviceError as error:
            raise self._ours(error, operation) from None

    def _ours(self, error: DeviceError, operation: str) -> DeviceError:
        self._broken = self._broken or isinstance(error, Disconnected)
        error.device, error.operation = self._name, operation
        return error
