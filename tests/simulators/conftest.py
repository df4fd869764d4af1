"""A world and machines in processes of their own, as a station meets them."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from simulators.families import USB
from simulators.machines import PRELOAD
from simulators.wires.control import ask_control
from simulators.world_client import WorldClient
from tests.rig.ready import program


@contextmanager
def started(command: list[str], **more: str) -> Iterator[str]:
    """Run a simulator's process until its test ends; gives its ready line."""
    with program([sys.executable, "-m", "simulators", *command], status=0, **more) as running:
        assert running.said.startswith("ready "), "it ended before it was ready"
        yield running.said.removeprefix("ready ")


class Site:
    """A world with ten cards in each hopper, and machines on one wire."""

    def __init__(self, folder: Path, told: dict[str, Any], world: WorldClient) -> None:
        self.folder = folder
        self.told = told
        self.environment: dict[str, str] = {**os.environ, **told["environment"]}
        self.world = world

    def hand(self, operation: str, machine: str = "matica-1", **arguments: object) -> Any:
        """Do something to a machine by hand."""
        return ask_control(self.folder / "control", {"op": operation, "machine": machine, **arguments})


@contextmanager
def site(
    wire: str, names: list[str], factor: float = 50, model: str = "XID8600", settings: dict[str, Any] | None = None
) -> Iterator[Site]:
    """Start a world and machines on a wire, in a folder with a short name (Unix sockets want that).

    Without `settings`, which are those of any family, they are Matica machines of a model.
    """
    chosen = {"model": model, "fresh_reset": False} if settings is None else settings
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="site-")))
        stack.enter_context(started(["world", "--socket", str(folder / "world")]))
        world = stack.enter_context(WorldClient(folder / "world"))
        for name in names:
            world.mint(10)
            world.move_next("supply", f"hopper/{name}", 10)
        floor = {
            "world": str(folder / "world"),
            "control": str(folder / "control"),
            "logs": str(folder),
            "factor": factor,
            "machines": [{"name": name, "wire": wire, "serial": f"SN-{name[-1]}", **chosen} for name in names],
        }
        (folder / "floor.json").write_text(json.dumps(floor))
        more = {"LD_PRELOAD": PRELOAD} if wire == USB else {}  # it would begin itself anew without
        line = stack.enter_context(started(["machines", "--wire", wire, str(folder / "floor.json")], **more))
        yield Site(folder, json.loads(line), world)


@pytest.fixture
def usb_site() -> Iterator[Site]:
    with site("usb", ["matica-1"]) as made:
        yield made
