"""Looks at a chip without changing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from drivers.deadline import Deadline
from stationd.chip import plan
from stationd.chip.apdu import SUCCESS, parse
from stationd.chip.channel_errors import NotAuthentic
from stationd.chip.errors import (
    ChipTooSmall,
    ForeignChip,
    LostReply,
    NotBlank,
    NotUnderstoodAnswer,
    ReadBackDiffers,
    Refused,
)
from stationd.chip.plan import Action
from stationd.chip.profile import IDENTITY, Profile
from stationd.chip.session import Session
from stationd.chip.state import ChipState, IdentityFound, ObjectFound

_STEP = "inspect"


def inspect(
    session: Session, profile: Profile, objects: Mapping[str, bytes], tag: bytes, deadline: Deadline
) -> ChipState:
    """Select the application again and say what is on the chip, compared with the objects and the identity given."""
    life_cycle = read_life_cycle(session, profile, deadline)
    if life_cycle is None:
        return ChipState(None, IdentityFound.ABSENT, {})
    establish(session, profile, life_cycle, deadline)
    identity = _identity(session, profile, tag, deadline)
    if identity is IdentityFound.FOREIGN:
        return ChipState(life_cycle, identity, {})
    found = {name: _object(session, profile, name, objects[name], deadline) for name in profile.objects}
    return ChipState(life_cycle, identity, found)


def held_identity(session: Session, profile: Profile, deadline: Deadline) -> bytes | None:
    """Select the application again and return the identity that the chip holds; None if it holds none."""
    if read_life_cycle(session, profile, deadline) is None:
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
    life_cycle = read_life_cycle(session, profile, deadline)
    if life_cycle is None:
        raise ForeignChip(has_application=False, has_identity=False)
    establish(session, profile, life_cycle, deadline)
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


def check_room(session: Session, profile: Profile, contents: Iterable[bytes], deadline: Deadline) -> None:
    """Make sure that the files which are to be made fit, where the profile says how the chip tells; it need not.

    Raises:
        ChipTooSmall.
    """
    asked = profile.limits.free
    if asked is None:
        return
    response = session.send(parse(bytes.fromhex(asked.command)), _STEP, None, deadline)
    told = plan.told(response.data, asked.tags)
    if response.sw != SUCCESS or not told:
        return  # it says so when a file does not fit
    free, needed = int.from_bytes(told), sum(len(content) + asked.per_file for content in contents)
    if free < needed:
        raise ChipTooSmall(free, needed)


def establish(session: Session, profile: Profile, life_cycle: str, deadline: Deadline) -> None:
    """Open the channel with the application that was just selected, and make sure of the state that it showed.

    The answer to a selection carries no MAC. Where the profile has a command for it the state is read once more in the
    session; two that differ were not both said by the chip.

    Raises:
        LostReply: they differ.
    """
    session.establish(deadline)
    asked = profile.life_cycle.within
    if asked is None:
        return
    response = session.send(parse(bytes.fromhex(asked.command)), _STEP, None, deadline)
    if response.sw != SUCCESS:
        raise Refused(_STEP, None, response.sw, (SUCCESS,))
    told = plan.told(response.data, asked.tags)
    if told is None or len(told) != 1:
        raise NotUnderstoodAnswer(_STEP, None, "life cycle byte in the session")
    within = profile.life_cycle.name(told[0])
    if within != life_cycle:
        differs = NotAuthentic("", _STEP, f"the chip is {within} in the session, and was {life_cycle} before it")
        raise LostReply(_STEP, None, differs, may_have_acted=False)


def read_life_cycle(session: Session, profile: Profile, deadline: Deadline) -> str | None:
    """Select the application; return the state it is in, or None if the chip does not carry it."""
    response = session.select_application(_STEP, deadline)
    if response.sw in profile.application_absent:
        return None
    accepted = profile.application_accepted
    if response.sw not in accepted:
        raise Refused(_STEP, None, response.sw, tuple(sorted(accepted)))
    life_cycle = session.life_cycle(response)
    if life_cycle is None:
        raise NotUnderstoodAnswer(_STEP, None, "life cycle byte")
    return life_cycle


def read_size(session: Session, profile: Profile, name: str, deadline: Deadline) -> int | None:
    """Select a file of the application; return its size, or None if there is no such file."""
    response = session.send(plan.select_file(profile, name), _STEP, name, deadline)
    if response.sw in profile.file_absent:
        return None
    if response.sw not in profile.file_accepted:
        raise Refused(_STEP, name, response.sw, tuple(sorted(profile.file_accepted)))
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
    for one in plan.reads(bytes(size), profile.room.answer, profile.read_accepted(name)):
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
    reads = tuple(plan.reads(content, profile.room.answer, profile.read_accepted(name)))
    try:
        session.run(Action(_STEP, name, reads), deadline)
    except ReadBackDiffers:
        return ObjectFound.DIFFERS
    return ObjectFound.EQUAL
