"""The reader on the officer's desk: one for the whole station, used by one at a time."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from typing_extensions import override

from drivers.catalog import Catalog
from drivers.deadline import Deadline
from drivers.encoder import CardMute, Encoder, NoCard
from drivers.errors import DeviceError
from stationd.press.readers import open_reader
from stationd.press.trouble import Cause
from stationd.settings import ReaderSettings


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


TAP = ""
"""For whom a card is that was laid there to be accepted or looked at."""


class DeskReader:
    """The reader, opened when it is first needed and again after it failed.

    A card that lies there is somebody's from when it was first taken notice of until the reader was seen empty: a
    finished card that nobody has lifted yet is not the next blank, and one line's card is not another line's.

    Args:
        settings: which one it is; None if there is none.
        catalog: the drivers that are installed.
    """

    def __init__(self, settings: ReaderSettings | None, catalog: Catalog) -> None:
        self._settings = settings
        self._catalog = catalog
        self._lock = threading.Lock()
        self._reader: Encoder | None = None
        self._owner: str | None = None
        self._worked = False

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
        with self.alone(deadline):
            try:
                yield self._open(deadline)
            except (NoCard, CardMute):  # the reader itself is well, and knows which card it waits for
                raise
            except DeviceError:
                self._close()  # it is opened anew for the next use
                raise

    @contextlib.contextmanager
    def alone(self, deadline: Deadline) -> Iterator[None]:
        """Keep everybody off the reader, whether or not there is one. Raises `DeskReaderInUse`."""
        if not self._lock.acquire(timeout=deadline.remaining()):
            raise DeskReaderInUse("desk reader", "use")
        try:
            yield
        finally:
            self._lock.release()

    def sees_card(self, deadline: Deadline) -> bool:
        """Say whether a card lies there. Raises as `held` does."""
        with self.held(deadline) as reader:
            return self._look(reader, deadline)

    def fresh_for(self, owner: str, deadline: Deadline) -> Cause | None:
        """Take a card that nobody has worked with for oneself; returns what a person has to do first. Raises as `held`.

        Args:
            owner: a line's name.
            deadline: for the look.
        """
        with self.held(deadline) as reader:
            if not self._look(reader, deadline):
                return Cause("blank-wanted-on-desk", "")
            if self._owner is None:
                self._owner = owner
            if self._owner not in {owner, TAP}:
                return Cause("desk-reader-in-use", self._owner)
            return Cause("card-off-desk", "") if self._worked else None

    def _look(self, reader: Encoder, deadline: Deadline) -> bool:
        present = reader.card_present(deadline)
        if not present:
            self._owner, self._worked = None, False
        return present

    def work_with(self, owner: str) -> None:
        """Note, while the reader is held, that what lies there is now somebody's work: it is no blank any more."""
        self._owner, self._worked = owner, True

    def done_with(self) -> None:
        """Note that what lies there is a finished card, which is nobody's work until it has been lifted."""
        with self._lock:
            self._owner, self._worked = TAP, True

    def close(self) -> None:
        """Let go of it. Never raises."""
        with self._lock:
            self._close()

    def _open(self, deadline: Deadline) -> Encoder:
        if self._reader is None:
            if self._settings is None:
                raise NoDeskReader("desk reader", "open")
            if self._settings.driver not in self._catalog.encoders:
                raise NoDeskReader("desk reader", "open", self._settings.driver)
            self._reader = open_reader(self._settings, self._catalog, deadline)
        return self._reader

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
