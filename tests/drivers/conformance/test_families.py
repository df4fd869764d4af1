"""Every driver keeps its promises at a simulated machine of its family, on each wire that the machine can be on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.rig.simulation import Simulation

HERE = Path(__file__).parent
PATIENCE = 240.0

# What a simulated machine or its wire cannot show, by machine. Everything else is checked.
NO_FILM = {"told-film-out"}
UNCHECKED = {
    "matica-usb": {"no-success-by-last", "told-reject-full", "told-output-full", "told-cleaning-due"},
    "matica-tcp": {
        *("no-success-by-last", "told-reject-full", "told-output-full", "told-cleaning-due"),
        *("find-lists", "back-after-another-port", "engage-shows-the-card", "released-shows-none"),
        "held-by-another",
    },
    "evolis-usb": NO_FILM,
    "evolis-pty": {
        *NO_FILM,
        *("find-lists", "back-after-another-port", "engage-shows-the-card", "released-shows-none"),
    },
    "magicard-usb": {*NO_FILM, "counts-its-kind", "told-reject-full", "told-output-full"},
    "queue-ipp": {
        *NO_FILM,
        *("works-after-a-lost-answer", "back-after-another-port", "held-by-another", "find-lists"),
        *("told-head-hot", "told-reject-full", "told-output-full", "told-cleaning-due", "nothing-left-waiting"),
    },
}


# Beside each other where they share no bus: what takes time is waiting.
LANES = (
    {"matica-usb": "matica_xid", "evolis-usb": "evolis", "magicard-usb": "magicard"},
    {"matica-tcp": "matica_xid", "evolis-pty": "evolis", "queue-ipp": "ipp"},
)
MACHINES = [machine for lane in LANES for machine in lane]

Findings = list[dict[str, Any]]


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Findings]]]:
    with (
        Simulation(tmp_path_factory.mktemp("conformance"), str(HERE / "machines.toml"), factor=50) as simulation,
        ThreadPoolExecutor() as pool,
    ):
        awaited: dict[str, Future[Findings]] = {machine: Future() for machine in MACHINES}
        for lane in LANES:
            pool.submit(run_lane, simulation, lane, awaited)
        yield awaited


def run_lane(simulation: Simulation, lane: dict[str, str], awaited: dict[str, Future[Findings]]) -> None:
    for machine, family in lane.items():
        try:
            awaited[machine].set_result(held(simulation, machine, family))
        except BaseException as error:
            awaited[machine].set_exception(error)


def held(simulation: Simulation, machine: str, family: str) -> Findings:
    """Run the kit beside the simulation, as a driver's user would find the machine."""
    facts = simulation.facts
    address = facts["machines"][machine]["address"]
    command = [sys.executable, "-m", "tests.drivers.conformance.held", str(simulation.folder / "simulators.json")]
    done = subprocess.run(
        [*command, machine, family, address],
        env={**os.environ, **facts["environment"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    told: Findings = json.loads(done.stdout)
    return told


@pytest.mark.timeout(3 * PATIENCE)
@pytest.mark.parametrize("machine", MACHINES)
def test_a_printer_s_driver_keeps_every_promise(findings: dict[str, Future[Findings]], machine: str) -> None:
    told = findings[machine].result()
    failed = [f"{found['promise']}: {found['evidence']}" for found in told if found["outcome"] == "failed"]
    assert not failed
    assert {found["promise"] for found in told if found["outcome"] == "not checked"} == UNCHECKED[machine]
    assert any(found["outcome"] == "passed" for found in told)
