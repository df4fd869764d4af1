"""Commands about mobile kits: `mobile status`, `allot`, `open`, `close`, `slip`, `names`, `take-back`, `take-names`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TextIO, TypeVar

import click
import msgspec

from stationd.cli import text
from stationd.cli.blanks import count_option, done, stock_option
from stationd.cli.console import Console, Trouble
from stationd.cli.spoken import SpokenGroup
from stationd.client.mobile import MobileView, OffView, TallyView, TripTermsView

DAY: Final = 86_400
LONGEST: Final = 60
"""Days that a trip may be opened for."""

FIGURES: Final = ("printed", "spoiled", "returned", "missing", "in_question")

_Command = TypeVar("_Command", bound=Callable[..., None])


@click.group(cls=SpokenGroup, help="mobile")
def mobile() -> None:
    """Gather the commands about mobile kits."""


def _bags(command: _Command) -> _Command:
    """Give a command the options by which people say what is in a kit's bags."""
    for name in ("unfit", "finished", "spoiled", "unused"):
        default: dict[str, Any] = {"default": 0} if name == "unfit" else {"required": True}
        command = click.option(f"--{name}", type=int, metavar="N", help=f"mobile-{name}", **default)(command)
    return command


@mobile.command(help="mobile-status")
@click.pass_obj
def status(console: Console) -> None:
    """Show how the kit's trip, or the office's allotments, stand."""
    console.show("/v1/mobile", MobileView, lambda seen: _show(console, seen))


def _show(console: Console, seen: MobileView) -> None:
    say = console.say
    if seen.trip is not None:
        row = seen.trip.row
        say(f"mobile.{row.state}", id=row.allotment_id, office=row.office, until=text.when(row.until))
        _show_tally(console, row, seen.trip.tally)
        _show_off(console, seen.trip.off)
    elif not seen.allotments and not seen.trips:
        say("mobile.kit" if seen.is_kit else "mobile.nothing")
    if seen.bar:
        console.print(text.paragraph(console.words.cause(seen.bar).what, "  "))
    for trip in seen.trips:
        if trip.figures is not None:
            say("mobile.closed", id=trip.allotment_id, office=trip.office, until=text.when(trip.until))
            _show_tally(console, trip, trip.figures)
    for given in seen.allotments:
        key = "mobile.given" if given.back is None else "mobile.back"
        back = "" if given.back is None else text.when(given.back)
        say(key, id=given.allotment_id, kit=given.kit, count=given.count, since=text.when(given.since), back=back)
    for half in seen.halves:
        leg = console.words.name("leg", half.leg)
        say(f"mobile.half-{half.state}", id=half.allotment_id, leg=leg, count=half.count, there=half.there)


def _show_tally(console: Console, row: TripTermsView, tally: TallyView) -> None:
    words = console.words
    told = [(words.say("mobile.allotted"), str(tally.allotted or row.announced))]
    told += [(words.say(f"mobile.{name.replace('_', '-')}"), str(getattr(tally, name))) for name in FIGURES]
    console.print("\n".join(f"  {line}" for line in text.fields(told).splitlines()))


def _show_off(console: Console, off: Sequence[OffView]) -> None:
    for one in off:
        where = console.words.name("place", one.where)
        said = console.words.say(f"trip-off.{one.wrong}", where=where, expected=one.expected, found=one.found)
        console.print(text.paragraph(said, "  ", "-", mark=" "))


@mobile.command(help="mobile-allot")
@click.argument("kit", metavar="KIT")
@count_option
@stock_option
@click.option("--out", type=click.File("w"), metavar="FILE", help="mobile-out")
@click.pass_obj
def allot(console: Console, kit: str, count: int, stock: str, out: TextIO | None) -> None:
    """Give blanks to a kit."""
    given = console.client.allot(kit, count, stock)
    if console.as_json:
        console.data(msgspec.to_builtins(given))
        return
    console.say("done.allotted", id=given.allotment_id, count=count, kit=kit)
    _hand_out(console, given.slip, out)


@mobile.command("slip", help="mobile-slip")
@click.argument("allotment", metavar="ALLOTMENT")
@click.option("--out", type=click.File("w"), metavar="FILE", help="mobile-out")
@click.pass_obj
def show_slip(console: Console, allotment: str, out: TextIO | None) -> None:
    """Write the signed slip of an allotment again."""
    slip = console.client.slip(allotment)
    if console.as_json:
        console.data({"slip": slip})
    else:
        _hand_out(console, slip, out)


@mobile.command("names", help="mobile-names")
@click.argument("allotment", metavar="ALLOTMENT")
@click.option("--out", type=click.File("w"), metavar="FILE", help="mobile-names-out")
@click.pass_obj
def show_names(console: Console, allotment: str, out: TextIO | None) -> None:
    """Write who waits for the finished cards of a trip, sealed for the office."""
    names = console.client.home_names(allotment)
    if console.as_json:
        console.data({"names": names})
    elif out is None:
        console.print(names)
    else:
        out.write(f"{names}\n")
        console.say("done.names-written", file=out.name)


def _hand_out(console: Console, slip: str, out: TextIO | None) -> None:
    if out is None:
        console.print(slip)
    else:
        out.write(f"{slip}\n")
        console.say("done.slip-written", file=out.name)


@mobile.command("open", help="mobile-open")
@click.argument("slip", type=click.File(), metavar="SLIP")
@click.option("--counted", type=int, required=True, metavar="N", help="mobile-counted")
@click.option("--jobs", type=int, required=True, metavar="N", help="mobile-jobs")
@click.option("--days", type=click.IntRange(1, LONGEST), required=True, metavar="N", help="mobile-days")
@click.option("--place", default="", metavar="PLACE", help="mobile-place")
@click.pass_obj
def open_trip(console: Console, slip: TextIO, counted: int, jobs: int, days: int, place: str) -> None:
    """Begin a trip."""
    now = console.client.status().time
    if now is None:
        raise Trouble("time-unknown", "mobile open")
    until = int(now) + days * DAY
    allotment = console.client.open_trip(_text(slip), counted, jobs=jobs, until=until, place=place)
    data = {"allotment_id": allotment, "until": until}
    done(console, data, "trip-opened", id=allotment, until=text.when(until), jobs=jobs)


@mobile.command(help="mobile-closing")
@click.pass_obj
def closing(console: Console) -> None:
    """Begin no card on the trip any more."""
    console.client.begin_closing()
    done(console, {}, "trip-closing")


@mobile.command("declare-missing", help="mobile-declare-missing")
@count_option
@click.pass_obj
def declare_missing(console: Console, count: int) -> None:
    """Declare blanks of the trip missing."""
    console.client.declare_missing_on_trip(count)
    done(console, {"count": count}, "trip-missing", count=count)


@mobile.command("close", help="mobile-close")
@_bags
@click.option("--out", type=click.File("w", lazy=True), metavar="FILE", help="mobile-out")
@click.pass_obj
def close_trip(console: Console, unused: int, spoiled: int, finished: int, unfit: int, out: TextIO | None) -> None:
    """End the trip, or say exactly what is off."""
    client = console.client
    off = client.check_trip(unused, spoiled, finished, unfit)
    if off:
        if console.as_json:
            console.data({"off": msgspec.to_builtins(off)})
        else:
            _show_off(console, off)
        raise Trouble("trip-off", "mobile close")
    slip = client.close_trip(unused, spoiled, finished, unfit)
    if console.as_json:
        console.data({"slip": slip})
        return
    console.say("done.trip-closed")
    _hand_out(console, slip, out)


@mobile.command("take-back", help="mobile-take-back")
@click.argument("slip", type=click.File(), metavar="SLIP")
@_bags
@click.option("--absent", multiple=True, metavar="JOB", help="mobile-absent")
@click.pass_obj
def take_back(
    console: Console,
    slip: TextIO,
    *,
    unused: int,
    spoiled: int,
    finished: int,
    unfit: int,
    absent: tuple[str, ...],
) -> None:
    """Take what a kit hands in."""
    found = console.client.take_back(_text(slip), unused, spoiled, finished, unfit=unfit, absent=absent)
    done(console, {"discrepancies": found}, "taken-back")
    if not console.as_json:
        console.say("done.differs" if found else "done.agrees", ids=", ".join(found))


@mobile.command("take-names", help="mobile-take-names")
@click.argument("names", type=click.File(), metavar="NAMES")
@click.pass_obj
def take_names(console: Console, names: TextIO) -> None:
    """Take in who waits for the cards that a kit brought home."""
    taken = console.client.take_names(_text(names))
    done(console, {"taken": taken}, "names-taken", count=taken)


def _text(file: TextIO) -> str:
    try:
        return str(file.read())
    except UnicodeDecodeError:
        raise Trouble("slip-not-understood", "slip") from None


COMMANDS = (mobile,)
