"""The picture of a job's card, for the officer who compares: drawn as for the print, and nothing of it in a log."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image
from structlog.testing import capture_logs

from stationd import artwork
from stationd.artwork.layout import Layout
from stationd.model.card import CardData
from stationd.model.job import Job
from stationd.payloads import PREVIEW_DPI, Payloads
from stationd.registry.sealing import SealCause, SealRefused
from tests.api.house import House
from tests.model.jobs import job


class Seals:
    """Opens every sealed text as one job, or not at all."""

    def __init__(self, opened: Job | Exception) -> None:
        self._opened = opened

    def open_job(self, _: str) -> Job:
        if isinstance(self._opened, Exception):
            raise self._opened
        return self._opened


def drawn(house: House, layouts: dict[str, Layout], opened: Job | Exception) -> bytes | None:
    (row,) = house.station.jobs()
    return Payloads(house.store, Seals(opened), layouts, {}).preview(row)  # type: ignore[arg-type]


def test_it_is_the_front_that_is_printed(
    tmp_path: Path, layout: Layout, longest: CardData, photo: bytes, signature: bytes
) -> None:
    with House(tmp_path) as house:
        house.arrive("j1")
        opened = msgspec.structs.replace(job(), card=longest, photo=photo, signature=signature)
        with capture_logs() as logs:
            picture = drawn(house, {"ktp-el": layout}, opened)
        assert logs == []
    front = artwork.compose(layout, longest, photo, signature, PREVIEW_DPI)
    assert picture == artwork.preview_png(front)
    assert Image.open(io.BytesIO(picture)).size == front.black.size


@pytest.mark.parametrize("fault", ["sealed", "odd", "layout"])
def test_what_cannot_be_drawn_is_none_and_names_nobody(tmp_path: Path, layout: Layout, fault: str) -> None:
    faults: dict[str, Any] = {
        "sealed": SealRefused(SealCause.ALTERED),
        "odd": ValueError("SUSI SUSANTI"),
        "layout": job(),
    }
    with House(tmp_path) as house:
        house.arrive("j1")
        with capture_logs() as logs:
            assert drawn(house, {} if fault == "layout" else {"ktp-el": layout}, faults[fault]) is None
    assert "SUSI" not in str(logs)
