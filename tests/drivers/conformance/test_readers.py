"""The drivers of readers keep their promises: at a reader of a real pcscd, and at a PN532 on a serial port."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers import catalog
from drivers.conformance.bench import Bench, Pace
from drivers.conformance.run import Outcome, hold_to, made_by
from drivers.deadline import Deadline
from drivers.encoder import SeveralCards
from drivers.pn532 import opening
from tests.drivers.conformance.simulated import SimulatedHands
from tests.drivers.desk import FIELD, READER, pcsc_desk, pn532_desk

PACE = Pace(act=10.0, slack=1.5)


def not_kept(driver: str, address: str, folder: Path) -> list[str]:
    """Hold a driver to its promises at the reader on the desk; returns what was not seen to be kept."""
    hands = SimulatedHands({"control": {}, "world": str(folder / "world.sock")}, "desk", driver, desk=FIELD)
    bench = Bench(catalog.load().encoders[driver], address, hands, PACE)
    findings = list(hold_to(bench, made_by(bench), 0))
    assert findings
    return [f"{found.promise.name}: {found.evidence}" for found in findings if found.outcome is not Outcome.PASSED]


def test_the_driver_of_pcsc_readers_keeps_every_promise(tmp_path: Path) -> None:
    with pcsc_desk(tmp_path) as desk:
        desk.start_service()
        assert not not_kept("pcsc", f"pcsc:{READER}", tmp_path)
        desk.stop_service()


def test_the_driver_of_pn532s_keeps_every_promise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "NAMED", tmp_path)
    with pn532_desk(tmp_path) as (world, port):
        assert not not_kept("pn532", f"serial:{port}", tmp_path)
        world.mint(2)
        world.move_next("supply", FIELD, 2)
        encoder = catalog.load().encoders["pn532"].open(f"serial:{port}", Deadline.after(5))
        with pytest.raises(SeveralCards):
            encoder.connect(Deadline.after(5))
        encoder.close()
