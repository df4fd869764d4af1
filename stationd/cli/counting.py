"""Commands that count blanks, and settle what does not agree: `blanks count`, `exchange`, `close-day`, `settle`."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click
import msgspec

from stationd.cli import text
from stationd.cli.blanks import blanks, done
from stationd.cli.console import Console, Trouble
from stationd.client.blanks import BalanceView, DiscrepancyView
from stationd.model.blank import CITIZENS, Place
from stationd.model.pile import FOREIGNERS, Counted
from stationd.model.settling import Explanation, State

SETTLED = State.SETTLED.value


@blanks.command("count", help="blanks-count-all")
@click.argument("piles", metavar="PLACE[/LINE[/STOCK]]=N...", nargs=-1, required=True)
@click.pass_obj
def take_stock(console: Console, piles: tuple[str, ...]) -> None:
    """Enter a stock-take."""
    counted = [_counted(console, pile) for pile in piles]
    _refuse_ambiguous(console, piles)
    _tell(console, console.client.take_stock(counted), "counted")


@blanks.command(help="blanks-exchange")
@click.argument("line", metavar="LINE")
@click.pass_obj
def exchange(console: Console, line: str) -> None:
    """Open a hopper."""
    console.client.begin_exchange(line)
    done(console, {"line": line}, "exchange-begun", line=line)


@blanks.command("exchange-end", help="blanks-exchange-end")
@click.argument("line", metavar="LINE")
@click.option("--count", "-n", type=int, required=True, metavar="N", help="blanks-counted")
@click.pass_obj
def exchange_end(console: Console, line: str, count: int) -> None:
    """Close a hopper."""
    _tell(console, console.client.end_exchange(line, count), "exchange-ended", line=line, count=count)


@blanks.command("close-day", help="blanks-close-day")
@click.option("--hopper", "hoppers", metavar="LINE=N", multiple=True, help="blanks-hopper")
@click.option("--store", type=int, required=True, metavar="N", help="blanks-store")
@click.option("--store-wna", type=int, metavar="N", help="blanks-store-wna")
@click.pass_obj
def close_day(console: Console, hoppers: tuple[str, ...], store: int, store_wna: int | None) -> None:
    """Close the day."""
    emptied = dict(_pair(console, hopper) for hopper in hoppers)
    stored = {CITIZENS: store, **({} if store_wna is None else {FOREIGNERS: store_wna})}
    _tell(console, console.client.close_day(emptied, stored), "day-closed")


@blanks.command("open-day", help="blanks-open-day")
@click.pass_obj
def open_day(console: Console) -> None:
    """Open the day."""
    console.client.open_day()
    done(console, {}, "day-opened")


@blanks.command(help="blanks-discrepancies")
@click.option("--all", "everything", is_flag=True, help="blanks-discrepancies-all")
@click.pass_obj
def discrepancies(console: Console, everything: bool) -> None:
    """Show what does not agree."""
    found = [each for each in console.client.discrepancies() if everything or each.state != SETTLED]
    if console.as_json:
        console.data(msgspec.to_builtins(found))
    else:
        _show(console, found)


def _show(console: Console, found: Sequence[DiscrepancyView]) -> None:
    if not found:
        console.say("discrepancies.none")
        return
    words = console.words
    columns = ("id", "since", "subject", "expected", "found", "origin", "state", "explanation")
    header = [words.say(f"discrepancies.{column}") for column in columns]
    rows = [
        (
            each.discrepancy_id,
            text.when(each.since),
            each.subject,
            str(each.expected),
            str(each.found),
            f"{words.name('origin', each.origin)} ({each.found_by})",
            words.name("discrepancy-state", each.state),
            words.name("explanation", each.explanation),
        )
        for each in found
    ]
    console.print(text.table(rows, header, right=frozenset({3, 4})))


@blanks.command(help="blanks-explain")
@click.argument("discrepancy", metavar="NO")
@click.option(
    "--as", "explanation", type=click.Choice([each.value for each in Explanation]), required=True, help="blanks-as"
)
@click.pass_obj
def explain(console: Console, discrepancy: str, explanation: str) -> None:
    """Say what explains a discrepancy."""
    console.client.explain(discrepancy, explanation)
    said = console.words.name("explanation", explanation)
    data = {"discrepancy": discrepancy, "explanation": explanation}
    done(console, data, "explained", id=discrepancy, explanation=said)


@blanks.command(help="blanks-settle")
@click.argument("discrepancy", metavar="NO")
@click.pass_obj
def settle(console: Console, discrepancy: str) -> None:
    """Approve what explains a discrepancy."""
    state = console.client.settle(discrepancy)
    sentence = "settled-provisional" if state == State.PROVISIONAL else "settled"
    done(console, {"discrepancy": discrepancy, "state": state}, sentence, id=discrepancy)


@blanks.command(help="blanks-approve")
@click.argument("discrepancy", metavar="NO")
@click.option("--letter", required=True, metavar="NUMBER", help="blanks-letter")
@click.pass_obj
def approve(console: Console, discrepancy: str, letter: str) -> None:
    """Enter the kabupaten's approval."""
    console.client.record_approval(discrepancy, letter)
    done(console, {"discrepancy": discrepancy, "letter": letter}, "approved", id=discrepancy, number=letter)


def _tell(console: Console, found: Sequence[str], sentence: str, **fields: object) -> None:
    """Say that a count was entered, and whether it agreed."""
    done(console, {"discrepancies": list(found)}, sentence, **fields)
    if not console.as_json:
        console.say("done.differs" if found else "done.agrees", ids=", ".join(found))


def _pair(console: Console, typed: str) -> tuple[str, int]:
    name, equals, count = typed.rpartition("=")
    if not equals or not re.fullmatch(r" *-?[0-9]{1,18} *", count):
        raise click.UsageError(console.words.say("usage.not-a-count", value=typed))
    return name.strip(), int(count)


def _refuse_ambiguous(console: Console, piles: Sequence[str]) -> None:
    """Refuse a bare `reject` where the office's own box and a line's bin both hold cards."""
    if any(_pair(console, pile)[0] == Place.REJECT for pile in piles):
        shown = {(b.place, b.line) for b in console.client.get("/v1/blanks", list[BalanceView]) if b.count > 0}
        named = sorted(f"{place}/{line}" for place, line in shown if place == Place.REJECT)
        if len(named) > 1:
            raise Trouble("line-not-named", ", ".join(named))


def _counted(console: Console, typed: str) -> Counted:
    named, count = _pair(console, typed)
    place, line, stock = (*named.split("/"), "", "")[:3]
    if place not in set(Place):
        raise click.UsageError(console.words.say("usage.not-a-count", value=typed))
    return Counted(Place(place), count, line, stock or CITIZENS)


COMMANDS = (blanks,)
