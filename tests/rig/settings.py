"""The station.toml of a station under test."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
KECAMATAN = "73.16.02"
OFFICER = "op-1"
PCSC, PN532 = "pcsc", "pn532"

STATION = """\
[station]
id = "{station}"
kecamatan = "{kecamatan}"
data = "data"

[api]
socket = "api.sock"
users = [{uid}]

[registry]
url = "{registry}"
jobs = {jobs}

[folders]
layouts = "{root}/config/layouts"
profiles = "{root}/config/profiles"

[lab]
name = "tests"
{keys}"""


@dataclass(frozen=True)
class LineSetup:
    """A production line as station.toml has it.

    Attributes:
        name: the line's.
        machine: what the world calls its printer.
        driver, address: of the printer.
        encoder: address of the reader inside; None for a printer without.
        sam: address of the slot beside that reader that holds its SAM, if the station is to know of one.
        film_beside_chip: film is printed while the chip is written.
        reader: the driver of that reader.
    """

    name: str
    machine: str
    driver: str
    address: str
    encoder: str | None
    film_beside_chip: bool = False
    sam: str | None = None
    reader: str = PCSC

    def toml(self) -> str:
        """Write it down."""
        lines = [
            "[[line]]",
            f'name = "{self.name}"',
            f'printer = {{ driver = "{self.driver}", address = "{self.address}" }}',
        ]
        if self.encoder is not None:
            lines.append(f"encoder = {{ {', '.join(_reader(self.reader, self.encoder, self.sam))} }}")
        if self.film_beside_chip:
            lines.append("film_beside_chip = true")
        return "\n".join(lines) + "\n"


def _reader(driver: str, address: str, sam: str | None = None) -> list[str]:
    told = [f'driver = "{driver}"', f'address = "{address}"']
    return told if sam is None else [*told, f"sam = {{ {', '.join(_reader(PCSC, sam))} }}"]


def station_toml(
    station: str,
    registry: str,
    jobs: int,
    lines: Sequence[LineSetup],
    desk: str | None,
    *,
    desk_reader: str = PCSC,
    desk_sam: str | None = None,
    keys: str | None = None,
) -> str:
    """Write a whole station.toml.

    Args:
        station: its id.
        registry: the registry's address.
        jobs: how many jobs it holds.
        lines: its production lines.
        desk: address of the reader on the desk, if there is one.
        desk_reader: its driver.
        desk_sam: address of the slot beside that reader that holds its SAM, if the station is to know of one.
        keys: the file of the lab's card keys, if the station is to have them.
    """
    head = STATION.format(
        station=station,
        kecamatan=KECAMATAN,
        uid=os.getuid(),
        registry=registry,
        jobs=jobs,
        root=ROOT,
        keys="" if keys is None else f'keys = "{keys}"\n',
    )
    reader = ["\n".join(["[desk]", *_reader(desk_reader, desk, desk_sam), ""])] if desk is not None else []
    return "\n".join([head, *(line.toml() for line in lines), *reader])
