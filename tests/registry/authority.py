"""A registry's pen and wax for tests: signs and seals as the contract says, and wrongly on request."""

import json
from typing import Any

from joserfc import jwe, jws
from joserfc.jwk import OKPKey

from stationd.registry.contract import Jwk


class _Sealed(jwe.JWERegistry):
    max_ciphertext_length = 10_000_000


class _Signed(jws.JWSRegistry):
    max_payload_length = 10_000_000


def private(key: OKPKey) -> Jwk:
    return {name: str(value) for name, value in key.as_dict(private=True).items()}


def public(key: OKPKey) -> Jwk:
    return {name: str(value) for name, value in key.as_dict(private=False).items()}


class Authority:
    def __init__(self) -> None:
        self.signing = OKPKey.generate_key("Ed25519")
        self.station = OKPKey.generate_key("X25519")

    def sign(self, claims: dict[str, Any] | bytes, key: OKPKey | None = None) -> str:
        key = self.signing if key is None else key
        payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        header = {"alg": "Ed25519", "kid": key.thumbprint()}
        return jws.serialize_compact(header, payload, key, registry=_Signed(algorithms=["Ed25519"]))

    def seal(self, text: str, key: OKPKey | None = None, **header: str) -> str:
        key = self.station if key is None else key
        header = {"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT", "kid": key.thumbprint()} | header
        algorithms = ["ECDH-ES", "ECDH-ES+A256KW", "A256GCM", "A128GCM", "DEF"]
        return jwe.encrypt_compact(header, text, key, registry=_Sealed(algorithms=algorithms))

    def sealed(self, claims: dict[str, Any]) -> str:
        return self.seal(self.sign(claims))
