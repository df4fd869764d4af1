"""What each PC/SC code is called."""

from __future__ import annotations

from drivers.encoder import CardMute, CardRemoved, CardReset, ReaderGone, ServiceGone
from drivers.errors import DeviceError, Disconnected, HeldByAnother, PermissionRefused
from drivers.pcsc import codes
from drivers.pcsc.codes import SERVICE_LOST, Code

_NAMED: dict[int, type[DeviceError]] = {
    Code.REMOVED_CARD: CardRemoved,
    Code.NO_SMARTCARD: CardRemoved,
    Code.RESET_CARD: CardReset,
    Code.UNRESPONSIVE_CARD: CardMute,
    Code.UNPOWERED_CARD: CardMute,
    Code.NOT_TRANSACTED: CardMute,
    Code.COMM_DATA_LOST: CardMute,
    Code.SHARING_VIOLATION: HeldByAnother,
    Code.UNKNOWN_READER: ReaderGone,
    Code.READER_UNAVAILABLE: ReaderGone,
    Code.NO_READERS_AVAILABLE: ReaderGone,
    Code.SECURITY_VIOLATION: PermissionRefused,
    **dict.fromkeys(SERVICE_LOST, ServiceGone),
}


def check(code: int, device: str, operation: str) -> None:
    """Raise what a code is called, unless it is success."""
    if code == Code.SUCCESS:
        return
    kind = _NAMED.get(code)
    if kind is None:
        raise Disconnected(device, operation, codes.name(code))
    raise kind(device, operation)
