"""The small pure parts of the link: waits, time and certificates' lives."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st

from stationd.registry.backoff import Backoff
from stationd.registry.enrolment import renewal_due
from stationd.registry.tls import judge_dates
from stationd.registry.trusted_time import MAX_ROUND_TRIP, Sample, sample, worth_more

SECONDS = st.floats(0, 1e6)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_waits_grow_to_a_limit_and_stay_within_half_of_it(chances: list[float]) -> None:
    drawn = iter(chances)
    backoff = Backoff(1.0, 300.0, lambda: next(drawn))
    for failures in range(len(chances)):
        ceiling = min(300.0, 2.0**failures)
        assert ceiling / 2 <= backoff.next() <= ceiling


def test_a_success_begins_anew_and_what_the_registry_asks_for_is_kept() -> None:
    backoff = Backoff(1.0, 300.0, lambda: 1.0)
    assert [backoff.next() for _ in range(4)] == [1.0, 2.0, 4.0, 8.0]
    assert backoff.next(asked=120.0) == 120.0
    assert backoff.next(asked=86_400.0) == 300.0
    backoff.reset()
    assert backoff.next() == 1.0


@given(SECONDS, st.floats(0, MAX_ROUND_TRIP), st.floats(0, 1))
def test_time_is_wrong_by_no_more_than_it_says(sent: float, trip: float, moment: float) -> None:
    true_offset = 1_790_000_000.0
    found = sample(sent + trip * moment + true_offset, sent, sent + trip)
    if found is not None:
        assert abs(found.time - found.at - true_offset) <= found.error + 1e-5


def test_an_answer_too_slow_or_before_its_question_tells_nothing() -> None:
    assert sample(1.0, 100.0, 100.0 + MAX_ROUND_TRIP + 0.1) is None
    assert sample(1.0, 100.0, 99.0) is None


@pytest.mark.parametrize(
    ("new", "worth"),
    [
        (Sample(time=2000.0, at=1000.0, error=0.1), True),
        (Sample(time=2005.0, at=1000.0, error=10.0), False),
        (Sample(time=2050.0, at=1000.0, error=10.0), True),
    ],
)
def test_a_vague_answer_moves_the_clock_only_if_it_contradicts_it(new: Sample, worth: bool) -> None:
    assert worth_more(new, Sample(time=1500.0, at=500.0, error=0.2)) is worth
    assert worth_more(new, None)


BEGINS = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("day", "due"), [(0, False), (59, False), (61, True), (90, True), (200, True)])
def test_a_certificate_is_renewed_in_the_last_third_of_its_life(day: int, due: bool) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "7316-02")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(BEGINS)
        .not_valid_after(BEGINS + timedelta(days=90))
        .sign(key, None)
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    assert renewal_due(pem, (BEGINS + timedelta(days=day)).timestamp()) is due


DATES = {"notBefore": "Jan  1 00:00:00 2026 GMT", "notAfter": "Apr  1 00:00:00 2026 GMT"}


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (None, "not known"),
        (datetime(2000, 1, 1, tzinfo=UTC), "valid from"),
        (datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC), "valid from"),
        (datetime(2026, 4, 1, tzinfo=UTC), "valid until"),
    ],
)
def test_a_certificate_is_judged_by_the_time_that_is_trusted(now: datetime | None, why: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=why):
        judge_dates(DATES, None if now is None else now.timestamp())
    judge_dates(DATES, BEGINS.timestamp())
