"""From settings and profiles to channels: the SAM's slot, the key store, whose profiles count."""

from __future__ import annotations

import base64
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import Connection, Encoder
from stationd.chip.channel_errors import KeysUnavailable, SamFailed
from stationd.chip.channels import Channels, SamUnset
from stationd.chip.errors import LostReply
from stationd.chip.keys import LabKeys, NoKeys
from stationd.chip.pairing import PairedReader, sam_beside
from stationd.chip.setup import key_store, trust_of
from stationd.chip.token import TokenKeys
from stationd.chip.trust import Standing
from stationd.settings import Settings, SettingsWrong
from tests.chip.cards import KEYS, shipped
from tests.chip.fake_card import FakeCard
from tests.chip.fake_gp import FakeGp, FakeSam

TAG = bytes(range(0xA0, 0xB0))
SAM_PROFILE = shipped("lab-sam")


def later() -> Deadline:
    return Deadline.after(10)


class Slot(Encoder):
    """A slot with one card in it; counts how often the card was powered."""

    def __init__(self, card: Connection) -> None:
        self.card = card
        self.connected = 0
        self.closed = False

    @property
    @override
    def name(self) -> str:
        return "slot"

    @override
    def card_present(self, deadline: Deadline) -> bool:
        return True

    @override
    def connect(self, deadline: Deadline) -> Connection:
        self.connected += 1
        return self.card

    @override
    def await_empty(self, deadline: Deadline) -> None:
        pass

    @override
    def close(self) -> None:
        self.closed = True


def test_a_sam_is_powered_once_for_many_cards_and_anew_after_it_failed() -> None:
    sam = FakeSam({"lab-gp": KEYS})
    slot, channels = Slot(sam), Channels()
    for _ in range(3):
        reader = PairedReader(Slot(FakeGp(KEYS)), slot)
        channels.engine(reader.connect(later()), SAM_PROFILE).identify(TAG, later())
    assert slot.connected == 1
    sam.lose_at = len(sam.sent) + 3
    reader = PairedReader(Slot(FakeGp(KEYS)), slot)
    engine = channels.engine(reader.connect(later()), SAM_PROFILE)
    with pytest.raises(LostReply) as lost:
        engine.identify(TAG, later())
    assert isinstance(lost.value.failure, SamFailed)
    assert lost.value.may_have_acted is False
    assert slot.connected == 1
    channels.engine(reader.connect(later()), SAM_PROFILE).identify(TAG, later())
    assert slot.connected == 2


def test_a_reader_without_its_sam_says_so_before_anything_is_sent() -> None:
    card = FakeGp(KEYS)
    with pytest.raises(SamUnset) as unset:
        Channels().engine(card, SAM_PROFILE)
    assert unset.value.may_have_acted is False
    assert card.sent == []


def test_a_sam_whose_reader_was_let_go_is_no_sam() -> None:
    slot = Slot(FakeSam({"lab-gp": KEYS}))
    channel = Channels().of(SAM_PROFILE, slot)
    del slot
    with pytest.raises(SamFailed, match="closed"):
        channel.establish(lambda _command: pytest.fail("nothing is sent"), later())


def test_two_slots_are_one_reader() -> None:
    cards, sam = Slot(FakeCard()), Slot(FakeSam({}))
    reader = PairedReader(cards, sam)
    connection = reader.connect(later())
    assert sam_beside(connection) is sam
    assert sam_beside(cards.card) is None
    assert (reader.name, reader.card_present(later())) == ("slot", True)
    assert (connection.atr, connection.uid, connection.card_type) == (b"", None, cards.card.card_type)
    assert connection.limits == cards.card.limits
    reader.close()
    assert (cards.closed, sam.closed) == (True, True)


def settings(folder: Path, **more: object) -> Settings:
    station = {"id": "s", "kecamatan": "73.16.02", "data": folder}
    folders = {"layouts": folder, "profiles": folder, **msgspec.to_builtins(more.pop("folders", {}))}  # type: ignore[dict-item]
    raw = {
        "station": station,
        "api": {"socket": folder / "api"},
        "registry": {"url": "https://127.0.0.1:1"},
        "folders": folders,
        **more,
    }
    return msgspec.convert(raw, Settings, dec_hook=lambda _kind, value: Path(value), strict=False)


def test_a_plain_station_has_no_keys(tmp_path: Path) -> None:
    assert isinstance(key_store(settings(tmp_path)), NoKeys)
    assert isinstance(key_store(settings(tmp_path, lab={"name": "bench"})), NoKeys)
    with pytest.raises(KeysUnavailable):
        Channels(key_store(settings(tmp_path))).of(shipped("lab-gp-scp03"))


def test_a_lab_has_keys_in_a_file_and_an_office_in_a_token(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(f'[lab-gp]\nenc = "{KEYS.enc.hex()}"\nmac = "{KEYS.mac.hex()}"\n')
    lab = {"name": "bench", "keys": str(file)}
    assert isinstance(key_store(settings(tmp_path, lab=lab)), LabKeys)
    token = {"module": "/nowhere.so", "label": "cards", "pin_file": str(tmp_path / "pin")}
    assert isinstance(key_store(settings(tmp_path, lab=lab, token=token)), TokenKeys)
    file.write_text("x = 1")
    with pytest.raises(SettingsWrong, match="a file of card keys"):
        key_store(settings(tmp_path, lab=lab))


def test_profiles_count_by_the_registrys_key_and_the_authoritys(tmp_path: Path) -> None:
    registry, authority, nobody = (Ed25519PrivateKey.generate() for _ in range(3))
    x = base64.urlsafe_b64encode(registry.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).rstrip(b"=")
    pem = tmp_path / "authority.pem"
    pem.write_bytes(authority.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    named = settings(tmp_path, folders={"profile_signers": [str(pem)]})
    trust = trust_of(named, {"kty": "OKP", "crv": "Ed25519", "x": x.decode()})
    standings = [trust.standing(b"text", key.sign(b"text")) for key in (registry, authority, nobody)]
    assert standings == [Standing.SIGNED, Standing.SIGNED, Standing.FORGED]
    assert [trust.takes(standing) for standing in Standing] == [True, False, False]
    lab = trust_of(settings(tmp_path, lab={"name": "bench"}))
    assert [lab.takes(standing) for standing in Standing] == [True, True, False]


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PUBLIC KEY-----\n", None, "x25519"])
def test_a_signer_that_is_no_key_is_named(tmp_path: Path, content: bytes | str | None) -> None:
    pem = tmp_path / "authority.pem"
    if content == "x25519":
        key = X25519PrivateKey.generate().public_key()
        pem.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    elif isinstance(content, bytes):
        pem.write_bytes(content)
    with pytest.raises(SettingsWrong, match=r"authority\.pem"):
        trust_of(settings(tmp_path, folders={"profile_signers": [str(pem)]}))
