"""What a station that has just started knows of the time, from its book, certificate and the registry's signature."""

from __future__ import annotations

import contextlib
from typing import Final

import msgspec
from cryptography import x509

from stationd.clock import Clock, Trust
from stationd.registry.sealing import SealRefused, Seals
from stationd.store.store import Store

LOOKED_AT: Final = 1000
"""So many of the last entries are looked at. For older ones the registry's last signature stands."""


class _Stamped(msgspec.Struct, frozen=True):
    """The part of an entry's envelope that says when it was written."""

    time: float
    trust: str


_read = msgspec.json.Decoder(_Stamped).decode


def remember(clock: Clock, store: Store, seals: Seals, certificate: str) -> None:
    """Set a clock's floor, and the time from which its ceiling is counted.

    Sure is what the registry said: the time in its last signature over the book, the beginning of the station's
    certificate, and the entries that were written on trusted time. Entries after those, written on the wall clock's or
    a supervisor's word, raise the floor only. What was written while the time was unknown says nothing.

    Args:
        clock: to set.
        store: with the book.
        seals: verify the registry's signature.
        certificate: the station's, PEM.
    """
    clock.set_sure(x509.load_pem_x509_certificate(certificate.encode()).not_valid_before_utc.timestamp())
    with store.read() as view:
        texts = view.texts(max(0, view.head().seq - LOOKED_AT), LOOKED_AT)
        signed = view.countersignature()
    if signed is not None:
        with contextlib.suppress(SealRefused):  # verification names it; a clock is not set by what nobody vouches for
            clock.set_sure(seals.countersignature(signed, store.station, store.incarnation).time)
    for stamped in map(_read, reversed(texts)):
        if stamped.trust == Trust.TRUSTED:
            clock.set_sure(stamped.time)
            return  # whatever came before was corrected by it
        if stamped.trust != Trust.UNKNOWN:
            clock.set_floor(stamped.time)
