"""A kit's trip of some days: an office that stays at home, a kit with a printer, and a registry out of reach.

One world has both. The office's blanks lie in its `store`; what the kit carries is in `hand`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulators.world_client import WorldClient
from stationd.client.client import Client
from stationd.client.problems import StationProblem
from stationd.model.blank import Place
from stationd.model.pile import Counted
from tests.rig import day, evidence, truth
from tests.rig.badge import Badge
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess
from tests.rig.truth import Findings

LINE, MACHINE, SUPERVISOR = "line-1", "matica-1", "spv-1"
AT_HOME = 5
"""Blanks that the office keeps, and jobs that nobody is to lease."""

CARD = 30.0
"""Seconds that a card may take, with the officer's part."""

NOTICED = 60.0
"""Seconds within which a station has noticed that the registry is gone, or is there again."""

TOGETHER = 120.0
"""Seconds within which both books are at the registry, and their halves paired."""


@dataclass(frozen=True)
class Plan:
    """What the blanks that go along are to come to, and how many days there are."""

    days: int = 3
    printed: int = 60
    spoiled: int = 2
    missing: int = 1
    unused: int = 2

    @property
    def allotted(self) -> int:
        """How many go along."""
        return self.printed + self.spoiled + self.missing + self.unused


@dataclass
class Trip:
    """How a trip went.

    Attributes:
        findings: what was compared, and what did not agree.
        refused: what each attempt to close it was refused for.
        figures: what it came to, by the kit's book.
        held_back: entries of the kit's book that the registry did not have when the trip was closed.
        seconds: how long it took.
    """

    plan: Plan
    findings: Findings = field(default_factory=Findings)
    refused: list[list[str]] = field(default_factory=list)
    figures: Mapping[str, Any] = field(default_factory=dict)
    held_back: int = 0
    seconds: float = 0.0


def travel(simulation: Simulation, office: StationProcess, kit: StationProcess, done: Trip, folder: Path) -> None:
    """Go on a trip and come home.

    Args:
        simulation: one world, with the kit's printer in it.
        office: enrolled and running; it has no printer.
        kit: enrolled and running.
        done: takes what is found, as far as the trip comes.
        folder: where the cards' pictures are put.
    """
    began = time.monotonic()
    people = _People(simulation, office, kit, done)
    allotment = people.set_out()
    claims = people.go_offline()
    for number in range(done.plan.days):
        people.work(number, claims)
    slip = people.close()
    people.come_home(slip)
    people.compare(allotment, sorted(claims), folder)
    done.seconds = time.monotonic() - began


class _People:
    def __init__(self, simulation: Simulation, office: StationProcess, kit: StationProcess, done: Trip) -> None:
        self._simulation, self._office, self._kit, self._done = simulation, office, kit, done
        self._at_home: list[str] = []
        self._chiefs = {}
        for station in (office, kit):
            chief = Badge(station.socket, simulation.desk, station.name, SUPERVISOR)
            chief.fetch_code()
            self._chiefs[station.name] = chief

    def _chief(self, station: StationProcess) -> Client:
        return self._chiefs[station.name].client()

    # --- the way out --------------------------------------------------------------------------------------------------

    def set_out(self) -> str:
        """Allot blanks, open the trip, lease its batch; returns the allotment's id."""
        plan, desk = self._done.plan, self._simulation.desk
        day.receive_blanks(self._simulation, self._office, plan.allotted + AT_HOME)
        desk.ask("grant-trips", kit=self._kit.name, office=self._office.name, blanks=200)
        for station in (self._office, self._kit):
            newest = int(desk.ask("station", station=station.name)["policy_version"])
            _until(lambda station=station, newest=newest: station.status().policy_version == newest, NOTICED)
        with self._chief(self._office) as chief:
            given = chief.allot(self._kit.name, plan.allotted)
        with self._simulation.world() as world:
            world.move_next("store", "hand", plan.allotted)
        profile = {"profile": self._kit.chips.profile}
        desk.add_jobs(self._kit.name, plan.printed, start_within=60, claims=profile)
        self._at_home = desk.add_jobs(self._kit.name, AT_HOME, start_within=60, claims=profile)
        with self._chief(self._kit) as chief:
            until = int(time.time()) + plan.days * 86_400
            chief.open_trip(given.slip, plan.allotted, jobs=plan.printed, until=until)
        self._kit.wait_until(lambda s: s.jobs.get("queued", 0) == plan.printed, NOTICED + plan.printed)
        return given.allotment_id

    def go_offline(self) -> dict[str, Mapping[str, Any]]:
        """End the network for the whole trip; returns what was leased for it."""
        for station in (self._office, self._kit):
            day.await_acknowledged(station)
        with self._kit.client() as client:
            leased = [job.job_id for job in client.jobs()]
        claims = {job: self._simulation.desk.claims(job) for job in leased}
        self._simulation.kill_registry()
        _until(lambda: not self._kit.status().link.online, NOTICED)
        return claims

    # --- on the way ---------------------------------------------------------------------------------------------------

    def work(self, number: int, claims: Mapping[str, Mapping[str, Any]]) -> None:
        """Make a day's share of the cards; the kit is switched off for the nights between."""
        plan = self._done.plan
        cards, bad = (n * (number + 1) // plan.days - n * number // plan.days for n in (plan.printed, plan.spoiled))
        with self._simulation.world() as world, self._kit.client() as client:
            world.move_next("hand", f"hopper/{MACHINE}", cards + bad)
            client.load_blanks(LINE, cards + bad)
            if number + 1 == plan.days:
                world.move_next("hand", "floor", plan.missing)  # it falls out of the bag, and nobody sees it
            client.order_next(cards)
            deadline = time.monotonic() + CARD * (cards + bad) + NOTICED
            while cards or bad:
                for job in [job.job_id for job in client.jobs() if job.state == "delivered"]:
                    if bad:
                        self._spoil(world, client, job, claims)
                        bad -= 1
                    else:
                        client.accept(job)
                        world.move(_card_of(world, job, claims), "shelf")
                        cards -= 1
                if time.monotonic() > deadline:
                    raise TimeoutError(f"day {number + 1}: {cards} cards are left: {self._kit.status()}")
                time.sleep(0.1)
        if number + 1 < plan.days:
            self._kit.stop()
            self._kit.start()

    @staticmethod
    def _spoil(world: WorldClient, client: Client, job: str, claims: Mapping[str, Mapping[str, Any]]) -> None:
        """Find a card scratched, lay it into the reject bin, and have another one made."""
        card = _card_of(world, job, claims)
        client.spoil(job, "scratched")
        world.move(card, f"reject/{MACHINE}")
        client.release(job)
        client.order(job)

    # --- the end ------------------------------------------------------------------------------------------------------

    def close(self) -> str:
        """Close the trip: it is refused until the missing blank is counted, and declared by a supervisor."""
        plan, check = self._done.plan, self._done.findings.check
        with self._simulation.world() as world:
            bags = (len(world.census().get("hand", ())), plan.spoiled, plan.printed)
        with self._chief(self._kit) as chief, self._kit.client() as client:
            chief.begin_closing()
            self._refused(lambda: chief.close_trip(*bags), "trip-off")
            self._note(client, bags)
            client.take_stock([Counted(Place.STORE, bags[0])])
            self._refused(lambda: chief.close_trip(*bags), "trip-off")
            self._note(client, bags)
            self._refused(lambda: client.declare_missing_on_trip(plan.missing), "supervisor-needed")
            chief.declare_missing_on_trip(plan.missing)
            check("nothing is off once the missing blank is declared", not client.check_trip(*bags))
            status = client.status()
            self._done.held_back = status.book - status.link.acknowledged
            return chief.close_trip(*bags)

    def _note(self, client: Client, bags: tuple[int, int, int]) -> None:
        self._done.refused.append([f"{off.wrong} {off.where}".strip() for off in client.check_trip(*bags)])

    def _refused(self, act: Callable[[], object], cause: str) -> None:
        said = "nothing"
        try:
            act()
        except StationProblem as problem:
            said = problem.cause
        self._done.findings.check(f"refused: {cause}", said == cause, said)

    def come_home(self, slip: str) -> None:
        """The network is there again; the bags are handed in."""
        plan, check = self._done.plan, self._done.findings.check
        self._simulation.restart_registry()
        with self._office.client() as client:
            found = client.take_back(slip, plan.unused, plan.spoiled, plan.printed)
        check("the bags hold what the kit says", not found, str(found))
        with self._simulation.world() as world:
            if plan.unused:
                world.move_next("hand", "store", plan.unused)
        for station in (self._kit, self._office):
            day.await_acknowledged(station, TOGETHER)
            with station.client() as client:
                _until(lambda client=client: {half.state for half in client.mobile().halves} == {"paired"}, TOGETHER)
                if station is self._office:  # who waits comes by the registry, from the kit's own book key
                    _until(lambda client=client: _named(client) == plan.printed, TOGETHER)
            day.await_acknowledged(station, TOGETHER)

    def compare(self, allotment: str, jobs: list[str], folder: Path) -> None:
        """Hold both books, the world and the registry against each other."""
        plan, check, desk = self._done.plan, self._done.findings.check, self._simulation.desk
        books = {station.name: truth.book(station.folder / "data") for station in (self._office, self._kit)}
        kit = books[self._kit.name]
        (closed,) = [entry for entry in kit if entry["type"] == "trip-closed"]
        names = ("allotted", "printed", "spoiled", "returned", "missing")
        self._done.figures = {name: closed.get(name, 0) for name in names}
        came = [plan.allotted, plan.printed, plan.spoiled, plan.unused, plan.missing]
        check("the trip came to what it was to", list(self._done.figures.values()) == came, str(self._done.figures))
        held = {place: n for place, n in truth.balances(kit).items() if n and place != "office"}
        check(
            "the kit's book holds the missing blank and has sent on the rest",
            held == {"missing": plan.missing, "transferred": plan.printed},
            str(held),
        )
        home = {place: n for place, n in truth.balances(books[self._office.name]).items() if n and place != "supply"}
        check("nothing of the allotment is open at the office", "allotted" not in home, str(home))
        with self._simulation.world() as world:
            census = world.census()
            for place, pile in {"store": "store", "reject": f"reject/{MACHINE}", "shelf": "shelf"}.items():
                said, there = home.get(place, 0), len(census.get(pile, ()))
                check(f"{place}: {said} by the office's book, {there} in the world", said == there)
            claims = {job: desk.claims(job) for job in jobs}
            found = sorted(truth.job_of_chip(world, card, claims) for card in census["shelf"])
            check("on the shelf lies one card of each job, with what the registry sent", found == jobs, str(found))
        for station in (self._office, self._kit):
            at_registry, book = evidence.settled_books(self._simulation, station)
            same = [entry["_digest"] for entry in book] == [truth.digest_of(entry) for entry in at_registry]
            check(f"the registry holds the book of {station.name}, once", same)
            check(f"the chain of {station.name} holds", truth.chain_holds(book))
            verified = station.ask("verify")
            check(f"stationctl verify passed at {station.name}", not verified["findings"], str(verified["findings"]))
        ways = [way for way in desk.ask("allotments") if way["allotment_id"] == allotment]
        paired = len(ways) == 2 and all(way["given"] == way["taken"] is not None for way in ways)
        check("the registry has both halves of both ways, and they agree", paired, str(ways))
        incidents = [each for each in desk.ask("incidents") if each["station"] in books]
        check("nothing happened that must not", not incidents, str(incidents))
        epochs = {entry["job_id"]: entry["epoch"] for entry in kit if entry["type"] == "job-arrived"}
        newest = {job: sent["epoch"] for job, sent in claims.items()}
        check("no job was leased again while the kit was away", epochs == newest)
        states = {job["job_id"]: (job["state"], job["station"]) for job in desk.ask("jobs")}
        on_shelf = {states[job] for job in jobs} == {("on-shelf", self._office.name)}
        check("each card lies at the office by the registry", on_shelf)
        left = {states[job][0] for job in self._at_home} == {"queued"}
        check("no job beyond the batch was leased", left)
        broken = Path(self._simulation.facts["registry"]["violations"]).read_text()
        check("no request or answer broke the registry's contract", not broken, broken[:300])
        self._simulation.sim("cards", "--out", str(folder / "cards"))
        evidence.look_for_citizens(self._simulation, self._kit, jobs, self._done.findings)


def _card_of(world: WorldClient, job: str, claims: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the card in the output that bears a job."""
    lying = world.census().get(f"output/{MACHINE}", ())
    return next(card for card in lying if truth.job_of_chip(world, card, {job: claims[job]}) == job)


def _named(client: Client) -> int:
    """Return of how many cards on the shelf it is known who waits for them."""
    return sum(bool(card.name and card.nik) for card in client.search_shelf("", 1_000))


def _until(holds: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s")
        time.sleep(0.2)
