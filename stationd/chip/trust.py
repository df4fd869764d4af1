"""Whose profiles this station takes: each is signed with Ed25519, in a file of 64 bytes beside it.

`lab.toml` is signed by `lab.toml.sig`: `openssl pkeyutl -sign -inkey KEY -rawin -in lab.toml -out lab.toml.sig`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SUFFIX = ".sig"


class Standing(StrEnum):
    """How a profile's text stands to the keys that this station trusts."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    """There is a signature, and none of the keys has made it for this text."""


@dataclass(frozen=True)
class Trust:
    """Which profiles are taken.

    Attributes:
        signers: whose signature counts.
        lab: unsigned ones are taken, too: cards made here are nobody's.
    """

    signers: Sequence[Ed25519PublicKey] = ()
    lab: bool = False

    def standing(self, text: bytes, signature: bytes | None) -> Standing:
        """Say how a profile's text stands, with the signature beside it, if there is one."""
        if signature is None:
            return Standing.UNSIGNED
        return Standing.SIGNED if any(_made(key, signature, text) for key in self.signers) else Standing.FORGED

    def takes(self, standing: Standing) -> bool:
        """Say whether a profile of that standing is used."""
        return standing is Standing.SIGNED or (self.lab and standing is Standing.UNSIGNED)


def signature_of(file: Path) -> bytes | None:
    """Return what lies beside a profile as its signature; None if nothing does. Raises `OSError`."""
    try:
        return file.with_name(file.name + SUFFIX).read_bytes()
    except FileNotFoundError:
        return None


def _made(key: Ed25519PublicKey, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True
