"""The registry's copy of every station's book: taken in, countersigned, given back, and read for news."""

from __future__ import annotations

import json
from typing import Any, Final

from simulators.registry import mobile
from simulators.registry.books import (
    JobNews,
    ReadEvent,
    attempt_begun,
    job_news,
    notice_news,
    read_batch,
    signed_text,
    void_news,
)
from simulators.registry.database import Row
from simulators.registry.enrolling import present_enrolment
from simulators.registry.problems import Problem
from simulators.registry.sealing import signature_holds
from simulators.registry.state import Registry

_PAGE: Final = 1000
_MADE: Final = frozenset({"on-shelf", "handed-over", "transferred"})


def take_in(registry: Registry, request: dict[str, Any]) -> dict[str, Any]:
    """Answer `POST /v1/events`: all or nothing, on disk when it returns.

    Raises:
        Problem: `bad-signature`, `bad-chain`, `book-gap` or `book-fork`.
    """
    station, incarnation, first = request["station"], request["incarnation"], request["from"]
    last = first + len(request["events"]) - 1
    book = registry.database.book(station, incarnation)
    key = present_enrolment(registry, station)["book_key"] if book is None else json.loads(book["book_key"])
    if not signature_holds(key, request["signature"], signed_text(station, incarnation, last, request["head"])):
        detail = "the head is not signed by the key that this incarnation's book was begun with; nothing was taken in"
        raise Problem("bad-signature", detail)
    events = read_batch(station, incarnation, first, request["events"], request["head"])
    have = 0 if book is None else int(book["have"])
    if first - 1 > have:
        detail = f"events {have + 1} to {first - 1} of {incarnation} are missing; send from {have + 1}"
        raise Problem("book-gap", detail, have=have)
    fork = _first_difference(registry, station, incarnation, events, have)
    if fork is not None:
        with registry.database.transaction():
            registry.database.add_incident(int(registry.now()), station, "book-fork", f"{incarnation}/{fork}")
        raise Problem("book-fork", f"event {fork} of {incarnation} is held with another content", seq=fork)
    if book is None or last > have:
        with registry.database.transaction():
            book = _append(registry, json.dumps(key), station, incarnation, [e for e in events if e.seq > have])
    return {"acked": book["have"], "countersignature": book["countersignature"]}


def read_back(registry: Registry, station: str, incarnation: str | None, first: int) -> dict[str, Any]:
    """Answer `GET /v1/book`.

    Raises:
        Problem: `book-unknown`.
    """
    book = registry.database.book(station, incarnation)
    if book is None:
        wanted = "any incarnation" if incarnation is None else f"incarnation {incarnation}"
        raise Problem("book-unknown", f"no event of {wanted} of {station} is held here")
    return {
        "station": station,
        "incarnation": book["incarnation"],
        "from": first,
        "events": [row["text"] for row in registry.database.events(station, book["incarnation"], first, _PAGE)],
        "have": book["have"],
        "head": book["head"],
        "countersignature": book["countersignature"],
    }


def _first_difference(
    registry: Registry, station: str, incarnation: str, events: list[ReadEvent], have: int
) -> int | None:
    """Return the first number at which what came differs from what is held."""
    first = events[0].seq
    if first > 1:
        before = registry.database.events(station, incarnation, first - 1, 1)
        if before[0]["digest"] != events[0].fields["prev"]:
            return first - 1
    held = registry.database.events(station, incarnation, first, len(events)) if have >= first else []
    return next((e.seq for e, row in zip(events, held, strict=False) if e.digest != row["digest"]), None)


def _append(registry: Registry, key: str, station: str, incarnation: str, events: list[ReadEvent]) -> dict[str, Any]:
    for event in events:
        row = {"station": station, "incarnation": incarnation, "seq": event.seq}
        registry.database.add_event({**row, "digest": event.digest, "text": event.text})
        _heed(registry, station, event)
        mobile.heed(registry, station, event)
    seq, head = events[-1].seq, events[-1].digest
    claims = {"station": station, "incarnation": incarnation, "seq": seq, "head": head, "time": registry.now()}
    book = {
        "station": station,
        "incarnation": incarnation,
        "book_key": key,
        "have": seq,
        "head": head,
        "countersignature": registry.signer.sign(claims),
    }
    registry.database.set_book(book)
    return book


def _heed(registry: Registry, station: str, event: ReadEvent) -> None:
    """Let an event change what is known of a job or a chip; what is not understood changes nothing."""
    database, at = registry.database, int(event.fields["time"])
    _note_chip(registry, station, event)
    notice = notice_news(event)
    if notice is not None and database.job(notice.job_id) is not None:
        # What the registry itself is to do counts from when it heard of it, however old the book's word is.
        heard = int(registry.now()) if notice.channel == "registry" else at
        row = {"job_id": notice.job_id, "number": notice.number, "at": heard}
        database.set_notice({**row, "channel": notice.channel, "delivery": notice.delivery})
    news = job_news(event)
    if news is None:
        return
    sent = None if news.sealed_digest is None else database.sending(news.sealed_digest)
    if sent is None and news.state == "refused":
        return  # the outer id proves nothing: a sound job of that id must not suffer for a forged one
    job = database.job(sent or news.job_id)
    if job is None:
        return
    if event.kind == "card-arrived" and job["state"] in _MADE:  # from now on the card is there
        database.set_job(job["job_id"], station=station, state=news.state, cause=None, since=at)
    else:
        _follow(registry, station, job, news, at)


def _follow(registry: Registry, station: str, job: Row, news: JobNews, at: int) -> None:
    """Let a job's state follow what its station says."""
    database = registry.database
    if job["station"] != station or job["state"] in {"queued", "returned"}:
        if news.state in _MADE:
            database.add_incident(int(registry.now()), station, "card-after-lease", job["job_id"])
        return
    if news.state == "refused" and job["state"] != "leased":
        return  # a second copy was refused, the first is at work
    if job["state"] in _MADE and news.state not in _MADE:
        return
    database.set_job(job["job_id"], state=news.state, cause=news.cause, since=at)


def _note_chip(registry: Registry, station: str, event: ReadEvent) -> None:
    """Keep the identity of a chip that is void from here on, with the job whose card it was to be.

    What is said first counts: a chip that is void stays so, whatever comes later.
    """
    database = registry.database
    begun = attempt_begun(event)
    if begun is not None:
        attempt_id, job_id = begun
        database.add_attempt({"station": station, "attempt_id": attempt_id, "job_id": job_id})
    void = void_news(event)
    if void is not None:
        row = {
            "identity": void.identity,
            "station": station,
            "job_id": void.job_id or database.attempt_job(station, void.attempt_id),
            "attempt_id": void.attempt_id,
            "event": event.kind,
            "cause": void.cause,
            "at": int(event.fields["time"]),
        }
        database.add_void_chip(row)
