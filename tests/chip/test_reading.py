"""What a chip says of itself: enough to know it, and nothing of a citizen."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import CardType, Response
from stationd.chip import tlv
from stationd.chip.errors import ForeignChip, NotUnderstoodAnswer
from stationd.chip.profile import Profile
from stationd.chip.reading import Matched, digest, held, recognise
from tests.chip.cards import KINDS, Kind
from tests.chip.fake_card import FakeCard
from tests.chip.fake_gp import FakeGp

TAG = bytes(range(0xA0, 0xB0))
OBJECTS = {name: f"SITI {name}".encode() * 30 for name in KINDS["lab-sam"].profile.objects}
INSTALLED: list[Profile] = [kind.profile for kind in KINDS.values()]


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
    found = held(card, kind.profile, kind.channel(), later())
    assert (found.life_cycle, found.identity) == ("locked", TAG)
    assert found.digest == digest(kind.profile, TAG, OBJECTS)
    assert "SITI" not in repr(found)
    card.files[bytes.fromhex(kind.profile.file("photo"))][3] ^= 1
    assert held(card, kind.profile, kind.channel(), later()).digest != found.digest
    del card.files[bytes.fromhex(kind.profile.file("photo"))]
    assert held(card, kind.profile, kind.channel(), later()).digest is None


class Claiming(FakeCard):
    """A card that tells of one file another size than it has: any bytes where the size stands."""

    def __init__(self, told: FakeCard, file: str, claim: bytes) -> None:
        super().__init__()
        self.files, self.life_cycle = told.files, told.life_cycle
        self._file, self._claim = bytes.fromhex(file), claim

    @override
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        response = super().transmit(apdu, deadline)
        if self.sent[-1].ins == 0xA4 and self.sent[-1].data == self._file and response.data:
            return Response(tlv.encode(0x62, tlv.encode(0x80, self._claim)), response.sw)
        return response


PLAIN = KINDS["lab-iso7816"]
SEALED = sealed(PLAIN)


@pytest.mark.parametrize("name", ["identity", "photo"])
@given(claim=st.one_of(st.binary(max_size=9), st.integers(0, 0x20000).map(lambda size: size.to_bytes(4))))
@example(claim=b"\xff" * 9)
@example(claim=b"\x80\x01")
@example(claim=b"\x7f\xff\xff\xff")
def test_whatever_size_a_chip_claims_is_answered_within_the_profile(name: str, claim: bytes) -> None:
    assert isinstance(SEALED, FakeCard)
    most = PLAIN.profile.most(name)
    card = Claiming(SEALED, PLAIN.profile.file(name), claim)
    for look in (
        lambda: PLAIN.engine(card).held_identity(later()),
        lambda: held(card, PLAIN.profile, PLAIN.channel(), later()),
    ):
        before = len(card.sent)
        with contextlib.suppress(NotUnderstoodAnswer):
            look()
        reads = [command for command in card.sent[before:] if command.ins == 0xB0]
        assert all((command.p1 << 8 | command.p2) < max(most, 0x8000) for command in reads)
        assert sum(command.le or 0 for command in reads) <= PLAIN.profile.limits.memory


@pytest.mark.parametrize(("name", "refused"), [("identity", True), ("photo", False)])
def test_a_file_larger_than_the_profiles_is_not_read(name: str, refused: bool) -> None:
    assert isinstance(SEALED, FakeCard)
    card = Claiming(SEALED, PLAIN.profile.file(name), (PLAIN.profile.most(name) + 1).to_bytes(4))
    if refused:
        with pytest.raises(NotUnderstoodAnswer, match=r"identity: .* no file size of 16 bytes at most"):
            held(card, PLAIN.profile, PLAIN.channel(), later())
        with pytest.raises(NotUnderstoodAnswer):
            PLAIN.engine(card).held_identity(later())
    else:
        assert held(card, PLAIN.profile, PLAIN.channel(), later()).digest is None


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
        held(kind.blank(), kind.profile, kind.channel(), later())
    assert blank.value.has_application
    with pytest.raises(ForeignChip) as foreign:
        held(FakeCard(aid="F000000000"), kind.profile, kind.channel(), later())
    assert not foreign.value.has_application
