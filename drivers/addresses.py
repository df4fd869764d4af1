"""How a device's address is written in `station.toml`: one syntax for every driver.

- `usb:2166:701d` or `usb:2166:701d?serial=0A12345`: ids in hexadecimal; the serial tells twins apart.
- `tcp:HOST:PORT`, or `tcp:HOST` for the driver's usual port; an IPv6 address stands in brackets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from typing_extensions import override

from drivers.errors import DeviceError

_USB = re.compile(r"usb:([0-9a-f]{4}):([0-9a-f]{4})(?:\?serial=([^&?#]+))?", re.IGNORECASE)


@dataclass(eq=False)
class BadAddress(DeviceError):
    """An address that cannot be read; nothing was opened."""

    reason: str
    may_have_acted = False

    @override
    def what(self) -> str:
        return f"{self.reason}; write usb:VVVV:PPPP, usb:VVVV:PPPP?serial=…, or tcp:HOST:PORT"


@dataclass(frozen=True, slots=True)
class UsbAddress:
    """A USB device by its ids and, where there are twins, its serial number."""

    vendor: int
    product: int
    serial: str | None = None

    @override
    def __str__(self) -> str:
        ids = f"usb:{self.vendor:04x}:{self.product:04x}"
        return ids if self.serial is None else f"{ids}?serial={quote(self.serial, safe='')}"


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A device on the network."""

    host: str
    port: int

    @override
    def __str__(self) -> str:
        return f"tcp:[{self.host}]:{self.port}" if ":" in self.host else f"tcp:{self.host}:{self.port}"


def parse(text: str, *, usual_port: int) -> UsbAddress | TcpAddress:
    """Read an address.

    Args:
        text: as in `station.toml`.
        usual_port: the TCP port where the address names none.

    Raises:
        BadAddress: it is neither form.
    """
    if match := _USB.fullmatch(text):
        vendor, product, serial = match.groups()
        return UsbAddress(int(vendor, 16), int(product, 16), None if serial is None else unquote(serial))
    if not text.startswith("tcp:"):
        raise BadAddress(text, "open", "not an address this driver knows")
    try:
        parts = urlsplit(f"tcp://{text.removeprefix('tcp:')}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadAddress(text, "open", str(error)) from None
    if not host or port == 0 or parts.path or parts.query or parts.fragment or parts.username is not None:
        raise BadAddress(text, "open", "not a host and a port")
    return TcpAddress(host, usual_port if port is None else port)
