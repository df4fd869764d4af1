"""Cards are conserved, lie in one place, and are seen by a reader only where one can see them."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.devices.chip import ChipState
from simulators.world import World, WorldError
from simulators.world_client import WorldClient


class CountingChip:
    """Answers with how often it was asked, ever and in this session."""

    def __init__(self, serial: str, asked: int = 0) -> None:
        self.serial, self.asked, self.session = serial, asked, 0

    def power_on(self) -> bytes:
        self.session = 0
        return bytes.fromhex("3b00")

    def power_off(self) -> None:
        self.session = 0

    def process(self, apdu: bytes) -> bytes:
        self.asked += 1
        self.session += 1
        return bytes([self.asked, self.session]) + apdu + b"\x90\x00"

    def state(self) -> ChipState:
        return {"serial": self.serial, "asked": self.asked}


class CountingChips:
    def blank(self, serial: str, stock_type: str) -> CountingChip:
        assert stock_type
        return CountingChip(serial)

    def restore(self, state: ChipState) -> CountingChip:
        return CountingChip(state["serial"], state["asked"])


CHIPS = CountingChips()


@contextmanager
def served(folder: Path, *, keep: bool = False) -> Iterator[Path]:
    path = folder / "world.sock"
    command = [sys.executable, "-m", "simulators", "world", "--socket", str(path), "--chips", "chips_for_world:CHIPS"]
    (folder / "chips_for_world.py").write_text(Path(__file__).read_text())
    if keep:
        command += ["--keep", str(folder / "kept")]
    environment = {"PYTHONPATH": str(folder)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"ready {path}\n"
        try:
            yield path
        finally:
            process.send_signal(signal.SIGTERM)
            ended = process.wait(10)
        assert ended == 0


PLACES = st.sampled_from(["supply", "store", "hopper/a", "machine/a", "output/a", "desk/r", "hand", "floor"])


@given(st.lists(st.tuples(PLACES, PLACES, st.integers(0, 3)), max_size=60))
def test_cards_are_conserved(moves: list[tuple[str, str, int]]) -> None:
    world = World()
    minted = world.mint(5)
    for source, to, count in moves:
        before = world.census()
        try:
            taken = world.move_next(source, to, count)
        except WorldError:
            assert world.census() == before
        else:
            assert taken == before.get(source, [])[:count]
        lying = [card for cards in world.census().values() for card in cards]
        assert sorted(lying) == minted
        assert all(world.card(c).place == p for p, cards in world.census().items() for c in cards)
        assert len(world.census().get("machine/a", [])) <= 1


def test_a_machine_holds_one_card() -> None:
    world = World()
    first, second = world.mint(2)
    world.move(first, "machine/m")
    with pytest.raises(WorldError) as refused:
        world.move(second, "machine/m")
    assert refused.value.code == "full"


def test_an_unknown_place_is_refused() -> None:
    world = World()
    world.mint(1)
    for place in ("hopper", "hopper/", "attic", "machine/a/b"):
        with pytest.raises(WorldError):
            world.move_next("supply", place)


def test_a_reader_in_a_machine_sees_only_a_card_that_is_held_to_it() -> None:
    world = World(CHIPS)
    (card,) = world.mint(1)
    world.move(card, "machine/m")
    assert world.in_field("machine/m") is None
    world.hold("machine/m", "contactless")
    assert world.in_field("machine/m") is None
    world.engage("machine/m", True)
    assert world.in_field("machine/m") == card
    world.move(card, "output/m")
    assert world.in_field("machine/m") is None
    (other,) = world.mint(1)
    world.move(other, "machine/m")
    assert world.in_field("machine/m") is None, "the next card has to be brought to the station first"


def test_a_chip_loses_its_session_when_it_leaves_the_field_and_keeps_its_memory() -> None:
    world = World(CHIPS)
    (card,) = world.mint(1)
    world.move(card, "desk/r")
    assert world.chip_apdu("desk/r", b"\x00") is None, "no power yet"
    assert world.chip_power("desk/r", "on") == bytes.fromhex("3b00")
    assert world.chip_apdu("desk/r", b"\x00") == b"\x01\x01\x00\x90\x00"
    world.move(card, "hand")
    assert world.chip_apdu("desk/r", b"\x00") is None
    world.move(card, "desk/r")
    assert world.chip_apdu("desk/r", b"\x00") is None
    world.chip_power("desk/r", "on")
    assert world.chip_apdu("desk/r", b"\x00") == b"\x02\x01\x00\x90\x00"


def test_a_card_without_a_chip_has_no_atr() -> None:
    world = World()
    world.move(world.mint(1)[0], "desk/r")
    assert world.chip_power("desk/r", "on") is None


def test_serials_are_fixed_by_the_seed_and_differ() -> None:
    def serials(seed: str) -> list[str]:
        world = World(seed=seed)
        return [world.card(c).serial for c in world.mint(20)]

    assert serials("a") == serials("a")
    assert len({*serials("a"), *serials("b")}) == 40


def test_the_world_outlives_its_process(tmp_path: Path) -> None:
    with served(tmp_path, keep=True) as path, WorldClient(path) as world:
        card, other, third = world.mint(3, "orange", "batch-7")
        world.move(card, "desk/r")
        world.move(third, "desk/r")
        world.chip_power("desk/r", "on")
        world.chip_apdu("desk/r", b"\x00")
        world.stamp(card, "front", b"a picture", {"film": "1"})
        before = world.card(card)
        with pytest.raises(WorldError) as refused:
            world.move(other, "desk/r")
        assert refused.value.code == "full"
    with served(tmp_path, keep=True) as path, WorldClient(path) as world:
        assert world.card(card) == before
        assert before.chip == {"serial": before.serial, "asked": 1}
        assert world.picture(before.prints[0].picture) == b"a picture"
        assert world.census() == {"desk/r": [card, third], "supply": [other]}
        world.chip_power("desk/r", "on")
        assert world.chip_apdu("desk/r", b"\x00") == b"\x02\x01\x00\x90\x00"
        assert world.mint(1) == ["card-000004"]


def test_one_who_waits_learns_of_a_card_at_once(tmp_path: Path) -> None:
    with served(tmp_path) as path, WorldClient(path) as world, WorldClient(path) as waiting:
        (card,) = world.mint(1)
        seen: list[str | None] = []
        thread = threading.Thread(target=lambda: seen.append(waiting.await_change("desk/r", None, 30)))
        thread.start()
        world.move(card, "desk/r")
        thread.join(10)
        assert seen == [card]
        assert waiting.await_change("desk/r", card, 0.05) == card, "nothing changed in time"


def test_a_client_that_talks_nonsense_is_told_so(tmp_path: Path) -> None:
    with served(tmp_path) as path, WorldClient(path) as world:
        for operation, arguments in (("fly", {}), ("move", {"to": "hand"}), ("mint", {"count": "many"})):
            with pytest.raises(WorldError) as refused:
                world._ask(operation, **arguments)
            assert refused.value.code == "bad-request"
        assert world.census() == {}
