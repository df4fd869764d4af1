"""`station-sim run`: brings a scenario up as processes, writes down where everything is, and ends it all together.

`simulators.json` in the scenario's folder appears once everything can be used, and goes when it ends:

* `world`: the world's socket; `control`: by machine, the socket for hands;
* `machines`: by name `address` as a driver takes it, `wire`, `serial`, `busy_log`, and `queue`, the address of the
  print queue before it, if there is one;
* `readers`: by name `address` as a driver takes it (PC/SC or `serial:`), `kind`, `field`, `busy_log`, and `sam`, the
  address of its SAM's slot, if it has one;
* `chip_keys`: the file of lab keys that the chips and SAMs hold;
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
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from simulators.chips import LAB_KEYS, SAM
from simulators.days import Calendar, printing
from simulators.facts import FACTS
from simulators.families import USB, WIRES
from simulators.machines import PRELOAD, Floor
from simulators.parts import Part, Parts
from simulators.registry.desk import Desk
from simulators.scenarios import Central, Reader, Scenario
from simulators.wires import pcscd
from simulators.wires.pn532 import control_of
from simulators.world_client import WorldClient


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
        keys = Path(self._scenario.chip_keys).absolute() if self._scenario.chip_keys else LAB_KEYS
        self.facts["chip_keys"] = str(keys)
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
            "--keys",
            keys,
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
        """Let the scenario's days pass and watch over the processes, until told to stop."""
        central, days = self._scenario.registry, self._scenario.days
        if central is None or days is None:
            self._parts.watch(stop)
            return
        calendar = Calendar(days, self._scenario.seed, printing(central.place, central.offices()), self._folder)
        desk = Desk(self._folder / "registry")
        passing = threading.Thread(target=calendar.run, args=(desk, self._world, self._factor, stop))
        passing.start()
        self._parts.watch(stop)
        passing.join()

    def drop_curtain(self) -> None:
        """End every process."""
        (self._folder / FACTS).unlink(missing_ok=True)
        self._parts.end()

    def _lay_out_cards(self) -> None:
        with WorldClient(self._world) as world:
            if world.census():
                return  # the world of an earlier run goes on
            for cards in (msgspec.structs.replace(self._scenario.cards, chips=""), *self._scenario.more_cards):
                hoppers = {f"hopper/{machine}": count for machine, count in cards.hopper.items()}
                made = []
                for place, count in {"store": cards.store, **hoppers, "supply": cards.supply}.items():
                    minted = world.mint(count, cards.stock_type, cards.batch, cards.chips)
                    for card_id in minted if place != "supply" else ():
                        world.move(card_id, place)
                    made += minted
                for number, faults in cards.chip_faults.items():
                    world.chip_faults(made[int(number) - 1], *faults)
            for reader in self._scenario.reader:
                for card_id in world.mint(1, SAM, SAM, reader.sam) if reader.sam else ():
                    world.move(card_id, f"sam/{reader.name}")

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
        preloaded = {"LD_PRELOAD": PRELOAD} if wire == USB else {}  # else it would start itself a second time
        machines_of = ("simulators", "machines", "--wire", wire)
        return self._parts.start(f"machines-{wire}", *machines_of, file, environment=preloaded)

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
        slots = lay_out_slots(self._scenario.reader)
        if not slots:
            return None
        many = ("--slots", str(max(slots.values()) + pcscd.SLOTS))
        return self._parts.start("pcscd", "simulators.wires.pcscd", "--dir", self._folder / "pcscd", *many)

    def _start_readers(self) -> list[Part]:
        parts = []
        slots = lay_out_slots(self._scenario.reader)
        for reader in self._scenario.reader:
            facts: dict[str, str] = {"field": reader.field, "kind": reader.kind}
            self.facts.setdefault("readers", {})[reader.name] = facts
            if reader.kind == "pn532":
                link = self._folder / f"{reader.name}.tty"
                parts.append(self._start_reader(reader.name, reader.field, "pn532", ("--link", link), facts))
                facts["address"] = f"serial:{link}"
                self.facts["control"][reader.name] = str(control_of(link))
                continue
            slot = slots[reader.name]
            port = ("--port", str(pcscd.PORT + slot))
            parts.append(self._start_reader(reader.name, reader.field, "card_reader", port, facts))
            facts["address"] = f"pcsc:{pcscd.slot_name(slot)}"
            if reader.sam:
                name, port = f"{reader.name}-sam", ("--port", str(pcscd.PORT + slot + 1))
                parts.append(self._start_reader(name, f"sam/{reader.name}", "card_reader", port, {}))
                facts["sam"] = f"pcsc:{pcscd.slot_name(slot + 1)}"
        return parts

    def _start_reader(
        self, name: str, field: str, wire: str, at: tuple[str, str | Path], facts: dict[str, str]
    ) -> Part:
        log = self._folder / f"busy-reader-{name}.jsonl"
        facts["busy_log"] = str(log)
        where = ("--world", self._world, "--field", field, *at)
        pace = ("--factor", str(self._factor), "--began", str(self._began), "--busy-log", log)
        return self._parts.start(f"reader-{name}", f"simulators.wires.{wire}", *where, *pace)

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
        for station, kecamatan in central.offices().items() if central.place and not desk.ask("jobs") else ():
            desk.ask("field", station=station, place=central.place, kecamatan=kecamatan)
        if central.jobs and not desk.ask("jobs"):
            for station in central.stations:
                desk.add_jobs(station, central.jobs)


def lay_out_slots(readers: Sequence[Reader]) -> dict[str, int]:
    """Return each PC/SC reader's slot, counted over all; one with a SAM has the first of a pair, its SAM the other."""
    slots: dict[str, int] = {}
    free = 0
    for reader in readers:
        if reader.kind == "pcsc":
            first = free + free % pcscd.SLOTS if reader.sam else free
            slots[reader.name] = first
            free = first + (pcscd.SLOTS if reader.sam else 1)
    return slots


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
