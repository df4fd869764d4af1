"""What of the blanks a look at the station shows: open hoppers, the locked store, discrepancies, ribbon and film."""

from __future__ import annotations

from stationd.cli import text
from stationd.cli.console import Console
from stationd.client.blanks import SupplyView
from stationd.client.status import StatusView
from stationd.words import Words


def show(console: Console, now: StatusView) -> None:
    """Show what is open, locked, or does not agree; nothing if all is well."""
    say = console.words.say
    told = [say("guarded.exchange", line=e.line, since=text.when(e.since), by=e.by) for e in now.exchanges]
    if now.closed_day is not None:
        told.append(say("guarded.closed", since=text.when(now.closed_day.since), by=now.closed_day.by))
    if now.discrepancies:
        counted = say("guarded.discrepancies", count=len(now.discrepancies))
        told.append(f"{counted}   stationctl blanks discrepancies")
    for sentence in told:
        console.print(sentence)
    if now.supplies:
        console.print(say("guarded.supplies"))
        rows = [("  " + supply.line, supply.name, _left(console.words, supply)) for supply in now.supplies]
        console.print(text.table(rows))
    if told or now.supplies:
        console.print()


def _left(words: Words, supply: SupplyView) -> str:
    if supply.remaining is None:
        return words.say("guarded.supply-unknown")
    key = "guarded.supply-open" if supply.capacity is None else "guarded.supply"
    return words.say(key, remaining=supply.remaining, capacity=supply.capacity)
