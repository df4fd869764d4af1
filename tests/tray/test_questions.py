"""The screen of questions: each kind is asked plainly, answered by one key, and what it comes to is in the book."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from stationd.client.blanks import DiscrepancyView, ExchangeView
from stationd.client.queue import AnswerOpenView, QuestionToldView
from stationd.client.status import JobView
from stationd.model.blank import Place
from stationd.model.pile import Counted
from stationd.model.settling import Explanation, Origin
from stationd.tray.questions import QuestionsPage
from stationd.tray.questions.asked import Subject, key_of
from stationd.tray.questions.inquiry import Asking, Stage, outcome
from stationd.tray.words import Speech
from stationd.words import LANGUAGES
from tests.api.house import LINE, OFFICER, House, policy
from tests.rig.accessible import faults
from tests.rig.officers_window import OfficersWindow

ANSWERS = (AnswerOpenView("out", "must"), AnswerOpenView("spoiled", "may"), AnswerOpenView("missing", "no"))

SUBJECTS: tuple[Subject, ...] = (
    QuestionToldView("q-1", "j1", LINE, "write", "interrupted", ("machine", "reject"), ANSWERS),
    QuestionToldView("q-2", "j2", LINE, "", "", (), ANSWERS[1:]),
    JobView("j3", state="held", cause="possibly-printed"),
    JobView("j4", state="held", cause="possibly-printed", detail="spv-2"),
    DiscrepancyView("d1", "stock-take", "hopper/matica-1/wni", LINE, "wni", 50, 49, state="open"),
    DiscrepancyView("d2", "counters", "XID8300:A1", LINE, "wni", 10, 12, state="open"),
    DiscrepancyView(
        "d3", "closing", "store/wni", "", "wni", 5, 6, state="requested", explanation="miscounted", requested_by="op-2"
    ),
    DiscrepancyView("d4", "stock-take", "store/wni", "", "wni", 6, 5, state="provisional", explanation="missing"),
    ExchangeView(LINE, 1_785_600_000.0, "op-1"),
)


class TestWords:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("subject", SUBJECTS, ids=key_of)
    def test_each_kind_is_asked_with_answers_at_every_stage(self, language: str, subject: Subject) -> None:
        for stage in Stage:
            for officer in (OFFICER, "spv-2"):
                asked = Asking(Speech(language)).inquire(subject, stage, officer)
                assert asked.what.endswith(("?", "."))
                assert asked.title
                assert 1 <= len(asked.answers) <= 5
                assert len({answer.words for answer in asked.answers}) == len(asked.answers)

    @pytest.mark.parametrize("explanation", Explanation)
    def test_each_explanation_says_what_it_means(self, explanation: Explanation) -> None:
        for language in LANGUAGES:
            assert Speech(language).say(f"question.explanation-means.{explanation}")

    def test_a_pile_is_named_as_people_name_it(self) -> None:
        asking = Asking(Speech("id"))
        assert asking.where(f"hopper/{LINE}/wni") == f"wadah masuk {LINE}"
        assert asking.where("store/wni") == "gudang"
        assert asking.where("XID8300:A1") == "XID8300:A1"

    def test_whoever_said_so_is_not_asked_to_approve(self) -> None:
        asking = Asking(Speech("id"))
        job = JobView("j4", state="held", cause="possibly-printed", detail="spv-2")
        own = asking.inquire(job, Stage.FIRST, "spv-2")
        other = asking.inquire(job, Stage.FIRST, "spv-1")
        assert "approve" not in {answer.key for answer in own.answers}
        assert "approve" in {answer.key for answer in other.answers}

    def test_missing_is_asked_twice(self) -> None:
        card = SUBJECTS[0]
        assert outcome(card, Stage.FIRST, "missing") is Stage.SURE
        assert outcome(card, Stage.SURE, "back") is Stage.FIRST
        assert callable(outcome(card, Stage.SURE, "sure"))


class TestScreen:
    def test_without_a_question_it_says_so(self, office: OfficersWindow, house: House) -> None:
        office.enter(house.signed_in())
        office.page(QuestionsPage)
        assert "Tidak ada pertanyaan." in office.told()
        assert not faults(office.window)

    def test_a_lost_card_is_answered_by_one_key(self, office: OfficersWindow, house: House) -> None:
        house.stock()
        house.lose("j1")
        office.enter(house.signed_in())
        page = office.page(QuestionsPage)
        office.until(lambda: "Di mana kartu permohonan j1?" in office.told())
        assert QuestionsPage.count(office.tray.known.now) == 1
        assert not faults(office.window)
        page.start_at()
        office.press(Qt.Key.Key_2)
        office.until(lambda: "Tidak ada pertanyaan." in office.told())
        with house.client() as client:
            assert client.status().questions == ()
            assert client.status().blanks["reject"] == 1

    def test_a_card_that_was_not_finished_has_to_be_tapped(self, office: OfficersWindow, house: House) -> None:
        house.stock()
        house.lose("j1")
        office.enter(house.signed_in())
        page = office.page(QuestionsPage)
        office.until(lambda: "Di mana kartu" in office.told())
        page.start_at()
        office.press(Qt.Key.Key_1)
        office.until(lambda: "Letakkan kartunya di pembaca di meja." in office.told())
        office.press(Qt.Key.Key_1)
        office.until(lambda: office.window.said.text)  # no card can be read here: that is said, and it is still asked
        office.press(Qt.Key.Key_2)
        office.until(lambda: "Di mana kartu" in office.told())

    def test_a_missing_card_is_looked_for_once_more(self, office: OfficersWindow, house: House) -> None:
        house.stock()
        house.lose("j1")
        office.enter(house.signed_in())
        page = office.page(QuestionsPage)
        office.until(lambda: "Di mana kartu" in office.told())
        page.start_at()
        office.press(Qt.Key.Key_3)
        assert "Sudah dicari di semua tempat?" in office.told()
        office.press(Qt.Key.Key_2)
        office.until(lambda: "Tidak ada pertanyaan." in office.told())
        with house.client() as client:
            assert client.status().blanks["missing"] == 1

    def test_a_difference_is_explained_and_approved_by_another(self, office: OfficersWindow, house: House) -> None:
        (officer,) = policy().officers
        supervisor = type(officer)(
            **{
                **{name: getattr(officer, name) for name in officer.__struct_fields__},
                "id": "spv-1",
                "roles": frozenset({"operator", "supervisor"}),
            }
        )
        house.station.rules.go_by(policy(officers=(officer, supervisor)))
        house.stock()
        house.station.take_stock([Counted(Place.HOPPER, 49, LINE)], OFFICER)
        office.enter(house.signed_in())
        page = office.page(QuestionsPage)
        office.until(lambda: "menurut buku 50" in office.told().casefold())
        page.start_at()
        for answer in Asking(office.tray.speech).inquire(page._subjects[0], Stage.FIRST, OFFICER).answers:
            if answer.key == Explanation.MISSING:
                office.button(answer.words).click()
        office.until(lambda: "Benarkah penjelasan" in office.told())
        with house.client() as client:
            assert client.discrepancies()[0].origin == Origin.STOCK_TAKE
        office.window.lock()
        office.enter(house.signed_in("spv-1"))
        page = office.page(QuestionsPage)
        office.until(lambda: "Benarkah penjelasan" in office.told())
        page.start_at()
        office.press(Qt.Key.Key_1)
        office.until(lambda: "Tidak ada pertanyaan." in office.told())
        with house.client() as client:
            assert client.status().blanks["missing"] == 1

    def test_several_stand_in_a_list(self, office: OfficersWindow, house: House) -> None:
        house.stock()
        house.lose("j1")
        house.lose("j2")
        office.enter(house.signed_in())
        page = office.page(QuestionsPage)
        office.until(lambda: page._list.count() == 2)
        assert not faults(office.window)
        page.arrive("j2")
        assert "Di mana kartu permohonan j2?" in office.told()
