"""The seal of a paper: what a station made is genuine, and any byte that differs is found."""

from __future__ import annotations

import datetime
import secrets

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from stationd.documents import seal
from stationd.documents.seal import Credential, NotGenuine, Seal, SealFault, Trust
from tests.store.memory_keys import MemoryKeys

PDF = b"%PDF-1.4\n" + bytes(range(256)) + b"\ntrailer\nstartxref\n265\n%%EOF\n"
STATION = "kec-1"
ISSUED = 1_785_600_000.0
KEYS = MemoryKeys()
KEY = KEYS.book_public()["x"]


def sealed(pdf: bytes = PDF, keys: MemoryKeys = KEYS, credential: Credential | None = None) -> bytes:
    size, digest = seal.measure(pdf)
    said = Seal(
        station=STATION,
        incarnation="inc-1",
        cites=7,
        head="ab" * 32,
        document="daily-2026-1",
        title="001/LH/KEC-1/VIII/2026",
        issued=ISSUED,
        content="cd" * 32,
        salt="00" * 16,
        size=size,
        sha256=digest,
        key=keys.book_public()["x"],
        credential=credential,
    )
    signed = seal.to_sign(said)
    return seal.attach(pdf, signed, keys.sign(signed))


FILE = sealed()
OURS = Trust(frozenset({KEY}))


def fault(file: bytes, trust: Trust = OURS) -> SealFault:
    with pytest.raises(NotGenuine) as found:
        seal.verify(file, trust)
    return found.value.fault


def test_what_was_sealed_is_genuine_and_says_what_it_is() -> None:
    said = seal.verify(FILE, OURS)
    assert (said.station, said.document, said.cites) == (STATION, "daily-2026-1", 7)
    assert FILE.startswith(PDF)
    assert FILE.endswith(b"startxref\n265\n%%EOF\n")


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_any_byte_that_is_changed_is_found(at: int, flip: int) -> None:
    changed = bytearray(FILE)
    changed[at] ^= flip
    fault(bytes(changed))


def test_every_single_bit_that_is_changed_is_found() -> None:
    for at in range(0, len(FILE), 3):
        changed = bytearray(FILE)
        changed[at] ^= 1 << (at % 8)
        fault(bytes(changed))


@given(st.integers(0, len(FILE)), st.binary(min_size=1, max_size=20))
def test_anything_put_in_is_found(at: int, more: bytes) -> None:
    fault(FILE[:at] + more + FILE[at:])


@given(st.integers(0, len(FILE) - 1), st.integers(1, 50))
def test_anything_left_out_is_found(at: int, less: int) -> None:
    fault(FILE[:at] + FILE[at + less :])


def test_what_is_said_of_it_names_the_fault() -> None:
    assert fault(PDF) is SealFault.NOT_SEALED
    assert fault(b"") is SealFault.NOT_SEALED
    assert fault(FILE.replace(b"%PDF-1.4", b"%PDF-1.5")) is SealFault.ALTERED
    assert fault(FILE + b"\n") is SealFault.ALTERED
    assert fault(sealed(keys=MemoryKeys())) is SealFault.SIGNER_UNKNOWN


def test_the_seal_of_one_paper_does_not_fit_another() -> None:
    other = PDF.replace(b"265", b"266")
    assert fault(other + FILE[len(PDF) :]) is SealFault.ALTERED


@given(st.binary(max_size=300))
def test_whatever_is_given_is_answered(garbage: bytes) -> None:
    fault(garbage)
    fault(PDF + b"%stationd-seal " + garbage)


# --- by the registry's certificate ------------------------------------------------------------------------------------


class Authority:
    """A registry's CA."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.issue("ca", self.key, ca=True)

    def issue(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey | x509.CertificateSigningRequest,
        *,
        ca: bool = False,
        days: int = 400,
    ) -> x509.Certificate:
        issued = datetime.datetime.fromtimestamp(ISSUED, datetime.UTC)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ca")]))
            .public_key(key.public_key())
            .serial_number(secrets.randbelow(2**64) + 1)
            .not_valid_before(issued - datetime.timedelta(days=400))
            .not_valid_after(issued - datetime.timedelta(days=400) + datetime.timedelta(days=400 + days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    def trust(self) -> Trust:
        pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        return seal.read_trust(pem)


CA = Authority()


def credential(authority: Authority = CA, name: str = STATION, says: str = KEY, days: int = 400) -> Credential:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = authority.issue(name, key, days=days)
    vouched = key.sign(seal.key_statement(STATION, says), ec.ECDSA(hashes.SHA256()))
    return Credential(certificate.public_bytes(serialization.Encoding.DER), vouched)


def test_the_registrys_certificate_is_enough_to_know_a_station_by() -> None:
    assert seal.verify(sealed(credential=credential()), CA.trust()).station == STATION


@pytest.mark.parametrize(
    "bad",
    [
        credential(Authority()),
        credential(name="kec-2"),
        credential(says="another key"),
        credential(days=-1),
        Credential(b"no certificate", b"no signature"),
        None,
    ],
    ids=["another-ca", "another-station", "another-key", "ended", "garbage", "none"],
)
def test_a_station_that_the_registry_has_not_certified_is_not_believed(bad: Credential | None) -> None:
    assert fault(sealed(credential=bad), CA.trust()) is SealFault.SIGNER_UNKNOWN


def test_a_file_of_trust_is_read_as_it_was_written() -> None:
    pem = CA.certificate.public_bytes(serialization.Encoding.PEM).decode()
    read = seal.read_trust(seal.write_trust([KEY], [pem]).encode())
    assert read.keys == {KEY}
    assert [each.subject for each in read.authorities] == [CA.certificate.subject]
    for nothing in (b"", b"hello", ec_public()):
        with pytest.raises(ValueError, match="neither"):
            seal.read_trust(nothing)


def ec_public() -> bytes:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def test_a_key_of_another_curve_beside_a_stations_is_passed_over() -> None:
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert len(seal.read_trust(ec_public() + pem).keys) == 1
