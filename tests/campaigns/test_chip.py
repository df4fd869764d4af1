"""The short form of the campaign on chips, and a chip engine that reads nothing back, which must be found."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.deadline import Deadline
from stationd.chip.personalise import Personaliser, _Phase
from tests.campaigns.chip import run
from tests.campaigns.chip_faults import RESUMED, SPOILED, UNFIT, VERIFIED, Ended, Shift, table

pytestmark = pytest.mark.timeout(120)

EACH = 20


def test_a_chip_that_something_befalls_is_finished_or_spoiled_and_never_good_unread(tmp_path: Path) -> None:
    shifts = [Shift("lab-iso7816", "tear"), Shift("lab-gp-scp03", "mute-acted"), Shift("lab-sam", "garbage")]
    for shift in run(tmp_path, shifts, readers=3, each=EACH):
        assert not shift.violations
        assert shift.commands > EACH
        assert [one.at for one in shift.ended] == [0, *range(1, shift.commands + 1, EACH)]
        assert shift.ended[0].end == VERIFIED
        assert {one.end for one in shift.ended[1:]} <= {RESUMED, SPOILED}


def test_an_engine_that_reads_nothing_back_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def believe(engine: Personaliser, objects: object, deadline: Deadline) -> None:
        engine._phase = _Phase.VERIFIED

    monkeypatch.setattr(Personaliser, "verify", believe)
    (shift,) = run(tmp_path, [Shift("lab-iso7816", "lie")], readers=1, each=100)
    assert "reads after the last write" in shift.violations[0]


def test_the_table_tells_each_end_and_why_cards_were_spoiled() -> None:
    ended = [Ended(0, VERIFIED), Ended(1, RESUMED), Ended(2, SPOILED, ["refused", "interrupted"]), Ended(3, VERIFIED)]
    ended.append(Ended(4, UNFIT, ["foreign-chip"]))
    shift = Shift("lab-sam", "yank", commands=4, ended=ended)
    head, _, row = table([shift])
    said = "| lab-sam | yank: pulled before the command reaches it | 4 | 1 | 1 | 1 | 1 | refused 1 | foreign-chip 1 |"
    assert row == said
    assert head.count("|") == row.count("|")
