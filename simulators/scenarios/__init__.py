"""Named days: which machines, readers, cards and jobs there are, and what will go wrong. Each is a TOML file here."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
from msgspec.structs import replace

from simulators.chips import KINDS, NONE, SAM
from simulators.days import Days
from simulators.devices.chip_faults import Fault as ChipFault
from simulators.devices.faults import Fault
from simulators.families import MachineSettings, with_family, wrong_with
from simulators.registry.field import NoSuchPlace, place


class Cards(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Blank cards at the start.

    Attributes:
        supply: made and not yet received by the office.
        store, hopper: already there; `hopper` is by machine.
        chips: the kind of their chips (`station-sim chips`), or `none`; empty for the usual one.
        chip_faults: what befalls the chip of the nth card made of these, by `n` (from 1).
    """

    supply: int = 0
    store: int = 0
    hopper: dict[str, int] = {}
    stock_type: str = "white"
    batch: str = "B-1"
    chips: str = ""
    chip_faults: dict[str, list[ChipFault]] = {}


class Reader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A contactless reader: its name, and the place whose card it sees.

    Attributes:
        kind: how a computer reaches it: PC/SC, or a PN532 on a serial line.
        sam: the kind of the SAM in its second slot; empty for none. PC/SC only.
    """

    name: str
    field: str
    kind: Literal["pcsc", "pn532"] = "pcsc"
    sam: str = ""


class Central(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The registry: which stations it expects, and how many jobs wait there for each.

    Attributes:
        place: a place of `simulators.registry.field` whose policy the stations have; empty for the usual one.
        kecamatan: by station, which of the place's offices it is; the place's first for one that is not named.
    """

    stations: list[str]
    jobs: int = 0
    place: str = ""
    kecamatan: dict[str, str] = {}

    def offices(self) -> dict[str, str]:
        """Return for each station the kecamatan where it stands; empty ones where there is no place."""
        first = next(iter(place(self.place).offices)) if self.place else ""
        return {station: self.kecamatan.get(station, first) for station in self.stations}


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One day.

    Attributes:
        title: one line for people.
        seed: everything invented follows from it.
        cards, more_cards: batches of blanks. The chips of `cards` are the world's usual ones.
        chip_keys: a file of lab keys other than `lab_keys.toml`.
        faults: scripts by machine.
        days: what every day brings; None for a scenario that is one day.
    """

    title: str
    seed: str
    machine: list[MachineSettings]
    reader: list[Reader] = []
    cards: Cards = Cards()
    more_cards: list[Cards] = []
    chip_keys: str = ""
    registry: Central | None = None
    faults: dict[str, list[Fault]] = {}
    days: Days | None = None


class NoScenario(Exception):
    """There is no such scenario, or it cannot be read; the text says which there are, or what is wrong."""


def with_chips(scenario: Scenario, chips: str | None, *, sam: bool) -> Scenario:
    """Return a scenario with other blanks, and with a SAM in each PC/SC reader. Raises `NoScenario`."""
    if chips is not None:
        if chips not in KINDS and ":" not in chips and chips != NONE:
            raise NoScenario(f"no chip {chips!r}; there are {', '.join(KINDS)}")
        scenario = replace(scenario, cards=replace(scenario.cards, chips=chips))
    if sam:
        readers = [replace(reader, sam=SAM) if reader.kind == "pcsc" else reader for reader in scenario.reader]
        scenario = replace(scenario, reader=readers)
    return scenario


def names() -> list[str]:
    """Return the scenarios that come with the simulators."""
    return sorted(file.stem for file in Path(__file__).parent.glob("*.toml"))


def load(name: str) -> Scenario:
    """Read a scenario by its name, or from a file. Raises `NoScenario`."""
    file = Path(__file__).with_name(f"{name}.toml") if name in names() else Path(name)
    if not file.is_file():
        raise NoScenario(f"no scenario {name!r}; there are {', '.join(names())}, or give a file")
    try:
        scenario = msgspec.convert(with_family(msgspec.toml.decode(file.read_bytes())), Scenario)
    except msgspec.DecodeError as error:
        raise NoScenario(f"{file}: {error}") from None
    if misplaced := _misplaced(scenario):
        raise NoScenario(f"{file}: {misplaced}")
    for machine in scenario.machine:
        if wrong := wrong_with(machine):
            raise NoScenario(f"{file}: {wrong}")
    for reader in scenario.reader:
        if reader.sam and reader.kind != "pcsc":
            raise NoScenario(f"{file}: reader {reader.name} is a {reader.kind} and has no slot for a SAM")
    return scenario


def _misplaced(scenario: Scenario) -> str:
    central = scenario.registry
    if scenario.days is not None and central is None:
        return "days bring people to a registry, and there is none; add [registry]"
    try:
        known = place(central.place).offices if central and central.place else {}
    except NoSuchPlace as error:
        return str(error)
    strange = set(central.kecamatan.values()) - set(known) if central else set()
    return f"no office {min(strange)} is known of {central.place if central else ''}" if strange else ""
