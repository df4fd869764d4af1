"""What the commands make of the book: how far cards are, one entry as one line, and text that fits a terminal. Pure."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.cli import text
from stationd.cli.progress import Card, End, Progress
from stationd.cli.telling import live, tell
from stationd.client.lines import LineView
from stationd.client.status import JobView, StatusView
from stationd.model import events
from stationd.model.entry import AnyEvent, Envelope
from stationd.store.chronicle import parse
from stationd.words import LANGUAGES, Words
from tests.api.house import LINE, NOW, OFFICER, STATION, House

# --- counting ---------------------------------------------------------------------------------------------------------


def follow_book(house: House, after: int = 0) -> Progress:
    progress = Progress()
    with house.store.read() as view:
        for entry in map(parse, view.texts(after, 10_000)):
            progress.see(entry.envelope, entry.event)
    return progress


def test_what_ends_is_counted_by_how_it_ended(house: House) -> None:
    house.stock()
    house.deliver("good")
    house.ruin("bad")
    house.lose("lost")
    house.arrive("back")
    house.station.order("back", OFFICER)
    house.station.cancel("back", OFFICER)
    house.arrive("waits")
    house.station.order("waits", OFFICER)
    house.arrive("in")
    house.station.order("in", OFFICER)
    house.go_on(house.begin("in"), steps=3)
    progress = follow_book(house)
    assert progress.ended == [
        ("good", End.DELIVERED),
        ("bad", End.TROUBLE),
        ("lost", End.TROUBLE),
        ("back", End.WITHDRAWN),
    ]
    assert progress.pending() == {"waits", "in"}
    assert not progress.idle
    (card,) = progress.running.values()
    assert (card.done, card.steps, card.open) == (3, 8, [])


def test_a_state_fetched_in_between_says_the_same_as_having_seen_it_all(house: House) -> None:
    """Whoever listens from the middle on counts what ended since, once."""
    house.stock()
    for job_id in ("j1", "j2", "j3"):
        house.arrive(job_id)
        house.station.order(job_id, OFFICER)
    attempt = house.go_on(house.begin("j1"), steps=2)
    progress = follow_book(house)
    house.go_on(attempt)
    house.ruin("other")  # was not known to this listener
    house.station.cancel("j3", OFFICER)
    jobs = [JobView(job.job_id, state=job.state, attempt_id=job.attempt_id) for job in house.station.jobs()]
    unseen = progress.fetch(StatusView(STATION, book=house.station.status().book), jobs)
    assert unseen == progress.ended == [("j1", End.DELIVERED), ("j3", End.WITHDRAWN)]
    assert progress.pending() == {"j2"}
    progress.fetch(StatusView(STATION), jobs)
    assert len(progress.ended) == 2


def test_a_card_that_was_under_way_before_is_known_by_its_line(house: House) -> None:
    house.stock()
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    house.begin("j1")
    progress = Progress()
    (job,) = house.station.jobs()
    status = StatusView(STATION, lines=(LineView(LINE, job_id="j1"),))
    progress.fetch(status, [JobView("j1", state=job.state, attempt_id=job.attempt_id)])
    assert progress.running == {"at-j1": Card("j1", LINE)}


# --- saying -----------------------------------------------------------------------------------------------------------


def envelope(seq: int = 1, trust: str = "trusted") -> Envelope:
    return Envelope(
        seq=seq, prev="0", station=STATION, incarnation="i", time=NOW, trust=trust, boot="b", mono=200.0, actor="a"
    )


SAID: list[AnyEvent] = [
    events.StationStarted(version="1"),
    events.PolicyAdopted(version=4, digest="d"),
    events.JobRefused(job_id="j", sealed_digest="d", cause="altered"),
    events.JobHeld(job_id="j", cause="under-age"),
    events.JobReleased(job_id="j", cause="spoiled"),
    events.JobReturned(job_id="j", cause="other"),
    events.ReturnConfirmed(job_id="j"),
    events.JobRevoked(job_id="j"),
    events.PrintOrdered(job_id="j"),
    events.OrderWithdrawn(job_id="j", cause="officer"),
    events.BlanksReceived(batch="B", stock="wni", count=3),
    events.HopperLoaded(line="l", count=3),
    events.StepObserved(attempt_id="a", step="film"),
    events.StepObserved(attempt_id="a", step="deliver"),
    events.StepDeclined(attempt_id="a", step="film", cause="overheated"),
    events.StepFailed(attempt_id="a", step="write", cause="refused"),
    events.AttemptSpoiled(attempt_id="a", job_id="j", cause="scratched"),
    events.AttemptReleased(attempt_id="a", job_id="j", cause="media-empty"),
    events.AttemptResumed(attempt_id="a", session="s"),
    events.AttemptGivenUp(attempt_id="a", job_id="j", cause="interrupted"),
    events.AttemptUnknown(attempt_id="a", job_id="j", line="l", step="write", cause="interrupted", question_id="q"),
    events.QuestionAnswered(question_id="q", attempt_id="a", answer="missing"),
    events.CardAccepted(attempt_id="a", job_id="j", citizen_ref="c", issue_no=1, identity="i"),
    events.LineStopped(line="l", cause="cover-open"),
    events.LineReady(line="l", printer="p"),
]


def making(card: Card | None = None) -> Progress:
    """What is known while this card is made, by attempt `a`; while none is."""
    progress = Progress()
    progress.running = {} if card is None else {"a": card}
    return progress


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("event", SAID, ids=lambda event: type(event).__name__)
def test_what_matters_to_people_is_one_line_in_their_language(event: AnyEvent, language: str) -> None:
    told = tell(Words(language), envelope(), event, making(Card("j", "l", 8, 2, began=155.0)))
    assert told is not None
    assert re.match(r"\d\d:\d\d:\d\d  ", told.line)
    assert "\n" not in told.line
    assert "{" not in told.line


def test_a_card_that_comes_out_says_how_long_it_took() -> None:
    event = events.StepObserved(attempt_id="a", step="deliver")
    words = Words("en")
    timed = tell(words, envelope(), event, making(Card("j1", LINE, 8, 7, began=155.0)))
    assert timed is not None
    assert timed.line.endswith(f"{LINE}  j1  CARD OUT after 0:45; look at the card")
    untimed = tell(words, envelope(), event, making(Card("j1", LINE)))
    assert untimed is not None
    assert untimed.line.endswith("CARD OUT; look at the card")
    assert tell(words, envelope(), event, making()) is not None


def test_what_is_nothing_to_people_is_not_said() -> None:
    for event in (events.PayloadErased(job_id="j"), events.ChipObjectWritten(attempt_id="a", name="photo")):
        assert tell(Words("en"), envelope(), event, making()) is None


def test_a_line_that_goes_on_is_told_when_its_next_step_begins_and_once() -> None:
    progress = making(Card("j1", LINE))
    numbers = iter(range(1, 99))

    def follow(event: AnyEvent) -> str:
        moment = msgspec.structs.replace(envelope(), seq=next(numbers))
        told = tell(Words("en"), moment, event, progress)
        progress.see(moment, event)
        return told.line if told else ""

    begins = events.StepIntended(attempt_id="a", step="film")
    declines = events.StepDeclined(attempt_id="a", step="film", cause="cover-open")
    assert follow(begins) == ""
    assert follow(declines)
    assert "waiting" in follow(events.LineStopped(line=LINE, cause="cover-open"))
    assert follow(begins).endswith("j1  nothing is in the way any more; goes on: print to film")
    assert follow(declines)  # for the same cause, which the book does not say again
    assert follow(begins).endswith("goes on: print to film")
    assert follow(events.StepObserved(attempt_id="a", step="film"))
    assert follow(events.LineReady(line=LINE, printer="p")) == ""
    assert follow(begins) == ""
    assert follow(events.LineReady(line=LINE, printer="p"))  # one that was not announced


def test_a_time_that_was_lost_is_marked() -> None:
    told = tell(Words("en"), envelope(trust="unknown"), events.PrintOrdered(job_id="j"), making())
    assert told is not None
    assert told.line.split()[0].endswith("?")


def test_a_live_line_says_how_far_and_since_when() -> None:
    card = Card("j1", LINE, 8, 3, ["write", "film"], began=100.0)
    assert live(Words("en"), card, 165.0) == f"{LINE}  j1  3/8  1:05  write the chip, print to film"
    assert live(Words("en"), Card("j1", LINE), 5.0) == f"{LINE}  j1"


# --- text -------------------------------------------------------------------------------------------------------------


@given(st.text())
def test_clean_text_can_be_printed_and_says_the_same(raw: str) -> None:
    cleaned = text.clean(raw)
    assert len(cleaned) == len(raw)
    assert all(c.isprintable() or c == "\n" for c in cleaned)
    assert text.clean(cleaned) == cleaned


@given(st.lists(st.tuples(st.text(alphabet="ab c"), st.text(alphabet="ab c"), st.text(alphabet="abc")), min_size=1))
def test_a_tables_columns_begin_where_their_titles_do(rows: list[tuple[str, str, str]]) -> None:
    lines = text.table(rows, ("one", "two", "three")).split("\n")
    at = lines[0].index("three")
    assert [line[at:] for line in lines[1:]] == [row[2] for row in rows]


def test_a_long_value_goes_on_below_itself() -> None:
    lines = text.fields([("a", "short"), ("bcd", "word " * 30)]).split("\n")
    assert lines[0] == "a    short"
    assert lines[1].startswith("bcd  word")
    assert lines[2].startswith("     word")
    assert max(map(len, lines)) <= text.WIDTH


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0 s"), (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (7200, "2 h"), (86_400 * 3, "3 d")],
)
def test_a_length_of_time_is_said_in_its_largest_unit(seconds: float, said: str) -> None:
    assert text.ago(seconds, Words("en")) == said
