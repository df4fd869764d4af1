"""Terms that end: decrees and policies, while cards are printed and clocks are turned back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from stationd.model.officer import Officer
from stationd.station import Refused
from tests.api.house import NOW, OFFICER, House, policy


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        served.stock(store=10, hopper=10)
        yield served


def test_a_decree_that_ends_at_noon_ends_at_noon_also_for_the_card_that_is_being_printed(house: House) -> None:
    house.station.rules.go_by(policy(officers=_decrees(int(NOW) + 60)))
    for name in ("j1", "j2"):
        house.arrive(name)
        house.station.order(name, OFFICER)
    attempt = house.begin("j1")
    house.clock.set_trusted(NOW + 60, house.clock.uptime())
    house.go_on(attempt)  # the card in the machine comes out
    with pytest.raises(Refused, match="sk-expired"):
        house.station.accept("j1", OFFICER)
    (second,) = (row for row in house.station.jobs() if row.job_id == "j2")
    assert house.station.rules.on_feed(second) == "sk-expired"
    house.station.accept("j1", "off-2")
    house.station.cancel("j2", "off-2")
    house.station.order("j2", "off-2")
    (second,) = (row for row in house.station.jobs() if row.job_id == "j2")
    assert house.station.rules.on_feed(second) is None


def test_a_clock_that_is_set_back_brings_no_decree_and_no_policy_back(house: House) -> None:
    house.station.rules.go_by(policy(officers=_decrees(int(NOW) + 60), valid_until=int(NOW) + 600))
    house.arrive("j1")
    house.clock.set_trusted(NOW + 61, house.clock.uptime())
    house.wall = NOW - 30 * 86_400
    with pytest.raises(Refused, match="sk-expired"):
        house.station.order("j1", OFFICER)
    house.clock.set_trusted(NOW + 601, house.clock.uptime())
    house.wall = NOW - 30 * 86_400
    with pytest.raises(Refused, match="policy-ended"):
        house.station.order("j1", "off-2")
    house.lose_the_time()
    with pytest.raises(Refused, match="time-unknown"):
        house.station.order("j1", "off-2")


def _decrees(ends: int) -> tuple[Officer, ...]:
    (officer,) = policy().officers
    return (
        msgspec.structs.replace(officer, valid_until=ends),
        msgspec.structs.replace(officer, id="off-2"),
    )
