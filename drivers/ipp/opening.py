"""Opening a queue by its address, and finding those of this PC."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final
from urllib.parse import quote

from drivers.addresses import BadAddress, IppAddress, parse_queue
from drivers.deadline import Deadline
from drivers.errors import DeviceError, WrongDevice
from drivers.ipp import media, pictures
from drivers.ipp.driver import IppPrinter, Setup, panels
from drivers.ipp.jobs import Jobs
from drivers.ipp.protocol import Attribute, Attributes, Operation, Tag
from drivers.ipp.queue import Queue
from drivers.printer import Capabilities, Identity, Raster

_LOCAL: Final = ("localhost", 631)
_LOOK_FOR: Final = 2.0  # seconds in which a print daemon of this PC answers, if there is one
_HIGH: Final = 5  # print-quality

ASKED: Final = (
    "operations-supported",
    "document-format-supported",
    "media-ready",
    "media-default",
    "media-supported",
    "media-size-supported",
    "printer-resolution-default",
    "printer-resolution-supported",
    "pwg-raster-document-resolution-supported",
    "pwg-raster-document-type-supported",
    "color-supported",
    "copies-supported",
    "sides-supported",
    "print-color-mode-supported",
    "print-quality-supported",
    "print-scaling-supported",
    "printer-make-and-model",
    "printer-device-id",
    "printer-serial-number",
    "printer-uuid",
    "printer-firmware-string-version",
    "device-uri",
)
"""What a queue is asked when it is opened."""


def open_printer(address: str, deadline: Deadline) -> IppPrinter:
    """Open the queue at that address, and take back whatever an earlier session left in it.

    The same queue, or the printer behind it, opens once in this process, by whatever address: see `held`.

    Raises:
        BadAddress, NotFound, HttpRefused, WrongDevice: nothing was opened; a queue without a card among its media, or
            without a document format that can be written, is the wrong one.
        HeldByAnother: this process has it open; nothing was taken back.
        QueueRefused: it does not tell its attributes or its jobs.
        JobLost: an earlier session's job is still in it.
    """
    name = f"ipp {address}"
    where = parse_queue(address)
    queue = Queue(where, name)
    jobs = Jobs(queue, name)
    try:
        told = queue.attributes(ASKED, deadline)
        setup, raster = _setup(told, where, name)
        behind = _behind(told, name, deadline)
        jobs = Jobs(queue, name, behind)
        jobs.hold(_names(where, told, behind, deadline))
        jobs.take_back_leftovers(deadline)
    except DeviceError as error:
        jobs.close()
        error.device, error.operation = name, "open"
        raise
    capabilities = Capabilities(raster, reject_bin=False, over_the_edge=False, film_beside_chip=False)
    return IppPrinter(name, queue, setup, capabilities, identity(told), jobs)


def find_printers(where: tuple[str, int] = _LOCAL) -> list[str]:
    """List the queues of the print daemon of this PC; which of them prints cards is known when one is opened."""
    host, port = where
    queue = Queue(IppAddress(host, port, "/"), "ipp")
    with suppress(DeviceError):  # most PCs have none
        names = queue.queue_names(Deadline.after(_LOOK_FOR))
        return [str(IppAddress(host, port, f"/printers/{quote(name, safe='')}")) for name in names]
    return []


_heard: Final[set[str]] = set()
"""Where printers behind queues have told this process of their jobs: one that does so no more is away."""


def _behind(told: Attributes, name: str, deadline: Deadline) -> Queue | None:
    """Return the printer behind a print daemon's queue, if it speaks IPP and tells of its jobs to this PC, too.

    Raises:
        DeviceError: it did before, and does not now: the queue would take a card that nobody prints.
    """
    uri = told.text("device-uri") or ""
    try:
        behind = Queue(parse_queue(uri), name)
        behind.jobs("not-completed", deadline.sooner(_LOOK_FOR))
    except DeviceError:
        if uri in _heard:
            raise
        return None
    _heard.add(uri)
    return behind


def _names(where: IppAddress, told: Attributes, behind: Queue | None, deadline: Deadline) -> set[str]:
    """Return what the queue and the printer behind it go by: their URIs and, where they tell them, their UUIDs."""
    names = {where.uri, told.text("printer-uuid")}
    with suppress(BadAddress):  # a device that speaks no IPP
        names.add(parse_queue(told.text("device-uri") or "").uri)
    if behind is not None:
        with suppress(DeviceError):  # it told of its jobs: one that does not tell its name has none
            names.add(behind.attributes(("printer-uuid",), deadline.sooner(_LOOK_FOR)).text("printer-uuid"))
    return {name for name in names if name}


def _setup(told: Attributes, where: IppAddress, name: str) -> tuple[Setup, Raster]:
    operations = set(told.integers("operations-supported"))
    create_first = {Operation.CREATE_JOB, Operation.SEND_DOCUMENT} <= operations
    needed = {Operation.GET_JOB_ATTRIBUTES, Operation.GET_JOBS, Operation.CANCEL_JOB}
    if not needed <= operations or not (create_first or Operation.PRINT_JOB in operations):
        raise WrongDevice(name, "open", "a queue that prints, tells of its jobs and cancels them", "fewer operations")
    sheet = media.sheet(told, where.media)
    if sheet is None:
        known = ", ".join(told.texts("media-supported")[:4]) or "no media"
        raise WrongDevice(name, "open", "a card among the media, or one named in the address by ?media=", known)
    dpi = media.dpi(told)
    if dpi is None:
        raise WrongDevice(name, "open", "a resolution that is equal both ways", "others")
    colour = told.boolean("color-supported") is not False
    formats = set(told.texts("document-format-supported"))
    if not media.raster_fits(told, dpi, colour=colour):
        formats.discard(pictures.RASTER)
    kind = next((kind for kind in pictures.KINDS if kind in formats), None)
    if kind is None:
        raise WrongDevice(name, "open", f"one of {', '.join(pictures.KINDS)}", ", ".join(sorted(formats)[:6]))
    template = (sheet.attribute, *_template(told, colour=colour))
    width, height = sheet.pixels(dpi)
    setup = Setup(sheet, kind, colour, template, create_first)
    return setup, Raster(width, height, dpi, panels(colour=colour))


def _template(told: Attributes, *, colour: bool) -> list[Attribute]:
    """Ask for what the queue says it can: one copy, one side, the picture as it is."""
    found = []
    if told.all("copies-supported"):
        found.append(Attribute(Tag.INTEGER, "copies", [1]))
    wanted = {"sides": "one-sided", "print-color-mode": "color" if colour else "monochrome", "print-scaling": "none"}
    for attribute, value in wanted.items():
        if value in told.texts(f"{attribute}-supported"):
            found.append(Attribute(Tag.KEYWORD, attribute, [value]))
    if _HIGH in told.integers("print-quality-supported"):
        found.append(Attribute(Tag.ENUM, "print-quality", [_HIGH]))
    return found


_EVERYWHERE: Final = " - IPP Everywhere"  # what CUPS adds for a queue that it made without a vendor's driver
_DEVICE_ID: Final = re.compile(r"\s*([^:;]+):([^;]*)")


def identity(told: Attributes) -> Identity:
    """Say which machine it is: by its own serial number, else by the queue's UUID, which ends with the queue."""
    device = {
        key.strip().upper(): value.strip() for key, value in _DEVICE_ID.findall(told.text("printer-device-id") or "")
    }
    named = (told.text("printer-make-and-model") or "").removesuffix(_EVERYWHERE).strip()
    first, _, rest = named.partition(" ")
    maker = device.get("MFG") or device.get("MANUFACTURER") or first
    model = device.get("MDL") or device.get("MODEL") or rest or first
    own = device.get("SN") or device.get("SERN") or device.get("SERIALNUMBER")
    uuid = (told.text("printer-uuid") or "").removeprefix("urn:uuid:")
    serial = told.text("printer-serial-number") or own or uuid
    return Identity(maker, model, serial, told.text("printer-firmware-string-version") or "")
