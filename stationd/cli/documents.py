"""Commands about papers: `document …`, `day`, and `verify-document`, which needs no daemon and no book."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from stationd.cli import files, text
from stationd.cli.console import Console, Trouble
from stationd.cli.spoken import SpokenCommand, SpokenGroup
from stationd.client.documents import DayView, DocumentView
from stationd.model.papers import Kind
from stationd.words import Words


@click.group(cls=SpokenGroup, help="document")
def document() -> None:
    """Gather the commands about papers."""


@document.command("list", help="document-list")
@click.pass_obj
def list_all(console: Console) -> None:
    """List the papers."""
    console.show("/v1/documents", list[DocumentView], lambda papers: _show_all(console, papers))


def _show_all(console: Console, papers: list[DocumentView]) -> None:
    if not papers:
        console.say("document.none")
        return
    words = console.words
    header = [words.say(f"document.{column}") for column in ("id", "kind", "about", "issued", "scan")]
    rows = [
        (
            paper.id,
            words.name("document-kind", paper.kind),
            paper.subject,
            text.when(paper.issued),
            words.say("document.erased" if paper.erased else "document.yes" if paper.scan_media else "document.no"),
        )
        for paper in papers
    ]
    console.print(text.table(rows, header))


@document.command(help="document-issue")
@click.argument("kind", type=click.Choice([kind.value for kind in Kind]), metavar="KIND")
@click.option("--about", default="", metavar="SUBJECT", help="document-about")
@click.pass_obj
def issue(console: Console, kind: str, about: str) -> None:
    """Issue a paper."""
    paper = console.client.issue_document(kind, about)
    if console.as_json:
        console.data(msgspec.to_builtins(paper))
    else:
        console.say("document.was-issued", id=paper.id, title=paper.title, pages=paper.pages)


@document.command(help="document-show")
@click.argument("paper", metavar="ID")
@click.pass_obj
def show(console: Console, paper: str) -> None:
    """Show what the book says of one paper."""
    found = next((each for each in console.client.documents() if each.id == paper), None)
    if found is None:
        raise Trouble("no-such-document", paper)
    if console.as_json:
        console.data(msgspec.to_builtins(found))
        return
    say = console.words.say
    scan = f"{found.scan_media}, {found.scan_size}" if found.scan_media else say("document.no")
    console.print(
        text.fields(
            [
                (say("document.number"), found.title),
                (say("document.kind"), console.words.name("document-kind", found.kind)),
                (say("document.about"), found.subject),
                (say("document.issued"), f"{text.when(found.issued)}   {found.issued_by}"),
                (say("document.pages"), str(found.pages)),
                (say("document.book"), f"{found.cites}   {found.head}"),
                (say("document.seal"), found.content),
                (say("document.scan"), scan),
                (say("document.kept"), say("document.erased") if found.erased else text.when(found.retain_until)),
            ]
        )
    )


@document.command(help="document-save")
@click.argument("paper", metavar="ID")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE", help="document-out"
)
@click.option("--scan", is_flag=True, help="document-save-scan")
@click.pass_obj
def save(console: Console, paper: str, out: Path, *, scan: bool) -> None:
    """Save a paper, or its signed scan, in a file of this user alone."""
    content = console.client.document_scan(paper) if scan else console.client.document(paper)
    files.write(out, content)
    if console.as_json:
        console.data({"file": str(out)})
    else:
        console.say("document.saved", id=paper, file=out)


@document.command("print", help="document-print")
@click.argument("paper", metavar="ID")
@click.pass_obj
def print_one(console: Console, paper: str) -> None:
    """Print a paper on the office's printer."""
    console.client.print_document(paper)
    if console.as_json:
        console.data({"id": paper})
    else:
        console.say("document.sent-to-printer", id=paper)


@document.command("file-scan", help="document-file-scan")
@click.argument("paper", metavar="ID")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.pass_obj
def file_scan(console: Console, paper: str, file: Path) -> None:
    """File the scan of a signed paper."""
    filed = console.client.file_scan(paper, files.read(file))
    if console.as_json:
        console.data(msgspec.to_builtins(filed))
    else:
        console.say("document.scan-filed", id=paper, file=file)


@document.command(help="document-trust")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE", help="document-trust-out"
)
@click.pass_obj
def trust(console: Console, out: Path) -> None:
    """Write the file by which another computer knows this station's papers."""
    known = console.client.document_trust()
    files.write(out, known.pem.encode())
    if console.as_json:
        console.data({"file": str(out), "station": known.station})
    else:
        console.say("document.trust-written", file=out)


# --- the day ----------------------------------------------------------------------------------------------------------


@click.command(cls=SpokenCommand, help="day")
@click.argument("date", default="", metavar="[YYYY-MM-DD]")
@click.pass_obj
def day(console: Console, date: str) -> None:
    """Show what one day made of blanks and jobs."""
    seen = console.client.day(date)
    if console.as_json:
        console.data(msgspec.to_builtins(seen))
    else:
        _show_day(console, seen)


def _show_day(console: Console, seen: DayView) -> None:
    words = console.words
    console.print(words.say("day.title", date=seen.date, station=seen.station))
    counts = {
        "printed": seen.printed,
        "spoiled": sum(seen.spoiled.values()),
        "returned": sum(seen.returned.values()),
        "waiting": sum(seen.waiting.values()),
        "held": sum(seen.held.values()),
        "received": seen.received,
    }
    console.print(text.fields([(words.say(f"day.{name}"), str(n)) for name, n in counts.items()]))
    header = [words.say(f"day.{column}") for column in ("place", "start", "came", "went", "end")]
    rows = [(_place(words, a.place, a.line), str(a.start), str(a.came), str(a.went), str(a.end)) for a in seen.accounts]
    if rows:
        console.print(text.table(rows, header, right=frozenset({1, 2, 3, 4})))
    console.print(words.say("day.book", seq=seen.last, head=seen.head))


def _place(words: Words, place: str, line: str) -> str:
    named = words.name("place", place)
    return f"{named} {line}" if line else named


# --- without a daemon -------------------------------------------------------------------------------------------------


@click.command("verify-document", cls=SpokenCommand, help="verify-document")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.option(
    "--trust", "known", type=click.Path(path_type=Path, dir_okay=False), metavar="PEM", help="verify-document-trust"
)
@click.option(
    "--settings", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="verify-document-settings"
)
@click.pass_obj
def verify_document(console: Console, file: Path, known: Path | None, settings: Path | None) -> None:
    """Say whether a file is a paper as a station made it."""
    if (known is None) == (settings is None):
        raise click.UsageError(console.words.say("usage.verify-document"))
    from stationd.cli import proving  # noqa: PLC0415 - cryptography and the store, which no other command needs

    believed = proving.trust_in(known) if known is not None else proving.own_trust(settings or Path())
    proving.prove(console, file, believed)


COMMANDS = (document, day, verify_document)
