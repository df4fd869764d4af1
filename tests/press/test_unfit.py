"""A chip that is no blank of this station's: what it is, is said; the card comes out unharmed, and is counted apart."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path

import pytest
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import CardType, Connection, Encoder
from simulators.devices.chip_faults import WrongSw, with_faults
from simulators.devices.chip_iso7816 import CHIPS, Iso7816Chip, Iso7816Chips
from stationd.chip.channel import Plain, SecureChannel, Send
from stationd.chip.channel_errors import WrongKeys
from stationd.chip.channels import Channels
from stationd.chip.profile import Profile
from stationd.model import events
from stationd.model.blank import Movement, Place
from stationd.press import line as line_module
from stationd.press.making import End
from stationd.press.prepare import Prepared
from stationd.store.rows import JobRow, JobState
from tests.press.fakes import FakeConnection
from tests.press.test_line import Office
from tests.press.test_making import Works, is_live, written_before
from tests.rig.truth import chip_content

GOOD_SERIAL = "04A1B2C3D4E5F6"
WRONG_KEYS = "04000000000001"


def good() -> Iso7816Chip:
    return CHIPS.blank(GOOD_SERIAL, "wni")


def foreign() -> Iso7816Chip:
    return Iso7816Chips(aid=b"\xf0SOMEBODY").blank("04010203040506", "wni")


def with_life_cycle(value: int, files: dict[str, str] | None = None) -> Callable[[], Iso7816Chip]:
    def made() -> Iso7816Chip:
        used = CHIPS.blank("04FFEEDDCCBBAA", "wni").state()
        used["memory"] |= {"life_cycle": value, "files": files or {}}
        return CHIPS.restore(used)

    return made


def spoiling() -> Iso7816Chip:
    """One that takes its identity and then fails."""
    return CHIPS.restore(with_faults(good().state(), WrongSw(at=14, sw=0x6581)))


def wrongly_keyed() -> Iso7816Chip:
    return CHIPS.blank(WRONG_KEYS, "wni")


CHIPS_THAT_DO_NOT_FIT: dict[str, Callable[[], Iso7816Chip]] = {
    "foreign-chip": foreign,
    "chip-locked": written_before,
    "chip-live": with_life_cycle(5),
    "not-blank": with_life_cycle(3, {str(0x0102): "AAAA"}),
    "wrong-keys": wrongly_keyed,
    "chip-too-small": lambda: Iso7816Chips(size=256).blank("04010203040507", "wni"),
}


class Keyed(Channels):
    """Channels with keys that some chips do not have, and those chips' count of who came with wrong ones."""

    def __init__(self) -> None:
        super().__init__()
        self.tried = 0

    @override
    def of(self, profile: Profile, sam: Encoder | None = None) -> SecureChannel:
        return _Keyed(self)

    @override
    def engine(self, connection: Connection, profile: Profile):  # type: ignore[no-untyped-def]
        self.connection = connection
        return super().engine(connection, profile)


class _Keyed(Plain):
    def __init__(self, channels: Keyed) -> None:
        self._channels = channels

    @override
    def establish(self, send: Send, deadline: Deadline) -> None:
        connection = self._channels.connection
        assert isinstance(connection, FakeConnection)
        if connection._chip.state()["serial"] == WRONG_KEYS:
            self._channels.tried += 1
            raise WrongKeys("lab-gp", "its cryptogram is another")


class UnfitOffice(Office):
    """An office whose hopper holds the chips given first, and then good ones."""

    def __init__(self, folder: Path, *chips: Callable[[], Iso7816Chip], jobs: int = 2) -> None:
        super().__init__(folder, jobs=jobs)
        self.channels = Keyed()
        hopper = chain(chips, repeat(good))

        def next_chip() -> Iso7816Chip:
            return next(hopper)()

        self.printer.new_chip = next_chip

    @override
    def prepare(self, job: JobRow, *_: object) -> Prepared:
        return replace(super().prepare(job), channels=self.channels)

    def place(self, place: Place) -> int:
        with self.store.read() as view:
            return sum(count for account, count in view.balances().items() if account.place is place)

    @override
    def check(self) -> None:
        for chip in self.printer.output:
            if chip.state()["serial"] != GOOD_SERIAL:
                self.printer.printed.setdefault(id(chip), "as it came")
        super().check()

    def entries(self, kind: str) -> list[dict[str, object]]:
        with self.store.read() as view:
            return [entry for text in view.texts(0, 10_000) if (entry := json.loads(text))["type"] == kind]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "IDLE", 0.01)
    monkeypatch.setattr(line_module, "POLL", 0.005)


@pytest.fixture
def offices(tmp_path: Path) -> Iterator[Callable[..., UnfitOffice]]:
    made: list[UnfitOffice] = []

    def make(*chips: Callable[[], Iso7816Chip], jobs: int = 2) -> UnfitOffice:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(UnfitOffice(folder, *chips, jobs=jobs))
        return made[-1]

    yield make
    for office in made:
        office.check()
        office.store.close()


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    works = Works(tmp_path)
    yield works
    works.store.close()


@pytest.mark.parametrize("cause", CHIPS_THAT_DO_NOT_FIT)
def test_it_comes_out_unharmed_and_the_job_goes_on_with_the_next_blank(
    offices: Callable[..., UnfitOffice], cause: str
) -> None:
    office = offices(CHIPS_THAT_DO_NOT_FIT[cause])
    before = CHIPS_THAT_DO_NOT_FIT[cause]().state()["memory"]
    office.run()
    assert office.states() == {JobState.DELIVERED: 2}
    (said,) = office.entries("blank-unfit")
    assert (said["job_id"], said["cause"]) == ("j0", cause)
    assert said["detail"]
    assert office.printer.output[0].state()["memory"] == before, "not a byte was written to it"
    assert not office.printer.rejected
    assert (office.place(Place.UNFIT), office.place(Place.OUTPUT), office.place(Place.HOPPER)) == (1, 2, 7)
    reserved = [entry["job_id"] for entry in office.entries("attempt-reserved")]
    assert reserved == ["j0", "j0", "j1"], "its order stays, and its turn"
    with office.store.read() as view:
        assert not any(card.attempt_id == said["attempt_id"] for card in view.shelf())
        assert len(view.attempts_delivered()) == 2, "nobody is asked to accept it"


@pytest.mark.parametrize("cause", CHIPS_THAT_DO_NOT_FIT)
def test_two_in_a_row_stop_the_line_and_it_says_what_they_are(offices: Callable[..., UnfitOffice], cause: str) -> None:
    office = offices(*[CHIPS_THAT_DO_NOT_FIT[cause]] * 9)
    line = office.run()
    assert (line.status.cause, line.status.detail) == ("unfit-in-a-row", cause)
    assert office.printer.fed == office.place(Place.UNFIT) == 2
    assert office.states() == {JobState.ORDERED: 2}
    assert office.channels.tried == (2 if cause == "wrong-keys" else 0), "each chip is tried once"


def test_a_spoiled_one_and_then_a_wrongly_keyed_one_stop_the_line_too(offices: Callable[..., UnfitOffice]) -> None:
    office = offices(spoiling, wrongly_keyed, wrongly_keyed)
    line = office.run()
    assert (line.status.cause, line.status.detail) == ("unfit-in-a-row", "wrong-keys")
    assert office.printer.fed == 2
    assert office.channels.tried == 1


@pytest.mark.parametrize("cause", ["foreign-chip", "wrong-keys"])
def test_a_daemon_ended_at_any_moment_leaves_it_unharmed_and_accounted_for(
    offices: Callable[..., UnfitOffice], monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    for moment in range(1, 16):
        office = offices(CHIPS_THAT_DO_NOT_FIT[cause], jobs=1)
        office.printer.now.last = moment
        office.run()
        office.printer.now.last = None
        if office.run().status.cause == "unfit-in-a-row":  # one was lost from sight, and then this one
            office.run()
        bad = [chip for chip in office.printer.output if chip.state()["serial"] != GOOD_SERIAL]
        if bad:
            assert not office.printer.rejected
            assert [chip.state()["memory"] for chip in bad] == [CHIPS_THAT_DO_NOT_FIT[cause]().state()["memory"]]
            assert office.place(Place.UNFIT) + office.place(Place.IN_QUESTION) >= 1
        assert office.states() == {JobState.DELIVERED: 1}


def test_the_power_cut_in_the_middle_of_returning_it_is_returned_and_its_chip_is_not_tried_again(
    offices: Callable[..., UnfitOffice], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    office = offices(wrongly_keyed, jobs=1)
    now = office.printer.now
    deliver = office.printer._do

    def cut(call: str) -> None:
        if call == "deliver" and office.printer.calls.count("deliver") == 0:
            now.last = now.moments + 1
        deliver(call)

    monkeypatch.setattr(office.printer, "_do", cut)
    office.run()
    with office.store.read() as view:
        (attempt,) = view.attempts_inside()
    assert attempt.unfit == "wrong-keys"
    assert attempt.open == {"return"}
    assert office.place(Place.IN_QUESTION) == 1
    office.run()
    assert office.channels.tried == 1
    assert (office.place(Place.UNFIT), office.place(Place.IN_QUESTION), office.place(Place.REJECT)) == (1, 0, 0)
    assert office.states() == {JobState.DELIVERED: 1}


def test_a_card_that_the_book_knows_is_no_blank_and_goes_to_the_reject_bin(works: Works) -> None:
    assert works.make().run() is End.DELIVERED
    (mine,) = works.printer.output
    works.printer.new_chip = lambda: mine
    with works.store.read() as view:
        delivered = view.attempt("a1")
    spoiled = Movement(delivered.account(Place.OUTPUT), delivered.account(Place.REJECT), 1)
    works.store.record(
        "op-1",
        events.AttemptSpoiled(attempt_id="a1", job_id="j1", cause="other", moves=(spoiled,)),
        events.JobReleased(job_id="j1", cause="spoiled"),
        events.PrintOrdered(job_id="j1"),
    )
    again = works.make(attempt_id="a2")
    assert again.run() is End.SPOILED
    assert again.cause is not None
    assert again.cause.word == "chip-live"
    assert works.printer.rejected == [mine]
    assert works.place(Place.UNFIT) == 0


def test_a_live_card_that_the_book_does_not_know_comes_out_unharmed(works: Works) -> None:
    strange = with_life_cycle(5, {str(0x0101): "A" * 20 + "AA=="})()
    works.printer.new_chip = lambda: strange
    assert works.make().run() is End.UNFIT
    assert works.state() == (JobState.ORDERED, "")
    assert is_live(strange)
    assert chip_content(strange.state())[1]
    assert works.place(Place.UNFIT) == 1


def test_a_card_of_another_type_is_not_even_spoken_to(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeConnection, "card_type", CardType.CONTACT)
    making = works.make()
    assert making.run() is End.UNFIT
    assert making.cause is not None
    assert making.cause.word == "wrong-card-type"
    assert works.encoder.sent == 0
    assert works.place(Place.UNFIT) == 1
