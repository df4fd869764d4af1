"""The base of everything that can happen at a station."""

from __future__ import annotations

import msgspec

from stationd.model.blank import Movement


def _kebab(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=_kebab, omit_defaults=True):
    """The base of all events; its `type` in the book is the class's name in kebab case."""

    moves: tuple[Movement, ...] = ()
