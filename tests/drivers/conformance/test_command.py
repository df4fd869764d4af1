"""The command: consent before anything, and a report that says no more than was seen."""

from __future__ import annotations

import dataclasses
import json

import pytest
from click.testing import CliRunner

from drivers import catalog
from drivers.catalog import Catalog, PrinterDriver
from drivers.conformance import __main__ as command
from drivers.conformance import person, report
from drivers.conformance.bench import Bench
from drivers.conformance.checks import PROMISES
from drivers.conformance.hands import CannotDo, Lost, Seen, Trouble
from drivers.conformance.run import Finding, Outcome, hold_to
from drivers.printer import Preparation
from tests.drivers.conformance.exemplar import ADDRESS, Exemplar, Machine, Retransfer
from tests.drivers.conformance.mutants import NamesNoMaker


@pytest.fixture
def run(monkeypatch):
    def run(kind: type[Exemplar], *options: str, said: str = ""):
        opened = []

        def opening(address, deadline):
            opened.append(address)
            return kind.open(machine, address, deadline)

        machine = Machine()
        driver = PrinterDriver("exemplar", opening, lambda: kind.find(machine), "")
        monkeypatch.setattr(catalog, "load", lambda: Catalog({"exemplar": driver}, {}, {"broken": "ImportError: x"}))
        result = CliRunner().invoke(command.main, ["exemplar", ADDRESS, *options], input=said)
        return result, opened, machine

    return run


CONSENT = ("--serial", "X1", "--blanks", "0", "--yes")
NOBODY = "t\n" * 200


class TestConsent:
    @pytest.mark.parametrize("said", ["X1\n5\ntidak\n", "X1\nbanyak\n", "X1\n", ""])
    def test_without_it_nothing_is_opened(self, run, said):
        result, opened, _ = run(Retransfer, said=said)
        assert result.exit_code
        assert not opened

    def test_another_machine_is_not_touched(self, run):
        result, _, machine = run(Retransfer, "--serial", "X2", "--blanks", "9", "--yes")
        assert (result.exit_code, machine.fed) == (2, 0)
        assert "'X1', not 'X2'" in result.output

    def test_an_unknown_and_a_broken_driver_are_named(self, run):
        run(Retransfer)
        for name, why in (("none", "there are exemplar"), ("broken", "ImportError")):
            result = CliRunner().invoke(command.main, [name, ADDRESS, *CONSENT])
            assert result.exit_code == 2
            assert why in result.output


class TestFindings:
    def test_without_blanks_and_hands_no_card_moves_and_nothing_passes_for_it(self, run):
        result, _, machine = run(Retransfer, *CONSENT, "--json", said=NOBODY)
        assert (result.exit_code, machine.fed) == (0, 0)
        told = {found["promise"]: found for found in json.loads(result.stdout)}
        assert told["feed-holds"]["outcome"] == "not checked"
        assert "3 blank cards, and 0" in told["feed-holds"]["evidence"]
        assert told["identity-lasts"]["outcome"] == "passed"
        assert told["unplugged-is-told"]["outcome"] == "not checked"

    def test_a_broken_promise_is_the_exit_code_and_has_its_evidence(self, run):
        result, _, _ = run(NamesNoMaker, *CONSENT, said=NOBODY)
        assert result.exit_code == 1
        assert "failed       identity-lasts" in result.stdout
        assert "not all of it is told" in result.stdout

    def test_the_table_s_last_line_adds_up(self):
        findings = [Finding(PROMISES[0], outcome, "why", 0.1) for outcome in (Outcome.PASSED, Outcome.NOT_CHECKED)]
        assert report.table(findings).splitlines()[-1] == "1 passed, 0 failed, 1 not checked"


class TestPerson:
    def test_counts_cards_and_asks_in_indonesian_first(self):
        asked, answers = [], iter(["1", "dua", "2", "0", "3"])

        def ask(text):
            asked.append(text)
            return next(answers)

        assert person.Person(ask).look() == Seen(1, 2, 0, 3)
        assert asked[0].startswith("Berapa kartu")

    def test_has_cards_looked_at_from_both_sides(self):
        assert person.Person(lambda text: "2" if "kedua sisinya" in text else "").printed_on_both_sides() == 2

    def test_undoes_what_it_was_asked_to_do(self):
        asked = []
        hands = person.Person(lambda text: asked.append(text) or "")
        hands.cause(Trouble.DOOR_OPEN)
        hands.unplug()
        hands.lay_card()
        hands.make_ready()
        hands.make_ready()
        assert len(asked) == 6

    def test_has_the_cleaning_card_taken_out_of_a_machine_that_refused_it(self):
        asked = []
        hands = person.Person(lambda text: asked.append(text) or "")
        hands.prepare_cleaning([Preparation.BLANKS_OUT, Preparation.CLEANING_CARD_IN, Preparation.COVER_CLOSED])
        asked.clear()
        hands.make_ready()
        assert ["pembersih" in text for text in asked] == [True, False]
        assert "Masukkan kartu kosong" in asked[1], "the blanks go in when the cleaning card is out"

    def test_what_nobody_can_do_uses_no_card_and_leaves_the_cards_to_others(self):
        machine = Machine()
        driver = PrinterDriver("exemplar", lambda at, by: Retransfer.open(machine, at, by), list, "")
        named = {promise.name: promise for promise in PROMISES}
        beyond = [named[name] for name in ("no-success-by-silence", "silence-leaves-doubt", "told-head-hot")]
        bench = Bench(driver, ADDRESS, person.Person(lambda _: ""))
        *cannot, last = hold_to(bench, [*beyond, named["deadline-of-acts"]], blanks=1)
        assert [found.outcome for found in cannot] == [Outcome.NOT_CHECKED] * 3
        assert all("nobody can" in found.evidence for found in cannot)
        assert last.outcome is Outcome.PASSED, "the one card was still there for it"
        assert machine.fed == 1

    def test_says_what_nobody_can_do(self):
        hands = person.Person(lambda _: "t")
        for act in (
            hands.unplug,
            hands.cut_power,
            hands.take_out,
            lambda: hands.cause(Trouble.HEAD_HOT),
            lambda: hands.lose_answer(Lost.HALF, "feed", acts=True),
        ):
            with pytest.raises(CannotDo):
                act()

    def test_a_card_that_cannot_be_seen_is_not_guessed(self):
        with pytest.raises(CannotDo):
            person.Person(lambda _: "?").look()


@pytest.mark.parametrize(("address", "driver"), [("pcsc:Reader 00 00", "pcsc"), ("serial:/dev/no-such-port", "pn532")])
def test_a_reader_inside_is_opened_by_the_driver_that_takes_its_address(monkeypatch, address, driver):
    drivers = catalog.load()
    opened = []
    record = dataclasses.replace(drivers.encoders[driver], open=lambda at, _deadline: opened.append(at))
    monkeypatch.setitem(drivers.encoders, driver, record)
    command._reader(drivers, address)()
    assert opened == [address]


def test_a_reader_that_no_driver_takes_is_refused():
    with pytest.raises(SystemExit):
        command._reader(catalog.load(), "usb:1:2")
