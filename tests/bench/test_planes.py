"""What the two filters are given, and that both make something of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from drivers.magicard import planes
from tests.bench import card_to_job
from tests.bench.planes import FILTER, NO_PAGE, OURS, drawn
from tests.rig.station import ROOT


def test_ours_makes_the_same_job_as_a_process_and_within_one() -> None:
    picture = drawn().tobytes()
    made = subprocess.run(OURS, input=picture, stdout=subprocess.PIPE, cwd=ROOT, check=True).stdout
    assert made == b"".join(card_to_job.made(picture))
    assert len(made) > 3 * 585_216


def test_the_picture_is_a_card_with_a_face_and_letters() -> None:
    card = drawn()
    assert card.size == (planes.WIDTH, planes.HEIGHT)
    assert len(card.getcolors(1 << 20)) > 1000


def test_gutenprint_takes_a_raster_without_a_page_for_no_job(tmp_path: Path) -> None:
    (tmp_path / "no-page.ras").write_bytes(NO_PAGE)
    command = [str(FILTER), "1", "bench", "card", "1", "", str(tmp_path / "no-page.ras")]
    ran = subprocess.run(command, capture_output=True, check=False)
    assert ran.stdout == b""
