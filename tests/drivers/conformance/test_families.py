"""Every driver keeps its promises at a simulated machine of its family, on each wire that the machine can be on.

This is the short form: each promise at one real driver at least. All of them at all machines: docs/conformance.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.conformance.checks import PROMISES
from drivers.conformance.promise import Facet
from tests.drivers.conformance.families import MACHINES, SHORT, UNCHECKED, Findings, Holding, faults, named

HELD_AT_A_READER = {promise.name for promise in PROMISES if promise.facet is Facet.ENCODER}  # test_readers.py
PATIENCE = 240.0


@pytest.fixture(scope="module")
def holding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Holding]:
    with Holding(tmp_path_factory.mktemp("conformance"), SHORT) as holding:
        yield holding


@pytest.mark.timeout(PATIENCE)
@pytest.mark.parametrize("machine", MACHINES)
def test_a_printer_s_driver_keeps_its_promises(holding: Holding, machine: str) -> None:
    found = holding.findings(machine)
    assert not faults(machine, found)
    assert named(found, "passed") | named(found, "not checked") == SHORT[machine]
    assert named(found, "not checked") == UNCHECKED[machine] & SHORT[machine]


def test_every_promise_is_held_at_a_real_driver() -> None:
    at_a_printer = {name for machine in MACHINES for name in SHORT[machine] - UNCHECKED[machine]}
    assert at_a_printer | HELD_AT_A_READER == {promise.name for promise in PROMISES}
    assert not at_a_printer & HELD_AT_A_READER


def found(outcome: str, promise: str) -> Findings:
    return [{"promise": promise, "outcome": outcome, "evidence": "seen"}]


def test_what_is_wrong_is_told() -> None:
    kept = found("passed", "identity-lasts")
    assert not faults("evolis-usb", kept + found("not checked", "told-film-out"))
    assert faults("evolis-usb", kept + found("failed", "feed-holds")) == ["feed-holds: seen"]
    assert faults("evolis-usb", kept + found("not checked", "find-lists")) == ["find-lists: was not checked"]
    assert faults("evolis-usb", found("passed", "told-film-out")) == ["told-film-out: is checked by now"]
    assert faults("evolis-usb", found("not checked", "told-film-out")) == ["no promise was kept"]
