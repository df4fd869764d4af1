"""The station's keys, which live outside the database: a copy of the database alone opens nothing and signs nothing.

Three station keys are made once, before enrolment:

- the *book key* (Ed25519) signs the book and whatever the station says in its own name;
- the *sealing key* (X25519) opens what the registry seals to this station;
- the *TLS key* (P-256) is the station's half of the link.

Enrolment adds a certificate, the registry's CA and its signing key. Each stored job has a wrapping key of its own, so
that a payload is erased by destroying one small file, wherever copies of the database may be.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import ssl
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from typing_extensions import override

from stationd.store import secret_files
from stationd.store.secret_files import KeysError, KeysExposed

__all__ = [
    "Enrolment",
    "FileKeys",
    "JobKeyGone",
    "Jwk",
    "KeyStore",
    "KeysDamaged",
    "KeysError",
    "KeysExposed",
    "NoStationKeys",
    "NotEnrolled",
    "StationKeysExist",
]

JOB_KEY_BYTES: Final = 32
"""Length of a job's wrapping key: AES-256."""

PEPPER_BYTES: Final = 32

_MARKS: Final = b"stationd marks of chips"
"""Parts the key of marks from the book's key, from which it is derived: so it lasts as long as the book does."""

Jwk = dict[str, str]
"""A JSON Web Key as in RFC 7517 and, for these curves, RFC 8037."""


@dataclass(eq=False)
class NoStationKeys(KeysError):
    """The station's keys were not made yet."""

    place: Path

    @override
    def __str__(self) -> str:
        return f"no station keys in {self.place}; they are made at the first start"


@dataclass(eq=False)
class StationKeysExist(KeysError):
    """There are keys already. Making new ones over them would orphan the book and every sealed job."""

    place: Path

    @override
    def __str__(self) -> str:
        return f"{self.place} holds station keys already; they are never overwritten"


@dataclass(eq=False)
class KeysDamaged(KeysError):
    """A key file is there and is not a key file."""

    path: Path

    @override
    def __str__(self) -> str:
        return f"{self.path} is not readable as keys; restore it, or enrol this station anew as a replaced PC"


@dataclass(eq=False)
class NotEnrolled(KeysError):
    """The registry does not know this station yet."""

    place: Path | str

    @override
    def __str__(self) -> str:
        return f"{self.place}: no certificate; enrol this station with its one-time code"


@dataclass(eq=False)
class JobKeyGone(KeysError, KeyError):
    """A job has no wrapping key: it was erased, or never stored."""

    job_id: str

    @override
    def __str__(self) -> str:
        return f"job {self.job_id} has no key: its payload was erased, or was never stored"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the registry gave this station. All of it is public.

    Attributes:
        certificate: the station's, PEM.
        ca: by which the registry is recognised, PEM.
        signing_key: the registry's public Ed25519 key.
    """

    certificate: str
    ca: str
    signing_key: Jwk


class KeyStore(ABC):
    """Where keys live: files, a TPM, an OS key store. Calls may come from any thread."""

    @property
    @abstractmethod
    def ready(self) -> bool:
        """Whether the station's own keys were made."""

    @abstractmethod
    def create_station_keys(self) -> None:
        """Make book, sealing and TLS key, all or none. Raises `StationKeysExist` rather than replace any."""

    @abstractmethod
    def sign(self, message: bytes) -> bytes:
        """Sign with the book key: 64 bytes, Ed25519."""

    @abstractmethod
    def book_public(self) -> Jwk:
        """The book key's public half."""

    @abstractmethod
    def sealing_public(self) -> Jwk:
        """The sealing key's public half."""

    @abstractmethod
    def sealing_private(self) -> Jwk:
        """The sealing key, to open a sealed job with. A secret."""

    @abstractmethod
    def certificate_request(self, station: str) -> str:
        """A PEM request for a certificate on the TLS key, with the station's id as its common name."""

    @abstractmethod
    def pepper(self) -> bytes:
        """What officers' PINs are mixed with before anything is kept of them, 32 bytes; made when first asked for."""

    @abstractmethod
    def mark(self, data: bytes) -> bytes:
        """HMAC-SHA-256 of data under a key of this station's that nothing else is done with, 32 bytes.

        What the book has of it can be told again by this station, and by nobody who has the book alone.
        """

    @abstractmethod
    def enrolment(self) -> Enrolment | None:
        """What the registry gave, or None before enrolment."""

    @abstractmethod
    def save_enrolment(self, enrolment: Enrolment) -> None:
        """Keep what the registry gave, in place of anything it gave before."""

    @abstractmethod
    def vouch(self, statement: bytes) -> bytes:
        """Sign with the TLS key, which the station's certificate names: ECDSA over SHA-256."""

    @abstractmethod
    def load_identity(self, context: ssl.SSLContext) -> None:
        """Put the station's certificate and TLS key into a client's context. Raises `NotEnrolled`."""

    @abstractmethod
    def new_job_key(self, job_id: str) -> bytes:
        """Make a job's wrapping key and return it, on disk already; a job that has one keeps it."""

    @abstractmethod
    def job_key(self, job_id: str) -> bytes:
        """A job's wrapping key, 32 bytes. Raises `JobKeyGone`."""

    @abstractmethod
    def destroy_job_key(self, job_id: str) -> None:
        """Destroy a job's wrapping key for good. It is no error if there is none."""


class _StationFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`station.json`: the three private keys in one file, so that they are made all or none."""

    book: bytes
    sealing: bytes
    tls: str


class _EnrolmentFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`enrolment.json`."""

    certificate: str
    ca: str
    signing_key: Jwk


@dataclass(frozen=True, slots=True)
class _StationKeys:
    book: ed25519.Ed25519PrivateKey = field(repr=False)
    sealing: x25519.X25519PrivateKey = field(repr=False)
    tls: ec.EllipticCurvePrivateKey = field(repr=False)


class FileKeys(KeyStore):
    """Keys in files of mode 0600 under a directory of mode 0700; anything laxer is refused, not repaired.

    For development and for PCs without a TPM: whoever is root, or holds the disk, has the keys. Destroying a job key
    overwrites it first, but a journal or a flash controller may keep the old block; put the directory on an encrypted
    disk. Every write is on disk when the call returns.
    """

    def __init__(self, directory: Path) -> None:
        """Open, or make, the directory.

        Raises:
            KeysExposed: the directory can be entered by others.
        """
        self._directory: Final = directory
        self._jobs: Final = directory / "jobs"
        self._lock: Final = threading.Lock()
        self._keys: _StationKeys | None = None
        for folder in (directory, self._jobs):
            secret_files.prepare(folder)

    @override
    def __repr__(self) -> str:
        return f"FileKeys({str(self._directory)!r})"

    @property
    @override
    def ready(self) -> bool:
        return self._station_file.exists()

    @override
    def create_station_keys(self) -> None:
        with self._lock:
            if self.ready:
                raise StationKeysExist(self._directory)
            keys = _StationFile(
                book=ed25519.Ed25519PrivateKey.generate().private_bytes_raw(),
                sealing=x25519.X25519PrivateKey.generate().private_bytes_raw(),
                tls=_pem(ec.generate_private_key(ec.SECP256R1())),
            )
            secret_files.write(self._station_file, msgspec.json.encode(keys))

    @override
    def sign(self, message: bytes) -> bytes:
        return self._station_keys().book.sign(message)

    @override
    def book_public(self) -> Jwk:
        public = self._station_keys().book.public_key().public_bytes_raw()
        return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(public)}

    @override
    def sealing_public(self) -> Jwk:
        public = self._station_keys().sealing.public_key().public_bytes_raw()
        return {"kty": "OKP", "crv": "X25519", "x": _base64url(public)}

    @override
    def sealing_private(self) -> Jwk:
        return self.sealing_public() | {"d": _base64url(self._station_keys().sealing.private_bytes_raw())}

    @override
    def certificate_request(self, station: str) -> str:
        name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, station)])
        request = x509.CertificateSigningRequestBuilder().subject_name(name)
        # RFC 6979: asked again, the request is the same to the byte, so a repeated enrolment is a repeat.
        signed = request.sign(self._station_keys().tls, hashes.SHA256(), ecdsa_deterministic=True)
        return signed.public_bytes(serialization.Encoding.PEM).decode()

    @override
    def pepper(self) -> bytes:
        path = self._directory / "pepper"
        with self._lock:
            if not path.exists():
                secret_files.write(path, secrets.token_bytes(PEPPER_BYTES))
            pepper = secret_files.read(path)
        if len(pepper) != PEPPER_BYTES:
            raise KeysDamaged(path)
        return pepper

    @override
    def mark(self, data: bytes) -> bytes:
        kept = self._station_keys().book.private_bytes_raw()
        key = HKDF(hashes.SHA256(), 32, salt=None, info=_MARKS).derive(kept)
        return hmac.digest(key, data, "sha256")

    @override
    def enrolment(self) -> Enrolment | None:
        if not self._enrolment_file.exists():
            return None
        kept = _decode(self._enrolment_file, _EnrolmentFile)
        return Enrolment(certificate=kept.certificate, ca=kept.ca, signing_key=kept.signing_key)

    @override
    def save_enrolment(self, enrolment: Enrolment) -> None:
        kept = _EnrolmentFile(enrolment.certificate, enrolment.ca, enrolment.signing_key)
        with self._lock:
            secret_files.write(self._enrolment_file, msgspec.json.encode(kept))

    @override
    def vouch(self, statement: bytes) -> bytes:
        return self._station_keys().tls.sign(statement, ec.ECDSA(hashes.SHA256()))

    @override
    def load_identity(self, context: ssl.SSLContext) -> None:
        enrolment = self.enrolment()
        if enrolment is None:
            raise NotEnrolled(self._directory)
        # OpenSSL's wrapper takes only paths; a file in memory spares a second copy of the key on disk.
        handle = os.memfd_create("tls", os.MFD_CLOEXEC)
        try:
            with os.fdopen(handle, "wb", closefd=False) as memory:
                memory.write((_pem(self._station_keys().tls) + enrolment.certificate).encode())
            context.load_cert_chain(f"/proc/self/fd/{handle}")
        finally:
            os.close(handle)

    @override
    def new_job_key(self, job_id: str) -> bytes:
        with self._lock:
            path = self._job_file(job_id)
            if not path.exists():
                secret_files.write(path, secrets.token_bytes(JOB_KEY_BYTES))
        return self.job_key(job_id)

    @override
    def job_key(self, job_id: str) -> bytes:
        path = self._job_file(job_id)
        try:
            key = secret_files.read(path)
        except FileNotFoundError:
            raise JobKeyGone(job_id) from None
        if len(key) != JOB_KEY_BYTES:
            raise KeysDamaged(path)
        return key

    @override
    def destroy_job_key(self, job_id: str) -> None:
        with self._lock, contextlib.suppress(FileNotFoundError):
            secret_files.destroy(self._job_file(job_id))

    @property
    def _station_file(self) -> Path:
        return self._directory / "station.json"

    @property
    def _enrolment_file(self) -> Path:
        return self._directory / "enrolment.json"

    def _job_file(self, job_id: str) -> Path:
        # A job id comes from outside: hashed, it is a file name whatever it contains.
        return self._jobs / hashlib.sha256(job_id.encode()).hexdigest()

    def _station_keys(self) -> _StationKeys:
        if self._keys is None:
            self._keys = self._load_station_keys()
        return self._keys

    def _load_station_keys(self) -> _StationKeys:
        if not self.ready:
            raise NoStationKeys(self._directory)
        kept = _decode(self._station_file, _StationFile)
        try:
            tls = serialization.load_pem_private_key(kept.tls.encode(), password=None)
            book = ed25519.Ed25519PrivateKey.from_private_bytes(kept.book)
            sealing = x25519.X25519PrivateKey.from_private_bytes(kept.sealing)
        except ValueError:
            raise KeysDamaged(self._station_file) from None
        if not isinstance(tls, ec.EllipticCurvePrivateKey):
            raise KeysDamaged(self._station_file)
        return _StationKeys(book=book, sealing=sealing, tls=tls)


_Kept = TypeVar("_Kept", _StationFile, _EnrolmentFile)


def _decode(path: Path, kind: type[_Kept]) -> _Kept:
    try:
        return msgspec.json.decode(secret_files.read(path), type=kind)
    except msgspec.MsgspecError:  # its text may quote the file
        raise KeysDamaged(path) from None


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
