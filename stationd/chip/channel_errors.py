"""What can go wrong with a secure channel.

`WrongKeys` is the chip's. The others say nothing of the chip: they are failures of what stands between it and the
station, and what the chip did is found out by a look.
"""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from drivers.errors import DeviceError
from stationd.chip.errors import ChipError


@dataclass(eq=False)
class WrongKeys(ChipError):
    """The chip does not have the keys that the profile names. Nothing was written to it.

    Attributes:
        keys: the reference of the key set.
        how: what showed it.
    """

    keys: str
    how: str

    @override
    def what(self) -> str:
        return f"the chip does not have the keys {self.keys!r}: {self.how}"


@dataclass(eq=False)
class KeysUnavailable(DeviceError):
    """The key set cannot be used: its store is not there, or does not have it. Nothing was sent to the chip.

    Attributes:
        whole: it is the store itself, so that no other key set can be used either.
    """

    why: str
    may_have_acted = False
    whole = False

    @override
    def what(self) -> str:
        return self.why


@dataclass(eq=False)
class TokenMissing(KeysUnavailable):
    """The token is not there, or its library cannot be loaded."""

    whole = True


@dataclass(eq=False)
class TokenSilent(KeysUnavailable):
    """The token does not answer. Its process was ended; it is opened anew when it is next asked."""

    whole = True


@dataclass(eq=False)
class PinRefused(KeysUnavailable):
    """The token does not take the PIN, or there is none. After a few wrong ones it takes none any more."""

    whole = True


@dataclass(eq=False)
class KeySetMissing(KeysUnavailable):
    """The token or the SAM is there and works, and does not have this key set."""


@dataclass(eq=False)
class SamFailed(DeviceError):
    """The SAM, or its slot, does not work."""

    detail: str

    @override
    def what(self) -> str:
        return f"the SAM failed: {self.detail}; check that it sits in its slot"


@dataclass(eq=False)
class SamMissing(SamFailed):
    """No SAM is in its slot. Nothing was sent."""

    may_have_acted = False


@dataclass(eq=False)
class SamRefused(DeviceError):
    """The SAM answered that it will not."""

    sw: int

    @override
    def what(self) -> str:
        return f"the SAM answered {self.sw:04X}"


@dataclass(eq=False)
class NotAuthentic(DeviceError):
    """An answer that is not the chip's, or was changed on the way."""

    detail: str

    @override
    def what(self) -> str:
        return f"the answer is not authentic: {self.detail}"


@dataclass(eq=False)
class SessionEnded(DeviceError):
    """The chip holds the secure session for ended, or never took part in it."""

    sw: int

    @override
    def what(self) -> str:
        return f"the chip answered {self.sw:04X}: the secure session is over"


@dataclass(eq=False)
class NoSecureSession(DeviceError):
    """A message was to be wrapped or believed without a secure session. Nothing was sent."""

    may_have_acted = False

    @override
    def what(self) -> str:
        return "no secure session is established"
