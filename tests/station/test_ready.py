"""Readiness: what is missing is named, what is complete is recorded and signed, and a grant may cite it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from simulators.registry import clerk
from simulators.registry.granting import NotReady, grant_printing, need_readiness
from simulators.registry.state import Registry
from stationd.model import stock_events
from stationd.model.policy import Policy
from stationd.press.notice import LineState, LineStatus
from stationd.station import LinkStatus, Refused
from stationd.station.ready import Ready
from tests.api.house import LINE, NOW, OFFICER, STATION, House, policy

DAY = 86_400


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A station that is not licensed to print yet."""
    with House(tmp_path / "station") as served:
        served.station.rules.go_by(policy(services=frozenset({"SIAK", "REKAM"})))
        yield served


def try_a_card(house: House, outcome: str = "done") -> None:
    """A technician prints a test card on a blank that an officer gave."""
    house.stock(store=10, hopper=2)
    house.station.release_blank(LINE, OFFICER)
    ended = stock_events.TrialEnded(
        line=LINE, printer="XID8300:A1", kind="test-print", outcome=outcome, fed=True, printed=True
    )
    house.store.record("tek-1", ended)


def causes(ready: Ready) -> set[tuple[str, str]]:
    return {(lack.cause, lack.line) for lack in ready.lacks}


def test_each_thing_that_is_missing_is_named(house: House) -> None:
    assert causes(house.station.readiness()) == {("readiness-no-test-card", LINE)}
    house.link = LinkStatus(online=False, last_contact=None, last_error="", acknowledged=0)
    house.line.now = LineStatus(LINE, LineState.WAITING, cause="media-empty")
    house.station.rules.go_by(policy(officers=()))
    assert causes(house.station.readiness()) == {
        ("readiness-no-link", ""),
        ("readiness-line-not-ready", LINE),
        ("readiness-no-officer", ""),
        ("readiness-no-test-card", LINE),
    }
    house.station._lines.clear()
    assert ("readiness-no-line", "") in causes(house.station.readiness())


def test_who_has_no_training_is_no_officer_to_be_ready_with(house: House) -> None:
    (officer,) = policy().officers
    house.station.rules.go_by(policy(officers=(msgspec.structs.replace(officer, trained=False),)))
    assert ("readiness-no-officer", "") in causes(house.station.readiness())


def test_nothing_is_recorded_of_a_station_that_is_not_ready(house: House) -> None:
    try_a_card(house, "failed")
    before = house.station.status().book
    with pytest.raises(Refused, match="readiness-no-test-card"):
        house.station.record_readiness(OFFICER)
    assert house.station.status().book == before
    assert not (house.folder / "readiness").exists()


def test_an_old_test_card_says_nothing(house: House) -> None:
    try_a_card(house)
    assert causes(house.station.readiness()) == set()
    house.clock.set_trusted(NOW + 91 * DAY, house.clock.uptime())
    assert ("readiness-no-test-card", LINE) in causes(house.station.readiness())


def test_a_record_is_signed_in_a_file_and_in_the_book(house: House) -> None:
    try_a_card(house)
    made = house.station.record_readiness(OFFICER)
    document = json.loads(Path(made.file).read_text())
    assert hashlib.sha256(document["record"].encode()).hexdigest() == document["digest"] == made.digest
    key = Ed25519PublicKey.from_public_bytes(_raw(document["key"]["x"]))
    key.verify(_raw(document["signature"]), f"stationd readiness\n{STATION}\n{made.digest}".encode())
    with house.store.read() as view:
        (event,) = (e for e in map(json.loads, view.texts(0, 1000)) if e["type"] == "readiness-recorded")
    assert (event["digest"], event["record"], event["actor"]) == (made.digest, document["record"], OFFICER)
    said = json.loads(document["record"])
    assert (said["station"], said["link"], said["officers"][0]["sk"]) == (STATION, True, "SK/1")
    assert said["lines"][0]["test_card"] > 0
    assert "Petugas" not in document["record"]
    cites = msgspec.structs.replace(policy(), readiness=made.digest)
    house.station.rules.go_by(cites)
    assert (house.station.readiness().cited, house.station.readiness().cited_here) == (made.digest, True)
    house.station.rules.go_by(msgspec.structs.replace(cites, readiness="0" * 64))
    assert house.station.readiness().cited_here is False


def test_a_policy_cites_a_digest_or_nothing() -> None:
    plain = msgspec.to_builtins(policy())
    for said in ("yes", "0" * 63, "0" * 65, "A" * 64):
        with pytest.raises(msgspec.ValidationError, match="readiness"):
            msgspec.convert(plain | {"readiness": said}, Policy, strict=False)


def test_the_registry_grants_printing_only_on_a_record_in_the_stations_book(house: House, tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry", seed="ready")
    try:
        need_readiness(registry)
        clerk.policy(registry, STATION, services=["SIAK", "REKAM"])
        for more in (None, {"readiness": "0" * 64}):
            with pytest.raises(NotReady, match="may not print"):
                clerk.policy(registry, STATION, services=["SIAK", "CETAK"], more=more)
        try_a_card(house)
        made = house.station.record_readiness(OFFICER)
        with pytest.raises(NotReady):
            grant_printing(registry, STATION, made.digest)
        _hand_in(registry, house)
        with pytest.raises(NotReady):
            grant_printing(registry, STATION, made.digest[::-1])
        version = grant_printing(registry, STATION, made.digest)
        granted = registry.database.policy(STATION)
        assert granted is not None
        said: dict[str, Any] = json.loads(granted["payload"])
        assert (version, said["readiness"]) == (2, made.digest)
        assert "CETAK" in said["services"]
        need_readiness(registry, on=False)
        assert clerk.policy(registry, "kec-other") == 1
    finally:
        registry.close()


def _hand_in(registry: Registry, house: House) -> None:
    with house.store.read() as view:
        texts = view.texts(0, 1000)
    for seq, text in enumerate(texts, 1):
        row = {"station": STATION, "incarnation": "inc-1", "seq": seq, "digest": f"d{seq}", "text": text}
        registry.database.add_event(row)
    book = {"station": STATION, "incarnation": "inc-1", "book_key": "{}"}
    registry.database.set_book({**book, "have": len(texts), "head": "", "countersignature": ""})


def _raw(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
