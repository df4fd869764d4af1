"""What proves that a paper is a station's, and that no byte of it was changed: a signature that stays in the file.

The file is the PDF, a comment line with a compact JWS (Ed25519, by the book's key), and the PDF's last lines once more,
so that a reader finds its end where it looks for it. The JWS says the length and SHA-256 of the PDF before it, what the
paper is, and which book it cites. It carries the station's certificate, too, and the word of that certificate's key for
the book's: so a computer that has nothing but the registry's CA certificate can tell whose paper it is. Pure.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from typing_extensions import override

_MARK: Final = b"%stationd-seal "
_HEADER: Final = {"alg": "Ed25519", "typ": "stationd-document"}
_END: Final = re.compile(rb"startxref\s+[0-9]+\s+%%EOF\s*\Z")
_PARTS: Final = 3


class SealFault(StrEnum):
    """Why a file is not taken as a station's paper."""

    NOT_SEALED = "document-not-sealed"
    ALTERED = "document-altered"
    SIGNER_UNKNOWN = "document-signer-unknown"


@dataclass(eq=False)
class NotGenuine(Exception):
    """A file is not a paper as a trusted station made it."""

    fault: SealFault
    why: str

    @override
    def __str__(self) -> str:
        return f"{self.fault}: {self.why}"


class Credential(msgspec.Struct, frozen=True):
    """By what a station's book key is known: its certificate (DER), and that certificate's key's word for it."""

    certificate: bytes
    vouched: bytes


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """What a seal says.

    Attributes:
        station, incarnation, cites, head: the book, and up to where the paper speaks for it.
        document: the paper's id.
        title: its number in letters.
        issued: when, seconds since the epoch by the station's clock.
        content: the digest that its pages bear.
        salt: what that was made with, so that it can be made again from what the pages say.
        size, sha256: of the file up to the seal.
        key: the book's public key, X of its JWK.
        credential: what ties that key to the registry; None from a station that was not enrolled.
    """

    station: str
    incarnation: str
    cites: int
    head: str
    document: str
    title: str
    issued: float
    content: str
    salt: str
    size: int
    sha256: str
    key: str
    credential: Credential | None = None


def key_statement(station: str, key: str) -> bytes:
    """Return what a certificate's key signs to vouch for its station's book key."""
    return f"stationd document key\n{station}\n{key}".encode()


def measure(pdf: bytes) -> tuple[int, str]:
    """Return size and SHA-256 of a PDF, for its seal."""
    return len(pdf), hashlib.sha256(pdf).hexdigest()


def to_sign(seal: Seal) -> bytes:
    """Return the bytes that the book's key signs."""
    header = msgspec.json.encode(_HEADER, order="sorted")
    return b".".join((_base64url(header), _base64url(msgspec.json.encode(seal, order="sorted"))))


def attach(pdf: bytes, signed: bytes, signature: bytes) -> bytes:
    """Return a file of a PDF and its seal.

    Args:
        pdf: as it was rendered.
        signed: what `to_sign` gave.
        signature: over it, 64 bytes.

    Raises:
        ValueError: if it does not end as a PDF does, with a line of its own.
    """
    end = _END.search(pdf)
    if end is None or not pdf.endswith(b"\n"):
        raise ValueError("not the end of a PDF")
    return b"".join((pdf, _MARK, signed, b".", _base64url(signature), b"\n", end[0]))


# --- on the other side ------------------------------------------------------------------------------------------------


class Trust(msgspec.Struct, frozen=True):
    """Whose papers are believed: stations by the public half of their book's key, or all that a CA has certified."""

    keys: frozenset[str] = frozenset()
    authorities: tuple[x509.Certificate, ...] = ()


def read_trust(pem: bytes) -> Trust:
    """Read a file of PEM blocks: certificates of CAs, public Ed25519 keys of stations.

    Raises:
        ValueError: if there is neither in it.
    """
    authorities = x509.load_pem_x509_certificates(pem) if b"BEGIN CERTIFICATE" in pem else []
    blocks = re.findall(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", pem, re.DOTALL)
    keys = [serialization.load_pem_public_key(block) for block in blocks]
    known = [_base64url(key.public_bytes_raw()).decode() for key in keys if isinstance(key, ed25519.Ed25519PublicKey)]
    if not known and not authorities:
        raise ValueError("neither a certificate nor an Ed25519 public key in it")
    return Trust(frozenset(known), tuple(authorities))


def write_trust(keys: Sequence[str], authorities: Sequence[str]) -> str:
    """Write such a file, of keys as in a JWK and certificates in PEM."""
    pem = [
        ed25519.Ed25519PublicKey.from_public_bytes(_unbase64url(key.encode()))
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
        for key in keys
    ]
    return "".join([*(each.rstrip() + "\n" for each in authorities), *pem])


def verify(file: bytes, trust: Trust) -> Seal:
    """Say what the seal of a paper says, having checked every byte.

    Raises:
        NotGenuine: if it bears none, was altered, or is not a trusted station's.
    """
    at = file.rfind(b"\n" + _MARK)
    if at < 0:
        raise NotGenuine(SealFault.NOT_SEALED, "there is no seal in this file")
    pdf = file[: at + 1]
    line, newline, end = file[at + 1 + len(_MARK) :].partition(b"\n")
    expected = _END.search(pdf)
    if not newline or expected is None or end != expected[0]:
        raise NotGenuine(SealFault.ALTERED, "what follows the seal is not what a station writes there")
    seal = _signed(line)
    if (seal.size, seal.sha256) != measure(pdf):
        raise NotGenuine(SealFault.ALTERED, "the pages are not those that were sealed")
    if seal.key not in trust.keys:
        _certified(seal, trust)
    return seal


def _signed(line: bytes) -> Seal:
    """Read a seal whose signature is that of the key which it names."""
    try:
        header, payload, signature = line.split(b".")
        if _unbase64url(header) != msgspec.json.encode(_HEADER, order="sorted"):
            raise ValueError("header")
        seal = msgspec.json.decode(_unbase64url(payload), type=Seal)
        key = ed25519.Ed25519PublicKey.from_public_bytes(_unbase64url(seal.key.encode()))
        key.verify(_unbase64url(signature), header + b"." + payload)
    except (ValueError, InvalidSignature, msgspec.DecodeError):
        raise NotGenuine(SealFault.ALTERED, "the seal is not what was signed") from None
    return seal


def _certified(seal: Seal, trust: Trust) -> None:
    if seal.credential is None or not trust.authorities:
        raise NotGenuine(SealFault.SIGNER_UNKNOWN, f"nothing here vouches for station {seal.station}")
    try:
        certificate = x509.load_der_x509_certificate(seal.credential.certificate)
        names = [name.value for name in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
        key = certificate.public_key()
        if names != [seal.station] or not isinstance(key, ec.EllipticCurvePublicKey):
            raise ValueError("another subject")
        key.verify(seal.credential.vouched, key_statement(seal.station, seal.key), ec.ECDSA(hashes.SHA256()))
        issued = datetime.datetime.fromtimestamp(seal.issued, datetime.UTC)
        if not certificate.not_valid_before_utc <= issued <= certificate.not_valid_after_utc:
            raise ValueError("not valid then")
    except (ValueError, OverflowError, InvalidSignature):
        raise NotGenuine(SealFault.SIGNER_UNKNOWN, f"its certificate is not that of station {seal.station}") from None
    if not any(_issued_by(certificate, authority) for authority in trust.authorities):
        raise NotGenuine(SealFault.SIGNER_UNKNOWN, f"station {seal.station} was certified by somebody else")


def _issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _unbase64url(text: bytes) -> bytes:
    """Read base64url, and only as it is written here: another spelling of the same bytes is an altered byte."""
    try:
        raw = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        raise ValueError("not base64url") from None
    if _base64url(raw) != text:
        raise ValueError("not as it is written")
    return raw
