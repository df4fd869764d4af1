"""The kit passes an honest driver, and fails each mutant at the promise that it breaks and at no other."""

from __future__ import annotations

import pytest

from drivers.catalog import EncoderDriver, PrinterDriver
from drivers.conformance.bench import Bench, Pace
from drivers.conformance.checks import PROMISES
from drivers.conformance.run import Outcome, hold_to, made_by
from tests.drivers.conformance import mutants, mutants_prints, mutants_reader, mutants_words
from tests.drivers.conformance.breaking import MUTANTS
from tests.drivers.conformance.exemplar import ADDRESS, Direct, Exemplar, Machine, Retransfer, Whole
from tests.drivers.conformance.exemplar_reader import Reader

ENTERED = (mutants, mutants_prints, mutants_reader, mutants_words)
PACE = Pace(act=2.0, short=0.01, slack=0.15, lost=0.02, field=0.2, settle=0.01)


def bench(kind: type[Exemplar] | type[Reader]) -> Bench:
    machine = Machine()
    if issubclass(kind, Reader):
        reader = kind
        driver = EncoderDriver("exemplar", lambda a, d: reader.open(machine, a, d), lambda: reader.find(machine), "")
        return Bench(driver, ADDRESS, machine, PACE)
    printers = PrinterDriver("exemplar", lambda a, d: kind.open(machine, a, d), lambda: kind.find(machine), "")
    return Bench(printers, ADDRESS, machine, PACE, lambda: Reader(machine))


def failed(kind: type[Exemplar] | type[Reader]) -> dict[str, str]:
    held = bench(kind)
    return {
        finding.promise.name: finding.evidence
        for finding in hold_to(held, made_by(held), 1000)
        if finding.outcome is Outcome.FAILED
    }


@pytest.mark.parametrize("kind", [Retransfer, Direct, Whole, Reader])
def test_an_honest_driver_keeps_every_promise(kind):
    assert not failed(kind)


def test_every_promise_is_checked_with_some_honest_driver():
    kinds = (Retransfer, Direct, Whole, Reader)
    passed = {
        finding.promise.name
        for held in map(bench, kinds)
        for finding in hold_to(held, made_by(held), 1000)
        if finding.outcome is Outcome.PASSED
    }
    assert passed == {promise.name for promise in PROMISES}


def test_there_is_a_mutant_for_each_promise():
    entered = {mutant.__module__ for mutant in MUTANTS.values()}
    assert entered == {module.__name__ for module in ENTERED}
    assert set(MUTANTS) == {promise.name for promise in PROMISES}


@pytest.mark.parametrize("name", [promise.name for promise in PROMISES])
def test_a_mutant_breaks_its_promise_and_no_other(name):
    assert set(failed(MUTANTS[name])) == {name}
