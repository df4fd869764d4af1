"""A card layout: which text, photo and signature go where. Data from `config/layouts/*.toml`, checked whole at load.

Lengths are millimetres from the card's upper left corner, type sizes are points. A layout has free-standing `texts`,
one `table` of rows under each other (label, separator, value), a `photo` and a `signature`. Texts name fields of
`stationd.model.card.CardData` in braces; a new line on the card needs a new entry, and no code.
"""

from __future__ import annotations

import hashlib
import itertools
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from stationd.artwork.errors import BadLayout
from stationd.artwork.geometry import CARD_HEIGHT, CARD_WIDTH, HAIR, Box, Length, Offset
from stationd.artwork.template import placeholders

Points = Annotated[float, msgspec.Meta(ge=2, le=40)]
Lines = Annotated[int, msgspec.Meta(ge=1, le=6)]
Name = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_-]*$")]
Align = Annotated[str, msgspec.Meta(pattern="^(left|centre|right)$")]  # a pattern, as its error tells the choices
Pixels = Annotated[int, msgspec.Meta(ge=1, le=4096)]


class Font(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A type family: the first of its files that is there is used; `package` is what a technician installs."""

    package: str
    files: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class Style(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a text is set: it shrinks from `size` to `min_size` on one line, then takes up to `max_lines`.

    `leading` is the distance between its baselines in ems.
    """

    font: str
    size: Points
    min_size: Points
    max_lines: Lines = 1
    leading: Annotated[float, msgspec.Meta(ge=1, le=2)] = 1.08


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A free-standing text. `baseline` is the first line's, below the box's upper edge."""

    name: Name
    text: str
    box: Box
    baseline: Length
    style: str
    align: Align = "left"


class Beside(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A second label and value on a row, from `x` and `value_x` on."""

    name: Name
    label: str
    text: str
    x: Offset
    value_x: Offset


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row of the table: a label, moved in by `indent`, and a value in the table's style or its own."""

    name: Name
    label: str
    text: str
    indent: Offset = 0.0
    style: str | None = None
    beside: Beside | None = None


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rows from the top of `box` down, `pitch` apart; a value of several lines moves the rows below it.

    Labels, and the separators after them, have a style of their own. What is left of the box's height spreads the
    rows by up to `spread` each.
    """

    box: Box
    style: str
    label_style: str
    baseline: Length
    pitch: Length
    spread: Offset = 0.0
    separator: str
    separator_x: Offset
    value_x: Offset
    rows: Annotated[tuple[Row, ...], msgspec.Meta(min_length=1)]


class Photo(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The photo fills its box; for that, at most the share `max_crop` of its width or height is cut off."""

    box: Box
    min_width: Pixels
    min_height: Pixels
    max_crop: Annotated[float, msgspec.Meta(ge=0, lt=1)]


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The signature is shown whole, centred in its box."""

    box: Box
    min_width: Pixels
    min_height: Pixels


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The front of one kind of card. `dates` is how dates are written, of `DD`, `MM` and `YYYY`."""

    name: Name
    dates: Annotated[str, msgspec.Meta(pattern="^(?=.*DD)(?=.*MM)(?=.*YYYY)[DMY ./-]+$")]
    fonts: dict[str, Font]
    styles: dict[str, Style]
    texts: tuple[Text, ...]
    table: Table
    photo: Photo
    signature: Signature

    @property
    def digest(self) -> str:
        """SHA-256 of what the layout says, in lower-case hex; comments and the order of keys do not alter it."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


def load(path: Path) -> Layout:
    """Read a layout file. Its name must be the layout's. Raises `BadLayout`, or `OSError` if it cannot be read."""
    layout = parse(path.read_bytes(), str(path))
    if layout.name != path.stem:
        raise BadLayout(str(path), "$.name", f"must be {path.stem!r}, as the file is called")
    return layout


def load_all(directory: Path) -> dict[str, Layout]:
    """Read every layout of a directory, by name. Raises as `load`."""
    return {path.stem: load(path) for path in sorted(directory.glob("*.toml"))}


def parse(data: bytes, source: str) -> Layout:
    """Read a layout from TOML; `source` names it in errors. Raises `BadLayout`."""
    try:
        document = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadLayout(source, "$", f"must be TOML in UTF-8: {error}") from error
    try:
        layout = msgspec.convert(document, Layout)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise BadLayout(source, where.strip("`") or "$", what) from error
    for key, expected in _faults(layout):
        raise BadLayout(source, key, expected)
    return layout


def _faults(layout: Layout) -> Iterator[tuple[str, str]]:
    """Every rule that holds between keys and is broken: where, and what is expected."""
    yield from _style_faults(layout)
    yield from _text_faults(layout)
    yield from _table_faults(layout.table)
    yield from _place_faults(layout)


def _style_faults(layout: Layout) -> Iterator[tuple[str, str]]:
    for name, style in layout.styles.items():
        if style.font not in layout.fonts:
            yield f"$.styles.{name}.font", f"must be one of [fonts]: {', '.join(sorted(layout.fonts))}"
        if style.min_size > style.size:
            yield f"$.styles.{name}.min_size", f"must be at most size, {style.size:g}"
    used = [(f"$.texts[{i}].style", text.style) for i, text in enumerate(layout.texts)]
    used += [(f"$.table.rows[{i}].style", row.style) for i, row in enumerate(layout.table.rows) if row.style]
    used += [("$.table.style", layout.table.style), ("$.table.label_style", layout.table.label_style)]
    for key, style_name in used:
        if style_name not in layout.styles:
            yield key, f"must be one of [styles]: {', '.join(sorted(layout.styles))}"


def _text_faults(layout: Layout) -> Iterator[tuple[str, str]]:
    texts = [(f"$.texts[{i}]", text.name, text.text) for i, text in enumerate(layout.texts)]
    for i, row in enumerate(layout.table.rows):
        texts.append((f"$.table.rows[{i}]", row.name, row.text))
        if row.beside is not None:
            texts.append((f"$.table.rows[{i}].beside", row.beside.name, row.beside.text))
    seen: set[str] = set()
    for key, name, text in texts:
        if name in seen:
            yield f"{key}.name", "must be used once"
        seen.add(name)
        try:
            placeholders(text)
        except ValueError as error:
            yield f"{key}.text", str(error)


def _table_faults(table: Table) -> Iterator[tuple[str, str]]:
    box = table.box
    if not box.x <= table.separator_x < table.value_x < box.right:
        yield "$.table.value_x", "must be right of separator_x, and both inside the table's box"
    if len(table.rows) * table.pitch > box.h + HAIR:
        yield "$.table.pitch", f"must be at most {box.h / len(table.rows):.2f} for {len(table.rows)} rows in {box.h} mm"
    if table.baseline >= table.pitch:
        yield "$.table.baseline", f"must be less than pitch, {table.pitch:g}"
    for i, row in enumerate(table.rows):
        if box.x + row.indent >= table.separator_x:
            yield f"$.table.rows[{i}].indent", "must leave room for the label left of separator_x"
        if row.beside is not None and not table.value_x < row.beside.x < row.beside.value_x < box.right:
            yield f"$.table.rows[{i}].beside.x", "must be right of value_x, left of its own value_x and inside the box"


def _place_faults(layout: Layout) -> Iterator[tuple[str, str]]:
    places = [(f"$.texts[{i}].box", text.box) for i, text in enumerate(layout.texts)]
    places += [
        ("$.table.box", layout.table.box),
        ("$.photo.box", layout.photo.box),
        ("$.signature.box", layout.signature.box),
    ]
    for key, box in places:
        if not box.on_card():
            yield key, f"must lie on the card, {CARD_WIDTH} × {CARD_HEIGHT} mm"
    for i, text in enumerate(layout.texts):
        if text.baseline > text.box.h:
            yield f"$.texts[{i}].baseline", f"must be inside the box, {text.box.h:g} mm high"
    for (key, box), (other_key, other) in itertools.combinations(places, 2):
        if box.overlaps(other):
            yield key, f"must not overlap {other_key}"
