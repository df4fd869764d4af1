"""Loads a profile from its TOML text, with errors that name the line and the key."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any

import msgspec
from typing_extensions import override

from stationd.chip import profile_shape as shape
from stationd.chip import toml_lines
from stationd.chip.profile import DataObject, Profile
from stationd.chip.profile_rules import violations, weaknesses
from stationd.chip.toml_lines import Path


@dataclass(eq=False)
class ProfileError(Exception):
    """A profile cannot be used.

    Attributes:
        line: in its file, from 1.
        key: the place by keys and numbers of items (`personalisation.steps[3].object`); empty for the whole file.
        reason: what is wrong.
    """

    line: int
    key: str
    reason: str

    @override
    def __str__(self) -> str:
        return f"line {self.line}: {self.key}: {self.reason}" if self.key else f"line {self.line}: {self.reason}"


def load(text: str) -> Profile:
    """Return the profile that a TOML text describes. Raises `ProfileError` for the first thing wrong with it."""
    document, lines = _parsed(text)
    try:
        profile = msgspec.convert(document, Profile)
    except msgspec.ValidationError as error:
        raise _refused(lines, *_place(document, error)) from None
    for path, reason in violations(profile):
        raise _refused(lines, path, reason)
    return profile


def errors(text: str) -> list[ProfileError]:
    """Return all that is wrong with a text, by line; what it means is looked at once its keys and values are right."""
    try:
        document, lines = _parsed(text)
    except ProfileError as error:
        return [error]
    found = list(shape.wrong(document))
    if not found:
        try:
            found = list(violations(msgspec.convert(document, Profile)))
        except msgspec.ValidationError as error:
            found = [_place(document, error)]
    return sorted((_refused(lines, *one) for one in found), key=lambda error: error.line)


def warnings(text: str) -> list[ProfileError]:
    """Return what makes a profile without errors fit for a lab only."""
    document, lines = _parsed(text)
    profile = msgspec.convert(document, Profile)
    return [_refused(lines, *one) for one in weaknesses(profile)]


def _parsed(text: str) -> tuple[dict[str, Any], dict[Path, int]]:
    try:
        return tomllib.loads(text), toml_lines.find(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise ProfileError(int(line[1]) if line else text.count("\n") + 1, "", str(error)) from None


def _refused(lines: dict[Path, int], path: Path, reason: str) -> ProfileError:
    return ProfileError(toml_lines.nearest(lines, path), _written(path), reason)


def _place(document: dict[str, Any], error: msgspec.ValidationError) -> tuple[Path, str]:
    reason, path = shape.taken_apart(str(error))
    if path[:2] == ("objects", "..."):  # which object is not said: find it
        for name, value in document["objects"].items():
            try:
                msgspec.convert(value, DataObject)
            except msgspec.ValidationError as inner:
                reason, path = shape.taken_apart(str(inner))
                return ("objects", name, *path), reason
    return path, reason


def _written(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
