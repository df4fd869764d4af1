"""What is kept of a citizen while the finished card waits: as much as finding and handing out the card needs."""

from __future__ import annotations

from typing import Any

import msgspec
from typing_extensions import override

from stationd.model.job import CitizenRef, Count, FamilyCardNumber, Job, JobId, UnixTime
from stationd.model.nik import BadNik, Nik

MOST_LISTED = 2_000
"""Cards on one sender's list."""


class ShelfRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Name, numbers, address and contact of a card's owner. Kept sealed, and erased when the card has left.

    Attributes:
        kk: number of the family card; None if there is none.
        address: street and house, RT/RW and village in one line.
        kecamatan: by name, where the owner lives.
        contact: a telephone number; None if none is known.
    """

    name: str
    nik: Nik
    kk: FamilyCardNumber | None
    address: str
    kelurahan: str
    kecamatan: str
    contact: str | None = None

    @override
    def __repr__(self) -> str:
        return "ShelfRecord(…)"

    @override
    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


class ArrivingCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One card on a sender's list.

    Attributes:
        identity: of its chip, lower-case hex, as the station that made it wrote it; empty if it is not known.
    """

    job_id: JobId
    citizen_ref: CitizenRef
    issue_no: Count
    identity: str = ""
    stock: str = "wni"
    record: ShelfRecord


class ArrivalList(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sender's list of finished cards, as the registry signed it and sealed it for the receiving station.

    Attributes:
        sender: the id of the office or station that sends them.
        station: for whom they are.
        made_at: seconds since the epoch.
    """

    list_id: JobId
    sender: JobId
    station: str
    made_at: UnixTime
    cards: tuple[ArrivingCard, ...]

    @override
    def __repr__(self) -> str:
        return f"ArrivalList(list_id={self.list_id!r}, {len(self.cards)} cards)"


class NamedCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who waits for one of the finished cards that a kit brings home."""

    job_id: JobId
    record: ShelfRecord


class HomeNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who waits for the finished cards of a trip: goes beside the slip, for the office's eyes alone.

    Attributes:
        allotment_id: of the trip.
        office, kit: station ids.
        at: seconds since the epoch, as on the slip.
    """

    allotment_id: JobId
    office: str
    kit: str
    at: UnixTime
    cards: tuple[NamedCard, ...]

    @override
    def __repr__(self) -> str:
        return f"HomeNames(allotment_id={self.allotment_id!r}, {len(self.cards)} cards)"

    @override
    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("allotment_id", self.allotment_id)]


def record_of(job: Job) -> ShelfRecord:
    """Return what is kept of a job's citizen while the card waits."""
    card = job.card
    return ShelfRecord(
        name=card.nama,
        nik=job.nik,
        kk=job.kk,
        address=f"{card.alamat}, RT {card.rt}/RW {card.rw}, {card.kelurahan}",
        kelurahan=card.kelurahan,
        kecamatan=card.kecamatan,
        contact=job.contact,
    )


def encode(record: ShelfRecord | HomeNames) -> bytes:
    """Return a record as it is kept, or a trip's names as they are signed, before they are sealed."""
    return msgspec.json.encode(record, enc_hook=_digits)


def decode(raw: bytes) -> ShelfRecord | None:
    """Return a record that was kept; None if this version cannot read it."""
    try:
        return msgspec.json.decode(raw, type=ShelfRecord, dec_hook=_nik)
    except (msgspec.DecodeError, BadNik):
        return None


def _digits(value: object) -> str:
    if isinstance(value, Nik):
        return value.digits
    raise TypeError(type(value).__name__)


def _nik(kind: type, value: object) -> Nik:
    if kind is Nik and isinstance(value, str):
        return Nik(value)
    raise TypeError(f"{kind.__name__} expected")
