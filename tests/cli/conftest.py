"""`stationctl`, called as from a shell but in this process, against a served station."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from stationd.cli.__main__ import run
from tests.api.house import House


class Said(NamedTuple):
    """What a call came to: its exit status and what it printed."""

    code: int
    out: str
    err: str


Ctl = Callable[..., Said]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        yield served


@pytest.fixture
def ctl(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ctl:
    """A caller of `stationctl` for the station in this test's folder, in English unless told otherwise."""
    monkeypatch.setenv("STATIOND_SOCKET", str(tmp_path / "run" / "api.sock"))
    monkeypatch.setenv("STATION_LANG", "en")
    monkeypatch.setenv("TZ", "Asia/Makassar")

    def call(*arguments: str) -> Said:
        capsys.readouterr()
        code = run(arguments)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call
