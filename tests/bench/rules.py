"""What deciding and ordering a queue costs of one core, beside a plain sort of the same list."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

from stationd.model.job import Reason
from stationd.model.policy import Office, Policy
from stationd.model.policy_tables import Scarcity
from stationd.model.queue_order import in_order, turns
from stationd.model.ruling import Day, Station, Stock, Wanted, deciding
from tests.bench.figures import Aim, Figure, Series

JOBS = (10_000, 100_000)
NOW = 1_790_000_000.0
MOST = 50.0
"""Milliseconds for the smaller queue."""

ROUNDS = 5


def queue(count: int) -> list[Wanted]:
    """Jobs of all reasons, one in twenty urgent, in an order that has nothing to do with their turn."""
    chance = random.Random(11)  # noqa: S311 - a shuffled queue, no secret
    arrived = chance.sample(range(count), count)
    reasons = list(Reason)
    urgent = [None] * 19 + ["medical"]
    return [Wanted(chance.choice(reasons), chance.choice(urgent), int(NOW) + 3600, seq) for seq in arrived]


def taken(work: Callable[[], object]) -> tuple[float, ...]:
    """Return the milliseconds of one core that work takes, several times over."""
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        took.append((time.process_time() - began) * 1000)
    return tuple(took)


def figure(count: int) -> Figure:
    """Measure deciding and ordering so many jobs, and a plain sort of the same ones by their arrival."""
    policy = Policy(
        version=1,
        valid_from=0,
        station="kec-1",
        services=frozenset({"CETAK"}),
        scarcity=Scarcity(below=2000),
        daily_most=1000,
    )
    station, stock, day = Station(Office("kec-1", "73.16.02"), policy), Stock(500), Day(NOW, {Reason.FIRST: 10})
    jobs = queue(count)

    def decide() -> object:
        return list(map(deciding(None, station, stock, day), jobs))

    def order() -> object:
        return in_order(jobs, lambda job: job, turns(policy, stock))

    decided, ordered = taken(decide), taken(order)
    return Figure(
        name=f"Deciding and ordering a queue of {count:,} jobs",
        measured=Series("decide and order", "ms", tuple(map(sum, zip(decided, ordered, strict=True)))),
        reference=Series("a plain sort by arrival", "ms", taken(lambda: sorted(jobs, key=lambda job: job.arrived))),
        aim=Aim("≤", MOST, "ms") if count == JOBS[0] else None,
        parts=(Series("of which decide", "ms", decided), Series("of which order", "ms", ordered)),
    )


def measure() -> Iterator[Figure]:
    """Measure both sizes."""
    yield from map(figure, JOBS)
