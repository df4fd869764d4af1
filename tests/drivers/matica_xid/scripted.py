"""A machine that follows a script, and the driver's calls that act on card or film."""

import pytest
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.matica_xid.machine import Geometry, Machine, Position
from drivers.printer import CounterKind, Counters, Identity, Image, Panel, Station, Supply

BUSY, PRINTING, HOPPER, DOOR, WARMING = 0x2D300, 0x2D400, 0x2D000, 0x2D100, 0x2DA00
POWER, RESET, JAM, BAD, HOT = 0x2C300, 0x62800, 0x39300, 0x52000, 0x2F800


class ScriptedMachine(Machine):
    """Holds one card's place; senses and answers come from scripts, and then it is ready and obeys.

    Attributes:
        senses: codes for the next calls of `sense`.
        answers: for a command's name, what it does instead of obeying (an exception to raise).
        obeys: False leaves the card where it was although a command is answered.
    """

    def __init__(self, model="XID8600"):
        self.identity = Identity("MATICA", model, "8A001234", "1")
        self.geometry = Geometry(4, 2, 600)
        self.at = None
        self.senses = []
        self.answers = {}
        self.obeys = True
        self.log = []
        self.panels = {}
        self.wound = 0
        self.turned = False

    def _do(self, name, *arguments):
        self.log.append((name, *arguments))
        if (answer := self.answers.pop(name, None)) is not None:
            raise answer

    @override
    def sense(self, deadline):
        return self.senses.pop(0) if self.senses else 0

    @override
    def position(self, deadline):
        if (answer := self.answers.pop("position", None)) is not None:
            raise answer
        return self.at

    @override
    def load(self, to, deadline):
        self._do("load", to)
        self.at = to if self.obeys else self.at

    @override
    def move(self, to, deadline, *, fresh_film=False, flip=False):
        try:
            self._do(*("move", to, *(("flip",) if flip else ())))
            self.wound += fresh_film
            self.turned ^= flip and self.obeys
        finally:
            if self.obeys:
                self.at = None if to in (Position.EJECT, Position.REJECT) else to

    @override
    def engage(self, at, deadline):
        self._do("engage", at)

    @override
    def release(self, at, deadline):
        self._do("release", at)

    @override
    def upload(self, panel, data, deadline):
        self._do("upload", panel)
        self.panels[panel] = data

    @override
    def print_film(self, panels, deadline):
        self._do("print_film", frozenset(panels))

    @override
    def transfer_and_return(self, deadline):
        self._do("transfer")

    @override
    def counters(self, deadline):
        return Counters(CounterKind.CARDS_TOTAL, 1, {})

    @override
    def supplies(self, deadline):
        return (Supply("film", None, None, None),)

    @override
    def close(self):
        self._do("close")


IMAGE = Image(4, 2, {Panel.CYAN: bytes(range(8)), Panel.BLACK: b"\xff" * 8})


def soon(seconds=20.0):
    return Deadline.after(seconds)


def fed(printer, to=Station.CONTACTLESS):
    printer.feed(to, soon())


def filmed(printer):
    printer.start_film(IMAGE, soon())
    printer.await_film(soon())


def acts(printer):
    """Every call that acts on card or film, by name."""
    return {
        "feed": lambda d: printer.feed(Station.CONTACTLESS, d),
        "move": lambda d: printer.move(Station.PRINT, d),
        "flip": printer.flip,
        "engage": lambda d: printer.engage(Station.CONTACTLESS, d),
        "release": lambda d: printer.release(Station.CONTACTLESS, d),
        "clear_film": printer.clear_film,
        "start_film": lambda d: printer.start_film(IMAGE, d),
        "await_film": printer.await_film,
        "transfer": printer.transfer,
        "deliver": printer.deliver,
        "reject": printer.reject,
    }


def prepared_for(printer, act):
    """Bring card and film to where the act can be done."""
    if act != "feed":
        fed(printer)
    if act == "await_film":
        printer.start_film(IMAGE, soon())
    if act == "transfer":
        filmed(printer)


NAMES = ("feed", "move", "flip", "engage", "release", "start_film", "await_film", "transfer", "deliver", "reject")
ACTS = pytest.mark.parametrize("act", NAMES)
