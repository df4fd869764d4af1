"""An Evolis machine on RS-232.

The port is off until the machine was told otherwise over another cable, and remembers it (`Pcom;1;9600;N;8;1`, the
Guide). There is no handshake in that setting: the machine has a bitmap for every panel and takes one in as it comes.
"""

from __future__ import annotations

from typing import Final

from drivers.addresses import SerialAddress
from drivers.deadline import Deadline
from drivers.serial_transport import SerialPort

_CHARACTERS_OF_SILENCE: Final = 40
_LEAST_SILENCE: Final = 0.1  # seconds: what an adapter on USB may hold back


class SerialWire:
    """The serial port of one machine."""

    refills = False  # a panel takes minutes: a machine that waits for the rest of one is switched off and on

    def __init__(self, address: SerialAddress, name: str) -> None:
        """Open the port. Raises as `SerialPort` does."""
        self.gap = max(_LEAST_SILENCE, _CHARACTERS_OF_SILENCE * 10 / address.baud)
        self._port = SerialPort(address.path, address.baud, name)

    def write(self, data: bytes, deadline: Deadline) -> None:
        """Send all the bytes. Raises as `SerialPort.write` does."""
        self._port.write(data, deadline)

    def read(self, deadline: Deadline) -> bytes:
        """Wait for the next byte. Raises as `SerialPort.read` does."""
        return self._port.read(deadline)

    def recover(self) -> None:
        """A serial port does not halt."""

    def close(self) -> None:
        """Let go of the port. Never raises."""
        self._port.close()
