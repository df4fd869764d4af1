"""Driver for Magicard's Enduro family of direct-to-card printers, over USB."""

from drivers.catalog import PrinterDriver
from drivers.magicard import replay
from drivers.magicard.opening import find_printers, open_printer

__all__ = ["DRIVER"]

DRIVER = PrinterDriver(
    name="magicard",
    open=open_printer,
    find=find_printers,
    mask=replay.mask,
    replay=replay.replay,
    addresses="usb:0c1f:4800 (or the product id of your model), usb:0c1f:4800?serial=XXXX where there are several",
)
