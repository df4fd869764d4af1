"""Looks at a chip without changing it."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.deadline import Deadline
from stationd.chip import plan
from stationd.chip.apdu import NOT_FOUND, SUCCESS
from stationd.chip.errors import ForeignChip, NotBlank, NotUnderstoodAnswer, ReadBackDiffers, Refused
from stationd.chip.plan import SELECTED, Action
from stationd.chip.profile import IDENTITY, Profile
from stationd.chip.session import Session
from stationd.chip.state import ChipState, IdentityFound, ObjectFound

_STEP = "inspect"

_NO_APPLICATIONS = frozenset({0x6A81, 0x6D00, 0x6E00})
"""Function, instruction or class not supported: a chip that knows no selection by name."""


def inspect(
    session: Session, profile: Profile, objects: Mapping[str, bytes], tag: bytes, deadline: Deadline
) -> ChipState:
    """Select the application again and say what is on the chip, compared with the objects and the identity given."""
    life_cycle = read_life_cycle(session, deadline)
    if life_cycle is None:
        return ChipState(None, IdentityFound.ABSENT, {})
    session.establish(deadline)
    identity = _identity(session, profile, tag, deadline)
    if identity is IdentityFound.FOREIGN:
        return ChipState(life_cycle, identity, {})
    found = {name: _object(session, profile, name, objects[name], deadline) for name in profile.objects}
    return ChipState(life_cycle, identity, found)


def held_identity(session: Session, profile: Profile, deadline: Deadline) -> bytes | None:
    """Select the application again and return the identity that the chip holds; None if it holds none."""
    if read_life_cycle(session, deadline) is None:
        return None
    session.establish(deadline)
    size = read_size(session, profile, IDENTITY, deadline)
    return None if size is None else read_content(session, profile, IDENTITY, size, deadline)


def check_blank(session: Session, profile: Profile, deadline: Deadline) -> None:
    """Make sure that the chip carries the application, open and with none of the profile's files.

    The application is selected then, and the channel established.

    Raises:
        ForeignChip, NotBlank, WrongKeys.
    """
    life_cycle = read_life_cycle(session, deadline)
    if life_cycle is None:
        raise ForeignChip(has_application=False, has_identity=False)
    session.establish(deadline)
    size = read_size(session, profile, IDENTITY, deadline)
    held = _whose(session, profile, size, deadline)
    objects = tuple(name for name in profile.objects if read_size(session, profile, name, deadline) is not None)
    if life_cycle != "open" or size is not None or objects:
        raise NotBlank(life_cycle, size is not None, objects, held)


def _whose(session: Session, profile: Profile, size: int | None, deadline: Deadline) -> bytes:
    """Return the identity in the file that is selected, where it is one of this profile's and can be read."""
    if size != profile.identity.size:
        return b""
    try:
        return read_content(session, profile, IDENTITY, size, deadline)
    except Refused:
        return b""


def read_life_cycle(session: Session, deadline: Deadline) -> str | None:
    """Select the application; return the state it is in, or None if the chip does not carry it."""
    response = session.select_application(_STEP, deadline)
    if response.sw == NOT_FOUND or response.sw in _NO_APPLICATIONS:
        return None
    if response.sw not in SELECTED:
        raise Refused(_STEP, None, response.sw, tuple(sorted(SELECTED)))
    life_cycle = session.life_cycle(response)
    if life_cycle is None:
        raise NotUnderstoodAnswer(_STEP, None, "life cycle byte")
    return life_cycle


def read_size(session: Session, profile: Profile, name: str, deadline: Deadline) -> int | None:
    """Select a file of the application; return its size, or None if there is no such file."""
    response = session.send(plan.select_file(profile, name), _STEP, name, deadline)
    if response.sw == NOT_FOUND:
        return None
    if response.sw not in SELECTED:
        raise Refused(_STEP, name, response.sw, tuple(sorted(SELECTED)))
    size = session.file_size(response)
    if size is None:
        raise NotUnderstoodAnswer(_STEP, name, "file size")
    return size


def _identity(session: Session, profile: Profile, tag: bytes, deadline: Deadline) -> IdentityFound:
    size = read_size(session, profile, IDENTITY, deadline)
    if size is None:
        return IdentityFound.ABSENT
    if size != len(tag):
        return IdentityFound.FOREIGN
    held = read_content(session, profile, IDENTITY, size, deadline)
    if held == tag:
        return IdentityFound.OURS
    written = held.rstrip(b"\0")  # a new file reads as zeros
    return IdentityFound.TORN if len(held) == size and tag.startswith(written) else IdentityFound.FOREIGN


def read_content(session: Session, profile: Profile, name: str, size: int, deadline: Deadline) -> bytes:
    """Read a file that is selected."""
    held = b""
    for one in plan.reads(bytes(size), profile.room.answer, frozenset({SUCCESS})):
        response = session.send(one.command, _STEP, name, deadline)
        if response.sw not in one.accept:
            raise Refused(_STEP, name, response.sw, tuple(one.accept))
        held += response.data
    return held


def _object(session: Session, profile: Profile, name: str, content: bytes, deadline: Deadline) -> ObjectFound:
    size = read_size(session, profile, name, deadline)
    if size is None:
        return ObjectFound.ABSENT
    if size != len(content):
        return ObjectFound.WRONG_SIZE
    reads = tuple(plan.reads(content, profile.room.answer, frozenset({SUCCESS})))
    try:
        session.run(Action(_STEP, name, reads), deadline)
    except ReadBackDiffers:
        return ObjectFound.DIFFERS
    return ObjectFound.EQUAL
