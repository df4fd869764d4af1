"""The registry's word on a book, checked against the registry's key: a countersignature is a compact JWS (RFC 7515)."""

from __future__ import annotations

import base64
import binascii

import msgspec
from cryptography.exceptions import InvalidSignature

from stationd.store.chronicle import Head, Verifier


class _Header(msgspec.Struct, frozen=True):
    alg: str


class _Claims(msgspec.Struct, frozen=True):
    """The part of a countersignature's claims that says what was countersigned."""

    station: str
    incarnation: str
    seq: int
    head: str


def countersigns(jws: str, registry: Verifier, station: str, incarnation: str, head: Head) -> bool:
    """Say whether a text is the registry's signature over this head of this book."""
    try:
        header, payload, signature = jws.split(".")
        if msgspec.json.decode(_raw(header), type=_Header).alg != "Ed25519":
            return False
        registry.verify(_raw(signature), f"{header}.{payload}".encode())
        claims = msgspec.json.decode(_raw(payload), type=_Claims)
    except (ValueError, binascii.Error, msgspec.DecodeError, InvalidSignature):
        return False
    return claims == _Claims(station, incarnation, head.seq, head.digest)


def _raw(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
