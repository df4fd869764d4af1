"""Jobs that waited for a layout or a profile are looked at again when the daemon starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from drivers.printer import Raster
from stationd import payloads as payloads_module
from stationd.model import events
from stationd.model.job import Hold, HoldCause, Job
from stationd.payloads import Payloads
from stationd.press.begun_with import NotInstalled
from stationd.store.rows import JobRow
from tests.api.house import NOW, OFFICER, House
from tests.model.jobs import STATION, card, job
from tests.press.test_making import PROFILE, Works


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


RASTER = Raster(1, 1, 300, frozenset())


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Works]:
    """A line with a card under way."""
    works = Works(tmp_path)
    with works.store.write("registry") as transaction:
        transaction.vault.put("j1", b"sealed payload", b"sealed label")
    works.make()
    yield works
    works.store.close()


def under_way(works: Works) -> JobRow:
    with works.store.read() as view:
        row = view.job("j1")
    assert row is not None
    return row


def station_with(works: Works, layouts: Mapping[str, Any]) -> Payloads:
    """Payloads of a station whose folder of profiles was emptied."""
    seals: Any = OpenSeals()
    return Payloads(works.store, seals, layouts, {})


def test_a_card_under_way_is_finished_by_the_profile_in_the_book(begun: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payloads_module, "prepare", lambda *arguments: arguments[2])
    station = station_with(begun, {"ktp-el": object()})
    made: Any = station.prepare(under_way(begun), RASTER)
    assert made == PROFILE
    content = station.chip_content(under_way(begun))
    assert content is not None
    assert content.profile == PROFILE


def test_a_card_whose_profile_is_to_be_had_nowhere_is_not_held_but_waits(begun: Works) -> None:
    begun.store._db.execute("DELETE FROM kept_profiles")
    before = begun.state()
    station = station_with(begun, {"ktp-el": object()})
    for act in (lambda row: station.prepare(row, RASTER), station.chip_content):
        with pytest.raises(NotInstalled, match="profile-missing: 'lab-iso7816'"):
            act(under_way(begun))
    assert begun.state() == before


def test_a_card_whose_layout_is_missing_is_not_held_but_waits(begun: Works) -> None:
    before = begun.state()
    with pytest.raises(NotInstalled, match="layout-missing: 'ktp-el'"):
        station_with(begun, {}).prepare(under_way(begun), RASTER)
    assert begun.state() == before


def test_a_job_that_was_not_begun_is_held_until_its_profile_is_there(house: House) -> None:
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    seals: Any = OpenSeals()
    layouts: Any = {"ktp-el": object()}
    assert Payloads(house.store, seals, layouts, {}).prepare(now(house), RASTER) is None
    assert (now(house).state, now(house).cause, now(house).detail) == ("held", "unknown-profile", "lab-iso7816")


def test_an_attempt_that_is_over_keeps_no_profile_in_use(begun: Works) -> None:
    begun.store.record("press", events.AttemptReleased(attempt_id="a1", job_id="j1", cause="interrupted"))
    assert station_with(begun, {"ktp-el": object()}).prepare(under_way(begun), RASTER) is None
    assert begun.state() == ("held", "unknown-profile")
