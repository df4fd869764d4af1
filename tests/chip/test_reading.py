"""What a chip says of itself: enough to know it, and nothing of a citizen."""

from __future__ import annotations

import hmac

import pytest
from msgspec import structs

from drivers.deadline import Deadline
from drivers.encoder import CardType
from stationd.chip.errors import ForeignChip
from stationd.chip.profile import Profile, canonical, from_canonical
from stationd.chip.reading import Matched, digest, held, mark_of, recognise
from tests.chip.cards import KINDS, Kind
from tests.chip.fake_card import FakeCard
from tests.chip.fake_gp import FakeGp

TAG = bytes(range(0xA0, 0xB0))
OBJECTS = {name: f"SITI {name}".encode() * 30 for name in KINDS["lab-sam"].profile.objects}
INSTALLED: list[Profile] = [kind.profile for kind in KINDS.values()]


def mark(data: bytes) -> bytes:
    return hmac.digest(b"a station's key", data, "sha256")


def later() -> Deadline:
    return Deadline.after(10)


def sealed(kind: Kind) -> FakeCard | FakeGp:
    card = kind.blank()
    engine = kind.engine(card)
    engine.identify(TAG, later())
    engine.write(OBJECTS, lambda _name: None, later())
    engine.verify(OBJECTS, later())
    engine.lock(later())
    card.close()
    return card


@pytest.mark.parametrize("name", KINDS)
def test_a_chip_is_known_by_its_application_and_state(name: str) -> None:
    kind = KINDS[name]
    twins = ["lab-iso7816"] if name == "lab-iso7816" else ["lab-gp-scp03", "lab-sam"]
    for card, state in ((kind.blank(), "open"), (sealed(kind), "locked")):
        before = len(card.sent)
        seen = recognise(card, INSTALLED, later())
        assert seen.matches == tuple(Matched(twin, state) for twin in twins)
        assert {command.ins for command in card.sent[before:]} == {0xA4}, "nothing but selections"
        assert "SITI" not in repr(seen)


def test_a_foreign_chip_matches_nothing() -> None:
    seen = recognise(FakeCard(aid="F000000000", card_type=CardType.TYPE_B), INSTALLED, later())
    assert (seen.card_type, seen.uid, seen.matches) == ("iso14443-b", "", ())


@pytest.mark.parametrize("name", KINDS)
def test_a_sealed_chip_has_the_digest_of_what_was_written(name: str) -> None:
    kind = KINDS[name]
    card = sealed(kind)
    found = held(card, kind.profile, kind.channel(), later(), mark)
    assert (found.life_cycle, found.identity) == ("locked", TAG)
    bare = {digest(kind.profile, TAG, OBJECTS, order) for order in (None, kind.profile.objects)}
    marked = {mark_of(kind.profile, TAG, OBJECTS, mark, order) for order in (None, kind.profile.objects)}
    assert len(bare | marked) == 4
    assert found.marks == bare | marked
    others = held(card, kind.profile, kind.channel(), later(), lambda data: data[:32]).marks
    assert others & found.marks == bare, "another station knows only what was written before there were marks"
    assert "SITI" not in repr(found)
    card.files[bytes.fromhex(kind.profile.file("photo"))][3] ^= 1
    assert held(card, kind.profile, kind.channel(), later(), mark).marks.isdisjoint(found.marks)
    del card.files[bytes.fromhex(kind.profile.file("photo"))]
    assert held(card, kind.profile, kind.channel(), later(), mark).marks == set()


def test_the_book_alone_does_not_tell_whose_card_it_is() -> None:
    profile = KINDS["lab-iso7816"].profile
    in_the_book = mark_of(profile, TAG, OBJECTS, mark)
    assert in_the_book.startswith("m1:")
    guessed = {
        digest(profile, TAG, OBJECTS),
        mark_of(profile, TAG, OBJECTS, lambda data: hmac.digest(b"", data, "sha256")),
    }
    assert not any(guess[-64:] == in_the_book[-64:] for guess in guessed)


@pytest.mark.parametrize("name", KINDS)
def test_a_card_is_read_by_the_profile_that_it_was_written_with(name: str) -> None:
    kind = KINDS[name]
    card, objects = sealed(kind), kind.profile.objects
    swapped = {"finger_left": objects["finger_right"], "finger_right": objects["finger_left"]}
    newer = structs.replace(kind.profile, version=9, objects={**objects, **swapped})
    asked: list[bytes] = []

    def whose(identity: bytes) -> Profile:
        asked.append(identity)
        return kind.profile

    authenticated = [command.ins for command in card.sent].count(0x82)
    found = held(card, newer, kind.channel(), later(), mark, whose)
    opened = [command.ins for command in card.sent].count(0x82)
    assert asked == [TAG]
    assert mark_of(kind.profile, TAG, OBJECTS, mark) in found.marks
    amiss = {**OBJECTS, "finger_left": OBJECTS["finger_right"], "finger_right": OBJECTS["finger_left"]}
    assert held(card, newer, kind.channel(), later(), mark).marks.isdisjoint(found.marks), "read by another, it differs"
    assert mark_of(newer, TAG, amiss, mark) not in found.marks
    assert opened <= authenticated + 1


def test_a_digest_is_of_each_object_in_its_place() -> None:
    profile = KINDS["lab-iso7816"].profile
    shifted = {**OBJECTS, "biodata": OBJECTS["biodata"] + b"x", "photo": OBJECTS["photo"][1:]}
    swapped = {**OBJECTS, "finger_left": OBJECTS["finger_right"], "finger_right": OBJECTS["finger_left"]}
    made = {digest(profile, TAG, objects) for objects in (OBJECTS, shifted, swapped)}
    assert len({*made, digest(profile, TAG[::-1], OBJECTS)}) == 4


@pytest.mark.parametrize("name", KINDS)
def test_a_blank_and_a_foreign_chip_hold_nothing(name: str) -> None:
    kind = KINDS[name]
    with pytest.raises(ForeignChip) as blank:
        held(kind.blank(), kind.profile, kind.channel(), later(), mark)
    assert blank.value.has_application
    with pytest.raises(ForeignChip) as foreign:
        held(FakeCard(aid="F000000000"), kind.profile, kind.channel(), later(), mark)
    assert not foreign.value.has_application


@pytest.mark.parametrize("name", KINDS)
def test_a_profile_out_of_a_book_makes_the_marks_that_its_file_makes(name: str) -> None:
    kind = KINDS[name]
    kept = from_canonical(canonical(kind.profile))
    assert list(kept.objects) != list(kind.profile.objects), "what is kept has lost the order"
    assert mark_of(kept, TAG, OBJECTS, mark) == mark_of(kind.profile, TAG, OBJECTS, mark)
    found = held(sealed(kind), kept, kind.channel(), later(), mark)
    assert mark_of(kind.profile, TAG, OBJECTS, mark, kind.profile.objects) in found.marks, (
        "as books have it from before"
    )
