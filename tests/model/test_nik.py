import traceback
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model.nik import BadNik, Nik, NikFault, Sex

REFERENCE = date(2026, 6, 30)
BIRTHS = st.dates(min_value=REFERENCE - timedelta(days=36_000), max_value=REFERENCE)
REGIONS = st.tuples(st.integers(10, 99), st.integers(1, 99), st.integers(1, 99)).map(
    lambda parts: "".join(f"{part:02d}" for part in parts)
)


def compose(region: str, born: date, sex: Sex, sequence: int) -> str:
    day = born.day + (40 if sex is Sex.FEMALE else 0)
    return f"{region}{day:02d}{born:%m%y}{sequence:04d}"


def fault_of(digits: str) -> NikFault | None:
    try:
        Nik(digits)
    except BadNik as error:
        return error.fault
    return None


NIKS = st.builds(compose, REGIONS, BIRTHS, st.sampled_from(Sex), st.integers(1, 9999))


@given(REGIONS, BIRTHS, st.sampled_from(Sex), st.integers(1, 9999))
def test_every_part_of_a_nik_is_read_back(region: str, born: date, sex: Sex, sequence: int) -> None:
    nik = Nik(compose(region, born, sex, sequence))
    assert (nik.kecamatan, nik.kabupaten, nik.province) == (region, region[:4], region[:2])
    assert (nik.born(REFERENCE), nik.sex, nik.sequence) == (born, sex, sequence)
    assert nik.agrees_on_birth(born)


@given(BIRTHS, st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_birth_agrees_only_with_the_same_day_month_and_short_year(born: date, claimed: date) -> None:
    nik = Nik(compose("737101", born, Sex.FEMALE, 1))
    assert nik.agrees_on_birth(claimed) == (f"{born:%d%m%y}" == f"{claimed:%d%m%y}")


@given(NIKS)
def test_digits_leave_only_when_asked_for(digits: str) -> None:
    nik = Nik(digits)
    assert nik.digits == digits
    shown = f"{nik} {nik!r} {[nik]} {nik!s:>20}"
    assert not any(c.isdigit() for c in shown)


@given(st.text("0123456789", min_size=6, max_size=17))
def test_digits_are_a_nik_or_a_named_fault_that_hides_them(text: str) -> None:
    fault = fault_of(text)
    if fault is None:
        assert Nik(text).digits == text
        return
    with pytest.raises(BadNik) as caught:
        Nik(text)
    assert text not in "".join(traceback.format_exception_only(caught.value))


@given(st.text())
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    assert fault_of(text) is None or isinstance(fault_of(text), NikFault)


@pytest.mark.parametrize(
    ("digits", "fault"),
    [
        ("737101150790001", NikFault.NOT_SIXTEEN_DIGITS),
        ("73710115079000011", NikFault.NOT_SIXTEEN_DIGITS),
        ("737101150790000a", NikFault.NOT_SIXTEEN_DIGITS),
        ("٧٣٧١٠١١٥٠٧٩٠٠٠٠١", NikFault.NOT_SIXTEEN_DIGITS),
        ("0371011507900001", NikFault.NO_SUCH_REGION),
        ("7300011507900001", NikFault.NO_SUCH_REGION),
        ("7371001507900001", NikFault.NO_SUCH_REGION),
        ("7371013107900001", None),
        ("7371013106900001", NikFault.NO_SUCH_DATE),
        ("7371017107900001", None),
        ("7371017207900001", NikFault.NO_SUCH_DATE),
        ("7371014007900001", NikFault.NO_SUCH_DATE),
        ("7371010007900001", NikFault.NO_SUCH_DATE),
        ("7371011513900001", NikFault.NO_SUCH_DATE),
        ("7371012902000001", None),
        ("7371012902010001", NikFault.NO_SUCH_DATE),
        ("7371011507900000", NikFault.SEQUENCE_ZERO),
    ],
)
def test_faults_are_told_apart(digits: str, fault: NikFault | None) -> None:
    if fault is None:
        assert Nik(digits).digits == digits
        return
    with pytest.raises(BadNik) as caught:
        Nik(digits)
    assert caught.value.fault is fault


@pytest.mark.parametrize(
    ("short", "reference", "born"),
    [
        ("150726", date(2026, 7, 15), date(2026, 7, 15)),
        ("150726", date(2026, 7, 14), date(1926, 7, 15)),
        ("290200", date(2026, 1, 1), date(2000, 2, 29)),
        ("290200", date(1999, 1, 1), None),
    ],
)
def test_the_century_is_the_latest_that_is_not_in_the_future(short: str, reference: date, born: date | None) -> None:
    assert Nik(f"737101{short}0001").born(reference) == born


@given(NIKS, NIKS)
def test_niks_are_equal_by_their_digits(one: str, other: str) -> None:
    assert (Nik(one) == Nik(other)) == (one == other)
    assert len({Nik(one), Nik(one)}) == 1
