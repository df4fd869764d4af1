"""The page about printers, made from what was seen (docs/printers.md): `python -m tests.campaigns.matrix_page`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from stationd.words import ENGLISH, INDONESIAN, Words
from tests.campaigns.launcher import PATIENCE
from tests.campaigns.matrix import Seen, read
from tests.campaigns.matrix_facets import Facets
from tests.campaigns.matrix_faults import ROWS, WITHOUT_ROW
from tests.campaigns.matrix_room import FACTOR, Cell
from tests.campaigns.matrix_words import KINDS, Card
from tests.rig.station import ROOT

PAGE: Final = ROOT / "docs" / "printers.md"

NAMES: Final[Mapping[str, str]] = {
    "matica": "Matica XID, USB",
    "matica-tcp": "Matica XID, TCP",
    "evolis": "Evolis, USB",
    "evolis-serial": "Evolis, RS-232",
    "magicard": "Magicard, USB",
    "ipp": "any, by IPP",
    "cups": "any, by a CUPS queue",
}

ABOUT: Final[Mapping[str, tuple[str, str]]] = {
    "matica": (
        "BOT over USB 2166:701D",
        "tell a full reject bin or output, or a cleaning that is due",
    ),
    "matica-tcp": (
        "TCP 50730 and UDP 50731",
        "as over USB; nor be found at another address than the one in station.toml",
    ),
    "evolis": (
        "printer class, with host-managed errors",
        "print past the edge; tell a feeder that failed from one that was cleared since",
    ),
    "evolis-serial": (
        "pyserial, 9600 to 115200 Bd",
        "as over USB; nor hurry: at 9600 Bd a picture takes minutes",
    ),
    "magicard": (
        "bulk endpoints of a printer class interface, 0C1F",
        "hold a card, reject one, or name its troubles: one error number is public",
    ),
    "ipp": (
        "IPP to the printer itself",
        "hold a card, reject one, count cards, be believed that it has printed",
    ),
    "cups": (
        "IPP to a queue of a CUPS server",
        "as by IPP; nor say of a card in print whose printer goes away whether it was begun",
    ),
}
"""By kind: how it is reached, and what it cannot do."""

CLIENTS: Final[Mapping[str, str]] = {
    "matica": "by hand: `testusb.c` of `revk/cardprint`, which only asks who the machine is",
    "matica-tcp": "by hand: `xidserver.c` of `revk/cardprint`, which moves cards, engages the contacts and prints",
    "evolis": "none over USB",
    "evolis-serial": "by hand: the Perl client of `dpavlin/Printer-EVOLIS`, and a Windows driver's jobs captured there",
    "magicard": "Gutenprint's `rastertogutenprint` and its backend `gutenprint53+usb`; by hand: a Windows driver's jobs"
    " captured in `pc-coholic/magicardppd`",
    "ipp": "CUPS: the printer is its own `ippeveprinter`, and `cupsd` prints to it",
    "cups": "CUPS: a real `cupsd` with a queue of its own making (`lpadmin -m everywhere`)",
}
"""By kind: with which client that nobody here wrote its simulator was tried (docs/simulators.md)."""

HEAD: Final = """\
# Printers

What each kind of printer can do, and what a station does when something goes wrong with it. Written by
`script/campaign matrix`, which lets every fault that a kind can have befall it while one card is made, at the step
where it bites; a test keeps the page current. Nothing here was run on hardware.

Each cell is the real daemon, with its api, book, smart-card reader and registry, over the printer's own wire: umockdev
USB, TCP and UDP, a pty, `ippeveprinter`, `cupsd`. Machines work {factor:.0f} times as fast as in life, and the daemon
waits {patience:.0f} times less long for a silent one. An officer does what the line's words tell her and nothing else.
What has to follow is decided in `tests/campaigns/matrix_faults.py`, a row at a time; a cell that differs fails, and so
does one after which the book and the world disagree about any pile of blanks, before or after somebody counted. The
test runs a few cells anew in its own process: the press and the driver over the same wire, without the daemon.

    script/campaign matrix [--kind evolis] [--fault jam]
"""

LEGEND: Final = """\
- **good**: the job's card was made, and no blank was lost
- **rejected**: the card lies in the reject bin; the job waits until another blank is allowed for it
- **in question**: a hand took the card out of the printer, or nobody saw it leave; the blank is in question until the
  bin is counted. A job whose chip was not written yet goes on with another blank; any other waits
- **asked**: a person is asked what became of the card, because it may be live; then it is as said before that word
- `+`: somebody first mended what the line named, and it then went on by itself; `++`: somebody let it go on, too
- –: this kind cannot have it, or has no word for it
"""


FACETS: Final = """\
These are the driver's own words, read from the open printer (`drivers/printer.py`). A KTP-el is printed on its front; a
card is turned over for a test print only (`test-print --back`). Heat is a state that a printer tells or not; *head-hot*
below shows which.
"""


def page(seen: Seen) -> str:
    """Return the whole page."""
    held = {(cell.kind, cell.fault): cell for cell in seen.cells}
    lines = [
        HEAD.format(factor=FACTOR, patience=PATIENCE),
        "## What each is\n",
        *_kinds(seen.facets),
        "## Family × fault\n",
        LEGEND,
    ]
    lines += [*_matrix(held), _sums(seen), "", "## What the officer reads, and what becomes of the card\n"]
    for kind in KINDS:
        lines += [f"### {NAMES[kind]}\n", *_details([cell for cell in seen.cells if cell.kind == kind])]
    lines += ["## The words\n", *_words(seen), "## The faults\n", *_faults()]
    return "\n".join(lines)


def write(seen: Seen, file: Path = PAGE) -> None:
    """Write the page anew."""
    file.write_text(page(seen))


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


def _kinds(facets: Mapping[str, Facets]) -> Iterator[str]:
    told = {kind: facets[kind] for kind in KINDS if kind in facets}
    yield from _table(
        (
            "",
            "reached by",
            "model",
            "route",
            "reader",
            "picture",
            "reject bin",
            "turns cards",
            "past the edge",
            "counts",
            "cleaned by the station",
            "supplies",
        ),
        ((NAMES[kind], ABOUT[kind][0], *_declared(facet)) for kind, facet in told.items()),
    )
    yield FACETS
    yield from _table(
        ("", "cannot", "its simulator was tried with"), ((NAMES[kind], ABOUT[kind][1], CLIENTS[kind]) for kind in KINDS)
    )


def _declared(facet: Facets) -> tuple[str, ...]:
    panels = ", ".join(facet.panels)
    supplies = ", ".join(f"{name}{'' if exact else ' (not as cards)'}" for name, exact in facet.supplies.items())
    return (
        facet.model,
        _route(facet),
        "inside" if "EncodingStation" in facet.facets else "on the desk",
        f"{facet.width} × {facet.height} at {facet.dpi} dpi: {panels}",
        "yes" if facet.reject_bin else "no",
        "yes" if "CardFlipper" in facet.facets else "no",
        "yes" if facet.over_the_edge else "no",
        facet.counter or "nothing",
        "yes" if "Cleanable" in facet.facets else "no",
        supplies or "nothing",
    )


def _route(facet: Facets) -> str:
    if "WholeCardPrinter" in facet.facets:
        return "desk, then print"
    if "RetransferPrinter" in facet.facets:
        return "retransfer, film beside the chip" if facet.film_beside_chip else "retransfer, film after the chip"
    return "direct, printed on the way out"


def short(cell: Cell) -> str:
    """One cell of the matrix."""
    mended = "++" if cell.pressed else "+" if cell.did else ""
    return (
        f"{cell.card}{', asked' if cell.asked else ''}{' ' + mended if mended else ''}{' **!**' if cell.wrong else ''}"
    )


def _matrix(held: Mapping[tuple[str, str], Cell]) -> Iterator[str]:
    def rows() -> Iterator[tuple[str, ...]]:
        for row in ROWS:
            cells = (held.get((kind, row.name)) for kind in KINDS)
            yield (row.name, *("–" if cell is None else short(cell) for cell in cells))

    yield from _table(("fault", *NAMES.values()), rows())


def _sums(seen: Seen) -> str:
    cards = Counter(cell.card for cell in seen.cells)
    told = ", ".join(f"{cards[card]} {card}" for card in Card)
    alone = sum(not cell.did and not cell.asked for cell in seen.cells)
    mended = sum(bool(cell.did) and not cell.pressed and not cell.asked for cell in seen.cells)
    pressed = sum(cell.pressed for cell in seen.cells)
    asked = sum(cell.asked for cell in seen.cells)
    wrong = sum(bool(cell.wrong) for cell in seen.cells)
    return (
        f"{len(seen.cells)} cells: {told}. Passed without a hand: {alone}; went on by itself once a hand had mended"
        f" what was named: {mended}; had to be let go on: {pressed}; asked about: {asked}. Not as decided: {wrong}."
    )


def _details(cells: list[Cell]) -> Iterator[str]:
    yield from _table(
        ("fault", "the line says", "a hand did something about", "card", "the job waits for", "blanks"),
        (
            (
                cell.fault,
                _codes(cell.shown) or "nothing",
                _codes(cell.did) or "nothing",
                cell.card + (", asked" if cell.asked else ""),
                _codes((cell.held,)) if cell.held else "",
                str(cell.attempts),
            )
            for cell in cells
        ),
    )


def _codes(codes: tuple[str, ...]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _words(seen: Seen) -> Iterator[str]:
    indonesian, english = Words(INDONESIAN), Words(ENGLISH)
    codes = sorted({code for cell in seen.cells for code in (*cell.shown, cell.held) if code})

    def rows() -> Iterator[tuple[str, ...]]:
        for code in codes:
            said, meant = indonesian.cause(code, "…"), english.cause(code, "…")
            yield (f"`{code}`", said.what, said.do, meant.do + (f" `{meant.command}`" if meant.command else ""))

    yield from _table(("code", "layar", "yang dilakukan", "to do"), rows())


def _faults() -> Iterator[str]:
    yield from _table(("fault", "what happens"), ((row.name, row.about) for row in ROWS))
    yield "What a simulator knows and no row brings about as it is:\n"
    told = ((family, fault, why) for family, faults in WITHOUT_ROW.items() for fault, why in faults.items())
    yield from _table(("family", "fault", "why"), told)
    yield "Over TCP a Matica, too, has no other name than its address: it is not plugged in elsewhere here."
    yield "Other models, other speeds and direct printers without a reader inside are worked by `script/campaign day`."
    yield ""


if __name__ == "__main__":
    write(read())
