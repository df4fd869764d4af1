"""Stations' books as the registry reads them: do events follow from each other, what do they tell. Pure."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from simulators.registry.problems import Problem

GENESIS: Final = "0" * 64
"""What stands as `prev` in a book's first event."""

_END_OF_TIME: Final = 253402300800  # the year 10000
_MOST_NOTICES: Final = 1000


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """One event, read.

    Attributes:
        seq: its number.
        text: byte for byte what the station wrote.
        digest: SHA-256 of the text's UTF-8, lower-case hex.
        fields: the text's members.
    """

    seq: int
    text: str
    digest: str
    fields: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """The event's type."""
        return str(self.fields["type"])


def read_batch(station: str, incarnation: str, first: int, texts: Sequence[str], head: str) -> list[ReadEvent]:
    """Check that events are this book's, numbered without gaps, each naming the one before, up to `head`.

    What the first of them names as its predecessor is left to the caller.

    Raises:
        Problem: `bad-chain`, with the number of the first event that is wrong.
    """
    events: list[ReadEvent] = []
    for seq, text in enumerate(texts, first):
        fields = _object(seq, text)
        expected = {"seq": seq, "station": station, "incarnation": incarnation}
        for name, value in expected.items():
            if fields.get(name) != value:
                raise _bad(seq, f"its {name} is not what the request says")
        if not isinstance(fields.get("prev"), str) or (events and fields["prev"] != events[-1].digest):
            raise _bad(seq, "its prev is not the hash of the event before it")
        if seq == 1 and fields["prev"] != GENESIS:
            raise _bad(seq, "a first event names 64 zeros as prev")
        if not isinstance(fields.get("type"), str) or not _is_time(fields.get("time")):
            raise _bad(seq, "it needs a type (text) and a time (seconds since 1970)")
        events.append(ReadEvent(seq, text, hashlib.sha256(text.encode()).hexdigest(), fields))
    if events[-1].digest != head:
        raise _bad(events[-1].seq, "its hash is not the head that the request names")
    return events


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _END_OF_TIME


def _object(seq: int, text: str) -> dict[str, Any]:
    try:
        fields = msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise _bad(seq, "it is not JSON in UTF-8") from None
    if not isinstance(fields, dict):
        raise _bad(seq, "it is not a JSON object")
    return fields


def _bad(seq: int, why: str) -> Problem:
    return Problem("bad-chain", f"event {seq} is refused: {why}", seq=seq)


def signed_text(station: str, incarnation: str, seq: int, head: str) -> str:
    """Return what a station signs when it hands in events."""
    return f"stationd book\n{station}\n{incarnation}\n{seq}\n{head}"


@dataclass(frozen=True, slots=True)
class JobNews:
    """What an event says of a job.

    Attributes:
        job_id: as the event names it.
        state: what the job's state becomes.
        cause: why, for `held` and `refused`.
        sealed_digest: SHA-256 of the sealed text that the event is about, if it says so.
    """

    job_id: str
    state: str
    cause: str | None
    sealed_digest: str | None


_STATES: Final[Mapping[str, str]] = {
    "job-arrived": "arrived",
    "job-refused": "refused",
    "job-held": "held",
    "job-released": "arrived",
    "job-revoked": "revoked",
    "attempt-reserved": "started",
    "attempt-released": "arrived",
    "attempt-spoiled": "arrived",
    "card-spoiled": "arrived",
    "attempt-unknown": "unknown",
    "card-accepted": "on-shelf",
    "card-handed-over": "handed-over",
    "card-arrived": "on-shelf",
    "card-transferred": "transferred",
}


def job_news(event: ReadEvent) -> JobNews | None:
    """Read what an event says of a job; None if nothing that the registry understands."""
    job_id = event.fields.get("job_id")
    state = _found(event) if event.kind == "printed-card-found" else _STATES.get(event.kind)
    if state is None or not isinstance(job_id, str):
        return None
    cause = event.fields.get("cause") if state in {"held", "refused"} else None
    digest = event.fields.get("sealed_digest")
    return JobNews(
        job_id=job_id,
        state=state,
        cause=cause if isinstance(cause, str) else None,
        sealed_digest=digest if isinstance(digest, str) else None,
    )


def _found(event: ReadEvent) -> str:
    """Return where a card is that came to light after its station had lost its book."""
    return "on-shelf" if event.fields.get("where") == "shelf" else "handed-over"


@dataclass(frozen=True, slots=True)
class VoidNews:
    """What an event says of a chip that must never pass for a citizen's card again.

    Attributes:
        identity: the chip's, lower-case hex.
        job_id: whose card it was to be; None where the event names an attempt only.
        attempt_id: the attempt that the card was used up for; None if the event names none.
        cause: why, or what a person answered.
    """

    identity: str
    job_id: str | None
    attempt_id: str | None
    cause: str | None


_VOIDING: Final = frozenset({"attempt-spoiled", "attempt-given-up", "question-answered", "card-withdrawn"})
_GOOD_AFTER_ALL: Final = "out"
"""The answer to a question after which the card is looked at like any other."""

_LONGEST_IDENTITY: Final = 128


def void_news(event: ReadEvent) -> VoidNews | None:
    """Read which chip an event voids; None if none, or none that was ever identified."""
    identity, answer = _text(event, "identity"), _text(event, "answer")
    if event.kind not in _VOIDING or identity is None or not _is_identity(identity):
        return None
    if event.kind == "question-answered" and answer == _GOOD_AFTER_ALL:
        return None
    cause = answer if event.kind == "question-answered" else _text(event, "cause")
    return VoidNews(identity.lower(), _text(event, "job_id"), _text(event, "attempt_id"), cause)


def attempt_begun(event: ReadEvent) -> tuple[str, str] | None:
    """Return the attempt and the job that an event `attempt-reserved` ties together."""
    attempt_id, job_id = _text(event, "attempt_id"), _text(event, "job_id")
    if event.kind != "attempt-reserved" or attempt_id is None or job_id is None:
        return None
    return attempt_id, job_id


def _text(event: ReadEvent, name: str) -> str | None:
    value = event.fields.get(name)
    return value if isinstance(value, str) and value else None


def _is_identity(text: str) -> bool:
    return len(text) <= _LONGEST_IDENTITY and set(text) <= set(string.hexdigits)


@dataclass(frozen=True, slots=True)
class NoticeNews:
    """What an event says of a notice to a citizen: its number, its way, and how far it came."""

    job_id: str
    number: int
    channel: str
    delivery: str


def notice_news(event: ReadEvent) -> NoticeNews | None:
    """Read an event `notice-…` with `job_id`, `number` and `channel`; the rest of its type is the delivery."""
    prefix, _, delivery = event.kind.partition("-")
    job_id, number = event.fields.get("job_id"), event.fields.get("number")
    if (
        prefix != "notice"
        or not delivery
        or not isinstance(job_id, str)
        or type(number) is not int
        or not 0 < number < _MOST_NOTICES
    ):
        return None
    return NoticeNews(job_id, number, str(event.fields.get("channel", "")), delivery)
