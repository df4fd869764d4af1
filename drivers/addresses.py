"""How a device's address is written in `station.toml`: one syntax for every driver.

- `usb:2166:701d` or `usb:2166:701d?serial=0A12345`: ids in hexadecimal; the serial tells twins apart.
- `tcp:HOST:PORT`, or `tcp:HOST` for the driver's usual port; an IPv6 address stands in brackets.
- `serial:/dev/ttyUSB0` or `serial:/dev/ttyUSB0?baud=115200`: a port of this machine, 9600 baud where none is named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from typing_extensions import override

from drivers.errors import DeviceError

_DEVICES = "usb:VVVV:PPPP, usb:VVVV:PPPP?serial=…, or tcp:HOST:PORT"
_QUEUES = "ipp://HOST:PORT/PATH or ipps://HOST:PORT/PATH, with ?media=… or ?sha256=… where needed"
_USB = re.compile(r"usb:([0-9a-f]{4}):([0-9a-f]{4})(?:\?serial=([^&?#]+))?", re.IGNORECASE)
_SERIAL = re.compile(r"serial:(/[^&?#]+)(?:\?baud=([0-9]{1,7}))?", re.ASCII)
_USUAL_BAUD: Final = 9600
_BAUDS: Final = frozenset({2400, 4800, _USUAL_BAUD, 19200, 38400, 57600, 115200})


@dataclass(eq=False)
class BadAddress(DeviceError):
    """An address that cannot be read; nothing was opened."""

    reason: str
    forms: str = "usb:VVVV:PPPP, usb:VVVV:PPPP?serial=…, or tcp:HOST:PORT"
    may_have_acted = False

    @override
    def what(self) -> str:
        return f"{self.reason}; write {self.forms}"


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


@dataclass(frozen=True, slots=True)
class SerialAddress:
    """A device on a serial port of this machine."""

    path: str
    baud: int = _USUAL_BAUD

    @override
    def __str__(self) -> str:
        port = f"serial:{quote(self.path, safe='/:@,')}"
        return port if self.baud == _USUAL_BAUD else f"{port}?baud={self.baud}"


@dataclass(frozen=True, slots=True)
class IppAddress:
    """A print queue or an IPP printer on the network or on this PC.

    Attributes:
        path: from the slash on, percent-encoded as it is sent.
        media: the PWG name of the media to print on, where the queue's own list has no card.
        sha256: of the only certificate to accept, in lower-case hexadecimal.
    """

    host: str
    port: int
    path: str
    tls: bool = False
    media: str | None = None
    sha256: str | None = None

    @property
    def uri(self) -> str:
        """The queue's URI, as it is named in requests."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'ipps' if self.tls else 'ipp'}://{host}:{self.port}{self.path}"

    @override
    def __str__(self) -> str:
        chosen = {"media": self.media, "sha256": self.sha256}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in chosen.items() if value is not None)
        return f"{self.uri}?{query}" if query else self.uri


def parse(text: str, *, usual_port: int) -> UsbAddress | TcpAddress:
    """Read the address of a device on USB or on the network.

    Args:
        text: as in `station.toml`.
        usual_port: the TCP port where the address names none.

    Raises:
        BadAddress: it is neither form.
    """
    if (found := _usb(text)) is not None:
        return found
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


def parse_cable(text: str) -> UsbAddress | SerialAddress:
    """Read the address of a device on a cable of its own: USB or a serial port.

    Raises:
        BadAddress: it is neither form, or no speed that serial ports of such devices have.
    """
    if (found := _usb(text)) is not None:
        return found
    forms = "usb:VVVV:PPPP, usb:VVVV:PPPP?serial=…, or serial:/dev/ttyUSB0?baud=9600"
    if (match := _SERIAL.fullmatch(text)) is None or "\0" in unquote(match[1]):
        raise BadAddress(text, "open", "not an address this driver knows", forms)
    baud = int(match[2] or _USUAL_BAUD)
    if baud not in _BAUDS:
        raise BadAddress(text, "open", f"{baud} is none of {', '.join(map(str, sorted(_BAUDS)))} baud", forms)
    return SerialAddress(unquote(match[1]), baud)


def _usb(text: str) -> UsbAddress | None:
    if (match := _USB.fullmatch(text)) is None:
        return None
    vendor, product, serial = match.groups()
    return UsbAddress(int(vendor, 16), int(product, 16), None if serial is None else unquote(serial))


_PATH = re.compile(r"/[!$%&'()*+,\-./0-9:;=@A-Z_a-z~]*", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def parse_queue(text: str) -> IppAddress:
    """Read the address of a print queue.

    Raises:
        BadAddress: it is none.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
        chosen = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError as error:
        raise BadAddress(text, "open", str(error), _QUEUES) from None
    if parts.scheme not in ("ipp", "ipps") or not host or port == 0 or parts.fragment or parts.username is not None:
        raise BadAddress(text, "open", "not the address of a print queue", _QUEUES)
    if not _PATH.fullmatch(parts.path):
        raise BadAddress(text, "open", "the path must begin with / and be percent-encoded", _QUEUES)
    media, sha256 = chosen.pop("media", None), chosen.pop("sha256", None)
    if chosen:
        raise BadAddress(text, "open", f"{', '.join(chosen)}: not known here", _QUEUES)
    if sha256 is not None and not (parts.scheme == "ipps" and _SHA256.fullmatch(sha256 := sha256.lower())):
        raise BadAddress(text, "open", "sha256 must be 64 hexadecimal digits, and needs ipps://", _QUEUES)
    return IppAddress(host, 631 if port is None else port, parts.path, parts.scheme == "ipps", media, sha256)
