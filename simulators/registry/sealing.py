"""What the registry signs and seals, and how it checks what stations sign."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jwe, jws
from joserfc.jwk import OKPKey

from simulators.registry.authority import write_private

Jwk = dict[str, str]


class Signer:
    """The registry's Ed25519 signing key, kept in one PEM file.

    Attributes:
        public: the public JWK, with its thumbprint as `kid`.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            write_private(path, OKPKey.generate_key("Ed25519").as_pem(private=True))
        self._set(OKPKey.import_key(path.read_text()))

    @classmethod
    def fresh(cls) -> Signer:
        """Return a signer with a key that nobody has seen."""
        signer = cls.__new__(cls)
        signer._set(OKPKey.generate_key("Ed25519"))
        return signer

    def _set(self, key: OKPKey) -> None:
        self._key = key
        self.kid = key.thumbprint()
        self.public: Jwk = {**_strings(key.as_dict(private=False)), "kid": self.kid}

    def sign(self, payload: Mapping[str, object], *, kid: str | None = None) -> str:
        """Return a compact JWS of that payload; `kid` is the true one unless another is named."""
        header = {"alg": "Ed25519", "kid": kid or self.kid}
        return jws.serialize_compact(header, compact(payload), self._key, algorithms=["Ed25519"])


def compact(payload: Mapping[str, object]) -> bytes:
    """Encode as JSON without blanks, keys sorted: the same payload gives the same signature."""
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def public_jwk(jwk: Mapping[str, str]) -> Jwk:
    """Reduce a public OKP key to the members that define it.

    Raises:
        ValueError: not a key of its kind.
    """
    OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x")})
    return {name: jwk[name] for name in ("kty", "crv", "x")}


def seal(token: str, recipient: Mapping[str, str]) -> str:
    """Encrypt a JWS to a station's X25519 key as a compact JWE (ECDH-ES, A256GCM)."""
    key = OKPKey.import_key(dict(recipient))
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT", "kid": key.thumbprint()}
    return jwe.encrypt_compact(header, token.encode(), key)


def stranger() -> Jwk:
    """Return the public half of an X25519 key whose private half is thrown away."""
    return _strings(OKPKey.generate_key("X25519").as_dict(private=False))


def signature_holds(jwk: Mapping[str, str], signature: str, message: str) -> bool:
    """Tell whether an Ed25519 signature (base64url without padding) over the message's UTF-8 is that key's."""
    try:
        key = Ed25519PublicKey.from_public_bytes(_unpadded(jwk["x"]))
        key.verify(_unpadded(signature), message.encode())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _strings(jwk: Mapping[str, object]) -> Jwk:
    return {name: str(value) for name, value in jwk.items()}
