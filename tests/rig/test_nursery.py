"""What is begun in a nursery is a process of its own, and nobody can tell it from one that a shell began."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig import nursery
from tests.rig.simulation import BIN

CTL = BIN / "stationctl"
SIM = BIN / "station-sim"


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "STATION_LANG": "en", **more}


@pytest.mark.parametrize(
    "arguments",
    [
        (SIM, "scenarios"),
        (SIM, "census"),
        (CTL, "--version"),
        (CTL, "no-such-command"),
        (CTL, "--socket", "/nonexistent/api.sock", "status"),
        (sys.executable, "-m", "simulators.registry", "--port", "x"),
        (sys.executable, "-m", "simulators", "scenarios"),
    ],
    ids=lambda words: " ".join(map(str, words[1:])),
)
def test_it_says_and_ends_as_a_program_that_a_shell_began(arguments: tuple[str | Path, ...]) -> None:
    forked = nursery.run(arguments, environment())
    shell = subprocess.run(arguments, env=environment(), capture_output=True, text=True, check=False)
    assert (forked.returncode, forked.stdout, forked.stderr) == (shell.returncode, shell.stdout, shell.stderr)


def test_environment_and_folder_are_those_of_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = [nursery.run((CTL, "status"), environment(STATIOND_SOCKET=f"{name}.sock")).stderr for name in ("one", "two")]
    assert "one.sock" in said[0]
    assert "two.sock" in said[1]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "simulators.json").write_text('{"world": "nobody.sock"}')
    assert "no scenario runs" not in nursery.run((SIM, "census", "--dir", "."), environment()).stderr


def test_a_signal_ends_it_alone_in_a_session_of_its_own(tmp_path: Path) -> None:
    def registry(name: str) -> nursery.Process:
        command = [sys.executable, "-m", "simulators.registry", "--dir", tmp_path / name]
        return nursery.begin_ready(command, tmp_path / f"{name}.log")

    first, second = registry("first"), registry("second")
    assert first.pid not in {second.pid, os.getpid()}
    assert os.getsid(first.pid) == first.pid
    assert (first.poll(), second.poll()) == (None, None)
    with pytest.raises(subprocess.TimeoutExpired):
        first.wait(0.01)
    first.kill()
    assert first.wait(30) == -signal.SIGKILL
    assert not Path(f"/proc/{first.pid}").exists(), "nobody waits for it any more"
    assert second.poll() is None
    second.terminate()
    assert second.wait(30) == 0
    second.kill()  # it has ended: no harm done, as of a process that has its number by now


def test_what_does_not_come_up_is_told_with_its_log(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(nursery.DidNotStart, match="registry"):
        nursery.begin_ready([sys.executable, "-m", "simulators.registry", "--dir", tmp_path / "file"], tmp_path / "log")
