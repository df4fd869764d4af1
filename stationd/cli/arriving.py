"""`stationctl shelf arrive`: boxes of cards that another office made."""

from __future__ import annotations

from pathlib import Path

import click

from stationd.cli import text
from stationd.cli.console import Console, Trouble
from stationd.cli.spoken import SpokenCommand, SpokenGroup
from stationd.client.shelf import ArrivalCardView, ArrivalView

LARGEST = 2 * 2**20
"""Bytes of a list; see `stationd.registry.sealing.MAX_LIST`."""

_SHORT, _EXTRA = "short", "extra"


@click.group(cls=SpokenGroup, help="shelf-arrive")
def arrive() -> None:
    """Hold the commands about arriving cards."""


@arrive.command("open", cls=SpokenCommand, help="shelf-arrive-open")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.pass_obj
def open_(console: Console, file: Path) -> None:
    """Begin to go through a box, by the list that came with it."""
    try:
        with file.open("rb") as opened:
            sealed = opened.read(LARGEST + 1).decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble("list-not-readable", str(file), str(error)) from None
    _told(console, console.client.open_arrival(sealed))


@arrive.command("list", cls=SpokenCommand, help="shelf-arrive-list")
@click.argument("number", required=False, metavar="[LIST]")
@click.pass_obj
def list_(console: Console, number: str | None) -> None:
    """Show the boxes that are being gone through, or one with its cards."""
    if number is not None:
        _told(console, console.client.arrival(number), lines=True)
        return
    boxes = console.client.arrivals()
    if console.as_json:
        console.data(boxes)
        return
    for box in boxes:
        _show(console, box)
    if not boxes:
        console.say("shelf.no-boxes")


@arrive.command("tap", cls=SpokenCommand, help="shelf-arrive-tap")
@click.argument("number", metavar="LIST")
@click.option("--place", default="", metavar="PLACE", help="shelf-arrive-place")
@click.pass_obj
def tap(console: Console, number: str, place: str) -> None:
    """Take in the card on the desk reader."""
    _taken(console, [console.client.arrive_tapped(number, place)])


@arrive.command("count", cls=SpokenCommand, help="shelf-arrive-count")
@click.argument("number", metavar="LIST")
@click.argument("jobs", nargs=-1, metavar="[JOB]...")
@click.option("--all", "everything", is_flag=True, help="shelf-arrive-all")
@click.option("--place", default="", metavar="PLACE", help="shelf-arrive-place")
@click.pass_obj
def count(console: Console, number: str, jobs: tuple[str, ...], place: str, *, everything: bool) -> None:
    """Take in cards that were compared with the list by eye."""
    if bool(jobs) == everything:
        raise Trouble("cards-not-named", number)
    _taken(console, console.client.arrive_counted(number, jobs, place))


@arrive.command("close", cls=SpokenCommand, help="shelf-arrive-close")
@click.argument("number", metavar="LIST")
@click.pass_obj
def close(console: Console, number: str) -> None:
    """End going through a box, and name what is short and what is extra."""
    _told(console, console.client.close_arrival(number))


def _taken(console: Console, cards: list[ArrivalCardView]) -> None:
    if console.as_json:
        console.data(cards)
        return
    for card in cards:
        key = "shelf.arrived-extra" if card.state == _EXTRA else "shelf.arrived"
        console.say(key, job=card.job_id, name=card.name, identity=card.identity)


def _told(console: Console, box: ArrivalView, *, lines: bool = False) -> None:
    if console.as_json:
        console.data(box)
        return
    _show(console, box)
    words = console.words
    shown = [card for card in box.cards if lines or card.state in {_SHORT, _EXTRA}]
    rows = [
        (words.name("arrival-state", card.state), card.job_id or card.identity, card.name, card.kelurahan)
        for card in shown
    ]
    if rows:
        header = [words.say(f"shelf.{column}") for column in ("state", "job", "name", "village")]
        console.print(text.table(rows, header))


def _show(console: Console, box: ArrivalView) -> None:
    counts = {"announced": box.announced, "arrived": box.arrived, "short": box.short, "extra": box.extra}
    console.say("shelf.box", list=box.list_id, sender=box.sender, **counts)
