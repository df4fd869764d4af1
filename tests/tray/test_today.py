"""The screen of the day: its figures are the book's, another day is asked for, and papers are issued and opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from stationd.client.documents import AccountDayView, DayView, DocumentView
from stationd.model.day import DayTally
from stationd.tray import papers
from stationd.tray.today import TodayPage
from stationd.tray.today.figures import FIGURES
from stationd.tray.today.reckoning import MORE, PASSED, PILES, by_cause, more, papers_of, piles
from stationd.tray.words import Speech
from stationd.words import LANGUAGES
from tests.api.house import NOW, OFFICER, House
from tests.rig.accessible import faults
from tests.rig.officers_window import OfficersWindow

ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
KEY = Qt.Key
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000003a7e9b55"
    "0000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)

accounts = st.lists(
    st.builds(
        AccountDayView,
        st.sampled_from((*PILES, "citizen")),
        st.sampled_from(("", "m1")),
        st.sampled_from(("wni", "wna")),
        st.sampled_from(("B1", "B2")),
        *(st.integers(0, 100) for _ in range(4)),
    )
)


class TestReckoning:
    @given(accounts)
    def test_no_account_is_lost_between_the_book_and_the_screen(self, accounts: list[AccountDayView]) -> None:
        told = piles(accounts)
        for number in ("start", "end"):
            kept = sum(getattr(each, number) for each in accounts if each.place in PILES)
            assert sum(getattr(pile, number) for pile in told) == kept
        assert len({pile[:3] for pile in told}) == len(told)
        assert not [pile for pile in told if pile.place in PASSED and not pile.start and not pile.end]

    def test_only_what_happened_is_told(self) -> None:
        assert more(DayView(arrived=3, sent_back=2)) == [("arrived", 3), ("sent_back", 2)]
        shown = {name.replace("-", "_") for name in FIGURES} | set(MORE)
        assert set(DayTally.__struct_fields__) - {"accounts", "moved"} <= shown

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_commonest_cause_comes_first(self, language: str) -> None:
        day = DayView(spoiled={"print-flaw": 1, "not-blank": 3}, returned={"citizen-withdrew": 1, "lease-over": 1})
        (spoiled, causes), (returned, reasons) = by_cause(day, Speech(language))
        assert (spoiled, returned) == ("spoiled", "returned")
        assert [count for _, count in causes] == [3, 1]
        assert all(words and not words.endswith(".") for words, _ in (*causes, *reasons))

    def test_papers_of_a_day_are_those_issued_on_it_and_those_about_it(self) -> None:
        day = DayView(date="2026-08-01", since=100, until=200)
        listed = [
            DocumentView("a", "receipt", issued=150),
            DocumentView("b", "receipt", issued=200),
            DocumentView("c", "daily", subject="2026-08-01", issued=250),
            DocumentView("d", "daily", subject="2026-08-02", issued=250),
        ]
        assert [paper.id for paper in papers_of(day, listed)] == ["a", "c"]


def at_day(office: OfficersWindow, house: House) -> tuple[TodayPage, list[str]]:
    """Sign in and go to the day, until it is known; what is opened in the desktop's viewer is noted instead."""
    office.enter(house.signed_in())
    office.press(KEY.Key_6, CONTROL)  # the first key
    (page,) = office.window.findChildren(TodayPage)
    opened: list[str] = []

    def start(program: str, files: Sequence[str]) -> bool:
        assert program == papers.VIEWER
        opened.extend(files)
        return True

    page.papers.start = start
    office.until(lambda: page.day is not None)
    return page, opened


def figure(page: TodayPage, name: str) -> str:
    return page.figures.figures[name].accessibleName()


class TestScreen:
    def test_the_figures_are_the_books(self, office: OfficersWindow, house: House) -> None:
        house.stock(500, 50)
        house.deliver("j1")
        house.station.accept("j1", OFFICER)
        house.ruin("bad")
        house.hold("h1", "under-age")
        house.arrive("j2")
        page, _ = at_day(office, house)
        assert not faults(office.window)
        assert figure(page, "printed").startswith("Dicetak: 1.")
        assert figure(page, "spoiled").startswith("Rusak cetak: 1.")
        assert figure(page, "waiting").startswith("Menunggu: 1.")
        assert figure(page, "held").startswith("Ditahan: 2.")
        head = house.station.status().head
        assert " ".join(head[at : at + 16] for at in range(0, 64, 16)) in office.told()
        office.until(lambda: "Warga ini belum berusia 17 tahun dan belum kawin" in office.told())
        assert "450" in office.told()
        house.ruin("worse")
        office.until(lambda: figure(page, "spoiled").startswith("Rusak cetak: 2."))

    def test_the_report_of_the_day_takes_two_keys(self, office: OfficersWindow, house: House) -> None:
        page, opened = at_day(office, house)
        office.press(KEY.Key_D, ALT)  # the second
        office.until(lambda: opened)
        assert Path(opened[0]).read_bytes().startswith(b"%PDF")
        assert Path(opened[0]).stat().st_mode & 0o777 == 0o600
        office.until(lambda: [paper.id for paper in page.table.chosen_rows()] == ["daily-2026-1"])
        assert "Laporan harian diterbitkan, nomor 001/LH/KEC-73.16.01/VIII/2026." in office.told()
        assert not faults(office.window)
        office.window.lock()
        office.until(lambda: not Path(opened[0]).exists())

    def test_another_day_is_asked_for_and_today_comes_back(self, office: OfficersWindow, house: House) -> None:
        house.stock(500, 50)
        house.clock.set_trusted(NOW + 86_400, house.clock.uptime())
        house.arrive("j1")
        page, _ = at_day(office, house)
        assert figure(page, "waiting").startswith("Menunggu: 1.")
        assert not office.window.actions_["day-after"].isEnabled()
        office.press(KEY.Key_Left, ALT)
        office.until(lambda: page._other is not None)
        assert page.date.date().toString(Qt.DateFormat.ISODate) == "2026-08-01"
        assert figure(page, "waiting").startswith("Menunggu: 0.")
        office.until(lambda: "blangko diterima" in office.told())
        office.press(KEY.Key_Right, ALT)
        office.until(lambda: figure(page, "waiting").startswith("Menunggu: 1."))
        assert page.date.text() == "Minggu, 2 Agustus 2026"

    def test_a_paper_is_saved_and_its_scan_filed(self, office: OfficersWindow, house: House, tmp_path: Path) -> None:
        house.station.issue_document("daily", "", OFFICER)
        page, _ = at_day(office, house)
        office.until(page.table.chosen_rows)
        choose(office, KEY.Key_F, tmp_path / "laporan.pdf")
        office.until(lambda: "Disimpan:" in office.told())
        assert (tmp_path / "laporan.pdf").read_bytes().startswith(b"%PDF")
        (tmp_path / "pindai.png").write_bytes(b"nothing")
        choose(office, KEY.Key_W, tmp_path / "pindai.png")
        office.until(lambda: "bukan PDF, JPEG atau PNG yang utuh" in office.told())
        (tmp_path / "pindai.png").write_bytes(PNG)
        choose(office, KEY.Key_W, tmp_path / "pindai.png")
        office.until(lambda: page._rows.shown[0].scan_size)

    def test_what_cannot_be_done_is_said(self, office: OfficersWindow, house: House) -> None:
        house.station.issue_document("daily", "", OFFICER)
        page, _ = at_day(office, house)
        office.until(page.table.chosen_rows)
        office.press(KEY.Key_Q, ALT)
        office.until(lambda: "Printer kantor belum ditetapkan." in office.told())
        page.papers.start = lambda _program, _files: False
        office.press(KEY.Key_L, ALT)
        office.until(lambda: "tidak punya program untuk membuka PDF" in office.told())
        office.press(KEY.Key_Y, ALT)
        assert "Dokumen apa yang diterbitkan?" in office.told()
        assert not faults(office.window)
        office.press(KEY.Key_3)
        office.until(lambda: "Tidak ada catatan dalam buku" in office.told())

    def test_nothing_of_the_day_becomes_a_window_of_its_own(self, office: OfficersWindow, house: House) -> None:
        page, _ = at_day(office, house)
        for _ in range(2):
            page.figures.tell(DayView(arrived=3, spoiled={"not-blank": 1}))
        QApplication.processEvents()
        assert not [each for each in QApplication.topLevelWidgets() if isinstance(each, QLabel) and each.isVisible()]
        assert office.window.isActiveWindow()


def test_a_program_that_is_not_there_is_noticed() -> None:
    assert papers.run("true", [])
    assert not papers.run("no-such-viewer", ["x.pdf"])


def choose(office: OfficersWindow, key: Qt.Key, path: Path) -> None:
    """Press a key that asks for a file, and choose that."""
    office.press(key, ALT)
    (dialog,) = [each for each in office.window.findChildren(QFileDialog) if each.isVisible()]
    dialog.fileSelected.emit(str(path))
    dialog.close()
    office.until(lambda: not office.window.findChildren(QFileDialog))
    office.window.activateWindow()
    office.until(QApplication.focusWidget)
