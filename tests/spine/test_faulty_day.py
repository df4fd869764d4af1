"""A short working day on which things go wrong, with a Matica of the smaller model (300 dpi) on the network.

What the book says of every blank is what lies about.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rig import mishaps, workday

pytestmark = pytest.mark.timeout(240)

CARDS = 4
SEED = "159"


def test_the_blanks_of_a_day_with_a_jam_and_a_lost_answer_are_where_the_book_has_them(tmp_path: Path) -> None:
    kinds = {str(fault["kind"]) for fault in mishaps.draw(SEED, "line-1", "matica_xid", CARDS)}
    assert kinds == {"jam", "garbage"}
    done = workday.office_day(tmp_path, workday.Office(("matica-tcp",)), CARDS, seed=SEED)
    assert not done.findings.wrong
    assert done.faults == dict.fromkeys(kinds, 1)
    assert (done.delivered, done.questions) == (CARDS, 0)
    assert done.spoiled + done.counted > 0
    assert len(done.findings.compared) > CARDS
