"""Opening a reader, with the SAM beside it where the settings name one."""

from __future__ import annotations

from drivers.catalog import Catalog
from drivers.deadline import Deadline
from drivers.encoder import Encoder
from drivers.errors import NotFound
from stationd.chip.pairing import PairedReader
from stationd.settings import ReaderSettings


def open_reader(settings: ReaderSettings, catalog: Catalog, deadline: Deadline) -> Encoder:
    """Open a reader whose driver is installed.

    Raises:
        NotFound: if there is no driver for its SAM's slot.
        drivers.errors.DeviceError: if either slot cannot be opened.
    """
    reader = catalog.encoders[settings.driver].open(settings.address, deadline)
    if settings.sam is None:
        return reader
    try:
        driver = catalog.encoders.get(settings.sam.driver)
        if driver is None:
            raise NotFound("SAM", "open", f"driver {settings.sam.driver}")
        return PairedReader(reader, driver.open(settings.sam.address, deadline))
    except BaseException:
        reader.close()
        raise
