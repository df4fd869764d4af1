"""What is locked is what is asked for, and the private namespace ends with its command."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
CALL = f'set -euo pipefail; source "{ROOT}/script/lib.sh"; in_private_namespace "$@"'
PATIENCE = 20.0  # seconds; the two cores may be busy


@pytest.fixture(autouse=True)
def _outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if not yet inside: each test makes namespaces of its own, within those of the test run."""
    monkeypatch.delenv("STATIOND_PRIVATE_NAMESPACE", raising=False)


def private(*command: str) -> list[str]:
    return ["bash", "-c", CALL, "caller", *command]


def run(*command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(private(*command), input=stdin, capture_output=True, text=True, timeout=60, check=False)


def wait_until_said(path: Path, text: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (path.exists() and text in path.read_text()):
        assert time.monotonic() < deadline, f"{path.name} never said {text!r}"
        time.sleep(0.02)


def wait_until_gone(marker: str) -> None:
    """Until no process carries `marker` on its command line."""
    deadline = time.monotonic() + PATIENCE
    while (found := list(carriers(marker))) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not found


def carriers(marker: str) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue  # it ended between the two looks
            if marker.encode() in words:
                yield int(entry.name)


class TestLock:
    """requirements.txt against pyproject.toml."""

    @staticmethod
    def locked() -> dict[str, str]:
        found = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
        return {canonicalize_name(name): version for name, version in found}

    @staticmethod
    def asked() -> list[Requirement]:
        pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
        project = pyproject["project"]
        extras = [line for extra in project["optional-dependencies"].values() for line in extra]
        lines = [*pyproject["build-system"]["requires"], *project["dependencies"], *extras]
        return [requirement for line in lines if (requirement := Requirement(line)).name != project["name"]]

    def test_holds_a_version_that_pyproject_allows_of_all_it_asks_for(self) -> None:
        locked = self.locked()
        unmet = [str(one) for one in self.asked() if locked.get(canonicalize_name(one.name), "") not in one.specifier]
        assert not unmet, "run script/lock"

    def test_gives_every_library_a_hash(self) -> None:
        blocks = re.split(r"^(?=[A-Za-z0-9])", (ROOT / "requirements.txt").read_text(), flags=re.MULTILINE)[1:]
        assert len(blocks) == len(self.locked())
        assert not [block.split()[0] for block in blocks if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", block)]

    def test_names_no_address_and_no_option_but_hashes(self) -> None:
        text = (ROOT / "requirements.txt").read_text()
        assert "://" not in text
        assert not re.findall(r"^\s*--(?!hash=)\S+", text, re.MULTILINE)


class TestPackages:
    def test_every_package_has_a_name_that_debian_allows_and_a_reason(self) -> None:
        lines = [line for line in (ROOT / "script/packages").read_text().splitlines() if line and line[0] != "#"]
        assert lines
        assert not [line for line in lines if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+ {2,}\S.*", line)]

    def test_every_package_is_named_once(self) -> None:
        names = re.findall(r"^([a-z0-9]\S*)", (ROOT / "script/packages").read_text(), re.MULTILINE)
        assert len(names) == len(set(names))


class TestStationFiles:
    """What is installed on a station's PC agrees about who may do what."""

    UNIT = (ROOT / "config/systemd/stationd.service").read_text()
    USERS = (ROOT / "config/sysusers/stationd.conf").read_text()
    RULES = (ROOT / "config/udev/70-stationd.rules").read_text()

    def test_the_daemons_user_exists_and_is_in_the_groups_it_runs_with(self) -> None:
        (user,) = re.findall(r"^User=(\S+)$", self.UNIT, re.MULTILINE)
        (groups,) = re.findall(r"^SupplementaryGroups=(.+)$", self.UNIT, re.MULTILINE)
        assert re.findall(r"^u (\S+)", self.USERS, re.MULTILINE) == [user]
        assert re.findall(rf"^m {user} (\S+)$", self.USERS, re.MULTILINE) == groups.split()

    def test_printers_go_to_a_group_of_the_daemon_that_officers_do_not_join(self) -> None:
        (officers,) = re.findall(r"`adduser NAME (\S+)`", self.USERS)
        (groups,) = re.findall(r"^SupplementaryGroups=(.+)$", self.UNIT, re.MULTILINE)
        given = set(re.findall(r'GROUP="([^"]+)"', self.RULES))
        assert given
        assert given <= set(groups.split()) - {officers}
        assert set(re.findall(r'MODE="([^"]+)"', self.RULES)) == {"0660"}

    def test_wrong_settings_are_not_tried_again(self) -> None:
        assert f"RestartPreventExitStatus={os.EX_CONFIG}" in self.UNIT


class TestPrivateNamespace:
    def test_hands_on_arguments_input_and_exit_status(self) -> None:
        done = run("sh", "-c", 'cat; echo "$1"; exit 7', "sh", "two words", stdin="typed\n")
        assert (done.stdout, done.returncode) == ("typed\ntwo words\n", 7)

    def test_has_a_network_of_its_own_with_loopback_up(self) -> None:
        listener = (
            "import socket; s = socket.create_server(('127.0.0.1', 35963)); socket.create_connection(s.getsockname())"
        )
        held = subprocess.Popen(
            private(sys.executable, "-W", "ignore", "-c", f"{listener}; print(flush=True); input()"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with held:
            assert held.stdout is not None
            held.stdout.readline()
            assert run(sys.executable, "-W", "ignore", "-c", listener).returncode == 0, (
                "the same port, at the same time"
            )
            held.communicate(b"\n")
        assert held.returncode == 0

    def test_has_an_empty_run_pcscd_that_nobody_outside_sees(self) -> None:
        done = run("sh", "-c", "ls -A /run/pcscd; touch /run/pcscd/ours && ls -A /run/pcscd")
        assert (done.stdout, done.returncode) == ("ours\n", 0)
        assert not Path("/run/pcscd/ours").exists()

    def test_shares_unix_sockets_under_a_path(self, tmp_path: Path) -> None:
        path = tmp_path / "s"
        a_socket = "import socket; s = socket.socket(socket.AF_UNIX)"
        serve = f"{a_socket}; s.bind({str(path)!r}); s.listen(); s.accept()[0].send(b'hello')"
        call = f"{a_socket}; s.connect({str(path)!r}); print(s.recv(9).decode())"
        with subprocess.Popen(private(sys.executable, "-W", "ignore", "-c", serve)) as server:
            deadline = time.monotonic() + PATIENCE
            while not path.is_socket() and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(0.1)  # between bind and listen
            heard = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", call], capture_output=True, text=True, check=True
            )
            assert heard.stdout == "hello\n"
            assert server.wait(PATIENCE) == 0

    def test_inside_it_does_not_make_another(self) -> None:
        done = run("bash", "-c", f"readlink /proc/self/ns/net; {CALL}", "caller", "readlink", "/proc/self/ns/net")
        first, second = done.stdout.split()
        assert first == second

    def test_a_mark_left_over_from_elsewhere_is_not_believed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STATIOND_PRIVATE_NAMESPACE", "net:[1]")
        assert run("readlink", "/proc/self/ns/net").stdout.strip() != str(Path("/proc/self/ns/net").readlink())

    def test_what_was_started_inside_ends_with_the_command(self, tmp_path: Path) -> None:
        marker = f"left-behind-{tmp_path}"
        run("bash", "-c", 'setsid bash -c "sleep 600; :" "$0" & sleep 0.2', marker)
        wait_until_gone(marker)

    @pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
    def test_ending_the_caller_lets_the_command_end_in_order(self, tmp_path: Path, how: signal.Signals) -> None:
        said = tmp_path / "said"
        command = 'trap "echo tidied >>\\"$0\\"; exit 3" TERM; echo started >>"$0"; sleep 600 & wait'
        with subprocess.Popen(private("bash", "-c", command, str(said))) as caller:
            wait_until_said(said, "started")
            caller.send_signal(how)
            assert caller.wait(PATIENCE) == (-signal.SIGKILL if how is signal.SIGKILL else 3)
        wait_until_said(said, "tidied")
        wait_until_gone(str(said))

    def test_ctrl_c_reaches_the_command_once(self, tmp_path: Path) -> None:
        said = tmp_path / "said"
        program = (
            "import pathlib, sys, time\n"
            "said = pathlib.Path(sys.argv[1]).open('a')\n"
            "try:\n    print('started', file=said, flush=True); time.sleep(600)\n"
            "except KeyboardInterrupt:\n    time.sleep(0.3); print('tidied', file=said, flush=True); sys.exit(9)\n"
        )
        master, slave = pty.openpty()
        with os.fdopen(master, "wb", buffering=0) as terminal, os.fdopen(slave, "rb") as line:
            wrapper = ["setsid", "--ctty", *private(sys.executable, "-W", "ignore", "-c", program, str(said))]
            with subprocess.Popen(wrapper, stdin=line, stdout=line, stderr=line) as caller:
                wait_until_said(said, "started")
                terminal.write(b"\x03")
                assert caller.wait(PATIENCE) == 9
        assert said.read_text() == "started\ntidied\n"


class TestNoSkips:
    def test_every_way_to_skip_is_a_failure_that_gives_its_reason(self, tmp_path: Path) -> None:
        """`tests/conftest.py`, in a test run of its own."""
        skip = "skip"
        ways = {
            "call": f"def test_it(): pytest.{skip}('no call')",
            "mark": f"@pytest.mark.{skip}(reason='no mark')\ndef test_it(): pass",
            "module": f"pytest.{skip}('no module', allow_module_level=True)",
        }
        shutil.copy(ROOT / "tests/conftest.py", tmp_path)
        for name, text in ways.items():
            (tmp_path / f"test_{name}.py").write_text(f"import pytest\n{text}\n")
        options = ["--rootdir", ".", "--continue-on-collection-errors"]
        command = [sys.executable, "-m", "pytest", *options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # what it imports
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "1 failed, 2 errors" in done.stdout.splitlines()[-1], "a mark counts as an error of setting up"
        for name in ways:
            assert re.search(rf"a test that cannot run here fails. Its reason: .*no {name}", done.stdout)
