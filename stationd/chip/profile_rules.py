"""What must be true of a profile beyond the types of its keys (docs/profiles.md, *Order* and *Limits*)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stationd.chip import plan
from stationd.chip.apdu import Length, parse
from stationd.chip.profile import (
    IDENTITY,
    Activate,
    Create,
    Lock,
    PlainChannel,
    Profile,
    SamChannel,
    Select,
    Step,
    StoreData,
    Told,
    UpdateBinary,
    VerifyReadback,
    do,
)
from stationd.chip.toml_lines import Path

Violation = tuple[Path, str]
"""The place of what is wrong, and what is wrong with it."""

_SHORT_DATA = 255
_SHORT_ANSWER = 256
_LEAST_DATA = 16
_DONE, _DONE_WITH_MORE = "9000", {"61", "62", "63"}
_EXISTS = "6A89"
"""File already exists: the one error that a step may take for done, the creation of a data object."""


def violations(profile: Profile) -> Iterator[Violation]:
    """Yield everything that is wrong with a profile, in the order of the format's table."""
    yield from _limits(profile)
    yield from _channel(profile)
    yield from _selection(profile)
    yield from _files(profile)
    yield from _life_cycle(profile)
    yield from _personalisation(profile)
    yield from _activation(profile)


def weaknesses(profile: Profile) -> Iterator[Violation]:
    """Yield what makes a profile fit for a lab only: whoever sits between station and chip could speak for it."""
    channel = profile.channel
    if isinstance(channel, PlainChannel):
        yield ("channel", "kind"), "nobody can tell whether a plain channel's answers are the chip's; for a lab only"
    elif not channel.protects.answers_authentic:
        yield ("channel", "level"), f"answers at level {channel.level} carry no MAC: 11, 13 or 33; for a lab only"


def _limits(profile: Profile) -> Iterator[Violation]:
    limits = profile.limits
    if limits.length is not Length.EXTENDED:
        if limits.max_command_data > _SHORT_DATA:
            yield ("limits", "max_command_data"), f"a {limits.length} APDU carries {_SHORT_DATA} bytes"
        if limits.max_response_data > _SHORT_ANSWER:
            yield ("limits", "max_response_data"), f"the answer to a {limits.length} APDU has {_SHORT_ANSWER} bytes"
    needed = profile.identity.size
    for name, stored in profile.objects.items():
        needed += stored.max_size
        if needed > limits.memory:
            yield (
                ("objects", name, "max_size"),
                f"too large: {needed} bytes with all before it, limits.memory is {limits.memory}",
            )
            return


def _channel(profile: Profile) -> Iterator[Violation]:
    limits, room = profile.limits, profile.room
    if room.command < _LEAST_DATA:
        yield ("limits", "max_command_data"), f"the channel leaves {max(0, room.command)} bytes of it"
    if room.answer < 1:
        yield ("limits", "max_response_data"), "the channel leaves nothing of it"
    if isinstance(profile.channel, SamChannel):
        if limits.length is not Length.SHORT:
            yield ("limits", "length"), "a SAM wraps short APDUs only"
        if limits.max_response_data > _SHORT_DATA:
            yield ("limits", "max_response_data"), f"a SAM unwraps {_SHORT_DATA} bytes at most"


def _selection(profile: Profile) -> Iterator[Violation]:
    for at, accept in (
        (("files", "accept"), profile.files.accept),
        *(((*at, "accept"), step.accept) for at, step in _all_steps(profile)),
    ):
        for place, sw in enumerate(accept):
            if not _says_done(sw) and not (sw == _EXISTS and _creates_object(profile, at)):
                yield (*at, place), f"{sw} does not say that it was done: 9000, 61xx, 62xx or 63xx do"
    for at, absent, accepted in (
        (("application", "absent"), profile.application.absent, profile.application_accepted),
        (("files", "absent"), profile.files.absent, profile.file_accepted),
    ):
        for place, sw in enumerate(absent):
            if _says_done(sw) or int(sw, 16) in accepted:
                yield (*at, place), f"{sw} says that it is there"
    within, free = profile.life_cycle.within, profile.limits.free
    if within is not None:
        yield from _asked(within, ("life_cycle", "within"))
        if any(weaknesses(profile)):
            yield ("life_cycle", "within"), "in this channel it is as little authentic as the answer to select"
    if free is not None:
        yield from _asked(free, ("limits", "free"))


def _asked(asked: Told, at: Path) -> Iterator[Violation]:
    try:
        command = parse(bytes.fromhex(asked.command))
    except ValueError as error:
        yield (*at, "command"), f"no command APDU: {error}"
        return
    if command.le is None:
        yield (*at, "command"), "a command without Le has no answer to look into"


def _all_steps(profile: Profile) -> Iterator[tuple[Path, Step]]:
    for part, steps in (("personalisation", profile.personalisation), ("activation", profile.activation)):
        for place, step in enumerate(steps.steps):
            yield (part, "steps", place), step


def _creates_object(profile: Profile, at: Path) -> bool:
    """Say whether a path is below the creation of a data object, which may be there: reading back settles that."""
    step = next((step for place, step in _all_steps(profile) if place == at[:3]), None)
    return isinstance(step, Create) and step.object != IDENTITY


def _says_done(sw: str) -> bool:
    return sw == _DONE or sw[:2] in _DONE_WITH_MORE


def _files(profile: Profile) -> Iterator[Violation]:
    files = {profile.identity.file: IDENTITY}
    groups = {profile.identity.dgi: IDENTITY}
    for name, stored in profile.objects.items():
        if name == IDENTITY:
            yield ("objects", name), "this name is the chip's own"
        elif stored.file in files:
            yield ("objects", name, "file"), f"file {stored.file} is already that of {files[stored.file]}"
        elif stored.dgi is not None and stored.dgi in groups:
            yield ("objects", name, "dgi"), f"dgi {stored.dgi} is already that of {groups[stored.dgi]}"
        files.setdefault(stored.file, name)
        groups.setdefault(stored.dgi, name)


def _life_cycle(profile: Profile) -> Iterator[Violation]:
    cycle = profile.life_cycle
    seen: set[str] = set()
    for state, values in (("open", cycle.open), ("locked", cycle.locked), ("active", cycle.active)):
        for place, value in enumerate(values):
            if value in seen:
                yield ("life_cycle", state, place), f"{value} already has a meaning"
            seen.add(value)


def _personalisation(profile: Profile) -> Iterator[Violation]:
    part = _Part("personalisation", profile.personalisation.steps, Lock, "open", "locked")
    yield from _around(part)
    done: set[tuple[type[Step], str]] = set()
    for at, step in part.places():
        yield from _step(profile, step, at)
        match step:
            case Create() | UpdateBinary() | StoreData() | VerifyReadback():
                yield from _object_order(step, done, at)
                done.add((type(step), step.object))
            case Lock():
                yield from _all_done(profile, done, at)
            case Activate():
                yield at, "activation is a part of its own"


_BEFORE: dict[type[Step], tuple[type[Step], ...]] = {
    UpdateBinary: (Create,),
    VerifyReadback: (UpdateBinary, StoreData),
}
"""For a step with an object: what must have been done with it before, one of these."""

_INSTEAD: dict[type[Step], tuple[type[Step], ...]] = {
    Create: (StoreData,),
    UpdateBinary: (StoreData,),
    StoreData: (Create, UpdateBinary),
}
"""What must not have been done: an object is created and updated, or stored."""


def _object_order(
    step: Create | UpdateBinary | StoreData | VerifyReadback, done: set[tuple[type[Step], str]], at: Path
) -> Iterator[Violation]:
    kind, name = type(step), step.object
    if (kind, name) in done:
        yield at, f"{do(step)} of {name} a second time"
    needed = _BEFORE.get(kind, ())
    if needed and not any((one, name) in done for one in needed):
        yield at, f"{do(step)} of {name} before its {' or '.join(map(_name, needed))}"
    yield from (
        (at, f"{do(step)} of {name} after its {_name(one)}") for one in _INSTEAD.get(kind, ()) if (one, name) in done
    )
    if name != IDENTITY and (VerifyReadback, IDENTITY) not in done:
        yield at, f"{do(step)} of {name} before identity is written and read back"


def _name(kind: type[Step]) -> str:
    return str(kind.__struct_config__.tag)


def _all_done(profile: Profile, done: set[tuple[type[Step], str]], at: Path) -> Iterator[Violation]:
    for name in (IDENTITY, *profile.objects):
        if (VerifyReadback, name) not in done:
            yield at, f"lock before {name} is written and read back"


def _activation(profile: Profile) -> Iterator[Violation]:
    part = _Part("activation", profile.activation.steps, Activate, "locked", "active")
    yield from _around(part)
    identified = False
    for at, step in part.places():
        yield from _step(profile, step, at)
        match step:
            case VerifyReadback(object="identity"):
                identified = True
            case Activate() if not identified:
                yield at, "activation before identity is verified"
            case Create() | UpdateBinary() | StoreData() | VerifyReadback() | Lock():
                yield at, f"{do(step)} is no part of activation"


@dataclass(frozen=True, slots=True)
class _Part:
    """A list of steps with one that changes the chip's state: before it the chip is in one, after it in the other."""

    name: str
    steps: tuple[Step, ...]
    change: type[Lock | Activate]
    before: str
    after: str

    def places(self) -> Iterator[tuple[Path, Step]]:
        for place, step in enumerate(self.steps):
            yield (self.name, "steps", place), step


def _around(part: _Part) -> Iterator[Violation]:
    name = str(part.change.__struct_config__.tag)
    changed = False
    for at, step in part.places():
        if isinstance(step, Select):
            state = part.after if changed else part.before
            if step.state != state:
                yield (*at, "state"), f"the chip is {state} here, not {step.state}"
        elif changed:
            yield at, f"{do(step)} after {name}; only select follows it"
        changed |= isinstance(step, part.change)
    first, last = (part.name, "steps", 0), (part.name, "steps", len(part.steps) - 1)
    if not isinstance(part.steps[0], Select):
        yield first, f"the first step must be select with state {part.before}"
    if not changed:
        yield (part.name, "steps"), f"there is no {name}"
    elif not isinstance(part.steps[-1], Select):
        yield last, f"the last step must be select with state {part.after}: it is what confirms {name}"


def _step(profile: Profile, step: Step, at: Path) -> Iterator[Violation]:
    match step:
        case Create() | UpdateBinary() | StoreData() | VerifyReadback() if step.object not in {
            IDENTITY,
            *profile.objects,
        }:
            yield (*at, "object"), f"there is no object {step.object}"
        case UpdateBinary() | StoreData():
            yield from _writing(profile, step, at)
        case VerifyReadback() if step.chunk is not None:
            yield from _reading(profile, step.chunk, at)
        case Lock() | Activate():
            yield from _command(profile, step, at)


def _writing(profile: Profile, step: UpdateBinary | StoreData, at: Path) -> Iterator[Violation]:
    limits = profile.limits
    if step.chunk is not None and limits.length is not Length.CHAINED and step.chunk > limits.max_command_data:
        yield (*at, "chunk"), f"limits.max_command_data is {limits.max_command_data}"
    if isinstance(step, UpdateBinary):
        return
    if profile.dgi(step.object) is None:
        yield (*at, "object"), f"{step.object} has no dgi"
    block = plan.block(profile, step)
    if block < plan.GROUP_HEADER:
        yield (*at, "chunk"), f"the first block takes {plan.GROUP_HEADER} bytes before any of the object's"
        return
    size = profile.identity.size if step.object == IDENTITY else profile.objects[step.object].max_size
    if size + plan.GROUP_HEADER > plan.MOST_BLOCKS * block:
        yield at, f"too large: {step.object} would take more than {plan.MOST_BLOCKS} blocks of {block} bytes"


def _reading(profile: Profile, chunk: int, at: Path) -> Iterator[Violation]:
    if chunk > profile.limits.max_response_data:
        yield (*at, "chunk"), f"limits.max_response_data is {profile.limits.max_response_data}"
    if not isinstance(profile.channel, PlainChannel) and profile.channel.protects.answers_enciphered:
        yield (*at, "chunk"), "an enciphered answer is as long as it can be: leave it to limits.max_response_data"


def _command(profile: Profile, step: Lock | Activate, at: Path) -> Iterator[Violation]:
    try:
        command = parse(bytes.fromhex(step.command))
    except ValueError as error:
        yield (*at, "command"), f"no command APDU: {error}"
        return
    if len(command.data) > profile.room.command:
        yield (*at, "command"), f"more data than the {profile.room.command} bytes there is room for"
