"""A test print on the card's other side: a real driver, over a simulated machine's own wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.printer import Image, Panel, Raster
from stationd.model.blank import Place
from stationd.press import line as line_module
from stationd.press.errands import LineBusy
from stationd.press.trials import Side, Trial, Tried
from tests.campaigns.matrix_bench import LINE, NAME, PATIENCE, Bench


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "IDLE", 0.05)
    monkeypatch.setattr(line_module, "POLL", 0.02)


def draw(raster: Raster) -> Image:
    return Image(raster.width, raster.height, {Panel.BLACK: bytes(raster.width * raster.height)})


def tried(bench: Bench, side: Side) -> Tried:
    line = bench.line()
    line.start()
    try:
        return line.try_out(Trial.TEST_PRINT, draw, "tek-1", side)
    finally:
        line.stop()
        line.join(PATIENCE)


def test_its_print_lies_there_in_the_world_and_in_the_book(tmp_path: Path) -> None:
    with Bench(tmp_path, "matica-tcp") as bench:
        for side in (Side.BACK, Side.FRONT):
            assert tried(bench, side) == Tried("done", "", Place.REJECT)
        cards = bench.world.census()[f"reject/{NAME}"]
        assert [[printed.side for printed in bench.world.card(card).prints] for card in cards] == [["back"], ["front"]]
        began = [entry.get("side", "front") for entry in bench.entries() if entry["type"] == "trial-began"]
        assert began == ["back", "front"]
        assert bench.differences() == []
        assert not [entry for entry in bench.entries() if entry["type"] == "discrepancy-found"]


def test_a_machine_without_a_turn_over_keeps_its_blanks(tmp_path: Path) -> None:
    with Bench(tmp_path, "evolis-serial") as bench:
        with pytest.raises(LineBusy) as busy:
            tried(bench, Side.BACK)
        assert (busy.value.line, busy.value.cause) == (LINE, "card-cannot-be-turned")
        assert "trial-began" not in {entry["type"] for entry in bench.entries()}
