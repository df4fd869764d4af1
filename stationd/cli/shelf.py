"""`stationctl shelf`: finished cards, from the box in which they lie to their owners' hands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import click

from stationd.cli import text
from stationd.cli.arriving import arrive
from stationd.cli.console import Console
from stationd.cli.spoken import SpokenCommand, SpokenGroup
from stationd.client.shelf import FoundCardView, NoticeView, TappedView, TransferView, WhereView
from stationd.client.status import ShelfView
from stationd.model.shelf import Collector, Shown

ALL: Final = 1_000_000
"""More cards than any shelf has."""


@click.group(cls=SpokenGroup, help="shelf", invoke_without_command=True)
@click.pass_context
def shelf(context: click.Context) -> None:
    """Hold the commands about finished cards; without one of them, list the cards."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@shelf.command("list", cls=SpokenCommand, help="shelf-list")
@click.pass_obj
def list_(console: Console) -> None:
    """Show the finished cards that lie here, without names."""
    console.show("/v1/shelf", list[ShelfView], lambda cards: _show_shelf(console, cards))
    if not console.as_json:
        for job in console.client.status().to_compare:
            console.say("done.compare", job=job)


def _show_shelf(console: Console, cards: Sequence[ShelfView]) -> None:
    if not cards:
        console.say("shelf.empty")
        return
    header = [console.words.say(f"shelf.{column}") for column in ("job", "place", "issue", "since", "chip")]
    rows = [(card.job_id, card.place, str(card.issue_no), text.when(card.since), card.identity) for card in cards]
    console.print(text.table(rows, header, right=frozenset({2})))
    console.say("shelf.count", count=len(cards))


@shelf.command(cls=SpokenCommand, help="shelf-find")
@click.argument("words", nargs=-1, metavar="NAME|NIK|JOB|PLACE")
@click.option("--tap", is_flag=True, help="shelf-find-tap")
@click.pass_obj
def find(console: Console, words: tuple[str, ...], *, tap: bool) -> None:
    """Find cards by their owners, or say whose card lies on the desk reader."""
    if tap:
        tapped = console.client.tap_shelf()
        _as_told(console, tapped, lambda: _show_tapped(console, tapped))
        return
    cards = console.client.search_shelf(" ".join(words))
    _as_told(console, cards, lambda: _show_found(console, cards))


def _as_told(console: Console, answer: object, show: Callable[[], None]) -> None:
    if console.as_json:
        console.data(answer)
    else:
        show()


def _show_found(console: Console, cards: Sequence[FoundCardView]) -> None:
    if not cards:
        console.say("shelf.none-found")
        return
    columns = ("place", "name", "nik", "village", "since", "job")
    rows = [(_place(console, c), c.name, c.nik, c.kelurahan, text.when(c.since, day=True), c.job_id) for c in cards]
    console.print(text.table(rows, [console.words.say(f"shelf.{column}") for column in columns]))


def _place(console: Console, card: FoundCardView) -> str:
    return console.words.say("shelf.is-lost") if card.lost is not None else card.place or "-"


def _show_tapped(console: Console, tapped: TappedView) -> None:
    words = console.words
    belongs = words.name("place", tapped.belongs)
    fields = {"job": tapped.job_id, "belongs": belongs, "list": tapped.list_id}
    at = text.when(tapped.at) if tapped.at is not None else ""
    console.print(text.paragraph(words.say(f"tap-found.{tapped.found}", **fields, at=at)))
    if tapped.card is not None:
        _show_found(console, [tapped.card])


@shelf.command(cls=SpokenCommand, help="shelf-place")
@click.argument("place", metavar="PLACE")
@click.argument("jobs", nargs=-1, metavar="[JOB]...")
@click.option("--tap", is_flag=True, help="shelf-place-tap")
@click.pass_obj
def place(console: Console, place: str, jobs: tuple[str, ...], *, tap: bool) -> None:
    """Say in which box and row cards lie."""
    meant = (console.client.tap_shelf().job_id,) if tap else jobs
    console.each(
        [job for job in meant if job],
        lambda job: console.client.place_card(job, place),
        lambda job: console.words.say("shelf.placed", job=job, place=place.upper()),
    )


@shelf.command("hand-over", cls=SpokenCommand, help="shelf-hand-over")
@click.argument("job", metavar="JOB")
@click.option("--to", type=click.Choice([to.value for to in Collector]), default="owner", help="shelf-to")
@click.option("--shown", type=click.Choice([shown.value for shown in Shown]), required=True, help="shelf-shown")
@click.option("--kk", default="", metavar="NUMBER", help="shelf-kk")
@click.option("--tap", is_flag=True, help="shelf-tap")
@click.pass_obj
def hand_over(console: Console, job: str, to: str, shown: str, kk: str, *, tap: bool) -> None:
    """Hand a card to its owner or to a member of the family."""
    receipt = console.client.hand_over(job, to, shown, kk=kk, tap=tap)
    words = console.words
    fields = {"job": job, "to": words.name("collector", to), "shown": words.name("shown", shown), "seq": receipt.seq}
    _as_told(console, receipt, lambda: console.say("shelf.handed-over", **fields))


@shelf.command(cls=SpokenCommand, help="shelf-lost")
@click.argument("job", metavar="JOB")
@click.pass_obj
def lost(console: Console, job: str) -> None:
    """Say that a card is not to be found."""
    console.client.lose_card(job)
    _as_told(console, {"job": job}, lambda: console.say("shelf.lost", job=job))


@shelf.command(cls=SpokenCommand, help="shelf-found")
@click.argument("job", metavar="JOB")
@click.argument("place", metavar="PLACE")
@click.pass_obj
def found(console: Console, job: str, place: str) -> None:
    """Say that a card which was not to be found lies on the shelf again."""
    console.client.find_card(job, place)
    _as_told(console, {"job": job, "place": place}, lambda: console.say("shelf.placed", job=job, place=place.upper()))


@shelf.command(cls=SpokenCommand, help="shelf-where")
@click.pass_obj
def where(console: Console) -> None:
    """Say where a citizen's card is. The NIK is asked for: an argument would be seen by other users."""
    nik = click.prompt(console.words.say("shelf.nik-asked"), err=True)
    told = console.client.where_is(nik)
    _as_told(console, told, lambda: _show_where(console, told))


def _show_where(console: Console, told: WhereView) -> None:
    words = console.words
    rows = [
        (words.say("shelf.state"), words.name("card-state", told.state)),
        (words.say("shelf.cause"), words.hold(told.cause, "", told.job_id).what if told.cause else ""),
        (words.say("shelf.office"), told.office),
        (words.say("shelf.place"), told.place),
        (words.say("shelf.since"), "" if told.since is None else text.when(told.since)),
        (words.say("shelf.job"), told.job_id),
        (words.say("shelf.as-of"), words.say("shelf.never") if told.as_of is None else text.when(told.as_of)),
    ]
    console.print(text.fields([row for row in rows if row[1]]))
    if told.by == "station":
        console.say("shelf.registry-not-reached")
    _show_notices(console, told.notices)


@shelf.command(cls=SpokenCommand, help="shelf-notices")
@click.option("--due", is_flag=True, help="shelf-notices-due")
@click.pass_obj
def notices(console: Console, *, due: bool) -> None:
    """Show the notices of the cards that lie here, and what is due."""
    cards = [card for card in console.client.search_shelf("", ALL) if card.due or (card.notices and not due)]
    _as_told(console, cards, lambda: _show_all_notices(console, cards))


def _show_all_notices(console: Console, cards: Sequence[FoundCardView]) -> None:
    if not cards:
        console.say("shelf.no-notices")
    for card in cards:
        due = console.words.name("shelf-due", card.due) if card.due else ""
        console.print("  ".join(part for part in (card.job_id, card.place, due) if part))
        _show_notices(console, card.notices)


def _show_notices(console: Console, notices: Sequence[NoticeView]) -> None:
    words = console.words
    for n in notices:
        console.print(
            "  "
            + words.say(
                "shelf.notice",
                number=n.number,
                channel=words.name("channel", n.channel),
                delivery=words.name("delivery", n.delivery),
                at=text.when(n.at),
            )
        )


@shelf.command(cls=SpokenCommand, help="shelf-transfer")
@click.option("--to", "office", required=True, metavar="OFFICE", help="blanks-transfer-to")
@click.option("--kecamatan", default="", metavar="NAME", help="shelf-transfer-kecamatan")
@click.pass_obj
def transfer(console: Console, office: str, kecamatan: str) -> None:
    """Send every card that is due for it to another office."""
    sent = console.client.transfer_due(office, kecamatan)
    _as_told(console, sent, lambda: _show_transfer(console, sent))


def _show_transfer(console: Console, sent: TransferView) -> None:
    columns = ("name", "nik", "address", "job")
    rows = [(card.name, card.nik, card.address, card.job_id) for card in sent.cards]
    console.print(text.table(rows, [console.words.say(f"shelf.{column}") for column in columns]))
    console.say("shelf.transferred", count=len(sent.cards), office=sent.office)


shelf.add_command(arrive)

COMMANDS = (shelf,)
