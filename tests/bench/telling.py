"""What telling a long queue costs of one core, beside reading the same rows and nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path

from stationd.model.job import Label
from stationd.model.nik import Nik
from stationd.station.queue import SHOWN
from tests.api.house import OFFICER, House
from tests.bench.figures import Figure, Series
from tests.bench.rules import taken

JOBS = 10_000
AT_A_TIME = 200
"""Jobs to a commit."""


def figure(count: int = JOBS) -> Figure:
    """Measure telling a queue of so many jobs, whose names were seen before, and SQLite alone reading their rows."""
    jobs = [f"job-{number:05}" for number in range(count)]
    label = Label(job_id="j", name="WAYAN CONTOH", nik=Nik("7316014107900001"), kelurahan="BANGKALA")
    with tempfile.TemporaryDirectory() as folder, House(Path(folder)) as house:
        house.stock()
        for at in range(0, count, AT_A_TIME):
            house.arrive_all(jobs[at : at + AT_A_TIME])
        house.station.names = lambda: dict.fromkeys(jobs, label)
        house.station.queue(OFFICER)  # puts down whose names were seen, once a day
        marks = ", ".join("?" for _ in SHOWN)
        query = f"SELECT * FROM jobs WHERE state IN ({marks}) ORDER BY arrived"  # noqa: S608 - our own question marks
        return Figure(
            name=f"Telling a queue of {count:,} jobs",
            measured=Series(
                "the queue with names, places and what is in the way", "ms", taken(lambda: house.station.queue(OFFICER))
            ),
            reference=Series(
                "its rows, read by SQLite alone", "ms", taken(lambda: house.store._db.execute(query, SHOWN).fetchall())
            ),
        )
