"""Reading a book: every sound chain is read, every altered one refused, and nothing makes the reader fail."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.registry.books import GENESIS, attempt_begun, job_news, notice_news, read_batch, void_news
from simulators.registry.problems import Problem

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_TOLD = ("job-arrived", "job-refused", "job-held", "card-accepted", "attempt-unknown", "attempt-reserved")
_VOIDING = ("attempt-spoiled", "attempt-given-up", "question-answered", "card-withdrawn")
_KINDS = st.sampled_from([*_TOLD, *_VOIDING, "notice-sent", "notice-", "noted"])
_FIELDS = st.dictionaries(
    st.sampled_from(
        ["job_id", "attempt_id", "identity", "answer", "cause", "sealed_digest", "number", "channel", "moves", "detail"]
    ),
    _JSON,
)


def _chain(events: list[tuple[str, dict[str, Any]]], first: int = 1, prev: str = GENESIS) -> list[str]:
    texts = []
    for seq, (kind, fields) in enumerate(events, first):
        event = {"seq": seq, "prev": prev, "station": "s", "incarnation": "i", "time": 1.5, **fields, "type": kind}
        texts.append(json.dumps(event))
        prev = _digest(texts[-1])
    return texts


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@given(st.lists(st.tuples(_KINDS, _FIELDS), min_size=1, max_size=5), st.integers(1, 10**9))
def test_a_sound_chain_is_read(events: list[tuple[str, dict[str, Any]]], first: int) -> None:
    texts = _chain(events, first, GENESIS if first == 1 else "a" * 64)
    read = read_batch("s", "i", first, texts, _digest(texts[-1]))
    assert [(e.seq, e.text, e.kind) for e in read] == [
        (first + n, text, kind) for n, (text, (kind, _)) in enumerate(zip(texts, events, strict=True))
    ]
    for event in read:
        job_news(event)
        notice_news(event)
        void_news(event)
        attempt_begun(event)


@given(st.integers(2, 5), st.data())
def test_any_changed_character_is_found(count: int, data: st.DataObject) -> None:
    texts = _chain([("noted", {"n": n}) for n in range(count)])
    head = _digest(texts[-1])
    which = data.draw(st.integers(0, count - 1))
    where = data.draw(st.integers(0, len(texts[which]) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != texts[which][where]))
    texts[which] = texts[which][:where] + other + texts[which][where + 1 :]
    with pytest.raises(Problem, match="bad-chain"):
        read_batch("s", "i", 1, texts, head)


@given(st.lists(st.text(min_size=2) | _JSON.map(json.dumps), min_size=1, max_size=3))
def test_anything_else_is_refused(texts: list[str]) -> None:
    with pytest.raises(Problem, match="bad-chain"):
        read_batch("s", "i", 1, texts, "0" * 64)


def test_a_first_event_has_nothing_before_it() -> None:
    (text,) = _chain([("noted", {})], prev="a" * 64)
    with pytest.raises(Problem, match="64 zeros"):
        read_batch("s", "i", 1, [text], _digest(text))


@pytest.mark.parametrize("when", [None, "noon", True, -1, 1e300])
def test_a_time_is_seconds_since_1970(when: object) -> None:
    (text,) = _chain([("noted", {"time": when})])
    with pytest.raises(Problem, match="seconds since 1970"):
        read_batch("s", "i", 1, [text], _digest(text))
