"""The picture of a card, and cards that have to be compared with theirs before they are accepted."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from stationd.words import LANGUAGES
from tests.api.house import OFFICER, House
from tests.cli.conftest import Ctl


@pytest.fixture
def drawn(house: House) -> House:
    """A station with a card that was made live inside, and one that its tap makes live."""
    house.stock()
    house.station.draw = lambda job: f"picture of {job.job_id}".encode()
    house.deliver("inside")
    house.arrive("tapped")
    house.station.order("tapped", OFFICER)
    house.go_on(house.begin("tapped", route="desk-then-print"))
    return house


@pytest.mark.parametrize("session", [True, False])
def test_a_picture_lies_where_nobody_else_can_read_it(
    drawn: House, ctl: Ctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session: bool
) -> None:
    folder = tmp_path / "session"
    folder.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder) if session else "")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    said = ctl("preview", "tapped", "--json")
    file = Path(json.loads(said.out)["file"])
    assert file.read_bytes() == b"picture of tapped"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (file.parent == folder) == session
    if not session:
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_picture_is_told_with_the_remark_to_delete_it(drawn: House, ctl: Ctl, tmp_path: Path) -> None:
    file = tmp_path / "card.png"
    said = ctl("preview", "tapped", "--out", str(file))
    assert f"rm {file}" in said.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = ctl("preview", "inside", "--out", str(file))
    assert again.code == 1, "what is there already may be open to others"
    assert "File exists" in again.err
    assert file.read_bytes() == b"picture of tapped"


@pytest.mark.parametrize("found", [True, False])
def test_a_picture_is_opened_only_when_that_is_asked_for(
    drawn: House, ctl: Ctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: bool
) -> None:
    tools, opened = tmp_path / "tools", tmp_path / "opened"
    tools.mkdir()
    viewer = tools / "xdg-open"
    viewer.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    viewer.chmod(0o700 if found else 0o600)
    monkeypatch.setenv("PATH", f"{tools}:/bin")
    assert ctl("preview", "tapped", "--out", str(tmp_path / "one.png")).code == 0
    assert not opened.exists()
    said = ctl("preview", "tapped", "--out", str(tmp_path / "two.png"), "--open")
    if found:
        assert said.code == 0
        assert opened.read_text() == f"{tmp_path / 'two.png'}\n"
    else:
        assert said.code == 1
        assert "picture-not-opened" in said.err


def test_a_picture_that_is_not_here_leaves_no_file(drawn: House, ctl: Ctl, tmp_path: Path) -> None:
    drawn.station.draw = lambda _: None
    said = ctl("preview", "tapped", "--out", str(tmp_path / "card.png"))
    assert said.code == 1
    assert "picture-not-here" in said.err
    assert not (tmp_path / "card.png").exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_may_accept_a_card_by_its_tap_is_told_to_compare_it(drawn: House, ctl: Ctl, language: str) -> None:
    for command in (["status"], ["shelf"], ["accept", "tapped"]):
        assert "stationctl preview tapped" in ctl(*command, "--lang", language).out, command
    assert [job.state for job in drawn.station.jobs()] == ["delivered", "delivered"], "there is no reader here"


def test_cards_that_are_made_live_by_their_tap_are_not_accepted_all_at_once(drawn: House, ctl: Ctl) -> None:
    said = ctl("accept", "--all")
    assert said.code == 1
    assert said.out == "Accepted, to the shelf: inside\n"
    assert "card-to-compare" in said.err
    assert "stationctl preview tapped" in said.err
    assert {job.job_id: job.state for job in drawn.station.jobs()} == {"inside": "accepted", "tapped": "delivered"}


def test_a_card_that_was_made_live_inside_is_not_compared_before(drawn: House, ctl: Ctl) -> None:
    assert ctl("accept", "inside").out == "Accepted, to the shelf: inside\n"
