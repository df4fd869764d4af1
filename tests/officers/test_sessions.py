"""Sessions: whatever people do and however time goes, a token is good for its user until the lock."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule

from stationd.model.session import SHIFT, Means, Session
from stationd.officers.sessions import MOST, Sessions

IDLE = 300.0
OFFICERS = st.sampled_from(["op-1", "op-2", "spv-1"])
USERS = st.integers(1000, 1002)


class SessionsOverTime(RuleBasedStateMachine):
    """Held against a plain account of who signed in when."""

    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.sessions = Sessions(IDLE, lambda: self.now)
        self.known: dict[str, Session] = {}

    def good(self, token: str, user: int) -> bool:
        session = self.known.get(token)
        return session is not None and session.user == user and session.over(self.now, IDLE) is None

    @rule(target=tokens, officer=OFFICERS, user=USERS)
    def sign_in(self, officer: str, user: int) -> str:
        self.known = {token: one for token, one in self.known.items() if one.over(self.now, IDLE) is None}
        token = self.sessions.begin(officer, user, Means.PIN)
        assert token not in self.known
        if len(self.known) < MOST:
            self.known[token] = Session(officer, user, Means.PIN, self.now, self.now)
        return token

    @rule(seconds=st.one_of(st.floats(0, 2 * IDLE), st.floats(0, 2 * SHIFT)))
    def time_goes(self, seconds: float) -> None:
        self.now += seconds

    @rule(token=tokens, user=USERS, act=st.booleans())
    def ask(self, token: str, user: int, *, act: bool) -> None:
        found = self.sessions.find(token, user, act=act)
        assert (found is not None) == self.good(token, user)
        if found is not None:
            assert found.officer == self.known[token].officer
            if act:
                self.known[token] = self.known[token].after_use(self.now)

    @rule(token=tokens)
    def sign_out(self, token: str) -> None:
        self.sessions.end(token)
        self.known.pop(token, None)

    @rule(officer=OFFICERS)
    def another_pin(self, officer: str) -> None:
        self.sessions.end_all_of(officer)
        self.known = {token: one for token, one in self.known.items() if one.officer != officer}

    @rule(token=st.text(max_size=50), user=USERS)
    def guess(self, token: str, user: int) -> None:
        assert self.sessions.find(token, user) is None


SessionsOverTime.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestSessions = SessionsOverTime.TestCase


def test_one_session_too_many_ends_the_one_that_was_not_used_for_longest() -> None:
    now = 0.0
    sessions = Sessions(IDLE, lambda: now)
    tokens = []
    for number in range(MOST):
        now = number / MOST
        tokens.append(sessions.begin("op-1", 1000, Means.CARD))
    assert sessions.find(tokens[0], 1000, act=True)
    sessions.begin("op-2", 1000, Means.PIN)
    assert sessions.find(tokens[0], 1000)
    assert sessions.find(tokens[1], 1000) is None
