"""A house with finished cards on its shelf: owners who do not exist, and a desk reader that reads what it is given."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from stationd.model.job import Label
from stationd.model.nik import Nik
from stationd.model.officer import Officer
from stationd.model.policy_tables import ShelfRule
from stationd.model.shelf_record import ShelfRecord, encode
from stationd.press.tap import TapFailed
from stationd.store.rows import JobRow
from tests.api.house import OFFICER, House, policy

SUPERVISOR, TECHNICIAN = "spv-1", "tek-1"
KK = "7316021203150004"
NAMES = ("SITTI CONTOH", "ANDI BASO", "H. MUHAMMAD ÀLI, S.Pd", "SITTI RAHMA")


def nik(number: int) -> str:
    return f"73160255039{number:05d}"


def record(number: int, **changes: Any) -> ShelfRecord:
    facts = {
        "name": NAMES[(number - 1) % len(NAMES)],
        "nik": Nik(nik(number)),
        "kk": KK,
        "address": "DUSUN CONTOH, RT 001/RW 002, BANGKALA",
        "kelurahan": "BANGKALA",
        "kecamatan": "MAIWA",
        "contact": "081200000000",
    }
    return ShelfRecord(**(facts | changes))


def number_of(job_id: str) -> int:
    return int(job_id.removeprefix("j"))


class Desk:
    """The reader on the desk."""

    def __init__(self) -> None:
        self.identity: bytes | None = None

    def lay(self, job_id: str) -> None:
        self.identity = f"c0ffee{job_id}".encode()

    def read(self) -> Any:
        if self.identity is None:
            raise TapFailed("no-card-on-desk")
        # The house's chips have identities that are words, where a true one is hex.
        identity = SimpleNamespace(hex=self.identity.decode)
        return SimpleNamespace(profile="lab-iso7816", held=SimpleNamespace(identity=identity))


class ShelfHouse(House):
    """A house whose jobs can be opened, without their being sealed."""

    def __init__(self, folder: Path, **shelf: Any) -> None:
        super().__init__(folder)
        self.desk = Desk()
        self.station.chip_desk = self.desk  # type: ignore[assignment]
        self.station.open_record = self.record_of
        self.station.open_label = self.label_of
        (officer,) = policy().officers
        self.rule(officer, **shelf)
        self.stock()

    def rule(self, officer: Officer | None = None, **shelf: Any) -> None:
        """Go by a policy with this shelf rule, with an officer of each role."""
        operator = officer or self.station.policy.officers[0]  # type: ignore[union-attr]
        others = [
            msgspec.structs.replace(operator, id=one, roles=frozenset({role}))
            for one, role in ((SUPERVISOR, "supervisor"), (TECHNICIAN, "technician"))
        ]
        far = [msgspec.structs.replace(one, valid_until=2**35) for one in (operator, *others)]
        self.station.rules.go_by(policy(officers=tuple(far), shelf=ShelfRule(**shelf)))

    def record_of(self, row: JobRow) -> bytes | None:
        return encode(record(number_of(row.job_id)))

    def label_of(self, job_id: str) -> Label | None:
        owner = record(number_of(job_id))
        return Label(job_id=job_id, name=owner.name, nik=owner.nik, kelurahan=owner.kelurahan)

    def shelve(self, *job_ids: str) -> None:
        """Make cards and accept them."""
        for job_id in job_ids:
            self.arrive(job_id, start_before=2**35)
            self.station.order(job_id, OFFICER)
            self.make(job_id)
            self.station.accept(job_id, OFFICER)

    def events(self) -> list[dict[str, Any]]:
        with self.store.read() as view:
            return [msgspec.json.decode(text) for text in view.texts(0, 10_000)]

    def last(self, kind: str) -> dict[str, Any]:
        return [event for event in self.events() if event["type"] == kind][-1]

    def balances(self) -> dict[str, int]:
        with self.store.read() as view:
            held = view.balances()
        places: dict[str, int] = {}
        for account, count in held.items():
            places[account.place] = places.get(account.place, 0) + count
        assert sum(places.values()) == 0
        return places
