"""The screen of the shelf: cards found and handed over in a few keys, tapped, laid in places, and boxes taken in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from stationd.client.shelf import FoundCardView, NoticeView, TappedView, WhereView
from stationd.model import events
from stationd.model.shelf_record import ArrivalList, ArrivingCard
from stationd.tray.asking import Asking
from stationd.tray.shelf import ShelfPage
from stationd.tray.shelf.listing import state_words
from stationd.tray.shelf.telling import tapped_words, where_words
from stationd.tray.shelf.topic import ARRIVALS
from stationd.tray.words import Speech
from stationd.words import LANGUAGES
from tests.api.house import NOW, OFFICER, STATION
from tests.rig.accessible import faults
from tests.rig.officers_window import OfficersWindow
from tests.station.shelves import KK, SUPERVISOR, TECHNICIAN, ShelfHouse, nik, record

ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
KEY = Qt.Key


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShelfHouse]:
    with ShelfHouse(tmp_path, family_may_collect=True) as served:
        yield served


@pytest.fixture
def office(house: ShelfHouse, qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[OfficersWindow]:
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    with OfficersWindow(qapp, qtbot, house.socket) as office:
        yield office


def at_shelf(office: OfficersWindow, house: ShelfHouse, officer: str = OFFICER) -> ShelfPage:
    """Sign in and go to the shelf, until its cards are known."""
    office.enter(house.signed_in(officer))
    page = office.page(ShelfPage)
    office.until(lambda: page._cards is not None)
    return page


def shown(page: ShelfPage) -> list[str]:
    return [card.job_id for card in page.rows.shown]


def form(office: OfficersWindow) -> Asking:
    """Return the form on top of the window, once it is there."""
    (found,) = [each for each in office.window.findChildren(Asking) if each.isVisible()]
    return found


def fill(office: OfficersWindow, text: str) -> None:
    """Type into the form on top, and press Enter."""
    (line,) = form(office).lines
    office.bot.keyClicks(line, text)
    office.bot.keyClick(line, KEY.Key_Return)


def back(office: OfficersWindow) -> None:
    """The window is in front again, once nothing lies on top of it."""
    on_top = (Asking, QFileDialog)
    office.until(lambda: not [form for kind in on_top for form in office.window.findChildren(kind) if form.isVisible()])
    office.window.activateWindow()
    office.until(QApplication.focusWidget)


def box(house: ShelfHouse, *numbers: int) -> None:
    """A box is on its way; its list opens as this."""
    cards = tuple(
        ArrivingCard(
            job_id=f"x{number}",
            citizen_ref=f"ref-x{number}",
            issue_no=1,
            identity=f"c0ffeex{number}",
            record=record(number),
        )
        for number in numbers
    )
    told = ArrivalList(list_id="kiriman-7", sender="kab-73.16", station=STATION, made_at=int(NOW), cards=cards)
    house.station.open_list = lambda _: told


class TestCounter:
    def test_a_card_is_handed_over_by_four_keys_and_a_name(self, office: OfficersWindow, house: ShelfHouse) -> None:
        house.shelve("j1", "j2", "j3", "j4")
        house.station.place_card("j4", "B/12", OFFICER)
        office.enter(house.signed_in())
        office.press(KEY.Key_4, CONTROL)  # the first key
        (page,) = office.window.findChildren(ShelfPage)
        office.until(lambda: len(page.rows.shown) == 4)
        assert not faults(office.window)
        office.type("rahma sit")
        assert shown(page) == ["j4"]
        assert "Di B/12" in office.told()
        office.press(KEY.Key_Return)  # the second
        assert "Kartu SITTI RAHMA: apa yang ditunjukkan pemiliknya?" in office.told()
        assert not faults(office.window)
        office.press(KEY.Key_1)  # the third
        office.until(lambda: "Kartu SITTI RAHMA sudah diserahkan." in office.told())
        office.press(KEY.Key_1)  # the fourth
        office.until(lambda: len(page.rows.shown) == 3)
        handed = house.last("card-handed-over")
        assert (handed["job_id"], handed["to"], handed["shown"], handed["actor"]) == (
            "j4",
            "owner",
            "old-card",
            OFFICER,
        )

    def test_who_types_before_the_cards_are_known_finds_them_chosen(
        self, office: OfficersWindow, house: ShelfHouse
    ) -> None:
        house.shelve("j1", "j2")
        office.enter(house.signed_in())
        page = office.page(ShelfPage)
        page.face.search.setText("andi")
        office.until(lambda: [card.job_id for card in page.chosen] == ["j2"])
        page.face.search.setText("sitti")
        assert [card.job_id for card in page.chosen] == ["j1"]
        office.press(KEY.Key_Return)
        assert "Kartu SITTI CONTOH: apa yang ditunjukkan" in office.told()

    def test_pressed_twice_it_is_handed_over_once(self, office: OfficersWindow, house: ShelfHouse) -> None:
        house.shelve("j1", "j5")
        page = at_shelf(office, house)
        page.table.choose("j1")
        office.press(KEY.Key_S, ALT)
        for _ in range(2):
            office.bot.keyClick(page.face.question, KEY.Key_4)
        office.until(lambda: "sudah diserahkan" in office.told())
        handed = [event for event in house.events() if event["type"] == "card-handed-over"]
        assert [(event["job_id"], event["shown"]) for event in handed] == [("j1", "loss-report")]

    def test_family_collects_with_the_owners_own_family_card(self, office: OfficersWindow, house: ShelfHouse) -> None:
        house.shelve("j1")
        page = at_shelf(office, house)
        page.table.choose("j1")
        office.press(KEY.Key_S, ALT)
        office.press(KEY.Key_7)
        assert "anggota keluarga itu" in office.told()
        office.press(KEY.Key_1)
        fill(office, "7316021203150005")
        office.until(lambda: "bukan milik pemilik kartu" in form(office).notice.text)
        assert not faults(form(office))
        form(office).lines[0].clear()
        fill(office, KK)
        office.until(lambda: "Kepada anggota keluarga" in office.told())
        assert house.last("card-handed-over")["shown"] == "own-card"

    def test_the_receipt_is_issued_once_and_opened(self, office: OfficersWindow, house: ShelfHouse) -> None:
        house.shelve("j1")
        page = at_shelf(office, house)
        started: list[Sequence[str]] = []
        page.papers.start = lambda program, files: started.append([program, *files]) or True  # type: ignore[func-returns-value]
        page.table.choose("j1")
        office.press(KEY.Key_S, ALT)
        office.press(KEY.Key_2)
        office.until(lambda: "sudah diserahkan" in office.told())
        for times in (1, 2):
            office.press(KEY.Key_2)
            office.until(lambda times=times: len(started) == times)
        program, file = started[-1]
        assert program == "xdg-open"
        assert Path(file).read_bytes().startswith(b"%PDF")
        assert Path(file).stat().st_mode & 0o777 == 0o600
        assert [paper.kind for paper in house.station.documents(OFFICER)] == ["receipt"]
        office.window.lock()
        office.until(lambda: not Path(file).exists())

    def test_a_reprint_that_waits_for_this_card_is_said(self, office: OfficersWindow, house: ShelfHouse) -> None:
        house.shelve("j1")
        with house.store.write("registry") as transaction:
            transaction.record(
                events.JobArrived(
                    job_id="j9",
                    citizen_ref="ref-j1",
                    issue_no=2,
                    epoch=1,
                    start_before=2**35,
                    reason="lost",
                    urgent=None,
                    layout="ktp-el",
                    profile="lab-iso7816",
                    policy_version=3,
                    sealed_digest="digest-j9",
                )
            )
        page = at_shelf(office, house)
        office.until(lambda: page.rows.reprints)
        page.table.choose("j1")
        assert "Cetak ulang (hilang) menunggu selama kartu ini di rak." in office.told()

    def test_what_is_typed_stays_and_names_go_at_a_lock(self, office: OfficersWindow, house: ShelfHouse) -> None:
        house.shelve("j1", "j2")
        page = at_shelf(office, house)
        office.type("sitti")
        office.press(KEY.Key_Return)
        office.window.lock()
        office.until(lambda: not page.rows.shown)
        left = [label.text() for label in page.findChildren(QLabel)]
        assert not [text for text in left if "SITTI" in text or nik(1) in text.replace(" ", "")]
        assert page.face.search.text() == "sitti"
        office.enter(house.signed_in())
        office.until(lambda: shown(page) == ["j1"])
        office.window.lock()
        office.enter(house.signed_in(SUPERVISOR))
        office.page(ShelfPage)
        office.until(lambda: len(page.rows.shown) == 2)
        assert not page.face.search.text()

    def test_a_technician_has_no_such_screen(self, office: OfficersWindow, house: ShelfHouse) -> None:
        house.shelve("j1")
        office.enter(house.signed_in(TECHNICIAN))
        office.press(KEY.Key_4, CONTROL)
        assert not office.window.findChildren(ShelfPage)


class TestPlaces:
    def test_several_cards_are_laid_into_one_box(self, office: OfficersWindow, house: ShelfHouse) -> None:
        house.shelve("j1", "j2", "j3")
        page = at_shelf(office, house)
        page.table.choose("j1", "j3")
        assert "2 kartu dipilih" in office.told()
        office.press(KEY.Key_E, ALT)
        fill(office, "SITTI")
        office.until(lambda: "bukan tempat di rak" in form(office).notice.text)
        form(office).lines[0].clear()
        fill(office, "b/12")
        office.until(lambda: "2 kartu dicatat di B/12" in office.told())
        office.until(lambda: [card.place for card in page.rows.shown] == ["B/12", "", "B/12"])
        back(office)
        office.type("b/12")
        assert shown(page) == ["j1", "j3"]

    def test_a_card_is_lost_and_found(self, office: OfficersWindow, house: ShelfHouse) -> None:
        house.shelve("j1")
        page = at_shelf(office, house, SUPERVISOR)
        page.table.choose("j1")
        office.press(KEY.Key_N, ALT)
        assert "benar-benar tidak ditemukan?" in office.told()
        office.press(KEY.Key_2)
        office.until(lambda: page.rows.shown[0].lost is not None)
        page.table.choose("j1")
        assert "Kartu ini tidak ditemukan di rak." in office.told()
        assert not office.window.actions_["hand-over"].isEnabled()
        office.press(KEY.Key_E, ALT)
        fill(office, "C1")
        office.until(lambda: page.rows.shown[0].lost is None)
        assert house.last("card-found")["place"] == "C1"

    def test_an_operator_enters_no_card_as_lost(self, office: OfficersWindow, house: ShelfHouse) -> None:
        house.shelve("j1")
        at_shelf(office, house).table.choose("j1")
        action = office.window.actions_["card-lost"]
        assert not action.isEnabled()
        assert action.statusTip() == "Hanya penyelia yang mencatat ini."

    def test_what_is_due_is_sent_on(self, office: OfficersWindow, house: ShelfHouse) -> None:
        house.rule(notices=0)
        house.shelve("j1", "j2")
        house.clock.set_trusted(NOW + 400 * 86_400, house.clock.uptime())
        page = at_shelf(office, house)
        assert "2 jatuh tempo untuk dipindahkan" in office.told()
        assert page.rows.state(page.rows.shown[0]) == "jatuh tempo pindah"
        office.press(KEY.Key_J, ALT)
        fill(office, "73.16.02")
        office.until(lambda: "2 kartu dikirim ke 73.16.02" in office.told())
        office.until(lambda: "Rak kosong" in office.told())


class TestTap:
    def test_a_tapped_card_is_handed_over_after_it_was_read_again(
        self, office: OfficersWindow, house: ShelfHouse
    ) -> None:
        house.shelve("j1", "j2")
        house.station.place_card("j2", "A3", OFFICER)
        at_shelf(office, house)
        house.desk.lay("j2")
        office.press(KEY.Key_P, ALT)
        office.until(lambda: "Ini kartu ANDI BASO." in office.told())
        assert "Tempatnya: A3." in office.told()
        office.press(KEY.Key_1)
        house.desk.lay("j1")
        office.press(KEY.Key_1)
        office.until(lambda: "bukan kartu" in office.told())
        house.desk.lay("j2")
        office.press(KEY.Key_1)
        office.until(lambda: "benar kartu ini" in office.told())
        assert house.last("card-handed-over")["tapped"]

    def test_a_card_that_is_not_there_and_one_that_is_not_ours(self, office: OfficersWindow, house: ShelfHouse) -> None:
        at_shelf(office, house)
        office.press(KEY.Key_P, ALT)
        office.until(lambda: not office.window.said.isHidden())
        assert "Rak kosong" in office.told()
        house.desk.lay("nobody")
        office.press(KEY.Key_P, ALT)
        office.until(lambda: "tidak mengenal kartu ini" in office.told())

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(
        "found",
        ["on-shelf", "lost", "announced", "not-accepted", "handed-over", "transferred", "withdrawn", "spoiled", "new"],
    )
    def test_whatever_a_card_is_it_is_said(self, language: str, found: str) -> None:
        tapped = TappedView(found=found, belongs="shelf", job_id="j1", card=FoundCardView(name="ANDI"), at=NOW)
        what, more = tapped_words(tapped, Speech(language))
        assert what
        assert more.endswith(".")


class TestWhere:
    def test_a_nik_that_is_not_here_is_asked_for(self, office: OfficersWindow, house: ShelfHouse) -> None:
        house.arrive("j7")
        at_shelf(office, house)
        office.type(nik(7))
        assert "Tekan Enter untuk menanyakan di mana kartunya." in office.told()
        office.press(KEY.Key_Return)
        office.until(lambda: "Kartunya: dalam antrean" in office.told())
        assert "Registri tidak terjangkau" in office.told()

    def test_where_is_my_card_and_here_it_is(self, office: OfficersWindow, house: ShelfHouse) -> None:
        house.shelve("j1")
        house.station.place_card("j1", "A3", OFFICER)
        at_shelf(office, house)
        office.press(KEY.Key_M, ALT)
        fill(office, "12")
        office.until(lambda: "bukan NIK" in form(office).notice.text)
        form(office).lines[0].clear()
        fill(office, nik(1))
        office.until(lambda: "Kartunya: menunggu di rak" in office.told())
        back(office)
        assert "Di A3" in office.told()
        office.press(KEY.Key_1)
        assert "apa yang ditunjukkan pemiliknya?" in office.told()

    def test_what_is_known_of_a_card_is_said(self) -> None:
        where = WhereView(
            state="held",
            by="registry",
            cause="under-age",
            office="kec-2",
            since=NOW,
            notices=(NoticeView(2, "sms", "delivered", NOW),),
        )
        what, more = where_words(where, Speech("en"), lambda cause: f"<{cause}>")
        assert what == "The card: held"
        assert more.splitlines() == ["Since 1 August 2026", "Office: kec-2", "<under-age>", "Notice 2 delivered"]


class TestBox:
    def test_a_box_is_shown_also_before_the_window_knows_of_it(self, office: OfficersWindow, house: ShelfHouse) -> None:
        box(house, 1)
        at_shelf(office, house)
        house.station.open_arrival("sealed", OFFICER)
        known = office.tray.known
        told = {topic: each for topic, each in known.now.told.items() if topic is not ARRIVALS}
        known.now = replace(known.now, told=told)
        office.press(KEY.Key_R, ALT)
        assert "Tidak ada kotak" not in office.told()
        office.until(lambda: "0 dari 1 kartu sudah diterima" in office.told())

    def test_a_box_is_gone_through_and_short_and_extra_are_named(
        self, office: OfficersWindow, house: ShelfHouse, tmp_path: Path
    ) -> None:
        box(house, 1, 2, 3)
        page = at_shelf(office, house)
        office.press(KEY.Key_R, ALT)
        office.until(lambda: "Tidak ada kotak" in office.told())
        office.press(KEY.Key_O, ALT)
        (tmp_path / "daftar.jwe").write_text("sealed")
        (dialog,) = office.window.findChildren(QFileDialog)
        dialog.fileSelected.emit(str(tmp_path / "daftar.jwe"))
        dialog.close()
        office.until(lambda: "0 dari 3 kartu sudah diterima" in office.told())
        back(office)
        assert not faults(office.window)
        page.box.place.setText("a3")
        house.desk.lay("x2")
        office.press(KEY.Key_Return)
        office.until(lambda: "ANDI BASO: diterima." in office.told())
        house.desk.lay("x9")
        office.press(KEY.Key_A, ALT)
        office.until(lambda: "tidak ada dalam daftar (cip c0ffeex9)" in office.told())
        page.box.table.choose("x1")
        office.press(KEY.Key_V, ALT)
        office.until(lambda: "2 dari 3 kartu sudah diterima, 1 belum datang, 1 tidak ada" in office.told())
        office.press(KEY.Key_X, ALT)
        office.until(lambda: "Masih ada 1 kartu" in office.told())
        office.press(KEY.Key_2)
        office.until(lambda: "Kotak ditutup: 2 kartu diterima." in office.told())
        assert "Kurang: H. MUHAMMAD ÀLI, S.Pd. Lebih, disisihkan: cip c0ffeex9." in office.told()
        office.press(KEY.Key_C, ALT)
        office.until(lambda: [card.place for card in page.rows.shown] == ["A3", "A3"])

    def test_a_tapped_card_of_a_box_leads_to_it(self, office: OfficersWindow, house: ShelfHouse) -> None:
        box(house, 1)
        house.station.open_arrival("sealed", OFFICER)
        at_shelf(office, house)
        house.desk.lay("x1")
        office.press(KEY.Key_P, ALT)
        office.until(lambda: "ada dalam daftar kiriman" in office.told())
        office.press(KEY.Key_1)
        office.until(lambda: "Kotak dari kab-73.16" in office.told())

    def test_a_file_that_is_no_list_is_refused(self, office: OfficersWindow, house: ShelfHouse, tmp_path: Path) -> None:
        page = at_shelf(office, house)
        office.press(KEY.Key_R, ALT)
        (tmp_path / "foto.bin").write_bytes(bytes(range(256)))
        page.taking_in._chosen(tmp_path / "foto.bin")
        office.until(lambda: "tidak ditandatangani registri" in office.told())
        page.taking_in._chosen(tmp_path / "nowhere")
        office.until(lambda: "nowhere tidak dapat dibaca." in office.told())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_says_in_a_word_how_it_is(language: str) -> None:
    speech = Speech(language)
    card = FoundCardView(job_id="j1")
    noticed = msgspec.structs.replace(card, notices=(NoticeView(1, "sms", "sent", NOW),))
    cards = (card, noticed, msgspec.structs.replace(noticed, due="transfer"), msgspec.structs.replace(card, lost=NOW))
    told = [state_words(each, speech) for each in cards] + [state_words(card, speech, reprint=True)]
    assert len(set(told)) == len(told)
