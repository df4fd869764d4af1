"""A table for many rows: what is searched, chosen and changed keeps its place."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication

from stationd.tray.table import Column, Role, Rows, Table
from stationd.tray.theme import dress


@dataclass(frozen=True)
class Person:
    key: str
    name: str
    state: str = "queued"


def rows() -> Rows[Person]:
    columns = [Column[Person]("Name", lambda row: row.name, bold=True), Column[Person]("State", lambda row: row.state)]
    model = Rows(columns, lambda row: row.key, lambda row: row.name)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    return model


def said(model: Rows[Person]) -> list[str]:
    return [model.data(model.index(place, 1), Role.DisplayRole) for place in range(model.rowCount())]


PEOPLE = [Person("a", "WAYAN"), Person("b", "Made"), Person("c", "Wayan Made")]
NAMES = st.lists(st.sampled_from(["ana", "ANI", "budi", "ana budi"]), max_size=12)


def test_every_word_is_looked_for_in_whatever_case(qapp: QApplication) -> None:
    model = rows()
    model.put(PEOPLE)
    for text, found in (("wayan", "ac"), ("MADE way", "c"), ("ketut", ""), ("", "abc")):
        model.search(text)
        assert "".join(row.key for row in model.shown) == found
        assert [model.place_of(key) for key in "abc"] == [found.find(key) if key in found else None for key in "abc"]


@given(NAMES, NAMES, st.sampled_from(["", "an", "budi", "ana budi"]))
def test_what_is_searched_for_is_found_in_a_list_that_came_anew(before: list[str], after: list[str], text: str) -> None:
    model = rows()
    for names in (before, after):
        model.put([Person(str(number), name) for number, name in enumerate(names)])
        model.search(text)
    words = text.casefold().split()
    assert [row.name for row in model.shown] == [name for name in after if all(w in name.casefold() for w in words)]


@given(NAMES, st.sets(st.integers(0, 14)), st.sampled_from(["", "an", "budi"]))
def test_rows_that_change_stay_where_they_are_and_others_as_they_were(
    names: list[str], touched: set[int], text: str
) -> None:
    people = [Person(str(number), name) for number, name in enumerate(names)]
    changed = [
        replace(Person(str(number), ""), name=(names + [""] * 15)[number], state="ordered") for number in touched
    ]
    model, whole = rows(), rows()
    model.put(people)
    model.search(text)
    told: list[int] = []
    model.dataChanged.connect(lambda first, _: told.append(first.row()))
    model.change(changed)
    whole.put([changed_row for row in people for changed_row in [next((c for c in changed if c.key == row.key), row)]])
    whole.search(text)
    assert list(model.shown) == list(whole.shown)
    assert sorted(told) == [place for place, row in enumerate(whole.shown) if row.state == "ordered"]
    for each in (model, whole):  # and what was not shown is not forgotten
        each.search("")
    assert list(model.shown) == list(whole.shown)


def test_what_is_chosen_stays_chosen_wherever_it_goes(qapp: QApplication) -> None:
    model = rows()
    table: Table[Person] = Table(model, dress(qapp), "people", many=True)
    model.put(PEOPLE)
    table.choose("a", "c", "nobody")
    assert [row.key for row in table.chosen_rows()] == ["a", "c"]
    model.put([PEOPLE[2], Person("d", "KETUT"), PEOPLE[0]])
    assert [row.key for row in table.chosen_rows()] == ["c", "a"]
    current = table.current()
    assert current is not None
    assert current.key == "a"
    model.put([Person("d", "KETUT")])
    assert table.chosen_rows() == []


def test_enter_opens_the_row_at_which_the_keyboard_is(qapp: QApplication) -> None:
    model = rows()
    table: Table[Person] = Table(model, dress(qapp), "people")
    opened: list[Person] = []
    table.opened.connect(opened.append)
    QTest.keyClick(table, Qt.Key.Key_Return)
    model.put(PEOPLE)
    table.choose("b")
    QTest.keyClick(table, Qt.Key.Key_Return)
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Enter)
    assert opened == PEOPLE[1:]
    model.change([Person("c", "Wayan Made", "ordered")])
    assert said(model) == ["queued", "queued", "ordered"]
