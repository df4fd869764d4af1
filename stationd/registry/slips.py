"""The signed slips that go with blanks between an office and a kit without a network: short enough for a QR code.

A slip is a compact JWS (RFC 7515, 8037, 9864) by the book key of the station that gives: the same key that signs its
book. The other side knows the public half from the grant in its own signed policy. The payload is JSON without blanks;
signing the same twice gives the same text.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, TypeVar

import msgspec
from joserfc import jws
from joserfc.jwk import OKPKey
from typing_extensions import override

from stationd.model.blank import CITIZENS
from stationd.model.mobile import Statement

LARGEST: Final = 65_536
"""Characters. One of an allotment that goes out has some 400; a QR code takes 2,953."""

Jwk = dict[str, str]
_Id = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
_Count = Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class _Slip(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="slip"):
    allotment_id: _Id
    office: _Id
    kit: _Id
    at: int
    stock: str = CITIZENS


class OutSlip(_Slip, frozen=True, kw_only=True, tag="out"):
    """An office says that it gave these blanks to a kit: how many of each delivery."""

    batches: dict[str, _Count]

    @property
    def count(self) -> int:
        """How many in all."""
        return sum(self.batches.values())


class BackSlip(_Slip, frozen=True, kw_only=True, tag="back"):
    """A kit says what it hands in, and what became of the rest."""

    stated: Statement


class SlipCause(StrEnum):
    """Why a slip is not taken."""

    NOT_A_SLIP = "slip-not-understood"
    KEY_UNKNOWN = "slip-key-unknown"
    WRONG_SIGNATURE = "slip-wrong-signature"


@dataclass(eq=False)
class SlipRefused(Exception):
    """A text is not a slip that can be relied on."""

    cause: SlipCause

    @override
    def __str__(self) -> str:
        return str(self.cause)


Slip = TypeVar("Slip", OutSlip, BackSlip)
_REGISTRY: Final = jws.JWSRegistry(algorithms=["Ed25519"])


def write(slip: OutSlip | BackSlip, key: Jwk, sign: Callable[[bytes], bytes]) -> str:
    """Return a signed slip.

    Args:
        slip: what it says.
        key: the public half of the book key.
        sign: by that key.
    """
    return signed(msgspec.json.encode(slip, order="deterministic"), key, sign)


def signed(payload: bytes, key: Jwk, sign: Callable[[bytes], bytes]) -> str:
    """Return a compact JWS of a payload. Arguments as for `write`."""
    header = {"alg": "Ed25519", "kid": OKPKey.import_key({**key}).thumbprint()}
    parts = [msgspec.json.encode(header), payload]
    text = b".".join(map(_base64url, parts))
    return b".".join([text, _base64url(sign(text))]).decode()


def look(text: str, kind: type[Slip]) -> Slip:
    """Read a slip without relying on it: to learn whose key is needed.

    Raises:
        SlipRefused: if it is none of that kind.
    """
    text = "".join(text.split())
    try:
        if len(text) > LARGEST:
            raise ValueError
        _, payload, _ = text.split(".")
        return msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=kind)
    except (ValueError, RecursionError):  # msgspec's and base64's are ValueErrors
        raise SlipRefused(SlipCause.NOT_A_SLIP) from None


def read(text: str, kind: type[Slip], key: Jwk | None) -> Slip:
    """Read a slip that was signed with a key.

    Args:
        text: as written; blanks and line breaks do not matter.
        kind: which slip is expected.
        key: the public key of who should have signed it; None if the policy does not say.

    Raises:
        SlipRefused: if it is none, or not signed with that key.
    """
    slip = look(text, kind)
    if key is None:
        raise SlipRefused(SlipCause.KEY_UNKNOWN)
    try:
        jws.deserialize_compact("".join(text.split()), OKPKey.import_key({**key}), registry=_REGISTRY)
    except Exception:  # whatever a forged one makes the library raise
        raise SlipRefused(SlipCause.WRONG_SIGNATURE) from None
    return slip


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
