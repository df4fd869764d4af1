"""Everything a card needs, made ready before a blank moves: the image and the chip's data objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from drivers.printer import Image, Raster
from stationd import artwork
from stationd.artwork.layout import Layout
from stationd.chip.channels import Channels
from stationd.chip.profile import Profile
from stationd.model.calibration import NONE, Calibration
from stationd.model.job import Job
from stationd.store.rows import JobRow


@dataclass(frozen=True)
class Prepared:
    """One card, ready to be made. Citizens' data: lives in memory while the card is made, and nowhere else."""

    job_id: str
    image: Image = field(repr=False)
    profile: Profile = field(repr=False)
    objects: Mapping[str, bytes] = field(repr=False)
    channels: Channels = field(default_factory=Channels, repr=False)


Prepare = Callable[[JobRow, Raster, str], Prepared | None]
"""Makes a job ready for a machine, named by its serial number. None if it cannot be made: it is in the book then.

Raises `stationd.press.begun_with.NotInstalled` for a job whose card is under way and waits for a file.
"""


def prepare(
    job: Job,
    layout: Layout,
    profile: Profile,
    raster: Raster,
    calibration: Calibration = NONE,
    channels: Channels | None = None,
) -> Prepared:
    """Draw the card for a machine, set right for it, and gather what goes on its chip.

    Raises:
        stationd.artwork.errors.ArtworkError: if the card cannot be drawn.
    """
    front = artwork.compose(layout, job.card, job.photo, job.signature, raster.dpi)
    image = artwork.panels(front, raster, calibration)
    return Prepared(job.job_id, image, profile, job.chip, channels if channels is not None else Channels())
