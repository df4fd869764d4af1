"""The PC/SC driver and the chip engine over a real pcscd, its virtual reader and the simulated lab card.

How the desk is set up: `tests/drivers/desk.py`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from drivers.deadline import Deadline
from drivers.encoder import CardMute, CardRemoved, CardType, NoCard, ReaderGone, ServiceGone
from drivers.errors import DeadlinePassed, HeldByAnother, NotFound
from drivers.pcsc import DRIVER, PcscEncoder, child
from simulators.chips import LAB_KEYS
from simulators.devices.chip_faults import Mute, Reset, Slow, Tear, WrongSw, Yank
from stationd.chip.channels import Channels
from stationd.chip.errors import ForeignChip, LostReply, NotBlank, ReadBackDiffers, Refused
from stationd.chip.keys import LabKeys
from stationd.chip.personalise import Personaliser
from stationd.chip.profile_file import load
from stationd.chip.state import ChipIdentity, ObjectFound
from tests.chip.cards import shipped
from tests.drivers.desk import FACTOR, FIELD, READER, Desk, pcsc_desk
from tests.rig.truth import chip_content

PROFILE = load((Path(__file__).parents[2] / "config/profiles/lab-iso7816.toml").read_text())
TAG = bytes(range(0xA0, 0xB0))
IDENTITY = ChipIdentity("attempt-tag", TAG)
OBJECTS = {
    "biodata": bytes(range(256)) * 3,
    "photo": bytes(i * 7 % 256 for i in range(4000)),
    "signature": b"\x89PNG" * 300,
    "finger_left": b"FMR\0" * 150,
    "finger_right": b"FMR\1" * 150,
}
UPDATE = 0xD6
PROTOCOL = """
import sys
from smartcard import scard
_, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
both = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
_, card, taken = scard.SCardConnect(context, sys.argv[1], scard.SCARD_SHARE_SHARED, both)
print({scard.SCARD_PROTOCOL_T0: "T=0", scard.SCARD_PROTOCOL_T1: "T=1"}.get(taken))
scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
"""
"""Says which protocol pcscd takes with the card in a reader, to any program that would take either."""

ACTIVATE = 0x44


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with pcsc_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@pytest.fixture(scope="module")
def service(desk: Desk) -> Iterator[None]:
    desk.start_service()
    yield
    desk.stop_service()


@pytest.fixture
def encoder(desk: Desk, service: None) -> Iterator[PcscEncoder]:
    """The reader, with nothing on it before and after."""
    encoder = DRIVER.open(f"pcsc:{READER}", soon())
    assert isinstance(encoder, PcscEncoder)
    encoder.await_empty(soon())
    yield encoder
    for card in desk.world.census().get(FIELD, []):
        desk.world.move(card, "hand")
    encoder.close()


def soon() -> Deadline:
    return Deadline.after(8)


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def personalise(engine: Personaliser) -> list[str]:
    journal: list[str] = []
    engine.identify(TAG, soon())
    engine.write(OBJECTS, journal.append, soon())
    engine.verify(OBJECTS, soon())
    engine.lock(soon())
    return journal


def finish(engine: Personaliser) -> None:
    """Carry on with a card whose answer was lost, from what a look finds."""
    state = engine.inspect(OBJECTS, TAG, soon())
    if state.blank:
        personalise(engine)
        return
    if state.unfinished:
        engine.resume(OBJECTS, lambda _name: None, soon())
        engine.verify(OBJECTS, soon())
    if not state.locked:
        engine.lock(soon())


def test_readers_are_found_by_their_exact_names(service: None, encoder: PcscEncoder) -> None:
    assert list(DRIVER.find()) == ["pcsc:Virtual PCD 00 00", "pcsc:Virtual PCD 00 01"]
    with pytest.raises(NotFound):
        DRIVER.open("pcsc:Virtual PCD", soon())
    stranger = PcscEncoder("Virtual PCD 01 00")
    with pytest.raises(ReaderGone):
        stranger.card_present(soon())
    stranger.close()


def test_a_card_is_seen_to_come_and_go(desk: Desk, encoder: PcscEncoder) -> None:
    assert encoder.card_present(soon()) is False
    with pytest.raises(NoCard):
        encoder.connect(Deadline.after(0.8))
    card = desk.lay()
    connection = encoder.connect(soon())
    assert encoder.card_present(soon()) is True
    assert connection.uid is not None
    assert connection.uid.identity == bytes.fromhex(desk.world.card(card).serial or "")
    assert connection.card_type is CardType.TYPE_A
    with pytest.raises(DeadlinePassed):
        encoder.await_empty(Deadline.after(0.3))
    connection.close()
    desk.world.move(card, "hand")
    encoder.await_empty(soon())
    assert encoder.card_present(soon()) is False


def test_a_second_program_is_kept_out(desk: Desk, encoder: PcscEncoder) -> None:
    desk.lay()
    connection = encoder.connect(soon())
    other = PcscEncoder(READER)
    with pytest.raises(HeldByAnother):
        other.connect(soon())
    connection.close()
    other.connect(soon()).close()
    other.close()


def test_a_chip_is_personalised_and_made_live_apart(desk: Desk, encoder: PcscEncoder) -> None:
    card = desk.lay()
    connection = encoder.connect(soon())
    engine = Personaliser(connection, PROFILE)
    assert personalise(engine) == list(OBJECTS)
    state = engine.inspect(OBJECTS, TAG, soon())
    assert (state.complete, state.locked, state.active) == (True, True, False)
    connection.close()

    desk.put_back(card)
    connection = encoder.connect(soon())
    with pytest.raises(NotBlank) as refusal:
        Personaliser(connection, PROFILE).identify(bytes(15) + b"\1", soon())
    assert (refusal.value.life_cycle, refusal.value.identity, set(refusal.value.objects)) == (
        "locked",
        True,
        set(OBJECTS),
    )
    with pytest.raises(ForeignChip):
        Personaliser(connection, PROFILE).activate(ChipIdentity("attempt-tag", bytes(15) + b"\1"), soon())
    engine = Personaliser(connection, PROFILE)
    engine.activate(IDENTITY, soon())
    assert engine.inspect(OBJECTS, TAG, soon()).active
    connection.close()


@pytest.mark.parametrize(("at", "acted"), [(1, False), (1, True), (20, True), (33, False)])
def test_a_card_pulled_in_mid_write_is_finished_when_it_is_back(
    desk: Desk, encoder: PcscEncoder, at: int, acted: bool
) -> None:
    card = desk.lay(Yank(at=at, ins=UPDATE, acted=acted))
    connection = encoder.connect(soon())
    with pytest.raises(LostReply) as lost:
        personalise(Personaliser(connection, PROFILE))
    assert isinstance(lost.value.failure, CardRemoved)
    assert (lost.value.step, lost.value.may_have_acted) == ("update_binary", True)
    connection.close()
    encoder.await_empty(soon())
    desk.put_back(card)
    connection = encoder.connect(soon())
    engine = Personaliser(connection, PROFILE)
    finish(engine)
    assert engine.inspect(OBJECTS, TAG, soon()).complete
    connection.close()


@pytest.mark.parametrize("kind", ["iso7816-t0", "gp-scp03-t0"])
def test_a_chip_that_speaks_t0_alone_is_personalised(desk: Desk, encoder: PcscEncoder, kind: str) -> None:
    """Its answer to reset names no protocol, pcscd takes T=0, and what it answers to data is fetched."""
    profile = PROFILE if kind == "iso7816-t0" else shipped("lab-gp-scp03")
    profile = replace(profile, card_types=(*profile.card_types, "contact"))
    channels = Channels(LabKeys(LAB_KEYS))
    card = desk.lay(chips=kind)
    encoder.connect(soon()).close()  # pcscd has seen it
    command = [*child.INTERPRETER, "-c", PROTOCOL, READER]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "T=0\n"
    connection = encoder.connect(soon())
    assert connection.card_type is CardType.CONTACT
    assert connection.uid is None
    engine = channels.engine(connection, profile)
    assert personalise(engine) == list(OBJECTS)
    connection.close()
    connection = encoder.connect(soon())
    engine = channels.engine(connection, profile)
    assert engine.inspect(OBJECTS, TAG, soon()).locked
    engine.activate(IDENTITY, soon())
    connection.close()
    state = desk.world.chip_state(card)
    assert state is not None
    life, files = chip_content(state)
    assert life == "5"
    assert set(OBJECTS.values()) <= set(files.values())


def test_a_torn_write_is_found_and_written_again(desk: Desk, encoder: PcscEncoder) -> None:
    card = desk.lay(Tear(at=10, ins=UPDATE, kept=100))
    connection = encoder.connect(soon())
    with pytest.raises(LostReply) as lost:
        personalise(Personaliser(connection, PROFILE))
    assert lost.value.object == "photo"
    connection.close()
    desk.put_back(card)
    connection = encoder.connect(soon())
    engine = Personaliser(connection, PROFILE)
    found = engine.inspect(OBJECTS, TAG, soon())
    assert [found.objects[name] for name in ("biodata", "photo", "signature")] == [
        ObjectFound.EQUAL,
        ObjectFound.DIFFERS,
        ObjectFound.ABSENT,
    ]
    finish(engine)
    connection.close()


def test_a_field_that_breaks_down_ends_the_session(desk: Desk, encoder: PcscEncoder) -> None:
    desk.lay(Reset(at=5, ins=UPDATE))
    with pytest.raises(LostReply) as lost:
        personalise(Personaliser(encoder.connect(soon()), PROFILE))
    assert isinstance(lost.value.failure, CardRemoved)
    encoder.await_empty(soon())
    connection = encoder.connect(soon())
    finish(Personaliser(connection, PROFILE))
    connection.close()


@pytest.mark.parametrize("acted", [False, True])
def test_a_mute_card_is_fenced_off_at_the_deadline(desk: Desk, encoder: PcscEncoder, acted: bool) -> None:
    card = desk.lay(Mute(at=12, ins=UPDATE, acted=acted))
    connection = encoder.connect(soon())
    generation, worker = encoder.generation, encoder.worker_pid
    assert worker is not None
    engine = Personaliser(connection, PROFILE)
    engine.identify(TAG, soon())
    started = time.monotonic()
    with pytest.raises(LostReply) as lost:
        engine.write(OBJECTS, lambda _name: None, Deadline.after(2))
    assert 1.9 < time.monotonic() - started < 60  # the chip is silent for good
    assert isinstance(lost.value.failure, CardMute)
    assert not alive(worker)
    # While the card stays silent pcscd holds on to it: the reader is ours, and says why it cannot be had.
    encoder.card_present(soon())  # a new worker takes its time to start
    with pytest.raises(CardMute):
        encoder.connect(Deadline.after(1.5))
    connection.close()
    desk.put_back(card)
    connection = encoder.connect(soon())
    assert encoder.generation > generation
    finish(Personaliser(connection, PROFILE))
    connection.close()


def test_a_write_that_lands_after_its_deadline_is_over_before_the_next_session(
    desk: Desk, encoder: PcscEncoder
) -> None:
    late = 3.0
    desk.lay(Slow(at=12, ins=UPDATE, seconds=late * FACTOR))
    connection = encoder.connect(soon())
    generation = encoder.generation
    engine = Personaliser(connection, PROFILE)
    engine.identify(TAG, soon())
    started = time.monotonic()
    with pytest.raises(LostReply) as lost:
        engine.write(OBJECTS, lambda _name: None, Deadline.after(1.5))
    assert isinstance(lost.value.failure, CardMute)
    connection.close()
    connection = encoder.connect(soon())  # the card never left: it is had when what was abandoned is over
    assert time.monotonic() - started > late
    assert encoder.generation > generation
    finish(Personaliser(connection, PROFILE))
    state = Personaliser(connection, PROFILE).inspect(OBJECTS, TAG, soon())
    assert (state.complete, state.locked) == (True, True)
    connection.close()


@pytest.mark.parametrize("acted", [False, True])
def test_an_activation_without_an_answer_is_settled_by_a_look(desk: Desk, encoder: PcscEncoder, acted: bool) -> None:
    card = desk.lay(Yank(at=1, ins=ACTIVATE, acted=acted))
    connection = encoder.connect(soon())
    engine = Personaliser(connection, PROFILE)
    personalise(engine)
    with pytest.raises(LostReply) as lost:
        engine.activate(IDENTITY, soon())
    assert lost.value.may_have_acted
    connection.close()
    desk.put_back(card)
    connection = encoder.connect(soon())
    engine = Personaliser(connection, PROFILE)
    state = engine.inspect(OBJECTS, TAG, soon())
    assert (state.active, state.locked) == (acted, not acted)
    if not acted:
        engine.activate(IDENTITY, soon())
    connection.close()


def test_a_write_that_the_chip_refuses_names_its_answer(desk: Desk, encoder: PcscEncoder) -> None:
    desk.lay(WrongSw(at=3, ins=UPDATE, sw=0x6581, acted=True))
    connection = encoder.connect(soon())
    engine = Personaliser(connection, PROFILE)
    with pytest.raises(Refused) as refusal:
        personalise(engine)
    assert (refusal.value.sw, refusal.value.object) == (0x6581, "biodata")
    finish(engine)
    connection.close()


def test_a_write_that_was_never_done_is_found_by_reading_back(desk: Desk, encoder: PcscEncoder) -> None:
    desk.lay(WrongSw(at=4, ins=UPDATE, sw=0x9000))
    connection = encoder.connect(soon())
    engine = Personaliser(connection, PROFILE)
    with pytest.raises(ReadBackDiffers) as difference:
        personalise(engine)
    assert (difference.value.object, difference.value.offset) == ("biodata", 480)
    finish(engine)
    connection.close()


def test_a_daemon_that_dies_leaves_the_reader_free(desk: Desk, encoder: PcscEncoder) -> None:
    desk.lay()
    other = PcscEncoder(READER)
    other.connect(soon())
    assert other.worker_pid is not None
    os.kill(other.worker_pid, signal.SIGKILL)
    end = time.monotonic() + 5
    while True:
        try:
            connection = encoder.connect(soon())
        except HeldByAnother:
            assert time.monotonic() < end
            time.sleep(0.02)
        else:
            break
    personalise(Personaliser(connection, PROFILE))
    connection.close()
    other.close()


def test_pcscd_killed_and_started_again(desk: Desk, encoder: PcscEncoder) -> None:
    desk.lay()
    connection = encoder.connect(soon())
    engine = Personaliser(connection, PROFILE)
    engine.identify(TAG, soon())
    desk.kill_service()
    with pytest.raises(LostReply) as lost:
        engine.write(OBJECTS, lambda _name: None, soon())
    assert isinstance(lost.value.failure, ServiceGone)
    with pytest.raises(ServiceGone):
        encoder.card_present(soon())
    with pytest.raises(ServiceGone):
        DRIVER.find()
    connection.close()
    worker = encoder.worker_pid
    desk.start_service()
    connection = encoder.connect(soon())
    assert encoder.worker_pid == worker
    finish(Personaliser(connection, PROFILE))
    connection.close()


def test_pcscd_killed_while_a_card_is_waited_for(desk: Desk, encoder: PcscEncoder) -> None:
    killer = threading.Timer(0.3, desk.kill_service)
    killer.start()
    with pytest.raises(ServiceGone):
        encoder.connect(soon())
    killer.join()
    desk.start_service()
    desk.lay()
    encoder.connect(soon()).close()
    desk.kill_service()
    with pytest.raises(ServiceGone):
        encoder.card_present(soon())
    desk.start_service()
