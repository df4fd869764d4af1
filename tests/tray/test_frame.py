"""The frame of the window: coming in, going, what is wanted, a daemon that goes away and comes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from stationd.client.rules import ForecastView
from stationd.model import pins
from stationd.model.policy import PinCode
from stationd.press.notice import LineState, LineStatus
from stationd.tray.condition import Condition, condition
from stationd.tray.known import FORECAST
from stationd.tray.link import Standing
from stationd.tray.today import TodayPage
from tests.api.house import LINE, NOW, OFFICER, STATION, House, policy
from tests.rig.accessible import faults
from tests.rig.officers_window import OfficersWindow

CODE = "0123-4567-89AB-CDEF"
PIN = "271828"


@pytest.fixture
def with_pin(house: House) -> None:
    digest = pins.code_digest(STATION, OFFICER, CODE)
    house.station.rules.go_by(policy(pin_codes=(PinCode(officer=OFFICER, digest=digest, valid_until=int(NOW) + 3600),)))
    with house.client() as client:
        client.set_pin(OFFICER, CODE, PIN)


def sign_in(office: OfficersWindow, pin: str = PIN, officer: str = OFFICER) -> None:
    office.window.sign_in.officer.setFocus()
    office.window.sign_in.officer.clear()
    office.type(officer)
    office.press(Qt.Key.Key_Return)
    office.type(pin)
    office.press(Qt.Key.Key_Return)


@pytest.mark.usefixtures("with_pin")
class TestSigningIn:
    def test_an_officer_types_who_they_are_and_sees_the_station(self, office: OfficersWindow, house: House) -> None:
        house.stock()
        sign_in(office)
        office.until(lambda: "Petugas Uji" in office.told())
        office.until(lambda: "500 blangko" in office.told())
        assert office.tray.link.stand.standing is Standing.CONNECTED

    def test_a_wrong_name_and_a_wrong_pin_look_the_same(self, office: OfficersWindow) -> None:
        seen = []
        for officer, pin in ((OFFICER, "111222"), ("nobody", PIN)):
            sign_in(office, pin, officer)
            office.until(lambda: "tidak benar" in office.told())
            seen.append(office.told())
            assert office.window.sign_in.pin.text() == ""
        assert seen[0] == seen[1]

    def test_after_too_many_tries_it_counts_down_and_a_card_is_still_taken(self, office: OfficersWindow) -> None:
        for _ in range(4):
            sign_in(office, "111222")
            office.until(lambda: not office.tray.link.is_asking("sign-in"))
        office.until(lambda: "0:2" in office.told())
        assert not office.window.sign_in.enter.isEnabled()
        assert office.window.sign_in.card.isEnabled()

    def test_a_first_pin_is_set_with_a_code_and_is_then_good(self, office: OfficersWindow, house: House) -> None:
        second = "FEDC-BA98-7654-3210"
        digest = pins.code_digest(STATION, OFFICER, second)
        codes = (PinCode(officer=OFFICER, digest=digest, valid_until=int(NOW) + 3600),)
        house.station.rules.go_by(policy(pin_codes=codes))
        office.window.sign_in.officer.setText(OFFICER)
        office.press(Qt.Key.Key_F3)
        for text in (second.lower(), "314159", "314159"):
            office.type(text)
            office.press(Qt.Key.Key_Return)
        office.until(lambda: "PIN sudah dibuat" in office.told())
        office.type("314159")
        office.press(Qt.Key.Key_Return)
        office.until(lambda: "Petugas Uji" in office.told())


class TestSession:
    def test_locking_hides_what_is_known_and_ends_the_session(self, office: OfficersWindow, house: House) -> None:
        token = house.signed_in()
        office.enter(token)
        office.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
        office.until(office.window.sign_in.isVisible)
        assert office.tray.known.now.status is None
        assert office.window.sign_in.officer.text() == OFFICER
        office.until(lambda: condition(office.tray.known.now) is Condition.READY)
        assert "Stasiun siap mencetak." in office.told()
        office.until(lambda: house.sessions.find(token, 0, act=False) is None)

    def test_who_does_nothing_for_long_is_locked_out(self, office: OfficersWindow, house: House) -> None:
        office.enter(house.signed_in())
        office.window.presence._seen -= 301
        office.until(office.window.sign_in.isVisible)

    def test_who_may_not_be_here_any_more_is_told_why_at_the_sign_in(
        self, office: OfficersWindow, house: House
    ) -> None:
        office.enter(house.signed_in())
        (officer,) = policy().officers
        house.station.rules.go_by(policy(officers=(msgspec.structs.replace(officer, valid_until=int(NOW) - 1),)))
        office.until(office.window.sign_in.isVisible)
        assert "Masa berlaku SK petugas off-1 sudah habis." in office.told()
        assert office.tray.known.now.status is None

    def test_a_session_that_the_station_has_ended_says_so(self, office: OfficersWindow, house: House) -> None:
        office.enter(house.signed_in())
        house.later = 400
        office.until(office.window.sign_in.isVisible)
        assert "sesi sudah terkunci" in office.told()


class TestNobodySignedIn:
    def test_that_the_station_needs_somebody_is_seen_and_called(
        self, office: OfficersWindow, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        called: list[bool] = []
        monkeypatch.setattr(
            office.tray.indicator, "_sound", type("Bell", (), {"play": lambda _: called.append(True)})()
        )
        office.until(lambda: "Stasiun siap mencetak." in office.told())
        assert office.tray.indicator.icon.toolTip() == "Siap mencetak. Belum ada yang masuk."
        house.line.now = LineStatus(LINE, LineState.WAITING, "cover-open", "lid")
        office.until(lambda: "Stasiun memerlukan Anda" in office.told())
        assert office.tray.indicator.icon.toolTip() == "Anda diperlukan. Belum ada yang masuk."
        house.line.now = LineStatus(LINE, LineState.STOPPED, "spoils-in-a-row", "")
        office.until(lambda: "Stasiun berhenti" in office.told())
        assert called == [True]
        assert faults(office.window) == []

    def test_what_was_wanted_before_calls_nobody_again_at_a_lock(
        self, office: OfficersWindow, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house.line.now = LineStatus(LINE, LineState.WAITING, "cover-open", "lid")
        office.enter(house.signed_in())
        called: list[bool] = []
        monkeypatch.setattr(
            office.tray.indicator, "_sound", type("Bell", (), {"play": lambda _: called.append(True)})()
        )
        office.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
        office.until(lambda: "Stasiun memerlukan Anda" in office.told())
        assert called == []


class TestConnection:
    def test_a_daemon_that_is_away_is_said_and_found_again(
        self, tmp_path: Path, qtbot: QtBot, qapp: QApplication
    ) -> None:
        with House(tmp_path) as house:
            socket = house.socket
        with OfficersWindow(qapp, qtbot, socket) as office:
            office.until(lambda: "tidak menjawab" in office.told())
            office.type("off-")
            with House(tmp_path) as house:
                office.until(lambda: office.tray.link.stand.standing is Standing.SIGNED_OUT)
                office.type("1")
                assert office.window.sign_in.officer.text() == OFFICER
                office.enter(house.signed_in())
            office.until(lambda: office.tray.link.stand.standing is Standing.ABSENT)
            assert "tidak menjawab" in office.told()
            assert office.window.stack.currentWidget() is not office.window.sign_in
            assert not office.window.actions_["print-next"].isEnabled()
            with House(tmp_path):
                office.until(office.window.sign_in.isVisible)

    def test_who_is_quicker_than_the_daemon_is_signed_in_once_it_answers(
        self, tmp_path: Path, qtbot: QtBot, qapp: QApplication
    ) -> None:
        digest = pins.code_digest(STATION, OFFICER, CODE)
        codes = (PinCode(officer=OFFICER, digest=digest, valid_until=int(NOW) + 3600),)
        with House(tmp_path) as house, house.client() as client:
            house.station.rules.go_by(policy(pin_codes=codes))
            client.set_pin(OFFICER, CODE, PIN)
            socket = house.socket
        with OfficersWindow(qapp, qtbot, socket) as office:
            sign_in(office)
            with House(tmp_path):
                office.until(lambda: "Petugas Uji" in office.told())

    def test_two_windows_agree(self, office: OfficersWindow, house: House, qtbot: QtBot, qapp: QApplication) -> None:
        house.stock()
        house.arrive("j1")
        office.enter(house.signed_in())
        with OfficersWindow(qapp, qtbot, house.socket) as other:
            other.enter(house.signed_in())
            other.press(Qt.Key.Key_F5)
            for window in (office, other):
                window.until(lambda window=window: window.tray.known.now.status.jobs.get("ordered") == 1)


class TestNeeds:
    def test_a_line_that_wants_something_is_said_at_the_top(self, office: OfficersWindow, house: House) -> None:
        office.enter(house.signed_in())
        assert condition(office.tray.known.now) is Condition.READY
        house.line.now = LineStatus(LINE, LineState.WAITING, cause="media-empty")
        office.until(lambda: condition(office.tray.known.now) is Condition.NEEDS_YOU)
        assert LINE in office.window.wanted.text

    def test_pressing_twice_orders_once(self, office: OfficersWindow, house: House) -> None:
        house.stock()
        house.arrive("j1")
        house.arrive("j2")
        office.enter(house.signed_in())
        action = office.window.actions_["print-next"]
        action.trigger()
        action.trigger()
        office.until(lambda: "dipesan" in office.window.said.text)
        with house.client() as client:
            assert client.status().jobs["ordered"] == 1


class TestHead:
    def test_blanks_and_days_left_stand_at_the_head(self, office: OfficersWindow, house: House) -> None:
        house.stock()
        office.enter(house.signed_in())
        office.until(lambda: office.tray.known.now.of(FORECAST) is not None)
        known = office.tray.known.now
        assert "50 di wadah printer" in office.told()  # nothing was used yet: nobody can say how long they last
        foreseen = [ForecastView("film", days_left=2), ForecastView("blanks", left=500, days_left=9)]
        office.window.header.refresh(replace(known, told={**known.told, FORECAST: foreseen}))
        assert "9 hari kerja, 50 di printer" in office.told()


class TestAccess:
    def test_every_control_has_a_name_and_a_place_in_reading_order(self, office: OfficersWindow, house: House) -> None:
        assert not faults(office.window)
        office.press(Qt.Key.Key_F3)
        assert not faults(office.window)
        office.enter(house.signed_in())
        office.page(TodayPage)
        assert not faults(office.window)
        house.line.now = LineStatus(LINE, LineState.WAITING, cause="media-empty")
        office.until(lambda: office.window.wanted.text)
        office.window.tell("…")
        assert not faults(office.window)

    def test_everything_in_the_tray_is_in_the_window(self, office: OfficersWindow) -> None:
        in_menu = [action for group in office.window.actions_.groups().values() for action in group]
        assert set(office.window.actions_.of_tray()) <= set(in_menu)

    def test_each_column_of_the_menu_begins_with_a_title(self, office: OfficersWindow, house: House) -> None:
        office.enter(house.signed_in())
        menu = office.window.header.menu.menu()
        assert menu is not None
        menu.setStyleSheet("QMenu::item { padding: 20px; }")  # higher than any screen
        try:
            menu.popup(menu.pos())
            tops = [action for action in menu.actions() if menu.actionGeometry(action).top() < 20]
            titles = {office.say(f"menu.{group}") for group in office.window.actions_.groups()}
            assert len(tops) > 1
            assert {action.text() for action in tops} <= titles
        finally:
            menu.hide()
