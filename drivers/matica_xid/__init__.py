"""Driver for Matica XID 8600 and XID 580 retransfer printers, over USB and TCP."""

from drivers.catalog import PrinterDriver
from drivers.matica_xid import replay
from drivers.matica_xid.opening import find_printers, open_printer

__all__ = ["DRIVER"]

DRIVER = PrinterDriver(
    name="matica_xid",
    open=open_printer,
    find=find_printers,
    mask=replay.mask,
    replay=replay.replay,
    addresses="usb:2166:701d, usb:2166:701d?serial=XXXX where there are several, or tcp:HOST:PORT (usually 50730)",
)
