"""From what a paper says to a PDF on A4. The same paper gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from reportlab.graphics.barcode.qr import QrCode
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, Frame, KeepTogether, PageTemplate, Paragraph
from reportlab.platypus import Spacer as Space
from reportlab.platypus import Table as Grid
from reportlab.platypus.flowables import HRFlowable

from stationd.documents import fonts
from stationd.documents.content import Block, Code, Facts, Paper, Signature, Table, Text, seal_digest

_LEFT, _RIGHT, _TOP, _BOTTOM = 25 * mm, 20 * mm, 15 * mm, 24 * mm
_WIDTH: Final = A4[0] - _LEFT - _RIGHT
_LABEL: Final = 46 * mm
"""Width of the labels of facts."""

_ROOM: Final = 20 * mm
"""Room for a signature and a stamp."""

_CODE: Final = 95 * mm
"""Side of a QR code with its margin: a module of the largest is half a millimetre."""

_STURDY: Final = 1_200
"""Characters up to which a QR code may lose a seventh of itself and still be read; beyond, half of that."""

_HAND: Final = "." * 44
"""Where a name is written by hand."""

_LETTER_LABEL: Final = 20 * mm
_DATE_WIDTH: Final = 62 * mm
_SIDE_BY_SIDE: Final = 2
_GREY: Final = colors.HexColor("#e8e8e8")
_INK: Final = colors.HexColor("#444444")


def _style(name: str, size: float, **more: object) -> ParagraphStyle:
    font = {"fontName": fonts.REGULAR, "fontSize": size, "leading": size * 1.28, "splitLongWords": 1}
    return ParagraphStyle(name, **{**font, **more})


_BODY: Final = _style("body", 10, alignment=TA_JUSTIFY, spaceAfter=5)
_PLAIN: Final = _style("plain", 10)
_CELL: Final = _style("cell", 8.5)
_CELL_RIGHT: Final = _style("cell-right", 8.5, alignment=TA_RIGHT)
_CELL_HEAD: Final = _style("cell-head", 8.5, fontName=fonts.BOLD, alignment=TA_CENTER)
_CELL_BOLD: Final = _style("cell-bold", 8.5, fontName=fonts.BOLD)
_CELL_BOLD_RIGHT: Final = _style("cell-bold-right", 8.5, fontName=fonts.BOLD, alignment=TA_RIGHT)
_SECTION: Final = _style("section", 10, fontName=fonts.BOLD, spaceBefore=8, spaceAfter=3)
_TITLE: Final = _style("title", 12.5, fontName=fonts.BOLD, alignment=TA_CENTER, spaceBefore=8)
_NUMBER: Final = _style("number", 10, alignment=TA_CENTER, spaceAfter=10)
_KOP: Final = _style("kop", 12, alignment=TA_CENTER)
_KOP_BOLD: Final = _style("kop-bold", 14, fontName=fonts.BOLD, alignment=TA_CENTER)
_KOP_SMALL: Final = _style("kop-small", 8.5, alignment=TA_CENTER)
_SIGNING: Final = _style("signing", 10, alignment=TA_CENTER)


def render(paper: Paper) -> tuple[bytes, int]:
    """Return a paper as PDF, and how many pages it has.

    Raises:
        stationd.documents.errors.FontMissing: if the letters are not installed.
    """
    fonts.register()
    target = io.BytesIO()
    template = BaseDocTemplate(
        target,
        pagesize=A4,
        invariant=1,  # no time and no random id in the file: what is sealed can be made again
        title=f"{paper.title} {paper.number}",
        author=paper.cites.station,
        lang="id",
        pageCompression=1,
    )
    frame = Frame(_LEFT, _BOTTOM, _WIDTH, A4[1] - _TOP - _BOTTOM, 0, 0, 0, 0)
    template.addPageTemplates(PageTemplate("page", [frame]))
    footer = _footer(paper)
    pages: list[int] = []

    class Numbered(Canvas):  # type: ignore[misc]  # the library is not typed
        """Holds pages back until it is known how many there are."""

        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **kwargs)
            self._held: list[dict[str, object]] = []

        def showPage(self) -> None:  # noqa: N802 - the library's name
            self._held.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._held, 1):
                self.__dict__.update(page)
                _draw_footer(self, footer, number, len(self._held))
                super().showPage()
            pages.append(len(self._held))
            super().save()

    template.build(list(_flow(paper)), canvasmaker=Numbered)
    return target.getvalue(), pages[-1]


def _footer(paper: Paper) -> tuple[str, str, str]:
    cites = paper.cites
    return (
        paper.number,
        f"Buku {cites.station} ({cites.incarnation}), entri {cites.seq}, kepala buku {cites.head}",
        f"Segel {seal_digest(paper)}",
    )


def _draw_footer(canvas: Canvas, footer: tuple[str, str, str], page: int, of: int) -> None:
    canvas.saveState()
    canvas.setStrokeColor(_INK)
    canvas.setFillColor(_INK)
    canvas.setLineWidth(0.4)
    canvas.line(_LEFT, 19 * mm, A4[0] - _RIGHT, 19 * mm)
    canvas.setFont(fonts.REGULAR, 8)
    canvas.drawString(_LEFT, 15 * mm, footer[0])
    canvas.drawRightString(A4[0] - _RIGHT, 15 * mm, f"Halaman {page} dari {of}")
    for height, line in zip((11.5 * mm, 8.7 * mm), footer[1:], strict=True):
        size = 5.8
        while canvas.stringWidth(line, fonts.REGULAR, size) > _WIDTH:
            size -= 0.1
        canvas.setFont(fonts.REGULAR, size)
        canvas.drawString(_LEFT, height, line)
    canvas.restoreState()


def _flow(paper: Paper) -> Iterator[Flowable]:
    yield from _kop(paper)
    yield from _letter_head(paper) if paper.to else _record_head(paper)
    *blocks, last = paper.blocks
    for block in blocks:
        yield from _block(block)
    # Nobody signs a page on which nothing is said.
    parts = list(_block(last))
    if isinstance(last, Text):
        yield KeepTogether([*parts, *_signed(paper)])
    else:
        yield from parts
        yield KeepTogether(list(_signed(paper)))


def _kop(paper: Paper) -> Iterator[Flowable]:
    *above, last = paper.letterhead.lines
    for line in above:
        yield _said(line, _KOP)
    yield _said(last, _KOP_BOLD)
    if paper.letterhead.address:
        yield _said(paper.letterhead.address, _KOP_SMALL)
    yield Space(0, 3)
    yield HRFlowable("100%", 2.2, color=colors.black, spaceBefore=0, spaceAfter=1)
    yield HRFlowable("100%", 0.6, color=colors.black, spaceBefore=0, spaceAfter=6)


def _record_head(paper: Paper) -> Iterator[Flowable]:
    yield Paragraph(f"<u>{_clean(paper.title.upper())}</u>", _TITLE)
    yield _said(f"Nomor: {paper.number}", _NUMBER)


def _letter_head(paper: Paper) -> Iterator[Flowable]:
    labels = (("Nomor", paper.number), ("Sifat", "Segera"), ("Lampiran", paper.attached), ("Perihal", paper.title))
    dated = ", ".join(part for part in (paper.place, paper.date) if part)
    rows = [[_said(label, _PLAIN), _said(":", _PLAIN), _said(value, _PLAIN)] for label, value in labels]
    left = _bare(rows, (_LETTER_LABEL, 4 * mm, _WIDTH - _DATE_WIDTH - _LETTER_LABEL - 4 * mm))
    yield _bare([[left, _said(dated, _PLAIN)]], (_WIDTH - _DATE_WIDTH, _DATE_WIDTH))
    yield Space(0, 10)
    yield _said("Kepada\nYth. " + "\n".join(paper.to), _PLAIN)
    yield Space(0, 12)


def _block(block: Block) -> Iterator[Flowable]:
    match block:
        case Text():
            for number, paragraph in enumerate(block.paragraphs, 1):
                yield _numbered(number, paragraph) if block.numbered else _said(paragraph, _BODY)
        case Facts():
            if block.title:
                yield _said(block.title, _SECTION)
            rows = [[_said(label, _PLAIN), _said(":", _PLAIN), _said(value, _PLAIN)] for label, value in block.rows]
            yield _bare(rows, (_LABEL, 4 * mm, _WIDTH - _LABEL - 4 * mm))
            yield Space(0, 6)
        case Code():
            level = "M" if len(block.content) <= _STURDY else "L"
            drawn = QrCode(block.content, width=_CODE, height=_CODE, qrLevel=level)
            drawn.hAlign = "CENTER"
            yield KeepTogether([_said(block.title, _SECTION), drawn])
        case Table():
            if block.title:
                yield CondPageBreak(30 * mm)
                yield _said(block.title, _SECTION)
            yield _grid(block)
            yield Space(0, 6)


def _numbered(number: int, paragraph: str) -> Flowable:
    return _bare([[_said(f"{number}.", _PLAIN), _said(paragraph, _BODY)]], (7 * mm, _WIDTH - 7 * mm))


def _grid(table: Table) -> Grid:
    shares = sum(column.share for column in table.columns)
    widths = [_WIDTH * column.share / shares for column in table.columns]
    right = [column.right for column in table.columns]
    rows: list[list[Flowable | str]] = [[_said(column.title, _CELL_HEAD) for column in table.columns]]
    style: list[tuple[object, ...]] = [
        ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
        ("BACKGROUND", (0, 0), (-1, 0), _GREY),
        ("VALIGN", (0, 0), (-1, 0), "MIDDLE"),
        ("VALIGN", (0, 1), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("LEFTPADDING", (0, 0), (-1, -1), 3.5),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3.5),
    ]
    sides = [_CELL_RIGHT if end else _CELL for end in right]
    rows += [[_said(cell, side) for cell, side in zip(row, sides, strict=True)] for row in table.rows]
    if not table.rows:
        rows.append([_said(table.empty, _style("nil", 8.5, alignment=TA_CENTER))] + [""] * (len(right) - 1))
        style.append(("SPAN", (0, 1), (-1, 1)))
    if table.total:
        cells = zip(table.total, right, strict=True)
        rows.append([_said(cell, _CELL_BOLD_RIGHT if end else _CELL_BOLD) for cell, end in cells])
        style.append(("BACKGROUND", (0, -1), (-1, -1), _GREY))
    return Grid(rows, colWidths=widths, repeatRows=1, style=style, hAlign="LEFT")


def _signed(paper: Paper) -> Iterator[Flowable]:
    """Yield where the paper is signed: two side by side, a last one alone in the middle; a letter's to the right."""
    dated = ", ".join(part for part in (paper.place, paper.date) if part)
    signatures = list(paper.signatures)
    when = "" if paper.to else dated
    while signatures:
        row = signatures[:_SIDE_BY_SIDE]
        del signatures[:_SIDE_BY_SIDE]
        widths = [_WIDTH / 2] * len(row)
        lines = [[_said(cell, _SIGNING) for cell in cells] for cells in _headings(row, when)]
        lines += [[Space(0, _ROOM)] * len(row), [_name(each) for each in row]]
        lines.append([_said(each.number or " ", _SIGNING) for each in row])
        block = _bare(lines, widths)
        block.hAlign = "LEFT" if len(row) == _SIDE_BY_SIDE else "RIGHT" if paper.to else "CENTER"
        yield Space(0, 10)
        yield block
        when = ""


def _headings(row: Sequence[Signature], when: str) -> Iterator[tuple[str, ...]]:
    """Yield what stands above the names, line by line, so that names stand at one height."""
    lines = [("",) * (len(row) - 1) + (when,), tuple(each.heading for each in row), tuple(each.role for each in row)]
    yield from (line for line in lines if any(line))


def _name(signature: Signature) -> Paragraph:
    return Paragraph(f"<b><u>{_clean(signature.name)}</u></b>" if signature.name else _HAND, _SIGNING)


def _bare(rows: Sequence[Sequence[object]], widths: Sequence[float], *, top: bool = True) -> Grid:
    """Return cells beside each other without lines."""
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP" if top else "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]
    return Grid([list(row) for row in rows], colWidths=list(widths), style=style, hAlign="LEFT")


def _said(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph("<br/>".join(map(_clean, text.split("\n"))), style)


def _clean(text: str) -> str:
    """Make text safe for the library's markup: what a name holds is letters, never a tag."""
    return escape("".join(character if character.isprintable() else " " for character in text))
