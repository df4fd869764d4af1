"""Cards followed live: what is shown and counted, and that a restart of the station loses nothing."""

from __future__ import annotations

import _thread
import contextlib
import json
import os
import pty
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.cli import watching
from stationd.cli.screen import Screen
from stationd.cli.telling import read_event
from stationd.model import events
from tests.api.house import LINE, OFFICER, STATION, House
from tests.cli.conftest import Ctl

PATIENCE = 20.0


@contextlib.contextmanager
def meanwhile(act: Callable[[], None]) -> Iterator[None]:
    """Let something happen beside the block; what it raises ends the block and fails the test."""
    failures: list[BaseException] = []
    inside = threading.Event()

    def guarded() -> None:
        try:
            act()
        except BaseException as failure:  # handed on below
            failures.append(failure)
            if inside.is_set():
                _thread.interrupt_main()

    thread = threading.Thread(target=guarded)
    thread.start()
    inside.set()
    try:
        yield
    except KeyboardInterrupt:
        if not failures:
            raise
    finally:
        inside.clear()
        thread.join()
    if failures:
        raise failures[0]


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def followed(house: House, times: int = 1) -> bool:
    """Say whether `watch` has the state, and has had it so often: it looks before and after it fetches the jobs."""
    return house.line.looks >= 2 * times and bool(house.broadcast._listeners)


# --- following --------------------------------------------------------------------------------------------------------


def deliver(house: House, job_id: str) -> None:
    house.arrive(job_id)
    house.station.order(job_id, OFFICER)
    house.make(job_id)


def test_watch_ends_after_so_many_cards_in_plain_lines(house: House, ctl: Ctl) -> None:
    house.stock()

    def work() -> None:
        until(lambda: followed(house))
        deliver(house, "j1")
        house.ruin("j2")
        house.arrive("j3")

    with meanwhile(work):
        said = ctl("watch", "--jobs", "2")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == f"Watching station {STATION}. Ctrl-C to end."
    assert lines[-1] == "Cards out: 1, in trouble: 1."
    assert any(line.endswith("; look at the card") for line in lines)
    assert any(line.endswith("SPOILED: The chip of this card was written before.") for line in lines)
    assert any("take a blank: done" in line for line in lines)
    assert "\x1b" not in said.out


def test_watch_until_idle_ends_at_once_where_nothing_is_ordered(house: House, ctl: Ctl) -> None:
    house.arrive("j1")
    said = ctl("watch", "--until-idle")
    assert said.code == 0
    assert said.out.splitlines()[-1] == "Nothing more is ordered or being made."


def test_watch_until_idle_waits_for_what_is_ordered(house: House, ctl: Ctl) -> None:
    house.stock()
    for job_id in ("j1", "j2"):
        house.arrive(job_id)
        house.station.order(job_id, OFFICER)

    def work() -> None:
        until(lambda: followed(house))
        house.make("j1")
        house.make("j2")

    with meanwhile(work):
        said = ctl("watch", "--until-idle")
    assert said.out.splitlines()[-2:] == ["Nothing more is ordered or being made.", "Cards out: 2, in trouble: 0."]


def test_watch_as_json_gives_the_entries_as_they_stand_in_the_book(house: House, ctl: Ctl) -> None:
    house.stock()
    with house.store.read() as view:
        before = view.head().seq

    def work() -> None:
        until(lambda: followed(house))
        deliver(house, "j1")

    with meanwhile(work):
        said = ctl("watch", "--jobs", "1", "--json")
    entries = [json.loads(line) for line in said.out.splitlines()]
    with house.store.read() as view:
        assert entries == [json.loads(line) for line in view.texts(before, len(entries))]
    assert all(read_event(entry) for entry in entries)


def test_watch_goes_on_when_the_station_comes_back_and_counts_what_happened_meanwhile(
    tmp_path: Path, ctl: Ctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "RETRY", 0.02)
    monkeypatch.setattr(watching, "BREATH", 0.02)

    def work() -> None:
        with House(tmp_path) as house:
            house.stock()
            for job_id in ("j1", "j2"):
                house.arrive(job_id)
                house.station.order(job_id, OFFICER)
            attempt = house.go_on(house.begin("j1"), steps=1)
            started.set()
            until(lambda: followed(house))
            attempt = house.go_on(attempt, steps=1)
        time.sleep(0.2)
        again = House(tmp_path)
        again.go_on(attempt)  # before anyone can listen
        with again as house:
            until(lambda: followed(house))
            house.make("j2")
            ended.wait(PATIENCE)

    started, ended = threading.Event(), threading.Event()
    with meanwhile(work):
        assert started.wait(PATIENCE)
        said = ctl("watch", "--until-idle")
        ended.set()
    assert said.code == 0
    gone, back = said.out.index("The station is gone."), said.out.index("The station is back.")
    assert gone < back < said.out.index("j1  CARD OUT in the meantime") < said.out.index("j2  CARD OUT")
    assert said.out.splitlines()[-1] == "Cards out: 2, in trouble: 0."


def test_a_stream_that_breaks_off_is_taken_up_again(house: House, ctl: Ctl) -> None:
    house.stock()

    def work() -> None:
        until(lambda: followed(house))
        house.broadcast._loop.call_soon_threadsafe(house.broadcast.close)
        until(lambda: followed(house, 2))
        deliver(house, "j1")

    with meanwhile(work):
        said = ctl("watch", "--jobs", "1")
    assert "The stream broke off; the state was fetched again." in said.out
    assert said.out.splitlines()[-1].startswith("Cards out: 1")


def test_an_event_of_a_newer_station_is_passed_over(house: House, ctl: Ctl) -> None:
    def newer() -> None:
        until(lambda: followed(house))
        house.arrive("j1")
        with house.store.read() as view:
            last = json.loads(view.texts(view.head().seq - 1, 1)[0])
        strange = json.dumps({**last, "type": "card-blessed", "seq": last["seq"] + 1})
        house.broadcast._loop.call_soon_threadsafe(house.broadcast._send, [strange])
        deliver(house, "j2")

    house.stock()
    with meanwhile(newer):
        said = ctl("watch", "--jobs", "1")
    assert said.code == 0
    assert "j2  CARD OUT" in said.out


# --- print --wait -----------------------------------------------------------------------------------------------------


def test_print_and_wait_ends_when_its_cards_are_out(house: House, ctl: Ctl) -> None:
    house.stock()
    for job_id in ("j1", "j2", "j3"):
        house.arrive(job_id)
    house.station.order("j3", OFFICER)

    def work() -> None:
        until(lambda: house.line.told.count("wake") >= 3)  # blanks, j3, and then what was waited for
        house.make("j1")
        house.make("j2")

    with meanwhile(work):
        said = ctl("print", "--next", "2", "--wait")
    assert said.code == 0
    assert said.out.splitlines()[-1] == "Cards out: 2, in trouble: 0."


def test_print_and_wait_fails_if_a_card_meets_trouble(house: House, ctl: Ctl) -> None:
    house.stock()
    house.arrive("j1")

    def work() -> None:
        until(lambda: "j1" in {job.job_id for job in house.station.jobs() if job.state == "ordered"})
        house.store.record("payloads", events.JobHeld(job_id="j1", cause="payload-unreadable"))

    with meanwhile(work):
        said = ctl("print", "j1", "--wait")
    assert said.code == 1
    assert "The content kept for this job cannot be opened any more." in said.out or "in trouble: 1" in said.out


def test_print_and_wait_of_what_is_refused_does_not_wait(house: House, ctl: Ctl) -> None:
    said = ctl("print", "nope", "--wait")
    assert said.code == 1
    assert "Code: no-such-job" in said.err


# --- the terminal -----------------------------------------------------------------------------------------------------


class Terminal:
    """As much of a terminal as the screen uses: lines, the cursor one up, and clearing a line."""

    def __init__(self, written: str) -> None:
        self.lines = [""]
        row = 0
        for piece in re.findall(r"\x1b\[A|\x1b\[2K|\n|[^\x1b\n]+", written):
            if piece == "\x1b[A":
                row -= 1
                assert row >= 0
            elif piece == "\x1b[2K":
                self.lines[row] = ""
            elif piece == "\n":
                row += 1
                if row == len(self.lines):
                    self.lines.append("")
            else:
                self.lines[row] = piece
        self.shown = [line for line in self.lines[: row + 1] if line]


@given(st.lists(st.tuples(st.text(alphabet="abc", min_size=1), st.lists(st.sampled_from(["x", "yy", "z" * 99])))))
def test_lines_that_change_never_disturb_those_that_stay(steps: list[tuple[str, list[str]]]) -> None:
    out, now = StringIO(), []
    screen = Screen(out, 40, lambda: now)
    for stays, changing in steps:
        now[:] = changing
        screen.stay(stays)
        screen.refresh()
    assert Terminal(out.getvalue()).shown == [stays for stays, _ in steps] + [line[:39] for line in now]


def test_plain_output_has_no_lines_that_change() -> None:
    out = StringIO()
    with Screen(out, None, lambda: ["never"]) as screen:
        screen.stay("one")
        screen.refresh()
    assert out.getvalue() == "one\n"


def test_on_a_terminal_each_card_has_one_line_that_goes_on(tmp_path: Path) -> None:
    """`stationctl watch` in a real pseudo-terminal."""
    with House(tmp_path) as house, contextlib.ExitStack() as closing:
        house.stock()
        main, other = pty.openpty()
        os.set_inheritable(other, True)
        terminal = closing.enter_context(os.fdopen(main, "rb", buffering=0))
        command = [sys.executable, "-m", "stationd.cli", "--socket", str(house.socket), "watch", "--jobs", "1"]
        environment = {**os.environ, "STATION_LANG": "en", "COLUMNS": "80"}
        with subprocess.Popen(command, stdout=other, stderr=other, stdin=subprocess.DEVNULL, env=environment) as ctl:
            os.close(other)
            until(lambda: followed(house))
            time.sleep(0.2)
            house.arrive("j1")
            house.station.order("j1", OFFICER)
            attempt = house.go_on(house.begin("j1"), steps=3)
            time.sleep(2.2)  # ticks of the stop-watch
            house.go_on(attempt)
            written = b""
            with contextlib.suppress(OSError):  # the terminal's other side has ended
                while chunk := terminal.read(65536):
                    written += chunk
            assert ctl.wait(PATIENCE) == 0
    drawn = written.decode().replace("\r\n", "\n")
    assert re.search(rf"{LINE}  j1  3/8  0:0[1-5]\n", drawn)
    shown = Terminal(drawn).shown
    assert shown[0].startswith("Watching station")
    assert not [line for line in shown if re.search(r"\d/8", line)], "nothing that changes is left behind"
    assert not [line for line in shown if "take a blank: done" in line], "steps are in the live line"
    assert re.search(r"j1  CARD OUT after 0:0[1-5]", "\n".join(shown))
