"""Commands about chips and their profiles: `chip read`, `chip check`, `profile lint`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click
import msgspec

from stationd.cli import text
from stationd.cli.console import Console
from stationd.cli.settings_file import settings_option
from stationd.cli.spoken import SpokenCommand, SpokenGroup
from stationd.client.problems import StationAbsent

PATIENCE: Final = 60.0
"""Seconds that the station may take: it waits for a card, and reads all of it."""

WHOLE: Final = "equal"
"""As `stationd.station.chips.Content` has it."""


class MatchView(msgspec.Struct, frozen=True):
    """A profile whose application the chip carries; members as in `stationd.chip.reading.Matched`."""

    profile: str
    life_cycle: str


class ChipView(msgspec.Struct, frozen=True):
    """A chip; members as in `stationd.chip.reading.Recognised`."""

    card_type: str
    uid: str
    uid_stays: bool
    atr: str
    matches: tuple[MatchView, ...] = ()


class CheckView(msgspec.Struct, frozen=True):
    """A card that was made here; members as in `stationd.station.chips.CheckedChip`."""

    job_id: str
    profile: str
    life_cycle: str
    content: str


class ErrorView(msgspec.Struct, frozen=True):
    """One thing wrong with a profile; members as in `stationd.doctor.chips.Wrong`."""

    line: int
    key: str
    reason: str


class LintView(msgspec.Struct, frozen=True):
    """A profile's file; members as in `stationd.doctor.chips.Linted`."""

    file: str
    errors: tuple[ErrorView, ...]
    signed: bool
    warnings: tuple[ErrorView, ...] = ()


@click.group(cls=SpokenGroup, help="chip")
def chip() -> None:
    """Commands about the card on the desk reader."""


@chip.command(cls=SpokenCommand, help="chip-read")
@settings_option
@click.pass_obj
def read(console: Console, settings: Path) -> None:
    """Show which chip it is. A chip of no profile makes the command fail."""
    if not console.as_json:
        console.say("chip.waiting")
    raw = _read(console, settings)
    seen = msgspec.convert(raw, ChipView)
    console.failed = not seen.matches
    if console.as_json:
        console.data(raw)
        return
    say = console.words.say
    rows = [(say("chip.type"), seen.card_type), (say("chip.atr"), seen.atr or "-")]
    if seen.uid:
        rows.insert(1, (say("chip.uid"), seen.uid + ("" if seen.uid_stays else f"   {say('chip.uid-may-change')}")))
    rows += [(say("chip.profile"), f"{match.profile}   {_state(console, match.life_cycle)}") for match in seen.matches]
    console.print(text.fields(rows))
    if not seen.matches:
        console.say("chip.unknown")


@chip.command(cls=SpokenCommand, help="chip-check")
@click.pass_obj
def check(console: Console) -> None:
    """Hold a printed card against its job. One that does not hold what it should makes the command fail."""
    if not console.as_json:
        console.say("chip.waiting")
    raw = console.client.post("/v1/chip/check", timeout=PATIENCE)
    seen = msgspec.convert(raw, CheckView)
    console.failed = seen.content != WHOLE
    if console.as_json:
        console.data(raw)
        return
    say = console.words.say
    rows = [
        (say("chip.job"), seen.job_id),
        (say("chip.profile"), f"{seen.profile}   {_state(console, seen.life_cycle)}"),
    ]
    console.print(text.fields(rows))
    console.say(f"chip.content-{seen.content}")


@click.group(cls=SpokenGroup, help="profile")
def profile() -> None:
    """Commands about chip profiles."""


@profile.command(cls=SpokenCommand, help="profile-lint")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def lint(console: Console, file: Path) -> None:
    """Show each error of a profile with its line. Any makes the command fail."""
    from stationd.cli import premises  # noqa: PLC0415 - the room of chips, which no other command needs

    raw = premises.lint_here(file)
    seen = msgspec.convert(raw, LintView)
    console.failed = bool(seen.errors)
    if console.as_json:
        console.data(raw)
        return
    for error in (*seen.errors, *seen.warnings):
        place = f"{error.key}: " if error.key else ""
        console.print(f"{seen.file}:{error.line}: {place}{error.reason}")
    if not seen.errors:
        console.say("profile.well" if seen.signed else "profile.well-unsigned", file=seen.file)


def _read(console: Console, settings: Path) -> Any:
    try:
        return console.client.get("/v1/chip", Any, timeout=PATIENCE)
    except StationAbsent as absent:
        if absent.cause != "station-absent":
            raise
    from stationd.cli import premises  # noqa: PLC0415 - drivers, which no other command needs

    return premises.chip_here(settings)


def _state(console: Console, life_cycle: str) -> str:
    known = {"open", "locked", "active"}
    return console.words.say(f"chip.{life_cycle}" if life_cycle in known else "chip.other", state=life_cycle)


COMMANDS = (chip, profile)
