"""Chip profiles: the data format of docs/profiles.md, as types.

`stationd.chip.profile_file` loads a file of it; `stationd.chip.profile_rules` says what types cannot.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, structs

from drivers.encoder import SHORT, ApduLimits, CardType
from stationd.chip import scp03
from stationd.chip.apdu import Length
from stationd.chip.scp03 import Level

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
Aid = Annotated[str, Meta(pattern=r"^([0-9A-F]{2}){5,16}$")]
KeyReference = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
TlvTag = Annotated[str, Meta(pattern=r"^([0-9A-F]{2}){1,3}$")]
CommandHex = Annotated[str, Meta(pattern=r"^([0-9A-F]{2}){4,}$")]


def words(accept: Accepted) -> frozenset[int]:
    """Return status words as numbers."""
    return frozenset(int(sw, 16) for sw in accept)


class _Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Told(_Strict, frozen=True, omit_defaults=True):
    """Something that a chip tells of itself when it is asked, within the channel.

    Attributes:
        command: what is sent, header, data and Le.
        tags: where in the answer it stands: each but the last is a template's. Without any it is the whole answer.
    """

    command: CommandHex
    tags: tuple[TlvTag, ...] = ()


class Free(Told, frozen=True, omit_defaults=True):
    """How many bytes the chip has left, as a number; `per_file` is what each file takes beside its content."""

    per_file: Annotated[int, Meta(ge=0, le=4096)] = 0


class Application(_Strict, frozen=True, omit_defaults=True):
    """What `select` selects, and which template it answers with; `absent` is how a chip says that it does not have it.

    By default: file or function not found; instruction or class not supported, of a chip that selects nothing by name.
    """

    aid: Aid
    answer: Literal["fcp", "fci"]
    absent: Accepted = ("6A82", "6A81", "6D00", "6E00")


class Files(_Strict, frozen=True, omit_defaults=True):
    """How a chip answers the selection of a file that is there (`6283`: in a locked application), and of none."""

    accept: Accepted = ("9000", "6283")
    absent: Accepted = ("6A82",)


class PlainChannel(_Strict, frozen=True, tag_field="kind", tag="plain"):
    """Commands go as they are."""


class Scp03Channel(_Strict, frozen=True, kw_only=True, tag_field="kind", tag="scp03"):
    """SCP03 with the keys of the station's key store.

    Attributes:
        level: what is protected.
        mode: `S8` or `S16`, the length of challenges, cryptograms and MACs.
        keys: the *reference* of the key set.
        key_version: as INITIALIZE UPDATE names the key set, 00 for the chip's first.
    """

    level: Literal["01", "03", "11", "13", "33"]
    mode: Literal["S8", "S16"]
    keys: KeyReference
    key_version: LifeCycleByte = "00"

    @property
    def protects(self) -> Level:
        """The level as SCP03 has it."""
        return Level(int(self.level, 16))

    @property
    def mac_size(self) -> int:
        """Bytes of a MAC."""
        return 8 if self.mode == "S8" else 16


class SamChannel(Scp03Channel, frozen=True, kw_only=True, tag="sam"):
    """SCP03 that a SAM computes; `keys` is the reference as the SAM knows it.

    Attributes:
        sam: the AID of the SAM's application.
    """

    sam: Aid


Channel = PlainChannel | Scp03Channel | SamChannel


def kind(channel: Channel) -> str:
    """Return a channel's kind, by its name in the format."""
    return str(channel.__struct_config__.tag)


@dataclass(frozen=True, slots=True)
class Room:
    """How many bytes of data one command, and one answer, can have before they are wrapped."""

    command: int
    answer: int


class Limits(_Strict, frozen=True, omit_defaults=True):
    """What the chip takes: sizes in bytes, `answer_seconds` for one command; `free` is what it tells of its memory."""

    max_command_data: Annotated[int, Meta(ge=16, le=65_535)]
    max_response_data: Annotated[int, Meta(ge=1, le=65_536)]
    length: Length
    memory: Annotated[int, Meta(ge=1)]
    answer_seconds: Annotated[float, Meta(gt=0, le=600)]
    free: Free | None = None


class Identity(_Strict, frozen=True, omit_defaults=True):
    """What identifies a chip: random bytes, written first and read back; `dgi` as in `DataObject`."""

    kind: Literal["attempt-tag"]
    file: FileId
    size: Annotated[int, Meta(ge=8, le=64)]
    dgi: FileId | None = None


class DataObject(_Strict, frozen=True, omit_defaults=True):
    """Where one data object of a job goes, and how large it may be.

    Attributes:
        file: from which it is read back, and into which `create` and `update_binary` write it.
        max_size: in bytes.
        dgi: under which `store_data` writes it.
    """

    file: FileId
    max_size: FileSize
    dgi: FileId | None = None


class LifeCycle(_Strict, frozen=True, omit_defaults=True):
    """Which values of the life cycle byte mean what; `within`, where the chip tells it once more in the session."""

    kind: Literal["fcp"]
    open: Annotated[tuple[LifeCycleByte, ...], Meta(min_length=1)]
    locked: Annotated[tuple[LifeCycleByte, ...], Meta(min_length=1)]
    active: Annotated[tuple[LifeCycleByte, ...], Meta(min_length=1)]
    within: Told | None = None

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
        return words(self.accept)


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


class StoreData(_Step, frozen=True, tag="store_data"):
    """Write an object by STORE DATA."""

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


Step = Select | Create | UpdateBinary | StoreData | VerifyReadback | Lock | Activate


def do(step: Step) -> str:
    """Return what a step does, by its name in the format."""
    return str(step.__struct_config__.tag)


class Steps(_Strict, frozen=True):
    """An ordered list of steps."""

    steps: Annotated[tuple[Step, ...], Meta(min_length=1)]


class Profile(_Strict, frozen=True, omit_defaults=True):
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
    files: Files = Files()

    def file(self, name: str) -> str:
        """Return the file identifier of a data object or of `identity`, four hex digits."""
        return self.identity.file if name == IDENTITY else self.objects[name].file

    def dgi(self, name: str) -> str | None:
        """Return the data grouping identifier of a data object or of `identity`, four hex digits, or None."""
        return self.identity.dgi if name == IDENTITY else self.objects[name].dgi

    @property
    def application_accepted(self) -> frozenset[int]:
        """The status words with which the application answers its selection, in whatever state it is."""
        steps = (*self.personalisation.steps, *self.activation.steps)
        return frozenset().union(*(step.accepted for step in steps if isinstance(step, Select)))

    @property
    def application_absent(self) -> frozenset[int]:
        """The status words that say that the chip does not carry the application."""
        return words(self.application.absent)

    @property
    def file_accepted(self) -> frozenset[int]:
        """The status words with which a file answers its selection."""
        return words(self.files.accept)

    @property
    def file_absent(self) -> frozenset[int]:
        """The status words that say that there is no such file."""
        return words(self.files.absent)

    def read_accepted(self, name: str) -> frozenset[int]:
        """Return the status words that count as done when a data object or `identity` is read back."""
        steps = self.personalisation.steps
        return next(step.accepted for step in steps if isinstance(step, VerifyReadback) and step.object == name)

    @property
    def room(self) -> Room:
        """What the chip and its reader carry, less what the channel takes of it."""
        command, answer = self.limits.max_command_data, self.limits.max_response_data
        if isinstance(self.channel, PlainChannel):
            return Room(command, answer)
        level, mac_size = self.channel.protects, self.channel.mac_size
        return Room(scp03.most_data(level, mac_size, command), scp03.most_answer(level, mac_size, answer))


def within(profile: Profile, reader: ApduLimits) -> Profile:
    """Return a profile with no more in one APDU than its reader carries."""
    limits = profile.limits
    command = min(limits.max_command_data, reader.command)
    answer = min(limits.max_response_data, reader.answer)
    if (command, answer) == (limits.max_command_data, limits.max_response_data):
        return profile
    short = limits.length is Length.EXTENDED and reader.command <= SHORT.command
    length = Length.SHORT if short else limits.length
    fitted = structs.replace(limits, max_command_data=command, max_response_data=answer, length=length)
    return structs.replace(profile, limits=fitted)


def digest(profile: Profile) -> str:
    """Return the SHA-256 of what a profile says, as lower-case hex; comments and layout of its file do not count."""
    return hashlib.sha256(canonical(profile).encode()).hexdigest()


def canonical(profile: Profile) -> str:
    """Return what a profile says as JSON: of one profile always the same text."""
    return msgspec.json.encode(profile, order="deterministic").decode()


def from_canonical(text: str) -> Profile:
    """Return the profile of a text that `canonical` made. Raises `msgspec.DecodeError`."""
    return msgspec.json.decode(text, type=Profile)
