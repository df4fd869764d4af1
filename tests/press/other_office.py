"""An office with another kind of line: other printers, and a reader on the desk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from drivers.catalog import Catalog, EncoderDriver, PrinterDriver
from drivers.printer import Printer
from stationd.model import events
from stationd.model.blank import Account, Movement, Place
from stationd.model.issuance import ChipRegion
from stationd.press.desk_reader import DeskReader
from stationd.press.line import Line
from stationd.press.opening import Opening
from stationd.press.tap import ChipContent, Tap
from stationd.settings import DeviceSettings, LineSettings, ReaderSettings
from tests.press.fakes import FakeEncoder
from tests.press.other_machines import FakeDirect, FakeFed, FakeWhole, Officer, Surface
from tests.press.test_line import Office
from tests.press.test_making import OBJECTS, PROFILE

READER = ReaderSettings("fake", "encoder")
DESK = ReaderSettings("desk", "desk")


class OtherOffice(Office):
    """An office whose line has another printer, and a reader on the desk."""

    def __init__(self, folder: Path, printer: Printer, jobs: int = 1, encoder: ReaderSettings | None = READER) -> None:
        super().__init__(folder, jobs)
        self.machine = printer
        self.surface = Surface()
        desk = FakeEncoder(self.surface)  # type: ignore[arg-type]
        inside = FakeEncoder(printer if isinstance(printer, FakeDirect) else self.surface)  # type: ignore[arg-type]
        self.catalog = Catalog(
            {"fake": PrinterDriver("fake", lambda *_: printer, list, "")},
            {
                "fake": EncoderDriver("fake", lambda *_: inside, list, ""),
                "desk": EncoderDriver("desk", lambda *_: desk, list, ""),
            },
            {},
        )
        self.desk = DeskReader(DESK, self.catalog)
        self.settings = LineSettings("line-1", DeviceSettings("fake", "printer"), encoder)
        self.officer: Officer | None = None
        self.tap = Tap(self.store, self.desk, lambda _: ChipContent(PROFILE, OBJECTS))

    def line(self) -> Line:
        line = Line(self.settings, Opening(self.catalog, self.desk), self.store, self.prepare, lambda _: self.bar)
        if isinstance(self.machine, FakeWhole | FakeFed):
            officer, self.officer = self.officer, Officer(line, self.surface, self.machine)
            if officer is not None:
                self.officer.asked, self.officer.rejected = officer.asked, officer.rejected
                self.officer.blank = officer.blank
        return line

    def settled(self, line: Line) -> bool:
        if self.officer is not None:
            self.officer.look()
        return super().settled(line) or line.status.cause in {"card-to-accept", "line-unfit"}

    def place(self, place: Place) -> int:
        with self.store.read() as view:
            return sum(count for account, count in view.balances().items() if account.place is place)

    def accept(self, chip: object) -> None:
        """Lay a card that came out on the desk reader, and find it good."""
        self.surface.chip = chip  # type: ignore[assignment]
        with self.store.read() as view:
            delivered = view.attempts_delivered()
            job = view.job(delivered[0].job_id)
        assert job is not None
        attempt = self.tap.activate(job, delivered[0], "op-1")
        assert attempt.chip is ChipRegion.ACTIVE
        self.surface.chip = None
        self.store.record(
            "op-1",
            events.CardAccepted(
                attempt_id=attempt.attempt_id,
                job_id=job.job_id,
                citizen_ref=job.citizen_ref,
                issue_no=1,
                identity=attempt.identity,
                moves=(Movement(attempt.account(Place.OUTPUT), Account(Place.SHELF, "", "wni", attempt.batch), 1),),
            ),
        )


def entries(office: OtherOffice) -> list[dict[str, object]]:
    with office.store.read() as view:
        return [json.loads(text) for text in view.texts(0, 10_000)]


Make = Callable[..., OtherOffice]
