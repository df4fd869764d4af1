"""Is there mains power? No card is begun on a UPS's battery: it may not last until the card is out.

A UPS is asked through Network UPS Tools, by the text protocol of its `upsd` (RFC 9271); a computer's own battery is
read from the kernel. A kit in a village works on its own battery as a matter of course, down to the percent that is
set. What cannot be asked keeps nobody from working; the doctor says so.
"""

from __future__ import annotations

import asyncio
import re
import shlex
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import structlog

from stationd.press.trouble import Cause
from stationd.settings import PowerSettings

log = structlog.get_logger()

EVERY: Final = 2.0
"""Seconds between looks."""

LASTS: Final = 600.0
"""Seconds for which a UPS that was on its battery, and has fallen silent since, is taken to be so still."""

PATIENCE: Final = 2.0
"""Seconds that `upsd` may take to answer."""

PORT: Final = 3493
"""Of `upsd`, as registered with IANA."""

SUPPLIES: Final = Path("/sys/class/power_supply")
"""Where the kernel shows mains and batteries (Documentation/ABI/testing/sysfs-class-power)."""

ON_BATTERY: Final = Cause("on-battery", "")

_LONGEST: Final = 1024
_WORD: Final = re.compile(r"[A-Z]{2,12}")


class Supply(StrEnum):
    """What the computer runs on."""

    MAINS = "mains"
    BATTERY = "battery"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Power:
    """What was found. `detail` is the UPS's own status, the battery's charge, or why it could not be asked."""

    supply: Supply
    detail: str = ""


def ask_ups(address: str, patience: float = PATIENCE) -> Power:
    """Ask a UPS.

    Args:
        address: `ups@host` or `ups@host:port`, as NUT writes it.
        patience: seconds for all of it.
    """
    name, _, where = address.partition("@")
    host, _, port = where.partition(":")
    until = time.monotonic() + patience
    try:
        with socket.create_connection((host, int(port or PORT)), patience) as connection:
            connection.sendall(f"GET VAR {name} ups.status\n".encode("ascii"))
            return told(_line(connection, until))
    except (OSError, ValueError) as error:
        return Power(Supply.UNKNOWN, str(error) or type(error).__name__)


def told(line: str) -> Power:
    """Read `upsd`'s answer: `VAR name ups.status "OB DISCHRG"`, or `ERR` and why (RFC 9271, sections 4.2.4 and 4.3)."""
    try:
        words = shlex.split(line)
    except ValueError:
        words = []
    match words:
        case ["VAR", _, "ups.status", status]:
            flags = status.split()
            if not flags or not all(_WORD.fullmatch(flag) for flag in flags):
                return Power(Supply.UNKNOWN, "status not understood")
            on_battery = "OB" in flags or ("LB" in flags and "OL" not in flags)
            known = on_battery or "OL" in flags
            return Power(Supply.BATTERY if on_battery else Supply.MAINS if known else Supply.UNKNOWN, " ".join(flags))
        case ["ERR", why, *_]:
            return Power(Supply.UNKNOWN, why if re.fullmatch(r"[A-Z-]{1,40}", why) else "error")
        case _:
            return Power(Supply.UNKNOWN, "answer not understood")


def _line(connection: socket.socket, until: float) -> str:
    got = b""
    while b"\n" not in got:
        left = until - time.monotonic()
        if left <= 0 or len(got) > _LONGEST:
            raise TimeoutError("no whole answer")
        connection.settimeout(left)
        piece = connection.recv(_LONGEST)
        if not piece:
            raise ConnectionResetError("hung up")
        got += piece
    return got.partition(b"\n")[0].decode("ascii", errors="replace").strip()


def read_battery(below: int, supplies: Path = SUPPLIES) -> Power:
    """Look at the computer's own battery: BATTERY once it is discharging and holds less than so many percent."""
    mains, charge, discharging = False, 100, False
    try:
        for supply in sorted(supplies.iterdir()):
            kind = _said(supply / "type")
            if kind in {"Mains", "USB"} and _said(supply / "online") == "1":
                mains = True
            elif kind == "Battery" and _said(supply / "scope") != "Device":  # a mouse has one, too
                discharging |= _said(supply / "status") == "Discharging"
                capacity = _said(supply / "capacity")
                charge = min(charge, int(capacity) if capacity.isdecimal() else 100)
    except OSError as error:
        return Power(Supply.UNKNOWN, error.strerror or "")
    low = discharging and not mains and charge < below
    return Power(Supply.BATTERY if low else Supply.MAINS, f"{charge} %")


def _said(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def look(settings: PowerSettings) -> dict[str, Power]:
    """Look at all that is set, by the key in station.toml."""
    found = {}
    if settings.ups:
        found["ups"] = ask_ups(settings.ups)
    if settings.own_battery:
        found["own_battery"] = read_battery(settings.own_battery)
    return found


class Watch:
    """Looks at the power again and again.

    Args:
        settings: what is looked at.
        changed: told when a card may be begun again, or not any more.
        looks: how it is looked.
        uptime: seconds on a clock that goes on by itself.
    """

    def __init__(
        self,
        settings: PowerSettings,
        changed: Callable[[], None],
        looks: Callable[[PowerSettings], dict[str, Power]] = look,
        uptime: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._changed = changed
        self._looks = looks
        self._uptime = uptime
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Power, float]] = {}

    def hindered(self) -> Cause | None:
        """Return why no card may be begun; None if one may. May be called from any thread."""
        with self._lock:
            on_battery = [power for power, _ in self._known.values() if power.supply is Supply.BATTERY]
        return Cause(ON_BATTERY.word, on_battery[0].detail) if on_battery else None

    def note(self) -> None:
        """Look once."""
        found, now, before = self._looks(self._settings), self._uptime(), self.hindered()
        with self._lock:
            for name, power in found.items():
                last, at = self._known.get(name, (power, now))
                silent = power.supply is Supply.UNKNOWN and last.supply is Supply.BATTERY
                if not (silent and now - at < LASTS):
                    self._known[name] = (power, now)
        after = self.hindered()
        if (before is None) != (after is None):
            log.warning("power changed", on_battery=after is not None, detail=after.detail if after else "")
            self._changed()

    async def run(self) -> None:
        """Look until cancelled; not at all where nothing is set."""
        while self._settings.ups or self._settings.own_battery:
            await asyncio.to_thread(self.note)
            await asyncio.sleep(EVERY)
