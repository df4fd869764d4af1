"""Commands about blanks: `blanks receive`, `blanks load`, `blanks show`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from stationd.cli import text
from stationd.cli.console import Console
from stationd.cli.spoken import SpokenGroup
from stationd.client import BalanceView
from stationd.model.blank import CITIZENS, OUTSIDE, Place

LEFT = frozenset({Place.CITIZEN, Place.DESTROYED, Place.SENT_BACK, Place.TRANSFERRED, Place.MISSING})
"""Places in which a blank is no longer at the station."""


@click.group(cls=SpokenGroup, help="blanks")
def blanks() -> None:
    """Gather the commands about blanks."""


@blanks.command(help="blanks-receive")
@click.option("--batch", "-b", required=True, metavar="B", help="blanks-batch")
@click.option("--count", "-n", type=int, required=True, metavar="N", help="blanks-count")
@click.option("--stock", default=CITIZENS, metavar="S", help="blanks-stock")
@click.pass_obj
def receive(console: Console, batch: str, count: int, stock: str) -> None:
    """Take a counted delivery into the store."""
    console.client.receive_blanks(batch, count, stock)
    if console.as_json:
        console.data({"batch": batch, "count": count, "stock": stock})
    else:
        console.say("done.received", batch=batch, count=count)


@blanks.command(help="blanks-load")
@click.option("--line", "-l", required=True, metavar="L", help="blanks-line")
@click.option("--count", "-n", type=int, required=True, metavar="N", help="blanks-count")
@click.option("--stock", default=CITIZENS, metavar="S", help="blanks-stock")
@click.pass_obj
def load(console: Console, line: str, count: int, stock: str) -> None:
    """Enter blanks that were put into a hopper."""
    console.client.load_blanks(line, count, stock)
    if console.as_json:
        console.data({"line": line, "count": count, "stock": stock})
    else:
        console.say("done.loaded", line=line, count=count)


@blanks.command(help="blanks-show")
@click.pass_obj
def show(console: Console) -> None:
    """Show how many blanks are in each place."""
    console.show("/v1/blanks", list[BalanceView], lambda held: _show(console, held))


def _show(console: Console, held: Sequence[BalanceView]) -> None:
    counted = [balance for balance in held if balance.place not in set(OUTSIDE)]
    if not counted:
        console.say("blanks.empty")
        return
    words = console.words
    order = list(words.codes("place"))
    counted.sort(key=lambda b: (order.index(b.place) if b.place in order else len(order), b.line, b.stock, b.batch))
    header = [words.say(f"blanks.{column}") for column in ("place", "line", "stock", "batch", "count")]
    rows = [
        (words.name("place", b.place), b.line, words.name("stock", b.stock), b.batch, str(b.count)) for b in counted
    ]
    console.print(text.table(rows, header, right=frozenset({4})))
    console.say("blanks.here", count=sum(b.count for b in counted if b.place not in set(LEFT)))


COMMANDS = (blanks,)
