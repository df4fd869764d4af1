"""Cards whose chips take keys: the station has them in software, or a SAM beside the reader has them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rig import day, evidence
from tests.rig.chips import Chips
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess

pytestmark = pytest.mark.timeout(120)

SCENARIO = str(Path(__file__).parent / "chips.toml")
FACTOR = 60.0
SAM_WRAPS = "command 14"


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with Simulation(tmp_path_factory.mktemp("world"), SCENARIO, FACTOR) as running:
        yield running


def test_one_card_is_written_with_the_stations_keys_and_one_by_the_sam(
    simulation: Simulation, new_station: Callable[..., StationProcess], tmp_path: Path
) -> None:
    station = new_station(chips=Chips("", "gp-scp03", keys=True, sam=True))
    station.start()
    day.receive_blanks(simulation, station, 3)
    day.load_hopper(simulation, station, 3)
    used = []
    for number, profile in enumerate(("lab-gp-scp03", "lab-sam"), start=1):
        simulation.desk.add_jobs(station.name, claims={"profile": profile})
        station.wait_until(lambda s: s.jobs.get("queued", 0) == 1)
        day.print_next(station, 1)
        day.accept_all(simulation, station)
        station.wait_until(lambda s, made=number: s.jobs == {"accepted": made})  # type: ignore[misc]
        used.append(wraps_of_the_sam(simulation))
    assert used[0] == 0
    assert used[1] > 40
    day.await_acknowledged(station)
    findings = evidence.gather(simulation, station, tmp_path / "cards", 2)
    assert not findings.wrong
    assert len(findings.compared) > 10


def wraps_of_the_sam(simulation: Simulation) -> int:
    log = simulation.folder / "busy-reader-matica-1-sam.jsonl"
    works = [json.loads(line)["what"] for line in log.read_text().splitlines()] if log.exists() else []
    return works.count(SAM_WRAPS)
