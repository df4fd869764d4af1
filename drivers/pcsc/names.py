"""How readers are named: by pcscd, and in `station.toml`.

pcscd's name of a reader is `MODEL [INTERFACE] (SERIAL) II SS`: the interface and the serial number where the device
tells them, a number II in the order in which readers were found, and the slot SS (pcsclite, `hotplug_libudev.c` and
`RFAddReader`). The number II changes when readers are plugged in again, and two readers of one model can change places:
so an address says better which one is meant:

- `pcsc:MODEL?serial=S&slot=N`: the reader with that serial number, wherever it is plugged in.
- `pcsc:MODEL?usb=1-1.4&slot=N`: the one that is plugged in there, as Linux names USB ports.
- `pcsc:NAME`: exactly as pcscd lists it, for a reader that tells neither.

The model may be left out; the slot, too, where there is one only. What is given must all be so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, quote

from typing_extensions import override

from drivers.addresses import BadAddress

SCHEME: Final = "pcsc:"
FORMS: Final = "pcsc:READER NAME as listed, or pcsc:MODEL?serial=…&slot=… or pcsc:MODEL?usb=1-1.4&slot=…"

_NAME = re.compile(r"(?P<model>.+?)(?: \((?P<serial>[^()]+)\))? (?P<index>[0-9A-F]{2}) (?P<slot>[0-9A-F]{2})")
_QUERY = re.compile(r"(?P<model>.*?)\?(?P<query>(?:serial|usb|slot)=.*)")
_PORT = re.compile(r"[1-9][0-9]*-[1-9][0-9]*(?:\.[1-9][0-9]*)*", re.ASCII)
_SLOT = re.compile(r"[0-9]{1,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reader:
    """One slot of a reader, as far as it is told.

    Attributes:
        name: as pcscd lists it now.
        serial: its serial number.
        usb: the port that it is plugged into, as Linux names it (`1-1.4`).
    """

    name: str
    serial: str | None = None
    usb: str | None = None

    @property
    def model(self) -> str:
        """Its name without what tells one from another."""
        match = _NAME.fullmatch(self.name)
        return self.name if match is None else match["model"]

    @property
    def slot(self) -> int:
        """The number of the slot within the device."""
        match = _NAME.fullmatch(self.name)
        return 0 if match is None else int(match["slot"], 16)


def listed(name: str) -> Reader:
    """What a name as pcscd lists it tells by itself."""
    match = _NAME.fullmatch(name)
    return Reader(name, None if match is None else match["serial"])


@dataclass(frozen=True, slots=True)
class Address:
    """Which reader is meant: every part that is given must be so.

    Attributes:
        name: as pcscd lists it; empty if the reader is meant by other parts.
        model: its name without numbers; empty for any.
        serial, usb, slot: as in `Reader`.
    """

    name: str = ""
    model: str = ""
    serial: str | None = None
    usb: str | None = None
    slot: int | None = None
    text: str = field(default="", compare=False)

    @property
    def bound(self) -> bool:
        """Whether it means one device, whatever number pcscd gives to it."""
        return self.serial is not None or self.usb is not None

    def may_be(self, reader: Reader) -> bool:
        """Say whether that reader can be meant, by what is told of it so far."""
        if self.name:
            return self.name == reader.name
        return (
            self.model in {"", reader.model}
            and self.slot in {None, reader.slot}
            and (self.serial is None or reader.serial in {None, self.serial})
            and (self.usb is None or reader.usb in {None, self.usb})
        )

    def is_(self, reader: Reader) -> bool:
        """Say whether that reader is meant: whatever is asked for is told, and is so."""
        return (
            self.may_be(reader)
            and (self.serial is None or reader.serial == self.serial)
            and (self.usb is None or reader.usb == self.usb)
        )

    @override
    def __str__(self) -> str:
        if self.name:
            return SCHEME + self.name
        parts = {"serial": self.serial, "usb": self.usb, "slot": self.slot}
        query = "&".join(f"{key}={quote(str(value), safe='')}" for key, value in parts.items() if value is not None)
        return f"{SCHEME}{self.model}?{query}"


def parse(text: str) -> Address:
    """Read an address.

    Raises:
        BadAddress: it is none.
    """
    rest = text.removeprefix(SCHEME)
    if rest == text or not rest or "\0" in rest:
        raise BadAddress(text, "open", "not the address of a reader", FORMS)
    match = _QUERY.fullmatch(rest)
    if match is None:
        return Address(name=rest, text=text)
    try:
        pairs = parse_qsl(match["query"], strict_parsing=True, errors="strict")
    except ValueError as error:
        raise BadAddress(text, "open", str(error), FORMS) from None
    chosen = dict(pairs)
    serial, usb, slot = (chosen.pop(key, None) for key in ("serial", "usb", "slot"))
    if chosen or len(pairs) != sum(part is not None for part in (serial, usb, slot)):
        raise BadAddress(text, "open", "serial, usb and slot may each be given once, and nothing else", FORMS)
    if serial is None and usb is None:
        raise BadAddress(text, "open", "a slot alone is no reader: give its serial or usb, too", FORMS)
    if usb is not None and not _PORT.fullmatch(usb):
        raise BadAddress(text, "open", f"{usb!r} is no USB port; see /sys/bus/usb/devices", FORMS)
    if slot is not None and not _SLOT.fullmatch(slot):
        raise BadAddress(text, "open", f"{slot!r} is no number of a slot", FORMS)
    return Address("", match["model"], serial, usb, None if slot is None else int(slot), text)


def address_of(reader: Reader) -> Address:
    """Return the address that means this reader and no other, as far as it tells what it is."""
    if reader.serial is None and reader.usb is None:
        return Address(name=reader.name)
    return Address("", reader.model, reader.serial, reader.usb, reader.slot)


def same(given: str, found: str) -> bool:
    """Say whether an address of `station.toml` means the reader that `find` lists by another."""
    try:
        mine, theirs = parse(given), parse(found)
    except BadAddress:
        return False
    if mine.name and theirs.name:
        return mine.name == theirs.name
    if mine.name:  # its number cannot be compared
        told = listed(mine.name)
        return told.model == theirs.model and told.slot == theirs.slot and told.serial in {None, theirs.serial}
    parts = ((mine.serial, theirs.serial), (mine.usb, theirs.usb), (mine.slot, theirs.slot))
    return mine.model in {"", theirs.model} and all(one in {None, other} for one, other in parts)
