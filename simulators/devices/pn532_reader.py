"""A desk reader with a PN532 on a serial line: when it listens, how long it takes, and what goes wrong on the line.

Meets `simulators.devices.machine.Machine` (hands, mains, cable) and `simulators.devices.stream.Stream` (bytes).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from simulators.clock import Cancel, Clock
from simulators.devices.faults import REPLUG, UNPLUG, Fault, Script
from simulators.devices.machine import Fate, Settings
from simulators.devices.pn532 import Answer, Field, Ins, Pn532, Syntax
from simulators.devices.pn532_frames import ACK, SYNTAX_ERROR, Command, Reader, Short, answer
from simulators.devices.work import BusyLog, nothing

BAUD = 115_200
KINDS = frozenset({"slow", "mute", "garbage", "half-reply", "last-reply", "power-loss", "unplug", REPLUG})
NAMES = {
    Ins.LIST: "list",
    Ins.EXCHANGE: "exchange",
    Ins.THRU: "thru",
    Ins.RELEASE: "release",
    Ins.DESELECT: "deselect",
    Ins.RF: "rf",
    Ins.SAM: "sam",
    Ins.FIRMWARE: "firmware",
    Ins.POWER_DOWN: "power-down",
}
"""What faults call the commands; the others are `other`."""
ACK_SECONDS = 0.001
LOOK_SECONDS = 0.05
"""How often a request is repeated while no card answers."""
_BITS = 10
_WAKING_EDGES = 5


def rising_edges(data: bytes) -> int:
    """Count how often a serial line rises over some bytes: start bit low, bits from the lowest, stop bit high."""
    edges = 0
    for byte in data:
        levels = [0, *(byte >> bit & 1 for bit in range(8)), 1]
        edges += sum(1 for before, after in pairwise(levels) if after > before)
    return edges


def _carried(command: Command) -> str:
    """Name what an exchange carries by the instruction of its APDU; one that only fetches the rest has none."""
    apdu = command.data[1:] if command.code == Ins.EXCHANGE else command.data  # behind the target's number
    instruction = apdu[1:2]
    return f"command {instruction.hex()}" if instruction else "rest"


class Pn532Reader:
    """One reader on its line.

    Args:
        cards: what is near its antenna.
        log: where to write when a chip was busy.
    """

    def __init__(self, name: str, cards: Field, clock: Clock, script: Script, log: BusyLog | None = None) -> None:
        self.settings = Settings(name=name, serial="", wire="pty")
        self.script = script
        self.kinds = KINDS
        self.powered = True
        self.send: Callable[[bytes], None] = lambda _: None
        self.changed: Callable[[], None] = nothing
        self.unplug: Callable[[Fault], None] = lambda _: None
        self._clock = clock
        self._log = log
        self._chip = Pn532(cards)
        self._reader = Reader()
        self._edges = 0
        self._awake = False
        self._under_way: Cancel | None = None
        self._last = b""
        self._kept_back: list[bytes] = []
        self._pending: list[Fault] = []
        self._power: Callable[[bool], None] = lambda _: None

    # The line

    def room(self) -> bool:
        """It takes whatever comes."""
        return True

    def take(self, data: bytes) -> None:
        """Take what came; asleep it notices only that the line moves (five rising edges wake it, 7.2.11)."""
        while data and not self._awake:
            self._edges += rising_edges(data[:1])
            data = data[1:]
            self._awake = self._edges >= _WAKING_EDGES
        for frame in self._reader.feed(data):
            self._heed(frame)

    def forget(self) -> None:
        """The cable was pulled or the mains went: nothing on the way is remembered."""
        self._stop()
        self._reader.clear()
        self._kept_back.clear()

    def unmute(self) -> None:
        """Let answers that a fault kept back go out, late."""
        kept, self._kept_back = self._kept_back, []
        for frame in kept:
            self._say(frame)

    def _say(self, frame: bytes) -> None:
        if self.powered:
            self.send(frame)

    def _stop(self) -> None:
        if self._under_way is not None:
            self._under_way()
            self._under_way = None

    def _heed(self, frame: Command | Short) -> None:
        if frame is Short.NACK:
            self._say(self._last)
            return
        self._stop()  # by an ACK, or because another command came: what was under way is given up
        if isinstance(frame, Command):
            self._under_way = self._clock.call_later(ACK_SECONDS, lambda: self._begin(frame))

    # One command

    def _begin(self, command: Command) -> None:
        self._say(ACK)
        name = NAMES.get(Ins(command.code), "other") if command.code in set(Ins) else "other"
        faults = [*self._pending, *self.script.meet(name)]
        self._pending = []
        lost = next((fault for fault in faults if not fault.acts), None)
        if lost is None:
            self._do(command, faults)
        else:
            self._deliver(command, Answer(b""), faults, self._clock.now())

    def _do(self, command: Command, faults: list[Fault]) -> None:
        began = self._clock.now()  # asking the world is the simulator's own lateness
        try:
            done = self._chip.do(command)
        except Syntax:
            self._under_way = self._clock.call_later(ACK_SECONDS, lambda: self._finish(SYNTAX_ERROR))
            return
        if done is None:
            self._under_way = self._clock.call_later(LOOK_SECONDS, lambda: self._do(command, faults))
            return
        self._deliver(command, done, faults, began)

    def _deliver(self, command: Command, done: Answer, faults: list[Fault], began: float) -> None:
        frame = answer(command.code, done.data)
        seconds = done.seconds + len(frame) * _BITS / BAUD
        for fault in faults:
            seconds *= fault.factor if fault.kind == "slow" else 1.0

        def finish() -> None:
            if self._log is not None and command.code in {Ins.EXCHANGE, Ins.THRU}:
                self._log.add("chip", _carried(command), began, self._clock.now(), seconds, cut=False)
            left = self._chip.left_meanwhile(command)
            self._answer(command, frame if left is None else answer(command.code, left), faults)

        self._under_way = self._clock.call_later(max(0.0, began + seconds - self._clock.now()), finish)

    def _answer(self, command: Command, frame: bytes, faults: list[Fault]) -> None:
        kinds = {fault.kind: fault for fault in faults}
        self._under_way = None
        if command.code == Ins.POWER_DOWN:
            self._awake, self._edges = False, 0
        if "mute" in kinds:
            self._kept_back.append(frame)
        elif "garbage" in kinds:
            self._finish(bytes((byte * 7 + 3) & 0xFF for byte in frame))
        elif "half-reply" in kinds:
            self._finish(frame[: len(frame) // 2])
        elif "last-reply" in kinds:
            self._finish(self._last)
        elif cut := next((fault for fault in faults if fault.kind in UNPLUG), None):
            self.unplug(cut)
        elif "power-loss" in kinds:
            self.happen(kinds["power-loss"])
        else:
            self._finish(frame)

    def _finish(self, frame: bytes) -> None:
        self._under_way = None
        self._last = frame
        self._say(frame)

    # Hands

    def attach(self, power: Callable[[bool], None], wire_fault: Callable[[Fault], None]) -> None:
        """Say who carries out what concerns the cable."""
        self._power, self.unplug = power, wire_fault

    def later(self, seconds: float, act: Callable[[], None]) -> Cancel:
        """Make an appointment in simulated seconds."""
        return self._clock.call_later(seconds, act)

    def tell(self) -> dict[str, Any]:
        """What is physically so."""
        targets = {number: target.card for number, target in self._chip.targets.items()}
        return {
            "model": "PN532",
            "powered": self.powered,
            "awake": self._awake,
            "field": self._chip.rf,
            "cards": targets,
        }

    def happen(self, fault: Fault) -> None:
        """Let a fault happen now; one of an answer waits for the next."""
        if fault.kind in UNPLUG:
            self.unplug(fault)
        elif fault.kind == "power-loss":
            self.mains(on=False)
            if fault.seconds is not None:
                self.later(fault.seconds, lambda: self.mains(on=True))
        else:
            self._pending.append(fault)

    def expect(self, fault: Fault) -> None:
        """Add a fault that comes with a command, counted from now, or after some time."""
        if fault.after is None:
            self.script.add(fault)
        else:
            self.later(fault.after, lambda: self.happen(fault))

    def clear(self, condition: str) -> None:
        """There is no condition in it that lasts."""

    def door(self, *, closed: bool) -> None:
        """It has none."""

    def mains(self, *, on: bool, card: Fate = "stay") -> None:  # noqa: ARG002 - it moves no card
        """Pull its power, or restore it: then it sleeps until the line moves."""
        if on is self.powered:
            return
        self.powered = on
        self._awake, self._edges = False, 0
        self._chip.switch_off()
        self.forget()
        self._power(on)

    def refill(self) -> None:
        """There is nothing to use up."""

    def close(self) -> None:
        """Nothing runs on the side."""
        self._stop()
