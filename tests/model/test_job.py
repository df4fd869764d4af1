from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model.job import (
    FamilyCard,
    Hold,
    HoldCause,
    Job,
    Label,
    NikStatus,
    Reason,
    Refusal,
    RefusalCause,
    age,
    check_job,
    check_outer,
    check_repeat,
)
from stationd.model.nik import Nik
from tests.model.jobs import NIK, NOW, STATION, card, claims, job

LAYOUTS, PROFILES = {"ktp-el"}, {"lab-iso7816"}


def check(job: Job, now: float | None = NOW, layouts: set[str] = LAYOUTS) -> Refusal | Hold | None:
    return check_job(job, station=STATION, now=now, known_layouts=layouts, known_profiles=PROFILES)


def cause(**changes: Any) -> RefusalCause | HoldCause | None:
    found = check(job(**changes))
    return None if found is None else found.cause


def test_an_ordinary_job_is_taken() -> None:
    assert check(job()) is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"station": "7316-03"}, RefusalCause.WRONG_STATION),
        ({"exp": NOW}, RefusalCause.EXPIRED),
        ({"exp": NOW + 1}, None),
        ({"start_before": NOW}, RefusalCause.START_BEFORE_PASSED),
        ({"start_before": NOW + 1}, None),
        ({"nik": "7316025503900002"}, RefusalCause.NIK_DIFFERS),
        ({"reason": "changed"}, RefusalCause.CHANGED_WITHOUT_AUTHORISATION),
        ({"reason": "changed", "office_authorisation": ""}, RefusalCause.CHANGED_WITHOUT_AUTHORISATION),
        ({"reason": "changed", "office_authorisation": "470/12/2026"}, None),
    ],
)
def test_what_is_bad_in_itself_is_refused(changes: dict[str, Any], why: RefusalCause | None) -> None:
    assert cause(**changes) is why


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"nik_status": "blocked"}, HoldCause.NIK_BLOCKED),
        ({"nik_status": "died"}, HoldCause.DIED),
        ({"nik_status": "moved"}, HoldCause.MOVED),
        ({"kk_status": "absent"}, HoldCause.NO_FAMILY_CARD),
        ({"kk": None}, HoldCause.NO_FAMILY_CARD),
        ({"card": card(tanggal_lahir="1990-03-16")}, HoldCause.NIK_BIRTH_DIFFERS),
        ({"card": card(jenis_kelamin="LAKI-LAKI")}, HoldCause.NIK_BIRTH_DIFFERS),
        ({"reason": "lost", "uncollected_at": "KECAMATAN ALLA"}, HoldCause.UNCOLLECTED),
        ({"reason": "damaged", "uncollected_at": "KECAMATAN ALLA"}, None),
        ({"layout": "ktp-el-2031"}, HoldCause.UNKNOWN_LAYOUT),
        ({"profile": "other"}, HoldCause.UNKNOWN_PROFILE),
    ],
)
def test_what_needs_someone_is_held_with_its_cause(changes: dict[str, Any], why: HoldCause | None) -> None:
    assert cause(**changes) is why


def test_a_hold_says_where_the_earlier_card_lies() -> None:
    assert check(job(reason="lost", uncollected_at="KECAMATAN ALLA")) == Hold(HoldCause.UNCOLLECTED, "KECAMATAN ALLA")


def test_a_refusal_comes_before_a_hold() -> None:
    assert cause(nik_status="died", station="7316-03") is RefusalCause.WRONG_STATION


def test_on_unknown_time_nothing_is_called_expired() -> None:
    assert check(job(exp=1, start_before=1), now=None) is None


def test_a_job_is_taken_once_its_layout_is_installed() -> None:
    late = job(layout="ktp-el-2031")
    assert check(late) == Hold(HoldCause.UNKNOWN_LAYOUT, "ktp-el-2031")
    assert check(late, layouts={"ktp-el-2031"}) is None


def born_on(day: date, **changes: Any) -> Job:
    nik = f"731602{day.day + 40:02d}{day:%m%y}0001"
    return job(nik=nik, card=card(nik=nik, tanggal_lahir=day.isoformat()), **changes)


BIRTHS = st.dates(date(2005, 1, 1), date(2012, 12, 31))


@given(BIRTHS, st.sampled_from(["BELUM KAWIN", "belum kawin", "KAWIN", "CERAI HIDUP"]), st.integers(0, 400))
def test_the_unmarried_wait_for_their_seventeenth_birthday(born: date, marital_status: str, days: int) -> None:
    turning = date(born.year + 17, 3, 1) if (born.month, born.day) == (2, 29) else born.replace(year=born.year + 17)
    noon = datetime.combine(turning + timedelta(days=days - 200), datetime.min.time(), UTC) + timedelta(hours=5)
    waiting = marital_status.upper() == "BELUM KAWIN" and days < 200
    made = born_on(
        born, marital_status=marital_status, iat=0, exp=2**35, start_before=2**35, applied_at=turning.isoformat()
    )
    assert check(made, noon.timestamp()) == (Hold(HoldCause.UNDER_AGE) if waiting else None)


def test_on_unknown_time_it_is_at_least_as_late_as_the_signature() -> None:
    assert check(born_on(date(2009, 9, 1), marital_status="BELUM KAWIN"), now=None) is None
    assert check(born_on(date(2009, 12, 1), marital_status="BELUM KAWIN"), now=None) == Hold(HoldCause.UNDER_AGE)


def test_who_was_born_on_29_february_has_a_birthday_every_year() -> None:
    leap = date(2008, 2, 29)
    assert [age(leap, day) for day in (date(2025, 2, 28), date(2025, 3, 1), date(2028, 2, 29))] == [16, 17, 20]


@given(
    st.builds(
        job,
        station=st.sampled_from([STATION, "other"]),
        reason=st.sampled_from(Reason).map(str),
        kk_status=st.sampled_from(FamilyCard).map(str),
        nik_status=st.sampled_from(NikStatus).map(str),
        office_authorisation=st.none() | st.just("470/12/2026"),
        uncollected_at=st.none() | st.just("KECAMATAN ALLA"),
        exp=st.integers(0, 2**36 - 1),
        iat=st.integers(0, 2**36 - 1),
    ),
    st.none() | st.floats(0, 2**36),
)
def test_a_job_that_is_taken_breaks_none_of_the_rules(made: Job, now: float | None) -> None:
    if check(made, now) is None:
        assert made.station == STATION
        assert made.nik_status is NikStatus.ACTIVE
        assert made.kk_status is FamilyCard.PRESENT
        assert made.reason is not Reason.CHANGED or made.office_authorisation
        assert made.reason is not Reason.LOST or not made.uncollected_at
        assert now is None or now < made.exp


@given(st.integers(1, 5), st.integers(1, 5), st.sampled_from(["same", "other", "erased"]))
def test_only_a_later_lease_or_the_same_again_is_taken(epoch: int, known: int, kept: str) -> None:
    earlier = {"same": job(epoch=known), "other": job(epoch=known, kk_status="absent"), "erased": None}[kept]
    found = check_repeat(job(epoch=epoch), known, earlier)
    if epoch < known:
        assert found == Refusal(RefusalCause.LOWER_EPOCH)
    elif epoch == known and kept == "other":
        assert found == Refusal(RefusalCause.REPEATED_WITH_OTHER_CONTENT)
    else:
        assert found is None
    assert check_repeat(job(epoch=epoch), None, None) is None


@pytest.mark.parametrize(
    ("outer", "label", "why"),
    [
        ("J-0001", {}, None),
        ("J-0002", {}, RefusalCause.OUTER_INNER_MISMATCH),
        ("J-0001", {"job_id": "J-0002"}, RefusalCause.LABEL_DIFFERS),
        ("J-0001", {"nik": Nik("7316025503900002")}, RefusalCause.LABEL_DIFFERS),
    ],
)
def test_outer_id_job_and_label_are_about_one_job(outer: str, label: dict[str, Any], why: RefusalCause | None) -> None:
    facts: dict[str, Any] = {"job_id": "J-0001", "name": "SITTI CONTOH", "nik": Nik(NIK), "kelurahan": "BANGKALA"}
    found = check_outer(outer, job(), Label(**(facts | label)))
    assert found == (None if why is None else Refusal(why))


def test_nothing_of_a_citizen_is_in_a_repr() -> None:
    label = Label(job_id="J-0001", name="SITTI CONTOH", nik=Nik(NIK), kelurahan="BANGKALA")
    shown = repr([job(), label])
    values = [value for value in (*claims().values(), *card().values()) if isinstance(value, str) and len(value) > 4]
    assert [value for value in values if value in shown] == ["J-0001"]


@pytest.mark.parametrize("change", [{"surprise": 1}, {"job_id": "../x"}, {"epoch": 0}, {"reason": "because"}])
def test_a_claim_that_is_not_understood_is_not_passed_over(change: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        job(**change)
