"""What the clock says when it is right, behind, and turned by hand."""

from __future__ import annotations

from stationd.clock import Clock, Trust


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


def test_a_clock_before_the_floor_has_lost_the_time() -> None:
    wall = Wall(946_684_800.0)
    clock = wall.clock()
    clock.set_floor(1_790_000_000.0)
    assert clock.now() is None
    wall.seconds = 1_790_000_001.0
    assert clock.trust() is Trust.FLOORED
    assert clock.now() == 1_790_000_001.0


def test_trusted_time_goes_on_by_itself_whoever_turns_the_wall_clock() -> None:
    wall = Wall(5.0)
    clock = wall.clock()
    clock.set_trusted(1_790_000_000.0, at=100.0)
    wall.ticks += 30
    wall.seconds = 4_000_000_000.0
    assert clock.now() == 1_790_000_030.0
    assert clock.stamp().trust == Trust.TRUSTED


def test_a_floor_never_sinks() -> None:
    wall = Wall(50.0)
    clock = wall.clock()
    clock.set_floor(100.0)
    clock.set_floor(10.0)
    assert clock.now() is None
