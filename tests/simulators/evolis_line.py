"""A client's end of an Evolis machine's line, without any wire, and jobs for it."""

from __future__ import annotations

from simulators.clock import ManualClock
from simulators.devices.evolis import Machine
from simulators.devices.evolis_data import EvolisSettings
from simulators.devices.evolis_talk import Talk
from simulators.devices.faults import Fault, Script
from simulators.world import World

COLUMNS, LINES = 648, 1016
LONG = 120.0


def frame(command: str, data: bytes = b"") -> bytes:
    return b"\x1b" + command.encode() + data + b"\r"


def pack(levels: list[int], bits: int) -> bytes:
    """Lay pixels side by side, most significant bit first."""
    return int("".join(f"{level:0{bits}b}" for level in levels), 2).to_bytes(len(levels) * bits // 8, "big")


def flat(bits: int, level: int) -> bytes:
    """A panel of one level."""
    return pack([level] * 8, bits) * (COLUMNS * LINES // 8)


YELLOW, MAGENTA = frame("Db;y;32;", flat(5, 31)), frame("Db;m;128;", flat(7, 0))
CYAN, BLACK = frame("Db;c;64;", flat(6, 63)), frame("Db;k;2;", flat(1, 0))
OVERCOAT = frame("Db;o;2;", flat(1, 1))
JOB = [YELLOW, MAGENTA, CYAN, BLACK, OVERCOAT]


class Line:
    """A machine with ten cards in its feeder, and time that a test lets pass."""

    def __init__(self, script: list[Fault] | None = None, **settings: object) -> None:
        self.clock = ManualClock()
        self.world = World()
        self.cards = self.world.mint(10)
        self.world.move_next("supply", "hopper/e", 10)
        given = {"name": "e", "managed_by": "host", **settings}
        self.machine = Machine(EvolisSettings(**given), self.world, self.clock, Script(script))  # type: ignore[arg-type]
        self.talk = Talk(self.machine)
        self.said: list[bytes] = []
        self.pulled: list[Fault] = []
        self.talk.send = self.said.append
        self.talk.unplug = self.pulled.append

    def heard(self) -> list[str]:
        """What the machine has said since the last time."""
        said = b"".join(self.said)
        self.said.clear()
        return [text.decode() for text in said.split(b"\0")[:-1]]

    def ask(self, command: str | bytes, seconds: float = LONG) -> str:
        """Send a command and wait for its one answer."""
        self.talk.take(frame(command) if isinstance(command, str) else command)
        self.clock.advance(seconds)
        (answer,) = self.heard()
        return answer

    def print_card(self) -> list[str]:
        """Send a whole job."""
        return [self.ask(part) for part in ("Pr;ymcko", "Ss", "Sr", *JOB, "Se")]
