"""Tanda terima: a finished card was handed to its owner, or to a member of the family."""

from __future__ import annotations

from stationd.documents import indonesian
from stationd.documents.content import Draft, Facts, Signature, Text, Unsaid
from stationd.documents.forms.office import Office, Person
from stationd.documents.indonesian import WORDS


class Handover(Unsaid, frozen=True, kw_only=True):
    """What a receipt says. Citizens' data: for the sealed paper only.

    Attributes:
        seq, time: the entry of the book, and when, in seconds since the epoch.
        name, nik, address: of the card's owner; empty where no record of the owner is here.
        issue_no: which of the owner's cards it is.
        identity: of its chip, hex.
        to: `owner` or `family`.
        shown: by what they showed who they are.
        tapped: the chip was read just before, and is this card's.
    """

    seq: int
    time: float
    name: str = ""
    nik: str = ""
    address: str = ""
    issue_no: int = 0
    identity: str = ""
    to: str = "owner"
    shown: str = ""
    tapped: bool = False


def draft(handed: Handover, office: Office, by: Person) -> Draft:
    """Return the receipt of a hand-over."""
    day = office.day(handed.time)
    by_owner = handed.to == "owner"
    date = f"{indonesian.weekday(day)}, {indonesian.date(day)}, pukul {indonesian.clock(handed.time, office.utc_hours)}"
    facts = [
        ("Nama pemilik", handed.name or "-"),
        ("NIK", handed.nik or "-"),
        ("Alamat", handed.address or "-"),
        ("Penerbitan ke-", str(handed.issue_no) if handed.issue_no else "-"),
        ("Identitas cip", handed.identity or "-"),
        ("Diserahkan pada", date),
        ("Diterima oleh", "pemilik kartu sendiri" if by_owner else "anggota keluarga dalam satu kartu keluarga"),
        ("Bukti yang ditunjukkan", WORDS.name("shown", handed.shown) if handed.shown else "-"),
        ("Cip dibaca saat diserahkan", "ya, cocok dengan kartu ini" if handed.tapped else "tidak"),
        ("Entri dalam buku stasiun", str(handed.seq)),
    ]
    opening = (
        f"Telah diterima dari {office.named} satu keping KTP-el dalam keadaan baik, dengan keterangan sebagai berikut:"
    )
    checked = "Penerima telah memeriksa bahwa data pada kartu sesuai dan kartu dalam keadaan baik."
    receiver = handed.name if by_owner else ""
    return Draft(
        title="Tanda Terima KTP-el",
        blocks=(Text((opening,)), Facts(tuple(facts)), Text((checked,))),
        signatures=(Signature("Yang menerima,", "", receiver), by.signs("Yang menyerahkan,")),
    )
