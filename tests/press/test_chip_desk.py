"""Any card on the desk reader: a technician learns which chip it is, an officer whether it is whole."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from drivers.catalog import Catalog, EncoderDriver
from drivers.deadline import Deadline
from simulators.devices.chip_iso7816 import CHIPS, Iso7816Chip
from stationd.chip.channel_errors import KeysUnavailable
from stationd.chip.channels import Channels
from stationd.chip.keys import KeyStore, LabKeySet
from stationd.chip.pairing import PairedReader
from stationd.chip.personalise import Personaliser
from stationd.chip.profile import Profile
from stationd.chip.reading import digest, mark_of
from stationd.clock import Clock
from stationd.model.policy import Office
from stationd.model.policy_history import PolicyHistory
from stationd.press import making
from stationd.press.chip_desk import ChipDesk
from stationd.press.desk_reader import DeskReader
from stationd.press.making import End
from stationd.press.tap import TapFailed
from stationd.settings import ReaderSettings
from stationd.station import Refused
from stationd.station.chips import Chips, Content
from tests.api.house import NOW, OFFICER, STATION, policy
from tests.chip.cards import KEYS, KINDS, shipped
from tests.chip.fake_gp import FakeGp, FakeSam, Keys
from tests.chip.test_channels import Slot
from tests.press.test_making import OBJECTS, PROFILE, Works
from tests.press.test_tap import Desk


def later() -> Deadline:
    return Deadline.after(10)


class Counter:
    """A desk, and the part of a station that looks at what lies on it."""

    def __init__(self, folder: Path) -> None:
        self.works = Works(folder)
        self.desk = Desk(self.works)
        clock = Clock(wall=lambda: NOW)
        clock.set_trusted(NOW, clock.uptime())
        self.chips = Chips(
            self.works.store, clock, Office(STATION, "73.16.01"), [], PolicyHistory.of(policy()), self.desk.tap
        )
        self.chips.chip_desk = ChipDesk(self.desk.reader, {PROFILE.id: PROFILE}, Channels())

    def made(self) -> Iso7816Chip:
        """Make a whole card and take it out."""
        assert self.works.make().run() is End.DELIVERED
        chip = self.works.printer.output[-1]
        assert isinstance(chip, Iso7816Chip)
        return chip


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path)
    yield made
    made.works.store.close()


def test_a_printed_card_is_held_against_the_book(counter: Counter) -> None:
    counter.desk.lay(counter.made())
    checked = counter.chips.check_chip(OFFICER)
    assert (checked.job_id, checked.profile, checked.life_cycle) == ("j1", "lab-iso7816", "active")
    assert checked.content is Content.EQUAL
    seen = counter.chips.read_chip(OFFICER)
    assert [(match.profile, match.life_cycle) for match in seen.matches] == [("lab-iso7816", "active")]
    told = f"{checked!r} {seen!r}".encode()
    assert not any(content in told for content in OBJECTS.values())


def test_a_card_that_holds_something_else_is_told_apart(counter: Counter) -> None:
    counter.made()
    forged = CHIPS.blank("04112233445566", "white")
    counter.desk.lay(forged)
    _, attempt = counter.desk.found()
    with contextlib.closing(counter.desk.encoder.connect(later())) as connection:
        engine = Personaliser(connection, PROFILE)
        engine.identify(bytes.fromhex(attempt.identity), later())
        engine.write({**OBJECTS, "photo": b"other" + OBJECTS["photo"][5:]}, lambda _name: None, later())
    checked = counter.chips.check_chip(OFFICER)
    assert (checked.life_cycle, checked.content) == ("open", Content.DIFFERS)


@pytest.mark.parametrize("lay", [None, "blank"])
def test_what_was_not_made_here_is_said(counter: Counter, lay: str | None) -> None:
    counter.made()
    if lay is None:
        counter.chips.chip_desk = None
        expected = "no-desk-reader"
    else:
        counter.desk.lay(CHIPS.blank("04112233445566", "white"))
        expected = "foreign-chip"
    with pytest.raises(Refused) as refused:
        counter.chips.check_chip(OFFICER)
    assert refused.value.cause == expected


def test_a_card_of_another_station_is_not_in_the_book(counter: Counter, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    elsewhere = Counter(other)
    counter.desk.lay(elsewhere.made())
    elsewhere.works.store.close()
    with pytest.raises(Refused) as refused:
        counter.chips.check_chip(OFFICER)
    assert refused.value.cause == "card-not-made-here"


def test_a_card_whose_profile_was_taken_away_is_checked_by_the_books(counter: Counter) -> None:
    counter.desk.lay(counter.made())
    counter.chips.chip_desk = ChipDesk(counter.desk.reader, {}, Channels())
    checked = counter.chips.check_chip(OFFICER)
    assert (checked.job_id, checked.profile, checked.content) == ("j1", PROFILE.id, Content.EQUAL)
    counter.works.store._db.execute("UPDATE kept_profiles SET content = '{}'")
    with pytest.raises(Refused, match="foreign-chip"):
        counter.chips.check_chip(OFFICER)


def test_nobody_else_looks(counter: Counter) -> None:
    for act in (counter.chips.read_chip, counter.chips.check_chip):
        with pytest.raises(Refused):
            act("nobody")
    assert counter.desk.encoder.sent == 0


def test_the_book_has_no_hash_of_what_is_on_the_chip(counter: Counter) -> None:
    chip = counter.made()
    _, attempt = counter.desk.found()
    bare = digest(PROFILE, bytes.fromhex(attempt.identity), OBJECTS)
    with counter.works.store.read() as view:
        book = "\n".join(view.texts(0, 1000))
    assert bare not in book
    assert '"chip":"m1:' in book
    counter.desk.lay(chip)
    assert counter.chips.check_chip(OFFICER).content is Content.EQUAL


@pytest.mark.parametrize("installed", [{PROFILE.id: PROFILE}, {}], ids=["installed", "taken-away"])
def test_a_card_whose_objects_were_taken_in_the_order_of_its_profiles_file_is_checked_too(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, installed: dict[str, Profile]
) -> None:
    assert list(PROFILE.objects) != sorted(PROFILE.objects)
    monkeypatch.setattr(making, "mark_of", lambda *content: mark_of(*content, order=PROFILE.objects))
    counter.desk.lay(counter.made())
    counter.chips.chip_desk = ChipDesk(counter.desk.reader, installed, Channels())
    assert counter.chips.check_chip(OFFICER).content is Content.EQUAL


@pytest.mark.parametrize(("says", "expected"), [("right", Content.EQUAL), ("00" * 32, Content.DIFFERS)])
def test_a_card_from_before_there_were_marks_is_checked_too(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, says: str, expected: Content
) -> None:
    monkeypatch.setattr(making, "mark_of", lambda *content: digest(*content[:3]) if says == "right" else says)
    counter.desk.lay(counter.made())
    assert counter.chips.check_chip(OFFICER).content is expected


class GpCounter:
    """A desk with one card of the GlobalPlatform kind, and profiles that may open it."""

    def __init__(self, card: FakeGp, *profiles: str, keys: Keys | None = None, sam: Keys | None = None) -> None:
        self.card = card
        self.sam = FakeSam({"lab-gp": sam}) if sam else None

        class Store(KeyStore):
            @override
            def find(self, reference: str) -> LabKeySet:
                if keys is None:
                    raise KeysUnavailable("keys", "find", "none here")
                return LabKeySet(keys.enc, keys.mac)

        reader = Slot(card) if self.sam is None else PairedReader(Slot(card), Slot(self.sam))
        catalog = Catalog({}, {"fake": EncoderDriver("fake", lambda *_: reader, list, "")}, {})
        installed = {name: shipped(name) for name in profiles}
        self.desk = ChipDesk(DeskReader(ReaderSettings("fake", "desk"), catalog), installed, Channels(Store()))

    @property
    def opened(self) -> int:
        """How often somebody came to the card with keys."""
        return [command.ins for command in self.card.sent].count(0x50)


BOTH = ("lab-gp-scp03", "lab-sam")
OTHERS = Keys(bytes(16), bytes(16))


def written_by(name: str) -> FakeGp:
    card = KINDS[name].blank()
    assert isinstance(card, FakeGp)
    engine = KINDS[name].engine(card)
    engine.identify(bytes(range(16)), later())
    engine.write(OBJECTS, lambda _name: None, later())
    card.sent.clear()
    return card


def test_a_card_of_two_profiles_is_opened_once() -> None:
    counter = GpCounter(written_by("lab-sam"), *BOTH, keys=KEYS, sam=KEYS)
    asked: list[bytes] = []

    def whose(identity: bytes) -> Profile:
        asked.append(identity)
        return shipped("lab-sam")

    read = counter.desk.read(bytes, whose)
    assert (read.profile, counter.opened, asked) == ("lab-gp-scp03", 1, [bytes(range(16))])
    assert digest(shipped("lab-sam"), bytes(range(16)), OBJECTS) in read.held.marks


def test_the_profile_whose_keys_are_here_opens_it() -> None:
    counter = GpCounter(written_by("lab-sam"), *BOTH, sam=KEYS)
    read = counter.desk.read(bytes)
    assert (read.profile, counter.opened) == ("lab-sam", 1)


def test_keys_that_a_card_refused_are_followed_by_no_others() -> None:
    counter = GpCounter(written_by("lab-sam"), *BOTH, keys=OTHERS, sam=KEYS)
    with pytest.raises(TapFailed) as failed:
        counter.desk.read(bytes)
    assert (failed.value.cause, counter.opened) == ("wrong-keys", 1)


def test_a_station_without_the_keys_says_so_and_sends_nothing_but_selections() -> None:
    counter = GpCounter(written_by("lab-sam"), *BOTH)
    with pytest.raises(TapFailed) as failed:
        counter.desk.read(bytes)
    assert (failed.value.cause, counter.opened) == ("keys-unavailable", 0)
