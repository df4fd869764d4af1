"""What a chip says of itself, without a citizen's data: which card it is, and whether it holds what was written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from msgspec import structs

from drivers.deadline import Deadline
from drivers.encoder import Connection
from stationd.chip import inspection
from stationd.chip.apdu import carried
from stationd.chip.channel import Plain, SecureChannel
from stationd.chip.errors import ForeignChip, NotUnderstoodAnswer, Refused
from stationd.chip.profile import IDENTITY, Profile, VerifyReadback, within
from stationd.chip.session import Session


@dataclass(frozen=True, slots=True)
class Matched:
    """A profile whose application the chip carries.

    Attributes:
        profile: its id.
        life_cycle: `open`, `locked`, `active`, or the byte that is none of these, as hex.
    """

    profile: str
    life_cycle: str


@dataclass(frozen=True, slots=True)
class Recognised:
    """A chip as a technician may see it.

    Attributes:
        card_type: how it speaks, as far as the reader tells.
        uid: as text; empty if the reader does not tell. It may be random.
        uid_stays: whether the UID can identify this chip.
        atr: the answer to reset, as hex.
        matches: the installed profiles whose application it carries.
    """

    card_type: str
    uid: str
    uid_stays: bool
    atr: str
    matches: tuple[Matched, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """What a chip holds, as a digest.

    Attributes:
        life_cycle: as in `Matched`.
        identity: as it stands there.
        marks: by which a book may know this content, in each way that was ever written; none if an object is not there.
    """

    life_cycle: str
    identity: bytes
    marks: frozenset[str]


def recognise(connection: Connection, profiles: Iterable[Profile], deadline: Deadline) -> Recognised:
    """Ask a chip for each profile's application, with no key and no file.

    Raises:
        LostReply: the chip fell silent.
    """
    matches = []
    for profile in profiles:
        session = Session(connection, within(profile, carried(connection)), Plain())
        try:
            life_cycle = inspection.read_life_cycle(session, profile, deadline)
        except (Refused, NotUnderstoodAnswer):
            continue  # another card's way to say that it does not know it
        if life_cycle is not None:
            matches.append(Matched(profile.id, life_cycle))
    uid = connection.uid
    return Recognised(
        card_type=str(connection.card_type),
        uid="" if uid is None else str(uid),
        uid_stays=uid is not None and uid.may_identify,
        atr=connection.atr.hex().upper(),
        matches=tuple(matches),
    )


Mark = Callable[[bytes], bytes]
"""An HMAC under a key of the station's."""

WhoseCard = Callable[[bytes], Profile | None]
"""Says by which profile the chip with an identity was written here; None if it was not."""


def nobodys(_identity: bytes) -> None:
    """Say that it was not written here."""


def unmarked(_data: bytes) -> bytes:
    """Mark nothing: for whoever wants to know whose card it is, and not whether it is whole."""
    return b""


_MARKED = "m1:"
"""Before a mark in the book; one without it is from books that had the bare SHA-256."""


def mark_of(
    profile: Profile, identity: bytes, objects: Mapping[str, bytes], mark: Mark, order: Iterable[str] | None = None
) -> str:
    """Return by what the book knows a chip's whole content: an HMAC of it, as hex behind a version.

    A bare hash would let whoever has the book try out a citizen whose data and photo she has.
    """
    return _MARKED + mark(bytes.fromhex(digest(profile, identity, objects, order))).hex()


def digest(profile: Profile, identity: bytes, objects: Mapping[str, bytes], order: Iterable[str] | None = None) -> str:
    """Return the SHA-256 of a chip's whole content, as lower-case hex. It is written nowhere.

    The objects are taken by name, in alphabetical order if no other is given: a profile that a book kept has lost the
    order that its file had.
    """
    made = hashlib.sha256()
    in_turn = sorted(profile.objects) if order is None else order
    for content in (profile.id.encode(), identity, *(objects[name] for name in in_turn)):
        made.update(len(content).to_bytes(4))
        made.update(content)
    return made.hexdigest()


def _orders(profile: Profile) -> Iterator[Iterable[str] | None]:
    """Yield the orders in which a card's objects may have been taken for its mark.

    It was once that of the profile's file; of a profile out of a book the order of its steps is all that is left of it.
    """
    yield None
    yield profile.objects
    steps = profile.personalisation.steps
    yield [step.object for step in steps if isinstance(step, VerifyReadback) and step.object in profile.objects]


def held(
    connection: Connection,
    profile: Profile,
    channel: SecureChannel,
    deadline: Deadline,
    mark: Mark,
    whose: WhoseCard = nobodys,
) -> Held:
    """Read all that a chip holds, and return no byte of it.

    Args:
        connection: to the chip.
        profile: by which its identity is read.
        channel: of that profile.
        deadline: for all of it.
        mark: of the station.
        whose: by what that card was written: its files are read as that says, in the same session.

    Raises:
        ForeignChip: it does not carry the application, or has no identity.
        ChipError: it does not let itself be read.
    """
    profile = within(profile, carried(connection))
    session = Session(connection, profile, channel)
    try:
        return _held(session, profile, deadline, mark, lambda identity: whose(identity) or profile)
    finally:
        session.close()


def _held(
    session: Session, profile: Profile, deadline: Deadline, mark: Mark, whose: Callable[[bytes], Profile]
) -> Held:
    life_cycle = inspection.read_life_cycle(session, profile, deadline)
    if life_cycle is None:
        raise ForeignChip(has_application=False, has_identity=False)
    inspection.establish(session, profile, life_cycle, deadline)
    identity = _content(session, profile, IDENTITY, deadline)
    if identity is None:
        raise ForeignChip(has_application=True, has_identity=False)
    written = structs.replace(whose(identity), limits=profile.limits, channel=profile.channel)
    objects = {}
    for name in written.objects:
        content = _content(session, written, name, deadline)
        if content is None:
            return Held(life_cycle, identity, frozenset())
        objects[name] = content
    marks = set()
    for order in _orders(written):
        marks |= {mark_of(written, identity, objects, mark, order), digest(written, identity, objects, order)}
    return Held(life_cycle, identity, frozenset(marks))


def _content(session: Session, profile: Profile, name: str, deadline: Deadline) -> bytes | None:
    size = inspection.read_size(session, profile, name, deadline)
    return None if size is None else inspection.read_content(session, profile, name, size, deadline)
