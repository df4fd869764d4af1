"""A desk reader apart from whatever other simulations run: the world beside it, and pcscd in a private place.

pcscd and the driver's worker run in a private network and mount namespace; this process, and so the driver, do not.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.pcsc import child
from simulators.devices.chip_faults import Fault, with_faults
from simulators.wires import pcscd
from simulators.world_client import WorldClient
from tests.rig.ready import program

FIELD = "desk/reader-1"
READER = "Virtual PCD 00 00"
FACTOR = 100  # chips work that many times faster than real ones


class Desk:
    """A desk reader with its own pcscd, and the world whose cards are laid on it."""

    def __init__(self, world: WorldClient, place: int, folder: Path) -> None:
        self.world = world
        self.place = place
        self._folder = folder
        self._service = contextlib.ExitStack()
        self._service_pid = 0

    def start_service(self) -> None:
        """Run pcscd."""
        command = [sys.executable, "-m", "simulators.wires.pcscd", "--dir", str(self._folder / "pcscd")]
        self._service_pid = self._service.enter_context(program(pcscd.inside(self.place, command))).process.pid

    def kill_service(self) -> None:
        """Kill pcscd, without a chance to tell anyone."""
        children = Path(f"/proc/{self._service_pid}/task/{self._service_pid}/children").read_text().split()
        for process in children:
            os.kill(int(process), signal.SIGKILL)
        self.stop_service()

    def stop_service(self) -> None:
        """Stop what runs pcscd."""
        self._service.close()

    def lay(self, *faults: Fault, chips: str = "") -> str:
        """Lay a new card, of a kind other than the usual if one is named, with what befalls it, on the reader."""
        (card,) = self.world.mint(1, chips=chips)
        state = self.world.chip_state(card)
        assert state is not None
        self.world.set_chip_state(card, with_faults(state, *faults))
        self.world.move(card, FIELD)
        return card

    def put_back(self, card: str) -> None:
        """Lay a card on the reader again, wherever it is now."""
        self.world.move(card, "hand")
        time.sleep(0.5)  # pcscd looks every 0.4 s: what comes back sooner never left
        self.world.move(card, FIELD)


@contextmanager
def world(folder: Path) -> Iterator[WorldClient]:
    """Run a world in a folder."""
    socket = folder / "world.sock"
    with program([sys.executable, "-m", "simulators", "world", "--socket", str(socket)]), WorldClient(socket) as client:
        yield client


@contextmanager
def pcsc_desk(folder: Path) -> Iterator[Desk]:
    """Put a PC/SC reader on a desk; its pcscd is started and stopped by the caller."""
    socket = str(folder / "world.sock")
    with world(folder) as client, program(pcscd.isolated(["sh", "-c", "echo ready; exec sleep 600"])) as place:
        desk = Desk(client, place.process.pid, folder)
        reader = ["--world", socket, "--field", FIELD, "--port", str(pcscd.PORT), "--factor", str(FACTOR)]
        wire = [sys.executable, "-m", "simulators.wires.card_reader", *reader]
        with pytest.MonkeyPatch.context() as patch, program(pcscd.inside(place.process.pid, wire)):
            patch.setattr(child, "INTERPRETER", tuple(pcscd.inside(place.process.pid, [sys.executable])))
            yield desk


@contextmanager
def pn532_desk(folder: Path) -> Iterator[tuple[WorldClient, Path]]:
    """Put a PN532 on a desk; gives the world and the serial port."""
    link = folder / "pn532-desk"
    options = ["--world", str(folder / "world.sock"), "--field", FIELD, "--link", str(link), "--factor", str(FACTOR)]
    with world(folder) as client, program([sys.executable, "-m", "simulators.wires.pn532", *options]):
        yield client, link
