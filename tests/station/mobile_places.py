"""A kit and an office for tests of trips: this station is one of them, the other is only its key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

from stationd.model.mobile import InBags, Statement
from stationd.model.policy import Policy
from stationd.model.policy_tables import MobileGrant
from stationd.registry import slips
from stationd.registry.slips import BackSlip, OutSlip
from stationd.store.keys import FileKeys
from tests.api.house import NOW, OFFICER, STATION, House, policy

SUPERVISOR = "spv-1"
OTHER = "other-1"
"""The station at the other end."""

BATCH = "B-2026-07"
DAYS = int(NOW) + 3 * 86_400
NOTHING = InBags(0, 0, 0)


def other_keys(folder: Path) -> FileKeys:
    """The keys of the station at the other end."""
    keys = FileKeys(folder / "other-keys")
    keys.create_station_keys()
    return keys


def granted(other: FileKeys, *, kit: bool, **changes: Any) -> Policy:
    """A policy whose grant names this station as the kit, or as the office."""
    ours, theirs = ("kit", "office") if kit else ("office", "kit")
    fields: dict[str, Any] = {
        ours: STATION,
        theirs: OTHER,
        f"{theirs}_key": other.book_public(),
        "blanks": 60,
        "valid_from": 0,
        "valid_until": DAYS,
        "offline": True,
    }
    plain = policy()
    supervisor = type(plain.officers[0])(
        id=SUPERVISOR,
        name="Penyelia Uji",
        sk="SK/2",
        roles=frozenset({"supervisor"}),
        kecamatan="73.16.01",
        valid_from=0,
        valid_until=int(NOW) + 10**7,
        trained=True,
    )
    return policy(mobile=(MobileGrant(**(fields | changes)),), officers=(*plain.officers, supervisor))


def out_slip(other: FileKeys, count: int = 10, *, allotment: str = "al-1", kit: str = STATION, **changes: Any) -> str:
    """What the office at the other end signed."""
    fields = {"allotment_id": allotment, "office": OTHER, "kit": kit, "at": int(NOW), "batches": {BATCH: count}}
    return slips.write(OutSlip(**(fields | changes)), other.book_public(), other.sign)


def back_slip(other: FileKeys, allotment: str, stated: Statement) -> str:
    """What the kit at the other end signed."""
    slip = BackSlip(allotment_id=allotment, office=STATION, kit=OTHER, at=int(NOW), stated=stated)
    return slips.write(slip, other.book_public(), other.sign)


def key_of(house: House) -> OKPKey:
    """The public half of a house's book key."""
    return OKPKey.import_key(house.keys.book_public())


def make_cards(house: House, count: int, first: int = 1) -> None:
    """Some cards are ordered, made and accepted."""
    for number in range(first, first + count):
        house.deliver(f"j{number}")
        house.station.accept(f"j{number}", OFFICER)
