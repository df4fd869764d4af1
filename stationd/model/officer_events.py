"""What happens between officers and the station's door: words of the book, with no PIN and no code."""

from __future__ import annotations

from stationd.model.event import Event


class OfficerSignedIn(Event, frozen=True):
    """An officer, who is the entry's actor, signed in. `means` is a `stationd.model.session.Means`."""

    means: str


class SignInLocked(Event, frozen=True):
    """A sign-in failed so often that no other is tried for some seconds.

    Attributes:
        officer_id: whose it was to be; empty if the name that was given is of no officer: such a name is not kept.
        failures: how many in a row.
        seconds: for how long.
    """

    officer_id: str
    failures: int
    seconds: float


class PinCodeGiven(Event, frozen=True):
    """A supervisor or a deputy, who is the entry's actor, made a one-time code for an officer's PIN."""

    officer_id: str


class PinSet(Event, frozen=True):
    """An officer, who is the entry's actor, set their PIN.

    Attributes:
        given_by: who gave them the code for it: an officer's id, `policy`, or empty where the old PIN was known.
    """

    given_by: str = ""


AnyOfficerEvent = OfficerSignedIn | SignInLocked | PinCodeGiven | PinSet
"""The part of the book's union that is about officers."""
