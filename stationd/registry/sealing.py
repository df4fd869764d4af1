"""Opens what the registry sealed for this station and verifies what it signed.

A job is a JWS (Ed25519, the registry's key) inside a JWE (ECDH-ES and A256GCM, to the station's X25519 key), both
compact: RFC 7515, 7516, 8037, 9864. The algorithms are pinned, so no header can choose a weaker one. A failure names
its cause and, in claims that were not understood, the place: never a value.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec
from joserfc import jwe, jws
from joserfc.jwk import OKPKey
from typing_extensions import override

from stationd.model.job import Job, Label
from stationd.model.nik import Nik
from stationd.model.policy import Policy
from stationd.model.shelf_record import ArrivalList, HomeNames
from stationd.registry.contract import CountersignatureClaims, Jwk, TimeClaims

MAX_SEALED: Final = 262_144
"""Characters. The contract's limit for one sealed job; a card with its photo has some 40,000."""

MAX_LIST: Final = 2_097_152
"""Characters of a sender's list of finished cards, sealed: one of 2,000 cards has some 1,500,000."""


class SealCause(StrEnum):
    """Why something sealed or signed is not accepted."""

    OVERSIZED = "oversized"
    TRUNCATED = "truncated"
    OTHER_KEY = "sealed-to-another-key"
    ALTERED = "altered"
    WRONG_SIGNATURE = "wrong-signature"
    NOT_UNDERSTOOD = "not-understood"
    OTHER_SUBJECT = "about-something-else"


@dataclass(eq=False)
class SealRefused(Exception):
    """What came is not what the registry seals or signs for this station.

    Attributes:
        cause: what is wrong with it.
        where: the place in the claims that was not understood, as a JSON path, or a few words; never a value.
    """

    cause: SealCause
    where: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.cause} ({self.where})" if self.where else str(self.cause)


class _JweRegistry(jwe.JWERegistry):
    max_ciphertext_length = MAX_LIST


class _JwsRegistry(jws.JWSRegistry):
    max_payload_length = MAX_LIST


_SEALED: Final = _JweRegistry(algorithms=["ECDH-ES", "A256GCM"])
_SIGNED: Final = _JwsRegistry(algorithms=["Ed25519"])
_JWE_PARTS: Final = 5
_JWE_TAG_CHARACTERS: Final = 22

_Claims = TypeVar("_Claims", ArrivalList, HomeNames, Job, Label, Policy, TimeClaims, CountersignatureClaims)


class Seals:
    """One station's eyes for what one registry sends it. Calls are pure and may come from any thread."""

    def __init__(self, sealing_key: Jwk, signing_key: Jwk) -> None:
        """Take the keys.

        Args:
            sealing_key: the station's private X25519 key.
            signing_key: the registry's public Ed25519 key.
        """
        self._sealing: Final = OKPKey.import_key({**sealing_key})
        self._sealing_id: Final = self._sealing.thumbprint()
        self._signing: Final = OKPKey.import_key({**signing_key})

    def open_job(self, sealed: str) -> Job:
        """Open a sealed job and verify its signature. Raises `SealRefused`."""
        return self._claims(self._open(sealed), Job)

    def open_label(self, sealed: str) -> Label:
        """Open a sealed label and verify its signature. Raises `SealRefused`."""
        return self._claims(self._open(sealed), Label)

    def open_list(self, sealed: str) -> ArrivalList:
        """Open a sender's sealed list of finished cards and verify its signature. Raises `SealRefused`."""
        return self._claims(self._open(sealed, MAX_LIST), ArrivalList, MAX_LIST)

    def open_names(self, sealed: str, key_of: Callable[[str], Jwk | None]) -> HomeNames:
        """Open who waits for a trip's finished cards, and verify that the kit signed it.

        Args:
            sealed: to this station, by the kit.
            key_of: returns the public key of the kit that has an allotment; None if nothing is known of it.

        Raises:
            SealRefused: if it is not that.
        """
        signed = self._open(sealed, MAX_LIST)
        key = key_of(_allotment(signed))
        if key is None:
            raise SealRefused(SealCause.OTHER_SUBJECT, "names of another office's trip")
        return self._claims(signed, HomeNames, MAX_LIST, OKPKey.import_key({**key}))

    def policy(self, signed: str, station: str) -> Policy:
        """Verify a policy, which must be for this station. Raises `SealRefused`."""
        policy = self._claims(signed, Policy)
        if policy.station != station:
            raise SealRefused(SealCause.OTHER_SUBJECT, "policy of another station")
        return policy

    def time(self, signed: str, nonce: str) -> float:
        """Verify signed time, which must answer this nonce: seconds since the epoch. Raises `SealRefused`."""
        claims = self._claims(signed, TimeClaims)
        if not hmac.compare_digest(claims.nonce.encode(), nonce.encode()):
            raise SealRefused(SealCause.OTHER_SUBJECT, "time for another nonce")
        return claims.time

    def countersignature(self, signed: str, station: str, incarnation: str) -> CountersignatureClaims:
        """Verify a countersignature, which must be of this book. Raises `SealRefused`."""
        claims = self._claims(signed, CountersignatureClaims)
        if (claims.station, claims.incarnation) != (station, incarnation):
            raise SealRefused(SealCause.OTHER_SUBJECT, "countersignature of another book")
        return claims

    def _open(self, sealed: str, most: int = MAX_SEALED) -> str:
        header = _header(sealed, most)
        if header.get("kid") != self._sealing_id:
            raise SealRefused(SealCause.OTHER_KEY)
        if (header.get("alg"), header.get("enc")) != ("ECDH-ES", "A256GCM"):
            raise SealRefused(SealCause.NOT_UNDERSTOOD, "sealed with another algorithm")
        try:
            opened = jwe.decrypt_compact(sealed, self._sealing, registry=_SEALED).plaintext
            return (opened or b"").decode("ascii")
        except (
            Exception
        ):  # whatever a hostile header makes the library raise, this text is refused and the next is read
            raise SealRefused(SealCause.ALTERED) from None

    def _claims(self, signed: str, kind: type[_Claims], most: int = MAX_SEALED, key: OKPKey | None = None) -> _Claims:
        if len(signed) > most:
            raise SealRefused(SealCause.OVERSIZED)
        try:
            payload = jws.deserialize_compact(signed, key or self._signing, registry=_SIGNED).payload
        except Exception:  # as above; no signature of that key over it was found
            raise SealRefused(SealCause.WRONG_SIGNATURE) from None
        try:
            return msgspec.json.decode(payload, type=kind, dec_hook=_nik)
        except (msgspec.DecodeError, RecursionError) as error:
            raise SealRefused(SealCause.NOT_UNDERSTOOD, _place(error)) from None


def seal_names(signed: str, sealing_key: Jwk) -> str:
    """Seal what a kit signed to the public sealing key of its office, as the registry seals a list."""
    key = OKPKey.import_key({**sealing_key})
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key.thumbprint()}
    return jwe.encrypt_compact(header, signed, key, registry=_SEALED)


def _allotment(signed: str) -> str:
    """Return of which trip somebody says that these are the names: by it the key is found to verify the rest with."""
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(signed.split(".")[1] + "=="))
        return str(claims["allotment_id"])
    except (ValueError, LookupError, TypeError, RecursionError):  # base64's and msgspec's errors are ValueErrors
        raise SealRefused(SealCause.NOT_UNDERSTOOD, "claims") from None


def _header(sealed: str, most: int) -> dict[str, Any]:
    """Read the protected header, after a look at the shape that tells a cut text from a foreign one."""
    if len(sealed) > most:
        raise SealRefused(SealCause.OVERSIZED)
    parts = sealed.split(".")
    if len(parts) != _JWE_PARTS or len(parts[-1]) != _JWE_TAG_CHARACTERS:
        raise SealRefused(SealCause.TRUNCATED)
    try:
        header = msgspec.json.decode(base64.urlsafe_b64decode(parts[0] + "=="))
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError):
        raise SealRefused(SealCause.NOT_UNDERSTOOD, "header") from None
    if not isinstance(header, dict):
        raise SealRefused(SealCause.NOT_UNDERSTOOD, "header")
    return header


def _nik(kind: type, value: object) -> Nik:
    if kind is Nik and isinstance(value, str):
        return Nik(value)
    raise TypeError(f"{kind.__name__} expected")


def _place(error: Exception) -> str:
    """Take the JSON path out of a decoder's message; the rest of it may quote a value."""
    _, found, path = str(error).rpartition(" - at `")
    return path.rstrip("`") if found else "claims"
