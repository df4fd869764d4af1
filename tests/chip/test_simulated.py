"""The engine with the simulated chips and SAM, in process: both sides come from the page and the published rules."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import msgspec
import pytest
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import CardMute, CardRemoved, CardReset, CardType, Connection, Response
from simulators.devices.chip import Mishap, TimedChip
from simulators.devices.chip_faults import (
    BadMac,
    Fault,
    Garbage,
    MemoryFull,
    Mute,
    Reset,
    Tear,
    WrongKey,
    Yank,
    with_faults,
)
from simulators.devices.chip_gp import GpChips
from simulators.devices.chip_iso7816 import CHIPS
from simulators.devices.chip_sam import Sams
from simulators.devices.chip_scp03 import KeySet
from stationd.chip.channel import Plain, SecureChannel
from stationd.chip.channel_errors import WrongKeys
from stationd.chip.errors import ChipError, LostReply, NotBlank
from stationd.chip.personalise import Personaliser
from stationd.chip.profile import Profile, Scp03Channel
from stationd.chip.sam import SamComputer
from stationd.chip.state import ChipIdentity
from tests.chip.cards import secured, shipped, soft
from tests.chip.fake_gp import SAM_AID, Keys

SERIAL = "04112233445566"
TAG = bytes(range(0xA0, 0xB0))
IDENTITY = ChipIdentity("attempt-tag", TAG)
SIZES = {"biodata": 40, "photo": 300, "signature": 1, "finger_left": 9, "finger_right": 9}
OBJECTS = {name: bytes(at % 251 for at in range(size)) for name, size in SIZES.items()}
CHANNEL = shipped("lab-gp-scp03").channel
STORE_DATA, UPDATE = 0xE2, 0xD6


def keys(size: int = 16) -> Keys:
    return Keys(bytes(range(0x10, 0x10 + size)), bytes(range(0x40, 0x40 + size)))


def key_set(size: int = 16) -> KeySet:
    return KeySet(0x30, keys(size).enc.hex(), keys(size).mac.hex(), bytes(size).hex())


class Simulated(Connection):
    """A session with a simulated chip, as a reader gives it."""

    atr = b""
    uid = None
    card_type = CardType.TYPE_A

    def __init__(self, chip: TimedChip) -> None:
        self.chip = chip
        self.sent = 0
        chip.power_off()
        chip.power_on()

    @override
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        self.sent += 1
        reply = self.chip.exchange(apdu)
        if reply.mishap is Mishap.GONE:
            raise CardRemoved("simulated", "transmit")
        if reply.mishap is Mishap.RESET:
            raise CardReset("simulated", "transmit")
        if len(reply.answer) < 2:
            raise CardMute("simulated", "transmit")
        return Response(reply.answer[:-2], int.from_bytes(reply.answer[-2:]))

    @override
    def close(self) -> None:
        self.chip.power_off()


def later() -> Deadline:
    return Deadline.after(30)


def whole(engine: Personaliser) -> None:
    engine.identify(TAG, later())
    engine.write(OBJECTS, lambda _name: None, later())
    engine.verify(OBJECTS, later())
    engine.lock(later())


def with_channel(level: str, mode: str) -> Profile:
    profile = shipped("lab-gp-scp03")
    assert isinstance(profile.channel, Scp03Channel)
    channel = msgspec.structs.replace(profile.channel, level=level, mode=mode)
    return msgspec.structs.replace(profile, channel=channel)


@pytest.mark.parametrize("size", [16, 24, 32])
@pytest.mark.parametrize("mode", ["S8", "S16"])
@pytest.mark.parametrize("level", ["01", "03", "11", "13", "33"])
def test_every_key_size_mode_and_level(size: int, mode: str, level: str) -> None:
    profile = with_channel(level, mode)
    chip = GpChips(key_set(size), s16=mode == "S16").blank(SERIAL, "white")
    whole(Personaliser(Simulated(chip), profile, soft(profile, keys(size))))
    engine = Personaliser(Simulated(chip), profile, soft(profile, keys(size)))
    assert engine.inspect(OBJECTS, TAG, later()).complete
    engine.activate(IDENTITY, later())
    state = Personaliser(Simulated(chip), profile, soft(profile, keys(size))).inspect(OBJECTS, TAG, later())
    assert state.complete
    assert state.active


def test_a_sam_writes_what_a_key_store_writes() -> None:
    states = []
    for name in ("lab-gp-scp03", "lab-sam"):
        kind = SETUPS[name]
        chip = kind()
        whole(engine_for(name, chip))
        states.append({key: value for key, value in chip.state().items() if "count" not in key})
    assert states[0] == states[1]


def iso_blank() -> TimedChip:
    return CHIPS.blank(SERIAL, "white")


def gp_blank() -> TimedChip:
    return GpChips(key_set()).blank(SERIAL, "white")


SETUPS: dict[str, Callable[[], TimedChip]] = {"lab-iso7816": iso_blank, "lab-gp-scp03": gp_blank, "lab-sam": gp_blank}


def engine_for(name: str, chip: TimedChip) -> Personaliser:
    profile = shipped(name)
    channel: SecureChannel = Plain()
    if name == "lab-sam":
        assert isinstance(profile.channel, Scp03Channel)
        sam = Simulated(Sams({"lab-gp": key_set()}).blank(SERIAL, "sam"))
        channel = secured(profile, SamComputer(sam, SAM_AID, "lab-gp", profile.channel.protects, 8))
    elif name == "lab-gp-scp03":
        channel = soft(profile, keys())
    return Personaliser(Simulated(chip), profile, channel)


def restored(name: str, chip: TimedChip, *faults: Fault) -> TimedChip:
    factory = CHIPS if name == "lab-iso7816" else GpChips(key_set())
    return factory.restore(with_faults(chip.state(), *faults))


def finished(name: str, chip: TimedChip) -> None:
    """Look, and go on from what is there, as a line does."""
    engine = engine_for(name, chip)
    state = engine.inspect(OBJECTS, TAG, later())
    if state.blank:
        engine = engine_for(name, chip)
        whole(engine)
    elif state.unfinished:
        engine.resume(OBJECTS, lambda _name: None, later())
        engine.verify(OBJECTS, later())
        engine.lock(later())
    elif not state.locked:
        engine.lock(later())
    state = engine_for(name, chip).inspect(OBJECTS, TAG, later())
    assert state.complete
    assert state.locked


def faults(name: str) -> Iterator[Fault]:
    probe = Simulated(SETUPS[name]())
    engine = engine_for(name, probe.chip)
    connection = engine._session._connection
    assert isinstance(connection, Simulated)
    whole(engine)
    for at in range(1, connection.sent + 1):  # every kind at every command: tests/chip/test_every_command.py
        yield (Yank, Mute, Reset)[at % 3](at=at, acted=at % 2 == 0)
    writes = STORE_DATA if name != "lab-iso7816" else UPDATE
    for at in range(1, 7):
        yield Tear(at=at, ins=writes, kept=at % 5)


@pytest.mark.parametrize("name", SETUPS)
def test_a_yank_a_mute_and_a_tear_at_every_command_end_in_a_good_card(name: str) -> None:
    for fault in faults(name):
        chip = restored(name, SETUPS[name](), fault)
        with pytest.raises(LostReply):
            whole(engine_for(name, chip))
        finished(name, chip)


@pytest.mark.parametrize("name", ["lab-gp-scp03", "lab-sam"])
@pytest.mark.parametrize("of", ["command", "answer"])
def test_a_turned_bit_is_no_answer(name: str, of: str) -> None:
    for at in (4, *range(11, 30, 2)):  # commands whose answers carry a MAC, not the six that say "no such file"
        chip = restored(name, SETUPS[name](), BadMac(at=at, of=of))
        with pytest.raises(LostReply):
            whole(engine_for(name, chip))
        finished(name, chip)


@pytest.mark.parametrize("name", SETUPS)
def test_garbage_is_never_taken_for_done(name: str) -> None:
    answers = ("", "6F00", "DEADBEEF9000", "90", "9000")
    for at in range(1, 30):
        chip = restored(name, SETUPS[name](), Garbage(at=at, answer=answers[at % len(answers)]))
        with contextlib.suppress(ChipError):
            whole(engine_for(name, chip))
            state = engine_for(name, chip).inspect(OBJECTS, TAG, later())
            assert state.complete
            assert state.locked


@pytest.mark.parametrize("name", ["lab-gp-scp03", "lab-sam"])
def test_a_chip_with_other_keys_is_left_as_it_is(name: str) -> None:
    chip = GpChips(key_set(32)).blank(SERIAL, "white")
    before = chip.state()
    with pytest.raises(WrongKeys):
        engine_for(name, chip).identify(TAG, later())
    with pytest.raises(WrongKeys):
        engine_for(name, chip).inspect(OBJECTS, TAG, later())
    changed = {key for key, value in chip.state().items() if value != before[key]}
    assert changed <= {"power_ons", "sequence"}


@pytest.mark.parametrize("name", SETUPS)
def test_a_locked_chip_is_left_as_it_is(name: str) -> None:
    chip = SETUPS[name]()
    whole(engine_for(name, chip))
    with pytest.raises(NotBlank):
        engine_for(name, chip).identify(bytes(15) + b"\1", later())
    assert engine_for(name, chip).inspect(OBJECTS, TAG, later()).complete


@pytest.mark.parametrize("name", SETUPS)
def test_a_chip_whose_memory_is_full_is_refused_and_not_locked(name: str) -> None:
    chip = restored(name, SETUPS[name](), MemoryFull(at=13))
    with pytest.raises(ChipError) as refused:
        whole(engine_for(name, chip))
    assert "6A84" in str(refused.value)
    assert not engine_for(name, chip).inspect(OBJECTS, TAG, later()).locked


def test_keys_that_change_in_mid_life_end_the_next_session() -> None:
    chip = restored("lab-gp-scp03", gp_blank(), WrongKey(at=1))
    with pytest.raises(WrongKeys):
        whole(engine_for("lab-gp-scp03", chip))
