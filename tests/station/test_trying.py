"""What takes a technician, what takes an officer, and what the book has of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.printer import Cleanings, Image, Panel, Preparation, Raster
from stationd.model.blank import Place
from stationd.model.calibration import NONE, Calibration
from stationd.press.cleaning import Cleaned, Guide
from stationd.press.errands import LineBusy
from stationd.press.trials import Side, Tried
from stationd.station import Refused, Station
from stationd.store.calibrations import Calibrations
from stationd.store.store import CommitFailed, Transaction
from tests.api.house import LINE, NOW, OFFICER, House, policy

(OPERATOR,) = policy().officers
TECHNICIAN = msgspec.structs.replace(OPERATOR, id="tek-1", roles=frozenset({"technician"}), trained=False)
SUPERVISOR = msgspec.structs.replace(OPERATOR, id="spv-1", roles=frozenset({"supervisor"}))
SHIFTED = Calibration(0.4, -0.2, {"cyan": 1.2})
ACTS: dict[str, Callable[[Station, str], Any]] = {
    "test-print": lambda station, officer: station.test_print(LINE, officer),
    "prove": lambda station, officer: station.prove(LINE, officer),
    "clean": lambda station, officer: station.clean(LINE, officer),
    "calibrate": lambda station, officer: station.calibrate("A1", SHIFTED, officer),
}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with House(tmp_path) as house:
        house.station.rules.go_by(policy(officers=(OPERATOR, TECHNICIAN, SUPERVISOR)))
        house.stock()
        counted = Cleanings(4, 0, 700, due=False)
        monkeypatch.setattr(house.line, "try_out", lambda *_: Tried("done", "", Place.REJECT), raising=False)
        monkeypatch.setattr(house.line, "look_after", lambda _: Cleaned("done", "", "", counted), raising=False)
        yield house


def book(house: House) -> list[dict[str, Any]]:
    with house.store.read() as view:
        return [json.loads(text) for text in view.texts(0, 1000)]


@pytest.mark.parametrize("act", ACTS)
def test_what_moves_a_card_takes_a_technician_or_a_supervisor_who_are_named(house: House, act: str) -> None:
    before = book(house)
    with pytest.raises(Refused) as refused:
        ACTS[act](house.station, OFFICER)
    assert (refused.value.cause, refused.value.subject) == ("technician-needed", "spv-1, tek-1")
    assert book(house) == before


@pytest.mark.parametrize("who", ["spv-1", "tek-1"])
@pytest.mark.parametrize("act", ACTS)
def test_a_technician_and_a_supervisor_may(house: House, act: str, who: str) -> None:
    house.station.release_blank(LINE, OFFICER)
    ACTS[act](house.station, who)


def test_where_nobody_is_appointed_that_is_said(house: House) -> None:
    house.station.rules.go_by(policy())
    with pytest.raises(Refused) as refused:
        house.station.clean(LINE, OFFICER)
    assert refused.value.cause == "no-technician"


@pytest.mark.parametrize(
    ("changes", "cause"),
    [({"valid_until": int(NOW)}, "sk-expired"), ({"kecamatan": "73.16.09"}, "officer-of-another-kecamatan")],
)
def test_a_technician_whose_decree_does_not_hold_here_may_not(
    house: House, changes: dict[str, Any], cause: str
) -> None:
    house.station.rules.go_by(policy(officers=(msgspec.structs.replace(TECHNICIAN, **changes),)))
    with pytest.raises(Refused) as refused:
        house.station.clean(LINE, "tek-1")
    assert refused.value.cause == cause


def test_the_blank_of_a_trial_is_an_officers_to_give(house: House) -> None:
    with pytest.raises(Refused) as refused:
        house.station.test_print(LINE, "tek-1")
    assert refused.value.cause == "blank-not-released"
    with pytest.raises(Refused) as refused:
        house.station.release_blank(LINE, "tek-1")
    assert refused.value.cause == "officer-has-no-printing-role"
    house.station.release_blank(LINE, OFFICER)
    with pytest.raises(Refused) as refused:
        house.station.release_blank(LINE, OFFICER)
    assert refused.value.cause == "blank-was-released"
    assert house.station.test_print(LINE, "tek-1").outcome == "done"
    given = [entry for entry in book(house) if entry["type"] == "blank-released"]
    assert [(entry["actor"], entry["line"]) for entry in given] == [(OFFICER, LINE)]


def test_a_supervisor_gives_the_blank_by_asking_for_the_trial(house: House) -> None:
    house.station.test_print(LINE, "spv-1")
    assert [entry["actor"] for entry in book(house) if entry["type"] == "blank-released"] == ["spv-1"]


def test_a_test_print_says_on_which_side_it_is(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[Side, Image] = {}

    def try_out(_kind: object, draw: Callable[[Raster], Image], _officer: str, side: Side) -> Tried:
        drawn[side] = draw(Raster(1036, 664, 300, frozenset(Panel)))
        return Tried("done", "", Place.REJECT)

    monkeypatch.setattr(house.line, "try_out", try_out)
    house.station.test_print(LINE, "spv-1")
    house.station.test_print(LINE, "spv-1", Side.BACK)
    front, back = (sum(drawn[side].panels[Panel.BLACK]) for side in (Side.FRONT, Side.BACK))
    assert back > front


def test_an_empty_hopper_gives_no_blank(tmp_path: Path) -> None:
    with House(tmp_path) as house, pytest.raises(Refused) as refused:
        house.station.release_blank(LINE, OFFICER)
    assert refused.value.cause == "hopper-empty-in-book"


def test_a_calibration_is_in_the_book_with_what_was_set_before(house: House) -> None:
    house.station.calibrate("A1", SHIFTED, "tek-1")
    house.station.calibrate("A1", SHIFTED, "tek-1")
    house.station.calibrate("A1", NONE, "spv-1")
    told = [entry for entry in book(house) if entry["type"] == "printer-calibrated"]
    assert [(entry["actor"], entry["serial"]) for entry in told] == [("tek-1", "A1"), ("spv-1", "A1")]
    assert told[0]["after"] == {"x": 0.4, "y": -0.2, "gamma": {"cyan": 1.2}}
    assert told[1]["before"] == told[0]["after"]
    assert Calibrations(house.store.path.parent).all() == {}


def test_a_calibration_that_the_book_does_not_take_is_not_set(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.station.calibrate("A1", SHIFTED, "tek-1")

    write = house.store.write

    @contextmanager
    def fails(actor: str) -> Iterator[Transaction]:
        with write(actor) as transaction:
            yield transaction
            raise CommitFailed(house.store.path, "the disk is full")

    monkeypatch.setattr(house.store, "write", fails)
    with pytest.raises(CommitFailed):
        house.station.calibrate("A1", NONE, "tek-1")
    assert Calibrations(house.store.path.parent).of("A1") == SHIFTED


def test_a_line_that_does_not_come_to_it_says_why(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_: object) -> None:
        raise LineBusy(LINE, "cleaning-by-hand")

    monkeypatch.setattr(house.line, "look_after", busy)
    for ask in (lambda: house.station.cleaning_guide(LINE), lambda: house.station.clean(LINE, "tek-1")):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.cause == "cleaning-by-hand"


def test_the_guide_says_what_goes_where(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = (Preparation.BLANKS_OUT, Preparation.CLEANING_CARD_IN)
    monkeypatch.setattr(house.line, "look_after", lambda _: Guide("X:1", steps, Cleanings(3, 701, 700, due=True)))
    told = house.station.cleaning_guide(LINE)
    assert (told.printer, told.preparations, told.cleanings.due) == ("X:1", steps, True)
