"""From what a profile says to the channel that carries it out."""

from __future__ import annotations

import weakref

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import CardType, Connection, Encoder, Response, Uid
from drivers.errors import DeviceError
from stationd.chip.apdu import Length
from stationd.chip.channel import Plain, SecureChannel
from stationd.chip.channel_errors import SamFailed
from stationd.chip.keys import KeyStore, NoKeys
from stationd.chip.pairing import sam_beside
from stationd.chip.personalise import Personaliser
from stationd.chip.profile import PlainChannel, Profile, SamChannel, kind
from stationd.chip.sam import SamComputer
from stationd.chip.secured import Computer, Secured
from stationd.chip.soft import SoftComputer


class Channels:
    """Makes the channel to one chip after another.

    Args:
        keys: where the station's key sets are.
    """

    def __init__(self, keys: KeyStore | None = None) -> None:
        self._keys = keys if keys is not None else NoKeys()
        self._sams: weakref.WeakKeyDictionary[Encoder, SamSlot] = weakref.WeakKeyDictionary()

    def engine(self, connection: Connection, profile: Profile) -> Personaliser:
        """Return an engine for the chip of a session. Raises as `of` does."""
        return Personaliser(connection, profile, self.of(profile, sam_beside(connection)))

    def of(self, profile: Profile, sam: Encoder | None = None) -> SecureChannel:
        """Return a channel that is not yet established.

        Args:
            profile: the chip's.
            sam: the slot with the SAM for the chip.

        Raises:
            KeysUnavailable, SamFailed: what the profile names is not here. Nothing was sent.
        """
        channel = profile.channel
        if isinstance(channel, PlainChannel):
            return Plain()
        level, mac_size = channel.protects, channel.mac_size
        computer: Computer
        if isinstance(channel, SamChannel):
            computer = self._sam(channel, sam)
        else:
            computer = SoftComputer(self._keys.find(channel.keys), level, mac_size)
        return Secured(
            computer,
            kind=kind(channel),
            keys=channel.keys,
            key_version=int(channel.key_version, 16),
            level=level,
            mac_size=mac_size,
            extended=profile.limits.length is Length.EXTENDED,
        )

    def try_sam(self, profile: Profile, sam: Encoder | None, deadline: Deadline) -> None:
        """See that the SAM of a profile opens a session with its keys. Nothing is sent to any chip.

        Raises:
            KeysUnavailable, SamFailed, SamRefused: it does not, or the profile has none.
        """
        if isinstance(profile.channel, SamChannel):
            computer = self._sam(profile.channel, sam)
            computer.open(deadline)
            computer.close()

    def _sam(self, channel: SamChannel, sam: Encoder | None) -> SamComputer:
        aid = bytes.fromhex(channel.sam)
        return SamComputer(self._slot(sam), aid, channel.keys, channel.protects, channel.mac_size)

    def _slot(self, sam: Encoder | None) -> SamSlot:
        if sam is None:
            raise SamUnset("SAM", "open", "the settings name no SAM for this reader")
        return self._sams.setdefault(sam, SamSlot(sam))


class SamUnset(SamFailed):
    """No SAM's slot is set up for this reader. Nothing was sent."""

    may_have_acted = False


class SamSlot(Connection):
    """The SAM as long as its slot is open: powered once, and again after it failed. Its sessions end then.

    Args:
        slot: where it sits.
    """

    def __init__(self, slot: Encoder) -> None:
        self._slot = weakref.ref(slot)  # whoever opened the slot closes it
        self._connection: Connection | None = None

    @property
    @override
    def atr(self) -> bytes:
        return b"" if self._connection is None else self._connection.atr

    @property
    @override
    def uid(self) -> Uid | None:
        return None

    @property
    @override
    def card_type(self) -> CardType:
        return CardType.CONTACT

    @override
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        try:
            return self._opened(deadline).transmit(apdu, deadline)
        except DeviceError:
            self.close()
            raise

    @override
    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _opened(self, deadline: Deadline) -> Connection:
        if self._connection is None:
            slot = self._slot()
            if slot is None:
                raise SamFailed("SAM", "open", "its reader was closed")
            self._connection = slot.connect(deadline)
        return self._connection
