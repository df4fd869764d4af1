"""Bytes in, bytes out: commands found in what comes, and answers put into words. The same on USB and a serial line.

A command is ESC, a name, parameters after `;`, CR; ESC may be left out after a CR (Programming Guide A5013). Padding
(NUL, CR, LF) between commands is passed over, as `dpavlin/Printer-EVOLIS` ends a job with it. `Db` carries a picture of
fixed size before its CR, `Dbc` a compressed one of a size that it names. The guide describes the parameters of `Dbc`
twice and differently; the captures of a Windows driver have `Dbc;k;2;<bytes>;`. Only black and overcoat may come so.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from simulators.devices.evolis import Machine
from simulators.devices.evolis_answers import Answer
from simulators.devices.evolis_data import Cause, nack_code, panel_size
from simulators.devices.evolis_panels import decode, unpack
from simulators.devices.faults import UNPLUG, Fault

ESC, CR = 0x1B, 0x0D
PADDING = b"\0\r\n"
ACK, NACK = "\x06", "\x15"
HELD = 64 * 1024
"""Bytes that the machine holds while it is at a command; then it takes no more."""
LONGEST = 256
"""Bytes of a command without a picture; what is longer is no command."""
_PICTURE = re.compile(rb"Db;([ymcko]);(2|32|64|128);|Dbc;([ko]);2;(\d{1,6});")


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture on its way.

    Attributes:
        size: bytes that are to come.
        packed: True for a compressed one.
        fault: what befalls the wire meanwhile, or the answer.
    """

    panel: str
    levels: int
    size: int
    packed: bool
    fault: Fault | None


class Talk:
    """One machine's end of a line.

    Attributes:
        send: called with what the machine says.
        changed: called when there may be room again.
        unplug: called with a fault that pulls the cable.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.send: Callable[[bytes], None] = lambda _: None
        self.changed: Callable[[], None] = lambda: None
        self.unplug: Callable[[Fault], None] = lambda _: None
        self._chance = random.Random(0)
        self._last = b""
        self.forget()

    def forget(self) -> None:
        """The cable was pulled or the mains went: nothing on the way is remembered."""
        self._line = object()
        self._buffer = bytearray()
        self._upload: Upload | None = None
        self._working = False
        self._kept: list[bytes] = []
        self._heard = 0

    def room(self) -> bool:
        """True while the machine takes bytes."""
        return not self._working or len(self._buffer) < HELD

    def take(self, data: bytes) -> None:
        """Take what came."""
        self._buffer += data
        self._heard += 1
        self._go_on()
        if self._upload is not None and not self._working:
            self._watch(self._heard)

    def unmute(self) -> None:
        """Let an answer that was kept back go out, late."""
        kept, self._kept = self._kept, []
        for answer in kept:
            self.send(answer)

    # Commands

    def _go_on(self) -> None:
        while not self._working and (self._take_picture() if self._upload else self._take_command()):
            pass
        if self.room():
            self.changed()

    def _take_command(self) -> bool:
        buffer = self._buffer
        while buffer and buffer[0] in PADDING:
            del buffer[0]
        start = 1 if buffer and buffer[0] == ESC else 0
        if picture := _PICTURE.match(bytes(buffer[:LONGEST]), start):
            del buffer[: picture.end()]
            self._expect(picture)
            return True
        end = buffer.find(CR)
        if end < 0:
            if len(buffer) > LONGEST:
                buffer.clear()
                self._answer(Cause.COMMAND, None)
            return False
        command = bytes(buffer[start:end]).decode("latin-1")
        del buffer[: end + 1]
        self._run(command)
        return True

    def _run(self, command: str) -> None:
        fault = self.machine.meet(command)
        if fault is not None and fault.kind in UNPLUG:
            self.unplug(fault)
        if fault is not None and not fault.acts:
            self._answer(Cause.OK, fault)
            return
        self._working = True
        self.machine.run(command, self._teller(fault))

    def _expect(self, picture: re.Match[bytes]) -> None:
        packed = picture[3] is not None
        panel = (picture[3] or picture[1]).decode()
        levels = 2 if packed else int(picture[2])
        size = int(picture[4]) if packed else panel_size(levels)
        self._upload = Upload(panel, levels, size, packed, self.machine.meet("Db"))
        self.machine.receiving()

    def _take_picture(self) -> bool:
        upload = self._upload
        if upload is None:
            return False
        fault = upload.fault
        if fault is not None and fault.kind in UNPLUG and len(self._buffer) >= upload.size * fault.fraction:
            self._upload = None
            self._buffer.clear()
            self.unplug(fault)
            return False
        if len(self._buffer) < upload.size:
            return False
        data = bytes(self._buffer[: upload.size])
        del self._buffer[: upload.size]
        self._upload = None
        if fault is not None and not fault.acts:
            self._answer(Cause.OK, fault)
            return True
        try:
            ink = decode(unpack(data) if upload.packed else data, upload.levels)
        except ValueError:
            self._answer(Cause.PARAMETER, fault)
        else:
            self._keep(upload.panel, ink, fault)
        return True

    def _keep(self, panel: str, ink: Image.Image, fault: Fault | None) -> None:
        self._working = True
        self.machine.panel(panel, ink, self._teller(fault))

    def _watch(self, heard: int) -> None:
        line = self._line

        def look() -> None:
            if self._line is line and self._heard == heard and self._upload is not None:
                self._upload = None
                self._buffer.clear()
                self._answer(Cause.TIME_OUT, None)

        self.machine.later(self.machine.settings.upload_timeout, look)

    # Answers

    def _teller(self, fault: Fault | None) -> Callable[[Answer], None]:
        line = self._line

        def tell(answer: Answer) -> None:
            if self._line is line:
                self._working = False
                self._answer(answer, fault)
                self._go_on()

        return tell

    def _answer(self, answer: Answer, fault: Fault | None) -> None:
        said = self._words(answer)
        match None if fault is None else fault.kind:
            case "mute":
                self._kept.append(said)
                return
            case "garbage":
                said = self._chance.randbytes(len(said))
            case "half-reply":
                said = said[: len(said) // 2]
            case "last-reply":
                said = self._last or said
        self._last = said
        self.send(said)

    def _words(self, answer: Answer) -> bytes:
        settings = self.machine.settings
        if isinstance(answer, Cause) and self.machine.parameters.acks:
            text = "ACK" if answer is Cause.OK else f"NACK {nack_code(answer)}"
            if settings.ack == "characters":
                return (ACK if answer is Cause.OK else NACK + nack_code(answer)).encode()
        elif isinstance(answer, Cause):
            text = settings.words.get(answer.name.lower(), answer.value)
        else:
            text = answer
        return (text + settings.terminator).encode("latin-1")
