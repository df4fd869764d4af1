"""An Evolis machine on RS-232.

The port is off until the machine was told otherwise over another cable, and remembers it (`Pcom;1;9600;N;8;1`, the
Guide). There is no handshake in that setting: the machine has a bitmap for every panel and takes one in as it comes.

A card's panels are 1.4 MB. At the 9600 baud of the Guide's example they are on their way for 27 minutes, at 115200 for
a little more than two: that is what `Capabilities.sending` tells. An office that can sets machine and address higher.
"""

from __future__ import annotations

from typing import Final

from drivers.addresses import SerialAddress
from drivers.deadline import Deadline
from drivers.serial_transport import SerialPort

_CHARACTERS_OF_SILENCE: Final = 40
_BITS: Final = 10  # of a character, with its start and stop bit
_PAUSES: Final = 1.1  # by how much longer sending takes: adapters and drivers pause between their buffers
_LEAST_SILENCE: Final = 0.1  # seconds: what an adapter on USB may hold back


class SerialWire:
    """The serial port of one machine."""

    refills = False  # a panel takes minutes: a machine that waits for the rest of one is switched off and on

    def __init__(self, address: SerialAddress, name: str) -> None:
        """Open the port. Raises as `SerialPort` does."""
        self.gap = max(_LEAST_SILENCE, _CHARACTERS_OF_SILENCE * _BITS / address.baud)
        self._baud = address.baud
        self._port = SerialPort(address.path, address.baud, name)

    def write(self, data: bytes, deadline: Deadline) -> None:
        """Send all the bytes. Raises as `SerialPort.write` does."""
        self._port.write(data, deadline)

    def read(self, deadline: Deadline) -> bytes:
        """Wait for the next byte. Raises as `SerialPort.read` does."""
        return self._port.read(deadline)

    def seconds(self, size: int) -> float:
        """How long so many bytes are on their way, in seconds."""
        return size * _BITS * _PAUSES / self._baud

    def recover(self) -> None:
        """A serial port does not halt."""

    def close(self) -> None:
        """Let go of the port. Never raises."""
        self._port.close()
