"""A Magicard machine as it takes jobs and requests. No wire is known here.

Public sources say what the requests are for, and little of what the machine does. Decided here:

* one job is printed and one more taken; the next has to wait in the host;
* no card is fed while anything is wrong. What passes by itself (cover, dye film, heat) is reported as long as it
  lasts, and a job that waits then begins. What stopped a job is reported until OKY or CAN;
* OKY puts out a card that is inside. A job whose card had not been printed on yet begins anew; one whose card had is
  given up, unless `repeats` is set. CAN gives it up in any case. Neither does anything while the cause lasts;
* a card in the feed slot is taken before those in the hopper;
* a card that is inside when a job is to begin stops it. OKY, EJT and RST put it out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from simulators.clock import Clock
from simulators.devices.faults import UNPLUG, WIRE, Fault, Script
from simulators.devices.handled import Handled
from simulators.devices.machine import Cards
from simulators.devices.magicard_body import Body
from simulators.devices.magicard_data import MagicardSettings, Trouble
from simulators.devices.magicard_picture import bits_of
from simulators.devices.magicard_stream import Header, Job
from simulators.devices.work import BusyLog

KINDS = UNPLUG | {
    "hopper-empty",
    "door-open",
    "head-hot",
    "ribbon-out",
    "ribbon-missing",
    "ribbon-wrong",
    "supplies-low",
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


class Machine(Handled):
    """Prints jobs, one after another.

    Attributes:
        settings: what it was made from.
        body: what is physically so.
        script: the faults to come. Commands are `job` (its header has come), `feed`, `print`, `port` (GET_PORT_STATUS)
            and the requests: `inf`, `err`, `sta`, `can`, `oky`, `cln`, `tst`, `rst`, `ejt`.
        kinds: the kinds of fault that can befall it.
        language: of its messages, as the last job asked.
        on_room: called when another job may be taken.
    """

    kinds = KINDS

    def __init__(
        self,
        settings: MagicardSettings,
        cards: Cards,
        clock: Clock,
        script: Script | None = None,
        log: BusyLog | None = None,
    ) -> None:
        self.settings = settings
        script = Script() if script is None else script
        self.body = Body(settings, cards, clock, script, log)
        super().__init__(self.body, script, clock)
        self.body.on_power = self._mains_changed
        self.body.on_change = self._go_on
        self.language = "ENG"
        self.on_room: Callable[[], None] = lambda: None
        self._on_power: Callable[[bool], None] = lambda _: None
        self._befalling = False
        self._job: Job | None = None
        self._next: Job | None = None
        self._stopped: int = Trouble.OK
        self._forget()

    def close(self) -> None:
        """End the machine's thread."""
        self.body.close()

    # Hands

    @override
    def attach(self, power: Callable[[bool], None], wire_fault: Callable[[Fault], None]) -> None:
        """Say who carries out what concerns the cable."""
        self._on_power, self.body.on_wire_fault = power, wire_fault

    def tell(self) -> dict[str, Any]:
        """What is physically so."""
        body = self.body
        return {
            "powered": body.powered,
            "code": f"{self.state():04d}",
            "card": body.card(),
            "station": None,
            "engaged": None,
            "ribbon_left": body.shots_left,
            "counters": body.counters,
            "model": body.model.name,
            "serial": self.settings.serial,
            "jobs": (self._job is not None) + (self._next is not None),
        }

    # Questions

    def state(self) -> int:
        """The code that the machine reports; none while it works."""
        if self.body.busy:
            return Trouble.OK
        return self.body.trouble() or self._stopped

    @property
    def ready(self) -> bool:
        """True if it has nothing to do and could begin at once."""
        return not self.body.busy and self._job is None and not self.state()

    def room(self) -> bool:
        """True if another job may be taken."""
        return self._next is None

    # Jobs and requests

    def take(self, job: Job) -> None:
        """Print a job, now or when the one before is done. One whose planes do not fit the head is refused."""
        model = self.body.model
        wrong = any(len(plane) != model.plane_bytes(bits_of(ink)) for ink, plane in job.planes.items())
        if wrong:
            self.refuse()
            return
        self.language = job.header.value("LAN") or self.language
        self._next = job
        self._go_on()

    def refuse(self) -> None:
        """Report that something came which is no job, when the one before is done."""
        if not self._stopped:
            self._stop(Trouble.BROKEN_JOB)

    def okay(self) -> None:
        """OKY: a person's OK, or the host's, to what stopped the machine."""
        self._acknowledge(give_up=False)

    def cancel(self) -> None:
        """CAN: give up the job that was stopped."""
        self._acknowledge(give_up=True)

    def eject(self) -> None:
        """EJT: put out a card that is inside."""
        if not self.body.busy and self.body.jammed is None and self.body.card() is not None:
            self.body.eject(self._ended)

    def reset(self) -> None:
        """RST: forget all jobs, and start with an empty transport."""
        self.body.works.stop(None)
        self._forget()
        self.body.initialise(self._ended, put_out=self.body.jammed is None)
        self.on_room()

    def clean(self) -> None:
        """CLN: ask for the cleaning card; OKY says that it is in."""
        if self.ready:
            self._stop(Trouble.WANTS_CLEANING_CARD)

    def test(self) -> None:
        """TST: print a card of the machine's own, with stripes."""
        if self.room():
            self.take(Job(Header(("NOC1",)), {"black": b"\xaa" * self.body.model.plane_bytes(1)}))

    # Inside

    def _forget(self) -> None:
        self._job = self._next = None
        self._copies = 0
        self._stopped = Trouble.OK
        self._spoiled = False

    def _mains_changed(self, on: bool) -> None:
        self._forget()
        if on:
            self.body.initialise(self._ended)
        self._on_power(on)

    def _go_on(self) -> None:
        if self._befalling or self.body.busy or not self.body.powered or self.state():
            return
        if self._job is None:
            if self._next is None:
                return
            self._job, self._next = self._next, None
            self._copies = self._job.header.copies
        if self.body.card() is not None:
            self._stop(Trouble.CARD_INSIDE)
        elif not self._befall("feed"):
            self.body.feed(self._fed, by_hand=self._job.header.on("HFD"))
        self.on_room()

    def _fed(self, code: int) -> None:
        code = code or self._befall("print")
        if code or self._job is None:
            self._stop(code)
            return
        overcoat = self._job.header.on("OVR", default=True)
        self.body.print(self._job.planes, self._printed, overcoat=overcoat)

    def _printed(self, code: int) -> None:
        if code:
            self._stop(code)
        else:
            self._spend()
            self._go_on()

    def _spend(self) -> None:
        self._copies -= 1
        if self._copies <= 0:
            self._job = None

    def _ended(self, code: int) -> None:
        if code:
            self._stop(code)
        else:
            self._go_on()

    def _stop(self, code: int) -> None:
        self._stopped = code
        self._spoiled = self.body.printed_on and not self.body.busy

    def _acknowledge(self, *, give_up: bool) -> None:
        if self.body.busy or self.body.trouble() or not self._stopped:
            return
        code, self._stopped = self._stopped, Trouble.OK
        if code == Trouble.WANTS_CLEANING_CARD and not give_up:
            self.body.clean(self._ended)
            return
        if give_up:
            self._job = None
        elif self._spoiled and self._job is not None and not self.settings.repeats:
            self._spend()
        if self.body.card() is not None:
            self.body.eject(self._ended)
        else:
            self._go_on()

    def _befall(self, command: str) -> int:
        """Let the script's faults for a step of a job happen; return the code of what now keeps it from being done."""
        self._befalling = True
        fault = self.body.meet(command)
        self._befalling = False
        if fault is not None and fault.kind in WIRE:
            self.body.on_wire_fault(fault)
        return self.body.trouble()
