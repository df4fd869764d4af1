"""The part of the api's client that is about citizens, of whom it says nothing: reports."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from stationd.client_queue import QueueCalls


class ReportedJobsView(msgspec.Struct, frozen=True):
    """What a report did; members as in `stationd.station.reporting.Reported`."""

    report: int = 0
    held: tuple[str, ...] = ()
    under_way: tuple[str, ...] = ()


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
