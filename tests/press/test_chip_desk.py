"""Any card on the desk reader: a technician learns which chip it is, an officer whether it is whole."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.deadline import Deadline
from simulators.devices.chip_iso7816 import CHIPS, Iso7816Chip
from stationd.chip.channels import Channels
from stationd.chip.personalise import Personaliser
from stationd.clock import Clock
from stationd.model.policy import Office
from stationd.model.policy_history import PolicyHistory
from stationd.press.chip_desk import ChipDesk
from stationd.press.making import End
from stationd.station import Refused
from stationd.station.chips import Chips, Content
from tests.api.house import NOW, OFFICER, STATION, policy
from tests.press.test_making import OBJECTS, PROFILE, Works
from tests.press.test_tap import Desk


def later() -> Deadline:
    return Deadline.after(10)


class Counter:
    """A desk, and the part of a station that looks at what lies on it."""

    def __init__(self, folder: Path) -> None:
        self.works = Works(folder)
        self.desk = Desk(self.works)
        clock = Clock(wall=lambda: NOW)
        clock.set_trusted(NOW, clock.uptime())
        self.chips = Chips(
            self.works.store, clock, Office(STATION, "73.16.01"), [], PolicyHistory.of(policy()), self.desk.tap
        )
        self.chips.chip_desk = ChipDesk(self.desk.reader, {PROFILE.id: PROFILE}, Channels())

    def made(self) -> Iso7816Chip:
        """Make a whole card and take it out."""
        assert self.works.make().run() is End.DELIVERED
        chip = self.works.printer.output[-1]
        assert isinstance(chip, Iso7816Chip)
        return chip


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path)
    yield made
    made.works.store.close()


def test_a_printed_card_is_held_against_the_book(counter: Counter) -> None:
    counter.desk.lay(counter.made())
    checked = counter.chips.check_chip(OFFICER)
    assert (checked.job_id, checked.profile, checked.life_cycle) == ("j1", "lab-iso7816", "active")
    assert checked.content is Content.EQUAL
    seen = counter.chips.read_chip(OFFICER)
    assert [(match.profile, match.life_cycle) for match in seen.matches] == [("lab-iso7816", "active")]
    told = f"{checked!r} {seen!r}".encode()
    assert not any(content in told for content in OBJECTS.values())


def test_a_card_that_holds_something_else_is_told_apart(counter: Counter) -> None:
    counter.made()
    forged = CHIPS.blank("04112233445566", "white")
    counter.desk.lay(forged)
    _, attempt = counter.desk.found()
    with contextlib.closing(counter.desk.encoder.connect(later())) as connection:
        engine = Personaliser(connection, PROFILE)
        engine.identify(bytes.fromhex(attempt.identity), later())
        engine.write({**OBJECTS, "photo": b"other" + OBJECTS["photo"][5:]}, lambda _name: None, later())
    checked = counter.chips.check_chip(OFFICER)
    assert (checked.life_cycle, checked.content) == ("open", Content.DIFFERS)


@pytest.mark.parametrize("lay", [None, "blank"])
def test_what_was_not_made_here_is_said(counter: Counter, lay: str | None) -> None:
    counter.made()
    if lay is None:
        counter.chips.chip_desk = None
        expected = "no-desk-reader"
    else:
        counter.desk.lay(CHIPS.blank("04112233445566", "white"))
        expected = "foreign-chip"
    with pytest.raises(Refused) as refused:
        counter.chips.check_chip(OFFICER)
    assert refused.value.cause == expected


def test_a_card_of_another_station_is_not_in_the_book(counter: Counter, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    elsewhere = Counter(other)
    counter.desk.lay(elsewhere.made())
    elsewhere.works.store.close()
    with pytest.raises(Refused) as refused:
        counter.chips.check_chip(OFFICER)
    assert refused.value.cause == "card-not-made-here"


def test_nobody_else_looks(counter: Counter) -> None:
    for act in (counter.chips.read_chip, counter.chips.check_chip):
        with pytest.raises(Refused):
            act("nobody")
    assert counter.desk.encoder.sent == 0
