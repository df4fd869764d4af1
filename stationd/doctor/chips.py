"""Chips and their profiles, looked at where no daemon runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from typing_extensions import override

from drivers.catalog import Catalog
from drivers.deadline import Deadline
from drivers.errors import DeviceError
from stationd.chip.errors import LostReply
from stationd.chip.profile_file import ProfileError, errors, warnings
from stationd.chip.profiles import BadProfile, load_all
from stationd.chip.reading import Recognised, recognise
from stationd.chip.setup import trust_of
from stationd.chip.trust import signature_of
from stationd.press.desk_reader import DeskReader
from stationd.press.tap import PATIENCE, tap_failed
from stationd.settings import Settings, SettingsWrong


@dataclass(eq=False)
class CannotLook(Exception):
    """A chip or a profile that cannot be looked at, in the words of the catalogue."""

    cause: str
    subject: str = ""
    detail: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.subject}: {self.cause} ({self.detail})"


class Wrong(msgspec.Struct, frozen=True):
    """One thing wrong with a profile: in which line, with which key, and what."""

    line: int
    key: str
    reason: str


class Linted(msgspec.Struct, frozen=True):
    """A profile's file.

    Attributes:
        file: which one.
        errors: all that is wrong, by line.
        signed: there is a signature beside it; whose, only a station can say.
        warnings: what makes it fit for a lab only, if there are no errors.
    """

    file: str
    errors: tuple[Wrong, ...]
    signed: bool
    warnings: tuple[Wrong, ...] = ()


def lint(file: Path) -> Linted:
    """Say all that is wrong with a profile. Raises `CannotLook` if it cannot be read."""
    try:
        text, signed = file.read_text(encoding="utf-8"), signature_of(file) is not None
    except (OSError, UnicodeDecodeError) as error:
        raise CannotLook("file-not-readable", str(file), str(error)) from None
    found = _listed(errors(text))
    return Linted(str(file), found, signed, () if found else _listed(warnings(text)))


def _listed(found: Iterable[ProfileError]) -> tuple[Wrong, ...]:
    return tuple(Wrong(error.line, error.key, error.reason) for error in found)


def chip_on_desk(settings: Settings, catalog: Catalog) -> Recognised:
    """Say which chip lies on the reader of a station's desk. No key is needed, so an unsigned profile may tell, too.

    Raises:
        CannotLook: there is no reader, no card in time, it does not answer, or the profiles cannot be used.
    """
    try:
        profiles = load_all(settings.folders.profiles, replace(trust_of(settings), lab=True))
    except (BadProfile, SettingsWrong) as error:
        raise CannotLook("settings-wrong", str(settings.folders.profiles), str(error)) from None
    deadline = Deadline.after(PATIENCE)
    desk = DeskReader(settings.desk, catalog)
    try:
        with (
            contextlib.closing(desk),
            desk.held(deadline) as reader,
            contextlib.closing(reader.connect(deadline)) as connection,
        ):
            return recognise(connection, profiles.values(), deadline)
    except LostReply as lost:
        raise _told(lost.failure) from None
    except DeviceError as trouble:
        raise _told(trouble) from None


def _told(trouble: DeviceError) -> CannotLook:
    failure = tap_failed(trouble)
    return CannotLook(failure.cause, "", failure.detail)
