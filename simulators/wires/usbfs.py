"""The part of Linux's usbfs that libusb uses: request numbers, layout of an URB (`linux/usbdevice_fs.h`, 64 bit)."""

from __future__ import annotations

import struct
from enum import IntEnum

from simulators.devices.usb_function import Identity


class Ioctl(IntEnum):
    """Number of a `U` ioctl: the low byte of the request."""

    SETINTERFACE = 4
    SETCONFIGURATION = 5
    GETDRIVER = 8
    SUBMITURB = 10
    DISCARDURB = 11
    REAPURB = 12
    REAPURBNDELAY = 13
    CLAIMINTERFACE = 15
    RELEASEINTERFACE = 16
    IOCTL = 18
    RESET = 20
    CLEAR_HALT = 21
    GET_CAPABILITIES = 26
    DISCONNECT_CLAIM = 27


POINTER_SIZE = 8
URB_SIZE = 56
URB_HEAD = struct.Struct("<BBxxiI4xQii")
"""type, endpoint, status, flags, buffer, buffer length, actual length."""
STATUS_AT, BUFFER_AT, ACTUAL_AT = 4, 16, 28
TYPE_CONTROL = 2
IN = 0x80
"""Bit of an endpoint's address."""

CAP_ZERO_PACKET, CAP_NO_PACKET_SIZE_LIMIT, CAP_REAP_AFTER_DISCONNECT = 0x01, 0x04, 0x10
CAPABILITIES = CAP_ZERO_PACKET | CAP_NO_PACKET_SIZE_LIMIT | CAP_REAP_AFTER_DISCONNECT

SETUP = struct.Struct("<BBHHH")


class Request(IntEnum):
    """bmRequestType << 8 | bRequest of the standard requests that every device answers."""

    GET_DESCRIPTOR = 0x8006
    GET_CONFIGURATION = 0x8008
    GET_STATUS = 0x8000


STRINGS = (1, 2, 3)
"""Numbers of the strings for maker, product and serial."""
DESCRIPTOR_DEVICE, DESCRIPTOR_CONFIGURATION, DESCRIPTOR_STRING = 1, 2, 3


def descriptors(identity: Identity) -> tuple[bytes, bytes]:
    """Return device and configuration descriptor of a device with two bulk endpoints at high speed."""
    ids = (identity.vendor, identity.product, 0x0100)
    device = struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0, 0, 0, 64, *ids, *STRINGS, 1)
    body = struct.pack("<BBBBBBBBB", 9, 4, 0, 0, 2, *identity.interface, 0)
    for endpoint in (identity.out, identity.inward):
        body += struct.pack("<BBBBHB", 7, 5, endpoint, 2, 512, 0)
    return device, struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), 1, 1, 0, 0xC0, 1) + body


def string_descriptor(text: str) -> bytes:
    """Encode a string descriptor."""
    encoded = text.encode("utf-16-le")
    return bytes([2 + len(encoded), DESCRIPTOR_STRING]) + encoded
