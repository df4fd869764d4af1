"""How the station is, in one word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model.attention import PASSES, Attention, attention, wants_somebody

LINE = st.tuples(
    st.sampled_from(["starting", "ready", "working", "waiting", "asking", "stopped"]),
    st.sampled_from(["", "cover-open", *sorted(PASSES)]),
)


@pytest.mark.parametrize(
    ("lines", "jobs", "questions", "said"),
    [
        ([], {}, 0, Attention.READY),
        ([("ready", "")], {"queued": 3, "accepted": 9}, 0, Attention.READY),
        ([("ready", "")], {"ordered": 1}, 0, Attention.WORKING),
        ([("working", "")], {"printing": 1}, 0, Attention.WORKING),
        ([("waiting", "overheated")], {"printing": 1}, 0, Attention.WORKING),
        ([("waiting", "cover-open")], {"printing": 1}, 0, Attention.NEEDS_YOU),
        ([("working", ""), ("stopped", "spoils-in-a-row")], {"printing": 1}, 0, Attention.NEEDS_YOU),
        ([("ready", "")], {"delivered": 1}, 0, Attention.NEEDS_YOU),
        ([("asking", "")], {}, 1, Attention.NEEDS_YOU),
        ([("stopped", "spoils-in-a-row")], {"delivered": 1}, 1, Attention.STOPPED),
    ],
)
def test_one_word(lines: list[tuple[str, str]], jobs: dict[str, int], questions: int, said: Attention) -> None:
    assert attention(lines, jobs, questions) is said


@given(st.lists(LINE, max_size=4), st.integers(0, 2), st.integers(0, 2))
def test_whatever_wants_somebody_is_never_called_ready(
    lines: list[tuple[str, str]], delivered: int, questions: int
) -> None:
    wanted = bool(delivered or questions or any(wants_somebody(*line) for line in lines))
    said = attention(lines, {"delivered": delivered}, questions)
    assert wanted == (said in {Attention.NEEDS_YOU, Attention.STOPPED})
