"""The line's efficiency of a run whose times are known."""

from __future__ import annotations

import pytest

from simulators.devices.matica_xid_data import Durations
from tests.bench.line import cycle, windows

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
        log.append({"what": what, "start": now, "end": now + seconds / FACTOR})
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


def test_a_cards_time_is_taken_apart_into_devices_and_waits() -> None:
    machine, chip, book = made(3)
    first, *_, last = [cycle(within, machine, chip, book, FACTOR) for within in windows(machine)]
    assert first.ideal == pytest.approx(2.5 + 1 + 0.3 + 22 + 0.3 + 1 + 11 + 1 + 0.3 + CHIP + 0.3 + 2)
    assert first.least == pytest.approx(first.ideal - 1.3)
    assert first.chip == pytest.approx(2 * CHIP)
    assert sum(first.gaps.values()) == pytest.approx(sum(WAITS.values()))
    assert sum(last.gaps.values()) == pytest.approx(sum(WAITS.values()) - WAITS["eject → feed"])
    # What the chip did before its film began is not beside it, so it comes on top of the ideal.
    assert first.achieved == pytest.approx(first.ideal + 0.1 + sum(WAITS.values()))
    assert first.hidden == pytest.approx(2.2 / (2.2 + WAITS["print → release"] / 2))
    for name in ("move → engage", "chip → print", "print → release"):
        assert first.gaps[name] == pytest.approx(WAITS[name])
