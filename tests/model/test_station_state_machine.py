"""The model of a station against a small pure world: whatever is cut off, whenever, no card and no blank is doubled."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from stationd.model import events, issuance, moves, recovery
from stationd.model.blank import Account, Movement, Place, moved
from stationd.model.issuance import Attempt, CardRegion, Outcome, Step
from stationd.model.recovery import ChipSeen, Evidence, Verdict
from stationd.press.recovery import never_fed, settle, unknown
from stationd.press.trouble import Cause

BLANKS = 4
ROUTES = sorted(name for name, route in issuance.ROUTES.items() if route.inside is Place.MACHINE)
CARRIED_OUT = ("not", "half", "whole")
PILES = (Place.HOPPER, Place.MACHINE, Place.OUTPUT, Place.REJECT, Place.UNFIT, Place.SHELF)


@dataclass(eq=False)
class Card:
    """One piece of plastic: where it lies, what its chip holds, what was pressed on it from which film."""

    place: Place = Place.HOPPER
    foreign: bool = False
    tag: str = ""
    torn: bool = False
    written: str = ""
    locked: bool = False
    live: bool = False
    prints: list[tuple[str, int, bool]] = field(default_factory=list)


class Station(RuleBasedStateMachine):
    """Carries attempts out as the press does, in a world that knows what really happened."""

    def __init__(self) -> None:
        super().__init__()
        self.cards = [Card() for _ in range(BLANKS)]
        self.film: tuple[str, int] | None = None
        self.session = 1
        self.attempts: list[Attempt] = []
        self.attempt: Attempt | None = None
        self.interrupted = False
        self.jobs = ["j1", "j2"]
        self.waiting = set(self.jobs)
        self.question: events.AttemptUnknown | None = None
        self.answered: set[str] = set()
        self.numbers = itertools.count(1)
        self.balances = moved({}, [Movement(Account(Place.SUPPLY), self._account(Place.HOPPER), BLANKS)])

    # --- helpers ----------------------------------------------------------------------------------------------------

    @staticmethod
    def _account(place: Place) -> Account:
        return Account(place, "line-1" if place is not Place.SHELF else "", "wni", "B1")

    def _book(self, *happened: issuance.AttemptEvent) -> None:
        for event in happened:
            self.balances = moved(self.balances, event.moves)
            assert self.attempt is not None
            self.attempt = issuance.apply(self.attempt, event)

    def _pile(self, place: Place) -> list[Card]:
        return [card for card in self.cards if card.place is place]

    @property
    def _blanks(self) -> int:
        """How many blanks there are to be fed, in the hopper and in its account."""
        return min(len(self._pile(Place.HOPPER)), self.balances.get(self._account(Place.HOPPER), 0))

    @property
    def _inside(self) -> Card | None:
        return next(iter(self._pile(Place.MACHINE)), None)

    def _put_away(self) -> None:
        """The attempt is over; a job without a finished card is tried again, as the policy or a supervisor lets it."""
        assert self.attempt is not None
        self.attempts.append(self.attempt)
        if self.attempt.outcome in {Outcome.SPOILED, Outcome.RELEASED} and not self.attempt.recalled:
            self.waiting.add(self.attempt.job_id)
        self.attempt, self.interrupted = None, False

    @precondition(lambda self: self.attempt is None and (not self.waiting or self._blanks <= 1))
    @rule(blanks=st.integers(2, 4), foreign=st.integers(0, 8))
    def supply(self, blanks: int, foreign: int) -> None:
        """Another job arrives, and blanks are loaded; one of them may be no blank of this station's."""
        self.jobs.append(f"j{len(self.jobs) + 1}")
        self.waiting.add(self.jobs[-1])
        self.cards += [Card(foreign=number == foreign) for number in range(blanks)]
        loaded = Movement(Account(Place.SUPPLY), self._account(Place.HOPPER), blanks)
        self.balances = moved(self.balances, [loaded])

    # --- the press --------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.attempt is None and self.waiting and self._inside is None)
    @precondition(lambda self: self._blanks)
    @rule(route=st.sampled_from(ROUTES), which=st.integers(0, 9))
    def reserve(self, route: str, which: int) -> None:
        """Set a blank aside for one of the jobs."""
        job = sorted(self.waiting)[which % len(self.waiting)]
        self.waiting.discard(job)
        self.attempt = issuance.start(
            events.AttemptReserved(
                attempt_id=f"a{next(self.numbers)}",
                job_id=job,
                line="line-1",
                route=route,
                stock="wni",
                batch="B1",
                printer="p",
                session=str(self.session),
            )
        )

    @precondition(lambda self: self.attempt is not None and not self.interrupted)
    @rule(
        how=st.sampled_from(("seen",) * 40 + ("refused", "bad", "between", *CARRIED_OUT * 2)),
        which=st.integers(0, 3),
    )
    def step(self, how: str, which: int) -> None:
        """Declare a step and do it; it is seen to be done, refused, done badly, or cut off at some point.

        `between` cuts the attempt off while nothing is under way.
        """
        assert self.attempt is not None
        if how == "between":
            self.interrupted = True
            return
        step = self._next(which)
        if step is None:
            self._finish()
            return
        attempt_id, tag = self.attempt.attempt_id, f"tag-{next(self.numbers)}"
        evidence: dict[str, str | int] = {"tag": tag} if step is Step.IDENTIFY else {}
        moved_by = moves.intended(self.attempt, step)
        self._book(events.StepIntended(attempt_id=attempt_id, step=step, evidence=evidence, moves=moved_by))
        foreign = step is Step.IDENTIFY and self._inside is not None and self._inside.foreign
        if foreign and how in {"seen", "bad"}:
            self._book(events.BlankUnfit(attempt_id=attempt_id, job_id=self.attempt.job_id, cause="foreign-chip"))
        elif how in CARRIED_OUT:
            self._act(step, how)
            self.interrupted = True
        elif how == "seen":
            self._act(step, "whole")
            if step is Step.IDENTIFY:
                self._book(events.ChipIdentified(attempt_id=attempt_id, identity=self.attempt.tag))
            moved_by = moves.observed(self.attempt, step)
            self._book(events.StepObserved(attempt_id=attempt_id, step=step, moves=moved_by))
            if self.attempt.card in issuance.GONE:
                self._finish()  # in one commit with what was seen: nothing comes between
        else:
            self._fail(step, how)

    def _next(self, which: int) -> Step | None:
        assert self.attempt is not None
        steps = issuance.ready(self.attempt)
        if issuance.returnable(self.attempt):
            return Step.RETURN
        if not steps and issuance.rejectable(self.attempt):
            return Step.REJECT
        return steps[which % len(steps)] if steps else None

    def _finish(self) -> None:
        assert self.attempt is not None
        if self.attempt.card is CardRegion.DELIVERED:
            self._put_away()
            return
        attempt_id, job_id = self.attempt.attempt_id, self.attempt.job_id
        if self.attempt.card in {CardRegion.RESERVED, CardRegion.RETURNED}:
            self._book(events.AttemptReleased(attempt_id=attempt_id, job_id=job_id, cause="revoked"))
        else:
            self._book(events.AttemptSpoiled(attempt_id=attempt_id, job_id=job_id, cause="bad"))
        self._put_away()

    @precondition(lambda self: self.attempt is not None and not self.interrupted and not self.attempt.recalled)
    @precondition(lambda self: self.attempt is not None and self.attempt.card not in issuance.GONE)
    @rule(unlikely=st.integers(0, 9))
    def revoke(self, unlikely: int) -> None:
        """The registry takes the job back between two steps."""
        assert self.attempt is not None
        if unlikely == 0:
            attempt_id, job_id = self.attempt.attempt_id, self.attempt.job_id
            self._book(events.AttemptRecalled(attempt_id=attempt_id, job_id=job_id, cause="revoked"))

    def _fail(self, step: Step, how: str) -> None:
        """A device said no, or a chip turned out bad in mid-write."""
        assert self.attempt is not None
        attempt_id, job_id = self.attempt.attempt_id, self.attempt.job_id
        chip_step = step in {Step.IDENTIFY, Step.WRITE, Step.SEAL}
        known = issuance.Failing.BROKE_THE_CARD if how == "bad" and chip_step else issuance.Failing.DID_NOT_ACT
        if known is issuance.Failing.BROKE_THE_CARD:
            self._act(step, "half")
        moved_by = moves.declined(self.attempt, step)
        declined = events.StepDeclined(attempt_id=attempt_id, step=step, cause="no", moves=moved_by)
        match issuance.course(self.attempt, step, known):
            case issuance.Course.RELEASE:
                self._book(declined, events.AttemptReleased(attempt_id=attempt_id, job_id=job_id, cause="no"))
                self._put_away()
            case issuance.Course.WAIT:
                self._book(declined)
            case issuance.Course.REJECT:
                self._book(events.StepFailed(attempt_id=attempt_id, step=step, cause="bad"))
            case _:
                self.interrupted = True

    # --- the world --------------------------------------------------------------------------------------------------

    def _act(self, step: Step, how: str) -> None:
        """Let a step really happen: not, by half or as a whole."""
        assert self.attempt is not None
        if how == "not":
            return
        card, whole = self._inside, how == "whole"
        if step is Step.FEED:
            assert card is None
            self.film = None  # a machine winds its film on while it feeds
            self._pile(Place.HOPPER)[0].place = Place.MACHINE
            return
        assert card is not None, f"{step} without a card"
        if step is Step.PRINT:
            card.prints.append((self.attempt.job_id, self.session, whole))
        if step in issuance.LEAVING:
            unfit = step is Step.RETURN and bool(self.attempt.unfit)
            card.place = (Place.UNFIT if unfit else issuance.LEAVING[step]) if whole else card.place
        elif step in {Step.FILM, Step.TRANSFER}:
            self._print(step, card, whole=whole)
        else:
            self._write(step, card, whole=whole)

    def _print(self, step: Step, card: Card, *, whole: bool) -> None:
        assert self.attempt is not None
        if step is Step.FILM:
            assert self.film is None, "printed over what the film may hold"
            self.film = (self.attempt.job_id, self.session)
            return
        assert self.film is not None, "transferred a clean film"
        assert self.film[1] == self.session, "transferred a film from before"
        card.prints.append((*self.film, whole))
        self.film = None

    def _write(self, step: Step, card: Card, *, whole: bool) -> None:
        assert self.attempt is not None
        if card.foreign:
            assert step is Step.IDENTIFY, "nothing is to be written to it"
        elif step is Step.IDENTIFY:
            card.tag, card.torn = self.attempt.tag, not whole
        elif step is Step.WRITE:
            card.written = self.attempt.job_id if whole else "?"
        elif step is Step.SEAL:
            card.locked = card.locked or whole
        else:
            assert card.locked
            card.live = card.live or whole

    @precondition(lambda self: self.interrupted and self._inside is not None)
    @rule(to=st.sampled_from([Place.OUTPUT, Place.REJECT, Place.HAND]))
    def card_leaves_unseen(self, to: Place) -> None:
        """The printer puts it out when its power returns, or a hand takes it."""
        assert self._inside is not None
        self._inside.place = to

    @precondition(lambda self: self.interrupted and self.question is None and self._inside is not None)
    @rule(film_kept=st.booleans(), silent=st.integers(0, 9), cannot_tell=st.integers(0, 9))
    def look_at_a_card(self, film_kept: bool, silent: int, cannot_tell: int) -> None:
        """Take the attempt up again with its card inside."""
        self._look(film_kept=film_kept, silent=silent == 0, cannot_tell=cannot_tell == 0)

    @precondition(lambda self: self.interrupted and self.question is None and self._inside is None)
    @rule(film_kept=st.booleans())
    def look_at_nothing(self, film_kept: bool) -> None:
        """Take the attempt up again, and the machine is empty."""
        self._look(film_kept=film_kept, silent=False, cannot_tell=False)

    def _look(self, *, film_kept: bool, silent: bool, cannot_tell: bool) -> None:
        assert self.attempt is not None
        self.session += 1
        self.film = self.film if film_kept else None
        if never_fed(self.attempt):
            released = events.AttemptReleased(
                attempt_id=self.attempt.attempt_id, job_id=self.attempt.job_id, cause="interrupted"
            )
            self._book(released)
            self._put_away()
            return
        evidence = self._evidence(silent=silent, cannot_tell=cannot_tell)
        if evidence.inside and Step.TRANSFER not in self.attempt.done:
            self.film = None  # cleared on the way
        conclusion = recovery.conclude(self.attempt, evidence)
        if conclusion.verdict is Verdict.ASK:
            self.question = unknown(self.attempt, Cause("interrupted", ""))
            self._book(self.question)
            return
        self._book(*settle(self.attempt, conclusion, str(self.session), evidence))
        if self.attempt.outcome is not None:
            self._put_away()
        elif conclusion.verdict is not Verdict.WAIT:
            self.interrupted = False

    def _evidence(self, *, silent: bool, cannot_tell: bool) -> Evidence:
        assert self.attempt is not None
        card = self._inside
        if cannot_tell:
            return Evidence(inside=None)
        if card is None:
            return Evidence(inside=False)
        if silent:
            return Evidence(inside=True, chip=ChipSeen.SILENT)
        if not card.tag:
            return Evidence(inside=True, chip=ChipSeen.FOREIGN if card.foreign else ChipSeen.BLANK)
        if card.torn or card.tag != self.attempt.tag:
            return Evidence(inside=True, chip=ChipSeen.OTHER)
        complete = card.locked and card.written == self.attempt.job_id
        return Evidence(inside=True, chip=ChipSeen.OURS, locked=complete, active=card.live)

    # --- people -----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.attempt is None and self._inside is not None)
    @rule()
    def take_out(self) -> None:
        """Somebody opens the printer and takes a card out that is nobody's any more."""
        assert self._inside is not None
        self._inside.place = Place.HAND

    @precondition(lambda self: self.question is not None)
    @rule(truthful=st.booleans())
    def answer(self, truthful: bool) -> None:
        """An officer says where the card is, rightly or not, and puts what is found into the reject bin."""
        assert self.question is not None
        assert self.attempt is not None
        found = self._loose()
        spoiled = bool(found) is truthful and bool(found)
        place = Place.REJECT if spoiled else Place.MISSING
        if found:
            found[0].place = Place.REJECT if spoiled else Place.HAND
        source = Place.OUTPUT if self.attempt.card is CardRegion.DELIVERED else Place.IN_QUESTION
        target = self._account(place) if spoiled else self.attempt.account(Place.MISSING)
        moved_by = Movement(self.attempt.account(source), target, 1)
        self._book(
            events.QuestionAnswered(
                question_id=self.question.question_id,
                attempt_id=self.attempt.attempt_id,
                answer="spoiled" if spoiled else "missing",
                moves=(moved_by,),
            )
        )
        self.answered.add(self.attempt.attempt_id)
        self.question = None
        self._put_away()

    def _loose(self) -> list[Card]:
        """Return the attempt's card, wherever a person may come upon it."""
        assert self.attempt is not None
        return [card for card in self.cards if card.tag and card.tag == self.attempt.tag]

    @precondition(lambda self: any(a.card is CardRegion.DELIVERED and a.outcome is None for a in self.attempts))
    @rule()
    def accept(self) -> None:
        """An officer finds the first delivered card good."""
        number, attempt = next(
            (n, a) for n, a in enumerate(self.attempts) if a.card is CardRegion.DELIVERED and a.outcome is None
        )
        if issuance.activatable(attempt):
            attempt = self._tap(attempt)
        accepted = events.CardAccepted(
            attempt_id=attempt.attempt_id,
            job_id=attempt.job_id,
            citizen_ref="c",
            issue_no=1,
            identity=attempt.identity,
            moves=moves.accepted(attempt),
        )
        self.attempts[number] = issuance.apply(attempt, accepted)
        self.balances = moved(self.balances, accepted.moves)
        (card,) = [card for card in self.cards if card.tag == attempt.identity]
        assert card.place is Place.OUTPUT
        card.place = Place.SHELF

    def _tap(self, attempt: Attempt) -> Attempt:
        """Make a card live on the desk."""
        (card,) = [card for card in self.cards if card.tag == attempt.identity]
        assert card.locked
        card.live = True
        for event in (events.StepIntended, events.StepObserved):
            attempt = issuance.apply(attempt, event(attempt_id=attempt.attempt_id, step=Step.ACTIVATE))
        return attempt

    # --- what must hold ---------------------------------------------------------------------------------------------

    @invariant()
    def blanks_are_conserved_and_no_pile_holds_less_than_the_book_says(self) -> None:
        said = {place: self.balances.get(self._account(place), 0) for place in PILES}
        if self.attempt is not None and self.interrupted:
            return  # the book is behind the world until somebody has looked
        surplus = [len(self._pile(place)) - said[place] for place in PILES]
        assert min(surplus) >= 0, "a pile holds less than the book says"
        in_hand = len(self._pile(Place.HAND))
        lost = sum(n for a, n in self.balances.items() if a.place in {Place.IN_QUESTION, Place.MISSING})
        assert sum(surplus) + in_hand == lost, "what is not where the book says is in question or missing"

    @invariant()
    def what_is_laid_aside_as_unfit_was_never_written_to_and_nothing_else_is_laid_there(self) -> None:
        for card in self._pile(Place.UNFIT):
            assert card.foreign
            assert not card.tag + card.written
            assert not card.prints

    @invariant()
    def no_second_live_card_by_itself(self) -> None:
        owner = {a.tag: a for a in [*self.attempts, *([self.attempt] if self.attempt else [])] if a.tag}
        live = [owner[card.tag] for card in self.cards if card.live]
        by_itself = [attempt for attempt in live if attempt.attempt_id not in self.answered]
        for job in self.jobs:
            assert sum(attempt.job_id == job for attempt in by_itself) <= 1
        for attempt in by_itself:
            assert attempt.outcome not in {Outcome.SPOILED, Outcome.RELEASED}, "its job is tried again"

    @invariant()
    def a_live_card_is_whole_and_all_of_it_belongs_to_one_job(self) -> None:
        for card in self.cards:
            if card.live:
                ((printed, _, whole),) = card.prints
                assert whole
                assert card.written == printed


Station.TestCase.settings = settings(max_examples=100, stateful_step_count=80, deadline=None)
TestStation = Station.TestCase


def test_a_card_that_was_seen_to_leave_is_not_asked_about() -> None:
    """Live, revoked, rejected: its fate is known, and its blank is in no account that an answer could take it from."""
    station = Station()
    station.reserve("inline-beside", 0)
    while station.attempt is not None and Step.ACTIVATE not in station.attempt.done:
        station.step("seen", 0)
    station.revoke(0)
    station.step("seen", 0)
    (ended,) = station.attempts
    assert (ended.card, ended.outcome) == (CardRegion.REJECTED, Outcome.WITHDRAWN)
    assert (station.attempt, station.question) == (None, None)
    assert station.balances[ended.account(Place.REJECT)] == 1
    station.blanks_are_conserved_and_no_pile_holds_less_than_the_book_says()
