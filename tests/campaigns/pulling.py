"""Carrying out one pull: something goes, and after a while comes back."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping

from tests.campaigns.checker import AWAY, TRAY, Checker
from tests.campaigns.office import MACHINE, Office
from tests.campaigns.plan import Pull

DISK_FULL = 0.5
SILENCE = 1.5
"""Seconds that these last at least, so that they are noticed."""


class Puller:
    """Pulls things in one office.

    Args:
        office: what is pulled apart.
        checker: is told when a session with the printer was surely broken.
        rng: decides what of the disk is torn.
    """

    def __init__(self, office: Office, checker: Checker, rng: random.Random) -> None:
        self._office = office
        self._checker = checker
        self._rng = rng
        self._acts: Mapping[str, Callable[[Pull], None]] = {
            "kill": self._kill,
            "mains": self._mains,
            "power": self._power,
            "usb": self._usb,
            "pcscd": self._pcscd,
            "touch": self._touch,
            "taken": self._taken,
            "registry": self._registry,
            "network": self._network,
            "disk": self._disk,
            "clock": self._clock,
        }

    def pull(self, pull: Pull) -> None:
        """Pull, and put back what a person would put back."""
        self._acts[pull.kind](pull)

    def _session_broken(self) -> None:
        self._checker.breaks.append(time.monotonic())

    def _kill(self, pull: Pull) -> None:
        self._office.kill()
        self._session_broken()
        time.sleep(pull.hold)
        self._office.start()

    def _mains(self, pull: Pull) -> None:
        self._office.cut_printer(film_kept=pull.film_kept)
        self._office.kill(whole_group=True)
        self._session_broken()
        self._office.disk.pull(pull.torn, self._rng)
        time.sleep(pull.hold)
        self._office.hand("mains", on=True, card=pull.card)
        self._office.start()

    def _power(self, pull: Pull) -> None:
        self._office.cut_printer(film_kept=pull.film_kept)
        self._session_broken()
        time.sleep(pull.hold)
        self._office.hand("mains", on=True, card=pull.card)

    def _usb(self, pull: Pull) -> None:
        self._office.hand("unplug")
        self._session_broken()
        time.sleep(pull.hold)
        self._office.hand("replug", new_address=pull.new_address)

    def _pcscd(self, pull: Pull) -> None:
        self._office.kill_pcscd()
        time.sleep(pull.hold)
        self._office.start_pcscd()

    def _touch(self, _: Pull) -> None:
        self._office.world.engage(f"machine/{MACHINE}", engaged=False)

    def _taken(self, pull: Pull) -> None:
        self._office.take_out(AWAY if pull.carried_off else TRAY)

    def _registry(self, pull: Pull) -> None:
        self._office.replace_registry(pull.hold)

    def _network(self, pull: Pull) -> None:
        self._office.silence_registry(SILENCE + pull.hold)

    def _disk(self, pull: Pull) -> None:
        self._office.disk.fill()
        time.sleep(DISK_FULL + pull.hold)
        self._office.disk.free()

    def _clock(self, pull: Pull) -> None:
        self._office.set_clock(pull.clock)
        if pull.restart:
            self._kill(pull)
