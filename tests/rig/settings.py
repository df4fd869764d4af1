"""The station.toml of a station under test."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
KECAMATAN = "73.16.02"
OFFICER = "op-1"

STATION = """\
[station]
id = "{station}"
kecamatan = "{kecamatan}"
data = "data"

[api]
socket = "api.sock"
officers = {{ {uid} = "{officer}" }}

[registry]
url = "{registry}"
jobs = {jobs}

[folders]
layouts = "{root}/config/layouts"
profiles = "{root}/config/profiles"

[lab]
name = "tests"
"""


@dataclass(frozen=True)
class LineSetup:
    """A production line as station.toml has it.

    Attributes:
        name: the line's.
        machine: what the world calls its printer.
        driver, address: of the printer.
        encoder: address of the reader inside; None for a printer without.
        film_beside_chip: film is printed while the chip is written.
    """

    name: str
    machine: str
    driver: str
    address: str
    encoder: str | None
    film_beside_chip: bool = False

    def toml(self) -> str:
        """Write it down."""
        lines = [
            "[[line]]",
            f'name = "{self.name}"',
            f'printer = {{ driver = "{self.driver}", address = "{self.address}" }}',
        ]
        if self.encoder is not None:
            lines.append(f'encoder = {{ driver = "pcsc", address = "{self.encoder}" }}')
        if self.film_beside_chip:
            lines.append("film_beside_chip = true")
        return "\n".join(lines) + "\n"


def station_toml(station: str, registry: str, jobs: int, lines: Sequence[LineSetup], desk: str | None) -> str:
    """Write a whole station.toml.

    Args:
        station: its id.
        registry: the registry's address.
        jobs: how many jobs it holds.
        lines: its production lines.
        desk: address of the reader on the desk, if there is one.
    """
    head = STATION.format(
        station=station,
        kecamatan=KECAMATAN,
        uid=os.getuid(),
        officer=OFFICER,
        registry=registry,
        jobs=jobs,
        root=ROOT,
    )
    reader = [f'[desk]\ndriver = "pcsc"\naddress = "{desk}"\n'] if desk is not None else []
    return "\n".join([head, *(line.toml() for line in lines), *reader])
