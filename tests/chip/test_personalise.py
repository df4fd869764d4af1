"""The engine's decisions, on a card of a few lines that loses the answer it is told to lose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import CardType, NoCard, Response
from stationd.chip import plan
from stationd.chip.apdu import parse
from stationd.chip.errors import (
    CannotBeFinished,
    ChipError,
    ForeignChip,
    LostReply,
    NotBlank,
    NotUnderstoodAnswer,
    ObjectsDiffer,
    ObjectSize,
    OutOfOrder,
    ReadBackDiffers,
    Refused,
    WrongCardType,
    WrongLifeCycle,
)
from stationd.chip.personalise import Personaliser
from stationd.chip.profile import Profile
from stationd.chip.profile_file import load
from stationd.chip.state import ChipIdentity, IdentityFound, ObjectFound
from tests.chip.cards import KINDS, PROFILES
from tests.chip.fake_card import WRITES, FakeCard, Loss

PROFILE: Profile = load((Path(__file__).parents[2] / "config/profiles/lab-iso7816.toml").read_text())
TAG = bytes(range(0xA0, 0xB0))
IDENTITY = ChipIdentity("attempt-tag", TAG)
SECRET = b"SITI RAHAYU"
OBJECTS = {
    "biodata": SECRET * 40,
    "photo": SECRET * 90,
    "signature": SECRET * 30,
    "finger_left": SECRET * 21,
    "finger_right": SECRET,
}


def later() -> Deadline:
    return Deadline.after(10)


def ignore(_name: str) -> None:
    pass


def personalise(card: FakeCard) -> list[str]:
    """Write and lock a card; return the journal."""
    journal: list[str] = []
    engine = Personaliser(card, PROFILE)
    assert engine.identify(TAG, later()) == IDENTITY
    engine.write(OBJECTS, journal.append, later())
    engine.verify(OBJECTS, later())
    engine.lock(later())
    return journal


def file(name: str) -> bytes:
    return bytes.fromhex(PROFILE.file(name))


def test_a_card_is_written_read_back_locked_and_made_live() -> None:
    card = FakeCard()
    assert personalise(card) == list(OBJECTS)
    assert card.life_cycle == 4
    assert {name: bytes(card.files[file(name)]) for name in OBJECTS} == OBJECTS
    card.close()
    Personaliser(card, PROFILE).activate(IDENTITY, later())
    assert card.life_cycle == 5


def test_what_is_sent_is_the_plan_after_the_look_for_a_blank() -> None:
    card = FakeCard()
    personalise(card)
    exchanges = [one for action in plan.plan(PROFILE, OBJECTS, TAG) for one in action.exchanges]
    planned = [one.command for one in exchanges if one.needed]  # the file that was just created is the current one
    looks = 1 + 1 + len(OBJECTS)
    assert card.sent[0] == planned[0]  # the look selects the application
    assert card.sent[looks:] == planned[1:]


@given(st.fixed_dictionaries({name: st.integers(1, 1536).map(bytes) for name in OBJECTS}))
def test_as_few_commands_as_the_limits_allow(objects: dict[str, bytes]) -> None:
    actions = plan.plan(PROFILE, objects, TAG)
    for action in actions:
        size = len(TAG) if action.object == "identity" else len(objects.get(action.object or "", b""))
        if action.do in {"update_binary", "verify_readback"}:
            assert len(action.exchanges) == 1 + -(-size // 240)
    for one in (one for action in actions for one in action.exchanges):
        assert one.command.fits_short
        assert len(one.command.data) <= PROFILE.limits.max_command_data


def test_activation_changes_nothing_on_another_chip() -> None:
    card = FakeCard()
    personalise(card)
    before = len(card.written)
    with pytest.raises(ForeignChip) as refusal:
        Personaliser(card, PROFILE).activate(ChipIdentity("attempt-tag", bytes(15) + b"\1"), later())
    assert (refusal.value.has_application, refusal.value.has_identity) == (True, True)
    card.files.pop(file("identity"))
    with pytest.raises(ForeignChip) as refusal:
        Personaliser(card, PROFILE).activate(IDENTITY, later())
    assert (refusal.value.has_application, refusal.value.has_identity) == (True, False)
    with pytest.raises(ForeignChip) as refusal:
        Personaliser(FakeCard(aid="F000000000"), PROFILE).activate(IDENTITY, later())
    assert refusal.value.has_application is False
    assert len(card.written) == before


@pytest.mark.parametrize(("life_cycle", "found"), [(3, "open"), (5, "active"), (7, "07")])
def test_only_a_locked_chip_is_activated(life_cycle: int, found: str) -> None:
    card = FakeCard()
    personalise(card)
    card.life_cycle, before = life_cycle, len(card.written)
    with pytest.raises(WrongLifeCycle) as refusal:
        Personaliser(card, PROFILE).activate(IDENTITY, later())
    assert (refusal.value.expected, refusal.value.found) == ("locked", found)
    assert len(card.written) == before


@pytest.mark.parametrize("life_cycle", [3, 4, 5, 0x0F])
@pytest.mark.parametrize("names", [(), ("identity",), ("photo",), ("identity", "biodata")])
def test_a_chip_that_is_not_blank_is_left_as_it_is(life_cycle: int, names: tuple[str, ...]) -> None:
    card = FakeCard()
    card.life_cycle = life_cycle
    card.files = {file(name): bytearray(4) for name in names}
    engine = Personaliser(card, PROFILE)
    if life_cycle == 3 and not names:
        engine.identify(TAG, later())
        return
    with pytest.raises(NotBlank) as refusal:
        engine.identify(TAG, later())
    assert refusal.value.identity is ("identity" in names)
    assert refusal.value.objects == tuple(name for name in names if name != "identity")
    assert card.written == []
    with pytest.raises(OutOfOrder):
        engine.write(OBJECTS, ignore, later())


def test_a_chip_without_the_application_is_left_as_it_is() -> None:
    card = FakeCard(aid="F000000000")
    with pytest.raises(ForeignChip):
        Personaliser(card, PROFILE).identify(TAG, later())
    assert card.written == []
    assert Personaliser(card, PROFILE).inspect(OBJECTS, TAG, later()).life_cycle is None


def test_a_card_of_another_type_is_not_asked_anything() -> None:
    card = FakeCard(card_type=CardType.CONTACT)
    with pytest.raises(WrongCardType):
        Personaliser(card, PROFILE).identify(TAG, later())
    assert card.sent == []


def test_objects_that_are_not_the_profiles_are_refused_before_anything_is_sent() -> None:
    card = FakeCard()
    engine = Personaliser(card, PROFILE)
    engine.identify(TAG, later())
    sent = len(card.sent)
    with pytest.raises(ObjectsDiffer) as differ:
        engine.write({**dict.fromkeys(list(OBJECTS)[1:], b"x"), "iris": b"x"}, ignore, later())
    assert (differ.value.missing, differ.value.unknown) == (("biodata",), ("iris",))
    for size in (0, 6145):
        with pytest.raises(ObjectSize) as wrong:
            engine.write({**OBJECTS, "photo": bytes(size)}, ignore, later())
        assert (wrong.value.object, wrong.value.size, wrong.value.limit) == ("photo", size, 6144)
    assert len(card.sent) == sent


def test_an_identity_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="zeros"):
        Personaliser(FakeCard(), PROFILE).identify(bytes(16), later())
    with pytest.raises(ObjectSize):
        Personaliser(FakeCard(), PROFILE).identify(b"short", later())


def test_calls_have_an_order() -> None:
    card = FakeCard()
    engine = Personaliser(card, PROFILE)
    calls: dict[str, Any] = {
        "write": lambda: engine.write(OBJECTS, ignore, later()),
        "verify": lambda: engine.verify(OBJECTS, later()),
        "lock": lambda: engine.lock(later()),
        "resume": lambda: engine.resume(OBJECTS, ignore, later()),
    }
    for call in calls.values():
        with pytest.raises(OutOfOrder):
            call()
    assert card.sent == []
    engine.identify(TAG, later())
    engine.write(OBJECTS, ignore, later())
    with pytest.raises(OutOfOrder):  # what was not read back is not locked
        engine.lock(later())


def test_a_difference_is_named_without_its_content() -> None:
    card = FakeCard()
    engine = Personaliser(card, PROFILE)
    engine.identify(TAG, later())
    engine.write(OBJECTS, ignore, later())
    card.files[file("photo")][500] ^= 1
    with pytest.raises(ReadBackDiffers) as difference:
        engine.verify(OBJECTS, later())
    assert (difference.value.object, difference.value.offset) == ("photo", 480)
    with pytest.raises(OutOfOrder):
        engine.lock(later())
    assert engine.inspect(OBJECTS, TAG, later()).objects["photo"] is ObjectFound.DIFFERS
    engine.resume(OBJECTS, ignore, later())
    engine.verify(OBJECTS, later())


def test_a_file_of_another_size_spoils_the_chip() -> None:
    card = FakeCard()
    engine = Personaliser(card, PROFILE)
    engine.identify(TAG, later())
    card.files[file("photo")] = bytearray(len(OBJECTS["photo"]) + 1)
    engine.write(OBJECTS, ignore, later())  # 6A89 is accepted: the read back settles it
    with pytest.raises(ReadBackDiffers) as difference:
        engine.verify(OBJECTS, later())
    assert difference.value.found_size == difference.value.size + 1
    state = engine.inspect(OBJECTS, TAG, later())
    assert state.objects["photo"] is ObjectFound.WRONG_SIZE
    with pytest.raises(CannotBeFinished) as spoiled:
        engine.resume(OBJECTS, ignore, later())
    assert spoiled.value.objects == ("photo",)


def test_a_foreign_chips_data_is_not_read() -> None:
    card = FakeCard()
    personalise(card)
    sent = len(card.sent)
    state = Personaliser(card, PROFILE).inspect(OBJECTS, bytes(15) + b"\1", later())
    assert state.identity is IdentityFound.FOREIGN
    assert state.objects == {}
    assert [command.data for command in card.sent[sent:] if command.ins == 0xA4][1:] == [file("identity")]


def test_nothing_sent_is_nothing_done() -> None:
    class Gone(FakeCard):
        @override
        def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
            if parse(apdu).ins in WRITES:
                raise NoCard("fake", "transmit")
            return super().transmit(apdu, deadline)

    with pytest.raises(LostReply) as lost:
        Personaliser(Gone(), PROFILE).identify(TAG, later())
    assert (lost.value.step, lost.value.object) == ("create", "identity")
    assert lost.value.may_have_acted is False


@pytest.mark.parametrize(
    ("answer", "error"),
    [((b"", 0x6A84), Refused), ((b"", 0x6581), Refused), ((b"\x62\x00", 0x9000), NotUnderstoodAnswer)],
)
def test_an_answer_that_is_not_accepted_ends_the_call(answer: tuple[bytes, int], error: type[ChipError]) -> None:
    class Odd(FakeCard):
        @override
        def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
            return Response(*answer)

    with pytest.raises(error):
        Personaliser(Odd(), PROFILE).identify(TAG, later())


def commands_of_a_whole_run() -> int:
    card = FakeCard()
    personalise(card)
    return len(card.sent)


WHOLE_RUN = commands_of_a_whole_run()


def finish(card: FakeCard) -> list[str]:
    """Do what a caller does with a card whose answer was lost: look, and carry on from what is there."""
    journal: list[str] = []
    engine = Personaliser(card, PROFILE)
    state = engine.inspect(OBJECTS, TAG, later())
    if state.blank:
        engine.identify(TAG, later())
        engine.write(OBJECTS, journal.append, later())
        engine.verify(OBJECTS, later())
    elif state.unfinished:
        assert engine.resume(OBJECTS, journal.append, later()) == IDENTITY
        engine.verify(OBJECTS, later())
    if not state.locked:
        engine.lock(later())
    return journal


@settings(max_examples=300)
@given(st.integers(0, WHOLE_RUN - 1), st.sampled_from(Loss))
def test_a_lost_answer_anywhere_is_found_out_and_finished(lose_at: int, loss: Loss) -> None:
    card = FakeCard()
    card.lose_at, card.loss = lose_at, loss
    with pytest.raises(LostReply) as lost:
        personalise(card)
    last = card.sent[-1]
    assert lost.value.may_have_acted is (last.ins in WRITES)
    assert SECRET.decode() not in f"{lost.value} {lost.value!r}"
    card.close()
    created = [command.data for command in card.sent if command.ins == 0xE0]
    looked_at = len(card.sent)
    finish(card)
    # Nothing was changed before the look, and no file was created that the look had found.
    changes = [place for place, command in enumerate(card.sent[looked_at:]) if command.ins in WRITES]
    assert not changes or changes[0] > 0
    assert card.sent[looked_at].ins == 0xA4
    recreated = [command.data for command in card.sent[looked_at:] if command.ins == 0xE0]
    assert len(set(created) & set(recreated)) <= (1 if last.ins == 0xE0 and loss is Loss.NOTHING else 0)
    assert card.life_cycle == 4
    assert {name: bytes(card.files[file(name)]) for name in OBJECTS} == OBJECTS
    Personaliser(card, PROFILE).activate(IDENTITY, later())
    assert card.life_cycle == 5


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("lose_at", range(5))
def test_a_lost_answer_in_activation_is_settled_by_a_look(lose_at: int, loss: Loss) -> None:
    card = FakeCard()
    personalise(card)
    card.close()
    card.lose_at, card.loss = len(card.sent) + lose_at, loss
    with pytest.raises(LostReply):
        Personaliser(card, PROFILE).activate(IDENTITY, later())
    card.close()
    engine = Personaliser(card, PROFILE)
    state = engine.inspect(OBJECTS, TAG, later())
    assert state.complete
    assert state.active is (card.life_cycle == 5)
    if state.locked:
        engine.activate(IDENTITY, later())
    else:
        with pytest.raises(OutOfOrder):
            engine.activate(IDENTITY, later())
    assert card.life_cycle == 5


def test_after_a_failure_only_a_look_is_allowed() -> None:
    card = FakeCard()
    engine = Personaliser(card, PROFILE)
    engine.identify(TAG, later())
    card.lose_at = len(card.sent) + 4
    with pytest.raises(LostReply):
        engine.write(OBJECTS, ignore, later())
    sent = len(card.sent)
    for call in (
        lambda: engine.identify(TAG, later()),
        lambda: engine.write(OBJECTS, ignore, later()),
        lambda: engine.verify(OBJECTS, later()),
        lambda: engine.lock(later()),
        lambda: engine.activate(IDENTITY, later()),
        lambda: engine.resume(OBJECTS, ignore, later()),
    ):
        with pytest.raises(OutOfOrder):
            call()
    assert len(card.sent) == sent
    assert engine.inspect(OBJECTS, TAG, later()).unfinished


@pytest.mark.parametrize("name", ["lab-gp-scp03", "lab-sam"])
def test_a_selection_within_activation_is_followed_by_a_new_session(name: str) -> None:
    text = (PROFILES / f"{name}.toml").read_text()
    select = '    { do = "select", state = "locked", accept = ["9000"] },\n'
    activate = '    { do = "activate", '
    assert select in text
    assert activate in text
    kind = replace(KINDS[name], profile=load(text.replace(activate, 2 * select + activate)))
    card = kind.blank()
    engine = kind.engine(card)
    engine.identify(TAG, later())
    engine.write(OBJECTS, ignore, later())
    engine.verify(OBJECTS, later())
    engine.lock(later())
    before = len(card.sent)
    engine.activate(IDENTITY, later())
    assert kind.active(card)
    assert [command.ins for command in card.sent[before:]].count(0x82) == 2
