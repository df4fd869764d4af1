"""A printer that answers nothing for a while: what people and the daemon ask meanwhile is answered at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typing_extensions import override

from drivers.catalog import Catalog, EncoderDriver, PrinterDriver
from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed
from drivers.printer import Image, Station
from stationd.press import line as line_module
from stationd.press.desk_reader import DeskReader
from stationd.press.line import Line
from stationd.press.opening import Opening
from stationd.press.prepare import Prepared
from stationd.settings import LineSettings, ReaderSettings
from stationd.store.rows import JobRow, JobState
from tests.api.house import LINE, OFFICER, House
from tests.press.fakes import FakeEncoder, FakePrinter
from tests.press.test_making import OBJECTS, PROFILE
from tests.station.test_blanks import refused

AT_ONCE = 20.0
"""Seconds, far more than it takes; the printer is silent for far longer still."""
SILENCE = 100.0


class Silent(FakePrinter):
    """Says nothing more from its first feed on, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.fallen_silent, self.let_go = threading.Event(), threading.Event()

    @override
    def feed(self, to: Station, deadline: Deadline) -> None:
        self.fallen_silent.set()
        assert self.let_go.wait(SILENCE)
        raise DeadlinePassed("fake", "feed", 60.0)


def at_once(act: Callable[[], object]) -> None:
    began = time.monotonic()
    act()
    assert time.monotonic() - began < AT_ONCE


def test_cancel_status_and_stop_do_not_wait_for_a_silent_printer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_module, "IDLE", 0.01)
    printer = Silent()
    encoder = FakeEncoder(printer)
    catalog = Catalog(
        {"fake": PrinterDriver("fake", lambda *_: printer, list, "")},
        {"fake": EncoderDriver("fake", lambda *_: encoder, list, "")},
        {},
    )

    def prepare(job: JobRow, *_: object) -> Prepared:
        return Prepared(job.job_id, Image(1, 1, {}), PROFILE, OBJECTS)

    device = ReaderSettings("fake", "fake")
    with House(tmp_path) as house:
        line = Line(
            LineSettings(LINE, device, device),
            Opening(catalog, DeskReader(None, catalog)),
            house.store,
            prepare,
            lambda _: None,
        )
        house.station._lines[LINE] = line
        house.stock(100, 10)
        for job in ("j1", "j2"):
            house.arrive(job)
            house.station.order(job, OFFICER)
        line.start()
        assert printer.fallen_silent.wait(SILENCE)
        at_once(lambda: house.station.cancel("j2", OFFICER))
        at_once(lambda: refused("job-is-printing", lambda: house.station.cancel("j1", OFFICER)))
        at_once(house.station.status)
        at_once(house.station.balances)
        at_once(line.stop)
        with house.store.read() as view:
            assert {row.job_id: row.state for row in view.jobs()} == {"j1": JobState.PRINTING, "j2": JobState.QUEUED}
        printer.let_go.set()
        line.join(SILENCE)
        assert not line.is_alive(), "it ends with the call that it was in, and begins nothing more"
