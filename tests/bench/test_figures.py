"""A figure's ratio, its aim, and how it is told."""

from __future__ import annotations

import json

from tests.bench.figures import Aim, Figure, Series, as_json, text

ACHIEVED = Series("achieved", "s", (42.0, 44.0, 43.0))
IDEAL = Series("ideal", "s", (41.0,))


def test_a_ratio_is_of_medians_and_an_aim_may_be_of_it() -> None:
    efficiency = Figure("line", ACHIEVED, IDEAL, "ideal ÷ achieved", inverse=True, aim=Aim("≥", 0.95, of_ratio=True))
    assert efficiency.value == 41 / 43
    assert efficiency.met
    assert "ideal ÷ achieved: 0.953   aim ≥ 0.95: met" in text(efficiency)
    assert "42 – 43 – 44 s   (3 runs)" in text(efficiency)


def test_an_aim_of_what_was_measured_does_not_look_at_the_ratio() -> None:
    memory = Figure("memory", Series("daemon", "MiB", (76.0,)), Series("bare", "MiB", (69.0,)), aim=Aim("≤", 64, "MiB"))
    assert memory.met is False
    assert "76 MiB   aim ≤ 64 MiB: MISSED" in text(memory)


def test_a_reference_that_took_nothing_is_no_number_in_the_data() -> None:
    idle = Figure("idle", Series("daemon", "%", (0.03,)), Series("cupsd", "%", (0.0,)))
    (data,) = json.loads(json.dumps(as_json([idle]), allow_nan=False))
    assert data["value"] is None
    assert data["met"] is None
    assert data["measured"]["median"] == 0.03
