from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.artwork.arrange import arrange
from stationd.artwork.errors import BadLayout
from stationd.artwork.fonts import typefaces
from stationd.artwork.layout import Layout, load, load_all, parse
from stationd.model.card import CardData

LAYOUTS = Path(__file__).parents[2] / "config" / "layouts"
SHIPPED = (LAYOUTS / "ktp-el.toml").read_text(encoding="utf-8")


def changed(old: str, new: str) -> bytes:
    assert old in SHIPPED
    return SHIPPED.replace(old, new, 1).encode()


def test_every_shipped_layout_loads() -> None:
    assert "ktp-el" in load_all(LAYOUTS)


@pytest.mark.parametrize(
    ("old", "new", "key", "expected"),
    [
        ('align = "centre"', 'align = "middle"', "$.texts[0].align", "left|centre|right"),
        ('text = "{nama}"', 'text = "{nma}"', "$.table.rows[0].text", "tempat_lahir"),
        ('text = "{nama}"', 'text = "{nama!r}"', "$.table.rows[0].text", "plainly"),
        ('text = "{nama}"', 'text = "{nama.__class__}"', "$.table.rows[0].text", "fields of the card"),
        ('text = "{nama}"', 'text = "{}"', "$.table.rows[0].text", "fields of the card"),
        ('text = "{nama}"', 'text = "{nama"', "$.table.rows[0].text", "expected '}'"),
        ('text = "{nama}"\n', "", "$.table.rows[0]", "missing required field `text`"),
        ('label = "Nama"', 'label = "Nama"\ncolour = "red"', "$.table.rows[0]", "unknown field `colour`"),
        ("min_size = 5.5 }", "min_size = 9 }", "$.styles.header.min_size", "at most size, 8"),
        ('header = { font = "bold"', 'header = { font = "serif"', "$.styles.header.font", "bold, sans"),
        ('style = "nik"', 'style = "nic"', "$.texts[2].style", "header, issue, label, long, nik, value"),
        ('label_style = "label"', 'label_style = "l"', "$.table.label_style", "one of [styles]"),
        ('style = "long"', 'style = "longer"', "$.table.rows[0].style", "one of [styles]"),
        ('name = "nik"\n', 'name = "provinsi"\n', "$.texts[4].name", "once"),
        ("x = 63.2, y = 10.2", "x = 73.2, y = 10.2", "$.photo.box", "on the card"),
        ("x = 63.2, y = 10.2", "x = 60.2, y = 10.2", "$.texts[4].box", "must not overlap $.photo.box"),
        ("x = 63.2, y = 10.2", "x = -1, y = 10.2", "$.photo.box.x", ">= 0"),
        ("w = 19.2", "w = 0", "$.photo.box.w", "> 0"),
        ("w = 19.2", 'w = "wide"', "$.photo.box.w", "Expected `float`"),
        ("pitch = 2.65", "pitch = 3.65", "$.table.pitch", "at most 3.25"),
        ("pitch = 2.65", "pitch = 1.65", "$.table.baseline", "less than pitch"),
        ("indent = 3.2", "indent = 33.2", "$.table.rows[4].indent", "room for the label"),
        ("value_x = 23.4", "value_x = 13.4", "$.table.value_x", "right of separator_x"),
        ("x = 43.5, value_x = 56.2", "x = 43.5, value_x = 36.2", "$.table.rows[2].beside.x", "its own value_x"),
        ("baseline = 2.7", "baseline = 4.7", "$.texts[0].baseline", "inside the box"),
        ("max_crop = 0.3", "max_crop = 1", "$.photo.max_crop", "< 1"),
        ('dates = "DD-MM-YYYY"', 'dates = "DD-MM"', "$.dates", "matching regex"),
        ('name = "ktp-el"', "name = ktp-el", "$", "TOML"),
    ],
)
def test_a_wrong_entry_is_named_with_what_is_expected(old: str, new: str, key: str, expected: str) -> None:
    with pytest.raises(BadLayout) as caught:
        parse(changed(old, new), "some.toml")
    assert caught.value.key == key
    assert expected in caught.value.expected
    assert str(caught.value).startswith(f"some.toml: {key}: ")


@given(st.binary(max_size=200) | st.text(st.sampled_from('[]{}="xyztable.rows0123\n# '), max_size=80).map(str.encode))
def test_any_bytes_are_a_layout_or_refused(data: bytes) -> None:
    with pytest.raises(BadLayout):
        parse(data, "some.toml")


def _paths(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(node, dict):
        return [p for k, v in node.items() for p in [(*at, k), *_paths(v, (*at, k))]]
    if isinstance(node, list):
        return [p for i, v in enumerate(node) for p in _paths(v, (*at, i))]
    return []


DOCUMENT = tomllib.loads(SHIPPED)


@pytest.mark.parametrize("path", _paths(DOCUMENT), ids=lambda path: ".".join(map(str, path)))
def test_no_key_may_be_misspelt(path: tuple[Any, ...]) -> None:
    """Every key of the file matters: written wrongly it is refused, unless it names an entry of the writer's own."""
    document: Any = tomllib.loads(SHIPPED)
    node = document
    for step in path[:-1]:
        node = node[step]
    node[f"{path[-1]}_x"] = node.pop(path[-1])
    with pytest.raises((msgspec.ValidationError, BadLayout)):
        _parse_document(document)


def _parse_document(document: Any) -> Layout:
    """Write the document as TOML: JSON of one line a table entry is close enough for its inline form."""
    lines = [f"{key} = {_toml(value)}" for key, value in document.items()]
    return parse("\n".join(lines).encode(), "some.toml")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return msgspec.json.encode(value).decode()


def test_the_digest_follows_what_the_layout_says_and_not_how_it_is_written(layout: Layout) -> None:
    assert parse(changed("[styles]", "# another remark\n[styles]"), "x").digest == layout.digest
    assert _parse_document(DOCUMENT).digest == layout.digest
    assert parse(changed("baseline = 1.95", "baseline = 1.96"), "x").digest != layout.digest


def test_a_layout_is_called_as_its_file(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(SHIPPED, encoding="utf-8")
    with pytest.raises(BadLayout, match=r"\$\.name: must be 'other'"):
        load(tmp_path / "other.toml")


def test_another_line_on_the_card_is_another_entry(citizen: Callable[..., CardData]) -> None:
    entry = '[[table.rows]]\nname = "again"\nlabel = "Lagi"\ntext = "{kecamatan}, {tanggal_terbit}"\n\n[photo]'
    added = parse(changed("[photo]", entry), "x")
    placed = {text.name: text for text in arrange(added, citizen(), typefaces(added))}
    assert [line.text for line in placed["again"].lines] == ["ENREKANG, 29-02-2024"]
    assert placed["again"].box.y > placed["berlaku_hingga"].box.y
