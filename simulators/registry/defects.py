"""Jobs that are wrong in one named way, as a damaged, hostile or confused registry might send them."""

from __future__ import annotations

import base64
import enum
from collections.abc import Callable, Mapping
from typing import Any, Final

from simulators.registry.sealing import Jwk, Signer, seal, stranger

Claims = dict[str, Any]

_OVERSIZE: Final = 400_000  # bytes of photo; a sealed job is limited to 262144 characters


class Defect(enum.StrEnum):
    """How a job is wrong."""

    WRONG_SIGNATURE = "wrong-signature"
    """Signed by a key that is not the registry's, under the registry's `kid`."""
    OTHER_STATION = "other-station"
    """The claims name another station."""
    EXPIRED = "expired"
    """`exp` lies an hour back."""
    START_PASSED = "start-passed"
    """`start_before` lies an hour back."""
    OTHER_KEY = "other-key"
    """Sealed to a key that the station does not have."""
    TRUNCATED = "truncated"
    """The sealed text ends half-way."""
    OVERSIZED = "oversized"
    """Far over the limit of a sealed job."""
    UNKNOWN_LAYOUT = "unknown-layout"
    UNKNOWN_PROFILE = "unknown-profile"
    BAD_PHOTO = "bad-photo"
    """The photo's bytes are cut and altered: a JPEG by its first bytes only."""
    TEXT_TOO_LONG = "text-too-long"
    """A name of 400 letters."""
    OUTER_INNER_ID = "outer-inner-id"
    """The claims' `job_id` is not the one outside."""
    REPEATED_ID_OTHER_CONTENT = "repeated-id-other-content"
    """The `job_id` and epoch of an earlier job, with another address."""
    LOWER_EPOCH = "lower-epoch"
    """An earlier job again, the same but for an epoch one lower."""


NEEDS_AN_EARLIER_JOB: Final = frozenset({Defect.REPEATED_ID_OTHER_CONTENT, Defect.LOWER_EPOCH})
"""Defects that are made from a job which the station has been sent before."""


def _card(claims: Claims, **changes: str) -> Claims:
    return {"card": {**claims["card"], **changes}}


def _broken_photo(claims: Claims) -> Claims:
    photo = base64.b64decode(claims["photo"])
    return {"photo": base64.b64encode(photo[:16] + bytes(b ^ 0x5A for b in photo[16:400])).decode()}


_CHANGES: Final[dict[Defect, Callable[[Claims], Claims]]] = {
    Defect.OTHER_STATION: lambda c: {"station": f"not-{c['station']}"},
    Defect.EXPIRED: lambda c: {"exp": c["iat"] - 3600},
    Defect.START_PASSED: lambda c: {"start_before": c["iat"] - 3600},
    Defect.OVERSIZED: lambda _: {"photo": base64.b64encode(bytes(_OVERSIZE)).decode()},
    Defect.UNKNOWN_LAYOUT: lambda _: {"layout": "no-such-layout"},
    Defect.UNKNOWN_PROFILE: lambda _: {"profile": "no-such-profile"},
    Defect.BAD_PHOTO: _broken_photo,
    Defect.TEXT_TOO_LONG: lambda c: _card(c, nama=("PANJANG " * 50).strip()),
    Defect.OUTER_INNER_ID: lambda c: {"job_id": f"{c['job_id']}-inner"},
    Defect.REPEATED_ID_OTHER_CONTENT: lambda c: _card(c, alamat=f"{c['card']['alamat']} RUMAH LAIN"),
    Defect.LOWER_EPOCH: lambda c: {"epoch": c["epoch"] - 1},
}
"""What each defect changes in the claims; the others are in the envelope."""


def alter(claims: Claims, defect: Defect | None) -> Claims:
    """Return the claims with their defect; the argument stays as it is."""
    change = None if defect is None else _CHANGES.get(defect)
    return claims if change is None else {**claims, **change(claims)}


def enclose(claims: Claims, defect: Defect | None, signer: Signer, recipient: Jwk) -> str:
    """Sign the (already altered) claims and seal them to the station, with the envelope's own defect if that is it."""
    writer = Signer.fresh() if defect is Defect.WRONG_SIGNATURE else signer
    token = writer.sign(claims, kid=signer.kid)
    sealed = seal(token, stranger() if defect is Defect.OTHER_KEY else recipient)
    return sealed[: len(sealed) // 2] if defect is Defect.TRUNCATED else sealed


def label_of(claims: Mapping[str, Any], outer_id: str) -> dict[str, object]:
    """Return the claims of the label that goes with a job."""
    card = claims["card"]
    return {"job_id": outer_id, "name": card["nama"], "nik": claims["nik"], "kelurahan": card["kelurahan"]}
