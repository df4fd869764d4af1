from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.artwork.arrange import Placed, arrange
from stationd.artwork.errors import CannotFit, NoGlyph
from stationd.artwork.fonts import typefaces
from stationd.artwork.geometry import HAIR, MM_PER_POINT
from stationd.artwork.layout import Layout
from stationd.model.card import CardData


def arranged(layout: Layout, card: CardData) -> dict[str, Placed]:
    return {text.name: text for text in arrange(layout, card, typefaces(layout))}


def said(text: Placed) -> str:
    return "\n".join(line.text for line in text.lines)


def assert_well_set(layout: Layout, placed: dict[str, Placed]) -> None:
    """Every text keeps to its box, no box meets another, and all are on the card."""
    faces = typefaces(layout)
    for text in placed.values():
        em = text.size * MM_PER_POINT
        for line in text.lines:
            ink = faces[text.font].ink(line.text)
            assert line.x - ink.left * em >= text.box.x - HAIR
            assert line.x + ink.right * em <= text.box.right + HAIR
            assert line.baseline - ink.above * em >= text.box.y - HAIR
            assert line.baseline + ink.below * em <= text.box.bottom + HAIR
        assert text.box.on_card()
    boxes = [text.box for text in placed.values()] + [layout.photo.box, layout.signature.box]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def test_a_card_reads_as_the_law_orders_it(layout: Layout, citizen: Callable[..., CardData]) -> None:
    placed = arranged(layout, citizen())
    read = {name: said(text) for name, text in placed.items()}
    assert read["provinsi"] == "PROVINSI SULAWESI SELATAN"
    assert read["kabupaten"] == "KABUPATEN ENREKANG"
    assert read["nik"] == "7316014107900001"
    assert read["lahir"] == "ENREKANG, 01-07-1990"
    assert read["rt_rw"] == "001/002"
    assert read["berlaku_hingga"] == "SEUMUR HIDUP"
    assert read["terbit"] == "ENREKANG\n29-02-2024"
    rows = ["nama", "lahir", "jenis_kelamin", "alamat", "rt_rw", "kelurahan", "kecamatan", "agama"]
    rows += ["status_perkawinan", "pekerjaan", "kewarganegaraan", "berlaku_hingga"]
    downs = [placed[row].lines[0].baseline for row in rows]
    assert downs == sorted(downs)
    assert placed["golongan_darah"].lines[0].baseline == placed["jenis_kelamin"].lines[0].baseline
    assert placed["rt_rw.label"].box.x > placed["alamat.label"].box.x
    assert placed["nik"].size > placed["nama"].size
    assert placed["terbit"].box.y >= layout.photo.box.bottom
    assert layout.signature.box.y >= placed["terbit"].box.bottom - HAIR
    assert_well_set(layout, placed)


def test_a_label_stands_on_the_line_of_its_value(layout: Layout, longest: CardData) -> None:
    placed = arranged(layout, longest)
    for name in ("nama", "alamat", "agama"):
        assert placed[name].size < placed[f"{name}.label"].size
        assert placed[name].lines[0].baseline == placed[f"{name}.label"].lines[0].baseline


def test_the_longest_names_and_addresses_shrink_and_wrap_and_nothing_is_lost(layout: Layout, longest: CardData) -> None:
    placed = arranged(layout, longest)
    assert_well_set(layout, placed)
    assert len(longest.nama) > 80
    assert len(placed["nama"].lines) > 1
    assert len(placed["alamat"].lines) > 1
    for name in ("nama", "alamat", "agama", "kelurahan"):
        assert said(placed[name]).replace("\n", " ") == getattr(longest, name)


words = st.text(st.sampled_from("AAEEIINNRSTUMWDGHJ'"), min_size=1, max_size=14)


@given(st.data())
def test_any_card_is_well_set_or_its_field_is_named(
    layout: Layout, citizen: Callable[..., CardData], data: st.DataObject
) -> None:
    long = st.lists(words, min_size=1, max_size=12).map(" ".join)
    fields = data.draw(
        st.fixed_dictionaries(
            {name: long.map(lambda text: text[:60].strip()) for name in ("agama", "pekerjaan", "kelurahan")}
            | {name: long.map(lambda text: text[:140].strip()) for name in ("nama", "alamat")}
        )
    )
    refused = None
    try:
        placed = arranged(layout, citizen(**fields))
    except CannotFit as error:
        refused = error
    if refused is not None:
        assert refused.field in fields
        assert refused.lines_needed is None or refused.lines_needed > refused.max_lines
    else:
        assert_well_set(layout, placed)
        for name, value in fields.items():
            assert re.sub(r"\s", "", said(placed[name])) == re.sub(r"\s", "", value)


def test_what_cannot_fit_is_refused_with_its_field_and_without_its_value(
    layout: Layout, citizen: Callable[..., CardData]
) -> None:
    with pytest.raises(CannotFit) as caught:
        arranged(layout, citizen(nama="RAHASIA " * 18 + "X"))
    assert caught.value.field == "nama"
    assert caught.value.lines_needed is not None
    assert caught.value.lines_needed > caught.value.max_lines == 3
    assert caught.value.min_size == 4.25
    assert caught.value.box.w == pytest.approx(38.6)
    assert "RAHASIA" not in str(caught.value) + repr(caught.value) + str(dataclasses.astuple(caught.value))
    with pytest.raises(CannotFit, match=r"kecamatan does not fit .* one word is wider"):
        arranged(layout, citizen(kecamatan="RAHASIA" * 10))


def test_rows_that_are_too_high_together_name_the_one_that_takes_most(
    layout: Layout, citizen: Callable[..., CardData]
) -> None:
    two = "RAHASIA RAHASIA RAHASIA RAHASIA RAHASIA RAHASIA"
    with pytest.raises(CannotFit) as caught:
        arranged(
            layout,
            citizen(alamat=f"{two} {two}", pekerjaan=two, agama=two, kelurahan=two, kecamatan=two, kewarganegaraan=two),
        )
    assert caught.value.field == "alamat"
    assert caught.value.lines_needed == 3
    assert caught.value.max_lines < 3


@pytest.mark.parametrize(
    "name", ["D'ORNAY", "NUR'AINI", "NUR’AINI", "ANNE-MARIE", "JOSÉ", "JOSE\u0301", "ÅSA", "ŁUCJA"]
)
def test_names_with_marks_are_drawn(layout: Layout, citizen: Callable[..., CardData], name: str) -> None:
    assert len(said(arranged(layout, citizen(nama=name))["nama"])) == len(name.replace("E\u0301", "É"))


@pytest.mark.parametrize("name", ["王", "ꦗ", "A😀", "Q\u0301"])
def test_a_character_without_a_glyph_is_refused_by_its_field_and_not_named(
    layout: Layout, citizen: Callable[..., CardData], name: str
) -> None:
    with pytest.raises(NoGlyph) as caught:
        arranged(layout, citizen(nama=name))
    assert caught.value.field == "nama"
    told = f"{caught.value!s} {caught.value!r}"
    foreign = [character for character in name if not character.isascii()]
    assert not [character for character in foreign if character in told or f"{ord(character):04X}" in told]


def test_nothing_of_a_citizen_is_in_the_arrangement_s_repr(layout: Layout, citizen: Callable[..., CardData]) -> None:
    shown = repr(arrange(layout, citizen(), typefaces(layout)))
    assert "AINI" not in shown
    assert "7316" not in shown
