"""Lists of finished cards that go from one office to another: signed by the registry, sealed for who opens the box."""

from __future__ import annotations

import json
from typing import Any

from simulators.registry import leasing
from simulators.registry.enrolling import present_enrolment
from simulators.registry.sealing import seal
from simulators.registry.state import Registry

_ALL = 2**62


def arrival_list(registry: Registry, sender: str, station: str, job_ids: list[str], list_id: str) -> str:
    """Make a sender's list, as it is handed over with the box.

    Args:
        registry: where.
        sender: the station that made the cards.
        station: for whom they are; it must be enrolled.
        job_ids: whose cards, as the sender's book names them.
        list_id: the list's number.

    Returns:
        A compact JWE to the receiving station, which holds a compact JWS.
    """
    cards = []
    for job_id in job_ids:
        claims = leasing.claims_sent(registry, job_id)
        if claims is None:
            raise ValueError(f"{job_id} was never leased")
        card = claims["card"]
        record = {
            "name": card["nama"],
            "nik": claims["nik"],
            "kk": claims["kk"],
            "address": f"{card['alamat']}, RT {card['rt']}/RW {card['rw']}, {card['kelurahan']}",
            "kelurahan": card["kelurahan"],
            "kecamatan": card["kecamatan"],
            "contact": claims["contact"],
        }
        cards.append(
            {
                "job_id": claims["job_id"],
                "citizen_ref": claims["citizen_ref"],
                "issue_no": claims["issue_no"],
                "identity": _identity(registry, sender, job_id),
                "record": record,
            }
        )
    payload: dict[str, Any] = {
        "list_id": list_id,
        "sender": sender,
        "station": station,
        "made_at": int(registry.now()),
        "cards": cards,
    }
    recipient = present_enrolment(registry, station)["sealing_key"]
    return seal(registry.signer.sign(payload), json.loads(recipient) if isinstance(recipient, str) else recipient)


def _identity(registry: Registry, sender: str, job_id: str) -> str:
    """Return the chip's identity of an accepted card; empty if the sender's book does not say it."""
    book = registry.database.book(sender, None)
    rows = registry.database.events(sender, book["incarnation"], 1, _ALL) if book is not None else []
    for row in reversed(rows):
        event = json.loads(row["text"])
        if (event.get("type"), event.get("job_id")) == ("card-accepted", job_id):
            return str(event.get("identity", ""))
    return ""
