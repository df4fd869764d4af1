"""No card is begun on a UPS's battery: what upsd and the kernel say, and what a line does about it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.doctor import power as probe
from stationd.doctor.premises import Premises
from stationd.press.desk_reader import DeskReader
from stationd.press.line import Line
from stationd.press.opening import Opening
from stationd.press.power import LASTS, Power, Supply, Watch, ask_ups, read_battery, told
from stationd.press.start import first_pressed
from stationd.press.trouble import Cause
from stationd.settings import PowerSettings, SettingsWrong, read
from stationd.store.rows import JobRow, JobState
from tests.doctor.fakes import catalog, settings
from tests.press.test_line import SETTINGS, Office, quick

__all__ = ["quick"]


class Upsd:
    """A scripted `upsd` on loopback: says one thing to each client, or nothing at all."""

    def __init__(self, says: str | None) -> None:
        self.says = says
        self.asked: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        self.address = f"ups@127.0.0.1:{self._listener.getsockname()[1]}"

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    self.asked.append(connection.recv(200).decode())
                    if self.says is None:
                        connection.recv(200)  # until the other side gives up
                    else:
                        connection.sendall(self.says.encode())

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@pytest.fixture
def upsd() -> Iterator[Upsd]:
    served = Upsd('VAR ups ups.status "OL CHRG"\n')
    yield served
    served.close()


def test_upsd_is_asked_in_its_own_words(upsd: Upsd) -> None:
    assert ask_ups(upsd.address) == Power(Supply.MAINS, "OL CHRG")
    assert upsd.asked == ["GET VAR ups ups.status\n"]
    upsd.says = 'VAR ups ups.status "OB DISCHRG"\n'
    assert ask_ups(upsd.address) == Power(Supply.BATTERY, "OB DISCHRG")


def test_an_upsd_that_says_nothing_hangs_up_or_is_not_there_is_not_waited_for(upsd: Upsd) -> None:
    upsd.says = None
    assert ask_ups(upsd.address, 0.1).supply is Supply.UNKNOWN
    upsd.says = ""
    assert ask_ups(upsd.address) == Power(Supply.UNKNOWN, "hung up")
    upsd.says = "VAR " * 2000
    assert ask_ups(upsd.address, 0.5).supply is Supply.UNKNOWN
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert ask_ups(f"ups@127.0.0.1:{port}", 0.5).supply is Supply.UNKNOWN


@pytest.mark.parametrize(
    ("line", "supply"),
    [
        ('VAR ups ups.status "OL"', Supply.MAINS),
        ('VAR ups ups.status "OL LB"', Supply.MAINS),
        ('VAR ups ups.status "OB LB"', Supply.BATTERY),
        ('VAR ups ups.status "LB"', Supply.BATTERY),
        ('VAR ups ups.status "FSD OB"', Supply.BATTERY),
        ('VAR ups ups.status "WAIT"', Supply.UNKNOWN),
        ('VAR ups ups.status ""', Supply.UNKNOWN),
        ('VAR ups battery.charge "OB"', Supply.UNKNOWN),
        ("ERR DATA-STALE", Supply.UNKNOWN),
        ("ERR UNKNOWN-UPS", Supply.UNKNOWN),
        ('VAR ups ups.status "OB', Supply.UNKNOWN),
    ],
)
def test_each_answer_is_read(line: str, supply: Supply) -> None:
    assert told(line).supply is supply


@given(st.text(max_size=200))
def test_whatever_is_answered_is_read_or_not_understood(line: str) -> None:
    found = told(line)
    assert found.supply is Supply.UNKNOWN or "ups.status" in line


def supply(folder: Path, name: str, **said: str) -> None:
    (folder / name).mkdir(parents=True)
    for file, text in said.items():
        (folder / name / file).write_text(f"{text}\n")


@pytest.mark.parametrize(
    ("online", "status", "capacity", "found"),
    [
        ("1", "Charging", "5", Supply.MAINS),
        ("0", "Discharging", "80", Supply.MAINS),
        ("0", "Discharging", "29", Supply.BATTERY),
        ("0", "Not charging", "29", Supply.MAINS),
    ],
)
def test_a_laptop_works_on_its_battery_down_to_what_is_set(
    tmp_path: Path, online: str, status: str, capacity: str, found: Supply
) -> None:
    supply(tmp_path, "AC", type="Mains", online=online)
    supply(tmp_path, "BAT0", type="Battery", status=status, capacity=capacity)
    supply(tmp_path, "mouse", type="Battery", scope="Device", status="Discharging", capacity="1")
    assert read_battery(30, tmp_path).supply is found


def test_a_computer_that_shows_no_supplies_is_not_known(tmp_path: Path) -> None:
    assert read_battery(30, tmp_path / "none").supply is Supply.UNKNOWN


def test_a_watch_tells_of_each_change_and_remembers_a_ups_that_fell_silent() -> None:
    said, now, woken = {"ups": Power(Supply.MAINS, "OL")}, [0.0], []
    watch = Watch(PowerSettings(ups="u@h"), lambda: woken.append(1), lambda _: dict(said), lambda: now[0])
    watch.note()
    assert (watch.hindered(), woken) == (None, [])
    said["ups"] = Power(Supply.BATTERY, "OB")
    watch.note()
    watch.note()
    assert (watch.hindered(), woken) == (Cause("on-battery", "OB"), [1])
    said["ups"] = Power(Supply.UNKNOWN, "DATA-STALE")
    now[0] = LASTS - 1
    watch.note()
    assert watch.hindered() is not None
    now[0] = LASTS
    watch.note()
    assert (watch.hindered(), woken) == (None, [1, 1])
    said["ups"] = Power(Supply.BATTERY, "OB")
    watch.note()
    said["ups"] = Power(Supply.MAINS, "OL")
    watch.note()
    assert (watch.hindered(), len(woken)) == (None, 4)


def test_the_doctor_says_what_the_computer_runs_on(tmp_path: Path, upsd: Upsd) -> None:
    assert list(probe.supplies(Premises(settings(tmp_path), catalog()))) == []
    premises = Premises(settings(tmp_path, more=f'[power]\nups = "{upsd.address}"\n'), catalog())
    codes = []
    for said in ('VAR ups ups.status "OL"\n', 'VAR ups ups.status "OB"\n', "ERR DRIVER-NOT-CONNECTED\n"):
        upsd.says = said
        (found,) = probe.supplies(premises)
        codes.append((found.level.value, found.code))
    assert codes == [("well", "power-there"), ("stops", "on-battery"), ("soon", "power-not-told")]


def test_on_a_battery_no_card_is_begun_the_one_in_the_machine_is_finished_and_work_goes_on_by_itself(
    tmp_path: Path,
) -> None:
    office = Office(tmp_path, jobs=3)
    on_battery = threading.Event()

    def chosen(jobs: Sequence[JobRow]) -> JobRow | None:
        if len(jobs) == 2:  # the first is inside the machine, and the next is looked for
            on_battery.set()
        return first_pressed(jobs)

    opening = Opening(office.catalog, DeskReader(None, office.catalog))
    line = Line(
        SETTINGS, opening, office.store, office.prepare, lambda _: None, chosen,
        lambda: Cause("on-battery", "OB") if on_battery.is_set() else None,
    )  # fmt: skip
    line.start()
    try:
        _until(lambda: line.status.cause == "on-battery")
        assert office.states()[JobState.DELIVERED] == 1
        time.sleep(0.1)
        assert office.states()[JobState.ORDERED] == 2
        assert office.printer.fed == 1
        on_battery.clear()
        line._choose = first_pressed
        line.wake()
        _until(lambda: office.states()[JobState.DELIVERED] == 3)
    finally:
        line.stop()
        line.join(20)
        office.check()
        office.store.close()


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("ups", ["ups", "ups@", "ups@a b", "ups@host:port", "a\nb@host"])
def test_a_ups_is_named_as_nut_names_it(tmp_path: Path, ups: str) -> None:
    file = tmp_path / "station.toml"
    file.write_text(f'[station]\nid = "a"\nkecamatan = "73.16.01"\ndata = "d"\n[power]\nups = {ups!r}\n')
    with pytest.raises(SettingsWrong):
        read(file)
