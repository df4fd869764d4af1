"""A technician's commands that move a card or set a printer right, against a served station in this process."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.catalog import Catalog
from drivers.printer import Cleanings, Preparation
from stationd.api.devices import Workshop
from stationd.api.server import Api, serving
from stationd.cli import lines
from stationd.client import lines as client_lines
from stationd.model.blank import Place
from stationd.press import notice
from stationd.press.cleaning import Cleaned, Guide
from stationd.press.errands import LineBusy
from stationd.press.trials import Side, Tried
from stationd.station import trying
from stationd.store.calibrations import Calibrations
from tests.api.house import LINE, OFFICER, House, policy
from tests.cli.conftest import Ctl
from tests.doctor.fakes import settings

STEPS = (
    Preparation.BLANKS_OUT,
    Preparation.RIBBON_OUT,
    Preparation.CLEANING_CARD_IN,
    Preparation.COVER_CLOSED,
)
DUE = Guide("Primacy:1", STEPS, Cleanings(3, 701, 700, due=True))
CLEAN = Cleaned("done", "", "", Cleanings(4, 0, 700, due=False))


class Workplace(House):
    """With the technician's routes."""

    async def _serve(self) -> None:
        workshop = Workshop(
            self.station,
            self.keys,
            settings(self.folder, (LINE, "matica_xid", "usb:2166:701d", "pcsc:R 0")),
            Catalog({}, {}, {}),
            Calibrations(self.store.path.parent),
        )
        application = Api(self.station, self.door(), self.broadcast, workshop.routes()).application()
        async with serving(application, self.socket):
            self._ready.set()
            await self._stopping.wait()
            self.broadcast.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Workplace]:
    with Workplace(tmp_path) as served:
        served.stock()
        appoint(served, "technician")
        yield served


def appoint(house: House, *roles: str) -> None:
    """Give this computer's user these roles."""
    (officer,) = policy().officers
    house.station.rules.go_by(
        policy(
            officers=(
                msgspec.structs.replace(officer, roles=frozenset(roles)),
                msgspec.structs.replace(officer, id="tek-9", roles=frozenset({"technician"})),
            )
        )
    )


def said_by_line(house: House, *answers: Any) -> None:
    """Let the line answer errands so, one after another."""
    left = list(answers)

    def look_after(_: object) -> Any:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    house.line.look_after = look_after  # type: ignore[attr-defined]


def type_in(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_what_the_client_reads_is_what_the_station_says() -> None:
    pairs = {
        client_lines.ReportedView: notice.Reported,
        client_lines.CleaningsView: notice.CleaningsTold,
        client_lines.CleaningGuideView: trying.CleaningGuide,
        client_lines.CleaningDoneView: trying.CleaningDone,
        client_lines.TrialView: trying.TriedOut,
    }
    for view, said in pairs.items():
        assert set(view.__struct_fields__) <= set(said.__struct_fields__), view


@pytest.mark.parametrize("yes", ["y\n", "ya\n", "Yes\n"])
def test_clean_says_what_goes_where_and_begins_when_it_is_done(
    house: Workplace, ctl: Ctl, monkeypatch: pytest.MonkeyPatch, yes: str
) -> None:
    said_by_line(house, DUE, CLEAN)
    type_in(monkeypatch, yes)
    said = ctl("clean", LINE)
    assert said.code == 0
    lines_said = said.out.splitlines()
    assert lines_said[0] == "Primacy:1: cleaned 3 times, 701 cards since then of 700, it asks to be cleaned"
    numbered = [line for line in lines_said if line.lstrip()[:2] in {"1.", "2.", "3.", "4."}]
    for word, line in zip(["blank", "ribbon", "cleaning card", "cover"], numbered[:4], strict=True):
        assert word in line
    assert f"{LINE} is clean: cleaned 4 times, 0 cards since then of 700." in said.out
    assert "no blank and is not counted" in " ".join(said.out.split())


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_without_a_yes_nothing_is_begun(
    house: Workplace, ctl: Ctl, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    said_by_line(house, DUE)
    type_in(monkeypatch, answer)
    said = ctl("clean", LINE)
    assert said.code == 1
    assert "cleaning-not-confirmed" in said.err


def test_clean_for_programs_wants_the_yes_beforehand(house: Workplace, ctl: Ctl) -> None:
    said_by_line(house, DUE)
    refused = ctl("clean", LINE, "--json")
    assert (refused.code, json.loads(refused.err)["cause"]) == (1, "cleaning-not-confirmed")
    said_by_line(house, DUE, CLEAN)
    told = json.loads(ctl("clean", LINE, "--yes", "--json").out)
    assert (told["outcome"], told["cleanings"]["done"]) == ("done", 4)


def test_a_cleaning_that_fails_is_told_with_its_cause(house: Workplace, ctl: Ctl) -> None:
    said_by_line(house, DUE, Cleaned("not-begun", "cover-open", "the cover is open", None))
    said = ctl("clean", LINE, "--yes")
    assert said.code == 1
    assert "nothing was drawn in" in said.out
    assert "the cover is open" in said.out


def test_a_printer_without_a_command_for_it_is_cleaned_by_hand(house: Workplace, ctl: Ctl) -> None:
    said_by_line(house, LineBusy(LINE, "cleaning-by-hand"))
    said = ctl("clean", LINE, "--yes")
    assert said.code == 1
    assert "Clean it by hand" in said.err


@pytest.mark.parametrize(
    "command",
    [["clean", LINE, "--yes"], ["test-print", LINE], ["line", "prove", LINE], ["calibrate", "A1", "--x", "1"]],
)
def test_an_operator_is_told_who_may(house: Workplace, ctl: Ctl, command: list[str]) -> None:
    appoint(house, "operator")
    said_by_line(house, DUE, CLEAN)
    said = ctl(*command)
    assert said.code == 1
    assert "technician-needed" in said.err
    assert "tek-9" in said.err


def test_an_officer_gives_the_blank_and_a_technician_prints_on_it(house: Workplace, ctl: Ctl) -> None:
    house.line.try_out = lambda *_: Tried("done", "", Place.REJECT)  # type: ignore[attr-defined]
    refused = ctl("test-print", LINE)
    assert "stationctl blanks release --line" in refused.err
    appoint(house, "operator")
    assert "stays in the hopper" in ctl("blanks", "release", "--line", LINE).out
    appoint(house, "technician")
    assert ctl("test-print", LINE).code == 0


def test_a_test_print_is_for_the_side_that_was_asked_for(house: Workplace, ctl: Ctl) -> None:
    appoint(house, "supervisor")
    asked: list[Side] = []

    def try_out(_kind: object, _draw: object, _officer: str, side: Side) -> Tried:
        asked.append(side)
        if len(asked) > 2:
            raise LineBusy(LINE, "card-cannot-be-turned")
        return Tried("done", "", Place.REJECT)

    house.line.try_out = try_out  # type: ignore[attr-defined]
    assert ctl("test-print", LINE).code == 0
    assert ctl("test-print", LINE, "--back").code == 0
    assert asked == [Side.FRONT, Side.BACK]
    refused = ctl("test-print", LINE, "--back")
    assert refused.code == 1
    assert "cannot turn a card over" in refused.err


def test_what_the_line_asks_for_in_a_trial_is_said_meanwhile(
    house: Workplace, ctl: Ctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LOOK", 0.02)
    appoint(house, "supervisor")
    carried = threading.Event()

    def try_out(*_: object) -> Tried:
        house.line.now = msgspec.structs.replace(house.line.now, cause="blank-into-printer")
        assert carried.wait(10)
        return Tried("done", "", Place.OUTPUT)

    house.line.try_out = try_out  # type: ignore[attr-defined]
    house.line.go_on = carried.set  # type: ignore[method-assign]
    threading.Timer(0.5, lambda: house.station.continue_line(LINE, OFFICER)).start()
    said = ctl("test-print", LINE)
    assert said.code == 0
    assert said.err.count("Put one blank into the printer") == 1
    assert f"stationctl blanks spoil --place output --line {LINE} --count 1" in said.out


def test_a_blank_that_no_printer_drew_in_is_to_be_taken_out_of_its_slot(house: Workplace, ctl: Ctl) -> None:
    appoint(house, "supervisor")
    house.line.try_out = lambda *_: Tried("not-drawn-in", "cover-open", Place.HOPPER)  # type: ignore[attr-defined]
    said = ctl("test-print", LINE)
    assert said.code == 1
    assert "take it out and put it back with the others" in said.out


def test_a_calibration_is_kept_by_serial_number(house: Workplace, ctl: Ctl) -> None:
    file = house.store.path.parent / "calibration.json"
    assert "as they came" in ctl("calibrate").out
    assert ctl("calibrate", "A8600001", "--x", "0.4", "--gamma", "cyan=1.2").code == 0
    ctl("calibrate", "A8600001", "--y", "-0.2")
    set_now = {"A8600001": {"x": 0.4, "y": -0.2, "gamma": {"cyan": 1.2}}}
    assert json.loads(ctl("calibrate", "--json").out) == set_now
    assert json.loads(file.read_text()) == set_now
    assert "pink=1" in ctl("calibrate", "A8600001", "--gamma", "pink=1").err
    assert "--x" in ctl("calibrate", "A8600001", "--x", "9").err
    ctl("calibrate", "A8600001", "--reset")
    assert json.loads(ctl("calibrate", "--json").out) == {}
    file.write_text("{")
    assert file.name in ctl("calibrate").err
    assert "calibrations-damaged" in ctl("calibrate", "A8600001", "--x", "1").err
    assert file.read_text() == "{", "what cannot be read is not written over"
