"""Offices with lines of other kinds, for the tests that ask for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stationd.press import desk_line
from stationd.press import line as line_module
from stationd.store.verify import verify
from tests.press.other_office import OtherOffice


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "IDLE", 0.01)
    monkeypatch.setattr(line_module, "POLL", 0.005)
    monkeypatch.setattr(desk_line, "POLL", 0.005)


@pytest.fixture
def offices(tmp_path: Path, quick: None) -> Iterator[Callable[..., OtherOffice]]:
    made: list[OtherOffice] = []

    def make(*arguments: object, **options: object) -> OtherOffice:
        made.append(OtherOffice(tmp_path, *arguments, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for office in made:
        assert verify(office.store.path, office.keys).passed
        office.store.close()
