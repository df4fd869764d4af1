from collections.abc import Callable
from typing import Any

import pytest

from stationd.model.job import Hold, HoldCause, Job, Refusal
from stationd.registry.contract import LeasedJob
from stationd.registry.intake import UNREADABLE_ID, Fits, Installed, JobIntake
from stationd.registry.sealing import Seals
from tests.model.jobs import NOW, STATION, claims, label
from tests.registry.authority import Authority, private, public
from tests.registry.stand_in import Station

REGISTRY = Authority()
STRANGER = Authority()


def fits(job: Job) -> Hold | Refusal | None:
    return None


def station(fits: Fits = fits, now: Callable[[], float | None] = lambda: NOW) -> Station:
    made = Station(STATION, bytes)
    made.intake = JobIntake(
        station=STATION,
        seals=Seals(private(REGISTRY.station), public(REGISTRY.signing)),
        desk=made,
        installed=Installed(layouts={"ktp-el"}, profiles={"lab-iso7816"}),
        fits=fits,
        now=now,
    )
    return made


def leased(outer: str = "J-0001", **changes: Any) -> LeasedJob:
    claimed = {"job_id": outer, **changes}
    inner = str(claimed["job_id"])
    return LeasedJob(
        job_id=outer, sealed=REGISTRY.sealed(claims(**claimed)), label=REGISTRY.sealed(label(job_id=inner))
    )


def test_a_good_job_is_accepted_as_it_came() -> None:
    desk, job = station(), leased()
    desk.receive(1, [job])
    (arrival,) = desk.arrivals.values()
    assert (arrival.sealed, arrival.label) == (job.sealed, job.label)
    assert (desk.held, desk.refusals) == ({}, [])


BAD = {
    "truncated": LeasedJob(job_id="J-0001", sealed=leased().sealed[:99], label=leased().label),
    "oversized": leased(contact="x" * 300_000),
    "sealed-to-another-key": LeasedJob(job_id="J-0001", sealed=STRANGER.sealed(claims()), label=leased().label),
    "wrong-signature": LeasedJob(job_id="J-0001", sealed=REGISTRY.seal(STRANGER.sign(claims())), label=leased().label),
    "not-understood": leased(surprise=True),
    "wrong-station": leased(station="7316-03"),
    "expired": leased(exp=NOW),
    "start-before-passed": leased(start_before=NOW),
    "nik-differs": LeasedJob(
        job_id="J-0001",
        sealed=REGISTRY.sealed(claims(nik="7316025503900002")),
        label=REGISTRY.sealed(label(nik="7316025503900002")),
    ),
    "changed-without-authorisation": leased(reason="changed"),
    "outer-inner-mismatch": LeasedJob(job_id="J-0009", sealed=leased().sealed, label=leased().label),
    "label-differs": LeasedJob(job_id="J-0001", sealed=leased().sealed, label=REGISTRY.sealed(label(job_id="J-0002"))),
}


@pytest.mark.parametrize("cause", BAD)
def test_a_bad_job_is_refused_by_name_and_blocks_none_behind_it(cause: str) -> None:
    desk = station()
    desk.receive(1, [BAD[cause], leased("J-0005")])
    assert [found for _, found in desk.refusals] == [cause]
    assert list(desk.arrivals) == ["J-0005"]


def test_the_same_text_is_refused_once() -> None:
    desk = station()
    for _ in range(3):
        desk.receive(1, [BAD["wrong-station"]])
    assert len(desk.refusals) == 1


def test_what_needs_someone_is_stored_and_held() -> None:
    desk = station()
    desk.receive(1, [leased(nik_status="blocked"), leased("J-0002", layout="next-year")])
    assert desk.held == {"J-0001": HoldCause.NIK_BLOCKED, "J-0002": HoldCause.UNKNOWN_LAYOUT}
    assert len(desk.arrivals) == 2


def test_artwork_that_does_not_fit_holds_the_job() -> None:
    def overflows(job: Job) -> Hold | Refusal | None:
        return Hold(HoldCause.ARTWORK, "nama")

    desk = station(fits=overflows)
    desk.receive(1, [leased()])
    assert desk.held == {"J-0001": HoldCause.ARTWORK}


def test_a_fault_in_the_artwork_check_holds_that_job_and_goes_on() -> None:
    def breaks(job: Job) -> Hold | Refusal | None:
        if job.job_id == "J-0001":
            raise ZeroDivisionError(job.card.nama)
        return None

    desk = station(fits=breaks)
    desk.receive(1, [leased(), leased("J-0002")])
    assert desk.held == {"J-0001": HoldCause.ARTWORK}
    assert list(desk.arrivals) == ["J-0001", "J-0002"]


def test_a_repeat_is_taken_once_even_if_sealed_anew() -> None:
    desk = station()
    desk.receive(1, [leased(), leased()])
    desk.receive(1, [leased()])
    assert desk.accepted == [("J-0001", 1)]
    assert desk.refusals == []


def test_a_repeat_with_another_content_is_refused_and_the_first_stays() -> None:
    desk = station()
    desk.receive(1, [leased(), leased(contact="0899-9999-9999")])
    assert desk.refusals == [("J-0001", "repeated-with-other-content")]
    assert desk.arrivals["J-0001"].job.contact == "0812-0000-0000"


def test_only_a_later_lease_replaces_a_job() -> None:
    desk = station()
    desk.receive(1, [leased(epoch=2), leased(epoch=1), leased(epoch=3, issue_no=2)])
    assert desk.accepted == [("J-0001", 2), ("J-0001", 3)]
    assert desk.refusals == [("J-0001", "lower-epoch")]


def test_on_unknown_time_jobs_are_kept_for_the_check_before_printing() -> None:
    desk = station(now=lambda: None)
    desk.receive(1, [leased(exp=1, start_before=1)])
    assert list(desk.arrivals) == ["J-0001"]


@pytest.mark.parametrize("outer", ["SITTI CONTOH", "../x", "", "7316 0255"])
def test_an_outer_id_that_is_no_id_does_not_reach_the_book(outer: str) -> None:
    desk = station()
    desk.receive(1, [LeasedJob(job_id=outer, sealed=leased().sealed, label=leased().label)])
    assert desk.refusals == [(UNREADABLE_ID, "outer-inner-mismatch")]
