"""Driver for Evolis Primacy and Zenius direct-to-card printers, over USB and RS-232."""

from drivers.catalog import PrinterDriver
from drivers.evolis import replay
from drivers.evolis.opening import find_printers, open_printer

__all__ = ["DRIVER"]

DRIVER = PrinterDriver(
    name="evolis",
    open=open_printer,
    find=find_printers,
    mask=replay.mask,
    replay=replay.replay,
    addresses="usb:VVVV:PPPP, usb:VVVV:PPPP?serial=XXXX where there are several, or serial:/dev/ttyUSB0?baud=9600",
)
