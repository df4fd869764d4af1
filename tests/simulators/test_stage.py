"""`station-sim run` brings a whole day up, says where everything is, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from simulators import scenarios
from simulators.chips import load_keys
from simulators.wires.control import ask_control
from simulators.wires.pcscd import isolated
from simulators.world_client import WorldClient
from tests.rig import nursery

SIM = [sys.executable, "-m", "simulators"]


class Running:
    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self.folder = folder
        self.process = process
        self.facts: dict[str, Any] = json.loads((folder / "simulators.json").read_text())

    def sim(self, *arguments: str) -> str:
        command = [*SIM, arguments[0], "--dir", str(self.folder), *arguments[1:]]
        done = nursery.run(command, os.environ)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def running(folder: Path, scenario: str, *options: str) -> Iterator[Running]:
    command = isolated([*SIM, "run", scenario, "--dir", str(folder), "--factor", "50", *options])
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == f"ready {folder / 'simulators.json'}\n"
            yield Running(folder, process)
        finally:
            process.send_signal(signal.SIGTERM)
            ended = process.wait(30)
        assert ended == 0
        assert not (folder / "simulators.json").exists()


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="stage-") as made:
        yield Path(made)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("name", scenarios.names())
def test_every_scenario_can_be_read(name: str) -> None:
    scenario = scenarios.load(name)
    machines = {machine.name for machine in scenario.machine}
    assert set(scenario.faults) <= machines
    assert {reader.field for reader in scenario.reader if reader.field.startswith("machine/")} <= {
        f"machine/{name}" for name in machines
    }


def test_a_scenario_with_a_mistake_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "day.toml"
    file.write_text('title = "x"\nseed = "x"\n[[machine]]\nname = "m"\ncolour = "red"\n')
    with pytest.raises(scenarios.NoScenario, match="colour"):
        scenarios.load(str(file))
    with pytest.raises(scenarios.NoScenario, match="ordinary"):
        scenarios.load("nowhere")


def test_an_ordinary_day(folder: Path) -> None:
    with running(folder, "ordinary") as day:
        facts = day.facts
        assert facts["machines"]["matica-1"]["address"] == "usb:2166:701d?serial=A8600001"
        assert facts["readers"]["matica-1"]["address"] == "pcsc:Virtual PCD 00 00"
        assert facts["registry"]["url"].startswith("https://127.0.0.1:")
        assert Path(facts["environment"]["UMOCKDEV_DIR"]).is_dir()
        pids = facts["processes"].values()
        assert all(alive(pid) for pid in pids)

        day.sim("receive", "10")
        day.sim("load", "5")
        assert day.sim("census").split() == ["hopper/matica-1", "5", "store", "5", "supply", "490"]
        day.sim("move", "store", "desk/desk-1")
        day.sim("door", "open")
        assert json.loads(day.sim("state"))["code"] == "0002D100"
        day.sim("door", "closed")
        day.sim("fault", "mute", "--command", "load", "--set", "acts=false")
        with WorldClient(facts["world"]) as world:
            (card,) = world.census()["desk/desk-1"]
            world.stamp(card, "front", b"a picture", {})
        day.sim("cards", "--out", str(folder / "cards"))
        assert (folder / "cards" / f"{card}-front-1.png").read_bytes() == b"a picture"
        told = json.loads((folder / "cards" / f"{card}.json").read_text())
        assert told["chip"]["serial"] == told["serial"]
        assert len(list((folder / "cards").iterdir())) == 2, "untouched blanks are not told"
    assert not any(alive(pid) for pid in pids)
    assert not Path(facts["environment"]["UMOCKDEV_DIR"]).exists()


def test_a_day_on_the_network_goes_on_where_it_stopped_and_names_its_dead(folder: Path) -> None:
    with running(folder, "network") as day:
        assert day.facts["machines"]["matica-1"]["address"].startswith("tcp:127.0.0.1:")
        assert day.facts["environment"] == {}
        day.sim("receive", "3")
        os.kill(day.facts["processes"]["reader-desk-1"], signal.SIGKILL)
        time.sleep(0.5)
        day.process.send_signal(signal.SIGTERM)
        assert day.process.stderr is not None
        assert "reader-desk-1 died with status -9" in day.process.stderr.read()
    with running(folder, "network") as day:
        assert day.sim("census").split() == ["store", "3", "supply", "497"]


def test_a_day_with_an_evolis_on_a_serial_line(folder: Path) -> None:
    with running(folder, "evolis-serial") as day:
        (name,) = day.facts["machines"]
        assert day.facts["machines"][name]["address"] == f"serial:{folder / 'evolis-1.tty'}"
        assert list(day.facts["readers"]) == ["evolis-1", "desk-1"]
        day.sim("receive", "3")
        day.sim("load", "2")
        assert day.sim("census").split() == ["hopper/evolis-1", "2", "store", "1", "supply", "497"]
        link = os.open(folder / "evolis-1.tty", os.O_RDWR | os.O_NOCTTY)
        os.write(link, b"\x1bSic\r")
        assert os.read(link, 10) == b"OK\0"
        os.close(link)
        assert json.loads(day.sim("state"))["station"] == "contactless"
        unknown = [*SIM, "state", "--dir", str(folder), "--machine", "nobody"]
        told = subprocess.run(unknown, capture_output=True, text=True, check=False)
        assert "there are evolis-1" in told.stderr
    assert not (folder / "evolis-1.tty").is_symlink()


def test_a_day_of_other_chips_with_a_sam_and_a_pn532(folder: Path) -> None:
    scenario = folder / "chips.toml"
    scenario.write_text("""
        title = "t"
        seed = "s"
        machine = []
        [cards]
        supply = 2
        [[more_cards]]
        batch = "B-2"
        supply = 1
        chips = "foreign"
        [[more_cards.chip_faults.1]]
        kind = "mute"
        at = 3
        [[reader]]
        name = "desk-1"
        field = "desk/desk-1"
        [[reader]]
        name = "desk-2"
        field = "desk/desk-2"
        kind = "pn532"
    """)
    with running(folder, str(scenario), "--chips", "gp-scp03", "--sam") as day:
        readers = day.facts["readers"]
        assert readers["desk-1"]["address"] == "pcsc:Virtual PCD 00 00"
        assert readers["desk-1"]["sam"] == "pcsc:Virtual PCD 00 01"
        assert readers["desk-2"]["address"] == f"serial:{folder / 'desk-2.tty'}"
        assert set(load_keys(Path(day.facts["chip_keys"]))) >= {"lab-gp"}
        told = ask_control(day.facts["control"]["desk-2"], {"op": "state", "machine": "desk-2"})
        assert told["model"] == "PN532"
        with WorldClient(day.facts["world"]) as world:
            (sam,), (gp, _, foreign) = world.census()["sam/desk-1"], world.census()["supply"]
            assert [(world.chip_state(card) or {})["kind"] for card in (sam, gp, foreign)] == ["sam", "gp", "iso7816"]
            assert (world.chip_state(foreign) or {})["faults"][0]["at"] == 3
            world.move(gp, "desk/desk-1")
            day.sim("chip-fault", "desk/desk-1", "tear", "--at", "4", "--ins", "E2", "--set", "kept=9")
            (fault,) = (world.chip_state(gp) or {})["faults"]
            assert (fault["kind"], fault["at"], fault["ins"], fault["kept"]) == ("tear", 4, 0xE2, 9)
        day.sim("cards", "--out", str(folder / "cards"))
        written = "".join(file.read_text() for file in (folder / "cards").glob("*.json"))
        assert '"gp"' in written
        keys = load_keys(Path(day.facts["chip_keys"]))["lab-gp"]
        assert keys.enc not in written


def test_nothing_running_is_said_so(folder: Path) -> None:
    done = subprocess.run([*SIM, "census", "--dir", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no scenario runs in" in done.stderr
