"""Where officers show who they are: a PIN, or their card on the desk reader; and where PINs are set."""

from __future__ import annotations

import hmac
import math
import secrets
import threading
from dataclasses import dataclass

import msgspec
import structlog

from stationd.clock import Clock
from stationd.model import officer_events, pins
from stationd.model.officer import Officer
from stationd.model.pins import Tries
from stationd.model.policy import Office, PinCode, Policy, may_give_code, may_see_citizens, may_sign_in, supervisors
from stationd.model.session import Means
from stationd.officers.approvals import LASTS, Approvals
from stationd.officers.hashing import PinHasher
from stationd.officers.sessions import Sessions
from stationd.press.tap import TapFailed
from stationd.station import Kind, Refused, Station
from stationd.store.store import CommitFailed

log = structlog.get_logger()

CODE_LASTS = 3600.0
"""Seconds for which a code is good that a supervisor made. It is lost when the daemon ends."""

_ACTIVE = "active"
_BY_POLICY = "policy"


class SignedIn(msgspec.Struct, frozen=True):
    """A session as its officer is told of it.

    Attributes:
        token: to be sent with each call; empty where the session itself asks.
        officer: the id.
        name: as the policy has it.
        roles: of the policy.
        idle: seconds without an act after which it ends.
    """

    token: str
    officer: str
    name: str
    roles: tuple[str, ...]
    idle: float


class Approved(msgspec.Struct, frozen=True):
    """A supervisor's approval of one act in another officer's session.

    Attributes:
        approval: to be sent with that act.
        officer, name: who gave it.
        lasts: seconds within which it is to be used.
    """

    approval: str
    officer: str
    name: str
    lasts: float


class CodeGiven(msgspec.Struct, frozen=True):
    """A one-time code, to be told to its officer and to nobody else; `lasts` in seconds."""

    officer: str
    code: str
    lasts: float


@dataclass(frozen=True, slots=True)
class _Given:
    digest: str
    by: str
    until: float


class Counter:
    """Signs officers in. Calls may come from any thread; they are worked off one after the other.

    Args:
        station: whose policy and book these are.
        office: where it stands.
        clock: its time.
        hasher: of PINs.
        sessions: where a session is opened.
    """

    def __init__(self, station: Station, office: Office, clock: Clock, hasher: PinHasher, sessions: Sessions) -> None:
        self.sessions = sessions
        self.approvals = Approvals(sessions.now)
        self._station = station
        self._office = office
        self._clock = clock
        self._hasher = hasher
        self._one = threading.Lock()
        self._given: dict[str, _Given] = {}
        with station.store.read() as view:
            kept = view.failed_sign_ins()
        self._tries = {name: Tries.remembered(failures, clock.uptime()) for name, failures in kept.items()}

    # --- signing in ---------------------------------------------------------------------------------------------------

    def by_pin(self, name: str, pin: str, user: int) -> SignedIn:
        """Sign an officer in by their PIN.

        Args:
            name: the officer's id, as it was given.
            pin: as it was typed.
            user: of this computer, who asks.

        Raises:
            Refused: `sign-in-refused` if name or PIN is wrong, without a hint which; `sign-in-locked` after some
                failures; why not, if both are right and the policy does not let them.
        """
        with self._one:
            self._check(self._policy(), name, pin)
        return self._begin(name, user, Means.PIN)

    def by_card(self, user: int) -> SignedIn:
        """Sign an officer in by the card that lies on the desk reader.

        Raises:
            Refused: if no card can be read there, or the policy names it as nobody's.
        """
        return self._begin(self._of_card().id, user, Means.CARD)

    def approve(self, session: str, name: str, pin: str, *, card: bool) -> Approved:
        """Let a supervisor approve one act in another officer's session; that session goes on.

        Args:
            session: token of the session in which it is to be done.
            name: the supervisor's id.
            pin: theirs, as it was typed.
            card: the supervisor's card lies on the desk reader instead.

        Raises:
            Refused: as `by_pin` and `by_card` do, and if it is no supervisor.
        """
        if card:
            officer = self._of_card().id
        else:
            officer = name
            with self._one:
                self._check(self._policy(), name, pin)
        self.allow(officer)
        allowed = supervisors(self._station.policy, self._office, self._clock.now())
        if officer not in allowed:
            who = ", ".join(sorted(allowed))
            raise Refused(Kind.NOT_ALLOWED, "supervisor-needed" if who else "no-supervisor", who or officer)
        return Approved(self.approvals.give(officer, session), officer, self.who(officer).name, LASTS)

    def _of_card(self) -> Officer:
        """Return whose card lies on the desk reader."""
        policy = self._policy()
        desk = self._station.chip_desk
        if desk is None:
            raise Refused(Kind.NOT_NOW, "no-desk-reader", "")
        try:
            held = desk.read().held
        except TapFailed as failure:
            raise Refused(Kind.NOT_NOW, failure.cause, "", failure.detail) from failure
        officer = policy.officer_of_card(held.identity.hex()) if held.life_cycle == _ACTIVE else None
        if officer is None:
            raise Refused(Kind.NOT_SIGNED_IN, "card-of-no-officer", "")
        return officer

    def allow(self, officer: str) -> None:
        """Refuse whom the policy does not let in any more, whatever session they have."""
        bar = may_sign_in(self._station.policy, officer, self._office, self._clock.now())
        if bar is not None:
            raise Refused(Kind.NOT_ALLOWED, bar.bar, officer)

    def somebody_sees_citizens(self) -> bool:
        """Say whether an officer is signed in to whom citizens' names may be shown."""
        policy, now = self._station.policy, self._clock.now()
        return any(may_see_citizens(policy, officer, self._office, now) for officer in self.sessions.officers())

    def who(self, officer: str, token: str = "") -> SignedIn:
        """Return an officer as a session tells of them."""
        found = self._policy().officer(officer)
        roles = () if found is None else tuple(sorted(found.roles))
        return SignedIn(token, officer, "" if found is None else found.name, roles, self.sessions.idle)

    def _begin(self, officer: str, user: int, means: Means) -> SignedIn:
        self.allow(officer)
        self._tell(officer, officer_events.OfficerSignedIn(means=means))
        return self.who(officer, self.sessions.begin(officer, user, means))

    def _policy(self) -> Policy:
        policy = self._station.policy
        if policy is None:
            with self._station.store.read() as view:
                why = next(iter(view.doubts()), "no-policy")  # a book in doubt ends the link before a policy comes
            raise Refused(Kind.NOT_ALLOWED, why, self._station.store.station)
        return policy

    def _check(self, policy: Policy, name: str, pin: str) -> None:
        """Refuse a wrong PIN. What is done for a name that is nobody's is the same, and takes as long."""
        known = policy.officer(name) is not None
        mark = self._hasher.mark(name)
        key = name if known else mark
        now = self._clock.uptime()
        tries = self._tries.get(key, Tries())
        if tries.wait(now):
            raise self._locked(tries.wait(now))
        with self._station.store.read() as view:
            kept = view.pin(name)
        failed = tries.failed(now)
        self._count(key, failed)  # before the look: who ends the daemon meanwhile gains no try
        if not self._hasher.right(kept if known else None, name, pin):
            if wait := failed.wait(now):
                locked = officer_events.SignInLocked(
                    officer_id=name if known else "", failures=failed.failures, seconds=wait
                )
                self._tell("stationd", locked)
            raise Refused(Kind.NOT_SIGNED_IN, "sign-in-refused", "")
        self._count(key, Tries())

    def _locked(self, wait: float) -> Refused:
        return Refused(Kind.TOO_OFTEN, "sign-in-locked", str(math.ceil(wait)))

    def _count(self, key: str, tries: Tries) -> None:
        self._tries[key] = tries
        try:
            with self._station.store.write("stationd") as transaction:
                transaction.keep_failures(key, tries.failures)
        except CommitFailed as failure:  # on a full disk officers have to get in, to see that it is full
            log.error("sign-ins are counted in memory only", why=str(failure))

    def _tell(self, actor: str, event: officer_events.AnyOfficerEvent) -> None:
        try:
            self._station.store.record(actor, event)
        except CommitFailed as failure:
            log.error("not in the book", what=type(event).__name__, officer=actor, why=str(failure))

    # --- setting a PIN ------------------------------------------------------------------------------------------------

    def give_code(self, officer: str, by: str) -> CodeGiven:
        """Make a one-time code by which an officer sets their PIN, the first or a forgotten one.

        Raises:
            Refused: if there is no such officer, or whoever asks is neither supervisor nor deputy, or asks for
                themselves.
        """
        if self._policy().officer(officer) is None:
            raise Refused(Kind.NOT_FOUND, "officer-unknown", officer)
        if not may_give_code(self._station.policy, by, officer, self._office, self._clock.now()):
            raise Refused(Kind.NOT_ALLOWED, "code-by-another" if by == officer else "code-by-supervisor", by)
        code = "".join(secrets.choice(pins.ALPHABET) for _ in range(pins.LETTERS))
        with self._one:
            self._station.store.record(by, officer_events.PinCodeGiven(officer_id=officer))
            digest = pins.code_digest(self._station.store.station, officer, code)
            self._given[officer] = _Given(digest, by, self._clock.uptime() + CODE_LASTS)
        return CodeGiven(officer, pins.spoken(code), CODE_LASTS)

    def set_pin(self, officer: str, code: str, pin: str) -> None:
        """Set a PIN with a one-time code: the registry's of the signed policy, or one that `give_code` made.

        It ends the officer's sessions and the wait after failures.

        Raises:
            Refused: if the code is not good for this officer, or the PIN cannot be one.
        """
        _require_pin(pin)
        with self._one:
            digest = pins.code_digest(self._station.store.station, officer, code)
            given = self._given.get(officer)
            by_hand = given is not None and self._good(given, digest)
            if self._policy().officer(officer) is None or not (by_hand or self._of_policy(officer, digest)):
                raise Refused(Kind.NOT_SIGNED_IN, "pin-code-refused", "")
            hashed = self._hasher.keep(officer, pin)
            with self._station.store.write(officer) as transaction:
                transaction.keep_pin(officer, hashed)
                transaction.keep_failures(officer, 0)
                if not by_hand:
                    transaction.spend(digest)
                giver = given.by if by_hand and given is not None else _BY_POLICY
                transaction.record(officer_events.PinSet(given_by=giver))
            self._given.pop(officer, None)
            self._tries.pop(officer, None)
            self.sessions.end_all_of(officer)

    def change_pin(self, officer: str, old: str, pin: str) -> None:
        """Set a PIN by the one before. Other sessions of the officer end, and this one.

        Raises:
            Refused: as `by_pin` does, or if the PIN cannot be one.
        """
        _require_pin(pin)
        with self._one:
            self._check(self._policy(), officer, old)
            hashed = self._hasher.keep(officer, pin)
            with self._station.store.write(officer) as transaction:
                transaction.keep_pin(officer, hashed)
                transaction.record(officer_events.PinSet())
            self.sessions.end_all_of(officer)

    def _good(self, given: _Given, digest: str) -> bool:
        return self._clock.uptime() < given.until and hmac.compare_digest(given.digest, digest)

    def _of_policy(self, officer: str, digest: str) -> bool:
        """Say whether a code is the policy's and not used yet. Its term is not judged while the time is unknown."""
        now = self._clock.now()

        def good(code: PinCode) -> bool:
            in_term = now is None or now < code.valid_until
            return code.officer == officer and in_term and hmac.compare_digest(code.digest.encode(), digest.encode())

        with self._station.store.read() as view:
            return any(good(code) for code in self._policy().pin_codes) and not view.is_spent(digest)


def _require_pin(pin: str) -> None:
    if cause := pins.bad_pin(pin):
        raise Refused(Kind.NOT_VALID, cause, f"{pins.SHORTEST}–{pins.LONGEST}")
