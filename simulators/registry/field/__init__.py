"""Places as the news and the offices tell of them: service levels, and the tables of their policies, as data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any


class NoSuchPlace(ValueError):
    """No such place is known here; the text names those that are."""


@dataclass(frozen=True, slots=True)
class Place:
    """One kabupaten or kota.

    Attributes:
        title: its name.
        offices: for each kecamatan that is known of it the services that it is licensed for.
        policy: further members of its stations' policies.
        figures: what was counted there, for tests and campaigns.
    """

    title: str
    offices: dict[str, list[str]]
    policy: dict[str, Any]
    figures: dict[str, float]


def known() -> list[str]:
    """Return the names of the places."""
    files = (file.name for file in resources.files(__name__).iterdir())
    return sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml"))


def place(name: str) -> Place:
    """Return a place by its name.

    Raises:
        NoSuchPlace: if it is not known.
    """
    if name not in known():
        raise NoSuchPlace(f"no place {name} is known; take one of {', '.join(known())}")
    read = tomllib.loads(resources.files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    return Place(read["title"], read["offices"], read["policy"], read.get("figures", {}))
