"""`station-sim run`: brings a scenario up as processes, writes down where everything is, and ends it all together.

`simulators.json` in the scenario's folder appears once everything can be used, and goes when it ends:

* `world`: the world's socket; `control`: by machine, the socket for hands;
* `machines`: by name `address` as a driver takes it, `wire`, `serial`, `busy_log`, and `queue`, the address of the
  print queue before it, if there is one;
* `readers`: by name `address` as the PC/SC driver takes it, `field`, and `busy_log`;
* `registry`: what its `endpoint.json` says, and its folder as `dir`;
* `environment`: what a client's environment needs; `processes`: pids; `title`;
* `factor`, `began`: how fast the devices' clock runs, and this computer's monotonic time at its zero. Times in the
  busy logs are of that clock, in simulated seconds.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec

from simulators.families import WIRES
from simulators.machines import Floor
from simulators.parts import Part, Parts
from simulators.registry.desk import Desk
from simulators.scenarios import Central, Scenario
from simulators.wires import pcscd
from simulators.world_client import WorldClient

FACTS = "simulators.json"


class Stage:
    """A scenario being played in a folder."""

    def __init__(self, scenario: Scenario, folder: Path, factor: float) -> None:
        self._scenario = scenario
        self._folder = folder.absolute()
        self._factor = factor
        self._began = time.monotonic()
        self._parts = Parts(self._folder / "logs")
        self._world = self._folder / "world.sock"
        self.facts: dict[str, Any] = {"factor": factor, "began": self._began, "title": scenario.title}
        self.facts.update(environment={}, control={})

    def raise_curtain(self) -> None:
        """Start every process and write `simulators.json`. Raises `PartFailed`."""
        (self._folder / FACTS).unlink(missing_ok=True)
        cards = self._scenario.cards
        chips = ["--chips", cards.chips] if cards.chips else []
        keep = self._folder / "world"
        world = self._parts.start(
            "world",
            "simulators",
            "world",
            "--socket",
            self._world,
            "--keep",
            keep,
            "--seed",
            self._scenario.seed,
            *chips,
        )
        registry = self._start_registry()
        service = self._start_service()
        world.ready()
        self._lay_out_cards()
        machines = {wire: part for wire in WIRES if (part := self._start_machines(wire)) is not None}
        if service is not None:
            service.ready()
        for part in self._start_readers():
            part.ready()
        for wire, part in machines.items():
            self._note_machines(wire, json.loads(part.ready().removeprefix("ready ")))
        if registry is not None and self._scenario.registry is not None:
            registry.ready()
            self._note_registry(self._scenario.registry)
        self.facts["world"] = str(self._world)
        self.facts["processes"] = self._parts.pids()
        fresh = self._folder / f"{FACTS}.new"
        fresh.write_text(json.dumps(self.facts, indent=2))
        fresh.replace(self._folder / FACTS)

    def play(self, stop: threading.Event) -> None:
        """Watch over the processes until told to stop."""
        self._parts.watch(stop)

    def drop_curtain(self) -> None:
        """End every process."""
        (self._folder / FACTS).unlink(missing_ok=True)
        self._parts.end()

    def _lay_out_cards(self) -> None:
        cards = self._scenario.cards
        with WorldClient(self._world) as world:
            if world.census():
                return  # the world of an earlier run goes on
            hoppers = {f"hopper/{machine}": count for machine, count in cards.hopper.items()}
            for place, count in {"store": cards.store, **hoppers}.items():
                world.mint(count, cards.stock_type, cards.batch)
                world.move_next("supply", place, count)
            world.mint(cards.supply, cards.stock_type, cards.batch)

    def _start_machines(self, wire: str) -> Part | None:
        machines = [machine for machine in self._scenario.machine if machine.wire == wire]
        if not machines:
            return None
        control = self._folder / f"{wire}.control"
        floor = Floor(
            world=str(self._world),
            control=str(control),
            logs=str(self._folder),
            factor=self._factor,
            began=self._began,
            machines=machines,
            faults=self._scenario.faults,
        )
        file = self._folder / f"{wire}.json"
        file.write_bytes(msgspec.json.encode(floor))
        for machine in machines:
            self.facts["control"][machine.name] = str(control)
        return self._parts.start(f"machines-{wire}", "simulators", "machines", "--wire", wire, file)

    def _note_machines(self, wire: str, told: dict[str, Any]) -> None:
        self.facts["environment"].update(told["environment"])
        for machine in self._scenario.machine:
            if machine.wire == wire:
                self.facts.setdefault("machines", {})[machine.name] = {
                    "address": told["machines"][machine.name],
                    "wire": wire,
                    "serial": machine.serial,
                    "busy_log": str(self._folder / f"busy-{machine.name}.jsonl"),
                    **({"queue": told["queues"][machine.name]} if machine.name in told["queues"] else {}),
                }

    def _start_service(self) -> Part | None:
        if not self._scenario.reader:
            return None
        slots = ("--slots", str(len(self._scenario.reader)))
        return self._parts.start("pcscd", "simulators.wires.pcscd", "--dir", self._folder / "pcscd", *slots)

    def _start_readers(self) -> list[Part]:
        parts = []
        for slot, reader in enumerate(self._scenario.reader):
            port = str(pcscd.PORT + slot)
            log = self._folder / f"busy-reader-{reader.name}.jsonl"
            where = ("--world", self._world, "--field", reader.field, "--port", port)
            pace = ("--factor", str(self._factor), "--began", str(self._began), "--busy-log", log)
            parts.append(self._parts.start(f"reader-{reader.name}", "simulators.wires.card_reader", *where, *pace))
            address = f"pcsc:{pcscd.slot_name(slot)}"
            facts = {"address": address, "field": reader.field, "busy_log": str(log)}
            self.facts.setdefault("readers", {})[reader.name] = facts
        return parts

    def _start_registry(self) -> Part | None:
        central = self._scenario.registry
        if central is None:
            return None
        stations = [word for station in central.stations for word in ("--station", station)]
        where = self._folder / "registry"
        return self._parts.start(
            "registry", "simulators.registry", "--dir", where, "--port", "0", "--seed", self._scenario.seed, *stations
        )

    def _note_registry(self, central: Central) -> None:
        folder = self._folder / "registry"
        endpoint = json.loads((folder / "endpoint.json").read_text())
        self.facts["registry"] = {**endpoint, "dir": str(folder)}
        desk = Desk(folder)
        if central.jobs and not desk.ask("jobs"):
            for station in central.stations:
                desk.add_jobs(station, central.jobs)


def run(scenario: Scenario, folder: Path, factor: float) -> None:
    """Play a scenario until SIGTERM or SIGINT. Raises `PartFailed` if it cannot be brought up."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(scenario, folder, factor)
    try:
        stage.raise_curtain()
        sys.stdout.write(f"ready {folder / FACTS}\n")
        sys.stdout.flush()
        stage.play(stop)
    finally:
        stage.drop_curtain()
