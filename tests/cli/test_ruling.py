"""`stationctl why` and `stationctl forecast`, as people read them."""

from __future__ import annotations

import datetime
import json
from typing import Any

import msgspec

from stationd.model.coverage import Coverage
from stationd.model.officer import Role
from stationd.model.policy import Policy
from stationd.steward import Steward
from tests.api.house import OFFICER, House, policy
from tests.cli.conftest import Ctl


def ruled(**tables: Any) -> Policy:
    plain = msgspec.to_builtins(policy())
    return msgspec.convert(plain | {"valid_from": 0} | tables, Policy, strict=False)


def test_why_says_what_holds_a_job_what_helps_and_where_it_stands(house: House, ctl: Ctl) -> None:
    house.stock()
    house.arrive("j1", reason="lost")
    house.arrive("j2")
    house.station.rules.go_by(ruled(scarcity={"below": 1000}))
    said = ctl("why", "j1")
    assert said.code == 0
    assert "Job j1: held, waits for blanks." in said.out
    assert "comes back to the queue by itself" in " ".join(said.out.split())
    assert "Queue: number 2 of 2." in said.out
    assert "1 for a reason that ranks above" in " ".join(said.out.split())
    assert "policy version 3" in said.out
    assert "Permohonan j1: ditahan, menunggu blangko." in ctl("--lang", "id", "why", "j1").out
    assert json.loads(ctl("--json", "why", "j1").out)["cause"] == "blanks-scarce"


def test_why_of_a_job_that_goes_well_and_of_none(house: House, ctl: Ctl) -> None:
    house.stock()
    house.arrive("j1")
    assert "Job j1: may be printed." in ctl("why", "j1").out
    house.deliver("j2")
    assert "Job j2: " in ctl("why", "j2").out
    house.station.accept("j2", OFFICER)
    assert "finished at this station" in ctl("why", "j2").out
    assert ctl("why", "j9").code == 1


def test_the_forecast_shows_what_lasts_how_long_and_what_was_asked_for(house: House, ctl: Ctl) -> None:
    house.stock(store=100)
    house.station.rules.go_by(ruled(daily_target=20))
    Steward(house.store, house.station.rules, lambda: None).tend()
    said = " ".join(ctl("forecast").out.split())
    assert "blanks 100 20.0 5 " in said
    assert "of the province, request" in said
    (seen,) = json.loads(ctl("--json", "forecast").out)
    assert (seen["left"], seen["days_left"], seen["threshold"]) == (100, 5, 140)


def test_without_a_policy_nothing_is_foreseen(house: House, ctl: Ctl) -> None:
    house.station.rules.go_by(None)
    assert "Code: no-policy" in ctl("forecast").err


def test_coverage_is_said_as_it_was_counted_also_above_all(house: House, ctl: Ctl) -> None:
    assert "nothing of coverage" in ctl("coverage", "--lang", "en").out
    counted = Coverage(recorded=316_632, obliged=316_474, on=datetime.date(2024, 12, 31))
    house.station.rules.go_by(msgspec.structs.replace(policy(), coverage=counted))
    said = ctl("coverage", "--lang", "en").out
    assert said.strip() == "316632 recorded of 316474 obliged: 100.05 %, counted on 2024-12-31."
    assert json.loads(ctl("coverage", "--json").out)["percent"] == 100.05


def test_a_request_that_will_not_be_met_is_dropped_by_its_number(house: House, ctl: Ctl) -> None:
    house.stock(store=100)
    boss = msgspec.structs.replace(policy().officers[0], id=OFFICER, roles=frozenset({Role.SUPERVISOR}))
    house.station.rules.go_by(msgspec.structs.replace(ruled(daily_target=20), officers=(boss,)))
    Steward(house.store, house.station.rules, lambda: None).tend()
    (seen,) = json.loads(ctl("--json", "forecast").out)
    said = ctl("forecast", "drop", str(seen["request"]), "--reason", "refused")
    assert said.out == f"Request {seen['request']} is closed without a delivery: the request was refused.\n"
    assert json.loads(ctl("--json", "forecast").out)[0]["request"] is None
    assert "Code: no-such-request" in ctl("forecast", "drop", str(seen["request"])).err
    assert ctl("forecast", "drop", "x").code == 2
