"""The driver of PC/SC readers keeps its promises at a reader of a real pcscd."""

from __future__ import annotations

from pathlib import Path

from drivers import catalog
from drivers.conformance.bench import Bench, Pace
from drivers.conformance.run import Outcome, hold_to, made_by
from tests.drivers.conformance.simulated import SimulatedHands
from tests.rig.simulation import Simulation

SCENARIO = Path(__file__).with_name("readers.toml")


def test_the_driver_of_readers_keeps_every_promise(tmp_path: Path) -> None:
    with Simulation(tmp_path / "readers", str(SCENARIO), factor=50) as simulation:
        facts = simulation.facts["readers"]["desk-1"]
        hands = SimulatedHands(simulation.facts, "desk-1", "pcsc", desk=facts["field"])
        bench = Bench(catalog.load().encoders["pcsc"], facts["address"], hands, Pace(act=10.0, slack=1.5))
        findings = list(hold_to(bench, made_by(bench), 0))
    assert not [f"{found.promise.name}: {found.evidence}" for found in findings if found.outcome is not Outcome.PASSED]
    assert findings
