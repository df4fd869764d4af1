"""A XID machine on a USB cable: its SCSI-like command set over the Bulk-Only Transport."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, Final, TypeVar

from typing_extensions import override

from drivers.addresses import UsbAddress
from drivers.deadline import Deadline
from drivers.errors import DeviceError, NotFound, NotUnderstood, WrongDevice
from drivers.matica_xid import bulk_only, scsi, senses
from drivers.matica_xid.machine import Geometry, Machine, Position, Sensed
from drivers.printer import Counters, Identity, Panel, Reason, Supply
from drivers.transports import Stalled, UsbBulk, find_usb, held_here

_OUT: Final = 0x02
_IN: Final = 0x81
_STALLS: Final = 10  # as often as the open driver clears a halt before it gives up
_EARLY_STATUS: Final = 0.25  # seconds to look for a status after the machine halted the data it was sent
_RESETS: Final = 5  # reports of a reset that an opening session passes over
_LOOK: Final = 1.0  # seconds `find` gives one machine to say its serial number
_opening = Lock()  # lines of one process that open twins at once must not find each other's claim

T = TypeVar("T")


class UsbMachine(Machine):
    """A session over a claimed interface.

    A machine that was switched on reports that once, as a reset. While the session opens this says nothing: a session
    begins with nothing known of card and film. From then on a reset is always told.
    """

    def __init__(self, pipe: UsbBulk, deadline: Deadline) -> None:
        self._pipe = pipe
        self._tag = 0
        self._in_step = False  # whoever had the machine before may have ended in the middle of an exchange
        self.identity = self._past_resets(lambda: self._read_identity(deadline))

    def prepare(self, deadline: Deadline) -> None:
        """Let pending reset reports go by and read what does not change. Raises `Sensed` if it cannot tell now."""
        for _ in range(_RESETS):
            if not _is_reset(self.sense(deadline)):
                break
        self.geometry = self._past_resets(lambda: self._read_geometry(deadline))

    @override
    def sense(self, deadline: Deadline) -> int:
        try:
            self._run(scsi.TEST_UNIT_READY, deadline)
        except Sensed as answer:
            return answer.code
        return 0

    @override
    def position(self, deadline: Deadline) -> Position | None:
        return scsi.parse_position(self._run(scsi.READ_POSITION, deadline, reading=scsi.POSITION_LENGTH))

    @override
    def load(self, to: Position, deadline: Deadline) -> None:
        self._run(scsi.load(to), deadline)

    @override
    def move(self, to: Position, deadline: Deadline, *, fresh_film: bool = False, flip: bool = False) -> None:
        self._run(scsi.move(to, fresh_film=fresh_film, flip=flip), deadline)

    @override
    def engage(self, at: Position, deadline: Deadline) -> None:
        self._run(scsi.contact(at, engage=True), deadline)

    @override
    def release(self, at: Position, deadline: Deadline) -> None:
        self._run(scsi.contact(at, engage=False), deadline)

    @override
    def upload(self, panel: Panel, data: bytes, deadline: Deadline) -> None:
        self._run(scsi.upload(panel, len(data)), deadline, data=data)

    @override
    def print_film(self, panels: Collection[Panel], deadline: Deadline) -> None:
        self._run(scsi.print_film(panels), deadline)

    @override
    def transfer_and_return(self, deadline: Deadline) -> None:
        self._run(scsi.TRANSFER_AND_RETURN, deadline)

    @override
    def counters(self, deadline: Deadline) -> Counters:
        return scsi.parse_counters(self._run(scsi.READ_COUNTERS, deadline, reading=scsi.COUNTERS_LENGTH))

    @override
    def supplies(self, deadline: Deadline) -> tuple[Supply, ...]:
        levels = scsi.parse_levels(self._run(scsi.READ_GEOMETRY, deadline, reading=scsi.GEOMETRY_LENGTH))
        return scsi.parse_ribbon(self._run(scsi.READ_RIBBON, deadline, reading=scsi.RIBBON_LENGTH), levels)

    @override
    def close(self) -> None:
        self._pipe.close()

    def _read_identity(self, deadline: Deadline) -> Identity:
        return scsi.parse_inquiry(self._run(scsi.INQUIRY, deadline, reading=scsi.INQUIRY_LENGTH))

    def _read_geometry(self, deadline: Deadline) -> Geometry:
        return scsi.parse_geometry(self._run(scsi.READ_GEOMETRY, deadline, reading=scsi.GEOMETRY_LENGTH))

    @staticmethod
    def _past_resets(call: Callable[[], T]) -> T:
        for _ in range(_RESETS):
            try:
                return call()
            except Sensed as answer:
                if not _is_reset(answer.code):
                    raise
        return call()

    def _run(self, cdb: bytes, deadline: Deadline, *, reading: int = 0, data: bytes = b"") -> bytes:
        """Run one command to its end. Raises `Sensed` with the machine's own reason if it failed."""
        received, passed = self._exchange(cdb, deadline, reading=reading, data=data)
        if passed:
            return received
        received, passed = self._exchange(scsi.REQUEST_SENSE, deadline, reading=scsi.SENSE_LENGTH)
        if not passed:
            raise NotUnderstood("", "read sense", received, "the sense of the command that failed")
        if (code := scsi.parse_sense(received)) == 0:
            raise NotUnderstood("", "read sense", received, "what was wrong with the command that failed")
        raise Sensed(code)

    def _exchange(self, cdb: bytes, deadline: Deadline, *, reading: int = 0, data: bytes = b"") -> tuple[bytes, bool]:
        if not self._in_step:
            self._pipe.recover(deadline)
        self._in_step = False  # until the status has been read whole
        self._tag = (self._tag + 1) & 0xFFFFFFFF
        wrapper = bulk_only.wrap(self._tag, cdb, length=reading or len(data), reading=bool(reading))
        self._unstalled(lambda: self._pipe.write(wrapper, deadline))
        received, status = b"", None
        if reading:
            most = max(reading, bulk_only.STATUS_LENGTH)  # a machine that fails may answer with its status at once
            received = self._unstalled(lambda: self._pipe.read(most, deadline))
            if bulk_only.is_status(received, self._tag):
                received, status = b"", received
        elif data:
            status = self._send(data, deadline)
        if status is None:
            status = self._unstalled(lambda: self._pipe.read(bulk_only.STATUS_LENGTH, deadline))
        passed = bulk_only.passed(status, self._tag)
        self._in_step = True
        return received, passed

    def _send(self, data: bytes, deadline: Deadline) -> bytes | None:
        """Send a command's data; the status, if the machine halted the data to answer at once."""
        for _ in range(_STALLS):
            try:
                self._pipe.write(data, deadline)
            except Stalled:
                self._pipe.clear_halts()
                with suppress(DeviceError):  # no status waits: the halt was a hiccup, and the data is sent again
                    return self._pipe.read(bulk_only.STATUS_LENGTH, deadline.sooner(_EARLY_STATUS))
            else:
                return None
        raise Stalled("", "write")

    def _unstalled(self, call: Callable[[], T]) -> T:
        """Clear a halt and go on, as the open driver does."""
        for _ in range(_STALLS):
            try:
                return call()
            except Stalled:
                self._pipe.clear_halts()
        return call()


def open_usb(address: UsbAddress, name: str, deadline: Deadline, backend: Any = None) -> UsbMachine:
    """Open the machine at that address; among twins the one whose INQUIRY tells the address's serial number.

    Raises:
        NotFound: nothing with those ids, or none of them has that serial.
        WrongDevice: another kind of machine; or several machines and no serial in the address.
        HeldByAnother, PermissionRefused: no other device answered for it.
    """
    with _opening:
        devices = find_usb(address.vendor, address.product, backend)
        if not devices:
            raise NotFound(name, "open", str(address))
        if len(devices) > 1 and address.serial is None:
            raise WrongDevice(name, "open", "one machine, or ?serial= in the address", f"{len(devices)} machines")
        refusal: DeviceError = NotFound(name, "open", str(address))
        for device in devices:
            try:
                machine = _session(device, name, deadline)
            except DeviceError as error:
                refusal = error  # a twin in use by another line is no reason to stop looking
                continue
            if address.serial in (None, machine.identity.serial):
                return machine
            machine.close()
        raise refusal


def find_addresses(address: UsbAddress, backend: Any = None) -> Sequence[str]:
    """List the attached machines with those ids, each with its serial number where it lets itself be asked."""
    found = []
    with _opening, suppress(NotFound):
        for device in find_usb(address.vendor, address.product, backend):
            if (held := held_here(device)) is not None:
                found.append(str(UsbAddress(address.vendor, address.product, held.serial)))
                continue
            try:
                machine = _session(device, str(address), Deadline.after(_LOOK))
            except WrongDevice:
                continue
            except (DeviceError, Sensed):
                found.append(str(address))
                continue
            found.append(str(UsbAddress(address.vendor, address.product, machine.identity.serial or None)))
            machine.close()
    return found


def _session(device: Any, name: str, deadline: Deadline) -> UsbMachine:
    pipe = UsbBulk(device, name, out=_OUT, in_=_IN)
    try:
        machine = UsbMachine(pipe, deadline)
    except BaseException:
        pipe.close()
        raise
    pipe.serves(machine.identity.serial)
    return machine


def _is_reset(code: int) -> bool:
    return senses.condition(code).reason is Reason.POWER_RESET if code else False
