"""`stationctl mobile` and `stationctl partner`, as people use them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from stationd.cli.progress import Progress
from stationd.cli.telling import tell
from stationd.model import mobile_events
from stationd.model.blank import Place
from stationd.model.mobile import InBags
from stationd.model.partner_list import COLUMNS
from stationd.model.pile import Counted
from stationd.registry.contract import PartnerStates, RowState
from stationd.registry.errors import Unreachable
from stationd.store.chronicle import parse
from stationd.store.keys import FileKeys
from stationd.words import Words
from tests.api.house import OFFICER, House
from tests.cli.conftest import Ctl
from tests.station.mobile_places import DAYS, OTHER, SUPERVISOR, back_slip, granted, other_keys, out_slip
from tests.station.test_allotting import SAID
from tests.station.test_blanks import blanks

HEADER = ",".join(COLUMNS)
GOOD = "7316024107900001,SITTI CONTOH,1990-07-01,Juppandang,baru"


@pytest.fixture
def other(tmp_path: Path) -> FileKeys:
    return other_keys(tmp_path)


def as_supervisor(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATIOND_TOKEN", house.signed_in(SUPERVISOR))


def test_a_trip_from_its_opening_to_its_close(
    house: House, ctl: Ctl, tmp_path: Path, other: FileKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.station.rules.go_by(granted(other, kit=True))
    assert "A mobile kit, on no trip." in ctl("mobile", "status").out
    slip = tmp_path / "slip.txt"
    slip.write_text(out_slip(other, 10))
    opening = ("mobile", "open", str(slip), "--counted", "10", "--jobs", "5", "--days", "2")
    assert "Code: supervisor-needed" in ctl(*opening).err
    as_supervisor(house, monkeypatch)
    assert "Trip al-1 is open until" in ctl(*opening).out
    told = ctl("mobile", "status").out
    assert "blanks of other-1" in told
    assert "Allotted     10" in told
    house.station.take_stock([Counted(Place.STORE, 9)], OFFICER)
    assert ctl("mobile", "closing").code == 0
    said = ctl("mobile", "close", "--unused", "9", "--spoiled", "0", "--finished", "1")
    assert said.code == 1
    spoken = " ".join(said.out.split())
    assert "1 blanks are in question" in spoken
    assert "stationctl mobile declare-missing --count 1" in spoken
    assert (
        "In shelf there are 0 by the book and 1 by your count." in spoken or "there are 0 by the book and 1" in spoken
    )
    assert "Code: trip-off" in said.err
    assert "Declared missing: 1 blanks." in ctl("mobile", "declare-missing", "--count", "1").out
    home = tmp_path / "home.txt"
    done = ctl("mobile", "close", "--unused", "9", "--spoiled", "0", "--finished", "0", "--out", str(home))
    assert "The trip is closed." in done.out
    assert home.read_text().strip() == json.loads(ctl("--json", "mobile", "slip", "al-1").out)["slip"]
    closed = json.loads(ctl("--json", "mobile", "status").out)["trips"][0]["figures"]
    assert (closed["returned"], closed["missing"]) == (9, 1)
    assert "Missing      1" in ctl("mobile", "status").out


def test_an_office_gives_and_takes_back(
    house: House, ctl: Ctl, tmp_path: Path, other: FileKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.station.rules.go_by(granted(other, kit=False))
    house.station.receive_blanks("B-2026-07", 30, OFFICER)
    assert "No mobile kit has blanks" in ctl("mobile", "status").out
    as_supervisor(house, monkeypatch)
    out = tmp_path / "out.txt"
    assert "10 blanks for other-1" in ctl("mobile", "allot", OTHER, "--count", "10", "--out", str(out)).out
    (given,) = house.station.mobile().allotments
    assert out.read_text().strip() == house.station.slip(given.allotment_id)
    assert "10 blanks with other-1" in ctl("mobile", "status").out
    home = tmp_path / "home.txt"
    home.write_text(back_slip(other, given.allotment_id, SAID))
    counted = ("--unused", "3", "--spoiled", "1", "--finished", "1")
    said = ctl("mobile", "take-back", str(home), *counted)
    assert said.code == 0, said.err
    assert "stationctl blanks discrepancies" in said.out
    assert blanks(house)["in-question"] == 1
    assert "the registry does not have the other book's half" in ctl("mobile", "status").out


def test_a_partners_list_is_checked_told_back_and_handed_in(house: House, ctl: Ctl, tmp_path: Path) -> None:
    file, back = tmp_path / "list.csv", tmp_path / "back.csv"
    file.write_text(f"{HEADER}\n{GOOD}\n{GOOD}\n7316024107900002,BUDI,1990-07-02,J,baru\n")
    said = ctl("partner", "check", str(file), "--back", str(back))
    assert "3 rows were read, 1 are good." in said.out
    assert "row 3: the same citizen stands above, in row 2" in said.out
    with back.open(newline="") as written:
        assert [(row["baris"], row["sebab"]) for row in csv.DictReader(written)] == [
            ("3", "double"),
            ("4", "birth-differs-from-nik"),
        ]
    assert "No partner's list was handed in." in ctl("partner", "list").out
    taken = json.loads(ctl("--json", "partner", "submit", str(file), "--partner", "LSM 7").out)
    assert (taken["rows"], taken["good"], len(taken["refused"])) == (3, 1, 2)
    assert "LSM 7" in ctl("partner", "list").out
    assert "Code: list-waits" in ctl("partner", "states", taken["list_id"]).err
    raw = b"".join(path.read_bytes() for path in house.folder.glob("book.db*"))
    assert b"7316024107900001" not in raw
    assert b"SITTI CONTOH" not in raw
    house.store.record("registry", mobile_events.PartnerListSent(list_id=taken["list_id"]))

    async def answered(list_id: str) -> PartnerStates:
        return PartnerStates(list_id=list_id, as_of=0, rows=(RowState(row=2, state="queued", job_id="job-9"),))

    house.station.ask_states = answered
    assert "waits to be printed" in ctl("partner", "states", taken["list_id"]).out

    async def silent(list_id: str) -> PartnerStates:
        raise Unreachable("/v1/partner-lists", "down")

    house.station.ask_states = silent
    assert "Code: registry-not-reached" in ctl("partner", "states", taken["list_id"]).err
    assert "Code: no-such-list" in ctl("partner", "states", "pl-9").err


def test_a_list_of_which_nothing_can_be_taken_is_refused_or_only_told_back(
    house: House, ctl: Ctl, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_text("name;address\nx;y\n")
    assert "Code: list-without-header" in ctl("partner", "check", str(file)).err
    assert "Code: list-without-header" in ctl("partner", "submit", str(file), "--partner", "LSM 7").err
    file.write_text(f"{HEADER}\nx,y,z,v,w\n")
    said = ctl("partner", "submit", str(file), "--partner", "LSM 7")
    assert said.code == 0
    assert "row 2: not a NIK" in said.out
    assert house.station.partner_lists() == []
    assert "Code: not-a-number" in ctl("partner", "submit", str(file), "--partner", "7316024107900001").err


def test_who_watches_a_trip_reads_it_in_sentences(house: House, other: FileKeys) -> None:
    house.station.rules.go_by(granted(other, kit=True))
    house.station.open_trip(out_slip(other, 10), 10, SUPERVISOR, jobs=1, until=DAYS)
    house.station.begin_closing(SUPERVISOR)
    house.station.close_trip(InBags(10, 0, 0), SUPERVISOR)
    with house.store.read() as view:
        entries = [parse(text) for text in view.texts(0, -1)]
    told = [tell(Words("en"), entry.envelope, entry.event, Progress()) for entry in entries]
    said = "\n".join(one.line for one in told if one is not None)
    assert "trip al-1 opened with 10 blanks of other-1" in said
    assert "trip al-1 closed: 0 printed, 0 spoiled, 10 returned, 0 missing" in said
