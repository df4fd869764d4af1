"""Every family of printers makes cards over its real wire, one after another and side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig import day, evidence, truth, worlds
from tests.rig.officer import Officer
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess

pytestmark = pytest.mark.timeout(240)

KINDS = ("evolis", "evolis", "evolis-serial", "magicard", "cups")
FACTOR = 60.0


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with worlds.world(tmp_path_factory.mktemp("office"), KINDS, FACTOR) as running:
        yield running


@pytest.fixture(scope="module")
def station(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationProcess]:
    made = worlds.station(tmp_path_factory.mktemp("station"), simulation, KINDS, "kec-families")
    with made:
        yield made


def make(simulation: Simulation, station: StationProcess, officer: Officer, lines: list[str], each: int) -> None:
    """Let just these lines make cards: the others have no blanks."""
    cards = each * len(lines)
    day.receive_blanks(simulation, station, cards)
    for line in lines:
        officer.load(line, each)
    accepted = station.status().jobs.get("accepted", 0)
    day.queue(simulation, station, cards)
    officer.client.order_next(cards)
    officer.work_until(lambda s: s.jobs.get("accepted", 0) == accepted + cards)


def test_one_card_on_each_wire_and_two_printers_of_one_model_at_once(
    simulation: Simulation, station: StationProcess, tmp_path: Path
) -> None:
    with Officer(simulation, station) as officer:
        for line in ("line-3", "line-4", "line-5"):
            make(simulation, station, officer, [line], 1)
        make(simulation, station, officer, ["line-1", "line-2"], 3)
    day.await_acknowledged(station)
    findings = evidence.gather(simulation, station, tmp_path / "cards", 9)
    assert not findings.wrong
    assert len(findings.compared) > 18
    book = truth.book(station.folder / "data")
    spans = {line: under_way(book, line) for line in ("line-1", "line-2")}
    assert max(start for start, _ in spans.values()) < min(end for _, end in spans.values()), "they worked in turn"


def under_way(book: list[dict[str, object]], line: str) -> tuple[float, float]:
    """From when to when a line worked on its cards."""
    attempts = {entry["attempt_id"] for entry in book if entry["type"] == "attempt-reserved" and entry["line"] == line}
    moments = [float(str(entry["mono"])) for entry in book if entry.get("attempt_id") in attempts and "step" in entry]
    return min(moments), max(moments)


def test_a_printer_on_another_port_is_the_same_and_another_of_its_model_is_not(
    simulation: Simulation, station: StationProcess
) -> None:
    with Officer(simulation, station) as officer:
        before = {line.name: line.printer for line in officer.client.status().lines}
        for line in ("line-1", "line-4"):
            officer.hand(line, "unplug")
        officer.work_until(lambda s: {s.lines[0].cause, s.lines[3].cause} <= {"not-found", "disconnected"}, 30)
        for line in ("line-1", "line-4"):
            assert officer.client.status().lines[1].printer == before["line-2"], "its twin is not taken for it"
            officer.hand(line, "replug", new_address=True)
        make(simulation, station, officer, ["line-1"], 1)
        make(simulation, station, officer, ["line-4"], 1)
        after = {line.name: line.printer for line in officer.client.status().lines}
    assert after == before
    found = [entry for entry in truth.book(station.folder / "data") if entry["type"] == "discrepancy-found"]
    assert not found, "each printer's counter is held against its own"
