"""What is kept of a PIN: Argon2id of it under a pepper that lies with the station's keys, not in the database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

STRENGTH: Final = argon2.profiles.RFC_9106_LOW_MEMORY
"""64 MiB for a tenth of a second or so: bearable on an old PC, dear for who has the disk and wants the PIN back."""

_MARKS: Final = 512
"""How many marks stand for all the names that are nobody's."""


class PinHasher:
    """Makes and checks what is kept of PINs. Any PIN takes the same time to check, and so does one that nobody has.

    Args:
        pepper: 32 bytes that are nowhere in the database.
        strength: of Argon2id.
    """

    def __init__(self, pepper: bytes, strength: argon2.Parameters = STRENGTH) -> None:
        self._pepper = pepper
        self._hasher = argon2.PasswordHasher.from_parameters(strength)
        self._nobodys = _of_nothing(strength)

    def keep(self, officer: str, pin: str) -> str:
        """Return what is to be kept of an officer's PIN."""
        return self._hasher.hash(self._peppered("pin", officer, pin))

    def right(self, kept: str | None, officer: str, pin: str) -> bool:
        """Say whether a PIN is the one of which something is kept; the same work is done where there is none."""
        try:
            self._hasher.verify(kept or self._nobodys, self._peppered("pin", officer, pin))
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def mark(self, name: str) -> str:
        """Return what stands for a name that is no officer's. It tells nothing of the name, and there are few."""
        return f"?{int.from_bytes(self._peppered('name', name, '')[:4]) % _MARKS}"

    def _peppered(self, *parts: str) -> bytes:
        """Bind parts to the pepper and to each other: one officer's hash is of no use as another's."""
        told = b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in parts)
        return hmac.new(self._pepper, told, hashlib.sha256).digest()


def _of_nothing(strength: argon2.Parameters) -> str:
    """Return what looks like a kept PIN and is none's: checking it is the whole work, making it is none."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(length)).rstrip(b"=").decode()
        for length in (strength.salt_len, strength.hash_len)
    )
    cost = f"m={strength.memory_cost},t={strength.time_cost},p={strength.parallelism}"
    return f"$argon2id$v={strength.version}${cost}${salt}${digest}"
