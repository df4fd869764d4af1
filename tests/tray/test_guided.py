"""Steps done by hand, and questions with few large answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from stationd.tray.guided import Answer, Picture, Question, Step, Steps
from stationd.tray.theme import dress
from stationd.tray.words import Speech
from tests.rig.accessible import faults

THREE = (Answer("out", "Keluar"), Answer("in", "Di dalam", "akan dilihat", main=True), Answer("gone", "Hilang"))


class Room:
    """A window with one thing in it, and beside that another to which the keyboard may go."""

    def __init__(self, qapp: QApplication, qtbot: QtBot) -> None:
        self.look = dress(qapp)
        self.window = QWidget()
        self._bot = qtbot
        self._column = QVBoxLayout(self.window)
        qtbot.addWidget(self.window)

    def put(self, widget: QWidget) -> None:
        other = QPushButton("other")
        other.setAccessibleName("other")
        self._column.addWidget(other)
        self._column.addWidget(widget)
        self.window.show()
        self.window.activateWindow()
        self._bot.waitUntil(self.window.isActiveWindow)

    def texts(self) -> list[str]:
        QApplication.processEvents()
        return [label.text() for label in self.window.findChildren(QLabel) if label.isVisible() and label.text()]

    def press(self, *keys: Qt.Key) -> None:
        for key in keys:
            focus = QApplication.focusWidget()
            assert focus is not None
            QTest.keyClick(focus, key)


@pytest.fixture
def room(qapp: QApplication, qtbot: QtBot) -> Room:
    return Room(qapp, qtbot)


def asked(room: Room) -> tuple[Question, list[str]]:
    question, told = Question(room.look), list[str]()
    question.answered.connect(told.append)
    room.put(question)
    question.ask("Di mana kartunya?", THREE, "Lihat dulu.")
    question.start()
    return question, told


def test_the_number_on_an_answer_is_its_key_and_enter_takes_the_usual_one(room: Room) -> None:
    question, told = asked(room)
    assert [each.text() for each in question.findChildren(QPushButton)] == ["1   Keluar", "2   Di dalam", "3   Hilang"]
    assert room.texts() == ["Di mana kartunya?", "Lihat dulu.", "akan dilihat"]
    assert question.accessibleName() == "Di mana kartunya? Lihat dulu."
    assert faults(room.window) == []
    room.press(Qt.Key.Key_Space)
    room.press(Qt.Key.Key_3)
    room.press(Qt.Key.Key_1)
    room.press(Qt.Key.Key_4)
    assert told == ["in", "gone", "out"]


def test_what_is_asked_next_is_answered_by_its_own_keys_alone(room: Room) -> None:
    question, told = asked(room)
    question.ask("Yakin?", THREE[:1])
    question.start()
    room.press(Qt.Key.Key_2)
    room.press(Qt.Key.Key_1)
    assert (told, room.texts()) == (["out"], ["Yakin?"])
    question.ask("", ())
    assert (question.accessibleName(), room.texts()) == ("", [])


def test_while_an_answer_is_on_its_way_no_other_is_taken_and_the_keyboard_stays(room: Room) -> None:
    question, told = asked(room)
    usual = QApplication.focusWidget()
    question.set_open(is_open=False)
    assert QApplication.focusWidget() is question  # and not the next thing of the window that takes keys
    for key in (Qt.Key.Key_1, Qt.Key.Key_Space, Qt.Key.Key_3):
        room.press(key)
    QTest.mouseClick(question.findChildren(QPushButton)[0], Qt.MouseButton.LeftButton)
    assert told == []
    question.set_open(is_open=True)
    assert QApplication.focusWidget() is usual
    room.press(Qt.Key.Key_3)
    assert told == ["gone"]


def guided(room: Room, *steps: Step) -> tuple[Steps, list[str]]:
    guide, ended = Steps(Speech("id"), room.look), list[str]()
    guide.finished.connect(lambda: ended.append("finished"))
    guide.left.connect(lambda: ended.append("left"))
    room.put(guide)
    guide.begin(steps)
    return guide, ended


def test_steps_are_done_one_after_the_other_and_back(room: Room) -> None:
    guide, ended = guided(room, Step("Buka pintu", "Tarik gagangnya.", lambda _: None), Step("Masukkan"), Step("Tutup"))
    assert room.texts()[:2] == ["Langkah 1 dari 3", "Buka pintu"]
    assert guide.findChildren(Picture)[0].isVisible()
    assert not guide.back.isVisible()
    room.press(Qt.Key.Key_Return)
    assert (guide.at, "Tarik gagangnya." in room.texts()) == (1, False)
    guide.back.click()
    assert guide.at == 0
    for _ in range(3):
        guide.on.click()
    assert ended == ["finished"]
    assert guide.on.accessibleName() == "Selesai"
    guide.leave.click()
    assert ended == ["finished", "left"]


def test_a_step_that_is_not_done_is_not_left(room: Room) -> None:
    field = QLineEdit()
    field.setAccessibleName("berapa")
    guide, ended = guided(room, Step("Berapa?", body=field, may_go_on=lambda: bool(field.text())))
    assert not guide.on.isEnabled()
    assert QApplication.focusWidget() is field
    guide._go_on()
    assert ended == []
    QTest.keyClicks(field, "5")
    guide.judge()
    assert faults(room.window) == []
    guide.on.click()
    assert ended == ["finished"]


def test_an_act_is_left_once_it_has_come_about_and_is_not_gone_back_to(room: Room) -> None:
    done: list[Callable[[], None]] = []
    guide, ended = guided(room, Step("Cetak", act=done.append), Step("Lihat"))
    guide.on.click()
    guide.on.click()
    assert (guide.at, len(done)) == (0, 2)
    for each in done:  # told twice it goes on once
        each()
    assert guide.at == 1
    assert not guide.back.isVisible()
    assert ended == []


def test_a_step_for_which_one_has_to_wait_keeps_the_keyboard(room: Room) -> None:
    ready = [True]
    guide, ended = guided(room, Step("Tunggu", may_go_on=lambda: ready[0]))
    assert QApplication.focusWidget() is guide.on
    ready[0] = False
    guide.judge()
    room.press(Qt.Key.Key_Return, Qt.Key.Key_Space)
    assert ended == []
    ready[0] = True
    guide.judge()
    room.press(Qt.Key.Key_Return)
    assert ended == ["finished"]
