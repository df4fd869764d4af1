"""What a technician can do without the daemon: open the station's own files by its settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from stationd.cli.console import Trouble
from stationd.model.story import Story
from stationd.settings import Settings, SettingsWrong, read
from stationd.store.database import DatabaseUnusable
from stationd.store.history import history
from stationd.store.keys import FileKeys, KeysDamaged, KeysError, KeysExposed, NoStationKeys
from stationd.store.verify import book_key, verify


def settings_of(file: Path) -> Settings:
    """Read a settings file. No command draws cards, so layouts and profiles may be missing: a book outlives them.

    Raises:
        Trouble: if it cannot be used.
    """
    try:
        return read(file)
    except SettingsWrong as error:
        raise Trouble("settings-wrong", str(file), str(error)) from None


def keys_trouble(error: KeysError) -> Trouble:
    """Say what is wrong with the station's keys in the words of the catalogue."""
    causes = {KeysExposed: "keys-exposed", NoStationKeys: "no-station-keys", KeysDamaged: "keys-damaged"}
    return Trouble(causes.get(type(error), "keys-damaged"), "", str(error))


def verify_book(file: Path) -> Any:
    """Verify the book of the station that a settings file describes; returns the report as plain data.

    Raises:
        Trouble: if settings, keys or book cannot be opened.
    """
    settings = settings_of(file)
    if not settings.keys.is_dir():  # opening them would make the folder
        raise Trouble("no-station-keys", "", str(settings.keys))
    if not settings.book.is_file():
        raise Trouble("database-unusable", str(settings.book), "no such file")
    try:
        keys = FileKeys(settings.keys)
        enrolment = keys.enrolment()
        registry = None if enrolment is None else book_key(enrolment.signing_key)
        return msgspec.to_builtins(verify(settings.book, book_key(keys.book_public()), registry))
    except KeysError as error:
        raise keys_trouble(error) from None
    except DatabaseUnusable as error:
        raise Trouble("database-unusable", str(settings.book), error.why) from None


def story_of(file: Path, job_id: str) -> Story:
    """Read a job's story from the book of the station that a settings file describes.

    Raises:
        Trouble: if settings or book cannot be opened, or the book says nothing of the job.
    """
    book = settings_of(file).book
    if not book.is_file():
        raise Trouble("database-unusable", str(book), "no such file")
    try:
        told = history(book, job_id)
    except DatabaseUnusable as error:
        raise Trouble("database-unusable", str(book), error.why) from None
    except msgspec.DecodeError as error:
        raise Trouble("odd-answer", "", f"this program cannot read the book: {error}") from None
    if told is None:
        raise Trouble("no-such-job", job_id)
    return told
