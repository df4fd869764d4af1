"""How papers look: whatever they say is on their pages, within the margins, and again the same to the byte."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stationd.documents.content import Code, Column, Draft, Facts, Paper, Signature, Table, Text, seal_digest
from stationd.documents.render import render
from stationd.model.papers import Kind
from tests.documents.papers import LONG, OFFICE, SILENT, drafts, paper

FULL = drafts(full=True)
EMPTY = drafts(full=False)


def words(pdf: bytes) -> str:
    """Return all that stands on a paper's pages, without spaces: a line may break anywhere."""
    return "".join("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def said(content: Paper) -> list[str]:
    """Return all that a paper is to say."""
    texts = [*content.letterhead.lines, content.letterhead.address, content.number, *content.to]
    for block in content.blocks:
        match block:
            case Text():
                texts += block.paragraphs
            case Facts():
                texts += [part for row in block.rows for part in row]
            case Code():
                texts.append(block.title)
            case Table():
                texts += [column.title for column in block.columns]
                texts += [cell for row in (*block.rows, block.total) for cell in row]
    for signature in content.signatures:
        texts += [signature.heading, signature.role, signature.name, signature.number]
    return [text for text in texts if text]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("full", [True, False], ids=["full", "empty"])
def test_all_that_a_paper_says_is_on_its_pages(kind: Kind, full: bool) -> None:
    content = paper((FULL if full else EMPTY)[kind], OFFICE if full else SILENT)
    pdf, pages = render(content)
    found = words(pdf)
    missing = [text for text in said(content) if "".join(text.split()) not in found]
    assert not [text for text in missing if not _broken_by_a_page(text, found)]
    assert found.count(content.cites.head) == found.count(seal_digest(content)) == pages
    assert all(f"Halaman{page}dari{pages}" in found for page in range(1, pages + 1))


def _broken_by_a_page(text: str, found: str) -> bool:
    """A paragraph that goes on overleaf has the foot of a page in it."""
    parts = text.split()
    return any("".join(parts[:at]) in found and "".join(parts[at:]) in found for at in range(1, len(parts)))


@pytest.mark.parametrize("kind", Kind)
def test_the_same_paper_is_the_same_file(kind: Kind) -> None:
    assert render(paper(FULL[kind])) == render(paper(FULL[kind]))


def test_headings_of_a_table_stand_on_every_page_of_it() -> None:
    pdf, pages = render(paper(FULL[Kind.TRANSFER]))
    assert pages > 4
    texts = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert all("Di rak sejak" in text for text in texts[:-1])


def test_no_name_is_in_what_describes_the_file() -> None:
    pdf, _ = render(paper(FULL[Kind.RECEIPT]))
    described = str(pypdf.PdfReader(io.BytesIO(pdf)).metadata)
    assert "Tanda Terima" in described
    assert LONG.split()[0] not in described
    assert "7316034101900001" not in described


@pytest.mark.parametrize("kind", Kind)
def test_another_reader_finds_nothing_wrong_and_nothing_outside_the_margins(kind: Kind, tmp_path: Path) -> None:
    """Poppler draws each page: there is ink, and none within a centimetre of the edge."""
    content = paper(FULL[kind])
    pdf, pages = render(content)
    file = tmp_path / "paper.pdf"
    file.write_bytes(pdf)
    drawn = subprocess.run(["pdftoppm", "-r", "40", "-gray", file, tmp_path / "page"], capture_output=True, check=True)
    assert drawn.stderr == b""
    pictures = sorted(tmp_path.glob("page*.pgm"))
    assert len(pictures) == pages
    for picture in pictures:
        with Image.open(picture) as image:
            left, top, right, bottom = image.point(lambda level: 255 - level).getbbox() or (0, 0, 0, 0)
            margin = 40 / 2.54 * 0.8
            assert left > margin
            assert top > margin
            assert image.width - right > margin
            assert image.height - bottom > margin * 0.7


TEXTS = st.text(st.characters(codec="latin-1"), max_size=200)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=30), TEXTS, st.lists(TEXTS, max_size=4))
@settings(max_examples=30, deadline=None)
def test_whatever_a_name_holds_is_drawn_and_never_taken_for_markup(
    rows: list[tuple[str, str]], total: str, names: list[str]
) -> None:
    table = Table("Tabel", (Column("A"), Column("B", right=True)), tuple(rows), (total, total))
    signatures = tuple(Signature("Oleh,", "", name) for name in names)
    draft = Draft(title="Uji <b>", blocks=(table, Text((total,)), Facts(((total, total),))), signatures=signatures)
    pdf, pages = render(paper(draft))
    assert pages >= 1
    assert "Uji<b>".upper() in words(pdf).upper()


@given(st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Z", "C"]), max_size=80))
@settings(max_examples=50, deadline=None)
def test_signs_that_the_letters_do_not_have_stop_no_paper(name: str) -> None:
    draft = Draft(title="Uji", blocks=(Facts((("Nama", name),)),), signatures=(Signature("Oleh,", "", name),))
    assert render(paper(draft))[1] >= 1


def test_a_name_that_is_one_long_word_stays_on_the_page() -> None:
    draft = Draft(
        title="Uji",
        blocks=(Table("", (Column("A"), Column("B", 9)), (("W" * 200, "x"),)), Facts((("Nama", "M" * 300),))),
        signatures=(Signature("Oleh,", "", "W" * 120),),
    )
    found = words(render(paper(draft))[0])
    assert len(re.findall("W", found)) >= 320
    assert "M" * 300 in found
