"""Finding readers and opening them by address."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.catalog import EncoderDriver
from drivers.deadline import Deadline
from drivers.encoder import ReaderGone
from drivers.errors import DeviceError, NotFound
from drivers.pcsc import names, recorded
from drivers.pcsc.driver import PcscEncoder

_FIND_SECONDS = 5.0


def open_reader(address: str, deadline: Deadline) -> PcscEncoder:
    """Open the reader at an address, as `drivers.pcsc.names` describes them.

    Raises:
        BadAddress: it is none.
        NotFound: no such reader is attached.
        WrongDevice: several are meant; or the reader is meant by its name, which goes to another one when they are
            plugged in anew, although it tells its serial number or USB port: the error has the address to write.
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
        if encoder.locate(deadline, "open") not in encoder.readers(deadline):
            raise NotFound(address, "open", address)
        encoder.see(deadline, "open")
    except ReaderGone:
        raise NotFound(address, "open", address) from None


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
