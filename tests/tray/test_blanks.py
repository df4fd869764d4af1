"""The screen of blanks: what there is, and everything that is done by hand, a few keys each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QSpinBox

from stationd.client.blanks import BalanceView, DayUseView, StockedView, SupplyView
from stationd.client.rules import ForecastView
from stationd.tray.blanks import BlanksPage
from stationd.tray.blanks.fields import Form
from stationd.tray.blanks.outlook import ORDER, blanks_lasting, busiest, countable, piles, supplies_lasting
from stationd.tray.palette import Tone
from tests.api.house import LINE, House
from tests.rig.accessible import faults
from tests.rig.officers_window import OfficersWindow

ALT = Qt.KeyboardModifier.AltModifier

accounts = st.lists(
    st.builds(
        BalanceView,
        st.sampled_from((*ORDER, "citizen", "destroyed")),
        st.sampled_from(("", "m1", "m2")),
        st.sampled_from(("wni", "wna")),
        st.sampled_from(("B1", "B2")),
        st.integers(0, 1000),
    )
)


class TestOutlook:
    @given(accounts)
    def test_no_blank_is_lost_between_accounts_and_piles(self, accounts: list[BalanceView]) -> None:
        told = piles(accounts)
        assert sum(pile.count for pile in told) == sum(each.count for each in accounts if each.place in ORDER)
        keys = [(pile.place, pile.line, pile.stock) for pile in told]
        assert len(set(keys)) == len(keys)
        assert [ORDER.index(place) for place, _, _ in keys] == sorted(ORDER.index(place) for place, _, _ in keys)

    @given(accounts)
    def test_store_and_hoppers_can_always_be_counted(self, accounts: list[BalanceView]) -> None:
        told = {(pile.place, pile.line, pile.stock) for pile in countable(accounts, ["m1"], "wni")}
        assert {("store", "", "wni"), ("hopper", "m1", "wni")} <= told
        assert not {place for place, _, _ in told} & {"machine", "in-question", "missing"}

    @pytest.mark.parametrize(
        ("ready", "threshold", "tone"), [(1000, 350, Tone.GOOD), (350, 350, Tone.CARE), (0, 350, Tone.BAD)]
    )
    def test_few_blanks_are_a_care(self, ready: int, threshold: int, tone: Tone) -> None:
        foreseen = ForecastView("blanks", left=ready, days_left=3, threshold=threshold, request=7)
        told = blanks_lasting(StockedView(ready=ready, foreseen=(foreseen,)))
        assert (told.tone, told.days, told.asked) == (tone, 3, True)

    @pytest.mark.parametrize(
        ("left", "of", "tone"),
        [(400, 500, Tone.GOOD), (50, 500, Tone.CARE), (0, 500, Tone.BAD), (None, None, Tone.CALM)],
    )
    def test_a_ribbon_at_its_end_is_a_care(self, left: int | None, of: int | None, tone: Tone) -> None:
        (told,) = supplies_lasting(StockedView(supplies=(SupplyView("m1", "X", "YMCK", left, of),)))
        assert told.tone is tone

    @given(st.lists(st.integers(0, 500)), st.none() | st.integers(1, 500))
    def test_a_chart_is_as_high_as_its_highest(self, used: list[int], target: int | None) -> None:
        most = busiest([DayUseView("2026-08-01", n) for n in used], target)
        assert most >= max([1, target or 0, *used])


class TestScreen:
    def test_what_there_is(self, office: OfficersWindow, house: House) -> None:
        house.stock()
        house.deliver("j1")
        office.enter(house.signed_in())
        office.page(BlanksPage)
        office.until(lambda: "499" in office.told())
        told = office.told()
        assert "Siap dipakai" in told
        office.until(lambda: f"wadah masuk {LINE}" in office.told())
        assert not faults(office.window)

    def test_a_delivery_is_taken_in_by_keys_alone(self, office: OfficersWindow, house: House) -> None:
        office.enter(house.signed_in())
        office.page(BlanksPage)
        office.press(Qt.Key.Key_T, ALT)
        assert not faults(office.window)
        for typed in ("SJ-77", "500"):  # Enter in the last field goes on
            office.type(typed)
            office.press(Qt.Key.Key_Return)
        assert "satu per satu" in office.told()
        type_count(office, 498)
        office.press(Qt.Key.Key_Return)
        office.until(lambda: "498 blangko dari kiriman SJ-77" in office.told())
        with house.client() as client:
            assert client.status().blanks["store"] == 498

    def test_a_hopper_is_filled_by_keys_alone(self, office: OfficersWindow, house: House) -> None:
        house.stock(500, 50)
        office.enter(house.signed_in())
        office.page(BlanksPage)
        office.until(office.window.actions_["load"].isEnabled)
        office.press(Qt.Key.Key_I, ALT)
        page_on(office).click()
        office.until(lambda: "Masukkan blangko dari gudang." in office.told())
        with house.client() as client:
            assert client.status().exchanges
        type_count(office, 100)
        office.press(Qt.Key.Key_Return)
        office.until(lambda: "Hitung semua blangko di dalam wadah" in office.told())
        (page,) = office.window.findChildren(BlanksPage)  # who counts is not told what should come out
        assert "150" not in "".join(label.text() for label in page._steps.findChildren(QLabel))
        type_count(office, 150)
        office.press(Qt.Key.Key_Return)
        office.until(lambda: "ditutup dengan 150 blangko. Cocok dengan buku." in office.told())
        with house.client() as client:
            status = client.status()
            assert (status.blanks["hopper"], status.exchanges) == (150, ())

    def test_a_wrong_count_is_a_difference_that_is_asked_about(self, office: OfficersWindow, house: House) -> None:
        house.stock(500, 50)
        office.enter(house.signed_in())
        office.page(BlanksPage)
        office.press(Qt.Key.Key_H, ALT)
        for field in office.window.findChildren(QSpinBox):
            if field.isVisible() and field.accessibleName() == "Gudang":
                field.setFocus()
        type_count(office, 449)
        page_on(office).click()
        office.until(lambda: "Tidak cocok dengan buku: 1 selisih" in office.told())
        with house.client() as client:
            (found,) = client.discrepancies()
            assert (found.expected, found.found) == (450, 449)

    def test_the_day_is_closed_and_opened(self, office: OfficersWindow, house: House) -> None:
        house.stock(500, 50)
        office.enter(house.signed_in())
        page = office.page(BlanksPage)
        office.press(Qt.Key.Key_U, ALT)
        type_count(office, 50)
        office.press(Qt.Key.Key_Return)
        office.until(lambda: "Hitung semua blangko di gudang." in office.told())
        type_count(office, 500)
        office.press(Qt.Key.Key_Return)
        office.until(lambda: "gudang terkunci" in office.told())
        office.until(lambda: office.tray.known.now.status.closed_day is not None)
        office.press(Qt.Key.Key_U, ALT)
        office.until(lambda: "selamat bekerja" in office.told())
        assert not [each for each in page.findChildren(Form) if each.isWindow()]

    def test_what_is_refused_is_said_and_the_step_stays(self, office: OfficersWindow, house: House) -> None:
        house.stock(20, 10)
        office.enter(house.signed_in())
        office.page(BlanksPage)
        office.until(office.window.actions_["load"].isEnabled)
        office.press(Qt.Key.Key_I, ALT)
        page_on(office).click()
        office.until(lambda: "Masukkan blangko" in office.told())
        type_count(office, 100)
        office.press(Qt.Key.Key_Return)
        office.until(lambda: "gudang tidak sebanyak itu" in office.told())
        assert "Masukkan blangko" in office.told()

    def test_a_change_of_ribbon_is_shown_step_by_step(self, office: OfficersWindow, house: House) -> None:
        office.enter(house.signed_in())
        page = office.page(BlanksPage)
        office.until(office.window.actions_["change-supply"].isEnabled)
        office.press(Qt.Key.Key_G, ALT)
        for n in range(1, 5):
            assert f"Langkah {n} dari 4" in office.told()
            page_on(office).click()
        office.until(lambda: "begitu printer memberitahukannya" in office.told())
        assert page.isVisible()


def page_on(office: OfficersWindow) -> QPushButton:
    """Return the button that leads on."""
    (page,) = office.window.findChildren(BlanksPage)
    return page._steps.on


def type_count(office: OfficersWindow, number: int) -> None:
    """Type a number where the keyboard is, in place of what is there."""
    field = QApplication.focusWidget()
    assert isinstance(field, QSpinBox), field
    field.selectAll()
    office.type(str(number))
