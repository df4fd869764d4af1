"""Is this station ready to print? What is found can be recorded, signed, for those who grant printing."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Final

import msgspec

from stationd.model import field_events
from stationd.model.officer import Role
from stationd.model.policy import may_set_aside
from stationd.model.readiness import LineSeen, OfficerSeen, Readiness, lacks, statement, written
from stationd.station.looking import Looking
from stationd.station.refusal import Kind, Refused

FOLDER: Final = "readiness"
"""Of the records, in the station's data."""


class Lacking(msgspec.Struct, frozen=True):
    """What the station is not ready without: a `stationd.model.readiness.Lack`, and the line it is about."""

    cause: str
    line: str = ""


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    Attributes:
        seen: all of it.
        lacks: what is missing; nothing if the station is ready.
        cited: the record that the policy in force cites; empty if it cites none.
        cited_here: that one is in this book.
        digest, file: of the record, if one was made.
    """

    seen: Readiness
    lacks: tuple[Lacking, ...] = ()
    cited: str = ""
    cited_here: bool = False
    digest: str = ""
    file: str = ""


class Readying(Looking):
    """What may be asked about the station's readiness."""

    def readiness(self) -> Ready:
        """Look whether the station is ready to print. Changes nothing."""
        seen = self._seen()
        cited = self.policy.readiness if self.policy else ""
        with self.store.read() as view:
            here = bool(cited) and view.readiness_recorded(cited)
        missing = tuple(Lacking(cause, line) for cause, line in lacks(seen))
        return Ready(seen=seen, lacks=missing, cited=cited, cited_here=here)

    def record_readiness(self, officer: str) -> Ready:
        """Record that the station is ready: signed, as a file in its data and as an entry of its book.

        Raises:
            Refused: if it is not ready; nothing is recorded then. Or if the officer has no decree for this place.
        """
        self._allow_setting_aside(officer)
        ready = self.readiness()
        if ready.lacks:
            first = ready.lacks[0]
            raise Refused(Kind.NOT_NOW, first.cause, first.line or self.store.station)
        text, digest = written(ready.seen)
        signature = self.store.keys.sign(statement(self.store.station, digest))
        document = {
            "record": text,
            "digest": digest,
            "signature": base64.urlsafe_b64encode(signature).rstrip(b"=").decode(),
            "key": self.store.keys.book_public(),
        }
        file = self.store.path.parent / FOLDER / f"{digest}.json"
        _write(file, msgspec.json.format(msgspec.json.encode(document), indent=2))
        self.store.record(officer, field_events.ReadinessRecorded(digest=digest, record=text))
        return msgspec.structs.replace(ready, digest=digest, file=str(file))

    def _seen(self) -> Readiness:
        now, policy = self._clock.now(), self.policy
        with self.store.read() as view:
            head, tested = view.head(), view.test_cards()
        lines = []
        for name, line in self._lines.items():
            status = line.status
            seq, at = tested.get(status.printer, (0, 0.0))
            lines.append(LineSeen(name, status.state, status.printer, seq, at))
        officers = [
            OfficerSeen(officer.id, officer.sk, tuple(sorted(officer.roles)), officer.valid_until)
            for officer in (policy.officers if policy else ())
            if officer.has_role(Role.OPERATOR, Role.SUPERVISOR)
            and may_set_aside(policy, officer.id, self._office, now) is None
        ]
        link = self._link_status()
        return Readiness(
            station=self.store.station,
            kecamatan=self._office.kecamatan,
            time=(self._clock.floor or 0.0) if now is None else now,
            trust=self._clock.trust(),
            incarnation=self.store.incarnation,
            book=head.seq,
            head=head.digest,
            link=link.online,
            last_contact=link.last_contact,
            lines=tuple(lines),
            officers=tuple(officers),
            policy_version=policy.version if policy else 0,
        )


def _write(file: Path, content: bytes) -> None:
    """Put a file in place whole; it is on the disk when this returns."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = file.with_suffix(".new")
    with unfinished.open("wb") as opened:
        opened.write(content + b"\n")
        opened.flush()
        os.fsync(opened.fileno())
    unfinished.replace(file)
