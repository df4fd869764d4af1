"""Chip profiles: the data format of docs/profiles.md, as types.

`stationd.chip.profile_file` loads a file of it; `stationd.chip.profile_rules` says what types cannot.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from drivers.encoder import CardType
from stationd.chip.apdu import Length

IDENTITY = "identity"
"""The name by which steps mean the chip's own identity, beside the data objects' names."""

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]*$")]
FileId = Annotated[str, Meta(pattern=r"^[0-9A-F]{4}$")]
StatusWord = Annotated[str, Meta(pattern=r"^[69][0-9A-F]{3}$")]
# READ and UPDATE BINARY address a byte by 15 bits (ISO/IEC 7816-4 7.2.2).
FileSize = Annotated[int, Meta(ge=1, le=0x8000)]
LifeCycleByte = Annotated[str, Meta(pattern=r"^[0-9A-F]{2}$")]
LifeCycleState = Literal["open", "locked", "active"]
Accepted = Annotated[tuple[StatusWord, ...], Meta(min_length=1)]
Chunk = Annotated[int, Meta(ge=1)]
CommandHex = Annotated[str, Meta(pattern=r"^([0-9A-F]{2}){4,}$")]


class _Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Application(_Strict, frozen=True):
    """What `select` selects, and which template it answers with."""

    aid: Annotated[str, Meta(pattern=r"^([0-9A-F]{2}){5,16}$")]
    answer: Literal["fcp", "fci"]


class Channel(_Strict, frozen=True):
    """How commands reach the application: `kind` is a `SecureChannel`'s."""

    kind: Literal["plain"]


class Limits(_Strict, frozen=True):
    """What the chip takes: sizes in bytes, `answer_seconds` for one command."""

    max_command_data: Annotated[int, Meta(ge=16, le=65_535)]
    max_response_data: Annotated[int, Meta(ge=1, le=65_536)]
    length: Length
    memory: Annotated[int, Meta(ge=1)]
    answer_seconds: Annotated[float, Meta(gt=0, le=600)]


class Identity(_Strict, frozen=True):
    """What identifies a chip: random bytes, written first and read back."""

    kind: Literal["attempt-tag"]
    file: FileId
    size: Annotated[int, Meta(ge=8, le=64)]


class DataObject(_Strict, frozen=True):
    """Where one data object of a job goes, and how large it may be."""

    file: FileId
    max_size: FileSize


class LifeCycle(_Strict, frozen=True):
    """Which values of the life cycle byte mean what."""

    kind: Literal["fcp"]
    open: Annotated[tuple[LifeCycleByte, ...], Meta(min_length=1)]
    locked: Annotated[tuple[LifeCycleByte, ...], Meta(min_length=1)]
    active: Annotated[tuple[LifeCycleByte, ...], Meta(min_length=1)]

    def name(self, value: int) -> str:
        """Return the state that a life cycle byte means, or the byte as hex if it is none of the three."""
        text = f"{value:02X}"
        states = (("open", self.open), ("locked", self.locked), ("active", self.active))
        return next((state for state, values in states if text in values), text)


class _Step(_Strict, frozen=True, tag_field="do"):
    accept: Accepted

    @property
    def accepted(self) -> frozenset[int]:
        """The status words that count as done."""
        return frozenset(int(sw, 16) for sw in self.accept)


class Select(_Step, frozen=True, tag="select"):
    """Select the application, which must then be in a state."""

    state: LifeCycleState


class Create(_Step, frozen=True, tag="create"):
    """Create an object's file."""

    object: Name


class UpdateBinary(_Step, frozen=True, tag="update_binary"):
    """Write an object into its file."""

    object: Name
    chunk: Chunk | None = None


class VerifyReadback(_Step, frozen=True, tag="verify_readback"):
    """Read an object's file back and compare."""

    object: Name
    chunk: Chunk | None = None


class Lock(_Step, frozen=True, tag="lock"):
    """Freeze what is written."""

    command: CommandHex


class Activate(_Step, frozen=True, tag="activate"):
    """Make the card live."""

    command: CommandHex


Step = Select | Create | UpdateBinary | VerifyReadback | Lock | Activate


def do(step: Step) -> str:
    """Return what a step does, by its name in the format."""
    return str(step.__struct_config__.tag)


class Steps(_Strict, frozen=True):
    """An ordered list of steps."""

    steps: Annotated[tuple[Step, ...], Meta(min_length=1)]


class Profile(_Strict, frozen=True):
    """A chip profile. The fields are the keys of docs/profiles.md."""

    format: Literal[1]
    id: Name
    version: Annotated[int, Meta(ge=1)]
    card_types: Annotated[tuple[CardType, ...], Meta(min_length=1)]
    application: Application
    channel: Channel
    limits: Limits
    identity: Identity
    objects: Annotated[dict[Name, DataObject], Meta(min_length=1)]
    life_cycle: LifeCycle
    personalisation: Steps
    activation: Steps

    def file(self, name: str) -> str:
        """Return the file identifier of a data object or of `identity`, four hex digits."""
        return self.identity.file if name == IDENTITY else self.objects[name].file


def digest(profile: Profile) -> str:
    """Return the SHA-256 of what a profile says, as lower-case hex; comments and layout of its file do not count."""
    return hashlib.sha256(msgspec.json.encode(profile, order="deterministic")).hexdigest()
