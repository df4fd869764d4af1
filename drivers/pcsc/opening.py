"""Finding readers and opening them by address."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.catalog import EncoderDriver
from drivers.deadline import Deadline
from drivers.encoder import ReaderGone
from drivers.errors import DeviceError, NotFound, WrongDevice
from drivers.pcsc import names, recorded
from drivers.pcsc.driver import PcscEncoder
from drivers.pcsc.names import Reader

_FIND_SECONDS = 5.0


def open_reader(address: str, deadline: Deadline) -> PcscEncoder:
    """Open the reader at an address, as `drivers.pcsc.names` describes them.

    Raises:
        BadAddress: it is none.
        NotFound: no such reader is attached.
        WrongDevice: several are meant; or the reader has a twin and is meant by its name, which goes to the other one
            when they are plugged in anew.
    """
    encoder = PcscEncoder(names.parse(address))
    try:
        _see(encoder, address, deadline)
    except DeviceError:
        encoder.close()
        raise
    return encoder


def _see(encoder: PcscEncoder, address: str, deadline: Deadline) -> None:
    try:
        name = encoder.locate(deadline, "open")
        listed = encoder.readers(deadline)
        if name not in listed:
            raise NotFound(address, "open", address)
        if names.parse(address).bound:
            return
        here = encoder.describe(name, deadline)
    except ReaderGone:
        raise NotFound(address, "open", address) from None
    if here is None or here.usb is None:
        return  # it is somebody's just now, or does not tell where it is
    if twins := [other for other in listed if other != name and _twins(names.listed(name), names.listed(other))]:
        better = str(names.address_of(here))
        raise WrongDevice(address, "open", f"{better}, as {name} has a twin", ", ".join((name, *twins)))
    encoder.hold_to_place(here)


def _twins(one: Reader, other: Reader) -> bool:
    """Whether two names differ in nothing but the number that pcscd gave."""
    return (one.model, one.serial, one.slot) == (other.model, other.serial, other.slot)


def find() -> Sequence[str]:
    """List the addresses of all readers, each with what tells it from its twin. Raises `ServiceGone`."""
    encoder = PcscEncoder("")
    deadline = Deadline.after(_FIND_SECONDS)
    try:
        return [_address(encoder, name, deadline) for name in encoder.readers(deadline)]
    finally:
        encoder.close()


def _address(encoder: PcscEncoder, name: str, deadline: Deadline) -> str:
    try:
        here = encoder.describe(name, deadline)
    except ReaderGone:
        here = None
    return str(names.address_of(here or names.listed(name)))


DRIVER = EncoderDriver(
    name="pcsc",
    open=open_reader,
    find=find,
    mask=recorded.mask,
    addresses=names.FORMS,
    same=names.same,
)
