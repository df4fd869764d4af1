"""The registry's certificate authority: its own certificate, the server's, and those it gives to stations."""

from __future__ import annotations

import datetime
import ipaddress
import os
import ssl
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_YEARS: Final = 20  # of the authority and the server; a station's certificate lives shorter
_DAY: Final = datetime.timedelta(days=1)


class BadRequest(ValueError):
    """A certificate request cannot be answered; the text says why."""


def write_private(path: Path, content: bytes) -> None:
    """Write a key to a new file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


class Authority:
    """Issues certificates. Its files are `ca.pem`, `ca.key`, `server.pem` and `server.key` in one folder.

    Attributes:
        certificate_path: of the authority's certificate, which stations trust.
    """

    def __init__(self, folder: Path, *, station_days: int = 397) -> None:
        self.certificate_path = folder / "ca.pem"
        self._folder = folder
        self._station_days = station_days
        if not self.certificate_path.exists():
            self._found()
        self._certificate = x509.load_pem_x509_certificate(self.certificate_path.read_bytes())
        key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - written by ourselves
        self._key = key

    def certificate(self) -> str:
        """Return the authority's certificate in PEM."""
        return self.certificate_path.read_text()

    def server_context(self) -> ssl.SSLContext:
        """Return the server's side of TLS: a client certificate may be missing, but not be somebody else's."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(self.certificate_path))
        context.load_cert_chain(self._folder / "server.pem", self._folder / "server.key")
        context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def issue(self, request: str, station: str) -> tuple[str, str]:
        """Certify a station's key.

        Args:
            request: a PKCS #10 request in PEM; its names are ignored.
            station: becomes the common name.

        Returns:
            The certificate in PEM, and its serial number in upper-case hex as `ssl` prints it.

        Raises:
            BadRequest: not a request, not signed by its own key, or not an elliptic-curve key.
        """
        try:
            csr = x509.load_pem_x509_csr(request.encode())
            key = csr.public_key()
            signed = csr.is_signature_valid
        except (ValueError, InvalidSignature) as error:
            raise BadRequest("csr is not a PEM certificate request") from error
        if not signed:
            raise BadRequest("csr is not signed by its own key")
        if not isinstance(key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
            raise BadRequest("csr must carry an elliptic-curve key (P-256 or Ed25519)")
        certificate = (
            self._begin(_name(station), key, self._certificate.subject, self._key, self._station_days)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return _pem(certificate).decode(), f"{certificate.serial_number:X}"

    def _found(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        ca_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        subject = _name("simulated registry authority")
        authority = self._begin(subject, ca_key.public_key(), subject, ca_key, _YEARS * 365, authority=True).sign(
            ca_key, hashes.SHA256()
        )
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        server = (
            self._begin(_name("simulated registry"), server_key.public_key(), subject, ca_key, _YEARS * 365)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        write_private(self._folder / "ca.key", _key_pem(ca_key))
        write_private(self._folder / "server.key", _key_pem(server_key))
        (self._folder / "server.pem").write_bytes(_pem(server))
        self.certificate_path.write_bytes(_pem(authority))  # last: its presence says that all is there

    @staticmethod
    def _begin(
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey,
        issuer: x509.Name,
        issuer_key: ec.EllipticCurvePrivateKey,
        days: int,
        *,
        authority: bool = False,
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        usage = x509.KeyUsage(
            digital_signature=not authority,
            key_cert_sign=authority,
            crl_sign=authority,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + days * _DAY)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
