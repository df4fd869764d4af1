"""A station with a long queue, served in a process of its own: `python -m tests.bench.tray_station FOLDER JOBS`.

It says on a line of JSON where it is served and in whose session, and ends with its standard input.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from queue import SimpleQueue

from stationd.model.job import Label
from stationd.model.nik import Nik
from tests.api.house import House

AT_A_TIME = 200
"""Jobs to a commit."""

WORK = 0.3
"""Seconds that a card is under way."""


def begin_what_is_ordered(house: House, woken: SimpleQueue[bool]) -> None:
    """Reserve a blank for each job that is ordered, as soon as the line is woken; its card comes out a moment later."""
    while woken.get():
        with house.store.read() as view:
            ordered = [job.job_id for job in view.next_ordered()]
        for job_id in ordered:
            attempt = house.begin(job_id)
            time.sleep(WORK)
            house.go_on(attempt)


def nik(number: int) -> Nik:
    """Return a NIK for each number below 90,000."""
    return Nik(f"7316{1 + number // 9000:02}410790{1 + number % 9000:04}")


def main() -> None:
    """Serve it."""
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    jobs = [f"job-{number:05}" for number in range(count)]
    with House(folder) as house:
        house.stock()
        for at in range(0, count, AT_A_TIME):
            house.arrive_all(jobs[at : at + AT_A_TIME])
        names = {
            job: Label(job_id=job, name=f"WAYAN CONTOH {number}", nik=nik(number), kelurahan="BANGKALA")
            for number, job in enumerate(jobs)
        }
        house.station.names = lambda: names
        woken: SimpleQueue[bool] = SimpleQueue()
        house.line.wake = lambda: woken.put(True)  # type: ignore[method-assign]
        press = threading.Thread(target=begin_what_is_ordered, args=(house, woken), daemon=True)
        press.start()
        print(json.dumps({"socket": str(house.socket), "token": house.signed_in()}), flush=True)  # noqa: T201 - its answer
        sys.stdin.read()
        woken.put(False)
        press.join(10)


if __name__ == "__main__":
    main()
