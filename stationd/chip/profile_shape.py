"""Which keys and values of a document are not a profile's: all of them, where the types alone tell the first."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from stationd.chip.profile import DataObject, Profile, Step
from stationd.chip.toml_lines import Path

# msgspec's words: "Expected `int`, got `str` - at `$.limits.memory`"; a dictionary's key is shown as `[...]`.
_AT = re.compile(r"^(?P<reason>.*?)(?: - at (?P<key>`key` in )?`\$(?P<place>[^`]*)`)?$", re.DOTALL)
_FIELD = re.compile(r"unknown field `(?P<name>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<name>[^`]*)`")
_PART = re.compile(r"\.(?P<key>[^.\[]+)|\[(?P<item>\d+|\.\.\.)\]")


_STEPS = ("personalisation", "activation")


def wrong(document: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield the place of every wrong key, missing key and wrong value, and what is wrong with it."""
    fields = {field.name: field for field in msgspec.structs.fields(Profile)}
    for name in document.keys() - fields.keys():
        yield (name,), f"Object contains unknown field `{name}`"
    for name, field in fields.items():
        if name not in document:
            if field.required:
                yield (), f"Object missing required field `{name}`"
        elif name == "objects" and isinstance(document[name], dict):
            yield from _objects(document[name])
        elif name in _STEPS and isinstance(document[name], dict):
            yield from _steps(name, document[name])
        else:
            yield from _within((name,), document[name], field.type)


def _objects(table: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    names = _within(("objects",), {name: {"file": "0000", "max_size": 1} for name in table}, _field("objects"))
    yield from names
    for name, value in table.items():
        yield from _within(("objects", name), value, DataObject)


def _steps(part: str, table: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    steps = table.get("steps")
    if not isinstance(steps, list) or not steps:
        yield from _within((part,), table, _field(part))
        return
    for name in table.keys() - {"steps"}:
        yield (part, name), f"Object contains unknown field `{name}`"
    for place, value in enumerate(steps):
        yield from _within((part, "steps", place), value, Step)


def _within(at: Path, value: object, kind: Any) -> Iterator[tuple[Path, str]]:
    """Yield what is wrong below one place: after each finding the key is left out, and it is looked at again."""
    value = copy.deepcopy(value)
    left_out: set[str | int] = set()
    while True:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            reason, path = taken_apart(str(error))
            missing = _MISSING.search(reason)
            if missing is not None and missing["name"] in left_out:
                return
            yield (*at, *path), reason
            if len(path) != 1 or not isinstance(value, dict) or path[0] not in value:
                return
            del value[path[0]]
            left_out.add(path[0])
        else:
            return


def _field(name: str) -> Any:
    return next(field.type for field in msgspec.structs.fields(Profile) if field.name == name)


def taken_apart(message: str) -> tuple[str, Path]:
    """Return what msgspec says is wrong, and where."""
    match = _AT.match(message)
    assert match is not None  # noqa: S101 - the pattern takes any text
    path: Path = tuple(
        part["key"] or (part["item"] if part["item"] == "..." else int(part["item"]))
        for part in _PART.finditer(match["place"] or "")
    )
    field = _FIELD.search(match["reason"])
    return match["reason"], (*path, field["name"]) if field else path
