"""Whatever happens to a direct-to-card machine, and in whatever order: cards stay cards, and counts are of cards."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.clock import ManualClock
from simulators.devices.faults import CONDITIONS, Fault, Kind
from simulators.devices.magicard import KINDS as MAGICARD_KINDS
from simulators.devices.magicard import Machine as Magicard
from simulators.devices.magicard_data import MagicardSettings
from simulators.devices.magicard_stream import Header, Job
from simulators.devices.queue_data import QueueSettings
from simulators.devices.queue_printer import KINDS as QUEUE_KINDS
from simulators.devices.queue_printer import Job as Document
from simulators.devices.queue_printer import Machine as Queue
from simulators.world import World
from tests.simulators.test_queue_printer import png

BLACK = {"black": bytes(97536)}
PHYSICAL = {"jam", "feed-jam", "power-loss", "slow"} | CONDITIONS
ACTS = st.one_of(
    st.sampled_from(["job", "okay", "cancel", "eject", "reset", "clean", "open", "close", "off", "on", "on-eject"]),
    st.sampled_from(["refill", "slot", "take-out"]),
    st.floats(0.1, 40).map(lambda seconds: ("wait", seconds)),
    st.sampled_from([kind for kind in get_args(Kind) if kind in PHYSICAL]).map(lambda kind: ("fault", kind)),
    st.sampled_from(sorted(PHYSICAL)).map(lambda kind: ("clear", kind)),
)
DIRECT: dict[str, Any] = {
    "open": lambda machine: machine.door(closed=False),
    "close": lambda machine: machine.door(closed=True),
    "off": lambda machine: machine.mains(on=False),
    "on": lambda machine: machine.mains(on=True),
    "on-eject": lambda machine: machine.mains(on=True, card="eject"),
    "refill": lambda machine: machine.refill(),
}


def walk(machine: Any, world: World, clock: ManualClock, kinds: frozenset[str], acts: list[Any], own: Any) -> int:
    """Do all of it; return how many cards were printed to their end."""
    for act in acts:
        match act:
            case ("wait", seconds):
                clock.advance(seconds)
            case ("fault", kind) if kind in kinds:
                machine.happen(Fault(kind=kind, seconds=9))
            case ("clear", kind):
                machine.clear(kind)
            case str() if machine.powered and act in own:
                own[act]()
            case "slot" if not world.census().get("feed/m") and world.census().get("hopper/m"):
                world.move_next("hopper/m", "feed/m")
            case "take-out" if world.census().get("machine/m"):
                world.move_next("machine/m", "hand")
            case str() if act in DIRECT:
                DIRECT[act](machine)
            case str() if machine.powered and hasattr(machine, act):
                getattr(machine, act)()
        assert len(world.census().get("machine/m", [])) <= 1
    clock.advance(500)
    places = world.census()
    assert sum(len(cards) for cards in places.values()) == 6
    printed = [made for cards in places.values() for card in cards for made in world.card(card).prints]
    return sum("cut" not in made.source for made in printed)


def blanks() -> World:
    world = World()
    world.mint(6)
    world.move_next("supply", "hopper/m", 6)
    return world


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=25))
def test_a_magicard_counts_what_it_printed(acts: list[Any]) -> None:
    world, clock = blanks(), ManualClock()
    machine = Magicard(MagicardSettings("m"), world, clock)

    def job() -> None:
        if machine.room():
            machine.take(Job(Header(("NOC1", "OVROFF")), BLACK))

    whole = walk(machine, world, clock, MAGICARD_KINDS, acts, {"job": job})
    machine.close()
    assert machine.body.counters["cards"] >= whole, "a card that was taken out in mid-print was counted, too"
    taken = len(world.census().get("hand", []))
    assert machine.body.counters["cards"] <= whole + taken


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=25))
def test_a_queue_says_completed_of_what_was_printed(acts: list[Any]) -> None:
    world, clock = blanks(), ManualClock()
    machine = Queue(QueueSettings("m"), world, clock, None, None)
    ended: list[bool] = []
    jobs: list[Any] = []

    def job() -> None:
        if len(ended) == len(jobs):
            jobs.append(machine.print(Document(png((2, 1)), lambda _: None, ended.append)))

    def cancel() -> None:
        if jobs:
            machine.cancel(jobs[-1])

    whole = walk(machine, world, clock, frozenset(QUEUE_KINDS), acts, {"job": job, "cancel": cancel})
    taken = len(world.census().get("hand", []))
    assert ended.count(True) <= whole + taken
