"""The screen of the queue: found as one types, printed once, moved to the front, held jobs by their cause."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from stationd.client.queue import QueuedView, QueueView
from stationd.model.job import Label
from stationd.model.nik import Nik
from stationd.tray.queue import QueuePage
from stationd.tray.queue.finding import haystack, needle
from stationd.tray.queue.ledger import Ledger
from stationd.tray.queue.topic import QUEUE
from stationd.tray.table import Column
from tests.api.house import NOW, OFFICER, House, policy
from tests.rig.accessible import faults
from tests.rig.officers_window import OfficersWindow

PEOPLE = {
    "j1": ("HJ. SITI NURHALIZA, S.PD.", "7316015107900001"),
    "j2": ("BUDI SANTOSO", "7316014107850002"),
    "j3": ("NUR'AINI BINTI ABDUL-RAHMAN", "7316015507990003"),
    "j4": ("BUDIMAN", "7316014107850004"),
}
CTRL = Qt.KeyboardModifier.ControlModifier


def people(house: House) -> None:
    for job in PEOPLE:
        house.arrive(job, "lost" if job == "j4" else "first", "medical" if job == "j3" else None)
    house.station.names = lambda: {
        job: Label(job_id=job, name=name, nik=Nik(nik), kelurahan="LALONGRASUMALO")
        for job, (name, nik) in PEOPLE.items()
    }


def at_queue(office: OfficersWindow, house: House) -> QueuePage:
    people(house)
    office.enter(house.signed_in())
    page = office.page(QueuePage)
    office.until(lambda: len(page.rows.shown) == len(PEOPLE))
    return page


def shown(page: QueuePage) -> list[str]:
    return [job.job_id for job in page.rows.shown]


def test_it_shows_who_waits_in_the_order_of_their_turn(office: OfficersWindow, house: House) -> None:
    page = at_queue(office, house)
    assert shown(page) == ["j3", "j1", "j2", "j4"]  # the urgent one first
    assert [page.rows.columns[1].text(job) for job in page.rows.shown][1] == "HJ. SITI NURHALIZA, S.PD."
    assert page.rows.columns[2].text(page.rows.shown[0]) == "7316 0155 0799 0003"
    assert "pertama, sakit" in page.rows.columns[3].text(page.rows.shown[0])
    assert page.face.search.hasFocus()
    assert faults(office.window) == []


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("siti", "j1"),
        ("hj siti s.pd", "j1"),
        ("BUDI", "j2 j4"),
        ("nuraini", "j3"),
        ("abdul rahman", "j3"),
        ("7316014107850004", "j4"),
        ("85 0002", "j2"),
        ("hj.", "j1"),
        ("zz", ""),
    ],
)
def test_people_are_found_as_one_types(office: OfficersWindow, house: House, typed: str, found: str) -> None:
    page = at_queue(office, house)
    office.type(typed)
    assert shown(page) == found.split()
    assert ("Tidak ada" in page.face.found.text()) == (not found)
    office.press(Qt.Key.Key_Escape)
    assert (page.face.search.text(), len(page.rows.shown)) == ("", 4)


def test_one_is_printed_by_name_with_one_key_after_the_name_and_a_key_twice_prints_once(
    office: OfficersWindow, house: House
) -> None:
    page = at_queue(office, house)
    office.type("siti")
    for _ in range(2):
        office.press(Qt.Key.Key_F6)
    office.until(lambda: [job.state for job in page.rows.shown] == ["ordered"])
    office.until(lambda: "1 kartu dipesan" in office.told())
    assert house.station.status().jobs["ordered"] == 1
    house.stock()
    house.begin("j1")
    office.until(lambda: page.rows.columns[5].text(page.rows.shown[0]) == "sedang dibuat")
    office.until(lambda: not office.window.shell.actions["print-chosen"].isEnabled())


def test_many_are_chosen_and_ordered_and_what_is_kept_back_is_said(office: OfficersWindow, house: House) -> None:
    page = at_queue(office, house)
    house.station.order("j1", OFFICER)
    office.until(lambda: {job.state for job in page.rows.shown} == {"queued", "ordered"})
    page.table.selectAll()
    assert "4 permohonan dipilih" in office.told()
    assert "3 di antaranya" in office.told()
    office.button("Cetak").click()
    office.until(lambda: "3 kartu dipesan. 1 tidak dipesan" in office.told())
    assert house.station.status().jobs["ordered"] == 4


def test_so_many_next_are_ordered_by_their_number(office: OfficersWindow, house: House) -> None:
    page = at_queue(office, house)
    office.press(Qt.Key.Key_N, CTRL)
    office.type("3")
    office.press(Qt.Key.Key_Return)
    office.until(lambda: "3 kartu dipesan" in office.told())
    office.until(lambda: [job.state for job in page.rows.shown].count("ordered") == 3)


def test_a_lost_answer_does_not_print_twice(office: OfficersWindow, house: House) -> None:
    page = at_queue(office, house)
    page.face.how_many.setText("2")
    page._print_several()
    first = page._pressed
    office.until(lambda: not office.tray.link.is_asking("order-chosen"))
    page._pressed = first  # as if the answer had been lost on its way
    page._print_several()
    office.until(lambda: not office.tray.link.is_asking("order-chosen"))
    assert house.station.status().jobs["ordered"] == 2
    assert page._pressed is None


def test_one_person_is_moved_to_the_front_with_a_reason_and_back(office: OfficersWindow, house: House) -> None:
    page = at_queue(office, house)
    page.table.choose("j4")
    page.table.setFocus()
    office.press(Qt.Key.Key_D, CTRL)
    assert "Mengapa BUDIMAN didahulukan?" in office.told()
    assert faults(office.window) == []
    office.press(Qt.Key.Key_Escape)
    assert page.face.currentIndex() == 0
    office.press(Qt.Key.Key_D, CTRL)
    office.press(Qt.Key.Key_2)
    office.until(lambda: shown(page)[0] == "j4")
    assert [job.job_id for job in page.table.chosen_rows()] == ["j4"]
    assert "lanjut usia" in office.told()
    office.press(Qt.Key.Key_D, CTRL)
    office.until(lambda: shown(page)[-1] == "j4")


def test_held_jobs_are_grouped_with_cause_and_remedy(office: OfficersWindow, house: House) -> None:
    page = at_queue(office, house)
    for job, cause in (("h1", "nik-blocked"), ("h2", "nik-blocked"), ("h3", "under-age")):
        house.hold(job, cause)
    office.until(lambda: "3" in page.face.held.text())
    assert shown(page) == ["j3", "j1", "j2", "j4"]
    page.face.held.click()
    assert sorted(shown(page)) == ["h1", "h2", "h3"]
    assert [(group.cause, group.count, group.takes) for group in page._groups.shown] == [
        ("nik-blocked", 2, "diperbaiki di pusat data"),
        ("under-age", 1, "menunggu ulang tahun ke-17"),
    ]
    page.groups.choose("under-age")
    assert shown(page) == ["h3"]
    page.table.choose("h3")
    office.until(lambda: "17" in office.told())
    assert not office.window.shell.actions["print-chosen"].isEnabled()
    assert faults(office.window) == []
    page.arrive("j2")
    assert [job.job_id for job in page.table.chosen_rows()] == ["j2"]


def test_nothing_of_anybody_stays_after_a_lock_and_what_was_typed_does(office: OfficersWindow, house: House) -> None:
    page = at_queue(office, house)
    office.type("siti")
    office.press(Qt.Key.Key_D, CTRL)
    office.press(Qt.Key.Key_L, CTRL)
    office.until(office.window.sign_in.isVisible)
    assert (page.rows.shown, page.rows._searched, page._all) == ([], {}, ())
    assert page.face.currentIndex() == 0
    assert "SITI" not in page.face.question.accessibleName() + office.told()
    assert page.face.search.text() == "siti"
    page.changed_hands()
    assert page.face.search.text() == ""


def test_a_technician_sees_jobs_and_nobodys_name(office: OfficersWindow, house: House) -> None:
    (officer,) = policy().officers
    house.station.rules.go_by(policy(officers=(msgspec.structs.replace(officer, roles=frozenset({"technician"})),)))
    page = at_queue(office, house)
    assert page.rows.columns[1].text(page.rows.shown[0]) == "Permohonan j3"
    page.table.choose("j3")
    assert not office.window.shell.actions["print-chosen"].isEnabled()


def test_while_names_are_being_opened_they_are_asked_for_again(office: OfficersWindow, house: House) -> None:
    people(house)
    opened = house.station.names
    house.station.names = dict
    office.enter(house.signed_in())
    page = office.page(QueuePage)
    office.until(lambda: "Membuka 4 nama" in page.face.found.text())
    house.station.names = opened
    office.until(lambda: page.rows.shown and page.rows.shown[0].name)
    assert page.face.found.text() == ""


PLAIN = "siti", "budi", "andi"


def jobs(count: int) -> QueueView:
    made = [
        QueuedView(
            job_id=f"m{n}",
            name=f"{PLAIN[n % 3].upper()} NUMBER {n}",
            nik=f"73160141{n:08}",
            reason="first",
            state="queued",
            since=NOW,
            place=n + 1,
            ready=True,
        )
        for n in range(count)
    ]
    return QueueView(tuple(made), named=True, opening=0, book=1)


def test_ten_thousand_jobs_are_searched_and_scrolled_with_no_look_at_what_is_not_seen(
    office: OfficersWindow, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = at_queue(office, house)
    page._ledger.take(jobs(10_000))
    page._show()
    drawn, made_searchable = set[str](), list[str]()

    def watched(column: Column[QueuedView]) -> Column[QueuedView]:
        return replace(column, text=lambda job: (drawn.add(job.job_id), column.text(job))[1])

    def searchable(job: QueuedView) -> str:
        made_searchable.append(job.job_id)
        return haystack(job.name, job.nik)

    monkeypatch.setattr(page.rows, "columns", tuple(map(watched, page.rows.columns)))
    monkeypatch.setattr(page.rows, "_haystack", searchable)
    viewport = page.table.viewport()
    seen = viewport.height() // page.table.rowHeight(0) + 2
    for text in ("b", "bu", "budi", "budi 99", "budi 9998", "budi 9997", "73160141"):
        drawn.clear()
        page.face.search.setText(text)
        viewport.repaint()
        found = [
            n
            for n in range(10_000)
            if all(word in f"{PLAIN[n % 3]} number {n} 73160141{n:08}" for word in text.split())
        ]
        assert shown(page) == [f"m{n}" for n in found]
        assert bool(found) <= len(drawn) <= seen, text
    page.face.search.setText("")
    bar = page.table.verticalScrollBar()
    for part in (0.5, 1.0, 0.25):
        drawn.clear()
        bar.setValue(int(bar.maximum() * part))
        viewport.repaint()
        assert 0 < len(drawn) <= seen
    assert len(made_searchable) == 10_000  # once, and not at each key


@given(st.text(), st.text(max_size=16))
def test_a_name_is_found_by_itself_and_whatever_is_typed_harms_nothing(name: str, nik: str) -> None:
    assert all(word in haystack(name, nik) for word in needle(name).split())


@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.sampled_from(["m0", "m1", "other"]), st.sampled_from(["ordered", "odd"]))
    ),
    st.integers(0, 30),
)
def test_what_was_fetched_counts_more_than_what_was_heard_before(heard: list[tuple[int, str, str]], book: int) -> None:
    ledger = Ledger()
    ledger.take(msgspec.structs.replace(jobs(2), book=0))
    for seq, job, kind in sorted(heard):
        ledger.hear([{"seq": seq, "job_id": job, "type": "print-ordered" if kind == "ordered" else kind}])
    fetched = msgspec.structs.replace(jobs(2), book=book)
    ledger.take(fetched)
    assert ledger.queue is not None
    later = {job for seq, job, kind in heard if seq > book and kind == "ordered"}
    assert {job.job_id for job in ledger.queue.jobs if job.state == "ordered"} == later & {"m0", "m1"}


def test_the_queue_is_fetched_after_what_changes_it() -> None:
    assert QUEUE.is_stirred([{"type": "job-fronted"}])
    assert not QUEUE.is_stirred([{"type": "officer-signed-in"}])
    assert QApplication.instance() is None or QUEUE.pause > 0
