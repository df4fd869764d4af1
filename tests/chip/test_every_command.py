"""A card that is lost at any one of its commands, for every profile that is shipped: never good unread."""

from __future__ import annotations

import pytest

from drivers.deadline import Deadline
from stationd.chip.channel_errors import SamFailed
from stationd.chip.errors import ChipError, LostReply
from stationd.chip.personalise import Personaliser
from stationd.chip.state import ChipIdentity, ObjectFound
from tests.chip.cards import KEYS, KINDS, Kind, shipped, through
from tests.chip.fake_card import FakeCard, Loss
from tests.chip.fake_gp import FakeGp, FakeSam

TAG = bytes(range(0xA0, 0xB0))
IDENTITY = ChipIdentity("attempt-tag", TAG)
# As few commands as show every kind of them: one object of two blocks is enough.
OBJECTS = {
    "biodata": b"b" * 40,
    "photo": b"p" * 300,
    "signature": b"s",
    "finger_left": b"l" * 9,
    "finger_right": b"r" * 9,
}

Card = FakeCard | FakeGp


def later() -> Deadline:
    return Deadline.after(30)


def whole(engine: Personaliser) -> list[str]:
    """Everything up to the lock; returns the journal."""
    journal: list[str] = []
    engine.identify(TAG, later())
    engine.write(OBJECTS, journal.append, later())
    engine.verify(OBJECTS, later())
    engine.lock(later())
    return journal


def finish(kind: Kind, card: Card) -> None:
    """Do what a line does with a card whose answer was lost: look in a new session, and go on from what is there."""
    engine = kind.engine(card)
    state = engine.inspect(OBJECTS, TAG, later())
    if state.blank:
        engine = kind.engine(card)
        whole(engine)
    elif state.unfinished:
        assert engine.resume(OBJECTS, lambda _name: None, later()) == IDENTITY
        engine.verify(OBJECTS, later())
        engine.lock(later())
    elif state.complete and not state.locked:
        engine.lock(later())


def content(kind: Kind, card: Card) -> dict[str, bytes]:
    files = {name: bytes.fromhex(kind.profile.file(name)) for name in OBJECTS}
    return {name: bytes(card.files.get(file, b"")) for name, file in files.items()}


def commands(kind: Kind) -> int:
    card = kind.blank()
    whole(kind.engine(card))
    return len(card.sent)


COUNTS = {name: commands(kind) for name, kind in KINDS.items()}


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("name", KINDS)
def test_a_card_lost_at_any_command_is_found_out_and_finished(name: str, loss: Loss) -> None:
    kind = KINDS[name]
    for lose_at in range(COUNTS[name]):
        card = kind.blank()
        card.lose_at, card.loss = lose_at, loss
        with pytest.raises(LostReply) as lost:
            whole(kind.engine(card))
        assert not kind.active(card)
        if kind.locked(card):  # the answer to the lock itself, or to the look at it
            assert lost.value.step in {"lock", "select"}
        finish(kind, card)
        assert kind.locked(card), lose_at
        assert content(kind, card) == OBJECTS, lose_at
        kind.engine(card).activate(IDENTITY, later())
        assert kind.active(card), lose_at


@pytest.mark.parametrize("name", KINDS)
def test_a_card_lost_in_activation_is_settled_by_a_look(name: str) -> None:
    kind = KINDS[name]
    sealed = kind.blank()
    whole(kind.engine(sealed))
    before = len(sealed.sent)
    kind.engine(sealed).activate(IDENTITY, later())
    for lose_at in range(len(sealed.sent) - before):
        for loss in (Loss.NOTHING, Loss.ALL):
            card = kind.blank()
            whole(kind.engine(card))
            card.lose_at, card.loss = len(card.sent) + lose_at, loss
            with pytest.raises(LostReply):
                kind.engine(card).activate(IDENTITY, later())
            engine = kind.engine(card)
            state = engine.inspect(OBJECTS, TAG, later())
            assert state.complete
            assert state.active is kind.active(card)
            if state.locked:
                engine.activate(IDENTITY, later())
            assert kind.active(card)


@pytest.mark.parametrize("name", KINDS)
def test_a_second_loss_while_finishing_is_found_out_too(name: str) -> None:
    kind = KINDS[name]
    first = COUNTS[name] // 2
    card = kind.blank()
    card.lose_at, card.loss = first, Loss.PART
    with pytest.raises(LostReply):
        whole(kind.engine(card))
    for _ in range(200):
        card.lose_at = len(card.sent) + 8
        try:
            finish(kind, card)
        except LostReply:
            assert not kind.active(card)
            continue
        break
    card.lose_at = None
    finish(kind, card)
    assert content(kind, card) == OBJECTS


def test_a_sam_lost_at_any_of_its_commands_costs_no_card() -> None:
    profile = shipped("lab-sam")
    sam = FakeSam({"lab-gp": KEYS})
    whole(Personaliser(FakeGp(KEYS), profile, through(profile, sam)))
    assert sam.sent[-1].ins == 0x18
    for lose_at in range(len(sam.sent) - 1):  # the last one, CLOSE, may be lost: the chip is done by then
        card, failing = FakeGp(KEYS), FakeSam({"lab-gp": KEYS})
        failing.lose_at, failing.loss = lose_at, Loss.ALL
        with pytest.raises(LostReply) as lost:
            whole(Personaliser(card, profile, through(profile, failing)))
        assert isinstance(lost.value.failure, SamFailed)
        finish(KINDS["lab-sam"], card)
        assert content(KINDS["lab-sam"], card) == OBJECTS


@pytest.mark.parametrize("name", KINDS)
def test_a_chip_that_cannot_be_finished_is_spoiled_with_its_evidence(name: str) -> None:
    kind = KINDS[name]
    card = kind.blank()
    kind.engine(card).identify(TAG, later())
    card.files[bytes.fromhex(kind.profile.file("photo"))] = bytearray(7)
    engine = kind.engine(card)
    state = engine.inspect(OBJECTS, TAG, later())
    assert state.objects["photo"] is ObjectFound.WRONG_SIZE
    with pytest.raises(ChipError) as spoiled:
        engine.resume(OBJECTS, lambda _name: None, later())
    assert "photo" in str(spoiled.value)
    with pytest.raises(ChipError):
        engine.lock(later())
    assert not kind.locked(card)
