"""Whether a file is a paper as a station made it: said without a daemon, a network or a book."""

from __future__ import annotations

from pathlib import Path

from stationd.cli import files, text
from stationd.cli.console import Console, Trouble
from stationd.cli.offline import keys_trouble, settings_of
from stationd.documents.seal import NotGenuine, Seal, Trust, read_trust, verify
from stationd.store.keys import FileKeys, KeysError


def prove(console: Console, file: Path, believed: Trust) -> None:
    """Say what a paper is.

    Raises:
        Trouble: if it is not what a believed station made.
    """
    try:
        seal = verify(files.read(file), believed)
    except NotGenuine as fault:
        raise Trouble(fault.fault, str(file), fault.why) from None
    if console.as_json:
        console.data(_facts(seal))
    else:
        _show_seal(console, seal)


def _facts(seal: Seal) -> dict[str, object]:
    facts = {name: getattr(seal, name) for name in ("station", "incarnation", "cites", "head", "document", "title")}
    return {"genuine": True, **facts, "issued": seal.issued, "content": seal.content}


def _show_seal(console: Console, seal: Seal) -> None:
    say = console.words.say
    console.print(say("document.genuine"))
    console.print(
        text.fields(
            [
                (say("document.number"), seal.title),
                (say("document.station"), seal.station),
                (say("document.issued"), text.when(seal.issued)),
                (say("document.book"), f"{seal.incarnation}   {seal.cites}   {seal.head}"),
                (say("document.seal"), seal.content),
            ]
        )
    )


def trust_in(file: Path) -> Trust:
    """Read whose papers are believed. Raises `Trouble` if the file says nothing of that."""
    try:
        return read_trust(files.read(file))
    except ValueError as error:
        raise Trouble("trust-not-readable", str(file), str(error)) from None


def own_trust(file: Path) -> Trust:
    """Believe the station that a settings file describes. Raises `Trouble` if its keys cannot be opened."""
    settings = settings_of(file)
    if not settings.keys.is_dir():  # opening them would make the folder
        raise Trouble("no-station-keys", "", str(settings.keys))
    try:
        return Trust(frozenset({FileKeys(settings.keys).book_public()["x"]}))
    except KeysError as error:
        raise keys_trouble(error) from None
