"""The book that a station had before, as the registry holds it: what a replaced disk begins from."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from typing import Final

from stationd.registry.connection import Connection
from stationd.registry.contract import BookAnswer
from stationd.registry.errors import AnswerNotUnderstood, RegistryProblem
from stationd.registry.sealing import Seals

_CALL: Final = "/v1/book"


@dataclass(frozen=True)
class Predecessor:
    """A book from its first entry to the last that the registry has.

    Attributes:
        incarnation: which of the station's books it is.
        head: hash of its last entry.
        texts: its entries, byte for byte.
    """

    incarnation: str
    head: str
    texts: tuple[str, ...]


async def fetch(connection: Connection, seals: Seals, station: str) -> Predecessor | None:
    """Fetch the newest book of a station, all of it, and hold it against the registry's signature.

    Returns:
        None if the registry holds no book of this station.

    Raises:
        LinkError: as every call, or for entries that are not the ones that the registry signed.
        SealRefused: if it did not sign at all.
    """
    try:
        page = await connection.book(None, 1)
    except RegistryProblem as problem:
        if problem.name == "book-unknown":
            return None
        raise
    texts = list(page.events)
    while len(texts) < page.have and page.events:
        page = await connection.book(page.incarnation, len(texts) + 1)
        texts += page.events
    _check(seals, station, page, texts)
    return Predecessor(page.incarnation, page.head, tuple(texts))


def _check(seals: Seals, station: str, page: BookAnswer, texts: list[str]) -> None:
    signed = seals.countersignature(page.countersignature, station, page.incarnation)
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    linked = all(
        digest in following for digest, following in zip(digests, itertools.islice(texts, 1, None), strict=False)
    )
    if (signed.seq, signed.head) != (len(texts), digests[-1] if digests else "") or not linked:
        raise AnswerNotUnderstood(_CALL, "the entries are not the ones that the registry signed for")
