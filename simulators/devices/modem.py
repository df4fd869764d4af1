"""A simulated GSM modem: AT commands of 3GPP TS 27.007 and 27.005, as far as sending a short message needs them.

It takes messages in PDU mode, keeps what it has sent, and can misbehave: refuse, answer late or twice, fall silent.
Sans-I/O: bytes in, bytes out with the seconds after which they come.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

END_OF_PDU: Final = 0x1A
ESCAPE: Final = 0x1B

_KNOWN: Final = {
    "+CGMI": "SIMULATED",
    "+CGMM": "SIM900",
    "+CGMR": "Revision:1.0",
    "+CGSN": "490154203237518",
    "+CIMI": "510010000000001",
    "+CPIN?": "+CPIN: READY",
    "+CSQ": "+CSQ: 20,0",
    "+CREG?": "+CREG: 0,1",
    "+CSCA?": '+CSCA: "+6281100000",145',
    "+CSCS=?": '+CSCS: ("GSM","UCS2")',
    "+CSCS?": '+CSCS: "GSM"',
    "+CMGF=?": "+CMGF: (0,1)",
    "+CPMS=?": '+CPMS: ("SM"),("SM"),("SM")',
    "+CPMS?": '+CPMS: "SM",0,20,"SM",0,20,"SM",0,20',
}
"""What it answers to questions about itself, before `OK`; to any other command it answers `OK`."""


class Mood(StrEnum):
    """How it takes the next message."""

    GOOD = "good"
    REFUSES = "refuses"
    """`+CMS ERROR`: the network did not take it."""
    LATE = "late"
    """It is sent, and the answer comes after a long while."""
    TWICE = "twice"
    """It is sent once, and the answer comes twice."""
    NEVER = "never"
    """It is sent, and no answer comes."""
    DEAD = "dead"
    """No command is answered at all."""


@dataclass
class Modem:
    """The modem.

    Attributes:
        mood: how it takes messages.
        late: seconds after which a late answer comes.
        sent: the PDUs that went out, in hex.
    """

    mood: Mood = Mood.GOOD
    late: float = 60.0
    sent: list[str] = field(default_factory=list)
    _line: bytearray = field(default_factory=bytearray)
    _wants_pdu: bool = False
    _echo: bool = True

    def take(self, data: bytes) -> list[tuple[float, bytes]]:
        """Take bytes; returns what it says, each with the seconds after which it does."""
        said: list[tuple[float, bytes]] = []
        if self.mood is Mood.DEAD:
            return said
        for byte in data:
            if self._wants_pdu:
                said += self._pdu(byte)
            elif byte in b"\r\n":
                command, self._line = self._line.decode("ascii", "replace").strip(), bytearray()
                if command:
                    said += self._command(command)
            else:
                self._line.append(byte)
        return said

    def _command(self, command: str) -> list[tuple[float, bytes]]:
        echo = f"{command}\r".encode() if self._echo else b""
        name = command.upper().removeprefix("AT")
        if name.startswith("E"):
            self._echo = name != "E0"
        if name.startswith("+CMGS="):
            self._wants_pdu = True
            return [(0.0, echo + b"\r\n> ")]
        told = _KNOWN.get(name)
        body = f"\r\n{told}\r\n" if told else ""
        return [(0.0, echo + f"{body}\r\nOK\r\n".encode())]

    def _pdu(self, byte: int) -> list[tuple[float, bytes]]:
        if byte not in (END_OF_PDU, ESCAPE):
            self._line.append(byte)
            return []
        pdu, self._line, self._wants_pdu = self._line.decode("ascii", "replace").strip(), bytearray(), False
        if byte == ESCAPE:
            return [(0.0, b"\r\nOK\r\n")]
        if self.mood is Mood.REFUSES:
            return [(0.0, b"\r\n+CMS ERROR: 38\r\n")]
        self.sent.append(pdu)
        answer = f"\r\n+CMGS: {len(self.sent)}\r\n\r\nOK\r\n".encode()
        after = {Mood.NEVER: (), Mood.LATE: (self.late,), Mood.TWICE: (0.0, 0.0)}.get(self.mood, (0.0,))
        return [(seconds, answer) for seconds in after]
