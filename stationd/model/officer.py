"""Officers: who they are, by which decree, and for how long."""

from __future__ import annotations

from enum import StrEnum

import msgspec
from typing_extensions import override


class Role(StrEnum):
    """What an officer is at a station."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    TECHNICIAN = "technician"


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    """A person named in a decree, as the registry's policy lists them.

    Attributes:
        id: by which the book knows them.
        name: as it is shown; kept out of the repr.
        sk: number of the decree (surat keputusan).
        roles: values of `Role`, and any that a later registry may invent, which grant nothing here.
        kecamatan: the one they were named for.
        valid_from, valid_until: the decree's term, seconds since the epoch; the end is not part of it.
        trained: whether the training for printing is done.
        card: identity of the card by which they may sign in at the desk reader, lower-case hex; empty if by none.
    """

    id: str
    name: str
    sk: str
    roles: frozenset[str]
    kecamatan: str
    valid_from: int
    valid_until: int
    trained: bool
    card: str = ""

    @override
    def __repr__(self) -> str:
        return f"Officer(id={self.id!r})"

    def has_role(self, *roles: Role) -> bool:
        """Say whether the officer has one of these roles."""
        return not self.roles.isdisjoint(roles)
