"""The picture of a card, for the officer who holds it: its chip says whose it is, its face only a person can tell."""

from __future__ import annotations

from collections.abc import Callable

from stationd.station.floor import Floor, find_job
from stationd.station.refusal import Kind, Refused
from stationd.store.rows import JobRow


class Pictures(Floor):
    """What cards look like.

    Attributes:
        draw: makes a PNG of a job's card; None if it cannot be drawn any more. None where nothing can be drawn.
    """

    draw: Callable[[JobRow], bytes | None] | None = None

    def preview(self, job_id: str, officer: str) -> bytes:
        """Return a PNG of the front of a job's card. Citizens' data: to be shown to this officer, and nowhere kept.

        Raises:
            Refused: if the officer may not print here now, there is no such job, or its content is not here any more.
        """
        self._allow_printing(officer)
        with self.store.read() as view:
            job = find_job(view, job_id)
        if job.payload:
            self.store.note_processing(officer, "picture", "compare", job_id)
        picture = self.draw(job) if self.draw is not None and job.payload else None
        if picture is None:
            raise Refused(Kind.NOT_NOW, "picture-not-here", job_id)
        return picture
