"""An Evolis Primacy or Zenius as it carries out commands. No wire is known here.

What follows from the Programming Guide A5013, from the headers of `Evolis-SA/evolis-sdk-swift` and from public programs
for a Primacy: commands, replies, that `Sic` feeds a card if none is inside and moves it otherwise, that a panel is
printed while the next one is loaded, that `Se` prints the last and puts the card out, that `Pneab;E` lets it keep the
card. What they leave open is decided so:

* commands are carried out and answered strictly one after another, and a motion is answered when it has ended;
* `Ss` moves nothing. The first panel after it is answered when a card lies under the head; a panel that could not be
  printed meanwhile is told by the next command that moves something, and ends the sequence;
* outside a sequence a panel is only kept, and `Sp` prints it;
* `Se` and `Ser` without a card are refused with `NO CARD`; a card is not moved to where there is no room for it;
* whatever happens, a set of the ribbon is used up from when it is under the head;
* while the printer manages errors it says nothing until a person has helped, and then goes on with what is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PIL import Image

from simulators.clock import Clock
from simulators.devices import evolis_answers as answers
from simulators.devices.evolis_answers import Answer
from simulators.devices.evolis_body import CONTACT, CONTACTLESS, PRINT, Body, Done
from simulators.devices.evolis_data import PANELS, Cause, EvolisSettings
from simulators.devices.evolis_panels import SIZE
from simulators.devices.evolis_parameters import Parameters
from simulators.devices.faults import UNPLUG, Fault, Script
from simulators.devices.handled import Handled
from simulators.devices.machine import Cards
from simulators.devices.work import BusyLog, Stage

KINDS = UNPLUG | {
    "hopper-empty",
    "door-open",
    "head-hot",
    "ribbon-out",
    "ribbon-missing",
    "supplies-low",
    "reject-full",
    "output-full",
    "cleaning-due",
    "feed-jam",
    "jam",
    "power-loss",
    "slow",
    "mute",
    "garbage",
    "half-reply",
    "last-reply",
}
RETRY_SECONDS = 1.0
WAITED_FOR = frozenset(
    {Cause.COVER, Cause.EMPTY, Cause.RIBBON, Cause.JAM, Cause.FEEDER, Cause.HEAD, Cause.OUTPUT_FULL, Cause.REJECT_FULL}
)
"""What the printer waits for in silence while it manages errors."""
STATIONS = {"Si": PRINT, "Sis": CONTACT, "Sic": CONTACTLESS}
_NAMES = {
    "Se": "eject",
    "Ser": "reject",
    "Seb": "reject",
    "Sp": "print",
    "Ss": "sequence",
    "Sv": "move",
    "Scp": "clean",
}

Tell = Callable[[Answer], None]
"""Takes the answer to a command."""


class Machine(Handled):
    """Carries out one command after another.

    Attributes:
        settings: what it was made from.
        body: what is physically so.
        script: the faults to come.
        parameters: what `P…` commands have set.
        kinds: the kinds of fault that can befall it.
    """

    kinds = KINDS

    def __init__(
        self,
        settings: EvolisSettings,
        cards: Cards,
        clock: Clock,
        script: Script | None = None,
        log: BusyLog | None = None,
    ) -> None:
        self.settings = settings
        script = Script() if script is None else script
        self.body = Body(settings, cards, clock, script, log)
        super().__init__(self.body, script, clock)
        self.body.on_reset = self._forget
        self.parameters = Parameters(settings)
        self._forget()

    def _forget(self) -> None:
        self._session = object()
        self.parameters.power_on()
        self._sequence = False
        self._panels: dict[str, Image.Image] = {}
        self._held: tuple[str, Image.Image] | None = None
        self._due: list[tuple[str, Image.Image]] = []
        self._beside = False
        self._failed: Cause | None = None
        self._waiting: Callable[[], None] | None = None

    def close(self) -> None:
        """There is nothing to end."""

    def _again(self, act: Callable[[], None]) -> None:
        session = self._session
        self.later(RETRY_SECONDS, lambda: act() if self._session is session else None)

    def tell(self) -> dict[str, Any]:
        """What is physically so; `code` is the three status words."""
        body = self.body
        words = answers.status_words(body, host_manages=self.parameters.host_manages)
        return {
            "powered": body.powered,
            "code": " ".join(f"{word:08X}" for word in words),
            "card": body.card(),
            "station": body.station,
            "engaged": CONTACTLESS if body.station == CONTACTLESS and body.powered else None,
            "ribbon_left": body.head.left,
            "counters": {**body.counters, "panels": body.head.panels},
            "degrees": round(body.head.degrees(), 1),
            "model": body.model.name,
            "serial": self.settings.serial,
        }

    # Commands

    def name_of(self, command: str) -> str:
        """The name under which faults wait for a command: what it does, not how it is spelt."""
        name = command.partition(";")[0]
        if name in STATIONS:
            return "load" if self.body.card() is None else "move"
        if name == "Se" and self._sequence:
            return "print"
        return _NAMES.get(name) or {"R": "ask", "P": "set", "D": "panel"}.get(name[:1], "other")

    def meet(self, command: str) -> Fault | None:
        """Let the script's faults for a command happen; return the one that the wire has to carry out, if any."""
        return self.body.meet(self.name_of(command))

    def run(self, command: str, tell: Tell) -> None:
        """Carry out one command, panels apart; tells the answer when it has ended."""
        if self.body.starting:
            self._again(lambda: self.run(command, tell))
            return
        name, _, rest = command.partition(";")
        if name == "Srs":
            self.body.restart()
            tell(Cause.OK)
            return
        self.body.fresh = False
        if name.startswith("R"):
            tell(self.parameters.ask(command) or answers.ask(self.body, command))
        elif name.startswith("P"):
            tell(self.parameters.take(name, rest.split(";") if rest else []))
        elif name == "Ss":
            self._sequence, self._held, self._failed = True, None, None
            tell(Cause.OK)
        elif name in {"Ssd", "Wcb"}:
            self._without_upload(name, rest, tell)
        else:
            act = self._motion(name, rest)
            if isinstance(act, Cause):
                tell(act)
            else:
                self._attempt(act, tell)

    def receiving(self) -> None:
        """A panel is on its way: the one before it is printed meanwhile."""
        if self._sequence and self._held is not None:
            self._due.append(self._held)
            self._held = None
            if not self._beside:
                self._beside = True
                self._print_due(self._printed_beside)

    def panel(self, panel: str, ink: Image.Image, tell: Tell) -> None:
        """Keep a panel, and have a card ready for it if this is a sequence."""
        if self.body.starting:
            self._again(lambda: self.panel(panel, ink, tell))
            return
        self._panels[panel] = ink
        if not self._sequence:
            tell(Cause.OK)
            return
        if self._failed is not None:
            self._attempt(lambda done: done(Cause.OK), tell)
            return
        self._held = (panel, ink)
        if self._beside or self.body.card() is not None:
            tell(Cause.OK)
        else:
            self._attempt(lambda done: self._bring(PRINT, done), tell)

    def _without_upload(self, name: str, rest: str, tell: Tell) -> None:
        panel, _, value = rest.partition(";")
        if name == "Ssd" and panel in PANELS:
            self.receiving()
            self.panel(panel, self._panels.get(panel, Image.new("L", SIZE)), tell)
        elif name == "Wcb" and (panel in PANELS or panel == "a") and (not value or value.isdecimal()):
            ink = Image.new("L", SIZE, min(255, int(value or 0)))
            self._panels.update(dict.fromkeys(PANELS if panel == "a" else panel, ink))
            tell(Cause.OK)
        else:
            tell(Cause.PARAMETER)

    def _motion(self, name: str, rest: str) -> Callable[[Done], None] | Cause:
        settings = self.settings
        missing = {"Sis": not settings.contact, "Sic": not settings.contactless, "Sv": not settings.flipper}
        missing |= dict.fromkeys(("Ser", "Seb"), not settings.reject_box)
        if missing.get(name):
            return Cause.NO_OPTION
        if name in STATIONS:
            return lambda done: self._bring(STATIONS[name], done)
        if name == "Sp":
            return self._print_one(rest)
        acts: dict[str, Callable[[Done], None]] = {
            "Se": self._end,
            "Ser": self._reject,
            "Seb": self._reject,
            "Sv": self._turn,
            "Scp": self._clean,
            "Sr": lambda done: done(Cause.OK),
            "Scs": lambda done: done(Cause.OK),
            "Mr": lambda done: done(Cause.OK),
        }
        return acts.get(name, Cause.COMMAND)

    # One after another

    def _attempt(self, act: Callable[[Done], None], tell: Tell) -> None:
        """Do something once the panels before it are printed; again and again if errors are the printer's."""
        if self._beside:
            self._waiting = lambda: self._attempt(act, tell)
            return

        def done(cause: Cause) -> None:
            if cause in WAITED_FOR and not self.parameters.host_manages:
                self._again(lambda: self._attempt(act, tell))
            else:
                tell(cause)

        failed, self._failed = self._failed, None
        if failed is not None and self.parameters.host_manages:
            self._sequence, self._held = False, None
            tell(failed)
        else:
            act(done)

    def _begin(self, stages: list[Stage], done: Done) -> None:
        if self.body.starting:
            self._again(lambda: self._begin(stages, done))
        elif cause := self.body.trouble():
            self.body.trouble_left = cause
            done(cause)
        elif stages:
            self.body.begin(stages, done)
        else:
            done(Cause.OK)

    def _refuse(self, cause: Cause, done: Done) -> None:
        self.body.trouble_left = cause
        done(cause)

    def _bring(self, station: str, done: Done) -> None:
        if self.body.card() is not None or self.body.trouble():
            self._begin(self.body.moving(station), done)
        elif self.body.is_so("hopper-empty"):
            self._refuse(Cause.EMPTY, done)
        elif self.body.is_so("cleaning-due"):
            self._refuse(Cause.CLEANING, done)
        else:
            after = self.body.moving(station) if station != PRINT else []
            self._begin([self.body.feeding(), *after], done)

    def _end(self, done: Done) -> None:
        sequence, self._sequence = self._sequence, False
        if self._held is not None:
            self._due.append(self._held)
            self._held = None
        self._print_due(lambda cause: self._ended(cause, done, keeps=sequence and self.parameters.keeps_card))

    def _ended(self, cause: Cause, done: Done, *, keeps: bool) -> None:
        if cause is not Cause.OK:
            done(cause)
        elif keeps:
            self.body.end_pass()
            done(Cause.OK)
        elif self.body.card() is None:
            done(Cause.NO_CARD)
        elif self.body.is_so("output-full"):
            self._refuse(Cause.OUTPUT_FULL, done)
        else:
            self._begin(self.body.ejecting(), done)

    def _reject(self, done: Done) -> None:
        self._sequence, self._held = False, None
        if self.body.card() is None:
            done(Cause.NO_CARD)
        elif self.body.is_so("reject-full"):
            self._refuse(Cause.REJECT_FULL, done)
        else:
            self._begin(self.body.rejecting(), done)

    def _turn(self, done: Done) -> None:
        self.receiving()
        self._attempt(lambda again: self._begin(self.body.flipping(), again), lambda cause: done(Cause(cause)))

    def _clean(self, done: Done) -> None:
        if self.body.card() is not None:
            done(Cause.JAM)
        elif not self.body.is_so("ribbon-missing"):
            done(Cause.RIBBON)
        else:
            self._begin(self.body.cleaning(), done)

    # Printing

    def _print_one(self, panel: str) -> Callable[[Done], None] | Cause:
        if panel not in self._panels:
            return Cause.PARAMETER

        def act(done: Done) -> None:
            self._due.append((panel, self._panels[panel]))
            self._print_due(done)

        return act

    def _print_due(self, done: Done) -> None:
        if not self._due:
            done(Cause.OK)
            return
        panel, ink = self._due.pop(0)
        cause = self._unprintable(panel)
        if cause is not None:
            self._due.clear()
            self._refuse(cause, done)
            return

        def printed(cause: Cause) -> None:
            if cause is Cause.OK:
                self._print_due(done)
            else:
                self._due.clear()
                done(cause)

        self._begin([*self.body.moving(PRINT), *self.body.printing(panel, ink)], printed)

    def _unprintable(self, panel: str) -> Cause | None:
        if cause := self.body.trouble():
            return cause
        if self.body.lacks(panel) or panel not in self.settings.ribbon_panels:
            return Cause.RIBBON
        return Cause.NO_CARD if self.body.card() is None else None

    def _printed_beside(self, cause: Cause) -> None:
        self._beside = False
        if cause is not Cause.OK:
            self._failed = cause
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting()
