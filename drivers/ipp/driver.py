"""Any card printer behind a print queue: a vendor's driver under CUPS, or a printer that speaks IPP itself.

What a queue cannot do decides what this driver offers: it holds no card for a reader, so a line encodes first on a desk
reader; and it counts nothing for life. `job-impressions-completed` is no counter of cards either: cupsd says 1 as soon
as it has sent a job. So a card is *said* to be printed, and a person confirms it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.ipp import pictures, reasons
from drivers.ipp.jobs import Jobs
from drivers.ipp.media import Sheet
from drivers.ipp.printing import STOPPED, Printing
from drivers.ipp.protocol import Attribute, Attributes, Operation
from drivers.ipp.queue import Queue
from drivers.printer import (
    Capabilities,
    Completion,
    Condition,
    Identity,
    Image,
    Media,
    Panel,
    Printer,
    PrinterFault,
    ReadyImage,
    Reason,
    Status,
    Supply,
    Tell,
    WholeCardPrinter,
    nobody,
)

STATE: Final = (
    *("printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "queued-job-count"),
    "operations-supported",  # who is asked: see `standing`
)
SUPPLIES: Final = ("printer-supply", "printer-supply-description", "marker-names")
_IDLE, _PROCESSING = 3, 4  # printer-state


@dataclass(frozen=True, slots=True)
class Setup:
    """What was learnt of the queue at open.

    Attributes:
        sheet: the card.
        kind: MIME type of the documents it gets.
        colour: it prints in colour.
        template: the job template attributes of every card.
        create_first: it has Create-Job and Send-Document.
    """

    sheet: Sheet
    kind: str
    colour: bool
    template: tuple[Attribute, ...]
    create_first: bool


@dataclass(frozen=True, slots=True)
class _Document:
    """A card's document, and the queue's setup that it was made for."""

    made_for: tuple[str, bool, Sheet, int]
    content: bytes = field(repr=False)


class IppPrinter(Printer, WholeCardPrinter):
    """One queue. Only this station's one line prints to it.

    Beside `drivers.errors` a call may raise `PrinterFault`, `HttpRefused`, `QueueRefused`, and `print_card` `JobLost`.
    """

    def __init__(
        self, name: str, queue: Queue, setup: Setup, capabilities: Capabilities, identity: Identity, jobs: Jobs
    ) -> None:
        self._name = name
        self._queue = queue
        self._setup = setup
        self._capabilities = capabilities
        self._made_for = (setup.kind, setup.colour, setup.sheet, capabilities.raster.dpi)
        self._identity = identity
        self._jobs = jobs

    @property
    @override
    def capabilities(self) -> Capabilities:
        return self._capabilities

    @property
    @override
    def identity(self) -> Identity:
        return self._identity

    @override
    def status(self, deadline: Deadline) -> Status:
        """Ask the queue. Where a card is it does not tell, except for a jam."""
        with self._during("status", harmless=True):
            return self._status(deadline)

    @override
    def supplies(self, deadline: Deadline) -> tuple[Supply, ...]:
        """Read `printer-supply` (PWG 5100.13). Levels in other units than impressions are no number of cards."""
        with self._during("supplies", harmless=True):
            return supplies(self._queue.attributes(SUPPLIES, deadline))

    @override
    def print_card(self, image: Image, deadline: Deadline, tell: Tell = nobody) -> Completion:
        """Print one card; at best a queue says so.

        The queue must be ready and empty: behind somebody else's job this card would be anybody's. A job that is
        not done at two thirds of the time, or ten seconds before its end, is taken back in what remains; so is one
        whose printer stays jammed or stopped for five seconds, or reports for half a minute what nobody can mend at
        it. What somebody can mend, an empty hopper or an open cover, is told and waited for.

        How a job ended that was taken back stands in the failure's condition. `JobLost` says that it was not seen to
        end: the printer may still print it.
        """
        with self._during("print_card", harmless=True):
            document = self._document(image)
            status = self._status(deadline)
            hindrance = next((found for found in status.conditions if _hinders(found)), None)
            if hindrance is not None:
                raise PrinterFault(self._name, "print_card", hindrance, may_have_acted=False)
        with self._during("print_card"):
            printing = Printing(self._jobs, self._setup.kind, self._setup.template, self._setup.create_first, tell)
            return printing.run(document, deadline)

    @override
    def make_ready(self, image: Image) -> Image:
        try:
            document = _Document(self._made_for, self._document(image))
        except PrinterFault:
            return image
        return ReadyImage(image.width, image.height, image.panels, document)

    @override
    def close(self) -> None:
        self._jobs.close()

    @contextmanager
    def _during(self, operation: str, *, harmless: bool = False) -> Iterator[None]:
        """Name the device and the operation in whatever goes wrong; `harmless` calls ask, and never act."""
        try:
            yield
        except DeviceError as error:
            error.device, error.operation = self._name, operation
            if harmless:
                error.may_have_acted = False
            raise

    def _status(self, deadline: Deadline) -> Status:
        told = self._queue.attributes(STATE, deadline)
        conditions = standing(told)
        # One that is away is not there for the next card, though its queue would take it.
        if self._jobs.still_behind(deadline):
            conditions += (Condition(Reason.BUSY, "behind", "the printer behind the queue still has a card to print"),)
        jammed = any(condition.reason is Reason.MEDIA_JAM for condition in conditions)
        return Status(Media.JAMMED if jammed else Media.UNKNOWN, None, conditions)

    def _document(self, image: Image) -> bytes:
        raster = self._capabilities.raster
        if (
            isinstance(image, ReadyImage)
            and isinstance(image.work, _Document)
            and image.work.made_for == self._made_for
        ):
            return image.work.content
        size = raster.width * raster.height
        if (image.width, image.height) != (raster.width, raster.height) or not image.panels:
            wanted = f"the queue takes {raster.width} × {raster.height} pixels and at least one panel"
            raise self._refusal(f"{image.width} × {image.height}", wanted)
        if strange := image.panels.keys() - raster.panels:
            raise self._refusal(", ".join(sorted(strange)), "the queue has no such panel")
        if any(len(plane) != size for plane in image.panels.values()):
            raise self._refusal("panel size", f"every panel must have {size} bytes")
        card = pictures.picture(image, colour=self._setup.colour)
        return pictures.document(self._setup.kind, card, self._setup.sheet, raster.dpi)

    def _refusal(self, code: str, text: str) -> PrinterFault:
        return PrinterFault(self._name, "print_card", Condition(Reason.BAD_COMMAND, code, text), may_have_acted=False)


def _hinders(condition: Condition) -> bool:
    return reasons.stops(condition) or condition.reason is Reason.BUSY


def standing(told: Attributes) -> tuple[Condition, ...]:
    """Return what keeps the queue from being ready, by its answer to `STATE`.

    An idle cupsd repeats what its printer reported during the last job, until the next one runs: a jam that was
    cleared long ago would be told for ever. So from an idle cupsd no reason is taken.
    """
    state = told.integer("printer-state")
    if state not in (_IDLE, _PROCESSING, STOPPED):
        return (Condition(Reason.UNMAPPED, "unknown", "the queue does not tell its state"),)
    conditions: tuple[Condition, ...] = ()
    cupsd = Operation.CUPS_GET_PRINTERS in told.integers("operations-supported")
    if not (cupsd and state == _IDLE):
        conditions = reasons.conditions(told.texts("printer-state-reasons"))
    if state == STOPPED and not any(reasons.stops(condition) for condition in conditions):
        conditions = (Condition(Reason.UNMAPPED, "stopped", "the queue is stopped; resume it"), *conditions)
    if told.boolean("printer-is-accepting-jobs") is False:
        text = "the queue takes no jobs; let it accept them again"
        conditions += (Condition(Reason.UNMAPPED, "not-accepting-jobs", text),)
    if state == _PROCESSING or told.integer("queued-job-count"):
        conditions += (Condition(Reason.BUSY, "processing", "the queue has a job"),)
    return conditions


_FIELD: Final = re.compile(r"(\w+)=([^;]*)")


def supplies(told: Attributes) -> tuple[Supply, ...]:
    """Return the supplies that are used up (PWG 5100.13 section 6.6), or at least their names as CUPS has them."""
    names = told.texts("printer-supply-description")
    found = []
    for place, value in enumerate(told.all("printer-supply")):
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        fields = dict(_FIELD.findall(text))
        if fields.get("class") == "receptacleThatIsFilled":
            continue
        name = names[place] if place < len(names) else fields.get("type", "supply")
        counted = fields.get("unit") == "impressions"
        level, capacity = (_count(fields.get(key)) if counted else None for key in ("level", "maxcapacity"))
        found.append(Supply(name, level, capacity, None))
    return tuple(found) or tuple(Supply(name, None, None, None) for name in told.texts("marker-names"))


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,9}", text) else None  # -1 to -3: it does not know


def panels(*, colour: bool) -> frozenset[Panel]:
    """Return the panels that make up the picture; a ribbon's overcoat is the vendor's driver's to print."""
    return frozenset({Panel.YELLOW, Panel.MAGENTA, Panel.CYAN, Panel.BLACK} if colour else {Panel.BLACK})
