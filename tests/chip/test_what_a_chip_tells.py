"""What a chip says of itself decides what is done to it: whether it can be believed, and in whose words it is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import Response
from simulators.devices.chip_iso7816 import CHIPS, CHIPS_8K
from stationd.chip.apdu import Command
from stationd.chip.channel_errors import NotAuthentic
from stationd.chip.errors import ChipTooSmall, ForeignChip, LostReply, NotUnderstoodAnswer, Refused
from stationd.chip.personalise import Personaliser
from stationd.chip.profile import Files, Profile, Told
from stationd.chip.profile_file import ProfileError, load, warnings
from stationd.chip.reading import held
from stationd.chip.state import ChipState, IdentityFound
from tests.chip.cards import KEYS, KINDS, PROFILES, shipped, soft
from tests.chip.fake_card import FakeCard
from tests.chip.fake_gp import AID, FakeGp
from tests.chip.test_simulated import Simulated

TAG = bytes(range(0xA0, 0xB0))
OBJECTS = {"biodata": b"b" * 40, "photo": b"p" * 500, "signature": b"s", "finger_left": b"l", "finger_right": b"r"}
GP = shipped("lab-gp-scp03")
ISO = shipped("lab-iso7816")


def later() -> Deadline:
    return Deadline.after(10)


def ignore(_name: str) -> None:
    pass


class Between(FakeGp):
    """Somebody between station and chip, who says another state where no MAC protects it."""

    says = 0

    @override
    def act(self, command: Command) -> Response:
        response = super().act(command)
        if self.says and command.ins == 0xA4 and command.p1 == 4:
            data = response.data.replace(b"\x8a\x01" + bytes((self.life_cycle,)), b"\x8a\x01" + bytes((self.says,)))
            return Response(data, response.sw)
        return response


def engine(card: FakeGp) -> Personaliser:
    card.close()
    return Personaliser(card, GP, soft(GP))


def written(card: FakeGp, *, lock: bool) -> None:
    made = engine(card)
    made.identify(TAG, later())
    made.write(OBJECTS, ignore, later())
    made.verify(OBJECTS, later())
    if lock:
        made.lock(later())


@pytest.mark.parametrize(("lock", "says"), [(False, 0x0F), (False, 0x1F), (True, 0x07), (True, 0x1F)])
def test_a_state_that_is_another_in_the_session_is_not_believed(lock: bool, says: int) -> None:
    card = Between(KEYS)
    written(card, lock=lock)
    card.says = says
    with pytest.raises(LostReply, match="in the session") as lost:
        engine(card).inspect(OBJECTS, TAG, later())
    assert isinstance(lost.value.failure, NotAuthentic)
    assert lost.value.may_have_acted is False
    with pytest.raises(LostReply, match="in the session"):
        held(card, GP, soft(GP), later(), bytes)
    card.says = 0
    assert engine(card).inspect(OBJECTS, TAG, later()).complete


def test_a_live_card_that_is_shown_as_a_blank_is_not_written() -> None:
    card = Between(KEYS)
    written(card, lock=True)
    card.says, before = 0x07, list(card.changed)
    with pytest.raises(LostReply, match="locked in the session, and was open"):
        engine(card).identify(TAG[::-1], later())
    assert card.changed == before


@pytest.mark.parametrize("answer", [b"", b"\xe3\x03\x9f\x70\x00", b"\xe3\x00", b"\xe4\x04\x9f\x70\x01\x07"])
def test_a_chip_that_does_not_tell_its_state_in_the_session_is_not_understood(answer: bytes) -> None:
    class Odd(FakeGp):
        @override
        def tell(self, command: Command, data: bytes) -> tuple[bytes, int]:
            return answer, 0x9000

    with pytest.raises(NotUnderstoodAnswer, match="in the session"):
        engine(Odd(KEYS)).identify(TAG, later())


def test_a_chip_that_refuses_to_tell_its_state_is_not_written() -> None:
    class Closed(FakeGp):
        @override
        def tell(self, command: Command, data: bytes) -> tuple[bytes, int]:
            return b"", 0x6A88

    card = Closed(KEYS)
    with pytest.raises(Refused):
        engine(card).identify(TAG, later())
    assert card.changed == []


def test_the_state_is_read_with_a_mac_and_once_a_look() -> None:
    card = FakeGp(KEYS)
    engine(card).inspect(OBJECTS, TAG, later())
    asked = [command for command in card.sent if command.ins == 0xF2]
    assert [command.cla for command in asked] == [0x84]


# In the profile's words


class OtherWords(FakeCard):
    """The lab card of a maker who says it otherwise: locked is 6285, no such file 6A88, read to the end 6282."""

    @override
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        response = super().transmit(apdu, deadline)
        said = {0x6283: 0x6285, 0x6A82: 0x6A88}.get(response.sw, response.sw)
        return Response(response.data, 0x6282 if self.sent[-1].ins == 0xB0 and said == 0x9000 else said)


def other_words() -> Profile:
    text = (PROFILES / "lab-iso7816.toml").read_text().replace("6283", "6285")
    lines = [
        line.replace('"9000"', '"9000", "6282"') if "verify_readback" in line else line for line in text.splitlines()
    ]
    profile = load("\n".join(lines))
    application = structs.replace(profile.application, absent=("6A88",))
    return structs.replace(profile, application=application, files=Files(accept=("9000", "6285"), absent=("6A88",)))


def test_what_a_chip_answers_is_judged_by_the_profiles_words() -> None:
    card, profile = OtherWords(), other_words()

    def look() -> ChipState:
        card.close()
        return Personaliser(card, profile).inspect(OBJECTS, TAG, later())

    assert look().blank
    made = Personaliser(card, profile)
    made.identify(TAG, later())
    made.write(OBJECTS, ignore, later())
    made.verify(OBJECTS, later())
    made.lock(later())
    state = look()
    assert (state.complete, state.locked, state.identity) == (True, True, IdentityFound.OURS)
    assert held(card, profile, KINDS["lab-iso7816"].channel(), later(), bytes).life_cycle == "locked"
    foreign = OtherWords(aid="F000000000")
    with pytest.raises(ForeignChip):
        Personaliser(foreign, profile).identify(TAG, later())


def test_words_that_are_not_the_profiles_are_refused_not_taken_for_absence() -> None:
    with pytest.raises(Refused):
        Personaliser(OtherWords(), ISO).identify(TAG, later())


def test_a_profile_without_words_of_its_own_has_the_standards() -> None:
    assert ISO.application_absent == {0x6A82, 0x6A81, 0x6D00, 0x6E00}
    assert ISO.application_accepted == {0x9000, 0x6283}
    assert (ISO.file_accepted, ISO.file_absent) == ({0x9000, 0x6283}, {0x6A82})


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('"photo", accept = ["9000"]', '"photo", accept = ["9000", "6985"]', "accept[1]", "does not say"),
        ('object = "identity", accept = ["9000"]', 'object = "identity", accept = ["6A89"]', "accept[0]", "not say"),
        ("[limits]", '[files]\naccept = ["9000", "6A82"]\n[limits]', "files.accept[1]", "does not say"),
        ("[limits]", '[files]\nabsent = ["6283"]\n[limits]', "files.absent[0]", "says that it is there"),
        ('answer = "fcp"', 'answer = "fcp"\nabsent = ["9000"]', "application.absent[0]", "says that it is there"),
        ('command = "00CA010100"', 'command = "00CA0101"', "limits.free.command", "without Le"),
        ('command = "00CA010100"', 'command = "00CA01010201"', "limits.free.command", "no command APDU"),
        ("[life_cycle]", '[life_cycle.within]\ncommand = "80F2400000"\n[life_cycle]', "life_cycle.within", "authentic"),
    ],
)
def test_words_that_mean_something_else_are_refused_with_their_place(old: str, new: str, key: str, reason: str) -> None:
    text = (PROFILES / "lab-iso7816.toml").read_text()
    assert old in text
    with pytest.raises(ProfileError) as refused:
        load(text.replace(old, new, 1))
    assert (refused.value.key.endswith(key), reason in refused.value.reason) == (True, True), refused.value


@pytest.mark.parametrize(
    ("name", "old", "new", "key"),
    [
        ("lab-iso7816", "", "", "channel.kind"),
        ("lab-gp-scp03", 'level = "33"', 'level = "03"', "channel.level"),
        ("lab-sam", 'level = "33"', 'level = "01"', "channel.level"),
        ("lab-sam", 'level = "33"', 'level = "11"', ""),
        ("lab-gp-scp03", "", "", ""),
    ],
)
def test_a_channel_whose_answers_carry_no_mac_is_for_a_lab(name: str, old: str, new: str, key: str) -> None:
    text = (PROFILES / f"{name}.toml").read_text().replace(old, new)
    if key == "channel.level":
        text = text[: text.index("[life_cycle.within]")] + text[text.index("[personalisation]") :]
    load(text)
    assert [warning.key for warning in warnings(text)] == ([key] if key else [])


# How much it holds

SIZES = {"biodata": 2048, "photo": 6144, "signature": 2048, "finger_left": 1536, "finger_right": 1536}
FULL = {name: bytes([1]) * size for name, size in SIZES.items()}


def test_a_chip_without_room_for_the_card_is_refused_before_anything_is_written() -> None:
    chip = CHIPS_8K.blank("04112233445566", "wni")
    before = chip.state()
    with pytest.raises(ChipTooSmall) as small:
        Personaliser(Simulated(chip), ISO).identify(TAG, later(), FULL)
    assert (small.value.free, small.value.needed) == (8192 - 64, 16 + sum(map(len, FULL.values())) + 6 * 47)
    assert chip.state()["memory"] == before["memory"]
    Personaliser(Simulated(chip), ISO).identify(TAG, later(), OBJECTS)  # it has room for a smaller card


def test_a_chip_with_room_takes_the_largest_card() -> None:
    chip = CHIPS.blank("04112233445566", "wni")
    made = Personaliser(Simulated(chip), ISO)
    made.identify(TAG, later(), FULL)
    made.write(FULL, ignore, later())


def test_room_is_asked_for_in_the_session() -> None:
    card = FakeGp(KEYS)
    card.memory = 700
    with pytest.raises(ChipTooSmall):
        engine(card).identify(TAG, later(), OBJECTS)
    assert (card.changed, card.sent[-1].cla) == ([], 0x84)


def test_a_chip_that_does_not_tell_how_much_it_holds_is_written() -> None:
    card = FakeCard()  # it knows no GET DATA
    Personaliser(card, ISO).identify(TAG, later(), FULL)
    assert card.sent[-1].ins == 0xB0
    odd = replace(KINDS["lab-gp-scp03"], profile=_asked_for(Told(command="80CAFF2100", tags=("FF21", "99"))))
    blank = odd.blank()
    odd.engine(blank).identify(TAG, later(), OBJECTS)


def _asked_for(told: Told) -> Profile:
    assert GP.limits.free is not None
    free = structs.replace(GP.limits.free, command=told.command, tags=told.tags)
    return structs.replace(GP, limits=structs.replace(GP.limits, free=free))


def test_the_lab_profiles_ask_about_their_own_application() -> None:
    for path in sorted(Path(PROFILES).glob("lab-*p*.toml")):
        profile = load(path.read_text())
        within = profile.life_cycle.within
        assert within is None or AID.hex().upper() in within.command
