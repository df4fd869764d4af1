"""What a chip is, and what an inspection finds on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ChipIdentity:
    """What tells this chip from every other. It goes into the book; it is no citizen's datum.

    Attributes:
        kind: as the profile's `identity.kind`.
        value: for `attempt-tag` the random bytes written to it.
    """

    kind: str
    value: bytes

    @property
    def hex(self) -> str:
        """The value as the book writes it."""
        return self.value.hex()


class IdentityFound(StrEnum):
    """What stands where the identity belongs."""

    ABSENT = "absent"
    TORN = "torn"
    """A file of the right size that holds the beginning of ours and zeros: the write was cut off."""
    OURS = "ours"
    FOREIGN = "foreign"


class ObjectFound(StrEnum):
    """What stands where a data object belongs."""

    ABSENT = "absent"
    EQUAL = "equal"
    DIFFERS = "differs"
    """A file of the right size with other content: the write was cut off."""
    WRONG_SIZE = "wrong-size"


@dataclass(frozen=True, slots=True)
class ChipState:
    """What an inspection found.

    Attributes:
        life_cycle: `open`, `locked`, `active`, or the byte that is none of the profile's as hex; None on a chip that
            does not carry the profile's application.
        identity: what stands where the identity belongs.
        objects: by name; empty on a foreign chip, whose data is not ours to read.
    """

    life_cycle: str | None
    identity: IdentityFound
    objects: Mapping[str, ObjectFound]

    @property
    def blank(self) -> bool:
        """Nothing of the profile's has been written to it."""
        return self.life_cycle == "open" and self.identity is IdentityFound.ABSENT and self._all(ObjectFound.ABSENT)

    @property
    def complete(self) -> bool:
        """The identity is ours and every data object is equal."""
        return self.identity is IdentityFound.OURS and self._all(ObjectFound.EQUAL)

    @property
    def unfinished(self) -> bool:
        """Begun for this attempt and cut off: it can still be written."""
        begun = self.identity is IdentityFound.OURS or (
            self.identity is IdentityFound.TORN and self._all(ObjectFound.ABSENT)
        )
        return self.life_cycle == "open" and begun and not self.complete

    @property
    def locked(self) -> bool:
        """Frozen, and not live."""
        return self.life_cycle == "locked"

    @property
    def active(self) -> bool:
        """Live."""
        return self.life_cycle == "active"

    def _all(self, found: ObjectFound) -> bool:
        return all(one is found for one in self.objects.values())
