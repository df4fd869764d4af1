"""A printer that takes in no card, and whose status does not say so: the line does not hurry, nor empty its hopper."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.printer import PrinterFault, Reason, Station
from stationd.model.blank import Place
from stationd.press.line import LONGEST_POLL, Line
from tests.press.fakes import FakeEncoder, FakePrinter, condition, declined
from tests.press.test_line import Office, quick

__all__ = ["quick"]

TRIES = 14


class Unfed(FakePrinter):
    """Never takes a card in."""

    def __init__(self, fault: PrinterFault) -> None:
        super().__init__()
        self.fault = fault

    @override
    def feed(self, to: Station, deadline: Deadline) -> None:
        self.calls.append("feed")
        raise self.fault


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path, jobs=6)
    yield made
    made.store.close()


def give(office: Office, fault: PrinterFault) -> Unfed:
    printer = Unfed(fault)
    office.printer, office.encoder = printer, FakeEncoder(printer)
    return printer


def told(office: Office) -> Counter[str]:
    with office.store.read() as view:
        entries = [json.loads(text) for text in view.texts(0, 10_000)]
    return Counter(f"{entry['type']} {entry.get('cause', '')}".strip() for entry in entries)


def test_what_its_status_does_not_show_is_tried_again_ever_more_seldom(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []

    def rest(line: Line, seconds: float) -> bool:
        rests.append(seconds)
        if len(rests) == TRIES:
            line.stop()
        return True

    monkeypatch.setattr(Line, "_rest", rest)
    printer = give(office, declined(Reason.CLEANING_DUE))
    line = office.line()
    line.start()
    line.join(30)
    assert line.status.cause == "cleaning-due"
    assert len([call for call in printer.calls if call == "feed"]) == TRIES
    assert rests == [min(rests[0] * 2**tried, LONGEST_POLL) for tried in range(TRIES)]
    assert rests[-1] == LONGEST_POLL
    assert told(office)["attempt-given-up card-not-found"] == 0


def test_a_feeder_that_loses_blanks_stops_the_line_after_two(office: Office) -> None:
    give(office, PrinterFault("fake", "feed", condition(Reason.MEDIA_JAM)))
    line = office.run()
    assert line.status.cause == "spoils-in-a-row"
    said = told(office)
    assert said["attempt-given-up card-not-found"] == 2
    assert said["line-stopped media-jam"] > 0
    with office.store.read() as view:
        lost = {account.place: count for account, count in view.balances().items()}
    assert lost[Place.IN_QUESTION] == 2
    assert lost[Place.HOPPER] == 8
