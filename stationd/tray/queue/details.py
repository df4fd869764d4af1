"""Beside the table: one job in full, or how many are chosen, and what can be done with them."""

from __future__ import annotations

from collections.abc import Sequence

from stationd.client.queue import QueuedView
from stationd.tray.details import DetailsPanel
from stationd.tray.page import Shell
from stationd.tray.queue.listing import HELD, JobRows, reason_words, spaced, state_words

DEEDS = ("print-chosen", "front", "see-card")


class Details(DetailsPanel):
    """One job in full.

    Args:
        shell: what the frame gives.
        rows: of the table, for what it says of a job.
    """

    def __init__(self, shell: Shell, rows: JobRows) -> None:
        super().__init__(shell, 15)
        self._rows = rows
        self._name = self._label(1.18, bold=True)
        self._nik = self._label(1.0)
        self._facts = self._label(1.0, soft=True)
        self._state = self._label(1.0, bold=True)
        self._more = self._label(1.0)
        self._lay_out((self._name, self._nik, self._facts, self._state, self._more), DEEDS)

    def show_jobs(self, jobs: Sequence[QueuedView], of: int) -> None:
        """Show the jobs that are chosen.

        Args:
            jobs: which.
            of: how many wait altogether, for a job's place among them.
        """
        say = self._shell.speech.say
        if len(jobs) == 1:
            self._show_job(jobs[0], of)
            return
        self._name.setText(say("queue.chosen", n=len(jobs)) if jobs else say("queue.none-chosen"))
        ready = sum(job.ready for job in jobs)
        self._nik.setText(say("queue.chosen-ready", n=ready) if jobs else say("queue.none-chosen-do"))
        for label in (self._facts, self._state, self._more):
            label.setText("")

    def _show_job(self, job: QueuedView, of: int) -> None:
        speech = self._shell.speech
        say = speech.say
        self._name.setText(job.name or say("queue.nameless", job=job.job_id))
        self._nik.setText(spaced(job.nik))
        facts = [say("queue.for", reason=reason_words(job, speech))]
        facts += [job.kelurahan] if job.kelurahan else []
        facts += [say("queue.since", age=self._rows.age(job))] if job.since else []
        facts += [say("queue.number", n=job.place, of=of)] if job.place else []
        facts += [say("queue.front", reason=speech.name("front", job.front))] if job.front else []
        self._facts.setText("\n".join(facts))
        state = speech.name("job-state", job.state) if job.state in HELD else state_words(job, speech)
        state = say("queue.recalled") if job.revoked else state
        self._state.setText(f"{state[:1].upper()}{state[1:]}")
        self._more.setText(self._explained(job))

    def _explained(self, job: QueuedView) -> str:
        if not job.cause:
            return ""
        words = self._shell.speech.words
        held = job.state in HELD
        told = words.hold(job.cause, job.detail, job.job_id) if held else words.cause(job.cause, job.job_id)
        return f"{told.what} {told.do}"
