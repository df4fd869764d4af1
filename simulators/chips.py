"""Kinds of chips by name, as scenarios, batches of blanks and readers' SAM slots ask for them.

Lab keys come from a file of key sets by reference (`lab_keys.toml` here, unless a scenario names another).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from simulators.devices.chip import Chip, ChipFactory, ChipState, load_factory
from simulators.devices.chip_files import LifeCycle
from simulators.devices.chip_gp import GpChips
from simulators.devices.chip_iso7816 import Iso7816Chips
from simulators.devices.chip_sam import Sams
from simulators.devices.chip_scp03 import KeySet

LAB_KEYS = Path(__file__).with_name("lab_keys.toml")
LAB_VERSION = 0x30
USUAL = "iso7816"
NONE = "none"
SAM = "sam"
SMALL, WRONG_SIZE = 8192, 4096
FOREIGN_AID = bytes.fromhex("A0000002471001")  # an electronic passport's

Keys = Mapping[str, KeySet]


class UnknownKind(ValueError):
    """There is no such kind of chip; the text says which there are."""


class Kind(NamedTuple):
    """One kind: a line for people, and what makes its chips with the lab's keys."""

    about: str
    make: Callable[[Keys], ChipFactory]


def _gp(reference: str = "lab-gp", **more: Any) -> Callable[[Keys], ChipFactory]:
    return lambda keys: GpChips(keys[reference], **more)


def _iso(**more: Any) -> Callable[[Keys], ChipFactory]:
    return lambda _keys: Iso7816Chips(**more)


KINDS: Mapping[str, Kind] = {
    "iso7816": Kind("a file system, no keys, 16 kB, type A", _iso()),
    "iso7816-8k": Kind("the same with 8 kB", _iso(size=SMALL)),
    "iso7816-b": Kind("the same, type B, another PUPI at each power-on", _iso(card_type="B", random_uid=True)),
    "iso7816-random-uid": Kind("the same, type A, a UID beginning 08 that changes", _iso(random_uid=True)),
    "iso7816-locked": Kind("the same, locked by somebody before", _iso(life_cycle=LifeCycle.LOCKED)),
    "iso7816-active": Kind("the same, live already", _iso(life_cycle=LifeCycle.ACTIVE)),
    "iso7816-t0": Kind("the same, with contacts, by T=0 alone", _iso(card_type="contact-t0")),
    "gp-scp03": Kind("GlobalPlatform, SCP03, AES-128, S8, 16 kB, type A", _gp()),
    "gp-scp03-192": Kind("the same with AES-192", _gp("lab-gp-192")),
    "gp-scp03-256-s16": Kind("the same with AES-256 and S16", _gp("lab-gp-256", s16=True)),
    "gp-scp03-b": Kind("the same, type B, another PUPI at each power-on", _gp(card_type="B", random_uid=True)),
    "gp-scp03-random-uid": Kind("the same, type A, a UID beginning 08 that changes", _gp(random_uid=True)),
    "gp-scp03-random": Kind("the same, its challenges drawn instead of counted", _gp(pseudo_random=False)),
    "gp-scp03-8k": Kind("the same with 8 kB", _gp(memory=SMALL)),
    "gp-scp03-locked": Kind("the same, locked by somebody before", _gp(life_cycle=LifeCycle.LOCKED)),
    "gp-scp03-active": Kind("the same, live already", _gp(life_cycle=LifeCycle.ACTIVE)),
    "gp-scp03-wrong-key": Kind("the same with keys that nobody has", lambda keys: GpChips(keys["lab-gp"].others())),
    "gp-scp03-contact": Kind("the same, with contacts", _gp(card_type="contact")),
    "gp-scp03-t0": Kind("the same, with contacts, by T=0 alone", _gp(card_type="contact-t0")),
    "wrong-size": Kind("GlobalPlatform, SCP03, 4 kB: too little for a card", _gp(memory=WRONG_SIZE)),
    "foreign": Kind("a file system under another application's name", _iso(aid=FOREIGN_AID)),
    SAM: Kind("the lab SAM: contacts, every key set of the lab", Sams),
}


def load_keys(file: Path = LAB_KEYS) -> dict[str, KeySet]:
    """Read key sets by reference. Raises `ValueError` for a file that is not of the form."""
    decoded = msgspec.toml.decode(file.read_bytes(), type=dict[str, dict[str, Any]])
    return {name: msgspec.convert({"version": LAB_VERSION, **table}, KeySet) for name, table in decoded.items()}


class Assortment:
    """Every kind of chip, one of them the usual. Meets `simulators.devices.chip.ChipAssortment`.

    Args:
        usual: a kind's name, or a factory of another as `package.module:attribute`.
        keys: key sets by reference.
    """

    def __init__(self, usual: str = USUAL, keys: Keys | None = None) -> None:
        self._keys = load_keys() if keys is None else keys
        self._usual = load_factory(usual) if ":" in usual else self.of(usual)

    def of(self, kind: str) -> ChipFactory:
        """Return what makes that kind. Raises `UnknownKind`."""
        found = KINDS.get(kind)
        if found is None:
            raise UnknownKind(f"there is no chip {kind!r}; there are {', '.join(KINDS)}")
        try:
            return found.make(self._keys)
        except KeyError as missing:
            raise UnknownKind(f"a chip {kind!r} needs the key set {missing} in the file of lab keys") from None

    def blank(self, serial: str, stock_type: str) -> Chip:
        """Return the chip of a new blank card of the usual kind."""
        return self._usual.blank(serial, stock_type)

    def restore(self, state: ChipState) -> Chip:
        """Return the chip whose persistent memory is that, whatever its kind."""
        match state.get("kind"):
            case "iso7816":
                return Iso7816Chips().restore(state)
            case "gp":
                return GpChips(KeySet(LAB_VERSION, *["00" * 16] * 3)).restore(state)
            case "sam":
                return Sams({}).restore(state)
            case _:
                return self._usual.restore(state)
