"""A box of cards that another office made, while it is gone through against its list."""

from __future__ import annotations

import datetime
import time
from pathlib import Path
from typing import Any

from simulators.registry.citizens import Population
from simulators.registry.enrolling import present_enrolment
from simulators.registry.sealing import seal
from simulators.registry.state import Registry
from tests.screens.stage import LARGE, Scene, Stage

LIST = "DINAS-2026-31"
CARDS = 7
HERE = 3
"""Cards that were found in the box already."""


def come(stage: Stage) -> None:
    """A box stands at the door, and its list was sent; once."""
    with stage.station.client() as client:
        if not any(box.list_id == LIST for box in client.arrivals()):
            client.open_arrival(_sealed_list(stage))
            client.arrive_counted(LIST, [f"job-dinas-{number}" for number in range(HERE)], "C2")


def show(stage: Stage) -> None:
    stage.desktop.press("ctrl+4")
    stage.desktop.still()
    stage.desktop.press("alt+r")
    stage.desktop.still()
    stage.desktop.type("C2")


def _sealed_list(stage: Stage) -> str:
    """Return the list as the registry signs it and seals it for the station."""
    registry = Registry(Path(stage.simulation.facts["registry"]["dir"]))
    try:
        people = Population("box", datetime.datetime.now(datetime.UTC).date())
        claims = {
            "list_id": LIST,
            "sender": "dinas-7316",
            "station": stage.station.name,
            "made_at": int(time.time()),
            "cards": [_card(people, number) for number in range(CARDS)],
        }
        return seal(registry.signer.sign(claims), present_enrolment(registry, stage.station.name)["sealing_key"])
    finally:
        registry.close()


def _card(people: Population, number: int) -> dict[str, Any]:
    citizen = people.citizen(number)
    return {
        "job_id": f"job-dinas-{number}",
        "citizen_ref": citizen.citizen_ref,
        "issue_no": 1,
        "record": {
            "name": citizen.card["nama"],
            "nik": citizen.nik,
            "kk": citizen.kk,
            "address": citizen.card["alamat"],
            "kelurahan": citizen.card["kelurahan"],
            "kecamatan": citizen.card["kecamatan"],
            "contact": citizen.contact,
        },
    }


SCENES = (Scene("box-arriving", show, come, variants=(LARGE,)),)
