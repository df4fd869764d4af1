"""Sealed jobs, opened in memory: to see at intake that a card can be made, and again when it is.

What was opened is handed on and forgotten; nothing of it is kept here or written anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from drivers.printer import Raster
from stationd import artwork
from stationd.artwork.errors import ArtworkError
from stationd.artwork.layout import Layout
from stationd.chip.channels import Channels
from stationd.chip.errors import ChipError
from stationd.chip.plan import check_objects
from stationd.chip.profile import Profile
from stationd.model import events
from stationd.model.calibration import NONE, Calibration
from stationd.model.issuance import Attempt, Outcome
from stationd.model.job import Hold, HoldCause, Job, Label, Refusal, check_citizen, check_job
from stationd.model.shelf_record import encode, record_of
from stationd.press.begun_with import LAYOUT_MISSING, PROFILE_MISSING, NotInstalled, begun_with
from stationd.press.prepare import Prepared, prepare
from stationd.press.tap import ChipContent
from stationd.registry.sealing import SealRefused, Seals
from stationd.store.calibrations import Calibrations, CalibrationsDamaged
from stationd.store.rows import JobRow, JobState
from stationd.store.store import Store
from stationd.store.vault import NotInVault

log = structlog.get_logger()

ACTOR = "payloads"

PREVIEW_DPI = 300
"""Pixels an inch of a picture for people: a card printer's own."""

MAY_HAVE_GONE = frozenset({HoldCause.UNKNOWN_LAYOUT, HoldCause.UNKNOWN_PROFILE, HoldCause.UNDER_AGE})
"""Causes that go away by themselves or when a technician installs a file, and that only the job itself can tell of."""


class Payloads:
    """The sealed jobs of a station.

    Args:
        store: where they lie.
        seals: opens and verifies them.
        layouts, profiles: what is installed here, by name.
        calibrations: of the printers; None where none is kept.
        channels: to the chips.
        now: the station's time in seconds since the epoch, as far as it is trusted; None if it is unknown.
    """

    def __init__(
        self,
        store: Store,
        seals: Seals,
        layouts: Mapping[str, Layout],
        profiles: Mapping[str, Profile],
        calibrations: Calibrations | None = None,
        channels: Channels | None = None,
        now: Callable[[], float | None] = lambda: None,
    ) -> None:
        self._now = now
        self._channels = channels if channels is not None else Channels()
        self._calibrations = calibrations
        self._store = store
        self._seals = seals
        self._layouts = layouts
        self._profiles = profiles

    def fits(self, job: Job) -> Hold | None:
        """Find out whether a card can be drawn and written, before a blank moves. None if it can."""
        try:
            artwork.check(self._layouts[job.layout], job.card, job.photo, job.signature)
            check_objects(self._profiles[job.profile], job.chip)
        except ArtworkError as error:
            return Hold(HoldCause.ARTWORK, str(error))
        except ChipError as error:
            return Hold(HoldCause.CHIP_DATA, str(error))
        return None

    def look_again(self, station: str, now: float | None) -> None:
        """Look again at the jobs that were held for a file that was not installed here, or until a birthday.

        One whose cause is gone is in the queue again, or held for what is found next.

        Args:
            station: this station's id.
            now: seconds since the epoch, as far as time is trusted; None if unknown.
        """
        with self._store.read() as view:
            held = [row for row in view.jobs(JobState.HELD) if row.cause in MAY_HAVE_GONE and row.payload]
        if held:
            self._store.note_processing(ACTOR, "content", "look-again", *(row.job_id for row in held))
        for row in held:
            event = self._looked_at(row, station, now)
            if event is None:
                continue
            with self._store.write(ACTOR) as transaction:
                current = transaction.job(row.job_id)
                if current is not None and (current.state, current.cause) == (row.state, row.cause):
                    transaction.record(event)
                    log.info("held job looked at again", job=row.job_id, outcome=type(event).__name__)

    def _looked_at(self, row: JobRow, station: str, now: float | None) -> events.JobReleased | events.JobHeld | None:
        """Return what a job that was held is now; None if nothing has changed."""
        try:
            job = self._seals.open_job(self._store.sealed(row.job_id).decode("ascii"))
        except (NotInVault, SealRefused) as error:
            return events.JobHeld(job_id=row.job_id, cause="payload-unreadable", detail=str(error))
        found = check_job(job, station=station, now=now, known_layouts=self._layouts, known_profiles=self._profiles)
        # A lease that has lapsed meanwhile is refused when it is ordered: it keeps nothing in a hold.
        found = check_citizen(job, now) if isinstance(found, Refusal) else found or self.fits(job)
        if not isinstance(found, Hold):
            return events.JobReleased(job_id=row.job_id, cause=row.cause)
        if (found.cause, found.detail) == (row.cause, row.detail):
            return None
        return events.JobHeld(job_id=row.job_id, cause=found.cause, detail=found.detail)

    def chip_content(self, row: JobRow) -> ChipContent | None:
        """Open what a job's chip is to hold; None if it cannot be opened any more.

        Raises:
            stationd.press.begun_with.NotInstalled: its profile is neither installed nor in the book.
        """
        profile = self._profiles.get(row.profile) or self._kept(self._begun(row))
        if profile is None:
            raise NotInstalled(PROFILE_MISSING, row.profile)
        self._store.note_processing(ACTOR, "content", "chip", row.job_id)
        try:
            job = self._seals.open_job(self._store.sealed(row.job_id).decode("ascii"))
        except (NotInVault, SealRefused) as error:
            log.warning("job cannot be opened", job=row.job_id, cause=str(error))
            return None
        return ChipContent(profile, job.chip, self._channels)

    def preview(self, row: JobRow) -> bytes | None:
        """Draw a job's card for people, as it is printed on any machine; None if it cannot be opened or drawn here."""
        layout = self._layouts.get(row.layout)
        if layout is None:
            return None
        try:
            job = self._seals.open_job(self._store.sealed(row.job_id).decode("ascii"))
            return artwork.preview_png(artwork.compose(layout, job.card, job.photo, job.signature, PREVIEW_DPI))
        except Exception as error:  # its text may quote a citizen
            log.warning("picture cannot be drawn", job=row.job_id, error=type(error).__name__)
            return None

    def record(self, row: JobRow) -> bytes | None:
        """Open what is kept of a job's citizen while the finished card waits; None if the job cannot be opened."""
        try:
            return encode(record_of(self._seals.open_job(self._store.sealed(row.job_id).decode("ascii"))))
        except (NotInVault, SealRefused) as error:
            log.warning("who waits for the card cannot be told", job=row.job_id, cause=str(error))
            return None

    def label(self, job_id: str) -> Label | None:
        """Open a job's label; None if it cannot be opened any more."""
        try:
            return self._seals.open_label(self._store.label(job_id).decode("ascii"))
        except (NotInVault, SealRefused):
            return None

    def calibration(self, serial: str) -> Calibration:
        """Return what is set for a printer; nothing is, where its file cannot be read."""
        try:
            return NONE if self._calibrations is None else self._calibrations.of(serial)
        except (CalibrationsDamaged, OSError) as error:
            log.error("printed without calibration", serial=serial, why=str(error))
            return NONE

    def prepare(self, row: JobRow, raster: Raster, serial: str = "") -> Prepared | None:
        """Make a job ready for a machine. A job that cannot be is held with its cause, and None is returned.

        A card under way needs no profile that is installed, if the book has what it was begun with.

        Args:
            row: the job.
            raster: what the machine takes.
            serial: the machine's serial number, by which its calibration is kept; empty for a machine without.

        Raises:
            stationd.press.begun_with.NotInstalled: the job's card is under way, and a file is missing. Its job is not
                held: it goes on when the file is there.
        """
        begun = self._begun(row)
        layout, profile = self._layouts.get(row.layout), self._profiles.get(row.profile) or self._kept(begun)
        if begun is not None and profile is None:
            raise NotInstalled(PROFILE_MISSING, row.profile)
        if begun is not None and layout is None:
            raise NotInstalled(LAYOUT_MISSING, row.layout)
        if layout is None or profile is None:
            cause, name = (
                (HoldCause.UNKNOWN_LAYOUT, row.layout) if layout is None else (HoldCause.UNKNOWN_PROFILE, row.profile)
            )
            hold = events.JobHeld(job_id=row.job_id, cause=cause, detail=name)
        else:
            self._store.note_processing(ACTOR, "content", "print", row.job_id)
            try:
                job = self._seals.open_job(self._store.sealed(row.job_id).decode("ascii"))
                # Once more before its blank is fed: it may have been taken in by a program that knew fewer rules.
                found = check_citizen(job, self._now()) if row.state is JobState.ORDERED else None
                if found is None:
                    return prepare(job, layout, profile, raster, self.calibration(serial), self._channels)
                hold = events.JobHeld(job_id=row.job_id, cause=found.cause, detail=found.detail)
            except (NotInVault, SealRefused) as error:
                hold = events.JobHeld(job_id=row.job_id, cause="payload-unreadable", detail=str(error))
            except ArtworkError as error:
                hold = events.JobHeld(job_id=row.job_id, cause=HoldCause.ARTWORK, detail=str(error))
            except Exception as error:  # its text may quote a citizen; one odd card must not stop those behind it
                hold = events.JobHeld(job_id=row.job_id, cause="cannot-be-prepared", detail=type(error).__name__)
        log.warning("job cannot be prepared", job=row.job_id, cause=hold.cause)
        self._store.record(ACTOR, hold)
        return None

    def _begun(self, row: JobRow) -> Attempt | None:
        """Return the attempt by which a job's card is under way; None if there is none."""
        if not row.attempt_id:
            return None
        with self._store.read() as view:
            attempt = view.attempt(row.attempt_id)
        return attempt if attempt.outcome in {None, Outcome.UNKNOWN} else None

    def _kept(self, begun: Attempt | None) -> Profile | None:
        """Return what the book keeps of the profile that an attempt was begun with."""
        if begun is None:
            return None
        with self._store.read() as view:
            return begun_with(view, begun, None)
