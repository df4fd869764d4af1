"""The line's efficiency of a run whose times are known."""

from __future__ import annotations

import pytest

from simulators.devices.matica_xid_data import Durations, ideal_card_seconds
from tests.bench.cycles import Cycle, Logs, Route, ahead, cycle, windows
from tests.bench.line import RETRANSFER

FACTOR = 10.0
WAITS = {"move → engage": 0.05, "chip → print": 0.2, "print → release": 0.1, "eject → feed": 0.3}
CHIP = 0.4
"""Seconds of the chip in life, before and after the transfer."""


def made(count: int) -> tuple[list[dict[str, object]], list[dict[str, object]], list[dict[str, object]]]:
    """The machine's works, the chip's and the book of cards that were made without any wait but the known ones."""
    durations, now = Durations(), 100.0
    machine: list[dict[str, object]] = []
    chip: list[dict[str, object]] = []
    book: list[dict[str, object]] = []

    def work(log: list[dict[str, object]], what: str, seconds: float, *, beside: bool = False) -> None:
        nonlocal now
        log.append({"what": what, "start": now, "end": now + seconds / FACTOR, "seconds": seconds})
        now += 0.0 if beside else seconds / FACTOR

    for _ in range(count):
        work(machine, "film-init", durations.film_init, beside=True)
        work(machine, "feed", durations.feed)
        work(machine, "move", durations.move)
        now += WAITS["move → engage"]
        work(machine, "engage", durations.engage)
        work(chip, "command a4", 0.1)
        now += WAITS["chip → print"]
        work(machine, "print", durations.film(4), beside=True)
        book.append({"type": "step-intended", "step": "write", "mono": now})
        work(chip, "command d6", CHIP - 0.1, beside=True)
        book.append({"type": "step-observed", "step": "write", "mono": now + 0.5})
        book.append({"type": "step-intended", "step": "seal", "mono": now + 0.5})
        now += durations.film(4) / FACTOR
        book.append({"type": "step-observed", "step": "seal", "mono": now + WAITS["print → release"] / 2})
        now += WAITS["print → release"]
        for what in ("release", "move"):
            work(machine, what, durations.engage if what == "release" else durations.move)
        work(machine, "transfer", durations.transfer)
        work(machine, "move", durations.move)
        work(machine, "engage", durations.engage)
        work(chip, "command 44", CHIP)
        work(machine, "release", durations.engage)
        work(machine, "eject", durations.eject)
        now += WAITS["eject → feed"]
    return machine, chip, book


def apart(logs: Logs) -> list[Cycle]:
    return [cycle(RETRANSFER, within, logs, FACTOR) for within in windows(logs.machine)]


def test_a_cards_time_is_taken_apart_into_devices_and_waits() -> None:
    machine, chip, book = made(3)
    first, *_, last = apart(Logs(machine, chip, book))
    assert first.ideal == pytest.approx(2.5 + 1 + 0.3 + 22 + 0.3 + 1 + 11 + 1 + 0.3 + CHIP + 0.3 + 2)
    assert first.chip == pytest.approx(2 * CHIP)
    assert sum(first.gaps.values()) == pytest.approx(sum(WAITS.values()))
    assert sum(last.gaps.values()) == pytest.approx(sum(WAITS.values()) - WAITS["eject → feed"])
    # What the chip did before its film began is not beside it, so it comes on top of the ideal.
    assert first.achieved == pytest.approx(first.ideal + 0.1 + sum(WAITS.values()))
    assert first.hidden == pytest.approx(2.2 / (2.2 + WAITS["print → release"] / 2))
    for name in ("move → engage", "chip → print", "print → release"):
        assert first.gaps[name] == pytest.approx(WAITS[name])


def test_the_ideal_of_the_log_is_the_one_of_the_machines_durations() -> None:
    (only,) = apart(Logs(*made(1)))
    alone = ideal_card_seconds(Durations(), CHIP, back_beside_film=False, activation_seconds=CHIP)
    assert only.ideal == pytest.approx(alone)


def test_a_work_that_no_card_needs_is_no_part_of_the_ideal() -> None:
    machine, chip, book = made(1)
    end = max(float(str(entry["end"])) for entry in machine)
    detour = {"what": "move", "start": end - 0.3 - 0.2, "end": end - 0.2 - 0.2, "seconds": 1.0}
    (with_detour,) = apart(Logs([*machine, detour], chip, book))
    (without,) = apart(Logs(machine, chip, book))
    assert with_detour.ideal == pytest.approx(without.ideal)


def test_what_a_person_does_is_neither_busy_nor_waiting() -> None:
    route = Route({"feed": 1, "print": 1}, turn="feed")
    machine = [
        {"what": "feed", "start": 13.0, "end": 13.5, "seconds": 5.0},
        {"what": "cool", "start": 13.5, "end": 13.6, "seconds": 1.0},
        {"what": "print", "start": 13.6, "end": 14.6, "seconds": 10.0},
    ]
    chip = [
        {"what": "command a4", "start": 10.5, "end": 10.7, "seconds": 2.0},
        {"what": "command 44", "start": 16.2, "end": 16.3, "seconds": 1.0},
    ]
    found = cycle(route, (10.0, 16.5), Logs(machine, chip, people=[(10.9, 12.9), (14.7, 16.0)]), FACTOR)
    assert found.ideal == pytest.approx(5 + 10 + 1 + 2 + 1)
    assert found.busy == pytest.approx(found.ideal)
    expected = {
        "start → chip": 0.5,
        "chip → person": 0.2,
        "person → feed": 0.1,
        "print → person": 0.1,
        "person → chip": 0.2,
        "chip → next card": 0.2,
    }
    assert found.gaps == pytest.approx(expected)


def test_how_long_before_a_cards_end_the_next_one_was_ready() -> None:
    machine, chip, book = made(3)
    out = [float(str(entry["end"])) for entry in machine if entry["what"] == "eject"]
    assert ahead(Logs(machine, chip, book, ready=[out[0] - 1.5, out[1] + 0.1]), FACTOR) == pytest.approx([15.0, -1.0])
