"""Becoming known to the registry, once and with a one-time code, and staying so: certificates are renewed in time."""

from __future__ import annotations

from typing import Final

from cryptography import x509
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from stationd.registry.connection import Connection, Patience, post_enrolment
from stationd.registry.contract import EnrolmentRequest, Jwk, RenewalRequest
from stationd.registry.errors import AnswerNotUnderstood
from stationd.store.keys import Enrolment, KeyStore, NotEnrolled

RENEW_WHEN_LEFT: Final = 1 / 3
"""Share of a certificate's life: a station that is offline for weeks still renews in time."""


async def enrol(
    url: str, station: str, code: str, keys: KeyStore, ca: str | None, patience: Patience | None = None
) -> Enrolment:
    """Enrol a station and keep what the registry gives. Repeat it as it is if the answer was lost.

    Args:
        url: of the registry.
        station: this station's id.
        code: the one-time code.
        keys: with the station's keys made.
        ca: the registry's CA as handed over with the code, PEM; None trusts what the operating system trusts.
        patience: how long to wait.

    Raises:
        LinkError: no answer, a refusal (`code-refused`), or an answer that does not fit this station's keys.
    """
    csr = keys.certificate_request(station)
    request = EnrolmentRequest(
        station=station, code=code, csr=csr, book_key=keys.book_public(), sealing_key=keys.sealing_public()
    )
    answer = await post_enrolment(url, ca, request, patience)
    _check_certificate("/v1/enrolments", answer.certificate, answer.ca, station, csr)
    _check_signing_key(answer.signing_key)
    enrolment = Enrolment(certificate=answer.certificate, ca=answer.ca, signing_key=answer.signing_key)
    keys.save_enrolment(enrolment)
    return enrolment


async def renew(connection: Connection, station: str, keys: KeyStore) -> Enrolment:
    """Fetch and keep a fresh certificate on the same key; the connection uses it from its next call on.

    Raises:
        LinkError: as every call, or for an answer that does not fit this station's key.
    """
    held = keys.enrolment()
    if held is None:
        raise NotEnrolled(station)
    csr = keys.certificate_request(station)
    answer = await connection.renew(RenewalRequest(station=station, csr=csr))
    _check_certificate("/v1/renewals", answer.certificate, answer.ca, station, csr)
    enrolment = Enrolment(certificate=answer.certificate, ca=answer.ca, signing_key=held.signing_key)
    keys.save_enrolment(enrolment)
    await connection.close()
    return enrolment


def renewal_due(certificate: str, now: float) -> bool:
    """Say whether a certificate (PEM) is in the last third of its life, at a time in seconds since the epoch."""
    held = x509.load_pem_x509_certificate(certificate.encode())
    begins, ends = held.not_valid_before_utc.timestamp(), held.not_valid_after_utc.timestamp()
    return now >= ends - (ends - begins) * RENEW_WHEN_LEFT


def _check_certificate(call: str, certificate: str, ca: str, station: str, csr: str) -> None:
    """Look before keeping: a certificate that does not fit would lock the station out for good."""
    asked = x509.load_pem_x509_csr(csr.encode())
    try:
        given = x509.load_pem_x509_certificate(certificate.encode())
        x509.load_pem_x509_certificates(ca.encode())
    except ValueError:
        raise AnswerNotUnderstood(call, "no certificates in it") from None
    if given.public_key() != asked.public_key():
        raise AnswerNotUnderstood(call, "the certificate is on another key")
    if [name.value for name in given.subject.get_attributes_for_oid(x509.oid.NameOID.COMMON_NAME)] != [station]:
        raise AnswerNotUnderstood(call, "the certificate is for another station")


def _check_signing_key(key: Jwk) -> None:
    try:
        fits = OKPKey.import_key({**key}).curve_name == "Ed25519"
    except (JoseError, ValueError, TypeError, KeyError):
        fits = False
    if not fits:
        raise AnswerNotUnderstood("/v1/enrolments", "its signing key is no Ed25519 key")
