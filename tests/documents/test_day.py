"""A day added up: whatever moved, the sums agree."""

from __future__ import annotations

import datetime
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.documents import indonesian
from stationd.model import day, events, stock_events
from stationd.model.blank import OUTSIDE, Account, Movement, Place, moved
from stationd.model.papers import Kind, PaperId, parse_id

ACCOUNTS = st.builds(
    Account,
    st.sampled_from(Place),
    st.sampled_from(["", "line-1"]),
    st.just("wni"),
    st.sampled_from(["", "B-1"]),
)


@st.composite
def days(draw: st.DrawFn) -> tuple[dict[Account, int], list[Movement], dict[Account, int]]:
    """Draw what accounts held, what moved, and what they hold then."""
    start = draw(st.dictionaries(ACCOUNTS.filter(lambda a: a.place not in OUTSIDE), st.integers(1, 500), max_size=6))
    held, movements = dict(start), []
    for _ in range(draw(st.integers(0, 12))):
        source = draw(st.sampled_from([*held, Account(Place.SUPPLY)]))
        most = 500 if source.place in OUTSIDE else held.get(source, 0)
        target = draw(ACCOUNTS.filter(lambda account, source=source: account != source))
        if most < 1:
            continue
        movement = Movement(source, target, draw(st.integers(1, most)))
        held = moved(held, [movement])
        movements.append(movement)
    return start, movements, held


def put_into_the_store(movement: Movement) -> stock_events.BlanksPutBack:
    return stock_events.BlanksPutBack(count=movement.count, moves=(movement,))


@given(days())
def test_the_start_and_what_came_less_what_went_is_the_end(
    drawn: tuple[dict[Account, int], list[Movement], dict[Account, int]],
) -> None:
    start, movements, end = drawn
    told = day.tally([put_into_the_store(movement) for movement in movements], end)
    known = {Account(a.place, a.line, a.stock, a.batch): a for a in told.accounts}
    for account in {*start, *end} - {account for account in {*start, *end} if account.place in OUTSIDE}:
        assert (known[account].start, known[account].end) == (start.get(account, 0), end.get(account, 0))
    assert all(a.start + a.came - a.went == a.end for a in told.accounts)
    assert sum(m.count for m in told.moved) == sum(m.count for m in movements)
    by_place = Counter({(a.place, a.line): 0 for a in told.accounts})
    for account in told.accounts:
        by_place[account.place, account.line] += account.came - account.went
    for move in told.moved:
        by_place[move.source, move.source_line] += move.count
        by_place[move.target, move.target_line] -= move.count
    assert not {place for place, rest in by_place.items() if rest and place[0] not in OUTSIDE}


@given(days())
def test_going_back_over_a_day_comes_to_its_start(
    drawn: tuple[dict[Account, int], list[Movement], dict[Account, int]],
) -> None:
    start, movements, end = drawn
    before = day.before(end, movements)
    assert {account: count for account, count in before.items() if account.place not in OUTSIDE} == start


def test_each_way_to_spoil_a_blank_is_counted_once() -> None:
    happened = [
        events.AttemptSpoiled(attempt_id="a1", job_id="j1", cause="media-jam"),
        events.AttemptGivenUp(attempt_id="a2", job_id="j2", cause="card-not-found", identity="c0ffee"),
        events.AttemptGivenUp(attempt_id="a3", job_id="j3", cause="card-not-found"),
        events.QuestionAnswered(question_id="q", attempt_id="a4", answer="spoiled"),
        events.QuestionAnswered(question_id="r", attempt_id="a5", answer="out"),
        stock_events.BlanksSpoiled(count=4, cause="scratched", place="store"),
    ]
    told = day.tally(happened, {})
    assert told.spoiled == {"card-not-found": 1, "media-jam": 1, "scratched": 4, "spoiled": 1}


@given(st.sampled_from(Kind), st.integers(1970, 9999), st.integers(1, 10**9 - 1))
def test_a_papers_id_is_read_as_it_was_written(kind: Kind, year: int, number: int) -> None:
    paper = PaperId(kind, year, number)
    assert parse_id(str(paper)) == paper


@pytest.mark.parametrize("text", ["", "daily", "daily-2026-0", "daily-2026-01", "poem-2026-1", "daily-26-1"])
def test_what_is_no_papers_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^.*$"):
        parse_id(text)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "nol"),
        (10, "sepuluh"),
        (11, "sebelas"),
        (19, "sembilan belas"),
        (20, "dua puluh"),
        (100, "seratus"),
        (612, "enam ratus dua belas"),
        (1000, "seribu"),
        (1111, "seribu seratus sebelas"),
        (2026, "dua ribu dua puluh enam"),
        (100_000, "seratus ribu"),
        (999_999, "sembilan ratus sembilan puluh sembilan ribu sembilan ratus sembilan puluh sembilan"),
    ],
)
def test_numbers_in_words(count: int, words: str) -> None:
    assert indonesian.in_words(count) == words


@given(st.integers(0, 999_999), st.integers(0, 999_999))
def test_no_two_numbers_are_written_alike(one: int, other: int) -> None:
    assert (indonesian.in_words(one) == indonesian.in_words(other)) == (one == other)


def test_dates_and_figures_as_offices_write_them() -> None:
    assert indonesian.date(datetime.date(2026, 8, 17)) == "17 Agustus 2026"
    assert indonesian.weekday(datetime.date(2026, 8, 17)) == "Senin"
    assert (indonesian.number(1234567), indonesian.number(87.4)) == ("1.234.567", "87,4")
    assert indonesian.clock(1_785_600_000.0, 9) == "01.00 WIT"
