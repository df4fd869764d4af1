"""The part of the api's client that is about citizens, of whom it says nothing: reports; and about readiness."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from stationd.client.queue import QueueCalls


class ReportedJobsView(msgspec.Struct, frozen=True):
    """What a report did; members as in `stationd.station.reporting.Reported`."""

    report: int = 0
    held: tuple[str, ...] = ()
    under_way: tuple[str, ...] = ()


class LackView(msgspec.Struct, frozen=True):
    """What a station is not ready without; members as in `stationd.station.ready.Lacking`."""

    cause: str = ""
    line: str = ""


class LineSeenView(msgspec.Struct, frozen=True):
    """A line, as a record of readiness names it."""

    line: str = ""
    state: str = ""
    printer: str = ""
    test_card: int = 0


class OfficerSeenView(msgspec.Struct, frozen=True):
    """An officer, as a record of readiness names one."""

    id: str = ""
    sk: str = ""
    valid_until: int = 0


class SeenView(msgspec.Struct, frozen=True):
    """What a record of readiness says; members as in `stationd.model.readiness.Readiness`."""

    link: bool = False
    lines: tuple[LineSeenView, ...] = ()
    officers: tuple[OfficerSeenView, ...] = ()


class ReadyView(msgspec.Struct, frozen=True):
    """Whether the station is ready; members as in `stationd.station.ready.Ready`."""

    seen: SeenView = SeenView()
    lacks: tuple[LackView, ...] = ()
    cited: str = ""
    cited_here: bool = False
    digest: str = ""
    file: str = ""


class KeptView(msgspec.Struct, frozen=True):
    """Somebody's data on the station's disk; members as in `stationd.store.field_view.Keeping`."""

    kind: str = ""
    job_id: str = ""
    citizen_ref: str = ""
    since: float = 0.0
    until: float | None = None
    why: str = ""


class ProcessedView(msgspec.Struct, frozen=True):
    """One opening of somebody's data; members as in `stationd.store.field_view.Processing`."""

    at: float = 0.0
    trust: str = ""
    actor: str = ""
    job_id: str = ""
    act: str = ""
    purpose: str = ""


class ConcernedView(msgspec.Struct, frozen=True):
    """Whom a breach concerns; members as in `stationd.station.privacy.Concerned`."""

    since: float = 0.0
    until: float = 0.0
    tell_before: float = 0.0
    citizens: tuple[str, ...] = ()
    keepings: tuple[KeptView, ...] = ()
    processings: tuple[ProcessedView, ...] = ()


class FieldCalls(QueueCalls):
    """What can be said of citizens."""

    def report(self, job_id: str, kind: str) -> ReportedJobsView:
        """Report what was heard of a job's citizen; `kind` is a `stationd.model.field_events.ReportKind`."""
        return self._report(f"/v1/jobs/{quote(job_id, safe='')}/report", kind)

    def report_citizen(self, citizen_ref: str, kind: str) -> ReportedJobsView:
        """Report as `report` does, by the registry's reference to the citizen."""
        return self._report(f"/v1/citizens/{quote(citizen_ref, safe='')}/report", kind)

    def _report(self, path: str, kind: str) -> ReportedJobsView:
        return msgspec.convert(self.post(path, {"kind": kind}), ReportedJobsView)

    def record_readiness(self) -> ReadyView:
        """Have the station's readiness recorded and signed."""
        return msgspec.convert(self.post("/v1/readiness"), ReadyView)
