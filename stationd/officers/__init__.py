"""Who is at the station: officers sign in here, by PIN or card, and their sessions are kept."""

from __future__ import annotations

from stationd.officers.counter import Approved, Counter, SignedIn
from stationd.officers.sessions import Sessions

__all__ = ["Approved", "Counter", "Sessions", "SignedIn"]
