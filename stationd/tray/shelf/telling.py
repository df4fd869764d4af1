"""What a tapped card is, and where a citizen's card is: in sentences. Pure."""

from __future__ import annotations

from collections.abc import Callable

from stationd.client.shelf import TappedView, WhereView
from stationd.tray.shelf.listing import name_of, notice_words
from stationd.tray.words import Speech

STATION = "station"
"""Who answers while the registry is out of reach."""


def tapped_words(tapped: TappedView, speech: Speech) -> tuple[str, str]:
    """Say whose the card on the desk reader is, and where it belongs."""
    who = name_of(tapped.card, speech) if tapped.card is not None else tapped.job_id
    known = speech.words.codes("tray.shelf.tapped")
    if tapped.found not in known:
        return speech.say("shelf.tapped-unknown", found=tapped.found), _belongs(tapped, speech)
    at = "" if tapped.at is None else speech.formats.date(speech.formats.day_of(tapped.at), weekday=False)
    more = speech.say(f"shelf.tapped-do.{tapped.found}", list=tapped.list_id)
    return speech.say(f"shelf.tapped.{tapped.found}", who=who, at=at), f"{_belongs(tapped, speech)} {more}".strip()


def _belongs(tapped: TappedView, speech: Speech) -> str:
    return speech.say("shelf.belongs", place=speech.name("place", tapped.belongs)) if tapped.belongs else ""


def where_words(where: WhereView, speech: Speech, cause: Callable[[str], str]) -> tuple[str, str]:
    """Say where a citizen's card is: what it is, and what is known of it.

    Args:
        where: as the daemon said it.
        speech: words.
        cause: says why a job is held, by its cause.
    """
    say, formats = speech.say, speech.formats
    state = speech.name("card-state", where.state)
    lines = []
    if where.place:
        lines.append(say("shelf.lies", place=where.place))
    if where.since is not None:
        since = formats.date(formats.day_of(where.since), weekday=False)
        lines.append(say("shelf.where-since", day=since))
    if where.office:
        lines.append(say("shelf.where-office", office=where.office))
    if where.cause:
        lines.append(cause(where.cause))
    if where.notices:
        lines.append(notice_words(where.notices[-1], speech))
    if where.by == STATION:
        heard = say("shelf.never") if where.as_of is None else formats.moment(where.as_of)
        lines.append(say("shelf.where-station", heard=heard))
    return say("shelf.where-is", state=state), "\n".join(lines)
