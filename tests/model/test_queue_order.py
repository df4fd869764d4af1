"""The order of the queue: whose turn it is, why, and what finding that out costs."""

from __future__ import annotations

import functools
import math
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stationd.model.job import Reason
from stationd.model.queue_order import in_order, position, turns
from stationd.model.ruling import Stock, Wanted
from tests.model.policies import policy, wanted

RANKED: dict[str, Any] = {
    "reasons": ["first", "changed", "lost"],
    "scarcity": {"below": 200},
    "urgent": ["medical"],
}
JOBS = st.lists(
    st.builds(
        wanted,
        st.sampled_from([reason.value for reason in Reason]),
        urgent=st.sampled_from([None, None, "medical", "pilgrimage"]),
        front=st.sampled_from([0, 0, 0, *range(2001, 2010)]),
        arrived=st.integers(1, 1000),
    ),
    max_size=30,
    unique_by=(lambda job: job.arrived, lambda job: job.front or -job.arrived),
)


def arrivals(queue: list[Wanted], blanks: int) -> list[int]:
    ordered = in_order(queue, lambda job: job, turns(policy(**RANKED), Stock(blanks)))
    return [job.arrived for job in ordered]


def test_urgent_causes_come_first_and_ranks_count_only_while_blanks_are_scarce() -> None:
    queue = [
        wanted("lost", arrived=1),
        wanted("first", arrived=2),
        wanted("damaged", arrived=3, urgent="medical"),
        wanted("changed", arrived=4, urgent="pilgrimage"),  # not an urgent cause of this policy
        wanted("renewal", arrived=5),
        wanted("first", arrived=6),
    ]
    assert arrivals(queue, 200) == [3, 1, 2, 4, 5, 6]
    assert arrivals(queue, 199) == [3, 2, 6, 4, 1, 5]


def test_whom_an_officer_moved_to_the_front_comes_before_all_others_first_moved_first() -> None:
    queue = [
        wanted("lost", arrived=1),
        wanted("damaged", arrived=2, urgent="medical"),
        wanted("lost", arrived=3, front=12),
        wanted("renewal", arrived=4, front=11),
    ]
    assert arrivals(queue, 0) == arrivals(queue, 1000) == [4, 3, 2, 1]
    turn = turns(policy(**RANKED), Stock(0))
    told = position(queue[1], queue, turn)
    assert (told.place, told.fronted, told.urgent, told.ranked, told.earlier) == (3, 2, 0, 0, 0)


@given(JOBS, st.sampled_from([0, 1000]), st.randoms())
def test_the_order_does_not_depend_on_how_jobs_are_listed(
    queue: list[Wanted], blanks: int, chance: random.Random
) -> None:
    shuffled = list(queue)
    chance.shuffle(shuffled)
    assert arrivals(queue, blanks) == arrivals(shuffled, blanks)
    assert sorted(arrivals(queue, blanks)) == sorted(job.arrived for job in queue)


@given(JOBS, st.sampled_from([0, 1000]))
def test_nobody_is_passed_by_a_later_one_without_a_reason(queue: list[Wanted], blanks: int) -> None:
    ranks = ["first", "changed", "lost"]
    by_arrival = {job.arrived: job for job in queue}
    order = [by_arrival[arrived] for arrived in arrivals(queue, blanks)]
    for place, late in enumerate(order):
        for passed in order[place + 1 :]:
            if passed.arrived < late.arrived:
                if late.front:
                    continue
                assert not passed.front
                urgent = late.urgent == "medical" and passed.urgent != "medical"
                rank = [ranks.index(job.reason) if job.reason in ranks else 9 for job in (late, passed)]
                assert urgent or (blanks == 0 and rank[0] < rank[1])


@given(JOBS.filter(bool), st.sampled_from([0, 1000]))
def test_a_place_is_explained_by_what_stands_before_it(queue: list[Wanted], blanks: int) -> None:
    turn = turns(policy(**RANKED), Stock(blanks))
    order = arrivals(queue, blanks)
    for job in queue:
        told = position(job, queue, turn)
        assert (order[told.place - 1], told.of) == (job.arrived, len(queue))
        assert told.fronted + told.urgent + told.ranked + told.earlier == told.place - 1


def many(count: int) -> list[Wanted]:
    chance = random.Random(7)  # noqa: S311 - a shuffled queue, no secret
    reasons = [reason.value for reason in Reason]
    arrived = list(range(1, count + 1))
    chance.shuffle(arrived)
    return [
        wanted(chance.choice(reasons), urgent=chance.choice([None] * 9 + ["medical"]), arrived=seq) for seq in arrived
    ]


@functools.total_ordering
class Counting:
    """A turn that counts how often it is compared."""

    compared = 0

    def __init__(self, turn: int) -> None:
        self.turn = turn

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counting) and self.turn == other.turn

    def __lt__(self, other: Counting) -> bool:
        Counting.compared += 1
        return self.turn < other.turn

    def __hash__(self) -> int:
        return hash(self.turn)


def test_ordering_ten_thousand_jobs_takes_n_log_n_comparisons_and_one_look_at_each() -> None:
    queue, looks = many(10_000), 0
    turn = turns(policy(**RANKED), Stock(0))

    def counted(job: Wanted) -> Counting:
        nonlocal looks
        looks += 1
        return Counting(turn(job))

    Counting.compared = 0
    ordered = in_order(queue, lambda job: job, counted)  # type: ignore[arg-type]
    assert len(ordered) == looks == 10_000
    assert Counting.compared <= 10_000 * math.log2(10_000)
