"""Two cards on a reader, and a card that becomes another one: nothing is made live that is not this attempt's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import CardMute, CardRemoved, CardReset, Connection
from drivers.errors import DeviceError
from simulators.devices.chip_iso7816 import CHIPS, Iso7816Chip
from stationd.model import recovery
from stationd.model.blank import Place
from stationd.model.issuance import ChipRegion, Step, Tapped
from stationd.press.making import End
from stationd.press.tap import TapFailed
from tests.press.fakes import FakeEncoder
from tests.press.test_making import Works, is_live, written_before
from tests.press.test_tap import Desk, answered, cut_off


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    works = Works(tmp_path)
    yield Desk(works)
    works.store.close()


class Crowded(FakeEncoder):
    """A reader with more than one card in its field: it hears one of them, or none for the other's noise."""

    hears: Iso7816Chip | None = None

    @override
    def connect(self, deadline: Deadline) -> Connection:
        if self.hears is None:
            raise CardMute(self.name, "connect")
        self._printer.chip = self.hears
        return super().connect(deadline)


def finished(desk: Desk) -> Iso7816Chip:
    """Let a whole card lie on the desk that waits to be made live."""
    chip = cut_off(desk, live=False)
    desk.lay(chip)
    answered(desk, "out", Tapped.LOCKED)
    return chip


@pytest.mark.parametrize(
    ("heard", "cause"),
    [
        (None, "card-left-or-silent"),
        (lambda: CHIPS.blank("04AABBCCDDEEFF", "wni"), "another-card"),
        (written_before, "another-card"),
    ],
)
def test_of_two_cards_on_the_desk_none_is_made_live_unless_the_right_one_answers(
    desk: Desk, heard: object, cause: str
) -> None:
    mine = finished(desk)
    crowded = Crowded(desk.surface)
    other = heard() if callable(heard) else None
    crowded.hears = other
    desk.encoder = crowded
    with pytest.raises(TapFailed, match=cause):
        desk.tap.activate(*desk.found(), "op-1")
    assert not is_live(mine)
    assert other is None or not is_live(other)
    assert not desk.found()[1].open, "nothing was declared"
    crowded.hears = mine
    assert desk.tap.activate(*desk.found(), "op-1").chip is ChipRegion.ACTIVE
    assert is_live(mine)


@pytest.mark.parametrize("failure", [CardRemoved("fake", "transmit"), CardReset("fake", "transmit")])
def test_a_card_exchanged_between_the_look_and_the_act_is_not_made_live(desk: Desk, failure: DeviceError) -> None:
    mine, other = finished(desk), CHIPS.blank("04AABBCCDDEEFF", "wni")
    before = desk.encoder.sent
    desk.tap.look(*desk.found())
    looked = desk.encoder.sent - before
    desk.encoder.trouble[desk.encoder.sent + looked + 1] = failure
    with pytest.raises(TapFailed):
        desk.tap.activate(*desk.found(), "op-1")
    assert desk.found()[1].open == {Step.ACTIVATE}
    desk.lay(other)
    with pytest.raises(TapFailed, match="another-card"):
        desk.tap.activate(*desk.found(), "op-1")
    assert not is_live(mine)
    assert not is_live(other)
    desk.lay(mine)
    assert desk.tap.activate(*desk.found(), "op-1").chip is ChipRegion.ACTIVE


@pytest.mark.parametrize("stranger", [lambda: CHIPS.blank("04AABBCCDDEEFF", "wni"), written_before])
def test_a_card_that_is_another_one_after_its_print_is_not_made_live(desk: Desk, stranger: object) -> None:
    works = desk.works
    making = works.make()
    begin, mine = making._begin, []

    def exchanged(step: Step) -> None:
        if step is Step.ACTIVATE:
            mine.append(works.printer.chip)
            works.printer.chip = stranger()  # type: ignore[operator]
        begin(step)

    making._begin = exchanged  # type: ignore[method-assign]
    assert making.run() is End.INTERRUPTED, "a look at it says more than the refusal of a command"
    assert not any(chip is not None and is_live(chip) for chip in [*mine, works.printer.chip])
    assert not works.printer.output + works.printer.rejected
    _, attempt = desk.found()
    assert attempt.may_be_live
    seen = recovery.Evidence(inside=True, chip=recovery.ChipSeen.OTHER)
    assert recovery.conclude(attempt, seen).verdict is recovery.Verdict.ASK, "the one that was ours may be anywhere"


def test_two_cards_fed_at_once_that_drown_each_other_go_to_the_reject_bin(desk: Desk) -> None:
    works = desk.works
    works.encoder = Crowded(works.printer)
    assert works.make().run() is End.SPOILED
    assert works.place(Place.REJECT) == 1
    assert "start_film" not in works.printer.calls
