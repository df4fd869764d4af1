from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.chip import toml_lines
from stationd.chip.toml_lines import Path

KEYS = st.text("abc-_1", min_size=1, max_size=4) | st.sampled_from(["a b", "a.b", 'q"', "#", ""])
SCALARS = (
    st.integers(-9, 9).map(str)
    | st.text("x#[]{}=,\\\"'\n", max_size=6).map(json.dumps)
    | st.sampled_from(["'a\\'", "1979-05-27 07:32:00", "true", '"""a\n#"b"\n"""', "'''\n]''''", '"""x\\""""""'])
)
Value = str | list["Value"] | dict[str, "Value"]
VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


class Writer:
    """Writes a document and notes by itself in which line each thing begins."""

    def __init__(self) -> None:
        self.text = ""
        self.lines: dict[Path, int] = {}

    def put(self, text: str, path: Path | None = None) -> None:
        if path is not None:
            self.lines.setdefault(path, self.text.count("\n") + 1)
        self.text += text

    def value(self, value: Value, path: Path) -> None:
        match value:
            case str():
                self.put(value)
            case list():
                self.put("[ # a list\n")
                for place, item in enumerate(value):
                    self.put("  ", None)
                    self.put("", (*path, place))
                    self.value(item, (*path, place))
                    self.put(",\n")
                self.put("]")
            case dict():
                self.put("{ ")
                for place, (key, item) in enumerate(value.items()):
                    self.put(", " if place else "")
                    self.put(f"{json.dumps(key)} = ", (*path, key))
                    self.value(item, (*path, key))
                self.put(" }")


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=3), max_size=3))
def test_every_key_and_item_is_found_in_its_line(document: dict[str, dict[str, Value]]) -> None:
    writer = Writer()
    for table, pairs in document.items():
        writer.put(f"\n# a table\n[{json.dumps(table)}] # here\n", None)
        writer.lines[(table,)] = writer.text.count("\n")
        for key, value in pairs.items():
            writer.put(f"  {json.dumps(key)}\t= ", (table, key))
            writer.value(value, (table, key))
            writer.put(" # a comment\n")
    tomllib.loads(writer.text)
    assert toml_lines.find(writer.text) == writer.lines


def test_dotted_keys_and_arrays_of_tables() -> None:
    text = "a.b.'c d' = 1\r\n[[x]]\nk = 1\n[[x]]\n[x.y]\nz = 2\n[[x.w]]\n[[x.w]]\nq = 1"
    tomllib.loads(text)
    lines = toml_lines.find(text)
    assert lines[("a", "b", "c d")] == 1
    assert lines[("x", 0, "k")] == 3
    assert lines[("x", 1, "y", "z")] == 6
    assert lines[("x", 1, "w", 1, "q")] == 9


@pytest.mark.parametrize(("path", "line"), [(("t", "k"), 2), (("t", "k", 5, "x"), 2), (("t", "u"), 1), (("v",), 1)])
def test_the_nearest_line_is_that_of_what_is_around(path: Path, line: int) -> None:
    assert toml_lines.nearest(toml_lines.find("[t]\nk = [1]\n"), path) == line
