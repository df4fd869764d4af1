"""The machine works as a machine does: one thing a part at a time, real film, and cards that do not multiply."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from simulators.clock import ManualClock
from simulators.devices.faults import Fault, Script
from simulators.devices.matica_xid import Machine
from simulators.devices.matica_xid_data import MODELS, Durations, MachineSettings, Position, Sense, ideal_card_seconds
from simulators.world import World

SMALL = MODELS["XID580i"]
DOTS = SMALL.width * SMALL.height


class Room:
    """A machine, ten cards in its hopper, and time that a test lets pass."""

    def __init__(self, script: list[Fault] | None = None, **settings: object) -> None:
        self.clock = ManualClock()
        self.world = World()
        self.cards = self.world.mint(10)
        self.world.move_next("supply", "hopper/m", 10)
        given_settings = {"name": "m", "model": "XID580i", "fresh_reset": False, **settings}
        self.machine = Machine(
            MachineSettings(**given_settings),  # type: ignore[arg-type]
            self.world,
            self.clock,
            Script(script),
        )
        self.codes: list[int] = []

    def done(self, code: int) -> None:
        self.codes.append(code)

    def ended(self, seconds: float = 60) -> int:
        """Let time pass until the one command that is under way has ended."""
        self.clock.advance(seconds)
        (code,) = self.codes
        self.codes = []
        return code

    def load(self, to: Position = Position.PRINT) -> None:
        self.machine.load(to, self.done)
        assert self.ended() == 0

    def film(self, ink: int = 255, *names: str) -> None:
        for name in names or ("yellow", "magenta", "cyan", "black"):
            assert self.machine.panel(name, bytes([ink]) * DOTS) == 0
        self.machine.print_film(names or ("yellow", "magenta", "cyan", "black"), self.done)
        assert self.ended() == 0

    def transfer(self, then: str = "return") -> int:
        self.machine.transfer(then, self.done)
        return self.ended()


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    yield made
    made.machine.close()


def test_a_card_is_fed_printed_and_put_out(room: Room) -> None:
    room.load(Position.CONTACTLESS)
    assert room.machine.position() == (0, Position.CONTACTLESS)
    room.machine.move(Position.PRINT, room.done)
    assert room.ended() == 0
    room.film()
    assert room.transfer("return") == 0
    assert room.machine.position() == (0, Position.PRINT), "a transfer with return keeps the card"
    room.machine.move(Position.EJECT, room.done)
    assert room.ended() == 0
    assert room.machine.position() == (0, None)
    assert room.world.census()["output/m"] == room.cards[:1]
    assert len(room.world.card(room.cards[0]).prints) == 1
    assert room.machine.body.counters == {"total": 1, "free": 1, "head": 4, "clean": 1, "error": 0}


def test_an_immediate_command_is_done_at_once_and_works_on(room: Room) -> None:
    room.machine.load(Position.CONTACTLESS, room.done, immediate=True)
    assert room.codes == [0]
    assert room.machine.ready() == Sense.BUSY
    assert room.machine.position() == (Sense.BUSY, None)
    room.clock.advance(Durations().feed + Durations().move)
    assert room.machine.ready() == 0
    assert room.machine.position() == (0, Position.CONTACTLESS)


def test_film_is_printed_while_the_card_moves_and_is_read(room: Room) -> None:
    for name in ("yellow", "magenta", "cyan", "black"):
        room.machine.panel(name, bytes(DOTS))
    room.machine.print_film(["yellow", "magenta", "cyan", "black"], room.done, immediate=True)
    assert room.codes == [0]
    assert room.machine.ready() == Sense.BUSY_PRINTING
    room.machine.load(Position.CONTACTLESS, room.done)
    room.clock.advance(4)
    room.machine.engage("contactless", room.done, engaged=True)
    room.clock.advance(1)
    assert room.codes == [0, 0, 0]
    assert room.world.in_field("machine/m") == room.cards[0]
    assert room.machine.ready() == Sense.BUSY_PRINTING, "the film is still being printed"
    room.machine.print_film(["black"], room.done)
    room.machine.transfer("return", room.done)
    assert room.codes[3:] == [Sense.BUSY_PRINTING, Sense.BUSY_PRINTING]
    assert room.machine.panel("black", bytes(DOTS)) == Sense.BUSY_PRINTING
    room.clock.advance(Durations().film(4))
    assert room.machine.ready() == 0


def test_the_reader_sees_the_card_only_while_engaged(room: Room) -> None:
    room.load(Position.PRINT)
    room.machine.engage("contactless", room.done, engaged=True)
    assert room.ended() == Sense.CARD_POSITION
    room.machine.move(Position.CONTACTLESS, room.done)
    assert room.ended() == 0
    assert room.world.in_field("machine/m") is None
    room.machine.engage("contactless", room.done, engaged=True)
    assert room.ended() == 0
    assert room.world.in_field("machine/m") == room.cards[0]
    room.machine.move(Position.EJECT, room.done)
    assert room.ended() == Sense.BAD_SEQUENCE, "released first"
    room.machine.engage("contactless", room.done, engaged=False)
    assert room.ended() == 0
    assert room.world.in_field("machine/m") is None


def test_nothing_is_transferred_from_clean_film(room: Room) -> None:
    room.load()
    assert room.transfer() == Sense.BAD_SEQUENCE
    room.film()
    assert room.transfer() == 0
    assert room.transfer() == Sense.BAD_SEQUENCE, "the frame is used"


def test_a_card_has_to_be_at_the_printing_station_for_a_transfer(room: Room) -> None:
    room.film()
    assert room.transfer() == Sense.CARD_POSITION
    room.load(Position.CONTACTLESS)
    assert room.transfer() == Sense.CARD_POSITION
    assert room.world.card(room.cards[0]).prints == []


def test_what_was_left_on_the_film_shows_on_the_card(room: Room) -> None:
    room.film(255, "yellow", "magenta", "cyan")
    room.film(200, "black")
    room.load()
    assert room.transfer() == 0
    (made,) = room.world.card(room.cards[0]).prints
    assert made.source == {"film": "1", "panels": "black+cyan+magenta+yellow", "passes": "2"}


def test_film_init_winds_away_what_the_film_holds(room: Room) -> None:
    room.film()
    room.machine.load(Position.PRINT, room.done, film_init=True)
    assert room.ended() == 0
    assert room.machine.body.film.clean
    assert room.transfer() == Sense.BAD_SEQUENCE


def test_film_is_wound_while_the_card_is_fed(room: Room) -> None:
    room.machine.load(Position.PRINT, room.done, film_init=True)
    assert room.machine.ready() == Sense.BUSY_PRINTING
    room.clock.advance(Durations().film_init)
    assert room.machine.ready() == Sense.BUSY
    assert room.codes == []
    room.clock.advance(Durations().feed - Durations().film_init)
    assert room.codes == [0]


def test_a_jam_while_film_is_wound_ends_the_command_once() -> None:
    room = Room([Fault(kind="jam", command="load", fraction=0.2)])
    room.machine.meet("load")
    room.machine.load(Position.PRINT, room.done, film_init=True)
    assert room.ended() == 0x00039300
    room.machine.close()


def test_the_other_side_is_printed_after_a_flip(room: Room) -> None:
    room.load()
    room.film()
    assert room.transfer("flip") == 0
    room.film()
    assert room.transfer("eject") == 0
    prints = room.world.card(room.cards[0]).prints
    assert [made.side for made in prints] == ["front", "back"]
    assert [made.source["film"] for made in prints] == ["1", "2"]
    assert room.machine.body.counters["total"] == 1
    assert room.world.card(room.cards[0]).place == "output/m"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_picture_comes_out_upright_and_cut_to_the_card(name: str) -> None:
    model = MODELS[name]
    room = Room(model=name)
    upright = Image.new("L", (model.width, model.height), 0)
    left, top = (model.width - model.card_width) // 2, (model.height - model.card_height) // 2
    upright.paste(255, (left, top, left + 100, top + 50))
    sent = upright.transpose(Image.Transpose.ROTATE_180) if model.turned else upright
    blank = bytes(model.width * model.height)
    for panel, dots in (("cyan", sent.tobytes()), ("magenta", blank), ("yellow", blank)):
        assert room.machine.panel(panel, dots) == 0
    room.machine.print_film(["cyan", "magenta", "yellow"], room.done)
    assert room.ended() == 0
    room.load()
    assert room.transfer() == 0
    (made,) = room.world.card(room.cards[0]).prints
    with Image.open(io.BytesIO(room.world.picture(made.picture))) as picture:
        assert picture.size == (model.card_width, model.card_height)
        assert picture.getpixel((0, 0)) == (0, 255, 255), "full cyan swallows red"
        assert picture.getpixel((99, 49)) == (0, 255, 255)
        assert picture.getpixel((100, 50)) == (255, 255, 255)
    room.machine.close()


def test_an_empty_hopper_is_reported_and_refuses_only_loading(room: Room) -> None:
    room.load()
    room.world.move_next("hopper/m", "hand", 9)
    assert room.machine.ready() == Sense.HOPPER_EMPTY
    room.machine.move(Position.EJECT, room.done)
    assert room.ended() == 0
    room.machine.load(Position.PRINT, room.done)
    assert room.ended() == Sense.HOPPER_EMPTY


def test_wrong_positions_are_refused(room: Room) -> None:
    for to in (Position.REJECT, Position.EJECT, 9):
        room.machine.load(to, room.done)
        assert room.ended() == Sense.BAD_PARAMETER
    room.machine.move(Position.PRINT, room.done)
    assert room.ended() == Sense.CARD_POSITION, "there is no card to move"
    room.load()
    room.machine.load(Position.PRINT, room.done)
    assert room.ended() == Sense.CARD_POSITION, "there is a card in the way"


def test_a_switched_on_machine_says_so_once() -> None:
    room = Room(fresh_reset=True, cold=True)
    assert room.machine.ready() == Sense.RESET
    assert room.machine.ready() == Sense.WARMING_UP
    room.machine.load(Position.PRINT, room.done)
    assert room.codes == [Sense.WARMING_UP]
    room.clock.advance(Durations().warm_up)
    assert room.machine.ready() == 0
    room.machine.close()


def test_a_power_cut_stops_everything_and_keeps_card_and_film() -> None:
    fault = Fault(kind="power-loss", command="print", nth=2, seconds=30)
    room = Room([fault])
    room.machine.meet("print")
    room.film(255, "black")
    room.load(Position.CONTACTLESS)
    room.machine.engage("contactless", room.done, engaged=True)
    assert room.ended() == 0
    room.machine.panel("black", bytes(DOTS))
    room.machine.meet("print")
    room.machine.print_film(["black"], room.done)
    room.clock.advance(Durations().film(1) * 0.6)
    assert not room.machine.body.powered
    assert room.codes == [], "a machine without power answers nothing"
    assert room.world.in_field("machine/m") is None
    room.clock.advance(30 + Durations().warm_up)
    assert [room.machine.ready() for _ in range(3)] == [Sense.POWER_INTERRUPTED, Sense.RESET, 0]
    assert room.machine.position() == (0, Position.PRINT), "it found the card"
    assert not room.machine.body.film.clean
    room.machine.print_film(["black"], room.done)
    assert room.codes == [Sense.BAD_FIELD], "uploaded panels are gone"
    room.machine.close()


@pytest.mark.parametrize(("card", "place"), [("stay", "machine/m"), ("eject", "output/m"), ("reject", "reject/m")])
def test_a_card_found_in_the_path_when_power_returns_stays_or_is_put_out(room: Room, card: str, place: str) -> None:
    room.load(Position.CONTACTLESS)
    room.machine.body.mains(on=False)
    room.clock.advance(5)
    room.machine.body.mains(on=True, card=card)  # type: ignore[arg-type]
    room.clock.advance(120)
    assert room.world.card(room.cards[0]).place == place
    if card == "stay":
        assert room.machine.body.station is Position.PRINT
    room.machine.body.mains(on=False)
    room.machine.body.mains(on=True)
    room.clock.advance(120)
    assert room.world.card(room.cards[0]).place == place, "how it starts is said for one start only"


def test_a_power_cut_in_a_transfer_spoils_the_card() -> None:
    room = Room([Fault(kind="power-loss", command="transfer", fraction=0.5)])
    room.load()
    room.film()
    room.machine.meet("transfer")
    room.machine.transfer("return", room.done)
    room.clock.advance(30)
    (made,) = room.world.card(room.cards[0]).prints
    assert made.source["pressed"] == "0.50"
    with Image.open(io.BytesIO(room.world.picture(made.picture))) as picture:
        assert picture.getpixel((10, 10)) == (0, 0, 0)
        assert picture.getpixel((SMALL.card_width - 10, 10)) == (255, 255, 255)
    room.machine.close()


@pytest.mark.parametrize(("inside", "place"), [(False, "hopper/m"), (True, "machine/m")])
def test_a_feed_jam_lasts_until_a_hand_clears_it(inside: bool, place: str) -> None:
    room = Room([Fault(kind="feed-jam", command="load", card_inside=inside)])
    room.machine.meet("load")
    room.machine.load(Position.PRINT, room.done)
    assert room.ended() == Sense.FEED_JAM
    assert room.world.card(room.cards[0]).place == place
    assert room.machine.ready() == Sense.FEED_JAM
    room.machine.load(Position.PRINT, room.done)
    assert room.ended() == Sense.FEED_JAM
    room.machine.body.door(closed=False)
    assert room.machine.ready() == Sense.DOOR_OPEN
    if inside:
        room.world.move(room.cards[0], "hand")
    room.machine.body.door(closed=True)
    assert room.machine.ready() == Sense.BUSY_PRINTING
    room.clock.advance(Durations().initialise)
    assert room.machine.ready() == 0
    room.load()
    room.machine.close()


def test_opening_the_door_stops_the_work_and_its_command_says_why(room: Room) -> None:
    room.machine.load(Position.PRINT, room.done)
    room.clock.advance(1)
    room.machine.body.door(closed=False)
    assert room.codes == [Sense.DOOR_OPEN]
    assert room.machine.body.card() == room.cards[0]
    assert room.machine.body.station is None


def test_slowness_is_only_slow() -> None:
    room = Room([Fault(kind="slow", command="load", factor=10)])
    room.machine.meet("load")
    room.machine.load(Position.PRINT, room.done)
    room.clock.advance(Durations().feed * 9)
    assert room.codes == []
    assert room.ended(Durations().feed * 2) == 0
    room.machine.close()


def test_ribbon_and_film_run_out_and_are_refilled() -> None:
    room = Room(ribbon_left=1, film_left=5)
    room.load()
    room.film()
    assert room.machine.ready() == Sense.RIBBON_OUT
    room.machine.body.refill()
    assert room.machine.ready() == 0
    assert room.machine.body.film.clean, "a new film holds nothing"
    room.machine.close()


def test_the_ideal_time_is_the_longer_of_film_and_chip() -> None:
    durations = Durations(
        feed=2, move=1, engage=0.5, film_panel=5, film_wind=2, transfer=11, eject=2, flip=0, film_init=0
    )
    assert ideal_card_seconds(durations, 4) == 3.5 + 22 + 13
    assert ideal_card_seconds(durations, 40) == 3.5 + 41.5 + 13
    assert ideal_card_seconds(durations, 4, film_at_once=True) == 22 + 13
    assert ideal_card_seconds(durations, 4, back_beside_film=False) == 3.5 + 22 + 1.5 + 13
    assert ideal_card_seconds(durations, 4, activation_seconds=0.25) == 3.5 + 22 + 11 + (1 + 0.5 + 0.25 + 0.5) + 2


MOTIONS = st.sampled_from(["load", "move", "print", "transfer", "engage"])
EVENTS = st.one_of(
    st.tuples(MOTIONS, st.integers(0, 6), st.booleans(), st.sampled_from(["return", "flip", "eject"])),
    st.tuples(st.just("wait"), st.floats(0, 30)),
    st.tuples(st.sampled_from(["door", "mains"]), st.booleans()),
    st.tuples(st.just("jam")),
)


def ask(room: Room, motion: str, position: int, immediate: bool, then: str) -> None:
    machine = room.machine
    match motion:
        case "load":
            machine.load(position, room.done, immediate=immediate, film_init=then == "flip")
        case "move":
            machine.move(position, room.done, immediate=immediate)
        case "print":
            machine.print_film(["black"], room.done, immediate=immediate)
        case "transfer":
            machine.transfer(then, room.done, immediate=immediate)
        case "engage":
            machine.engage("contactless", room.done, engaged=immediate)


@given(events=st.lists(EVENTS, max_size=20))
@settings(max_examples=60, deadline=None)
def test_whatever_is_asked_cards_are_conserved_and_every_command_ends_once(events: list[tuple[Any, ...]]) -> None:
    room = Room()
    asked = lost = 0
    room.machine.panel("black", bytes(DOTS))
    for event in events:
        match event:
            case ("wait", seconds):
                room.clock.advance(seconds)
            case ("door", closed):
                room.machine.body.door(closed=closed)
            case ("mains", on):
                if not on and room.machine.body.powered:
                    lost = asked - len(room.codes)
                room.machine.body.mains(on=on)
            case ("jam",):
                room.machine.body.happen(Fault(kind="jam"))
            case motion:
                asked += 1
                ask(room, *motion)
        assert sorted(card for cards in room.world.census().values() for card in cards) == room.cards
        assert (room.world.in_field("machine/m") is not None) <= (room.machine.body.engaged == "contactless")
    room.clock.advance(500)
    assert len(room.codes) == asked - lost
    room.machine.close()
