"""From the press on *print* to the first command that moves a card, as the machine receives it.

The clocks agree: both ends are read from this computer's monotonic clock, one here before the request is sent, the
other in the simulated machine, whose feeding begins when the command has arrived.
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from stationd.station import StationStatus
from tests.bench.figures import Figure, Series
from tests.bench.office import busy_times, office
from tests.rig import truth

PRESSES = 40
FACTOR = 30.0
PATIENCE = 120.0
UNEVEN = random.Random("presses")  # noqa: S311 - so that presses do not fall in step with anything that repeats


def measure(folder: Path, presses: int = PRESSES) -> Figure:
    """Press print for one card at a time on an idle line, and ask for the status in between."""
    pressed, asked = [], []
    with office(folder, "ordinary", FACTOR, presses) as (simulation, station), station.client() as client:
        for made in range(presses):
            station.wait_until(lambda s, made=made: _idle(s, made), PATIENCE)
            time.sleep(UNEVEN.uniform(0.1, 0.6))
            began = time.monotonic()
            client.get("/v1/status", StationStatus)
            asked.append(time.monotonic() - began)
            time.sleep(0.05)
            pressed.append(time.monotonic())
            client.order_next(1)
        station.wait_until(lambda s: _idle(s, presses), PATIENCE)
        works = busy_times(simulation, simulation.facts["machines"]["matica-1"]["busy_log"])
        written = truth.book(station.folder / "data")
    fed = [work["start"] for work in works if work["what"] == "feed"]
    milliseconds = [(arrived - press) * 1000 for press, arrived in zip(pressed, fed, strict=True)]
    answers = [seconds * 1000 for seconds in asked]
    return Figure(
        name="From the press on print to the first command that moves a card",
        measured=Series("press to the machine's feed command", "ms", tuple(milliseconds)),
        reference=Series("bare GET /v1/status on the same socket", "ms", tuple(answers)),
        parts=(
            *_stages(written, pressed, fed),
            Series("press to command, 99th percentile", "ms", (_percentile(milliseconds),)),
            Series("GET /v1/status, 99th percentile", "ms", (_percentile(answers),)),
        ),
    )


def _stages(book: list[dict[str, Any]], pressed: list[float], fed: list[float]) -> list[Series]:
    """Return how long each part of the way took, by the monotonic times that the book's entries bear."""

    def moments(kind: str, step: str | None = None) -> list[float]:
        return [float(entry["mono"]) for entry in book if entry["type"] == kind and entry.get("step") == step]

    ordered, reserved, intended = (
        moments("print-ordered"),
        moments("attempt-reserved"),
        moments("step-intended", "feed"),
    )
    way = {
        "  until the order is in the book": (pressed, ordered),
        "  until the job is open, the card drawn, a blank reserved": (ordered, reserved),
        "  until the intent to feed is in the book": (reserved, intended),
        "  until the machine has the command": (intended, fed),
    }
    return [
        Series(what, "ms", tuple((end - start) * 1000 for start, end in zip(*edges, strict=True)))
        for what, edges in way.items()
    ]


def _idle(status: StationStatus, made: int) -> bool:
    line = status.lines[0]
    return status.jobs.get("delivered", 0) >= made and line.state == "ready" and not line.job_id


def _percentile(values: list[float], share: float = 0.99) -> float:
    """Return the least value that so large a share of all does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
