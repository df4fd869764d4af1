"""The reader on the officer's desk: one for the whole station, used by one at a time."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from typing_extensions import override

from drivers.catalog import Catalog
from drivers.deadline import Deadline
from drivers.encoder import Encoder, NoCard
from drivers.errors import DeviceError
from stationd.settings import DeviceSettings


@dataclass(eq=False)
class DeskReaderInUse(DeviceError):
    """Somebody else is just using the reader on the desk."""

    may_have_acted = False

    @override
    def what(self) -> str:
        return "the desk reader is in use"


@dataclass(eq=False)
class NoDeskReader(DeviceError):
    """There is no reader on the desk, or no driver for it."""

    driver: str = ""
    may_have_acted = False

    @override
    def what(self) -> str:
        return f"no driver {self.driver} is installed" if self.driver else "station.toml has no [desk]"


class DeskReader:
    """The reader, opened when it is first needed and again after it failed.

    Args:
        settings: which one it is; None if there is none.
        catalog: the drivers that are installed.
    """

    def __init__(self, settings: DeviceSettings | None, catalog: Catalog) -> None:
        self._settings = settings
        self._catalog = catalog
        self._lock = threading.Lock()
        self._reader: Encoder | None = None

    @property
    def there(self) -> bool:
        """Whether the station is set up with one."""
        return self._settings is not None

    @contextlib.contextmanager
    def held(self, deadline: Deadline) -> Iterator[Encoder]:
        """Have the reader for oneself.

        Raises:
            DeskReaderInUse: if another has it until the deadline.
            NoDeskReader: if the station has none that can be used.
            drivers.errors.DeviceError: if it cannot be opened.
        """
        if not self._lock.acquire(timeout=deadline.remaining()):
            raise DeskReaderInUse("desk reader", "use")
        try:
            yield self._open(deadline)
        except NoCard:
            raise
        except DeviceError:
            self._close()  # it is opened anew for the next use
            raise
        finally:
            self._lock.release()

    def close(self) -> None:
        """Let go of it. Never raises."""
        with self._lock:
            self._close()

    def _open(self, deadline: Deadline) -> Encoder:
        if self._reader is None:
            if self._settings is None:
                raise NoDeskReader("desk reader", "open")
            driver = self._catalog.encoders.get(self._settings.driver)
            if driver is None:
                raise NoDeskReader("desk reader", "open", self._settings.driver)
            self._reader = driver.open(self._settings.address, deadline)
        return self._reader

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
