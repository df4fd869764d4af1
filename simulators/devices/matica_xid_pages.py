"""The bytes in which a Matica XID machine tells about itself over USB (layouts: `usb.txt` in `revk/cardprint`)."""

from __future__ import annotations

from simulators.devices.matica_xid_body import Body
from simulators.devices.matica_xid_data import Sense

INK_TYPE_YMCK = 0
CARDS_EXIST, CARDS_NONE = 0, 2


def share(left: int, of: int, parts: int) -> int:
    """How many of so many parts are left, rounded down but for the last bit."""
    return 0 if left <= 0 else max(1, left * parts // of)


def inquiry(body: Body) -> bytes:
    """INQUIRY, 96 bytes: maker at 8, model at 16, serial at 24 or 32, versions at 58, 71 and 79."""
    page = bytearray(96)
    page[0], page[4] = 0x02, 91
    page[8:16] = b"MATICA  "
    page[16:32] = body.model.name.encode().ljust(16)
    serial = body.settings.serial.encode().ljust(8)[:8]
    page[body.settings.serial_at : body.settings.serial_at + 8] = serial
    page[58:71] = b"SIM-1.00".ljust(13)
    page[71:79] = b"1.00".ljust(8)
    page[79:87] = b"1.00".ljust(8)
    return bytes(page)


def geometry(body: Body) -> bytes:
    """MODE SENSE page 68, 64 bytes: resolution at 8, card at 16, raster at 32, film, ink and card quantity at 51."""
    model = body.model
    page = bytearray(64)
    page[0:6] = bytes.fromhex("2f001000283a")
    for offset, value in (
        (8, model.dpi),
        (10, model.dpi),
        (16, model.card_width),
        (18, model.card_height),
        (32, model.width),
        (34, model.height),
    ):
        page[offset : offset + 2] = value.to_bytes(2, "big")
    page[36:51] = bytes.fromhex("000201010a04000000030106060008")
    page[51] = share(body.film_left, body.settings.film, 10)
    page[52] = share(body.ribbon_left, body.settings.ribbon, 50)
    page[53] = CARDS_NONE if body.hopper_empty() else CARDS_EXIST
    page[54:58] = bytes.fromhex("03030001")
    return bytes(page)


def ink(body: Body) -> bytes:
    """MODE SENSE page 63, 44 bytes: ink type at 6, cards that a new ribbon is good for at 8, lot at 12."""
    page = bytearray(44)
    page[0:6] = bytes.fromhex("2b0010002326")
    page[6] = INK_TYPE_YMCK
    page[8:10] = body.settings.ribbon.to_bytes(2, "big")
    lot = body.settings.lot.encode()[:31]
    page[12 : 12 + len(lot)] = lot
    return bytes(page)


def counters(body: Body) -> bytes:
    """LOG SENSE page 78, 52 bytes: from 4, for each counter its number, the length 4 and its value."""
    page = bytearray(bytes.fromhex("38000020"))
    for number, name in enumerate(("total", "free", "head", "clean", "error")):
        page += number.to_bytes(2, "big") + b"\x00\x04" + body.counters[name].to_bytes(4, "big")
    return bytes(page).ljust(52, b"\0")


def condition(body: Body, code: int) -> bytes:
    """LOG SENSE page 79, 76 bytes: parameter 3 is a state (0 ready, 7 heating, FF trouble) and the sense code."""
    page = bytearray(bytes.fromhex("39000048"))
    for number, value in ((0, 0), (1, body.counters["total"]), (2, 0), (3, state_word(body, code)), (4, 0), (5, 0)):
        page += number.to_bytes(2, "big") + b"\x00\x04" + value.to_bytes(4, "big")
    return bytes(page).ljust(76, b"\0")


def state_word(body: Body, code: int) -> int:
    """State and sense code in four bytes, as page 79 and the check-status answer over UDP have them."""
    if body.warming and code == Sense.WARMING_UP:
        return 0x07000000
    return 0 if code == 0 else 0xFF000000 | (code & 0xFFFF00)


def sense(code: int) -> bytes:
    """REQUEST SENSE, 20 bytes: key in byte 2, additional code in byte 12."""
    answer = bytearray(20)
    answer[0], answer[2], answer[7], answer[12] = 0x70, code >> 16 & 0x0F, 0x0C, code >> 8 & 0xFF
    return bytes(answer)
