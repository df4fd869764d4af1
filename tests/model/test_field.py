"""The places of the field, as the simulated registry has them, by the station's own rules."""

from __future__ import annotations

import datetime

import pytest

from simulators.registry.field import NoSuchPlace, known, place
from stationd.model.forecast import forecast
from stationd.model.job import HoldCause
from stationd.model.policy import Policy
from stationd.model.policy_check import fault
from stationd.model.ruling import Held, Refused, Remedy, Yes
from tests.model.policies import decide, policy, wanted

MONDAY = datetime.date(2026, 9, 21)


def of(name: str, kecamatan: str | None = None) -> Policy:
    there = place(name)
    return policy(services=there.offices[kecamatan or next(iter(there.offices))], **there.policy)


@pytest.mark.parametrize("name", known())
def test_each_places_policy_is_sound(name: str) -> None:
    assert [fault(of(name, kecamatan)) for kecamatan in place(name).offices] == [None] * len(place(name).offices)


def test_eight_of_enrekangs_twelve_kecamatan_print() -> None:
    verdicts = {kecamatan: decide(wanted(), of("enrekang", kecamatan)) for kecamatan in place("enrekang").offices}
    assert len(verdicts) == 12
    refused = {kecamatan for kecamatan, verdict in verdicts.items() if verdict != Yes()}
    assert refused == {"Buntu Batu", "Curio", "Bungin", "Cendana"}
    assert verdicts["Bungin"] == Refused("station-has-no-cetak", Remedy.POLICY)


def test_palembang_serves_first_time_citizens_while_blanks_are_scarce() -> None:
    said = of("palembang")
    assert decide(wanted("lost"), said, blanks=499) == Held(HoldCause.BLANKS_SCARCE, Remedy.BLANKS, "lost")
    assert decide(wanted("first"), said, blanks=499) == Yes()
    assert decide(wanted("lost"), said, blanks=500) == Yes()


def test_tasikmalaya_makes_fifty_first_cards_and_fifty_reprints() -> None:
    said = of("tasikmalaya")
    fifty = {"first": 50, "lost": 30, "damaged": 19}
    assert decide(wanted("first"), said, begun=fifty) == Held(HoldCause.SHARE_USED_UP, Remedy.TOMORROW, "first")
    assert decide(wanted("lost"), said, begun=fifty) == Yes()


def test_kotawaringin_timur_asks_the_centre_when_a_thousand_are_left() -> None:
    assert [forecast(left, {}, MONDAY, of("kotim")).short for left in (1001, 1000)] == [False, True]
    assert of("kotim").reorder.to == "centre"


def test_a_place_that_nobody_knows_is_named_with_those_that_are() -> None:
    with pytest.raises(NoSuchPlace, match="bulukumba, enrekang, kotim, palembang, palopo, tasikmalaya"):
        place("atlantis")
