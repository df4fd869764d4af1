"""Every command, for people in both languages and for scripts."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stationd import station
from stationd.client import blanks as client_blanks
from stationd.client import lines as client_lines
from stationd.client import queue as client_queue
from stationd.client import shelf as client_shelf
from stationd.client import status as client_status
from stationd.client.client import Client
from stationd.client.wire import Connection
from stationd.model import events, pace
from stationd.press import notice
from stationd.station import shelf_rows
from stationd.store import rows, shelf_view, verify
from stationd.words import LANGUAGES, Words
from tests.api.house import LINE, NOW, STATION, House, policy
from tests.cli.conftest import Ctl


@pytest.fixture
def busy(house: House) -> House:
    """A station on a day on which everything happens."""
    house.stock()
    house.arrive("q1", "lost")
    house.arrive("q2", "first", urgent="medical")
    house.arrive("late", start_before=int(NOW) - 5)
    house.deliver("out")
    house.ruin("bad1")
    house.ruin("bad2")
    house.hold("held", "nik-birth-differs", "tanggal_lahir")
    house.lose("lost1")
    house.store.record("registry", events.JobRefused(job_id="no", sealed_digest="d", cause="wrong-signature"))
    house.line.now = msgspec.structs.replace(
        house.line.now, state=notice.LineState.WAITING, cause="media-empty", detail="feed: code 0002D000"
    )
    return house


# --- looking ----------------------------------------------------------------------------------------------------------


def test_status_says_what_waits_for_whom_and_what_to_do(busy: House, ctl: Ctl) -> None:
    said = ctl("status")
    assert (said.code, said.err) == (0, "")
    for piece in (
        STATION,
        "trusted",
        "connected, last 12 s ago",
        "version 3",
        "store 450",
        "in question 1",
        "The printer's hopper is empty.",
        "stationctl blanks load --line matica-1 --count N",
        "0002D000",
        "It was not signed by the registry.",
        "Questions to be answered: 1",
        "Jobs held: 4",
        "Cards to be looked at: 1",
    ):
        assert piece in said.out


def test_status_of_a_station_that_was_just_set_up(house: House, ctl: Ctl) -> None:
    house.link = station.LinkStatus(online=False, last_contact=None, last_error="no answer", acknowledged=0)
    said = ctl("status")
    for piece in ("not connected, never connected yet", "no answer", "There are no jobs."):
        assert piece in said.out
    house.station.rules.go_by(None)
    said = ctl("status")
    assert (said.code, said.out) == (1, "")
    assert "Code: no-policy" in said.err


def test_the_queue_groups_what_is_held_by_cause_with_its_remedy(busy: House, ctl: Ctl) -> None:
    said = ctl("queue")
    assert said.out.count("The chip of this card was written before.") == 1
    assert "stationctl release bad1 bad2" in said.out
    assert "held  (tanggal_lahir)" in said.out
    assert "The step was: write the chip." in said.out
    rows = {line.split()[1]: line for line in said.out.splitlines() if line.split()[:1] and line.split()[0].isdigit()}
    assert rows.keys() == {"q1", "q2", "late", "out"}
    assert "first, medical" in rows["q2"]
    assert rows["q2"].endswith("23 h")  # a day, less the moment that the test takes
    assert rows["late"].endswith("passed")
    assert rows["out"].endswith("to be looked at")


def test_a_large_group_is_not_spelled_out_in_its_command(house: House, ctl: Ctl) -> None:
    for number in range(9):
        house.hold(f"j{number}", "moved")
    said = ctl("queue")
    assert "stationctl return JOB… --reason other-office" in said.out
    assert all(f"j{number}" in said.out for number in range(9))


def test_the_queue_shows_finished_jobs_on_request(house: House, ctl: Ctl) -> None:
    house.stock()
    house.deliver("j1")
    ctl("accept", "j1")
    assert ctl("queue").out == "The queue is empty.\n"
    assert "on the shelf" in ctl("queue", "--all").out


def test_no_time_left_is_told_while_the_time_is_unknown(house: House, ctl: Ctl) -> None:
    house.arrive("j1")
    house.lose_the_time()
    assert ctl("queue").out.splitlines()[1].endswith("?")
    assert "not known" in ctl("status").out


def test_the_shelf_and_the_blanks(house: House, ctl: Ctl) -> None:
    assert ctl("shelf").out == "The shelf is empty.\n"
    assert ctl("blanks", "show").out == "The book knows of no blanks.\n"
    house.stock()
    house.deliver("j1")
    ctl("accept", "--all")
    shelf = ctl("shelf").out
    assert "j1" in shelf
    assert "2026-08-0" in shelf
    assert "c0ffeej1" in shelf
    blanks = ctl("blanks", "show").out
    assert [line.split() for line in blanks.splitlines()[1:4]] == [
        ["store", "citizens", "B-2026-07", "450"],
        ["hopper", LINE, "citizens", "B-2026-07", "49"],
        ["shelf", "citizens", "B-2026-07", "1"],
    ]
    assert "Still at the station: 500" in blanks


# --- acting -----------------------------------------------------------------------------------------------------------


def test_a_card_from_the_queue_to_the_shelf(house: House, ctl: Ctl) -> None:
    assert ctl("blanks", "receive", "--batch", "B-2026-07", "--count", "20").code == 0
    assert ctl("blanks", "load", "--line", LINE, "--count", "5").code == 0
    house.arrive("j1")
    assert ctl("print", "j1").out == "Ordered: j1\n"
    house.make("j1")
    assert ctl("accept", "j1").out == "Accepted, to the shelf: j1\n"
    assert [card.job_id for card in house.station.shelf()] == ["j1"]
    assert ctl("verify").code == 0


def test_one_refused_job_does_not_keep_the_others_back(busy: House, ctl: Ctl) -> None:
    said = ctl("print", "nope", "q1", "held", "q2")
    assert said.code == 1
    assert said.out == "Ordered: q1\nOrdered: q2\n"
    assert "There is no job nope" in said.err
    assert "Code: no-such-job" in said.err
    assert "held is held." in said.err


def test_the_next_of_the_queue(busy: House, ctl: Ctl) -> None:
    said = ctl("print", "--next", "5").out
    assert said == "Ordered: q2\nOrdered: q1\n5 were asked for; only 2 could be ordered.\n"
    assert ctl("print", "--next", "5").out == "No job is queued.\n"
    assert ctl("cancel", "q1", "q2").out == "Order taken back: q1\nOrder taken back: q2\n"


def test_a_spoiled_card_is_released_and_printed_again(busy: House, ctl: Ctl) -> None:
    said = ctl("spoil", "out", "--reason", "scratched")
    assert said.out == "Spoiled: out (scratched). Keep the card with the spoiled ones.\n"
    assert "Its blank was spoiled. Scratched." in ctl("queue").out
    assert ctl("release", "out").code == 0
    assert ctl("print", "out").code == 0


def test_a_job_is_given_back(busy: House, ctl: Ctl) -> None:
    assert "Given back to the registry: q1" in ctl("return", "q1", "--reason", "citizen-withdrew").out
    assert "Code: job-is-delivered" in ctl("return", "out", "--reason", "other").err


def test_a_question_is_shown_with_its_answers_and_answered_by_the_begin_of_its_number(busy: House, ctl: Ctl) -> None:
    question = busy.station.status().questions[0].question_id
    shown = ctl("questions").out
    assert f"stationctl answer {question[:8]} spoiled" in shown
    assert 'how the step "write the chip" ended' in shown
    assert "Code: no-such-answer" in ctl("answer", question[:8], "fine").err
    said = ctl("answer", question[:8], "missing")
    assert said.out == "Answered: card not found. lost1 is held; to print it again: stationctl release lost1\n"
    assert ctl("questions").out == "There are no questions.\n"
    assert "Code: already-answered" in ctl("answer", question, "missing").err
    assert "Code: no-such-question" in ctl("answer", "beef", "missing").err


def test_a_number_that_fits_two_questions_answers_neither(house: House, ctl: Ctl) -> None:
    house.stock()
    house.lose("j1")
    house.lose("j2")
    assert "Code: question-ambiguous" in ctl("answer", "", "missing").err
    assert len(house.station.status().questions) == 2


def test_a_line_is_resumed(house: House, ctl: Ctl) -> None:
    assert ctl("line", "resume", LINE).out == f"Line {LINE} may go on.\n"
    assert house.line.told == ["resume"]
    assert "Code: no-such-line" in ctl("line", "resume", "x").err


def test_a_line_is_told_that_a_card_was_carried(house: House, ctl: Ctl) -> None:
    assert ctl("line", "continue", LINE).out == f"Line {LINE} goes on.\n"
    assert house.line.told == ["go on"]


def test_nothing_to_accept_is_no_error(house: House, ctl: Ctl) -> None:
    house.arrive("j1")
    said = ctl("accept", "--all")
    assert (said.code, said.out) == (0, "No card waits to be looked at.\n")


def test_indonesian_is_spoken_unless_told_otherwise(busy: House, ctl: Ctl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STATION_LANG")
    assert "Wadah masuk printer kosong." in ctl("status").out
    assert "GAGAL: Permohonan nope tidak ada di stasiun ini." in ctl("print", "nope").err


# --- for scripts ------------------------------------------------------------------------------------------------------

LOOKING = [["status"], ["queue"], ["queue", "--all"], ["shelf"], ["questions"], ["blanks", "show"], ["verify"]]


@pytest.mark.parametrize("command", LOOKING, ids=" ".join)
def test_json_is_what_the_api_gave(busy: House, ctl: Ctl, command: list[str]) -> None:
    said = ctl("--json", *command)
    assert (said.code, said.err) == (0, "")
    paths = {"queue": "jobs", "verify": "verification", "questions": "status"}
    with busy.client() as asked:
        expected: Any = asked.get(f"/v1/{paths.get(command[0], command[0])}", Any)
    data = json.loads(said.out)
    if command == ["status"]:  # time goes on
        assert data.pop("time") <= expected.pop("time")
    assert data == (expected["questions"] if command == ["questions"] else expected)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["print", "q1", "q2"], ["q1", "q2"]),
        (["print", "--next", "1"], ["q2"]),  # the urgent one
        (["accept", "--all"], ["out"]),
        (["accept", "out"], ["out"]),
        (["spoil", "out", "--reason", "other"], ["out"]),
        (["release", "bad1"], ["bad1"]),
        (["return", "q2", "--reason", "other"], ["q2"]),
        (["line", "resume", LINE], [LINE]),
        (["blanks", "receive", "-b", "B", "-n", "3"], {"batch": "B", "count": 3, "stock": "wni"}),
        (["blanks", "load", "-l", LINE, "-n", "3"], {"line": LINE, "count": 3, "stock": "wni"}),
    ],
    ids=str,
)
def test_json_of_an_act_is_what_was_done(busy: House, ctl: Ctl, command: list[str], expected: object) -> None:
    said = ctl(*command, "--json")
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out) == expected


def test_json_of_cancel_and_of_an_answer(busy: House, ctl: Ctl) -> None:
    ctl("print", "q1")
    assert json.loads(ctl("cancel", "q1", "--json").out) == ["q1"]
    question = busy.station.status().questions[0].question_id
    assert json.loads(ctl("answer", question[:6], "spoiled", "--json").out) == [question]


def test_an_error_under_json_is_json_too(busy: House, ctl: Ctl) -> None:
    said = ctl("print", "nope", "--json")
    assert said.code == 1
    assert json.loads(said.out) == []
    error = json.loads(said.err)
    assert (error["cause"], error["subject"]) == ("no-such-job", "nope")
    assert error["what"]
    assert error["do"]


# --- refusals and absence ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_user_who_is_no_officer_is_told_so_in_words(tmp_path: Path, ctl: Ctl, language: str) -> None:
    with House(tmp_path, users={os.getuid() + 1}):
        for command in (["status"], ["queue"], ["print", "--next", "1"], ["watch"]):
            said = ctl("--lang", language, *command)
            assert (said.code, said.out) == (1, "")
            assert Words(language).cause("http-403").what in said.err.replace("\n         ", " ")


@pytest.mark.parametrize("command", [*LOOKING, ["print", "--next", "1"], ["watch"], ["accept", "--all"]], ids=" ".join)
def test_no_station_is_exit_status_3(ctl: Ctl, command: list[str]) -> None:
    said = ctl(*command)
    assert (said.code, said.out) == (3, "")
    assert "No station answers at" in said.err
    assert "Code: station-absent" in said.err


def test_a_dead_station_and_a_foreign_socket_have_other_words(
    tmp_path: Path, ctl: Ctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run" / "api.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        assert "Code: station-absent" in ctl("status").err  # nobody listens
        silent.listen()
        monkeypatch.setattr("stationd.cli.console.Client", lambda where, token: Client(where, 0.2, token))
        said = ctl("status")
        assert said.code == 3
        assert "Code: station-silent" in said.err

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Connection, "connect", refused)
    said = ctl("status")
    assert said.code == 3
    assert "Code: socket-not-ours" in said.err


def test_an_officer_who_may_not_print_is_told_why_and_what_to_do(house: House, ctl: Ctl) -> None:
    house.arrive("j1")
    house.station.rules.go_by(policy(services=frozenset({"SIAK"})))
    said = ctl("print", "j1")
    assert said.code == 1
    assert "no licence to print (CETAK)" in said.err
    assert "To do: Apply to the Dukcapil" in said.err


def test_what_breaks_inside_the_station_comes_with_its_evidence(
    house: House, ctl: Ctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("x")

    monkeypatch.setattr(house.line, "resume", broken)
    said = ctl("line", "resume", LINE)
    assert said.code == 1
    assert "Details: the station failed; see its log" in said.err


SHELF = {
    "NoticeView": "NoticeTold",
    "FoundCardView": "FoundCard",
    "TappedView": "TappedCard",
    "ReceiptView": "Receipt",
    "TransferRowView": "TransferRow",
    "TransferView": "TransferOut",
    "ArrivalCardView": "ArrivalCard",
    "ArrivalView": "ArrivalTold",
    "WhereView": "Whereabouts",
}


# --- stations of other versions, and odd ones -------------------------------------------------------------------------


def test_what_the_client_reads_is_what_the_station_says() -> None:
    """A member that is renamed in the station and not in the client would silently take its default."""
    pairs = {
        client_status.StatusView: station.StationStatus,
        client_lines.LineView: notice.LineStatus,
        client_status.LinkView: station.LinkStatus,
        client_status.RefusalView: rows.Refusal,
        client_status.QuestionView: rows.Question,
        client_status.JobView: rows.JobRow,
        client_status.ShelfView: shelf_view.ShelfCard,
        client_blanks.BalanceView: station.AccountBalance,
        client_blanks.DayUseView: station.DayUse,
        client_blanks.StockedView: station.Stocked,
        client_queue.QueuedView: station.Queued,
        client_queue.QueueView: station.Queue,
        client_queue.StepView: pace.StepTold,
        client_queue.CardView: station.CardTold,
        client_queue.QuestionToldView: station.QuestionTold,
        client_queue.OrderedView: station.Ordered,
        client_queue.NotOrderedView: station.NotOrdered,
        **{getattr(client_shelf, view): getattr(shelf_rows, said) for view, said in SHELF.items()},
        client_status.VerificationView: verify.Report,
    }
    for view, said in pairs.items():
        assert set(view.__struct_fields__) <= set(said.__struct_fields__), view


def test_nothing_that_a_device_says_steers_the_terminal(house: House, ctl: Ctl) -> None:
    house.line.now = msgspec.structs.replace(house.line.now, cause="unmapped", detail="\x1b[2J\x07gone")
    said = ctl("status")
    assert "gone" in said.out
    assert "\x1b" not in said.out
    assert "\x07" not in said.out


def test_a_cause_that_is_not_known_here_is_shown_by_its_code(house: House, ctl: Ctl) -> None:
    house.hold("j1", "retina-mismatch")
    assert "retina-mismatch" in ctl("queue").out
