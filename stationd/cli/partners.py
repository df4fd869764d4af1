"""Commands about partners' lists: `partner check`, `submit`, `list`, `states`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from stationd.cli import text
from stationd.cli.console import Console, Trouble
from stationd.cli.spoken import SpokenGroup
from stationd.client.mobile import ListStatesView, PartnerListView
from stationd.model.partner_list import LARGEST, BadRow, RowFault, read, told_back

file_argument = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE.csv")
back_option = click.option("--back", type=click.Path(path_type=Path), metavar="FILE.csv", help="partner-back")


@click.group(cls=SpokenGroup, help="partner")
def partner() -> None:
    """Gather the commands about partners' lists."""


@partner.command(help="partner-check")
@file_argument
@back_option
@click.pass_obj
def check(console: Console, file: Path, back: Path | None) -> None:
    """Read a list and tell what is wrong with it; nothing is handed in."""
    found = read(_content(file))
    if found.fault is not None:
        raise Trouble(found.fault, file.name)
    _tell(console, (found.rows, len(found.good)), found.refused, back)


@partner.command(help="partner-submit")
@file_argument
@click.option("--partner", "organisation", required=True, metavar="NAME", help="partner-name")
@back_option
@click.pass_obj
def submit(console: Console, file: Path, organisation: str, back: Path | None) -> None:
    """Hand a list in."""
    taken = console.client.submit_list(organisation, _content(file))
    known = set(RowFault)
    refused = [
        BadRow(row.row, RowFault(row.fault), row.column, row.first) for row in taken.refused if row.fault in known
    ]
    _tell(console, (taken.rows, taken.good), refused, back, taken.list_id)


def _content(file: Path) -> bytes:
    with file.open("rb") as content:
        return content.read(LARGEST + 1)


def _tell(
    console: Console, counts: tuple[int, int], refused: Sequence[BadRow], back: Path | None, list_id: str = ""
) -> None:
    rows, good = counts
    if back is not None:
        written = told_back(refused, lambda fault: console.words.name("row-fault", fault))
        back.write_text(written, encoding="utf-8", newline="")
    if console.as_json:
        told = [msgspec.to_builtins(row) for row in refused]
        console.data({"list_id": list_id, "rows": rows, "good": good, "refused": told})
        return
    if list_id:
        console.say("done.list-submitted", id=list_id, good=good, rows=rows)
    else:
        console.say("partner.read", good=good, rows=rows)
    for row in refused:
        fault = console.words.name("row-fault", row.fault)
        key = "partner.double" if row.first else "partner.bad"
        console.say(key, row=row.row, fault=fault, column=row.column or "-", first=row.first)
    if back is not None:
        console.say("done.list-back", file=back)


@partner.command("list", help="partner-list")
@click.pass_obj
def show_lists(console: Console) -> None:
    """Show the lists that were handed in."""
    console.show("/v1/partner-lists", list[PartnerListView], lambda lists: _show_lists(console, lists))


def _show_lists(console: Console, lists: Sequence[PartnerListView]) -> None:
    if not lists:
        console.say("partner.none")
        return
    words = console.words
    columns = ("id", "partner", "since", "rows", "good", "bad-rows", "doubled", "state")
    header = [words.say(f"partner.{column}") for column in columns]
    rows = [
        (
            each.list_id,
            each.partner,
            text.when(each.since),
            *(str(count) for count in (each.rows, each.good, each.bad, each.double)),
            words.name("list-state", each.state),
        )
        for each in lists
    ]
    console.print(text.table(rows, header, right=frozenset({3, 4, 5, 6})))


@partner.command(help="partner-states")
@click.argument("list_id", metavar="LIST")
@click.pass_obj
def states(console: Console, list_id: str) -> None:
    """Show what became of each row of a list."""
    told = console.client.list_states(list_id)
    if console.as_json:
        console.data(msgspec.to_builtins(told))
    else:
        _show_states(console, told)


def _show_states(console: Console, told: ListStatesView) -> None:
    words = console.words
    header = [words.say(f"partner.{column}") for column in ("row", "state", "cause", "job")]
    rows = [
        (str(each.row), words.name("row-state", each.state), each.cause or "-", each.job_id or "-")
        for each in told.rows
    ]
    console.print(text.table(rows, header, right=frozenset({0})))
    console.say("partner.as-of", time=text.when(told.as_of))


COMMANDS = (partner,)
