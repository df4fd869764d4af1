"""What is sent to a chip, worked out before anything is: pure.

A step of a profile becomes an `Action`: the commands in their order, and for each the answer that counts as done.
Blocks are as large as the profile's limits and the channel allow, so that there are as few of them as can be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stationd.chip import tlv
from stationd.chip.apdu import Command, Length, parse
from stationd.chip.errors import ObjectsDiffer, ObjectSize
from stationd.chip.profile import (
    IDENTITY,
    Activate,
    Create,
    Lock,
    Profile,
    Select,
    Step,
    StoreData,
    UpdateBinary,
    VerifyReadback,
    do,
)

# Templates and tags of file control information (ISO/IEC 7816-4 5.3.3, table 12).
FCP_TEMPLATE = 0x62
FCI_TEMPLATE = 0x6F
FILE_SIZE = 0x80
LIFE_CYCLE = 0x8A
_DESCRIPTOR = 0x82
_FILE_ID = 0x83
_TRANSPARENT = b"\x01"

_SELECT, _CREATE, _READ, _UPDATE = 0xA4, 0xE0, 0xB0, 0xD6
_BY_AID, _EF_IN_APPLICATION = 0x04, 0x02
_RETURN_FCP, _RETURN_NOTHING = 0x04, 0x0C
_ANY_LENGTH = 256

# GlobalPlatform Card Specification 11.11; a length of 255 and more takes two bytes behind an FF.
_STORE_DATA = (0x80, 0xE2)
_DGI_FORMAT, _LAST_BLOCK = 0x08, 0x80
_LONG_LENGTH = 0xFF
MOST_BLOCKS = 256
GROUP_HEADER = 5
"""The most bytes that stand before an object's own in STORE DATA."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command, and what its answer must be.

    Attributes:
        command: what is sent.
        accept: the status words that count as done.
        alters: it changes the chip; a lost answer leaves that unknown.
        life_cycle: the state that the answer must show, or None.
        size: the file size that the answer must show, or None.
        content: the data that the answer must be, or None.
        offset: where in the object `content` begins.
        opens: the object whose file it makes the current one, or None.
        needed: it is sent though that file is the current one already, for its answer.
    """

    command: Command
    accept: frozenset[int]
    alters: bool = False
    life_cycle: str | None = None
    size: int | None = None
    content: bytes | None = field(default=None, repr=False)
    offset: int = 0
    opens: str | None = None
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Action:
    """One step of a profile: what it does, with which object (None for the application), by which exchanges."""

    do: str
    object: str | None
    exchanges: tuple[Exchange, ...]


def plan(profile: Profile, objects: Mapping[str, bytes], tag: bytes) -> tuple[Action, ...]:
    """Return everything up to and including the lock, in the profile's order.

    Args:
        profile: the chip's.
        objects: the job's data objects by name.
        tag: the chip's identity-to-be.

    Raises:
        ObjectsDiffer, ObjectSize: if the objects are not what the profile takes.
    """
    check_objects(profile, objects)
    contents = {**objects, IDENTITY: check_tag(profile, tag)}
    return tuple(action(profile, step, contents) for step in profile.personalisation.steps)


def activation(profile: Profile, tag: bytes) -> tuple[Action, ...]:
    """Return what makes the chip with that identity live, in the profile's order."""
    contents = {IDENTITY: check_tag(profile, tag)}
    return tuple(action(profile, step, contents) for step in profile.activation.steps)


def check_objects(profile: Profile, objects: Mapping[str, bytes]) -> None:
    """Refuse data objects that are not exactly the profile's, each within its size."""
    missing, unknown = set(profile.objects) - set(objects), set(objects) - set(profile.objects)
    if missing or unknown:
        raise ObjectsDiffer(tuple(sorted(missing)), tuple(sorted(unknown)))
    for name, stored in profile.objects.items():
        if not 1 <= len(objects[name]) <= stored.max_size:
            raise ObjectSize(name, len(objects[name]), stored.max_size)


def check_tag(profile: Profile, tag: bytes) -> bytes:
    """Return an identity of the size that the profile wants; a tag of zeros is none, as a fresh file holds them."""
    if len(tag) != profile.identity.size:
        raise ObjectSize(IDENTITY, len(tag), profile.identity.size)
    if not any(tag):
        raise ValueError("an identity of zeros cannot be told from a file that was not written")
    return tag


def action(profile: Profile, step: Step, contents: Mapping[str, bytes]) -> Action:
    """Return one step with its commands; `contents` has the bytes of every object that it may name."""
    match step:
        case Select():
            exchange = Exchange(select_application(profile), step.accepted, life_cycle=step.state)
            return Action(do(step), None, (exchange,))
        case Create():
            create = _create(profile, step.object, len(contents[step.object]))
            exchange = Exchange(create, step.accepted, alters=True, opens=step.object)
            return Action(do(step), step.object, (exchange,))
        case UpdateBinary():
            writes = _writes(contents[step.object], block(profile, step), step.accepted)
            select = _select_file(profile, step.object, _RETURN_NOTHING)
            selected = Exchange(select, profile.file_accepted, opens=step.object, needed=False)
            return Action(do(step), step.object, (selected, *writes))
        case StoreData():
            run = _grouped(profile, step.object, contents[step.object])
            return Action(do(step), step.object, tuple(_stores(run, block(profile, step), step.accepted)))
        case VerifyReadback():
            chunk = min(step.chunk or profile.room.answer, profile.room.answer)
            content = contents[step.object]
            selected = Exchange(
                select_file(profile, step.object), profile.file_accepted, size=len(content), opens=step.object
            )
            return Action(do(step), step.object, (selected, *reads(content, chunk, step.accepted)))
        case Lock() | Activate():
            exchange = Exchange(parse(bytes.fromhex(step.command)), step.accepted, alters=True)
            return Action(do(step), None, (exchange,))


def select_application(profile: Profile) -> Command:
    """Return the SELECT of the profile's application."""
    p2 = _RETURN_FCP if profile.application.answer == "fcp" else 0
    return Command(0, _SELECT, _BY_AID, p2, bytes.fromhex(profile.application.aid), le=_ANY_LENGTH)


def select_file(profile: Profile, name: str) -> Command:
    """Return the SELECT of an object's file that answers with its size."""
    return _select_file(profile, name, _RETURN_FCP)


def reads(content: bytes, chunk: int, accept: frozenset[int]) -> Iterator[Exchange]:
    """Yield the READ BINARY commands that read a selected file and compare it with `content`."""
    for offset in range(0, len(content), chunk):
        block = content[offset : offset + chunk]
        command = Command(0, _READ, offset >> 8, offset & 0xFF, le=len(block))
        yield Exchange(command, accept, content=block, offset=offset)


def _writes(content: bytes, chunk: int, accept: frozenset[int]) -> Iterator[Exchange]:
    for offset in range(0, len(content), chunk):
        command = Command(0, _UPDATE, offset >> 8, offset & 0xFF, content[offset : offset + chunk])
        yield Exchange(command, accept, alters=True)


def block(profile: Profile, step: UpdateBinary | StoreData) -> int:
    """Return how many bytes of an object's data one command takes: as many as one APDU carries, if nothing is said."""
    room = profile.room.command
    if step.chunk is None:
        return room
    return step.chunk if profile.limits.length is Length.CHAINED else min(step.chunk, room)


def _grouped(profile: Profile, name: str, content: bytes) -> bytes:
    """Return an object as STORE DATA takes it: its data grouping identifier, its length, itself."""
    dgi = profile.dgi(name)
    assert dgi is not None  # noqa: S101 - a profile's rules
    length = (
        bytes((len(content),)) if len(content) < _LONG_LENGTH else bytes((_LONG_LENGTH,)) + len(content).to_bytes(2)
    )
    return bytes.fromhex(dgi) + length + content


def _stores(run: bytes, chunk: int, accept: frozenset[int]) -> Iterator[Exchange]:
    for number, offset in enumerate(range(0, len(run), chunk)):
        block = run[offset : offset + chunk]
        last = _LAST_BLOCK if offset + chunk >= len(run) else 0
        yield Exchange(Command(*_STORE_DATA, _DGI_FORMAT | last, number, block), accept, alters=True)


def _select_file(profile: Profile, name: str, p2: int) -> Command:
    le = _ANY_LENGTH if p2 == _RETURN_FCP else None
    return Command(0, _SELECT, _EF_IN_APPLICATION, p2, bytes.fromhex(profile.file(name)), le=le)


def _create(profile: Profile, name: str, size: int) -> Command:
    template = (
        tlv.encode(FILE_SIZE, size.to_bytes(2))
        + tlv.encode(_DESCRIPTOR, _TRANSPARENT)
        + tlv.encode(_FILE_ID, bytes.fromhex(profile.file(name)))
    )
    return Command(0, _CREATE, 0, 0, tlv.encode(FCP_TEMPLATE, template))


def file_control(answer: bytes, template: int) -> dict[int, bytes]:
    """Return the objects in the answer to a SELECT by tag; empty if it has no such template or is malformed.

    What is there twice is not there: of two life cycle bytes neither is believed.
    """
    try:
        return _once(_once(answer).get(template, b""))
    except ValueError:
        return {}


def told(answer: bytes, tags: Sequence[str]) -> bytes | None:
    """Return what stands in an answer under the last of some tags, each within the one before; None if it is not there.

    Without a tag it is the whole answer.
    """
    for tag in tags:
        try:
            found = _once(answer).get(int(tag, 16))
        except ValueError:
            return None
        if found is None:
            return None
        answer = found
    return answer


def _once(data: bytes) -> dict[int, bytes]:
    found = list(tlv.items(data))
    times = Counter(tag for tag, _ in found)
    return {tag: value for tag, value in found if times[tag] == 1}
