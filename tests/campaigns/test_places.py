"""Figures from the field, each by the rule that explains it and by the rule's opposite: it must not hold by both."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.registry.field import place
from stationd.model import forecast as forecast_module
from stationd.model.coverage import Coverage, percent
from stationd.model.job import Reason
from stationd.model.policy import Policy
from stationd.model.policy_check import fault
from stationd.model.policy_tables import ShelfRule
from stationd.model.ruling import Day, Station, Stock, Wanted, Yes, may_print
from stationd.model.shelf import Delivery, Notice, NoticeDue, TransferDue, due, follow
from stationd.station import why
from stationd.station.why import Covered, Why
from tests.api.house import OFFICER, House
from tests.campaigns.year import OFFICE, bureau, policy_of

WIB = datetime.timezone(datetime.timedelta(hours=7))
MONDAY = datetime.datetime(2026, 9, 21, 8, tzinfo=WIB)
DAY = 86_400.0


def day_of(policy: Policy, came: Iterable[str], blanks: int = 10_000) -> Counter[str]:
    """Return how many cards of each reason an office makes in one day, of those who came in this order."""
    begun: Counter[str] = Counter()
    for arrived, reason in enumerate(came):
        job = Wanted(Reason(reason), None, 2**40, arrived)
        stock, day = Stock(blanks - begun.total()), Day(MONDAY.timestamp(), begun)
        if stock.blanks and may_print(job, None, Station(OFFICE, policy), stock, day) == Yes():
            begun[reason] += 1
    return begun


def without(policy: Policy, *tables: str) -> Policy:
    """Return a policy in which these tables say nothing."""
    plain = Policy(version=1, valid_from=0, station=policy.station)
    kept = {name: getattr(policy if name not in tables else plain, name) for name in Policy.__struct_fields__}
    return Policy(**kept)


# --- Enrekang ---------------------------------------------------------------------------------------------------------


def printing(services: Mapping[str, list[str]]) -> int:
    """Return in how many of Enrekang's kecamatan somebody who comes gets a card."""
    return sum(bool(day_of(policy_of("enrekang", services=granted), ["first"])) for granted in services.values())


def test_eight_of_enrekangs_twelve_kecamatan_print_and_all_would_if_enrolment_were_leave_enough() -> None:
    offices = place("enrekang").offices
    assert printing(offices) == place("enrekang").figures["printing"] == 8
    as_if = {name: [*granted, "CETAK"] if "REKAM" in granted else granted for name, granted in offices.items()}
    assert printing(as_if) == 10
    assert printing({name: ["SIAK", "REKAM", "CETAK"] for name in offices}) == 12


# --- Palopo -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_palopos_year_loses_no_day_by_its_real_use_and_loses_days_by_its_target_alone(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    figures = place("palopo").figures
    by_rule = bureau("palopo", seed, post=False).run(int(figures["working_days"]))
    assert by_rule.without == 0
    assert by_rule.made == pytest.approx(figures["cards"], rel=0.05)
    monkeypatch.setattr(forecast_module, "rate", lambda target, *_: float(target))
    by_target = bureau("palopo", seed, post=False).run(int(figures["working_days"]))
    assert by_target.without > 5


def test_palopos_stock_of_a_thousand_is_asked_for_at_six_hundred_and_not_at_three_hundred_and_fifty() -> None:
    used = {MONDAY.date() - datetime.timedelta(days=n): 87 for n in range(1, 21)}
    policy = policy_of("palopo")
    first = next(n for n in range(1000, 0, -1) if forecast_module.forecast(n, used, MONDAY.date(), policy).short)
    assert first == 7 * 87
    assert next(n for n in range(1000, 0, -1) if forecast_module.forecast(n, {}, MONDAY.date(), policy).short) == 350


# --- Palembang --------------------------------------------------------------------------------------------------------


def test_palembangs_last_five_hundred_go_to_first_time_citizens_and_to_whoever_comes_without_the_rule() -> None:
    came = ["lost", "first"] * 600
    policy = policy_of("palembang")
    assert day_of(policy, came, 499) == {"first": 499}
    plain = day_of(without(policy, "scarcity"), came, 499)
    assert plain == {"lost": 250, "first": 249}


def uncollected(rule: ShelfRule, notified: bool, months: int) -> Counter[type]:
    """Return what is due of Palembang's uncollected cards, laid down over thirty days, some months later."""
    now, found = MONDAY.timestamp(), Counter[type]()
    for number in range(int(place("palembang").figures["uncollected"])):
        since = now - months * 30.5 * DAY - (number % 30) * DAY
        notices: tuple[Notice, ...] = ()
        for count in range(1, rule.notices + 1 if notified else 1):
            at = since + count * 40 * DAY
            for delivery in (Delivery.ASKED, Delivery.SENT, Delivery.DELIVERED):
                notices = follow(notices, count, "registry", delivery, at)
        found[type(due(since, notices, rule, WIB, now))] += 1
    return found


def test_palembangs_shelf_is_due_for_transfer_after_six_months_and_three_notices_and_not_before() -> None:
    rule, cards = policy_of("palembang").shelf, int(place("palembang").figures["uncollected"])
    assert uncollected(rule, True, 7) == {TransferDue: cards}
    assert uncollected(rule, False, 7) == {NoticeDue: cards}  # nobody was told: nothing is sent away
    assert TransferDue not in uncollected(rule, True, 4)
    assert uncollected(ShelfRule(notices=3, within_months=3), True, 5)[TransferDue] == cards


# --- Tasikmalaya ------------------------------------------------------------------------------------------------------


def test_tasikmalayas_hundred_are_fifty_and_fifty_whoever_came_first() -> None:
    policy, came = policy_of("tasikmalaya"), ["lost"] * 150 + ["first"] * 150
    assert day_of(policy, came) == {"lost": 50, "first": 50}
    assert day_of(without(policy, "shares"), came) == {"lost": 100}
    assert day_of(without(policy, "shares", "daily_most"), came) == {"lost": 150, "first": 150}


# --- Kotawaringin Timur and Bulukumba ---------------------------------------------------------------------------------


def covered(policy: Policy) -> Covered | None:
    """Return what a station under a policy tells of its kabupaten's coverage."""
    return Why.coverage(cast("Why", SimpleNamespace(policy=policy)))


def test_kotims_coverage_is_more_than_all_and_is_not_cut_off_there(monkeypatch: pytest.MonkeyPatch) -> None:
    figures, policy = place("kotim").figures, policy_of("kotim")
    assert fault(policy) is None, "more recorded than obliged is no contradiction"
    told = covered(policy)
    assert told is not None
    assert told.percent == figures["coverage_percent"] == 100.05
    assert (told.recorded, told.obliged, str(told.on)) == (316_632, 316_474, "2024-12-31")
    monkeypatch.setattr(why, "percent", lambda counted: min(100.0, percent(counted)))
    clamped = covered(policy)
    assert clamped is not None
    assert clamped.percent != figures["coverage_percent"]


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_coverage_grows_with_who_is_recorded_also_beyond_all(recorded: int, obliged: int) -> None:
    counted = Coverage(recorded, obliged, MONDAY.date())
    assert percent(counted) == pytest.approx(100 * recorded / obliged, abs=0.006)
    more = percent(Coverage(recorded + obliged, obliged, MONDAY.date()))
    assert more == pytest.approx(percent(counted) + 100, abs=0.02)


def test_kotim_asks_at_a_thousand_blanks_and_would_ask_at_none_without_its_floor() -> None:
    policy = policy_of("kotim")
    assert [forecast_module.forecast(left, {}, MONDAY.date(), policy).short for left in (1001, 1000)] == [False, True]
    assert not forecast_module.forecast(1000, {}, MONDAY.date(), without(policy, "reorder")).short


SCALE = 100
"""Bulukumba's figures are gone through with a hundredth of its people."""


def brought(partner: int, rows: int) -> list[str]:
    """Return a partner's rows: of each five one is double, and one contradicts its own NIK."""
    lines = []
    for row in range(rows):
        of_whom = row if row % 5 != 3 else row - 1
        born = datetime.date(1990, partner, 1 + of_whom % 28)
        nik = f"7302{partner:02d}{born:%d%m%y}{1 + of_whom:04d}"
        said = born if row % 5 != 4 else born.replace(year=1991)
        lines.append(f"{nik},WARGA {row},{said},Bulukumba,baru")
    return lines


def test_bulukumbas_partners_have_brought_three_fifths_and_not_one_card_is_printed_by_it(tmp_path: Path) -> None:
    figures = place("bulukumba").figures
    wanted, partners = int(figures["wanted"]) // SCALE, int(figures["partners"])
    even = wanted // partners // 5 * 5
    head, requests, rows = "nik,nama,tanggal_lahir,kelurahan,alasan\n", 0, 0
    with House(tmp_path) as house:
        house.stock()
        before = house.station.balances()
        for partner in range(1, partners + 1):
            share = even if partner > 1 else wanted - even * (partners - 1)
            content = head + "\n".join(brought(partner, share))
            taken = house.station.submit_list(f"LSM {partner}", content.encode(), OFFICER)
            assert len(taken.refused) == taken.rows - taken.good
            requests, rows = requests + taken.good, rows + taken.rows
        assert len(house.station.partner_lists()) == partners == 7
        assert house.station.jobs() == [], "a request is nobody's card"
        assert house.station.order_next(1, OFFICER) == []
        assert house.station.balances() == before
    assert (requests * SCALE, wanted * SCALE) == (figures["brought"], figures["wanted"]) == (45_000, 75_000)
    assert percent(Coverage(requests, wanted, MONDAY.date())) == 60.0
    assert percent(Coverage(rows, wanted, MONDAY.date())) == 100.0, "if every row counted as it came"
