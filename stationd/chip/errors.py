"""Why a chip was not encoded. Each error carries its evidence as fields, and never a byte of a data object."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from drivers.encoder import CardType
from drivers.errors import DeviceError


@dataclass(eq=False)
class ChipError(Exception):
    """Something is wrong with a chip, or with what is to be written to it."""

    @override
    def __str__(self) -> str:
        return self.what()

    def what(self) -> str:
        """Say in one clause what happened."""
        return type(self).__name__


@dataclass(eq=False)
class ObjectsDiffer(ChipError):
    """The job's data objects are not those of the profile. Nothing was sent."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    @override
    def what(self) -> str:
        parts = [
            f"{word} {', '.join(names)}"
            for word, names in (("missing", self.missing), ("unknown", self.unknown))
            if names
        ]
        return f"the job's data objects are not the profile's: {'; '.join(parts)}"


@dataclass(eq=False)
class ObjectSize(ChipError):
    """A data object is empty, or larger than the profile gives it room for. Nothing was sent."""

    object: str
    size: int
    limit: int

    @override
    def what(self) -> str:
        return f"{self.object} has {self.size} bytes; the profile takes 1 to {self.limit}"


@dataclass(eq=False)
class OutOfOrder(ChipError):
    """A call came at a point where it is not allowed. Nothing was sent."""

    call: str
    phase: str

    @override
    def what(self) -> str:
        return f"{self.call} is not allowed on a chip that is {self.phase}"


@dataclass(eq=False)
class WrongCardType(ChipError):
    """The card is of a type that the profile is not for. Nothing was sent."""

    found: CardType
    allowed: tuple[CardType, ...]

    @override
    def what(self) -> str:
        return f"the card is {self.found}; the profile is for {', '.join(self.allowed)}"


@dataclass(eq=False)
class ForeignChip(ChipError):
    """This is not the chip that was expected.

    Attributes:
        has_application: it carries the profile's application.
        has_identity: it has an identity, and that is another one.
    """

    has_application: bool
    has_identity: bool

    @override
    def what(self) -> str:
        if not self.has_application:
            return "the chip does not carry the profile's application"
        return "the chip has another identity" if self.has_identity else "the chip has no identity"


@dataclass(eq=False)
class NotBlank(ChipError):
    """The chip was written before. Nothing was written to it now.

    Attributes:
        life_cycle: `open`, `locked`, `active`, or the byte that is none of the profile's, as hex.
        identity: it has an identity file.
        objects: the profile's data objects that are there already.
        held: the identity that it holds.
    """

    life_cycle: str
    identity: bool
    objects: tuple[str, ...]
    held: bytes = b""

    @override
    def what(self) -> str:
        holds = [*(["an identity"] if self.identity else []), *self.objects]
        return f"the chip is not blank: {self.life_cycle}, holds {', '.join(holds) or 'nothing'}"


@dataclass(eq=False)
class ChipTooSmall(ChipError):
    """The chip says that it has less memory left than the job takes. Nothing was written to it.

    Attributes:
        free, needed: bytes.
    """

    free: int
    needed: int

    @override
    def what(self) -> str:
        return f"the chip has {self.free} bytes left, and this card takes {self.needed}"


@dataclass(eq=False)
class StepError(ChipError):
    """A step failed.

    Attributes:
        step: what was being done, as the profile names it (`update_binary`).
        object: with which data object, or None.
    """

    step: str
    object: str | None

    @property
    def place(self) -> str:
        """The step and its object, for people."""
        return self.step if self.object is None else f"{self.step} {self.object}"


@dataclass(eq=False)
class Refused(StepError):
    """The chip answered that it did not do it, or not as it should."""

    sw: int
    accepted: tuple[int, ...]

    @override
    def what(self) -> str:
        accepted = ", ".join(f"{sw:04X}" for sw in self.accepted)
        return f"{self.place}: the chip answered {self.sw:04X}; accepted: {accepted}"


@dataclass(eq=False)
class WrongLifeCycle(StepError):
    """The chip is in another state than this step needs. States as in `NotBlank.life_cycle`."""

    expected: str
    found: str

    @override
    def what(self) -> str:
        return f"{self.place}: the chip is {self.found}; it should be {self.expected}"


@dataclass(eq=False)
class NotUnderstoodAnswer(StepError):
    """The chip's answer lacks what ISO 7816-4 puts there."""

    lacks: str

    @override
    def what(self) -> str:
        return f"{self.place}: the chip's answer has no {self.lacks}"


@dataclass(eq=False)
class ReadBackDiffers(StepError):
    """What was read back is not what was written.

    Attributes:
        size, found_size: bytes that should be there, and that the chip says are.
        offset: the read in which the first difference lies began here; None if the sizes differ.
    """

    size: int
    found_size: int
    offset: int | None

    @override
    def what(self) -> str:
        if self.offset is None:
            return f"{self.place}: the chip holds {self.found_size} bytes, not {self.size}"
        return f"{self.place}: what the chip holds differs, in the block at {self.offset}"


@dataclass(eq=False)
class LostReply(StepError):
    """No answer came. Select again and read back (`inspect`): never send again blindly.

    Attributes:
        failure: what the reader said.
        may_have_acted: the chip may have changed; False where a lost command only reads.
    """

    failure: DeviceError
    may_have_acted: bool

    @override
    def what(self) -> str:
        unknown = "; whether the chip acted is unknown" if self.may_have_acted else ""
        return f"{self.place}: no answer ({self.failure.what()}){unknown}"


@dataclass(eq=False)
class CannotBeFinished(ChipError):
    """This chip cannot be completed: it is spoiled.

    Attributes:
        objects: those whose file has a size that is not the object's.
    """

    objects: tuple[str, ...]

    @override
    def what(self) -> str:
        return f"the chip cannot be finished: files of the wrong size for {', '.join(self.objects)}"
