"""A Matica XID retransfer machine as it answers commands. No wire is known here.

What follows from the public notes (`revk/cardprint`): commands, positions, flags, codes, and that an immediate
command is answered at once while the machine works on. What the notes leave open is decided on the strict side:

* transport and film are two parts; a command is refused as busy only if it needs a part that works;
* a card is pressed only at the printing station, and moved only with both readers released;
* a second print lies over whatever the film holds, until a transfer uses the frame or *film-init* winds it on;
* panels are not taken while the film is being printed;
* after power returns, the machine brings a card that it finds in its path to the printing station, or puts it out.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from simulators.clock import Clock
from simulators.devices.faults import UNPLUG, Fault, Script
from simulators.devices.handled import Handled
from simulators.devices.machine import Cards
from simulators.devices.matica_xid_body import BOTH, FILM, TRANSPORT, Body, Done
from simulators.devices.matica_xid_data import MachineSettings, Position, Sense
from simulators.devices.work import BusyLog

KINDS = UNPLUG | {
    "hopper-empty",
    "door-open",
    "head-hot",
    "ribbon-out",
    "film-out",
    "supplies-low",
    "feed-jam",
    "jam",
    "power-loss",
    "slow",
    "mute",
    "garbage",
    "half-reply",
    "last-reply",
}
_OUTSIDE = frozenset({Position.REJECT, Position.EJECT})


class Machine(Handled):
    """Accepts or refuses commands. Each motion takes `done`, which is called with the sense code it ends with.

    Attributes:
        settings: what it was made from.
        body: what is physically so.
        script: the faults to come.
        kinds: the kinds of fault that can befall it.
    """

    kinds = KINDS

    def __init__(
        self,
        settings: MachineSettings,
        cards: Cards,
        clock: Clock,
        script: Script | None = None,
        log: BusyLog | None = None,
    ) -> None:
        self.settings = settings
        script = Script() if script is None else script
        self.body = Body(settings, cards, clock, script, log)
        super().__init__(self.body, script, clock)

    def close(self) -> None:
        """End the machine's thread."""
        self.body.close()

    def meet(self, command: str) -> Fault | None:
        """Let the script's faults for a command happen; return the one that the wire has to carry out, if any.

        A wire calls this once for every command, before the command itself.
        """
        return self.body.meet(command)

    def tell(self) -> dict[str, Any]:
        """What is physically so."""
        body = self.body
        return {
            "powered": body.powered,
            "code": f"{self.state():08X}",
            "card": body.card(),
            "station": None if body.station is None else body.station.name.lower(),
            "side": body.side,
            "engaged": body.engaged,
            "film": None if body.film.clean else body.film.source(),
            "ribbon_left": body.ribbon_left,
            "film_left": body.film_left,
            "counters": body.counters,
            "model": body.model.name,
            "serial": self.settings.serial,
        }

    # Questions

    def ready(self) -> int:
        """TEST UNIT READY: everything there is to report, one thing at a time."""
        if self.body.attention:
            return self.body.attention.pop(0)
        return self.state()

    def state(self) -> int:
        """The code that describes the machine now; asking uses nothing up."""
        return self.body.trouble() or self._busy() or (Sense.HOPPER_EMPTY if self.body.hopper_empty() else Sense.OK)

    def position(self) -> tuple[int, Position | None]:
        """Return a sense code and where the card stands; None without a card."""
        if self.body.works.busy("transport"):
            return Sense.BUSY, None
        if self.body.jam is not None:
            return self.body.jam, None
        return Sense.OK, None if self.body.card() is None else self.body.station

    # Commands

    def load(
        self, to: int, done: Done, *, flip: bool = False, film_init: bool = False, immediate: bool = False
    ) -> None:
        """Feed a card from the hopper and bring it to a station."""
        refusal = self._refusal(BOTH if film_init else TRANSPORT)
        if not refusal:
            if not _is_station(to):
                refusal = Sense.BAD_PARAMETER
            elif self.body.card() is not None:
                refusal = Sense.CARD_POSITION
            elif self.body.hopper_empty():
                refusal = Sense.HOPPER_EMPTY
        if refusal:
            done(refusal)
            return
        stages = [self.body.feeding(), *self.body.way(Position(to), flip=flip, start=Position.PRINT)]
        self.body.begin(TRANSPORT, stages, done, immediate=immediate, film_init=film_init)

    def move(
        self, to: int, done: Done, *, flip: bool = False, film_init: bool = False, immediate: bool = False
    ) -> None:
        """Bring the card to a station, to the reject bin or out."""
        refusal = self._refusal(BOTH if film_init else TRANSPORT)
        if not refusal:
            if not _is_station(to) and to not in _OUTSIDE:
                refusal = Sense.BAD_PARAMETER
            elif self.body.card() is None:
                refusal = Sense.CARD_POSITION
            elif self.body.engaged is not None:
                refusal = Sense.BAD_SEQUENCE
        if refusal:
            done(refusal)
            return
        way = self.body.way(Position(to), flip=flip, start=self.body.station)
        self.body.begin(TRANSPORT, way, done, immediate=immediate, film_init=film_init)

    def engage(self, reader: str, done: Done, *, engaged: bool) -> None:
        """Bring a reader (`contact`, `contactless`) and the card at its station together, or part them."""
        refusal = self._refusal(TRANSPORT)
        here = Position.CONTACTLESS if reader == "contactless" else Position.CONTACT
        if not refusal and engaged and (self.body.station is not here or self.body.card() is None):
            refusal = Sense.CARD_POSITION
        if refusal:
            done(refusal)
            return
        self.body.begin(TRANSPORT, [self.body.engaging(reader, engaged=engaged)], done, immediate=False)

    def panel(self, name: str, dots: bytes, buffer: int = 0) -> int:
        """Keep an uploaded panel (8 bits a pixel) for the next print; return a sense code."""
        if self.body.works.busy("film"):
            return Sense.BUSY_PRINTING
        if len(dots) != self.body.model.width * self.body.model.height:
            return Sense.BAD_FIELD
        self.body.panels.setdefault(buffer, {})[name] = dots
        return Sense.OK

    def print_film(self, panels: Collection[str], done: Done, *, buffer: int = 0, immediate: bool = False) -> None:
        """Print uploaded panels to the film."""
        held = self.body.panels.get(buffer, {})
        refusal = self._refusal(FILM)
        if not refusal and (not panels or any(name not in held for name in panels)):
            refusal = Sense.BAD_FIELD
        if refusal:
            done(refusal)
            return
        self.body.begin(FILM, [self.body.printing({n: held[n] for n in panels})], done, immediate=immediate)

    def transfer(self, then: str, done: Done, *, immediate: bool = False) -> None:
        """Press the film onto the card; then `return` it to the printing station, `flip` it there, or `eject` it."""
        refusal = self._refusal(BOTH)
        if not refusal and (self.body.card() is None or self.body.station is not Position.PRINT):
            refusal = Sense.CARD_POSITION
        if not refusal and (self.body.film.clean or self.body.engaged is not None):
            refusal = Sense.BAD_SEQUENCE
        if refusal:
            done(refusal)
            return
        stages = [self.body.pressing()]
        if then == "eject":
            stages += self.body.way(Position.EJECT, start=Position.PRINT)
        elif then == "flip":
            stages += self.body.way(Position.PRINT, flip=True, start=Position.PRINT)
        self.body.begin(BOTH, stages, done, immediate=immediate)

    def initialise(self, done: Done) -> None:
        """Stop everything, forget panels, and bring a card in the path to the printing station."""
        self.body.works.stop(Sense.RESET)
        self.body.panels.clear()
        if refusal := self._refusal(BOTH):
            done(refusal)
            return
        self.body.begin(BOTH, self.body.initialising(), done, immediate=False)

    def bus_reset(self) -> None:
        """The host reset the port: uploaded panels are forgotten. Works go on, and the film keeps what it has."""
        self.body.panels.clear()
        self.body.attention = [Sense.RESET]

    def _busy(self) -> int:
        if self.body.works.busy("film"):
            return Sense.BUSY_PRINTING
        return Sense.BUSY if self.body.works.busy("transport") else Sense.OK

    def _refusal(self, parts: frozenset[str]) -> int:
        if self.body.attention:
            return self.body.attention.pop(0)
        if code := self.body.trouble():
            return code
        return self._busy() if any(self.body.works.busy(part) for part in parts) else Sense.OK


def _is_station(position: int) -> bool:
    return position in list(Position) and position not in _OUTSIDE
