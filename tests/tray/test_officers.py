"""What officers do about themselves and each other, on top of the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from stationd.model import pins
from stationd.model.officer import Officer
from stationd.model.policy import PinCode
from stationd.tray.asking import Asking
from tests.api.house import NOW, OFFICER, STATION, House, policy
from tests.rig.accessible import faults
from tests.rig.officers_window import OfficersWindow

CODE = "0123-4567-89AB-CDEF"
PIN = "271828"
HEAD = "sup-1"


@pytest.fixture
def supervised(house: House) -> None:
    """An officer and a supervisor, each with a PIN, where another blank for a spoiled card takes the latter."""
    (operator,) = policy().officers
    head = Officer(
        id=HEAD,
        name="Penyelia Uji",
        sk="SK/2",
        roles=frozenset({"supervisor"}),
        kecamatan=operator.kecamatan,
        valid_from=0,
        valid_until=operator.valid_until,
        trained=True,
    )
    until = int(NOW) + 3600
    codes = tuple(
        PinCode(officer=name, digest=pins.code_digest(STATION, name, CODE), valid_until=until)
        for name in (OFFICER, HEAD)
    )
    house.station.rules.go_by(policy(officers=(operator, head), pin_codes=codes, retry_after_spoil="supervisor"))
    with house.client() as client:
        for name in (OFFICER, HEAD):
            client.set_pin(name, CODE, PIN)


def typed(office: OfficersWindow, form: Asking, *texts: str) -> None:
    """Fill in a form, Enter after each line."""
    office.until(form.isVisible)
    form.lines[0].setFocus()
    for line, text in zip(form.lines, texts, strict=True):
        office.bot.keyClicks(line, text)
        office.bot.keyClick(line, Qt.Key.Key_Return)


def closed(form: Asking) -> bool:
    return form not in QApplication.topLevelWidgets() or not form.isVisible()


@pytest.mark.usefixtures("supervised")
class TestApproval:
    def test_a_supervisor_approves_on_top_of_what_an_officer_does(self, office: OfficersWindow, house: House) -> None:
        house.stock()
        house.ruin("j1")
        office.enter(house.signed_in())
        link, done = office.tray.link, list[str]()
        form = office.window.officers.approve(
            lambda approval: link.ask(lambda client: client.release("j1", approval), lambda _: done.append("released"))
        )
        assert not faults(form)
        typed(office, form, HEAD, "999999")
        office.until(lambda: "tidak benar" in form.notice.text)
        assert form.lines[0].text() == HEAD
        office.bot.keyClicks(form.lines[1], PIN)
        office.bot.keyClick(form.lines[1], Qt.Key.Key_Return)
        office.until(lambda: done == ["released"])
        assert office.tray.known.now.session.officer == OFFICER
        with house.client() as client:
            assert {job.state for job in client.jobs()} == {"queued"}

    def test_an_operator_approves_nothing(self, office: OfficersWindow, house: House) -> None:
        office.enter(house.signed_in())
        form = office.window.officers.approve(lambda _: None)
        typed(office, form, OFFICER, PIN)
        office.until(lambda: form.notice.text)
        assert HEAD in form.notice.text or "penyelia" in form.notice.text

    def test_a_lock_takes_the_form_away(self, office: OfficersWindow, house: House) -> None:
        office.enter(house.signed_in())
        form = office.window.officers.approve(lambda _: None)
        office.until(form.isVisible)
        office.window.lock()
        office.until(office.window.sign_in.isVisible)
        assert not office.window.findChildren(Asking) or closed(form)


@pytest.mark.usefixtures("supervised")
class TestPins:
    def test_an_officer_changes_their_pin_and_comes_in_with_it(self, office: OfficersWindow, house: House) -> None:
        office.enter(house.signed_in())
        form = office.window.officers.change_pin()
        assert not faults(form)
        typed(office, form, PIN, "314159", "314158")
        office.until(lambda: "tidak diketik sama" in form.notice.text)
        typed(office, form, PIN, "314159", "314159")
        office.until(office.window.sign_in.isVisible)
        office.bot.keyClicks(office.window.sign_in.pin, "314159")
        office.bot.keyClick(office.window.sign_in.pin, Qt.Key.Key_Return)
        office.until(lambda: "Petugas Uji" in office.told())

    def test_a_supervisor_makes_a_code_for_somebody_else(self, office: OfficersWindow, house: House) -> None:
        office.enter(house.signed_in(HEAD))
        form = office.window.officers.give_code()
        typed(office, form, OFFICER)
        office.until(lambda: "Kode:" in form.notice.text)
        code = form.notice.text.split("Kode: ")[1].split()[0]
        with house.client() as client:
            client.set_pin(OFFICER, code, "161803")
