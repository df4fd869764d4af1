"""What works without the daemon: verifying the book by its files, and enrolling a new station at a real registry."""

from __future__ import annotations

import json
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.registry.desk import Desk
from stationd.cli import registering
from stationd.store.keys import FileKeys
from tests.api.house import STATION, House
from tests.cli.conftest import Ctl


def write_settings(folder: Path, registry: str = "https://127.0.0.1:1") -> Path:
    file = folder / "station.toml"
    file.write_text(
        f"""
        [station]
        id = "{STATION}"
        kecamatan = "73.16.01"
        data = "."
        [api]
        socket = "run/api.sock"
        [registry]
        url = "{registry}"
        [folders]
        layouts = "not-here"
        profiles = "not-here"
        """
    )
    return file


# --- verify -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A station that has worked and is down now."""
    with House(tmp_path) as house:
        house.stock()
        house.deliver("j1")
    return write_settings(tmp_path)


def test_a_whole_book_is_found_whole_without_the_daemon(settings: Path, ctl: Ctl) -> None:
    said = ctl("verify", "--offline", str(settings))
    assert (said.code, said.err) == (0, "")
    assert "The book is whole" in said.out
    report = json.loads(ctl("verify", "--offline", str(settings), "--json").out)
    assert report["findings"] == []
    assert report["head"]["digest"] in said.out


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("UPDATE book SET text = replace(text, 'B-2026-07', 'B-2026-08') WHERE seq = 2", "entry 2"),
        ("DELETE FROM book WHERE seq = 3", "entry 3"),
        ("UPDATE balances SET count = count - 1 WHERE place = 'store'", "balances"),
    ],
)
def test_what_was_changed_behind_the_stations_back_is_found(
    settings: Path, ctl: Ctl, change: str, finding: str
) -> None:
    database = sqlite3.connect(settings.parent / "book.db")
    for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {trigger}")
    database.execute(change)
    database.commit()
    database.close()
    said = ctl("verify", "--offline", str(settings))
    assert said.code == 1
    assert "THE BOOK IS NOT WHOLE" in said.out
    assert finding in said.out
    assert "To do: Do not print." in said.out
    assert ctl("verify", "--offline", str(settings), "--json").code == 1


def test_what_is_missing_is_named(settings: Path, ctl: Ctl) -> None:
    assert "Code: settings-wrong" in ctl("verify", "--offline", str(settings.parent / "no.toml")).err
    (settings.parent / "book.db").rename(settings.parent / "away.db")
    assert "Code: database-unusable" in ctl("verify", "--offline", str(settings)).err
    (settings.parent / "book.db").write_bytes(b"no database, but a file of some length" * 100)
    assert "Code: database-unusable" in ctl("verify", "--offline", str(settings)).err
    (settings.parent / "keys").rename(settings.parent / "away")
    assert "Code: no-station-keys" in ctl("verify", "--offline", str(settings)).err
    assert not (settings.parent / "keys").exists(), "looking makes nothing"


def test_keys_that_others_can_read_are_not_used(settings: Path, ctl: Ctl) -> None:
    (settings.parent / "keys" / "station.json").chmod(0o644)
    said = ctl("verify", "--offline", str(settings))
    assert said.code == 1
    assert "Code: keys-exposed" in said.err


# --- enrol ------------------------------------------------------------------------------------------------------------


class Registry:
    """A registry in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "simulators.registry", "--dir", str(folder)]
        with (folder.parent / "registry.log").open("a") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        assert "ready" in self.process.stdout.readline()
        self.desk = Desk(folder)
        endpoint = json.loads((folder / "endpoint.json").read_text())
        self.url: str = endpoint["url"]
        self.ca: str = endpoint["ca"]

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=20)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    running = Registry(tmp_path_factory.mktemp("registry"))
    yield running
    running.stop()


def test_a_new_station_is_enrolled_once(tmp_path: Path, ctl: Ctl, registry: Registry) -> None:
    settings = str(write_settings(tmp_path, registry.url))
    enrol = ("enrol", "--settings", settings, "--ca", registry.ca, "--registry-code")
    said = ctl(*enrol, registry.desk.code(STATION))
    assert (said.code, said.err) == (0, "")
    assert f"Station {STATION} is enrolled at {registry.url}." in said.out.replace("\n", " ")
    keys = FileKeys(tmp_path / "keys")
    first = keys.enrolment()
    assert first is not None
    assert stat.S_IMODE((tmp_path / "keys" / "station.json").stat().st_mode) == 0o600

    code = registry.desk.code(STATION)
    assert "Code: already-enrolled" in ctl(*enrol, code).err
    assert keys.enrolment() == first
    again = ctl(*enrol, code, "--again", "--json")
    assert again.code == 0
    assert json.loads(again.out)["station"] == STATION
    renewed = keys.enrolment()
    assert renewed is not None
    assert renewed.certificate != first.certificate


def test_a_code_that_is_wrong_is_refused_in_words_and_leaves_nothing_enrolled(
    tmp_path: Path, ctl: Ctl, registry: Registry
) -> None:
    settings = str(write_settings(tmp_path, registry.url))
    said = ctl("enrol", "--settings", settings, "--registry-code", "AAAA-BBBB-CCCC", "--ca", registry.ca)
    assert said.code == 1
    assert "The enrolment code is not valid or was used before." in said.err
    assert FileKeys(tmp_path / "keys").enrolment() is None


def test_a_registry_that_cannot_be_recognised_gets_no_code(tmp_path: Path, ctl: Ctl, registry: Registry) -> None:
    settings = str(write_settings(tmp_path, registry.url))
    said = ctl("enrol", "--settings", settings, "--registry-code", registry.desk.code(STATION))
    assert said.code == 1
    assert "Code: not-trusted" in said.err


def test_no_registry_is_told_with_what_to_do(tmp_path: Path, ctl: Ctl) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings = str(write_settings(tmp_path, f"https://127.0.0.1:{taken.getsockname()[1]}"))
        said = ctl("enrol", "--settings", settings, "--registry-code", "X")
    assert said.code == 1
    assert "Code: unreachable" in said.err
    assert "repeat it with the same code" in said.err.replace("\n         ", " ")


def test_a_file_that_is_not_there_is_named(tmp_path: Path, ctl: Ctl) -> None:
    settings = str(write_settings(tmp_path))
    said = ctl("enrol", "--settings", settings, "--registry-code", "X", "--ca", str(tmp_path / "no.pem"))
    assert said.code == 1
    assert "Code: file-unreadable" in said.err


def test_another_user_than_the_datas_owner_makes_no_keys(
    tmp_path: Path, ctl: Ctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = str(write_settings(tmp_path))
    monkeypatch.setattr(registering.os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    said = ctl("enrol", "--settings", settings, "--registry-code", "X")
    assert said.code == 1
    assert "Code: wrong-user" in said.err
    assert not (tmp_path / "keys").exists()
