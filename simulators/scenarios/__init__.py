"""Named days: which machines, readers, cards and jobs there are, and what will go wrong. Each is a TOML file here."""

from __future__ import annotations

from pathlib import Path

import msgspec

from simulators.devices.faults import Fault
from simulators.families import MachineSettings, with_family, wrong_with


class Cards(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Blank cards at the start.

    Attributes:
        supply: made and not yet received by the office.
        store, hopper: already there; `hopper` is by machine.
        chips: what makes their chips, as `package.module:attribute`; empty for cards without.
    """

    supply: int = 0
    store: int = 0
    hopper: dict[str, int] = {}
    stock_type: str = "white"
    batch: str = "B-1"
    chips: str = "simulators.devices.chip_iso7816:CHIPS"


class Reader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A contactless reader: its name, and the place whose card it sees."""

    name: str
    field: str


class Central(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The registry: which stations it expects, and how many jobs wait there for each."""

    stations: list[str]
    jobs: int = 0


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One day.

    Attributes:
        title: one line for people.
        seed: everything invented follows from it.
        faults: scripts by machine.
    """

    title: str
    seed: str
    machine: list[MachineSettings]
    reader: list[Reader] = []
    cards: Cards = Cards()
    registry: Central | None = None
    faults: dict[str, list[Fault]] = {}


class NoScenario(Exception):
    """There is no such scenario, or it cannot be read; the text says which there are, or what is wrong."""


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
    for machine in scenario.machine:
        if wrong := wrong_with(machine):
            raise NoScenario(f"{file}: {wrong}")
    return scenario
