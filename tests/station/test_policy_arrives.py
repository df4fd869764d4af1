"""A policy comes from the registry: kept and gone by, kept for its day, or refused and put down with the place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stationd.desk import RegistryDesk
from stationd.model.policy import Policy
from stationd.model.policy_check import PolicyFault
from stationd.station import Refused
from tests.api.house import NOW, OFFICER, House, policy


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        yield served


def ruled(**tables: Any) -> Policy:
    plain = msgspec.to_builtins(policy())
    return msgspec.convert(plain | {"valid_from": 0} | tables, Policy, strict=False)


def desk(house: House, jobs: int = 50) -> RegistryDesk:
    rules = house.station.rules
    intake: Any = None
    return RegistryDesk(house.store, house.clock, intake, rules, jobs, rules.adopt, lambda _: None)


def written(house: House, kind: str) -> list[dict[str, Any]]:
    with house.store.read() as view:
        entries = [json.loads(text) for text in view.texts(0, 1000)]
    return [entry for entry in entries if entry["type"] == kind]


def test_a_newer_policy_is_kept_and_gone_by_and_the_history_with_it(house: House) -> None:
    assert desk(house).adopt_policy("a.b.4", ruled(version=4)) is None
    assert desk(house).adopt_policy("a.b.5", ruled(version=5, valid_from=int(NOW) + 60)) is None
    assert [entry["version"] for entry in written(house, "policy-adopted")] == [4, 5]
    with house.store.read() as view:
        assert view.policies() == ["a.b.4", "a.b.5"]
    assert house.station.status().policy_version == 4
    newest = desk(house).policy()
    assert newest is not None
    assert newest.version == 5
    house.clock.set_trusted(NOW + 60, house.clock.uptime())
    assert house.station.status().policy_version == 5


def test_one_that_contradicts_itself_or_is_over_is_put_down_once_and_changes_nothing(house: House) -> None:
    registry = desk(house)
    wrong = ruled(version=4, reasons=["first", "first"])
    for _ in range(3):
        assert registry.adopt_policy("a.b.c", wrong) == PolicyFault("$.reasons[1]", "named-twice")
    over = ruled(version=5, valid_until=int(NOW))
    assert registry.adopt_policy("a.b.d", over) == PolicyFault("$.valid_until", "ended")
    refused = [(entry["cause"], entry["place"], entry["version"]) for entry in written(house, "policy-refused")]
    assert refused == [("named-twice", "$.reasons[1]", 4), ("ended", "$.valid_until", 5)]
    assert house.station.status().policy_version == 3
    assert written(house, "policy-adopted") == []


def test_a_licence_that_is_to_come_leases_nothing_yet_and_one_that_is_to_end_still_does(house: House) -> None:
    house.station.rules.adopt(ruled(version=4, services=["SIAK"], valid_from=int(NOW) + 60))
    assert desk(house).licensed()
    assert desk(house).wanted() == 50
    house.clock.set_trusted(NOW + 60, house.clock.uptime())
    assert not desk(house).licensed()
    assert desk(house).wanted() == 0


def test_jobs_that_wait_for_blanks_do_not_keep_others_away(house: House) -> None:
    house.arrive("j1", reason="lost")
    assert desk(house, jobs=1).wanted() == 0
    house.station.rules.go_by(ruled(scarcity={"below": 1000}))
    with pytest.raises(Refused, match="blanks-scarce"):
        house.station.order("j1", OFFICER)
    assert desk(house, jobs=1).wanted() == 1
