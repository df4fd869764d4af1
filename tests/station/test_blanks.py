"""Blanks by hand: each act moves what it says, or is refused and moves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stationd.model import events
from stationd.model.blank import Account, Movement, Place
from stationd.model.pile import MOST
from stationd.station import Refused
from stationd.store.chronicle import parse
from stationd.store.rows import JobState
from tests.api.house import LINE, OFFICER, House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        served.stock(100, 10)
        yield served
        assert asyncio.run(served.station.verify()).passed


def blanks(house: House) -> dict[str, int]:
    """What is in each place, by its name and line."""
    counts: dict[str, int] = {}
    for balance in house.station.balances():
        name = f"{balance.place}/{balance.line}".rstrip("/")
        counts[name] = counts.get(name, 0) + balance.count
    counts.pop("supply", None)
    return counts


def last(house: House, kind: type[events.Event]) -> events.Event:
    with house.store.read() as view:
        read = [parse(text).event for text in view.texts(0, -1)]
    return next(event for event in reversed(read) if isinstance(event, kind))


def refused(cause: str, act: Callable[[], object]) -> None:
    with pytest.raises(Refused) as refusal:
        act()
    assert refusal.value.cause == cause


def test_a_short_delivery_is_named_in_the_book(house: House) -> None:
    house.station.receive_blanks("B-2", 98, OFFICER, announced=100, note="SJ/12/2026")
    received = last(house, events.BlanksReceived)
    assert isinstance(received, events.BlanksReceived)
    assert (received.count, received.announced, received.difference, received.note) == (98, 100, -2, "SJ/12/2026")
    assert blanks(house)["store"] == 90 + 98


def test_unloading_brings_blanks_back_with_their_batch(house: House) -> None:
    house.station.unload_blanks(LINE, 4, OFFICER)
    assert blanks(house) == {"store": 94, f"hopper/{LINE}": 6}
    with house.store.read() as view:
        assert view.balances()[Account(Place.STORE, batch="B-2026-07")] == 94


def test_into_the_hand_and_back_and_to_the_kabupaten(house: House) -> None:
    house.station.take_in_hand(3, OFFICER)
    house.station.put_back(1, OFFICER)
    house.station.send_back_blanks(20, "K/7", OFFICER)
    assert blanks(house) == {"store": 68, f"hopper/{LINE}": 10, "hand": 2, "sent-back": 20}


def test_blanks_that_came_out_unfit_go_back_or_to_the_spoiled_and_nowhere_else(house: House) -> None:
    batch = "B-2026-07"
    hopper, aside = Account(Place.HOPPER, LINE, batch=batch), Account(Place.UNFIT, LINE, batch=batch)
    house.store.record("press", events.HopperLoaded(line=LINE, count=0, moves=(Movement(hopper, aside, 3),)))
    refused("pile-too-small", lambda: house.station.send_back_blanks(4, "K/8", OFFICER, unfit=True))
    house.station.send_back_blanks(2, "K/8", OFFICER, unfit=True)
    house.station.spoil_blanks("unfit", 1, "card-damaged", OFFICER, LINE)
    assert blanks(house) == {"store": 90, f"hopper/{LINE}": 7, "sent-back": 2, "reject": 1}
    refused("pile-too-small", lambda: house.station.send_back_blanks(1, "K/9", OFFICER, unfit=True))


def test_loose_blanks_are_spoiled_and_destroyed_with_those_of_the_machine(house: House) -> None:
    house.station.take_in_hand(1, OFFICER)
    house.station.spoil_blanks("hand", 1, "card-damaged", OFFICER)
    house.station.spoil_blanks("hopper", 2, "scratched", OFFICER, LINE)
    house.ruin("bad")
    assert blanks(house) == {"store": 89, f"hopper/{LINE}": 7, "reject": 3, f"reject/{LINE}": 1}
    refused("pile-too-small", lambda: house.station.destroy_cards(5, "BA/1", OFFICER))
    house.station.destroy_cards(4, "BA/1", OFFICER)
    assert blanks(house) == {"store": 89, f"hopper/{LINE}": 7, "destroyed": 4}


def test_what_came_out_and_is_no_card_of_a_job_is_spoiled_or_put_back(house: House) -> None:
    batch = "B-2026-07"
    house.deliver("j1")
    refused("output-of-jobs", lambda: house.station.put_back(1, OFFICER, line=LINE))
    refused("output-of-jobs", lambda: house.station.spoil_blanks("output", 1, "other", OFFICER, LINE))
    hopper, output = Account(Place.HOPPER, LINE, batch=batch), Account(Place.OUTPUT, LINE, batch=batch)
    house.store.record("press", events.HopperLoaded(line=LINE, count=0, moves=(Movement(hopper, output, 2),)))
    refused("output-of-jobs", lambda: house.station.spoil_blanks("output", 3, "other", OFFICER, LINE))
    house.station.spoil_blanks("output", 1, "other", OFFICER, LINE)
    house.station.put_back(1, OFFICER, line=LINE)
    assert blanks(house) == {"store": 91, f"hopper/{LINE}": 7, f"output/{LINE}": 1, "reject": 1}
    refused("output-of-jobs", lambda: house.station.put_back(1, OFFICER, line=LINE))
    house.station.accept("j1", OFFICER)
    assert blanks(house)["shelf"] == 1


def test_a_finished_card_is_withdrawn_and_destroyed(house: House) -> None:
    house.deliver("j1")
    refused("job-is-delivered", lambda: house.station.withdraw("j1", "revoked", OFFICER))
    house.station.accept("j1", OFFICER)
    house.station.withdraw("j1", "chip-silent", OFFICER)
    assert house.station.shelf() == []
    assert blanks(house)["withdrawn"] == 1
    (job,) = house.station.jobs()
    assert (job.state, job.cause) == (JobState.WITHDRAWN, "chip-silent")
    refused("job-is-withdrawn", lambda: house.station.withdraw("j1", "chip-silent", OFFICER))
    house.station.destroy_cards(1, "BA/2", OFFICER)
    with house.store.read() as view:
        assert view.erasable() == ["j1"]


def test_a_card_revoked_on_the_shelf_is_withdrawn(house: House) -> None:
    house.deliver("j1")
    house.station.accept("j1", OFFICER)
    house.store.record("registry", events.JobRevoked(job_id="j1"))
    house.station.withdraw("j1", "revoked", OFFICER)
    assert blanks(house)["withdrawn"] == 1


def _wrong(house: House) -> dict[str, tuple[str, Callable[[], object]]]:
    s = house.station
    return {
        "nothing received": ("count-too-small", lambda: s.receive_blanks("B", 0, OFFICER)),
        "less than nothing loaded": ("count-too-small", lambda: s.load_blanks(LINE, -1, OFFICER)),
        "far too many": ("count-too-large", lambda: s.receive_blanks("B", MOST + 1, OFFICER)),
        "astronomically many": ("count-too-large", lambda: s.receive_blanks("B", 10**30, OFFICER)),
        "announced below nothing": ("count-negative", lambda: s.receive_blanks("B", 1, OFFICER, announced=-1)),
        "a delivery without number": ("number-missing", lambda: s.receive_blanks("", 1, OFFICER)),
        "a NIK as number": ("not-a-number", lambda: s.receive_blanks("7316014507900001", 1, OFFICER)),
        "a name on a note": ("not-a-number", lambda: s.send_back_blanks(1, "Siti (ibu)", OFFICER)),
        "an unknown kind": ("no-such-stock", lambda: s.load_blanks(LINE, 1, OFFICER, "gold")),
        "an unknown line": ("no-such-line", lambda: s.unload_blanks("line-9", 1, OFFICER)),
        "an unknown place": ("no-such-place", lambda: s.spoil_blanks("roof", 1, "other", OFFICER)),
        "a place nobody may spoil from": ("no-such-place", lambda: s.spoil_blanks("shelf", 1, "other", OFFICER)),
        "a hopper of no line": ("line-not-named", lambda: s.spoil_blanks("hopper", 1, "other", OFFICER)),
        "an output of no line": ("line-not-named", lambda: s.spoil_blanks("output", 1, "other", OFFICER)),
        "the output of an unknown line": ("no-such-line", lambda: s.put_back(1, OFFICER, line="line-9")),
        "a store of a line": ("place-has-no-line", lambda: s.spoil_blanks("store", 1, "other", OFFICER, LINE)),
        "free words": ("no-such-reason", lambda: s.spoil_blanks("store", 1, "Siti dropped it", OFFICER)),
        "more than the store": ("store-too-small", lambda: s.take_in_hand(91, OFFICER)),
        "more than the hopper": ("pile-too-small", lambda: s.unload_blanks(LINE, 11, OFFICER)),
        "more than the hand": ("pile-too-small", lambda: s.put_back(1, OFFICER)),
        "foreigners' blanks that are not there": ("store-too-small", lambda: s.load_blanks(LINE, 1, OFFICER, "wna")),
        "an unknown job": ("no-such-job", lambda: s.withdraw("nobody", "revoked", OFFICER)),
        "nobody": ("officer-unknown", lambda: s.take_in_hand(1, "off-9")),
    }


def test_what_cannot_be_is_refused_and_changes_nothing(house: House) -> None:
    before = house.station.status()
    for what, (cause, act) in _wrong(house).items():
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.cause == cause, what
    after = house.station.status()
    assert (after.book, after.blanks) == (before.book, before.blanks)
