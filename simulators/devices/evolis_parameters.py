"""What a client has set in an Evolis machine, and what of it outlives the mains (Programming Guide A5013, `P…`)."""

from __future__ import annotations

from simulators.devices.evolis_data import Cause, EvolisSettings

HOST_MANAGES, ACK_NACK = 0x02, 0x10
SETS_ACK_NACK = 4
"""`Pem;4` adds that mode and changes nothing else."""
_COLOURS = ("ymcko", "ymckos", "ymckok")
_SINGLE = ("k", "kb", "kw", "kr", "kbl", "kgr", "kgo", "ksi", "ksc", "ktc", "ktp", "ka", "ko", "h", "ho")
RIBBONS = frozenset({*_COLOURS, *_SINGLE})
_OF_THE_GUIDE = ("bm", "c", "fm", "iem", "kn", "l", "mi", "mk", "ms", "nl", "nw", "oc", "os", "pk", "pn", "rm", "ro")
_MORE = ("rs", "s", "sm", "sp", "wb", "wcs", "wj", "wm", "wr", "x", "y")
_OF_PROGRAMS = ("bc", "cem", "cim", "crm", "dt", "fs", "pws", "smgr")
TAKEN = frozenset(f"P{name}" for name in (*_OF_THE_GUIDE, *_MORE, *_OF_PROGRAMS))
"""Known, and without a consequence here: the guide's, and some that public programs send to newer machines."""


class Parameters:
    """What `P…` commands have set.

    Attributes:
        keeps_card: True if the end of a sequence leaves the card inside (`Pneab;E`).
    """

    def __init__(self, settings: EvolisSettings) -> None:
        self._line = {1: f"1;{settings.baud};N;8;1"}
        self._line_acks = settings.ack_nack
        self._saved = HOST_MANAGES if settings.managed_by == "host" else 0
        self._ribbon: str = settings.ribbon_panels
        self.power_on()

    def power_on(self) -> None:
        """Be as after power-on."""
        self._errors = self._saved
        self.keeps_card = False

    @property
    def host_manages(self) -> bool:
        """True if errors are told at once and left to the host."""
        return bool(self._errors & HOST_MANAGES)

    @property
    def acks(self) -> bool:
        """True if commands are answered by ACK and NACK."""
        return self._line_acks or bool(self._errors & ACK_NACK)

    def ask(self, question: str) -> str | None:
        """Return the answer to `Rem`, `Rr` or `Rcom`; None for another question."""
        match question:
            case "Rem":
                return f"{self._errors};{self._saved}"
            case "Rr":
                return self._ribbon
            case "Rcom;1":
                return self._line[1]
        return None

    def take(self, name: str, values: list[str]) -> Cause:
        """Set something."""
        first = values[0] if values else ""
        match name:
            case "Pem":
                return self._take_errors(first, values[1:])
            case "Pr":
                if first.lower() not in RIBBONS:
                    return Cause.PARAMETER
                self._ribbon = first.lower()
            case "Pneab":
                if first not in {"E", "A", "D"}:
                    return Cause.PARAMETER
                self.keeps_card = first == "E"
            case "Pcom":
                if first not in {"1", "2"}:
                    return Cause.PARAMETER
                self._line[int(first)] = ";".join(values)
                self._line_acks = "ACK/NACK" in values
            case _:
                return Cause.OK if name in TAKEN else Cause.COMMAND
        return Cause.OK

    def _take_errors(self, value: str, options: list[str]) -> Cause:
        if not value.isdecimal():
            return Cause.PARAMETER
        number = int(value)
        self._errors = self._errors | ACK_NACK if number == SETS_ACK_NACK else number
        if options == ["s"]:
            self._saved = self._errors
        return Cause.OK
