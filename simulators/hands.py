"""`station-sim`'s commands for what a person does with hands and eyes, in a running scenario."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

import click
import msgspec

from simulators.devices.chip_faults import Fault as ChipFault
from simulators.devices.faults import Kind
from simulators.facts import FACTS
from simulators.wires.control import ControlError, ask_control
from simulators.world import Card, WorldError
from simulators.world_client import WorldClient

F = TypeVar("F", bound=Callable[..., Any])
CHIP_FAULTS = [str(kind.__struct_config__.tag) for kind in get_args(ChipFault)]
UNTOUCHED = ("supply", "store", "hopper/")


def in_folder(command: F) -> F:
    """Give a command the option that says which scenario it acts in."""
    return click.option(
        "--dir", "folder", type=click.Path(path_type=Path), required=True, help="The running scenario's folder."
    )(command)


def at_machine(command: F) -> F:
    """Give a command the options that say which machine it acts on."""
    chosen = click.option("--machine", default="", help="Its name; left out: the scenario's first.")
    return in_folder(chosen(command))


def _facts(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / FACTS).read_text()))
    except FileNotFoundError:
        raise click.ClickException(f"no scenario runs in {folder}; start one with `station-sim run`") from None


def _world(folder: Path) -> WorldClient:
    return WorldClient(_facts(folder)["world"])


def _named(folder: Path, machine: str) -> str:
    names = list(_facts(folder)["control"])
    if machine and machine not in names:
        raise click.ClickException(f"no machine {machine!r}; there are {', '.join(names)}")
    return machine or names[0]


def _ask(folder: Path, machine: str, operation: str, **arguments: object) -> Any:
    name = _named(folder, machine)
    try:
        return ask_control(_facts(folder)["control"][name], {"op": operation, "machine": name, **arguments})
    except ControlError as error:
        raise click.ClickException(str(error)) from None


def _move(folder: Path, source: str, to: str, count: int) -> None:
    try:
        with _world(folder) as world:
            world.move_next(source, to, count)
    except WorldError as error:
        raise click.ClickException(str(error)) from None


@click.command()
@in_folder
@click.option("--json", "as_json", is_flag=True, help="With the cards' ids, as JSON.")
def census(folder: Path, as_json: bool) -> None:
    """Count the cards in every place."""
    with _world(folder) as world:
        places = world.census()
    if as_json:
        click.echo(json.dumps(places, indent=2))
    else:
        for place, cards in places.items():
            click.echo(f"{place:<24} {len(cards):>5}")


@click.command()
@in_folder
@click.argument("count", type=click.IntRange(0))
def receive(folder: Path, count: int) -> None:
    """A delivery of COUNT blanks reaches the store."""
    _move(folder, "supply", "store", count)


@click.command()
@at_machine
@click.argument("count", type=click.IntRange(0))
def load(folder: Path, machine: str, count: int) -> None:
    """Put COUNT blanks from the store into a hopper."""
    _move(folder, "store", f"hopper/{_named(folder, machine)}", count)


@click.command()
@in_folder
@click.argument("source")
@click.argument("to")
@click.argument("count", type=click.IntRange(0), default=1)
def move(folder: Path, source: str, to: str, count: int) -> None:
    """Carry COUNT cards from SOURCE to TO, the first that came first. SOURCE may be a card's id."""
    if source.startswith("card-"):
        with _world(folder) as world:
            world.move(source, to)
    else:
        _move(folder, source, to, count)


@click.command()
@at_machine
@click.argument("kind", metavar="KIND", type=click.Choice(get_args(Kind)))
@click.option("--command", help="At this command (load, move, print, transfer, engage, panel, ready, any, …).")
@click.option("--nth", default=1, show_default=True, help="At its nth time from now.")
@click.option("--after", type=float, help="Or after so many simulated seconds. Neither: now.")
@click.option("--set", "more", multiple=True, metavar="KEY=VALUE", help="Further members of the fault, VALUE in JSON.")
def fault(
    folder: Path, machine: str, kind: str, command: str | None, nth: int, after: float | None, more: tuple[str, ...]
) -> None:
    """Let something go wrong with a machine.

    \b
    KIND is one of: hopper-empty, door-open, head-hot, ribbon-out,
    ribbon-missing, ribbon-wrong, film-out, supplies-low, reject-full,
    output-full, cleaning-due, feed-jam, jam, power-loss, slow, mute, garbage,
    half-reply, last-reply, unplug, replug-as-new-address. No machine knows
    all of them.
    """  # noqa: D301 - click wants the control character
    members: dict[str, object] = {"kind": kind, "command": command, "nth": nth, "after": after}
    for member in more:
        key, _, value = member.partition("=")
        members[key] = json.loads(value)
    _ask(folder, machine, "fault", fault=members)


@click.command("chip-fault")
@in_folder
@click.argument("card")
@click.argument("kind", metavar="KIND", type=click.Choice(CHIP_FAULTS))
@click.option("--at", default=1, show_default=True, help="At its nth command from now.")
@click.option("--ins", help="Counting only commands with this instruction byte, in hex.")
@click.option("--set", "more", multiple=True, metavar="KEY=VALUE", help="Further members of the fault, VALUE in JSON.")
def chip_fault(folder: Path, card: str, kind: str, at: int, ins: str | None, more: tuple[str, ...]) -> None:
    """Let something go wrong with the chip of CARD, a card's id or a place (its first card).

    \b
    KIND is one of: yank, mute, reset, tear (kept), memory-full, slow (seconds),
    wrong-sw (sw), wrong-key, bad-mac (of), garbage (answer).
    """  # noqa: D301 - as above
    members: dict[str, object] = {"kind": kind, "at": at, "ins": None if ins is None else int(ins, 16)}
    for member in more:
        key, _, value = member.partition("=")
        members[key] = json.loads(value)
    try:
        fault = msgspec.convert(members, ChipFault)
        with _world(folder) as world:
            cards = [card] if card.startswith("card-") else world.census().get(card, [])
            if not cards:
                raise click.ClickException(f"no card lies at {card}")
            world.chip_faults(cards[0], fault)
    except (WorldError, msgspec.ValidationError) as error:
        raise click.ClickException(str(error)) from None


@click.command()
@at_machine
@click.argument("condition")
def clear(folder: Path, machine: str, condition: str) -> None:
    """End a CONDITION (jam, head-hot, …), a `mute`, or forget the `script` of faults."""
    _ask(folder, machine, "clear", condition=condition)


@click.command()
@at_machine
@click.argument("state", type=click.Choice(["open", "closed"]))
def door(folder: Path, machine: str, state: str) -> None:
    """Open or close a machine's door."""
    _ask(folder, machine, "door", closed=state == "closed")


@click.command()
@at_machine
@click.argument("state", type=click.Choice(["on", "off"]))
@click.option("--card", type=click.Choice(["stay", "eject", "reject"]), default="stay", help="What becomes of a card.")
def mains(folder: Path, machine: str, state: str, card: str) -> None:
    """Pull a machine's mains, or restore them; it then keeps a card that it finds in its path, or puts it out."""
    _ask(folder, machine, "mains", on=state == "on", card=card)


@click.command()
@at_machine
def refill(folder: Path, machine: str) -> None:
    """Put in a new ribbon, and a new film where there is one."""
    _ask(folder, machine, "refill")


@click.command()
@at_machine
def unplug(folder: Path, machine: str) -> None:
    """Pull a machine's cable."""
    _ask(folder, machine, "unplug")


@click.command()
@at_machine
@click.option("--new-address", is_flag=True, help="Into another socket.")
def replug(folder: Path, machine: str, new_address: bool) -> None:
    """Put a machine's cable in again."""
    _ask(folder, machine, "replug", new_address=new_address)


@click.command()
@at_machine
def state(folder: Path, machine: str) -> None:
    """Tell what is physically so in a machine, as JSON."""
    click.echo(json.dumps(_ask(folder, machine, "state"), indent=2))


@click.command()
@in_folder
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
def cards(folder: Path, out: Path) -> None:
    """Write every used card's pictures (PNG) and all that is true of it (JSON), as the world knows."""
    out.mkdir(parents=True, exist_ok=True)
    written = 0
    with _world(folder) as world:
        for card_id in sorted(card_id for cards in world.census().values() for card_id in cards):
            card = world.card(card_id)
            if _used(card):
                written += 1
                (card.chip or {}).pop("keys", None)  # true of it, and nobody's to see
                (out / f"{card_id}.json").write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=2))
                for number, made in enumerate(card.prints, start=1):
                    (out / f"{card_id}-{made.side}-{number}.png").write_bytes(world.picture(made.picture))
    click.echo(f"{written} cards written to {out}")


def _used(card: Card) -> bool:
    return any(not step.place.startswith(UNTOUCHED) for step in card.history)
