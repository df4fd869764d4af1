"""By what a station's papers are known far from it: the registry's certificate, tied to the key of its book."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from stationd.documents.seal import Credential, key_statement
from stationd.store.keys import KeyStore, NotEnrolled


@dataclass(frozen=True, slots=True)
class Certified:
    """What ties the book's key to the registry.

    Attributes:
        credential: the station's certificate, and its key's word for the book's.
        authority: the registry's CA certificate, PEM.
    """

    credential: Credential
    authority: str


def certified(keys: KeyStore, station: str) -> Certified:
    """Return it as it is now: certificates are renewed.

    Raises:
        NotEnrolled: if the registry does not know this station.
    """
    enrolment = keys.enrolment()
    if enrolment is None:
        raise NotEnrolled(station)
    certificate = x509.load_pem_x509_certificate(enrolment.certificate.encode())
    vouched = keys.vouch(key_statement(station, keys.book_public()["x"]))
    return Certified(Credential(certificate.public_bytes(serialization.Encoding.DER), vouched), enrolment.ca)
