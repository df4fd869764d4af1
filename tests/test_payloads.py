"""Jobs that waited for a layout or a profile are looked at again when the daemon starts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.printer import Raster
from stationd.model import events
from stationd.model.job import Hold, HoldCause, Job
from stationd.payloads import Payloads
from stationd.store.rows import JobRow
from tests.api.house import NOW, OFFICER, House
from tests.model.jobs import STATION, card, job


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        yield served


class OpenSeals:
    """Opens every sealed text as one job."""

    def __init__(self, **changes: Any) -> None:
        self.job = job(start_before=int(NOW) + 1000, exp=int(NOW) + 1000, **changes)

    def open_job(self, _: str) -> Job:
        return self.job


class Fitted(Payloads):
    """Payloads whose artwork fits, or does not for a given cause."""

    unfit: Hold | None = None

    def fits(self, job: Job) -> Hold | None:
        return self.unfit if job.job_id else None


def payloads(house: House, layouts: set[str], profiles: set[str], **changes: Any) -> Fitted:
    known = (dict.fromkeys(names, None) for names in (layouts, profiles))
    return Fitted(house.store, OpenSeals(**changes), *known)  # type: ignore[arg-type]


def hold(house: House, cause: str, detail: str) -> None:
    house.arrive("j1")
    house.store.record("registry", events.JobHeld(job_id="j1", cause=cause, detail=detail))


def now(house: House) -> JobRow:
    (row,) = house.station.jobs()
    return row


def test_a_file_that_is_there_now_lets_its_jobs_go_on(house: House) -> None:
    hold(house, HoldCause.UNKNOWN_LAYOUT, "ktp-el")
    payloads(house, {"ktp-el"}, {"lab-iso7816"}).look_again(STATION, NOW)
    assert now(house).state == "queued"


def test_a_file_that_is_still_missing_changes_nothing(house: House) -> None:
    hold(house, HoldCause.UNKNOWN_LAYOUT, "ktp-el")
    before = house.station.status().book
    payloads(house, set(), {"lab-iso7816"}).look_again(STATION, NOW)
    assert house.station.status().book == before
    assert now(house).state == "held"


def test_what_is_missing_next_is_named(house: House) -> None:
    hold(house, HoldCause.UNKNOWN_LAYOUT, "ktp-el")
    payloads(house, {"ktp-el"}, set()).look_again(STATION, NOW)
    assert (now(house).cause, now(house).detail) == ("unknown-profile", "lab-iso7816")


def test_a_job_that_does_not_fit_is_not_let_go_on(house: House) -> None:
    hold(house, HoldCause.UNKNOWN_PROFILE, "lab-iso7816")
    looked = payloads(house, {"ktp-el"}, {"lab-iso7816"})
    looked.unfit = Hold(HoldCause.ARTWORK, "nama does not fit")
    looked.look_again(STATION, NOW)
    assert (now(house).state, now(house).cause) == ("held", "artwork-does-not-fit")


def test_a_citizen_who_may_not_have_the_card_any_more_does_not_get_it(house: House) -> None:
    hold(house, HoldCause.UNKNOWN_LAYOUT, "ktp-el")
    payloads(house, {"ktp-el"}, {"lab-iso7816"}, nik_status="died").look_again(STATION, NOW)
    assert (now(house).state, now(house).cause) == ("held", "died")


@pytest.mark.parametrize("cause", [HoldCause.POSSIBLY_PRINTED, HoldCause.DIED, "spoiled", "unknown"])
def test_jobs_that_wait_for_anything_else_are_let_alone(house: House, cause: str) -> None:
    hold(house, cause, "")
    before = house.station.status().book
    payloads(house, {"ktp-el"}, {"lab-iso7816"}).look_again(STATION, NOW)
    assert house.station.status().book == before


def test_a_birthday_lets_a_job_go_on(house: House) -> None:
    hold(house, HoldCause.UNDER_AGE, "")
    nik = "7316026209090001"
    young = {"nik": nik, "marital_status": "BELUM KAWIN", "card": card(nik=nik, tanggal_lahir="2009-09-22")}
    looked = payloads(house, {"ktp-el"}, {"lab-iso7816"}, **young)
    birthday = 1_790_010_000.0  # 00:00 of 22 September 2026 in WIB, where the day comes last
    looked.look_again(STATION, birthday - 1)
    assert now(house).state == "held"
    looked.look_again(STATION, birthday)
    assert now(house).state == "queued"


def test_before_the_feed_the_citizen_is_looked_at_once_more(house: House) -> None:
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    seals: Any = OpenSeals(nik_status="blocked")
    installed: Any = {"ktp-el": object()}, {"lab-iso7816": object()}
    assert Payloads(house.store, seals, *installed).prepare(now(house), Raster(1, 1, 300, frozenset())) is None
    assert (now(house).state, now(house).cause) == ("held", "nik-blocked")
