"""Everything that can be held against something else once cards were made, and where it lies."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tests.rig import pictures, truth
from tests.rig.simulation import Simulation
from tests.rig.station import ROOT, StationProcess
from tests.rig.truth import Findings

Entry = dict[str, Any]

WHERE = {
    "cards/": "each card as the printer put it on the plastic, and its chip, as the world knows them",
    "station/data/book.db": "the book",
    "station/stationd.log": "the daemon's log",
    "station/stationctl.log": "what stationctl said",
    "station/events.log": "the live events",
    "world/": "the simulated world: logs, the registry's database, the printer's busy times",
}


def gather(simulation: Simulation, station: StationProcess, cards: Path, count: int) -> Findings:
    """Compare all there is to compare.

    Args:
        simulation: the world; asked directly.
        station: the daemon, still running; only its files and its last acknowledged number are looked at.
        cards: where to put each card's picture and chip.
        count: how many cards there should be.
    """
    findings = Findings()
    simulation.sim("cards", "--out", str(cards))
    entries = truth.book(station.folder / "data")
    accepted = [entry["job_id"] for entry in entries if entry["type"] == "card-accepted"]
    findings.check(f"{count} cards accepted in the book", len(accepted) == count, str(len(accepted)))
    with simulation.world() as world:
        live = truth.live_cards(world)
        findings.check(f"{count} live cards in the world, no two alike", len(live) == len(set(live.values())) == count)
        truth.compare_chips(entries, world, simulation.desk, findings)
        _compare_pictures(simulation, accepted, findings)
        truth.compare_blanks(entries, world, findings)
    findings.check("the book's chain holds, read without the daemon's code", truth.chain_holds(entries))
    verified = station.ask("verify")
    findings.check("stationctl verify passed", not verified["findings"], str(verified["findings"]))
    held, entries = settled_books(simulation, station)
    same = [entry["_digest"] for entry in entries] == [truth.digest_of(event) for event in held]
    findings.check("the registry holds the same book", same, f"{len(held)} entries, here {len(entries)}")
    violations = Path(simulation.facts["registry"]["violations"])
    broken = violations.read_text() if violations.exists() else ""
    findings.check("no request or answer broke the registry's contract", not broken, broken[:300])
    look_for_citizens(simulation, station, accepted, findings)
    return findings


def settled_books(simulation: Simulation, station: StationProcess) -> tuple[list[Entry], list[Entry]]:
    """Return the registry's book and the station's once they are equally long: what is acknowledged is written too."""
    for _ in range(50):
        entries, held = truth.book(station.folder / "data"), simulation.desk.events(station.name)
        if len(held) == len(entries):
            break
        time.sleep(0.2)
    return held, entries


def _compare_pictures(simulation: Simulation, jobs: list[str], findings: Findings) -> None:
    """Each card's picture must be that of the job whose data its chip holds."""
    claims = {job: simulation.desk.claims(job) for job in jobs}
    should_be = {job: pictures.expected(c, ROOT / "config" / "layouts") for job, c in claims.items()}
    with simulation.world() as world:
        for card_id in sorted(truth.live_cards(world)):
            on_chip = truth.job_of_chip(world, card_id, claims)
            prints = world.card(card_id).prints
            front = pictures.read(world.picture(prints[-1].picture)) if len(prints) == 1 else None
            job, differs = pictures.whose(front, should_be) if front else ("none", 0.0)
            holds = job == on_chip and differs < pictures.SAME
            what = f"picture and chip of card {card_id} belong to one job"
            findings.check(
                what, holds, f"picture {job} (differs by {differs:.1f}), chip {on_chip}, {len(prints)} prints"
            )


def look_for_citizens(simulation: Simulation, station: StationProcess, jobs: list[str], findings: Findings) -> None:
    """No name or number of a citizen may stand in the book, in what the station told, or in anybody's log.

    The simulated registry's database and the cards themselves hold citizens, as they do in life.
    """
    heard = station.heard.read_bytes() if station.heard.exists() else b""
    missed = [job for job in jobs if job.encode() not in heard]
    findings.check("the live events told of every card", not missed, ", ".join(missed))
    written = [
        *(station.folder / "data").glob("book.db*"),
        *station.folder.glob("*.log"),
        *simulation.folder.glob("*.log"),
        *(simulation.folder / "logs").iterdir(),
        *simulation.folder.glob("busy-*.jsonl"),
    ]
    texts = {str(path): path.read_bytes() for path in written}
    found = set()
    for job in jobs:
        claims = simulation.desk.claims(job)
        for personal in (claims["nik"], claims["kk"], claims["card"]["nama"], claims["card"]["alamat"]):
            spelled = {personal.encode(), json.dumps(personal)[1:-1].encode()} if personal else ()
            found |= {name for name, content in texts.items() if any(word in content for word in spelled)}
    what = "no citizen's name or number in the book, the live events, what stationctl said, or any log"
    findings.check(what, not found, json.dumps(sorted(found)))
