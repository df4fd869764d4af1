"""The hands on simulated machines that are held to their promises beside each other, in one world."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

import pytest

from simulators.world import World
from tests.drivers.conformance import simulated
from tests.drivers.conformance.simulated import SimulatedHands

On = Callable[[str], SimulatedHands]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(simulated, "WorldClient", lambda _: nullcontext(world))
    monkeypatch.setattr(simulated, "ask_control", lambda *_: {"station": None})
    return world


@pytest.fixture
def on() -> On:
    return lambda machine: SimulatedHands({"control": {}, "world": ""}, machine, "magicard")


def printed_inside(world: World, machine: str) -> None:
    """Let a card that was printed on be stuck in a machine."""
    (card,) = world.mint(1)
    world.move(card, f"machine/{machine}")
    world.stamp(card, "front", b"a picture", {})


def test_a_print_that_another_machine_s_hands_lay_aside_is_none_of_this_one_s(world: World, on: On) -> None:
    ours, theirs = on("here"), on("beside")
    before = ours.look()
    printed_inside(world, "beside")
    theirs.take_out()
    assert ours.look() == before


def test_a_print_that_was_taken_out_still_counts(world: World, on: On) -> None:
    ours = on("here")
    printed_inside(world, "here")
    stuck = ours.look()
    assert (stuck.inside, stuck.prints) == (1, 1)
    ours.take_out()
    assert ours.look() == replace(stuck, inside=0)
