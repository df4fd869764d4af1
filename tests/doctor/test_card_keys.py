"""What chips are written with: each failure is brought about at a station that is well, and reported by its probe."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typing_extensions import override

from drivers.catalog import EncoderDriver
from drivers.deadline import Deadline
from drivers.encoder import CardMute, Connection, NoCard
from drivers.errors import DeviceError
from stationd.doctor import cardkeys
from stationd.doctor.finding import Finding, Level
from stationd.doctor.premises import Premises
from stationd.model import stock_events
from stationd.words import LANGUAGES, Words
from tests.api.house import House
from tests.chip.cards import KEYS
from tests.chip.fake_gp import FakeSam
from tests.chip.test_keys import SOFTHSM, put, softhsm
from tests.doctor import test_alone
from tests.doctor.fakes import NoEncoder, catalog, printers, readers, settings
from tests.doctor.test_alone import Place, bus, status
from tests.doctor.test_probes import LINE, USB

SHIPPED = Path(__file__).parents[2] / "config/profiles"
place = test_alone.place
token = softhsm
SAM = '[desk]\ndriver = "pcsc"\naddress = "pcsc:R 1"\nsam = { driver = "sam", address = "pcsc:R 2" }\n'
LAB = '[lab]\nname = "tests"\n'


class Slot(NoEncoder):
    """A SAM's slot."""

    def __init__(self, inside: Connection | DeviceError) -> None:
        self._inside = inside

    @override
    def connect(self, deadline: Deadline) -> Connection:
        if isinstance(self._inside, DeviceError):
            raise self._inside
        return self._inside


class Cards(Place):
    """A station with profiles, and with what they need."""

    more = ""
    slot: Connection | DeviceError | None = None
    numbers = itertools.count()

    @override
    def premises(self) -> Premises:
        lines = (LINE,) if self.slot is None else ()
        named = settings(self.folder, *lines, more=self.more)
        slot = self.slot
        sam = EncoderDriver("sam", lambda *_: Slot(slot), lambda: ("pcsc:R 2",), "…") if slot is not None else None
        found = readers(("pcsc:R 0", "pcsc:R 1"))
        drivers = [printers("matica_xid", [USB], lambda _: self.printer), found, *([sam] if sam else [])]
        system = bus(self.folder / f"system-{next(self.numbers)}", open_to_all=True, rule=True)
        now = None if self.running is None else status(**self.running)
        return Premises(named, catalog(*drivers), now, system=system)


@pytest.fixture
def cards(place: Place) -> Cards:
    (place.folder / "not-here").mkdir()
    return Cards(place.folder, place.patch)


def install(cards: Cards, name: str, signer: Ed25519PrivateKey | None = None, version: int = 1) -> Path:
    file = cards.folder / "not-here" / f"{name}.toml"
    shutil.copy(SHIPPED / file.name, file)
    file.write_text(file.read_text().replace("version = 2", f"version = {version}"))
    if signer is not None:
        file.with_name(f"{name}.toml.sig").write_bytes(signer.sign(file.read_bytes()))
    return file


def told(cards: Cards) -> set[tuple[str, str]]:
    return cards.troubles() - {("drivers", "no-line")}


@pytest.fixture
def authority(cards: Cards) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (cards.folder / "authority.pem").write_bytes(pem)
    return key


def test_a_signed_profile_is_taken_and_one_that_nobody_signed_is_left_out(
    cards: Cards, authority: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stationd.doctor.cardkeys.trust_of", lambda *_: trusting(authority))
    cards.more, cards.slot = SAM, FakeSam({"lab-gp": KEYS})
    install(cards, "lab-sam", authority)
    assert told(cards) == set()
    install(cards, "lab-gp-scp03")
    assert told(cards) == {("profiles", "profile-unsigned")}


def trusting(authority: Ed25519PrivateKey) -> object:
    from stationd.chip.trust import Trust  # noqa: PLC0415 - only here

    return Trust((authority.public_key(),))


def test_a_profile_signed_by_another_or_older_than_was_used_is_refused(
    cards: Cards, authority: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stationd.doctor.cardkeys.trust_of", lambda *_: trusting(authority))
    cards.more, cards.slot = SAM, FakeSam({"lab-gp": KEYS})
    install(cards, "lab-sam", Ed25519PrivateKey.generate())
    assert told(cards) == {("profiles", "profile-refused")}
    with House(cards.folder / "data") as house:
        house.store.record("stationd", stock_events.ProfileUsed(profile="lab-sam", version=2))
    install(cards, "lab-sam", authority)
    assert told(cards) == {("profiles", "profile-refused")}
    install(cards, "lab-sam", authority, version=2)
    assert told(cards) == set()


def test_a_signed_profile_whose_answers_carry_no_mac_is_refused_outside_a_lab(
    cards: Cards, authority: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stationd.doctor.cardkeys.trust_of", lambda *_: trusting(authority))
    install(cards, "lab-iso7816", authority)
    assert told(cards) == {("profiles", "profile-refused")}


def wrong_pin(cards: Cards, pin: Path) -> None:
    pin.write_text("000000")


def no_pin(cards: Cards, pin: Path) -> None:
    pin.unlink()


def another_token(cards: Cards, pin: Path) -> None:
    cards.more = cards.more.replace('"cards"', '"other"')


def no_library(cards: Cards, pin: Path) -> None:
    cards.more = cards.more.replace(str(SOFTHSM), str(cards.folder / "none.so"))


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (wrong_pin, "pin-refused"),
        (no_pin, "pin-refused"),
        (another_token, "token-missing"),
        (no_library, "token-missing"),
        (None, "key-set-missing"),
    ],
)
def test_a_token_that_cannot_be_used_is_told_with_its_cause(
    cards: Cards, token: Path, failure: Callable[[Cards, Path], None] | None, code: str
) -> None:
    install(cards, "lab-gp-scp03")
    cards.more = f'{LAB}[token]\nmodule = "{SOFTHSM}"\nlabel = "cards"\npin_file = "{token}"\n'
    if failure is not None:
        put("lab-gp-enc", KEYS.enc)
        put("lab-gp-mac", KEYS.mac)
        assert told(cards) == set()
        failure(cards, token)
    assert told(cards) == {("card keys", code)}


@pytest.mark.parametrize(
    ("slot", "code"),
    [
        (NoCard("R 2", "connect"), "sam-missing"),
        (CardMute("R 2", "connect"), "sam-failed"),
        (FakeSam({"lab-gp": KEYS}), None),
        (FakeSam({}), "key-set-missing"),
    ],
)
def test_a_sam_that_cannot_be_used_is_told_with_its_cause(
    cards: Cards, slot: Connection | DeviceError, code: str | None
) -> None:
    install(cards, "lab-sam")
    cards.more, cards.slot = LAB + SAM, slot
    assert told(cards) == (set() if code is None else {("sams", code)})


@pytest.mark.parametrize(
    ("installed", "probe", "code", "level"),
    [
        (("lab-gp-scp03",), cardkeys.keys, "keys-unavailable", Level.STOPS),
        (("lab-gp-scp03", "lab-sam"), cardkeys.keys, "keys-unavailable", Level.STOPS),
        (("lab-gp-scp03", "lab-iso7816"), cardkeys.keys, "keys-unavailable", Level.SOON),
        (("lab-sam",), cardkeys.sams, "key-set-missing", Level.STOPS),
        (("lab-sam", "lab-iso7816"), cardkeys.sams, "key-set-missing", Level.SOON),
    ],
)
def test_what_is_missing_stops_a_station_unless_cards_can_be_made_without(
    cards: Cards, installed: tuple[str, ...], probe: Callable[[Premises], Iterator[Finding]], code: str, level: Level
) -> None:
    for name in installed:
        install(cards, name)
    cards.more, cards.slot = LAB + SAM, FakeSam({})
    assert [(found.code, found.level) for found in probe(cards.premises())] == [(code, level)]
    for language in LANGUAGES:
        assert Words(language).cause(code).do != Words(language).say("fallback.do")


def test_a_sam_that_has_another_application_refuses(cards: Cards) -> None:
    file = install(cards, "lab-sam")
    file.write_text(file.read_text().replace("F04C414253414D01", "F04C414253414D02"))
    cards.more, cards.slot = LAB + SAM, FakeSam({"lab-gp": KEYS})
    assert told(cards) == {("sams", "sam-refused")}


def test_a_reader_for_which_no_sam_is_set_up_is_told(cards: Cards) -> None:
    install(cards, "lab-sam")
    cards.more = LAB
    assert told(cards) == {("sams", "sam-unset")}
