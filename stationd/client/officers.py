"""What the api's client offers about officers and their sessions, and what the station answers of them."""

from __future__ import annotations

from abc import abstractmethod
from urllib.parse import quote

import msgspec
from typing_extensions import override

from stationd.client.lines import LineCalls


class DoorView(msgspec.Struct, frozen=True):
    """Who answers at the socket; members as in `stationd.api.door.DoorSign`."""

    station: str = ""
    version: str = ""
    api: int = 0
    attention: str = ""


class SessionView(msgspec.Struct, frozen=True):
    """An officer's session; members as in `stationd.officers.SignedIn`."""

    token: str = ""
    officer: str = ""
    name: str = ""
    roles: tuple[str, ...] = ()
    idle: float = 0.0

    @override
    def __repr__(self) -> str:
        return f"SessionView(officer={self.officer!r})"


class ApprovalView(msgspec.Struct, frozen=True):
    """A supervisor's approval of one act; members as in `stationd.officers.Approved`."""

    approval: str = ""
    officer: str = ""
    name: str = ""
    lasts: float = 0.0

    @override
    def __repr__(self) -> str:
        return f"ApprovalView(officer={self.officer!r})"


class CodeView(msgspec.Struct, frozen=True):
    """A one-time code for a PIN; members as in `stationd.officers.counter.CodeGiven`."""

    officer: str = ""
    code: str = ""
    lasts: float = 0.0

    @override
    def __repr__(self) -> str:
        return f"CodeView(officer={self.officer!r})"


class OfficerCalls(LineCalls):
    """What can be asked about officers.

    Attributes:
        token: of the session in which everything is asked.
    """

    token: str

    @abstractmethod
    def door(self) -> DoorView:
        """Ask who answers, which needs no session."""

    @abstractmethod
    def delete(self, path: str) -> None:
        """Ask for something to be undone."""

    def sign_in(self, officer: str, pin: str) -> SessionView:
        """Sign an officer in by PIN; what is asked from now on is asked by them."""
        return self._begin({"officer": officer, "pin": pin})

    def sign_in_by_card(self) -> SessionView:
        """Sign in the officer whose card lies on the desk reader."""
        return self._begin({"card": True})

    def sign_out(self) -> None:
        """End the session."""
        self.delete("/v1/session")
        self.token = ""

    def whoami(self) -> SessionView:
        """Return whose session this is."""
        return self.get("/v1/session", SessionView)

    def approve(self, officer: str, pin: str) -> ApprovalView:
        """Let a supervisor approve, by PIN, one act in this session; its `approval` is sent with that act."""
        return msgspec.convert(self.post("/v1/session/approvals", {"officer": officer, "pin": pin}), ApprovalView)

    def approve_by_card(self) -> ApprovalView:
        """Let the supervisor whose card lies on the desk reader approve one act in this session."""
        return msgspec.convert(self.post("/v1/session/approvals", {"card": True}), ApprovalView)

    def present(self) -> None:
        """Say that the officer is at the desk, so that the session does not lock."""
        self.post("/v1/session/presence")

    def set_pin(self, officer: str, code: str, pin: str) -> None:
        """Set an officer's PIN with a one-time code."""
        self.post(f"/v1/officers/{_part(officer)}/pin", {"code": code, "pin": pin})

    def change_pin(self, old: str, pin: str) -> None:
        """Set the PIN of the officer who is signed in. Their sessions end, this one too."""
        self.post("/v1/session/pin", {"old": old, "pin": pin})
        self.token = ""

    def give_pin_code(self, officer: str) -> CodeView:
        """Make, as a supervisor or deputy, a one-time code for an officer's PIN."""
        return msgspec.convert(self.post(f"/v1/officers/{_part(officer)}/pin-code"), CodeView)

    def _begin(self, shown: dict[str, object]) -> SessionView:
        self.door()
        session = msgspec.convert(self.post("/v1/sessions", shown), SessionView)
        self.token = session.token
        return session


def _part(text: str) -> str:
    """Make one part of a path of whatever was typed."""
    return quote(text, safe="")
