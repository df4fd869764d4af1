"""Offices of any make: which printers stand there, and the station.toml that goes with them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.rig.chips import WITHOUT_KEYS, Chips
from tests.rig.settings import PCSC, LineSetup
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess

DESK = "desk-1"
SUPPLY = 400


@dataclass(frozen=True)
class Kind:
    """A kind of printer on one of its wires.

    Attributes:
        family: of the simulator, and the driver's name.
        wire: of the simulator.
        serial: the first machine's serial number; the others count on from it.
        settings: what else the simulator is told.
        reader: whether it has a reader inside.
        beside: whether film is printed while the chip is written.
        address: which of the simulation's facts is the printer's address.
        query: what is added to the address.
        factor: how much quicker than in life its days are, if not as quick as others'.
    """

    family: str
    wire: str
    serial: int
    settings: Mapping[str, object] = field(default_factory=dict)
    reader: bool = True
    beside: bool = False
    address: str = "address"
    query: str = ""
    factor: float | None = None


_SLOW_CABLE: Mapping[str, object] = {"baud": 9600, "check_speed": True, "upload_timeout": 1200.0}
"""A busy computer may pause for a quarter of a second, minutes there: the machine must not give a picture up."""
_ZENIUS: Mapping[str, object] = {"model": "zenius", "reject_box": False}
_WITHOUT_READER: Mapping[str, object] = {"contactless": False}

KINDS: Mapping[str, Kind] = {
    "matica": Kind("matica_xid", "usb", 5800001, {"model": "XID580i"}, beside=True),
    "matica-tcp": Kind("matica_xid", "tcp", 5800101, {"model": "XID580i"}, beside=True),
    "evolis": Kind("evolis", "usb", 1000012345),
    "evolis-serial": Kind("evolis", "pty", 1000022345, {"baud": 115200, "check_speed": True}, query="?baud=115200"),
    "evolis-9600": Kind("evolis", "pty", 1000032345, _SLOW_CABLE, query="?baud=9600", factor=400.0),
    "evolis-desk": Kind("evolis", "usb", 1000042345, _WITHOUT_READER, reader=False),
    "zenius": Kind("evolis", "usb", 1000052345, _ZENIUS),
    "zenius-desk": Kind("evolis", "usb", 1000062345, {**_ZENIUS, **_WITHOUT_READER}, reader=False),
    "magicard": Kind("magicard", "usb", 2800001, reader=False),
    "ipp": Kind("ipp", "ipp", 42, reader=False),
    "cups": Kind("ipp", "ipp", 142, reader=False, address="queue"),
}
"""By the name that tests and commands call them."""


@dataclass(frozen=True)
class Printer:
    """One printer of an office."""

    name: str
    kind: Kind
    serial: str


def printers(kinds: Sequence[str]) -> list[Printer]:
    """Name and number the printers of an office."""
    seen: Counter[str] = Counter()
    found = []
    for kind in (KINDS[name] for name in kinds):
        family = kind.family.partition("_")[0]
        number = seen[family]
        seen[family] += 1
        found.append(Printer(f"{family}-{number + 1}", kind, str(kind.serial + number)))
    return found


ChipFaults = Mapping[int, Mapping[str, object]]
"""What befalls chips, by the cards' numbers in the delivery."""


def scenario(
    kinds: Sequence[str],
    supply: int = SUPPLY,
    chips: Chips = WITHOUT_KEYS,
    chip_faults: ChipFaults = MappingProxyType({}),
    reader: str = PCSC,
) -> str:
    """Write the scenario of an office with those printers, a reader on the desk, and a registry without jobs."""
    made = printers(kinds)
    tables: list[tuple[str, Mapping[str, object]]] = []
    for printer in made:
        about = {"family": printer.kind.family, "name": printer.name, "serial": printer.serial}
        tables.append(("[[machine]]", about | {"wire": printer.kind.wire} | dict(printer.kind.settings)))
    for name, place in _readers(made).items():
        about = {"name": name, "field": place, "kind": reader}
        tables.append(("[[reader]]", about | ({"sam": "sam"} if chips.sam else {})))
    tables.append(("[cards]", {"supply": supply, "chips": chips.kind}))
    tables += [(f"[[cards.chip_faults.{number}]]", fault) for number, fault in chip_faults.items()]
    tables.append(("[registry]", {"stations": []}))
    head = {"title": f"An office with {', '.join(kinds)}", "seed": "-".join(kinds)}
    return _toml(head) + "".join(f"\n{name}\n{_toml(content)}" for name, content in tables)


def inside(printer: str) -> str:
    """Name the reader inside a printer: hands are laid on one thing by one name."""
    return f"{printer}-reader"


def _readers(made: Sequence[Printer]) -> dict[str, str]:
    within = {inside(printer.name): f"machine/{printer.name}" for printer in made if printer.kind.reader}
    return within | {DESK: f"desk/{DESK}"}


def _toml(content: Mapping[str, object]) -> str:
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in content.items())


def lines(kinds: Sequence[str], facts: Mapping[str, Any], chips: Chips = WITHOUT_KEYS) -> tuple[LineSetup, ...]:
    """Return a line for each printer of a running office."""
    return tuple(
        LineSetup(
            name=f"line-{number}",
            machine=printer.name,
            driver=printer.kind.family,
            address=facts["machines"][printer.name][printer.kind.address] + printer.kind.query,
            encoder=facts["readers"][inside(printer.name)]["address"] if printer.kind.reader else None,
            film_beside_chip=printer.kind.beside,
            sam=facts["readers"][inside(printer.name)]["sam"] if printer.kind.reader and chips.sam else None,
            reader=facts["readers"][DESK]["kind"],
        )
        for number, printer in enumerate(printers(kinds), start=1)
    )


@contextmanager
def world(
    folder: Path,
    kinds: Sequence[str],
    factor: float,
    chips: Chips = WITHOUT_KEYS,
    chip_faults: ChipFaults = MappingProxyType({}),
    reader: str = PCSC,
) -> Iterator[Simulation]:
    """Bring up an office with those printers, and readers of one kind, without a station."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "scenario.toml"
    file.write_text(scenario(kinds, chips=chips, chip_faults=chip_faults, reader=reader))
    with Simulation(folder / "world", str(file), factor) as simulation:
        yield simulation


def station(
    folder: Path,
    simulation: Simulation,
    kinds: Sequence[str],
    name: str,
    jobs: int = 20,
    chips: Chips = WITHOUT_KEYS,
) -> StationProcess:
    """Set up and enrol a station with a line for each printer."""
    desk = simulation.facts["readers"][DESK]["address"]
    setup = lines(kinds, simulation.facts, chips)
    made = StationProcess(folder, simulation, name, jobs, lines=setup, desk=desk, chips=chips)
    made.enrol()
    return made
