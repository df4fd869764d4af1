"""A chip is personalised over a simulated PN532, which was written by somebody else from the same manual."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.deadline import Deadline
from drivers.encoder import CardMute, CardRemoved, CardType, Encoder
from drivers.errors import DeadlinePassed, Disconnected, NotUnderstood
from drivers.pn532 import DRIVER, Pn532Encoder, driver
from simulators.devices.chip_faults import Fault, Mute, Slow, Yank, with_faults
from simulators.wires.control import ask_control
from simulators.wires.pn532 import control_of
from simulators.world_client import WorldClient
from stationd.chip.errors import LostReply, ReadBackDiffers
from stationd.chip.personalise import Personaliser
from tests.drivers.desk import FACTOR, FIELD, pn532_desk
from tests.drivers.test_pcsc_wire import OBJECTS, PROFILE, TAG, UPDATE, finish, personalise

READER = "pn532-desk"


@dataclass
class Desk:
    """The reader on the desk, and the world."""

    world: WorldClient
    encoder: Pn532Encoder

    def lay(self, *faults: Fault, chips: str = "") -> str:
        """Lay a new card on the reader."""
        (card,) = self.world.mint(1, chips=chips) if chips else self.world.mint(1)
        state = self.world.chip_state(card)
        assert state is not None
        self.world.set_chip_state(card, with_faults(state, *faults))
        self.world.move(card, FIELD)
        return card

    def put_back(self, card: str) -> None:
        self.world.move(card, "hand")
        self.encoder.await_empty(soon())
        self.world.move(card, FIELD)


def soon() -> Deadline:
    return Deadline.after(8)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WorldClient, Path]]:
    with pn532_desk(tmp_path_factory.mktemp("pn532")) as place:
        yield place


@pytest.fixture
def control(place: tuple[WorldClient, Path]) -> str:
    return str(control_of(place[1]))


@pytest.fixture
def desk(place: tuple[WorldClient, Path]) -> Iterator[Desk]:
    world, port = place
    encoder = DRIVER.open(f"serial:{port}", soon())
    assert isinstance(encoder, Pn532Encoder)
    yield Desk(world, encoder)
    for card in world.census().get(FIELD, []):
        world.move(card, "hand")
    encoder.close()


def whole(encoder: Encoder) -> bool:
    connection = encoder.connect(soon())
    state = Personaliser(connection, PROFILE).inspect(OBJECTS, TAG, soon())
    connection.close()
    return state.complete and state.locked


def test_a_chip_is_personalised(desk: Desk) -> None:
    card = desk.lay()
    connection = desk.encoder.connect(soon())
    assert connection.card_type is CardType.TYPE_A
    assert connection.uid is not None
    assert connection.uid.identity == bytes.fromhex(desk.world.card(card).serial or "")
    assert personalise(Personaliser(connection, PROFILE)) == list(OBJECTS)
    connection.close()
    assert whole(desk.encoder)


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Yank(at=5, ins=UPDATE, acted=True), CardRemoved),
        (Mute(at=12, ins=UPDATE, acted=False), CardMute),
        (Slow(at=12, ins=UPDATE, seconds=2.5 * FACTOR), CardMute),
    ],
)
def test_a_card_that_does_not_answer_is_fenced_off_and_finished(desk: Desk, fault: Fault, failure: type) -> None:
    card = desk.lay(fault)
    connection = desk.encoder.connect(soon())
    engine = Personaliser(connection, PROFILE)
    engine.identify(TAG, soon())
    started = time.monotonic()
    with pytest.raises(LostReply) as lost:
        engine.write(OBJECTS, lambda _name: None, Deadline.after(8 if failure is CardRemoved else 1.5))
    assert time.monotonic() - started < 60  # the chip is silent for good
    assert isinstance(lost.value.failure, failure)
    connection.close()
    desk.put_back(card)
    connection = desk.encoder.connect(soon())
    finish(Personaliser(connection, PROFILE))
    connection.close()
    assert whole(desk.encoder)


@pytest.mark.parametrize(
    ("chips", "card_type"), [("iso7816-b", CardType.TYPE_B), ("iso7816-random-uid", CardType.TYPE_A)]
)
def test_a_uid_that_changes_is_no_identity(desk: Desk, chips: str, card_type: CardType) -> None:
    desk.lay(chips=chips)
    told = []
    for _ in range(2):
        connection = desk.encoder.connect(soon())
        assert connection.card_type is card_type
        assert connection.uid is not None
        told.append(connection.uid)
        assert connection.transmit(bytes.fromhex("00A4040000"), soon()).sw == 0x6A82
        connection.close()
    assert told[0] != told[1]
    assert not any(uid.may_identify for uid in told)


def test_the_longest_short_apdu_goes(desk: Desk) -> None:
    desk.lay()
    connection = desk.encoder.connect(soon())
    assert connection.transmit(bytes.fromhex("00A40400FF") + bytes(255) + b"\0", soon()).sw >> 8 in range(0x61, 0x70)
    connection.close()


@pytest.mark.parametrize(
    ("kind", "acts", "failures"),
    [
        ("mute", True, {CardMute}),
        ("power-loss", True, {DeadlinePassed}),  # not even the fence was answered: it comes first when there is power
        ("garbage", False, {CardMute, Disconnected, NotUnderstood}),
        ("half-reply", True, {CardMute, NotUnderstood}),
    ],
)
def test_an_answer_that_is_spoilt_on_its_way_is_not_believed(
    desk: Desk, control: str, kind: str, acts: bool, failures: set[type], monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind != "power-loss":
        monkeypatch.setattr(driver, "_ASIDE", 2.0)  # a fence in time, whatever else this computer has to do
    desk.lay()
    connection = desk.encoder.connect(soon())
    engine = Personaliser(connection, PROFILE)
    engine.identify(TAG, soon())
    spoil(control, kind, acts=acts)
    with pytest.raises(LostReply) as lost:
        engine.write(OBJECTS, lambda _name: None, Deadline.after(0.5))
    assert type(lost.value.failure) in failures
    connection.close()
    ask_control(control, {"op": "clear", "machine": READER, "condition": "mute"})
    ask_control(control, {"op": "mains", "machine": READER, "on": True})
    connection = desk.encoder.connect(soon())
    finish(Personaliser(connection, PROFILE))
    connection.close()
    assert whole(desk.encoder)


def test_an_answer_that_is_the_last_one_again_is_found_out_by_reading_back(desk: Desk, control: str) -> None:
    """Nothing numbers a PN532's answers: that a write was answered with 9000 is no proof of it."""
    desk.lay()
    connection = desk.encoder.connect(soon())
    engine = Personaliser(connection, PROFILE)
    engine.identify(TAG, soon())
    spoil(control, "last-reply", acts=False)
    engine.write(OBJECTS, lambda _name: None, soon())
    with pytest.raises(ReadBackDiffers):
        engine.verify(OBJECTS, soon())
    connection.close()


def spoil(control: str, kind: str, *, acts: bool) -> None:
    """Let the answer to the seventh exchange from now be spoilt."""
    fault = {"kind": kind, "command": "exchange", "nth": 7, "acts": acts}
    ask_control(control, {"op": "fault", "machine": READER, "fault": fault})
