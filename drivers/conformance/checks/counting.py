"""Counters: by how much each act moves them decides how they are held against the book."""

from __future__ import annotations

from typing import cast

from drivers.conformance.acts import fed, printing_act
from drivers.conformance.bench import Bench, require
from drivers.conformance.hands import CannotDo
from drivers.conformance.promise import Facet, promise
from drivers.printer import CardCounter, CardTransport, CounterKind, Printer


@promise(
    "counts-one-a-card",
    "A card that is taken in, printed and put out is counted once.",
    Facet.COUNTER,
    blanks=1,
)
def counts_one_a_card(bench: Bench) -> None:
    """Make one whole card."""
    with bench.printer() as printer:
        before = _cards(bench, printer)
        act = printing_act(printer)
        act.prepare(bench, printer)
        act.call(printer, bench.soon(printer))
        if act.name == "transfer":
            cast("CardTransport", printer).deliver(bench.soon())
        after = _cards(bench, printer)
    require(after == before + 1, f"{before} before the card, {after} after it")


@promise(
    "counts-its-kind",
    "A card that is not printed is counted by a counter of fed cards, and not by one of printed cards.",
    Facet.COUNTER,
    blanks=1,
)
def counts_its_kind(bench: Bench) -> None:
    """Take a card in and put it out."""
    with bench.printer() as printer:
        if not isinstance(printer, CardTransport):
            raise CannotDo("it cannot put a card out unprinted")
        counter = cast("CardCounter", printer)
        before = counter.counters(bench.soon())
        fed(bench, printer)
        printer.deliver(bench.soon())
        after = counter.counters(bench.soon())
    allowed = {CounterKind.CARDS_FED: {1}, CounterKind.CARDS_PRINTED: {0}, CounterKind.CARDS_TOTAL: {0, 1}}
    moved = after.cards - before.cards
    require(after.kind is before.kind, f"{before.kind} became {after.kind}")
    require(moved in allowed[after.kind], f"{after.kind} moved by {moved} for a card that was not printed")


@promise("counts-for-life", "A counter never falls, and outlives the session.", Facet.COUNTER, blanks=1)
def counts_for_life(bench: Bench) -> None:
    """Count, make a card, open anew, count."""
    with bench.printer() as printer:
        before = _cards(bench, printer)
        act = printing_act(printer)
        act.prepare(bench, printer)
        act.call(printer, bench.soon(printer))
        during = _cards(bench, printer)
    with bench.printer() as printer:
        after = _cards(bench, printer)
    require(before <= during == after, f"{before} before a card, {during} after it, {after} in the next session")


def _cards(bench: Bench, printer: Printer) -> int:
    return cast("CardCounter", printer).counters(bench.soon()).cards
