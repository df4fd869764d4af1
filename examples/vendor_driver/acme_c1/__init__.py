"""Driver for the Acme C1, a direct-to-card printer on the network."""

from acme_c1.driver import open_printer
from drivers.catalog import PrinterDriver

__all__ = ["DRIVER"]

DRIVER = PrinterDriver(
    name="acme_c1",
    open=open_printer,
    find=tuple,  # nothing: a C1 does not announce itself on a network
    addresses="tcp:HOST, or tcp:HOST:PORT where it is not 9191",
)
