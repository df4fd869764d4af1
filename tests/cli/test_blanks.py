"""`stationctl blanks …`, for people and for scripts, over the real api."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from drivers.printer import Identity, Supply
from stationd.cli.blanks import blanks
from stationd.client import blanks as client_blanks
from stationd.press.reconcile import note_supplies
from stationd.store import stock_view
from tests.api.house import LINE, House
from tests.cli.conftest import Ctl


@pytest.fixture
def stocked(house: House) -> House:
    house.stock(100, 10)
    return house


def data(ctl: Ctl, *arguments: str) -> Any:
    said = ctl(*arguments, "--json")
    assert (said.code, said.err) == (0, "")
    return json.loads(said.out)


def test_a_short_delivery_is_said(house: House, ctl: Ctl) -> None:
    said = ctl("blanks", "receive", "-b", "B-1", "-n", "98", "--announced", "100", "--note", "SJ/12")
    assert said.code == 0
    assert "2 too few came" in said.out
    assert "3 too many" in ctl("blanks", "receive", "-b", "B-2", "-n", "13", "--announced", "10").out
    received = data(ctl, "blanks", "receive", "-b", "B-3", "-n", "9", "--announced", "10", "--note", "SJ/13")
    assert received == {
        "batch": "B-3", "count": 9, "stock": "wni", "announced": 10, "difference": -1, "note": "SJ/13",
    }  # fmt: skip


ACTS: list[tuple[list[str], Any]] = [
    (["unload", "-l", LINE, "-n", "2"], {"line": LINE, "count": 2, "stock": "wni"}),
    (["take", "-n", "3"], {"count": 3, "stock": "wni"}),
    (["put-back", "-n", "1"], {"count": 1, "stock": "wni", "line": ""}),
    (["send-back", "-n", "5", "--note", "K/1"], {"count": 5, "note": "K/1", "stock": "wni", "unfit": False}),
    (
        ["spoil", "-p", "hand", "-n", "1", "--reason", "scratched"],
        {"place": "hand", "line": "", "count": 1, "reason": "scratched", "stock": "wni"},
    ),
    (["destroy", "-n", "1", "--record", "BA/1"], {"count": 1, "record": "BA/1", "stock": "wni"}),
    (["exchange", LINE], {"line": LINE}),
    (["exchange-end", LINE, "-n", "8"], {"discrepancies": []}),
    (["count", "store=85", f"hopper/{LINE}=8", "hand=1"], {"discrepancies": []}),
    (["close-day", "--hopper", f"{LINE}=8", "--store", "93"], {"discrepancies": []}),
    (["open-day"], {}),
]


def test_a_day_of_acts_as_data(stocked: House, ctl: Ctl) -> None:
    for arguments, expected in ACTS:
        assert data(ctl, "blanks", *arguments) == expected, arguments
    assert asyncio.run(stocked.station.verify()).passed


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_day_of_acts_in_words(stocked: House, ctl: Ctl, language: str) -> None:
    for arguments, _ in ACTS:
        said = ctl("--lang", language, "blanks", *arguments)
        assert (said.code, said.err) == (0, ""), arguments
        assert said.out


def test_an_empty_batch_is_said_to_be_empty(house: House, ctl: Ctl) -> None:
    assert "Code: number-missing" in ctl("blanks", "receive", "-b", " ", "-n", "5").err


def test_a_pile_of_a_line_is_counted_by_its_full_name_only(stocked: House, ctl: Ctl) -> None:
    for typed in ("reject=2", "hopper=3", "output=0"):
        said = ctl("blanks", "count", typed)
        assert "Code: line-not-named" in said.err
        assert f"{typed.split('=')[0]}/{LINE}" in said.err
    stocked.ruin("ruined")
    assert ctl("blanks", "count", f"reject/{LINE}=1").code == 0
    assert f"reject/{LINE}" in ctl("blanks", "count", "reject=1").err
    assert ctl("blanks", "spoil", "-p", "store", "-n", "1", "--reason", "scratched").code == 0
    assert "there are: reject/," in ctl("blanks", "count", "reject=1").err
    assert ctl("blanks", "count", "reject/=1").out.endswith("It agrees with the book.\n")


def test_a_difference_from_count_to_settlement(stocked: House, ctl: Ctl) -> None:
    assert ctl("blanks", "discrepancies").out == "The book and what was found agree.\n"
    said = ctl("blanks", "count", "store=88")
    assert (said.code, "does not agree" in said.out) == (0, True)
    (found,) = data(ctl, "blanks", "discrepancies")
    assert (found["expected"], found["found"], found["state"]) == (90, 88, "open")
    number = found["discrepancy_id"]
    assert number in ctl("blanks", "discrepancies").out
    assert "Discrepancies not settled: 1" in ctl("status").out
    assert "missing" in ctl("blanks", "explain", number, "--as", "missing").out
    assert "provisionally" in ctl("blanks", "settle", number).out
    assert data(ctl, "status")["discrepancies"][0]["state"] == "provisional"
    assert "K/9" in ctl("blanks", "approve", number, "--letter", "K/9").out
    assert data(ctl, "blanks", "discrepancies") == []
    assert len(data(ctl, "blanks", "discrepancies", "--all")) == 1
    assert data(ctl, "blanks", "missing", "-p", "store", "-n", "1")["count"] == 1
    (waiting,) = data(ctl, "blanks", "discrepancies")
    assert data(ctl, "blanks", "settle", waiting["discrepancy_id"])["state"] == "provisional"


def test_an_open_hopper_a_locked_store_and_supplies_are_in_the_status(stocked: House, ctl: Ctl) -> None:
    supplies = (Supply("ribbon", 480, 500, None), Supply("film", None, None, None))
    note_supplies(stocked.store, LINE, Identity("Matica", "XID8300", "A1", ""), supplies)
    ctl("blanks", "exchange", LINE)
    said = ctl("status").out
    assert f"The hopper of {LINE} stands open since 2026-" in said
    assert "480 of 500 cards" in said
    assert "not told" in said
    ctl("blanks", "exchange-end", LINE, "-n", "10")
    ctl("blanks", "close-day", "--hopper", f"{LINE}=10", "--store", "100")
    assert "The store is locked since 2026-" in ctl("status").out


def test_a_finished_card_is_withdrawn(stocked: House, ctl: Ctl) -> None:
    stocked.deliver("j1")
    ctl("accept", "j1")
    assert "Withdrawn from the shelf: j1" in ctl("blanks", "withdraw", "j1", "--reason", "revoked").out
    assert ctl("blanks", "withdraw", "j1", "--reason", "revoked").code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["count"],
        ["count", "store"],
        ["count", "store=many"],
        ["count", "store=--5"],
        ["count", "store=" + "9" * 5000],
        ["count", "roof=3"],
        ["close-day", "--store", "1", "--hopper", "5"],
        ["spoil", "-p", "store", "-n", "1", "--reason", "Siti"],
        ["explain", "d1", "--as", "whatever"],
        ["exchange"],
    ],
)
def test_wrong_use_is_told_as_such(stocked: House, ctl: Ctl, arguments: list[str]) -> None:
    said = ctl("blanks", *arguments)
    assert (said.code, said.out) == (2, "")
    assert "blanks" in said.err


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("command", list(blanks.commands))
def test_every_command_has_its_help(house: House, ctl: Ctl, command: str, language: str) -> None:
    said = ctl("--lang", language, "blanks", command, "--help")
    assert said.code == 0
    assert command in said.out


@pytest.mark.parametrize(
    ("view", "row"),
    [
        (client_blanks.ExchangeView, stock_view.Exchange),
        (client_blanks.ClosedDayView, stock_view.ClosedDay),
        (client_blanks.DiscrepancyView, stock_view.Discrepancy),
        (client_blanks.SupplyView, stock_view.SupplyRow),
    ],
)
def test_the_client_knows_what_the_station_says(view: type, row: type) -> None:
    assert set(view.__struct_fields__) == set(row.__struct_fields__)  # type: ignore[attr-defined]
