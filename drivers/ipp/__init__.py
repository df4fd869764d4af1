"""Driver for any card printer behind a print queue: Fargo, Zebra, Entrust under CUPS, or one that speaks IPP itself."""

from drivers.catalog import PrinterDriver
from drivers.ipp import replay
from drivers.ipp.opening import find_printers, open_printer

__all__ = ["DRIVER"]

DRIVER = PrinterDriver(
    name="ipp",
    open=open_printer,
    find=find_printers,
    mask=replay.mask,
    replay=replay.replay,
    addresses="ipp://HOST:PORT/PATH or ipps://…, with ?media=NAME where no card is among the queue's media",
)
