"""What the clock says when it is right, behind, and turned by hand."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from stationd.clock import HORIZON, Clock, Trust, since_boot

SURE = 1_790_000_000.0
YEAR_2000 = 946_684_800.0
YEAR_2035 = 2_051_222_400.0


class Wall:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ticks = 100.0

    def clock(self) -> Clock:
        return Clock(lambda: self.seconds, lambda: self.ticks, "boot")


def test_a_clock_that_knows_nothing_says_so() -> None:
    clock = Wall(1.0).clock()
    assert clock.now() is None
    assert clock.stamp().trust == Trust.UNKNOWN


def test_a_boot_in_2000_has_lost_the_time_and_one_in_2035_too() -> None:
    wall = Wall(YEAR_2000)
    clock = wall.clock()
    clock.set_sure(SURE)
    assert clock.now() is None
    wall.seconds = YEAR_2035
    assert clock.now() is None
    assert (clock.stamp().time, clock.stamp().trust) == (YEAR_2035, Trust.UNKNOWN)
    wall.seconds = SURE + 1
    assert clock.trust() is Trust.FLOORED
    assert clock.now() == SURE + 1


def test_a_floor_alone_says_nothing_about_how_late_it_may_be() -> None:
    wall = Wall(SURE)
    clock = wall.clock()
    clock.set_floor(SURE - 1)
    assert clock.now() is None


def test_trusted_time_goes_on_by_itself_whoever_turns_the_wall_clock() -> None:
    wall = Wall(5.0)
    clock = wall.clock()
    clock.set_trusted(SURE, at=100.0)
    wall.ticks += 30
    wall.seconds = YEAR_2035
    assert clock.now() == SURE + 30
    assert clock.stamp().trust == Trust.TRUSTED


def test_a_floor_never_sinks() -> None:
    wall = Wall(50.0)
    clock = wall.clock()
    clock.set_sure(100.0)
    clock.set_sure(10.0)
    assert clock.now() is None


def test_what_was_stamped_on_the_wall_clocks_word_is_not_gone_back_behind() -> None:
    wall = Wall(SURE + 100)
    clock = wall.clock()
    clock.set_sure(SURE)
    assert clock.stamp().trust is Trust.FLOORED
    wall.seconds = SURE + 99
    assert clock.stamp().trust is Trust.UNKNOWN


def test_a_declared_time_goes_on_until_the_registry_speaks() -> None:
    wall = Wall(YEAR_2000)
    clock = wall.clock()
    clock.set_sure(SURE)
    clock.declare(SURE + 3600)
    wall.ticks += 10
    assert (clock.now(), clock.trust()) == (SURE + 3610, Trust.DECLARED)
    clock.set_trusted(SURE + 60, at=wall.ticks)
    assert (clock.now(), clock.trust()) == (SURE + 60, Trust.TRUSTED)


def test_the_clock_that_carries_time_on_counts_sleep() -> None:
    assert since_boot() >= time.monotonic() - 1


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("wall"), st.floats(0, 2 * YEAR_2035)),
        st.tuples(st.just("jump"), st.floats(-HORIZON, HORIZON)),
        st.tuples(st.just("later"), st.floats(0, HORIZON)),
        st.tuples(st.just("registry"), st.floats(SURE, YEAR_2035)),
        st.tuples(st.just("declare"), st.floats(SURE, YEAR_2035)),
    ),
    max_size=30,
)


@given(ACTS)
def test_whatever_the_wall_clock_does_a_known_time_is_inside_its_bounds(acts: list[tuple[str, float]]) -> None:
    wall = Wall(SURE)
    clock = wall.clock()
    clock.set_sure(SURE)
    sure, last = SURE, 0.0
    for act, value in acts:
        match act:
            case "wall":
                wall.seconds = value
            case "jump":
                wall.seconds += value
            case "later":
                wall.ticks += value
                wall.seconds += value
            case "registry":
                clock.set_trusted(value, wall.ticks)
                sure, last = max(sure, value), 0.0
            case "declare" if clock.now() is None:
                clock.declare(value)
                last = 0.0
        stamp = clock.stamp()
        assert (clock.now() is None) == (stamp.trust == Trust.UNKNOWN)
        if stamp.trust != Trust.UNKNOWN:
            assert stamp.time >= last - 1e-3
            last = stamp.time
        if stamp.trust == Trust.FLOORED:
            assert SURE <= sure <= stamp.time <= sure + HORIZON
