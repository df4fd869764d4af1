"""The screen of the card: before, while it is made, after; and a retry that takes a supervisor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QColor, QImage

from stationd.client.queue import CardView, QueuedView, StepView
from stationd.model import events
from stationd.model.issuance import ROUTES, Attempt
from stationd.model.job import Label
from stationd.model.nik import Nik
from stationd.press.notice import LineState, LineStatus
from stationd.tray.card import CardPage
from stationd.tray.card.showing import STAGES, How, show, stages
from stationd.tray.queue import QueuePage
from tests.api.house import LINE, OFFICER, House, policy
from tests.rig.accessible import faults
from tests.rig.officers_window import OfficersWindow

CHIEF, PIN, NAME = "spv-1", "271828", "SITI NURHALIZA"
CTRL = Qt.KeyboardModifier.ControlModifier


def picture() -> bytes:
    image = QImage(856, 540, QImage.Format.Format_RGB32)
    image.fill(QColor("#cfe3f7"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


@pytest.fixture
def house(house: House) -> Iterator[House]:
    house.stock()
    (officer,) = policy().officers
    chief = msgspec.structs.replace(officer, id=CHIEF, roles=frozenset({"supervisor"}))
    house.station.rules.go_by(policy(officers=(officer, chief), retry_after_spoil="supervisor"))
    with house.store.write(CHIEF) as transaction:
        transaction.keep_pin(CHIEF, house.counter._hasher.keep(CHIEF, PIN))
    shown = picture()
    house.station.draw = lambda _: shown
    label = Label(job_id="j", name=NAME, nik=Nik("7316014107900001"), kelurahan="LALONGRASUMALO")
    house.station.names = lambda: {job.job_id: label for job in house.station.jobs() if job.payload}
    return house


def at_card(office: OfficersWindow, house: House, job: str = "") -> CardPage:
    office.enter(house.signed_in())
    page = office.page(CardPage)
    if job:
        page.arrive(job)
        office.until(lambda: page._shown.how is not How.NONE)
    return page


def last(house: House) -> dict[str, Any]:
    with house.store.read() as view:
        told: dict[str, Any] = msgspec.json.decode(view.texts(view.head().seq - 1, 1)[0])
    return told


def test_a_card_is_seen_before_it_is_printed_and_from_there_until_it_is_found_good(
    office: OfficersWindow, house: House
) -> None:
    house.arrive("j1")
    page = at_card(office, house, "j1")
    office.until(lambda: page.face.preview.shows and NAME in page.face.preview.accessibleName())
    assert NAME in office.told()
    assert faults(office.window) == []
    office.press(Qt.Key.Key_P, CTRL)
    office.until(lambda: page._shown.how is How.ORDERED)
    attempt = house.go_on(house.begin("j1"), steps=3)
    house.line.now = LineStatus(LINE, LineState.WORKING, job_id="j1")
    office.until(lambda: page._shown.how is How.MAKING and page.face.strip.isVisible())
    assert "Film: selesai" in page.face.strip.accessibleName()
    assert page.face.preview.shows
    house.go_on(attempt)
    office.until(lambda: page._shown.how is How.CHECK)
    assert faults(office.window) == []
    office.press(Qt.Key.Key_F4)
    office.until(lambda: "Kartu baik" in office.told())
    office.until(lambda: page._shown.how is How.NONE)
    assert not page.face.preview.shows
    assert last(house)["type"] == "card-accepted"


def test_the_time_left_is_told_once_the_line_has_made_a_card(office: OfficersWindow, house: House) -> None:
    for job in ("a", "b"):
        house.arrive(job)
        house.station.order(job, OFFICER)
        house.make(job, pause=0.3)
        house.station.accept(job, OFFICER)
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    house.go_on(house.begin("j1"), steps=2)
    page = at_card(office, house)
    office.until(lambda: page.face.strip.left.startswith("Sisa 0:0"))


def test_a_bad_card_is_recorded_with_its_reason_and_printed_again_with_a_supervisors_word_in_place(
    office: OfficersWindow, house: House
) -> None:
    house.deliver("j1")
    page = at_card(office, house)
    office.until(lambda: page._shown.how is How.CHECK)
    office.press(Qt.Key.Key_F7)
    assert faults(office.window) == []
    office.press(Qt.Key.Key_1)
    office.until(lambda: page._shown.how is How.RETRY)
    assert last(house)["cause"] == "print-flaw"
    office.press(Qt.Key.Key_F9)
    office.until(page.face.approval.isVisible)
    assert page.face.approval.officer.text() == CHIEF
    assert faults(office.window) == []
    office.type("111222")
    office.press(Qt.Key.Key_Return)
    office.until(lambda: "tidak benar" in office.told())
    assert page.face.approval.pin.text() == ""
    office.type(PIN)
    office.press(Qt.Key.Key_Return)
    office.until(lambda: page._shown.how is How.ORDERED)
    assert not page.face.approval.isVisible()
    with house.store.read() as view:
        released = [msgspec.json.decode(text) for text in view.texts(0, 1000) if '"job-released"' in text]
    assert [(event["actor"], event["approved_by"]) for event in released] == [(OFFICER, CHIEF)]
    assert office.tray.known.now.session is not None
    assert office.tray.known.now.session.officer == OFFICER
    office.press(Qt.Key.Key_Backspace, CTRL)
    office.until(lambda: page._shown.how is How.BEFORE)


def test_the_officer_who_goes_back_is_where_they_were(office: OfficersWindow, house: House) -> None:
    house.deliver("j1")
    page = at_card(office, house)
    office.until(lambda: page._shown.how is How.CHECK)
    office.press(Qt.Key.Key_F7)
    office.press(Qt.Key.Key_Escape)
    assert page.face.currentIndex() == 0
    assert page.hasFocus()
    assert house.station.status().jobs["delivered"] == 1


def test_a_job_that_is_revoked_while_it_is_looked_at_says_so_and_its_picture_goes(
    office: OfficersWindow, house: House
) -> None:
    house.arrive("j1")
    page = at_card(office, house, "j1")
    office.until(lambda: page.face.preview.shows)
    house.store.record("registry", events.JobRevoked(job_id="j1"))
    office.until(lambda: page._shown.how is How.GONE)
    assert not page.face.preview.shows
    assert "Pusat menariknya kembali" in office.told()
    assert NAME not in office.told()


def test_a_card_whose_job_was_revoked_can_only_be_spoiled_for_that(office: OfficersWindow, house: House) -> None:
    house.deliver("j1")
    house.store.record("registry", events.JobRevoked(job_id="j1"))
    page = at_card(office, house)
    office.until(lambda: "ditarik pusat" in office.told())
    office.press(Qt.Key.Key_F7)
    office.press(Qt.Key.Key_1)
    office.until(lambda: page._shown.how in {How.GONE, How.NONE})
    assert last(house)["cause"] == "revoked"


def test_a_card_that_is_made_live_by_its_tap_says_where_to_lay_it_and_stays_until_it_is_read(
    office: OfficersWindow, house: House
) -> None:
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    house.go_on(house.begin("j1", "inline-direct"), steps=5)
    page = at_card(office, house)
    office.until(lambda: "letakkan di pembaca" in office.told())
    office.press(Qt.Key.Key_F4)  # and it cannot be made live here
    office.until(lambda: office.window.said.text != "")
    assert page._shown.how is How.CHECK
    assert house.station.status().jobs == {"delivered": 1}


def test_several_cards_are_all_in_sight_and_one_is_chosen(office: OfficersWindow, house: House) -> None:
    for job in ("j1", "j2"):
        house.deliver(job)
    page = at_card(office, house)
    office.until(lambda: len(page.face._other_buttons) == 2)
    assert office.window.wanted.isHidden()  # what is wanted is in sight
    office.until(lambda: page._shown.job_id == "j1")
    page.face._other_buttons[1][1].click()
    assert page._shown.job_id == "j2"
    office.press(Qt.Key.Key_F4)
    office.until(lambda: not page.face._other_buttons)
    office.until(lambda: page._shown.job_id == "j1")


def test_what_a_line_waits_for_is_said_and_can_be_answered(office: OfficersWindow, house: House) -> None:
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    house.go_on(house.begin("j1"), steps=2)
    house.line.now = LineStatus(LINE, LineState.WAITING, cause="card-into-printer", job_id="j1")
    page = at_card(office, house)
    office.until(page.face.buttons["go-on"].isVisible)
    office.press(Qt.Key.Key_G, CTRL)
    office.until(lambda: "go on" in house.line.told)
    house.line.now = LineStatus(LINE, LineState.WAITING, cause="spoils-in-a-row")
    office.until(lambda: page._stands is not None and page._stands.cause == "spoils-in-a-row")
    office.press(Qt.Key.Key_G, CTRL)
    office.until(lambda: "resume" in house.line.told)


def test_nothing_of_anybody_stays_after_a_lock_and_the_place_does(office: OfficersWindow, house: House) -> None:
    house.arrive("j1")
    page = at_card(office, house, "j1")
    office.until(lambda: page.face.preview.shows)
    office.press(Qt.Key.Key_L, CTRL)
    office.until(office.window.sign_in.isVisible)
    assert not page.face.preview.shows
    assert NAME not in office.told() + page.face.preview.accessibleName() + page.face._name.text()
    office.enter(house.signed_in())
    office.until(lambda: page._shown.job_id == "j1" and page.face.preview.shows)


def test_who_idles_in_mid_print_is_locked_out_and_finds_the_card_finished(office: OfficersWindow, house: House) -> None:
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    attempt = house.go_on(house.begin("j1"), steps=2)
    page = at_card(office, house)
    office.until(lambda: page._shown.how is How.MAKING and NAME in office.told())
    office.window.presence._seen -= 301
    office.until(office.window.sign_in.isVisible)
    assert NAME not in office.told()
    house.go_on(attempt)
    office.enter(house.signed_in())
    office.until(lambda: page._shown.how is How.CHECK and page.face.preview.shows)
    office.press(Qt.Key.Key_F4)
    office.until(lambda: house.station.status().jobs.get("delivered", 0) == 0)


def test_a_technician_sees_steps_and_neither_picture_nor_name(office: OfficersWindow, house: House) -> None:
    (officer,) = policy().officers
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    house.go_on(house.begin("j1"), steps=2)
    house.station.rules.go_by(policy(officers=(msgspec.structs.replace(officer, roles=frozenset({"technician"})),)))
    page = at_card(office, house)
    office.until(lambda: page._shown.how is How.MAKING)
    assert page.face.strip.isVisible()
    assert not page.face.preview.shows
    assert NAME not in office.told()


# --- what is shown --------------------------------------------------------------------------------------------------


@given(
    st.sampled_from(["", "j1", "j2"]),
    st.lists(st.sampled_from(["j1", "j2", "j3"]), unique=True),
    st.lists(st.tuples(st.sampled_from(["j1", "j2", "j3"]), st.booleans()), unique_by=lambda each: each[0]),
    st.sampled_from(["queued", "ordered", "printing", "delivered", "held", "returning"]),
)
def test_what_is_wanted_is_what_is_shown(
    wanted: str, here: list[str], made: list[tuple[str, bool]], state: str
) -> None:
    jobs = {job: QueuedView(job_id=job, state=state) for job in here}
    cards = [CardView(job_id=job, delivered=delivered) for job, delivered in made]
    shown = show(wanted, jobs, cards)
    if wanted:
        assert shown.job_id in {"", wanted}
        assert (shown.how is How.GONE) == (wanted not in here and wanted not in dict(made))
    elif any(dict(made).values()):
        assert shown.how is How.CHECK
    else:
        assert (shown.how is How.NONE) == (not made)


@pytest.mark.parametrize("route", ROUTES)
def test_every_step_of_every_route_belongs_to_a_step_that_people_know(route: str) -> None:
    attempt = Attempt("a", "j", "l", route, "wni", "b", "s")
    steps = [StepView(step=step, state="waits") for step in ROUTES[attempt.route].after]
    card = CardView(job_id="j", steps=tuple(steps))
    assert {step.step for step in steps} <= {step for group in STAGES.values() for step in group}
    assert [stage.name for stage in stages(card)] == [
        name for name, group in STAGES.items() if {step.step for step in steps} & set(group)
    ]


def test_a_step_that_people_know_runs_from_its_first_part_to_its_last() -> None:
    parts = ("identify", "write", "seal")
    for done in range(4):
        steps = tuple(StepView(step=part, state="done" if n < done else "waits") for n, part in enumerate(parts))
        (chip,) = stages(CardView(job_id="j", steps=steps))
        assert chip.state == ("waits", "runs", "runs", "done")[done]


def test_the_keys_work_card_after_card(office: OfficersWindow, house: House) -> None:
    house.stock()
    for job in ("j1", "j2"):
        house.deliver(job)
    office.enter(house.signed_in())
    queue = office.page(QueuePage)
    office.until(lambda: queue.rows.shown)
    for job, key in (("j1", Qt.Key.Key_F7), ("j2", Qt.Key.Key_F4)):
        office.press(Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
        queue.table.choose(job)
        office.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        office.bot.wait(150)  # the buttons of cards that are not there any more are gone by then
        office.press(key)
        if key is Qt.Key.Key_F7:
            office.press(Qt.Key.Key_1)
    with house.client() as client:
        office.until(lambda: client.status().jobs.get("accepted") == 1)
        assert client.status().jobs["held"] == 1
