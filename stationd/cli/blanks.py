"""Commands about blanks that are moved by hand: `blanks receive`, `load`, `send-back`, `destroy` and the like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from stationd.cli import text
from stationd.cli.console import Console
from stationd.cli.spoken import SpokenGroup
from stationd.client.blanks import BalanceView
from stationd.model.blank import CITIZENS, OUTSIDE, Place
from stationd.model.reasons import SpoilReason, TransferReason, WithdrawReason

LEFT = frozenset({Place.CITIZEN, Place.DESTROYED, Place.SENT_BACK, Place.TRANSFERRED, Place.MISSING, Place.ALLOTTED})
"""Places in which a blank is no longer at the station."""

count_option = click.option("--count", "-n", type=int, required=True, metavar="N", help="blanks-count")
line_option = click.option("--line", "-l", required=True, metavar="L", help="blanks-line")
any_line_option = click.option("--line", "-l", default="", metavar="L", help="blanks-line")
stock_option = click.option("--stock", default=CITIZENS, metavar="S", help="blanks-stock")


@click.group(cls=SpokenGroup, help="blanks")
def blanks() -> None:
    """Gather the commands about blanks."""


def done(console: Console, data: Any, sentence: str, **fields: object) -> None:
    """Say what was done, or give it as data."""
    if console.as_json:
        console.data(data)
    else:
        console.say(f"done.{sentence}", **fields)


@blanks.command(help="blanks-receive")
@click.option("--batch", "-b", required=True, metavar="B", help="blanks-batch")
@count_option
@click.option("--announced", type=int, metavar="N", help="blanks-announced")
@click.option("--note", default="", metavar="NUMBER", help="blanks-note")
@stock_option
@click.pass_obj
def receive(console: Console, batch: str, count: int, announced: int | None, note: str, stock: str) -> None:
    """Take a counted delivery into the store."""
    console.client.receive_blanks(batch, count, stock, announced, note)
    paper: dict[str, Any] = {} if announced is None else {"announced": announced, "difference": count - announced}
    paper |= {"note": note} if note else {}
    done(console, {"batch": batch, "count": count, "stock": stock, **paper}, "received", batch=batch, count=count)
    if console.as_json or announced is None:
        return
    if count < announced:
        console.say("done.received-short", announced=announced, missing=announced - count)
    elif count > announced:
        console.say("done.received-over", announced=announced, extra=count - announced)


@blanks.command(help="blanks-load")
@line_option
@count_option
@stock_option
@click.pass_obj
def load(console: Console, line: str, count: int, stock: str) -> None:
    """Enter blanks that were put into a hopper."""
    console.client.load_blanks(line, count, stock)
    done(console, {"line": line, "count": count, "stock": stock}, "loaded", line=line, count=count)


@blanks.command(help="blanks-release")
@line_option
@click.pass_obj
def release(console: Console, line: str) -> None:
    """Give one blank of a hopper for a trial."""
    console.client.release_blank(line)
    done(console, {"line": line}, "blank-released", line=line)


@blanks.command(help="blanks-unload")
@line_option
@count_option
@stock_option
@click.pass_obj
def unload(console: Console, line: str, count: int, stock: str) -> None:
    """Enter blanks that were taken out of a hopper."""
    console.client.unload_blanks(line, count, stock)
    done(console, {"line": line, "count": count, "stock": stock}, "unloaded", line=line, count=count)


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


@blanks.command(help="blanks-take")
@count_option
@stock_option
@click.pass_obj
def take(console: Console, count: int, stock: str) -> None:
    """Take blanks into the hand."""
    console.client.take_in_hand(count, stock)
    done(console, {"count": count, "stock": stock}, "taken", count=count)


@blanks.command("put-back", help="blanks-put-back")
@click.option("--line", "-l", default="", metavar="L", help="blanks-put-back-line")
@count_option
@stock_option
@click.pass_obj
def put_back(console: Console, line: str, count: int, stock: str) -> None:
    """Put blanks back from the hand, or from an output."""
    console.client.put_back(count, stock, line)
    done(console, {"count": count, "stock": stock, "line": line}, "put-back", count=count)


@blanks.command("send-back", help="blanks-send-back")
@count_option
@click.option("--note", required=True, metavar="NUMBER", help="blanks-send-note")
@click.option("--unfit", is_flag=True, help="blanks-send-unfit")
@stock_option
@click.pass_obj
def send_back(console: Console, count: int, note: str, stock: str, *, unfit: bool) -> None:
    """Send unused blanks back."""
    console.client.send_back_blanks(count, note, stock, unfit=unfit)
    data = {"count": count, "note": note, "stock": stock, "unfit": unfit}
    done(console, data, "sent-back", count=count, number=note)


@blanks.command("spoil", help="blanks-spoil")
@click.option("--place", "-p", required=True, metavar="store|hopper|hand|unfit|output", help="blanks-loose-place")
@any_line_option
@count_option
@click.option(
    "--reason", type=click.Choice([reason.value for reason in SpoilReason]), required=True, help="blanks-spoil-reason"
)
@stock_option
@click.pass_obj
def spoil_loose(console: Console, place: str, line: str, count: int, reason: str, stock: str) -> None:
    """Set loose blanks aside as spoiled."""
    console.client.spoil_blanks(place, count, reason, line, stock)
    data = {"place": place, "line": line, "count": count, "reason": reason, "stock": stock}
    done(console, data, "spoiled-loose", count=count, reason=console.words.name("spoil", reason))


@blanks.command(help="blanks-destroy")
@count_option
@click.option("--record", required=True, metavar="NUMBER", help="blanks-record")
@stock_option
@click.pass_obj
def destroy(console: Console, count: int, record: str, stock: str) -> None:
    """Enter that cards were destroyed."""
    console.client.destroy_cards(count, record, stock)
    done(console, {"count": count, "record": record, "stock": stock}, "destroyed", count=count, number=record)


@blanks.command(help="blanks-withdraw")
@click.argument("job", metavar="JOB")
@click.option(
    "--reason",
    type=click.Choice([reason.value for reason in WithdrawReason]),
    required=True,
    help="blanks-withdraw-reason",
)
@click.pass_obj
def withdraw(console: Console, job: str, reason: str) -> None:
    """Take a finished card from the shelf."""
    console.client.withdraw(job, reason)
    done(console, {"job": job, "reason": reason}, "withdrawn", job=job, reason=console.words.name("withdraw", reason))


@blanks.command(help="blanks-transfer")
@click.argument("job", metavar="JOB")
@click.option("--to", "office", required=True, metavar="OFFICE", help="blanks-transfer-to")
@click.option(
    "--reason",
    type=click.Choice([reason.value for reason in TransferReason]),
    required=True,
    help="blanks-transfer-reason",
)
@click.pass_obj
def transfer(console: Console, job: str, office: str, reason: str) -> None:
    """Send a finished card to another office."""
    console.client.transfer(job, office, reason)
    named = console.words.name("transfer", reason)
    data = {"job": job, "office": office, "reason": reason}
    done(console, data, "transferred", job=job, office=office, reason=named)


@blanks.command(help="blanks-missing")
@click.option("--place", "-p", required=True, metavar="P", help="blanks-missing-place")
@any_line_option
@count_option
@stock_option
@click.pass_obj
def missing(console: Console, place: str, line: str, count: int, stock: str) -> None:
    """Declare blanks missing."""
    found = console.client.declare_missing(place, count, line, stock)
    done(console, {"count": count, "discrepancies": found}, "missing", count=count)
