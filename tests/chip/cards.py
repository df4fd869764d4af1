"""Each shipped profile with a fake of its card, for tests that hold of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stationd.chip.channel import Plain, SecureChannel
from stationd.chip.keys import LabKeySet
from stationd.chip.personalise import Personaliser
from stationd.chip.profile import Profile, SamChannel, Scp03Channel, kind
from stationd.chip.profile_file import load
from stationd.chip.sam import SamComputer
from stationd.chip.secured import Computer, Secured
from stationd.chip.soft import SoftComputer
from tests.chip.fake_card import FakeCard
from tests.chip.fake_gp import SAM_AID, FakeGp, FakeSam, Keys

PROFILES = Path(__file__).parents[2] / "config/profiles"
KEYS = Keys(bytes(range(0x40, 0x50)), bytes(range(0x60, 0x70)))


def soft(profile: Profile, keys: Keys = KEYS) -> Secured:
    """The channel of a profile of SCP03, computed here."""
    assert isinstance(profile.channel, Scp03Channel)
    channel = profile.channel
    return secured(profile, SoftComputer(LabKeySet(keys.enc, keys.mac), channel.protects, channel.mac_size))


def through(profile: Profile, sam: FakeSam) -> Secured:
    """The channel of a profile of SCP03, computed by a SAM."""
    assert isinstance(profile.channel, Scp03Channel)
    channel = profile.channel
    return secured(profile, SamComputer(sam, SAM_AID, channel.keys, channel.protects, channel.mac_size))


def secured(profile: Profile, computer: Computer) -> Secured:
    channel = profile.channel
    assert isinstance(channel, Scp03Channel)
    return Secured(
        computer,
        kind=kind(channel),
        keys=channel.keys,
        key_version=int(channel.key_version, 16),
        level=channel.protects,
        mac_size=channel.mac_size,
    )


@dataclass(frozen=True)
class Kind:
    """A profile, a new blank of its card, and a channel to any of them."""

    profile: Profile
    blank: Callable[[], FakeCard | FakeGp]
    channel: Callable[[], SecureChannel]

    def engine(self, card: FakeCard | FakeGp) -> Personaliser:
        """An engine in a new session with a card."""
        card.close()
        return Personaliser(card, self.profile, self.channel())

    def locked(self, card: FakeCard | FakeGp) -> bool:
        return card.life_cycle == int(self.profile.life_cycle.locked[0], 16)

    def active(self, card: FakeCard | FakeGp) -> bool:
        return card.life_cycle == int(self.profile.life_cycle.active[0], 16)


@cache
def shipped(name: str) -> Profile:
    return load((PROFILES / f"{name}.toml").read_text())


def gp_kind(name: str) -> Kind:
    profile = shipped(name)
    if isinstance(profile.channel, SamChannel):
        return Kind(profile, lambda: FakeGp(KEYS), lambda: through(profile, FakeSam({"lab-gp": KEYS})))
    return Kind(profile, lambda: FakeGp(KEYS), lambda: soft(profile))


KINDS = {
    "lab-iso7816": Kind(shipped("lab-iso7816"), FakeCard, Plain),
    "lab-gp-scp03": gp_kind("lab-gp-scp03"),
    "lab-sam": gp_kind("lab-sam"),
}
