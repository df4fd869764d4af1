"""Loads a profile from its TOML text, with errors that name the line and the key."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any

import msgspec
from typing_extensions import override

from stationd.chip import toml_lines
from stationd.chip.profile import DataObject, Profile
from stationd.chip.profile_rules import violations
from stationd.chip.toml_lines import Path

# msgspec's words: "Expected `int`, got `str` - at `$.limits.memory`"; a dictionary's key is shown as `[...]`.
_AT = re.compile(r"^(?P<reason>.*?)(?: - at (?P<key>`key` in )?`\$(?P<place>[^`]*)`)?$", re.DOTALL)
_FIELD = re.compile(r"unknown field `(?P<name>[^`]*)`")
_PART = re.compile(r"\.(?P<key>[^.\[]+)|\[(?P<item>\d+|\.\.\.)\]")


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
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise ProfileError(int(line[1]) if line else text.count("\n") + 1, "", str(error)) from None
    lines = toml_lines.find(text)

    def refused(path: Path, reason: str) -> ProfileError:
        return ProfileError(toml_lines.nearest(lines, path), _written(path), reason)

    try:
        profile = msgspec.convert(document, Profile)
    except msgspec.ValidationError as error:
        raise refused(*_place(document, error)) from None
    for path, reason in violations(profile):
        raise refused(path, reason)
    return profile


def _place(document: dict[str, Any], error: msgspec.ValidationError) -> tuple[Path, str]:
    reason, path = _taken_apart(str(error))
    if path[:2] == ("objects", "..."):  # which object is not said: find it
        for name, value in document["objects"].items():
            try:
                msgspec.convert(value, DataObject)
            except msgspec.ValidationError as inner:
                reason, path = _taken_apart(str(inner))
                return ("objects", name, *path), reason
    return path, reason


def _taken_apart(message: str) -> tuple[str, Path]:
    match = _AT.match(message)
    assert match is not None  # noqa: S101 - the pattern takes any text
    path: Path = tuple(
        part["key"] or (part["item"] if part["item"] == "..." else int(part["item"]))
        for part in _PART.finditer(match["place"] or "")
    )
    field = _FIELD.search(match["reason"])
    return match["reason"], (*path, field["name"]) if field else path


def _written(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
