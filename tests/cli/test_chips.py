"""`chip read`, `chip check`, `profile lint`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stationd.chip.reading import Matched, Recognised
from stationd.press.tap import TapFailed
from stationd.station.chips import CheckedChip, Content
from stationd.words import LANGUAGES
from tests.api.house import House
from tests.cli.conftest import Ctl

PROFILES = Path(__file__).parents[2] / "config/profiles"
KNOWN = Recognised("iso14443-a", "08A1B2C3", False, "3B80", (Matched("lab-sam", "locked"),))
FOREIGN = Recognised("iso14443-b", "", False, "", ())


class Said:
    """A desk that says what it is told to."""

    def __init__(self, seen: Recognised) -> None:
        self.seen = seen

    def recognise(self) -> Recognised:
        return self.seen


def test_a_chip_is_shown_without_anybodys_data(house: House, ctl: Ctl) -> None:
    house.station.chip_desk = Said(KNOWN)  # type: ignore[assignment]
    said = ctl("chip", "read")
    assert said.code == 0
    for piece in ("iso14443-a", "08A1B2C3", "may change each time", "lab-sam", "locked: written, not live"):
        assert piece in said.out
    told = json.loads(ctl("chip", "read", "--json").out)
    assert told["matches"] == [{"profile": "lab-sam", "life_cycle": "locked"}]


def test_a_foreign_chip_makes_the_command_fail(house: House, ctl: Ctl) -> None:
    house.station.chip_desk = Said(FOREIGN)  # type: ignore[assignment]
    said = ctl("chip", "read")
    assert said.code == 1
    assert "no card of this station" in said.out


def test_a_station_without_a_reader_says_so(house: House, ctl: Ctl) -> None:
    for command in ("read", "check"):
        said = ctl("chip", command)
        assert (said.code, "no-desk-reader" in said.err) == (1, True)


@pytest.mark.parametrize(
    ("content", "code", "piece"), [("equal", 0, "exactly"), ("differs", 1, "NOT"), ("not-recorded", 1, "does not say")]
)
def test_a_check_says_whether_the_card_is_whole(
    house: House, ctl: Ctl, monkeypatch: pytest.MonkeyPatch, content: str, code: int, piece: str
) -> None:
    checked = CheckedChip("j1", "lab-sam", "0B", Content(content))
    monkeypatch.setattr(house.station, "check_chip", lambda _officer: checked)
    said = ctl("chip", "check")
    assert said.code == code
    for one in ("j1", "state 0B", piece):
        assert one in said.out
    assert json.loads(ctl("chip", "check", "--json").out)["content"] == content


def test_where_no_daemon_runs_the_reader_is_looked_at_from_here(ctl: Ctl, tmp_path: Path) -> None:
    settings = tmp_path / "station.toml"
    settings.write_text(
        f'[station]\nid = "s"\nkecamatan = "73.16.02"\ndata = "data"\n[api]\nsocket = "none"\n'
        f'[registry]\nurl = "https://127.0.0.1:1"\n[folders]\nlayouts = "{PROFILES}"\nprofiles = "{PROFILES}"\n'
    )
    said = ctl("chip", "read", "--settings", str(settings))
    assert (said.code, "no-desk-reader" in said.err) == (1, True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("file", sorted(PROFILES.glob("*.toml")), ids=lambda path: path.stem)
def test_what_is_shipped_passes(ctl: Ctl, language: str, file: Path) -> None:
    said = ctl("profile", "lint", str(file), "--lang", language)
    assert (said.code, said.err, str(file) in said.out) == (0, "", True)


def test_each_error_is_told_with_its_line(ctl: Ctl, tmp_path: Path) -> None:
    file = tmp_path / "odd.toml"
    text = (PROFILES / "lab-sam.toml").read_text()
    file.write_text(text.replace('level = "33"', 'level = "34"').replace('dgi = "0103"', 'dgi = "3"'))
    lines = file.read_text().splitlines()
    said = ctl("profile", "lint", str(file))
    assert said.code == 1
    told = [line.removeprefix(f"{file}:").partition(":") for line in said.out.splitlines()]
    assert [lines[int(number) - 1].partition(" ")[0] for number, _, _ in told] == ["level", "dgi"]
    errors = json.loads(ctl("profile", "lint", "--json", str(file)).out)["errors"]
    assert [error["key"] for error in errors] == ["channel.level", "objects.photo.dgi"]
    (tmp_path / "well.toml").write_text(text)
    (tmp_path / "well.toml.sig").write_bytes(bytes(64))
    assert "there is a signature" in ctl("profile", "lint", str(tmp_path / "well.toml")).out
    assert "file-not-readable" in ctl("profile", "lint", str(tmp_path / "none.toml")).err


def test_a_silent_chip_is_no_chip(house: House, ctl: Ctl) -> None:
    class Silent(Said):
        def recognise(self) -> Recognised:
            raise TapFailed("card-left-or-silent")

    house.station.chip_desk = Silent(KNOWN)  # type: ignore[assignment]
    assert "card-left-or-silent" in ctl("chip", "read").err
