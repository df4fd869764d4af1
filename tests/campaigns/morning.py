"""`script/campaign morning`: a morning at the counter, worked at the real window by its keys alone.

A delivery comes, the hopper is filled, cards are ordered one by one, by name and by the ten; two things go wrong, a
card is lost from sight, one comes out badly; each is compared, the first goes to its owner, and the day's report is
made.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import click

from tests.rig import hands, truth
from tests.rig.badge import PIN
from tests.rig.desktop import Desktop
from tests.rig.keyboard import Keyboard
from tests.rig.officer import Officer
from tests.rig.settings import OFFICER
from tests.rig.simulation import Simulation
from tests.rig.station import ROOT, StationProcess
from tests.rig.truth import Findings
from tests.rig.window_process import WindowProcess
from tests.rig.worlds import DESK

JOBS: Final = 30
FACTOR: Final = 20.0
SPARE: Final = 10
PATIENCE: Final = 30.0
"""Seconds that a card may take, with what a person does about it."""

FAULTS: Final = (
    {"kind": "jam", "command": "transfer", "nth": 3},
    {"kind": "ribbon-out", "command": "print", "nth": 5},
)
"""What goes wrong with the printer."""


class Morning(Officer):
    """An officer whose hands are on the blanks and on the keys; she finds one card badly printed."""

    def __init__(self, simulation: Simulation, station: StationProcess, desktop: Desktop, bad: str) -> None:
        super().__init__(simulation, station)
        self._desktop = desktop
        self._bad = bad

    def __enter__(self) -> Morning:
        super().__enter__()
        self.keys = Keyboard(self._desktop, self.client, self._nik, self._lying)
        self.client = self.keys  # type: ignore[assignment]
        return self

    def _nik(self, job_id: str) -> str:
        if job_id not in self._claims:
            self._claims[job_id] = self._simulation.desk.claims(job_id)
        return str(self._claims[job_id]["nik"])

    def _lying(self, line: str) -> int:
        return len(self.world.census().get(self.pile(line), ()))

    def _looks_right(self, card: str, job_id: str) -> bool:
        if job_id == self._bad:
            self._bad = ""
            return False
        return super()._looks_right(card, job_id)


def work(folder: Path, jobs: int, say: Callable[[str], object]) -> tuple[Findings, dict[str, int]]:
    """Work the morning.

    Args:
        folder: where everything is kept; made anew.
        jobs: how many cards.
        say: is told how far it is.

    Returns:
        What was compared, and the key presses that each act took.
    """
    shutil.rmtree(folder, ignore_errors=True)
    found = Findings()
    with ExitStack() as stack:
        desktop = stack.enter_context(Desktop())
        simulation = stack.enter_context(Simulation(folder / "world", "ordinary", FACTOR))
        desk = simulation.facts["readers"][DESK]["address"]
        station = StationProcess(folder / "station", simulation, jobs=jobs, desk=desk)
        station.enrol()
        simulation.desk.add_jobs(station.name, jobs)
        stack.enter_context(station)
        window = stack.enter_context(WindowProcess(desktop, station.socket))
        stack.callback(lambda: desktop.screenshot().save(folder / "end.png"))  # also where it ends badly
        station.wait_until(lambda status: status.jobs.get("queued", 0) >= jobs)
        officer = stack.enter_context(Morning(simulation, station, desktop, ""))
        waiting = [job.job_id for job in officer.keys.jobs()]
        officer._bad = waiting[1]
        for fault in FAULTS:
            officer.hand("line-1", "fault", fault=fault)
        window.sign_in(OFFICER, PIN)
        say("signed in")
        simulation.sim("receive", str(jobs + SPARE))
        officer.keys.receive_blanks("SJ-1", jobs + SPARE)
        officer.load("line-1", jobs + SPARE)
        say("blanks are in")
        officer.keys.order_by_name(waiting[1])
        officer.keys.order_next(1)
        officer.keys.order_next(jobs - 2)
        say("all ordered")
        hands.take_a_live_card_out(simulation, PATIENCE)
        officer.work_until(lambda s: s.jobs.get("accepted", 0) >= jobs, PATIENCE * jobs)
        say("all good")
        officer.keys.see_days_left()
        officer.keys.take_stock(officer.piles())
        officer.keys.hand_over(waiting[0])
        with simulation.world() as world:
            world.move_next("shelf", "hand", 1)
        officer.keys.issue_report()
        with station.client() as client:
            paper = client.document(client.documents()[0].id)
        (folder / "day.pdf").write_bytes(paper)
        entries = truth.book(station.folder / "data")
        _compare(found, entries, jobs, officer, paper)
    return found, dict(officer.keys.pressed)


def _compare(found: Findings, entries: list[dict[str, object]], jobs: int, officer: Morning, paper: bytes) -> None:
    def number(kind: str) -> int:
        return sum(entry["type"] == kind for entry in entries)

    found.check("every card was found good", number("card-accepted") == jobs, str(number("card-accepted")))
    found.check("one was spoiled by the officer", number("card-spoiled") + number("attempt-spoiled") >= 1)
    found.check("somebody was asked where a card is", number("question-answered") >= 1)
    found.check("two faults were mended", len(officer.helped) >= 2, str(officer.helped))
    found.check("one card went to its owner", number("card-handed-over") == 1, str(number("card-handed-over")))
    found.check("the day's report was issued", number("document-issued") == 1 and paper.startswith(b"%PDF"))
    actors = {str(entry["actor"]) for entry in entries if entry["type"] in {"card-accepted", "print-ordered"}}
    found.check("all of it under the officer's id", actors == {OFFICER}, str(actors))
    balances = truth.balances(entries)
    census = officer.piles()
    for place in ("hopper", "output", "reject", "shelf"):
        lying = sum(count for (where, _), count in census.items() if where == place)
        booked = balances[place]
        found.check(f"blanks in {place}: book {booked}, world {lying}", booked == lying)


@click.command()
@click.option("--jobs", default=JOBS, show_default=True, help="How many cards are made.")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), default=ROOT / "campaign-run" / "morning", show_default=True
)
def morning(*, jobs: int, folder: Path) -> None:
    """Work a morning at the window, by its keys alone."""
    began = time.monotonic()
    found, pressed = work(folder, jobs, lambda what: click.echo(f"{time.monotonic() - began:6.1f} s  {what}"))
    for what in found.compared:
        click.echo(f"  {'differs' if any(wrong.startswith(what) for wrong in found.wrong) else 'agrees '}  {what}")
    for wrong in found.wrong:
        click.echo(f"  WRONG: {wrong}")
    for act, keys in sorted(pressed.items()):
        click.echo(f"  {keys} key presses: {act}")
    click.echo(f"{jobs} cards in {time.monotonic() - began:.0f} s")
    raise SystemExit(1 if found.wrong else os.EX_OK)
