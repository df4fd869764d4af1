"""How commands are called: what is wrong usage, help in both languages, and options that every command takes."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

from stationd import cli
from stationd.cli.__main__ import stationctl
from stationd.cli.commands import ROOMS
from stationd.words import LANGUAGES, Words
from tests.api.house import House
from tests.cli.conftest import Ctl


@pytest.mark.parametrize(
    "arguments",
    [
        ["nope"],
        ["status", "--nope"],
        ["print"],
        ["print", "j1", "--next", "1"],
        ["print", "--next", "0"],
        ["print", "--next"],
        ["accept"],
        ["accept", "j1", "--all"],
        ["spoil", "j1"],
        ["spoil", "j1", "--reason", "because"],
        ["return", "j1", "--reason", "Bu Siti"],
        ["blanks", "load", "--line", "x", "--count", "many"],
        ["--lang", "nl", "status"],
        ["status", "--lang"],
        [],
        ["blanks"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_wrong_usage_is_exit_status_2_in_the_language_asked_for(
    ctl: Ctl, monkeypatch: pytest.MonkeyPatch, language: str, arguments: list[str]
) -> None:
    monkeypatch.setenv("STATION_LANG", language)
    said = ctl(*arguments)
    assert (said.code, said.out) == (2, "")
    pointer = {"id": ("Lihat: stationctl", "Pakai: stationctl"), "en": ("See: stationctl", "Usage: stationctl")}
    assert any(text in said.err for text in pointer[language])


def every_command() -> list[list[str]]:
    found = [[]]
    for name, command in stationctl.commands.items():
        found += [[name], *([name, below] for below in getattr(command, "commands", {}))]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_every_command_has_help_in_both_languages(ctl: Ctl, command: list[str], language: str) -> None:
    said = ctl(*command, "--help", "--lang", language)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(Words(language).say("help.usage"))
    assert Words(language).say("help.options") in said.out
    assert "Show this message" not in said.out


def test_global_options_stand_anywhere(house: House, ctl: Ctl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATIOND_SOCKET", "elsewhere")
    where = str(house.socket)
    for arguments in (["--socket", where, "--lang", "id", "queue"], ["queue", "--lang=id", f"--socket={where}"]):
        said = ctl(*arguments)
        assert (said.code, said.out) == (0, "Antrean kosong.\n")


def test_what_only_one_command_needs_is_not_loaded_for_the_others() -> None:
    """A technician on an old PC waits for every import."""
    heavy = {"aiohttp", "asyncio", "cryptography", "joserfc", "sqlite3", "drivers", "PIL", "httpx"}
    program = f"import sys, stationd.cli.__main__; print(*sorted({heavy!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_a_command_is_imported_when_it_is_called() -> None:
    program = "import sys; from stationd.cli.__main__ import run; run(['--version']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    version, modules = done.stdout.splitlines()
    assert version == "0.1.0"
    assert "stationd.cli.console" in modules.split()
    assert "stationd.cli.looking" not in modules.split()


def test_every_command_that_a_module_has_is_found() -> None:
    found = {}
    for module in pkgutil.iter_modules(cli.__path__, f"{cli.__name__}."):
        if not module.name.endswith("__main__"):
            commands = getattr(importlib.import_module(module.name), "COMMANDS", ())
            found |= {module.name.rpartition(".")[2]: tuple(command.name for command in commands)} if commands else {}
    assert found == ROOMS
    assert [command.name for command in stationctl.commands.values()] == list(stationctl.commands)


def test_the_version(ctl: Ctl) -> None:
    assert ctl("--version").out == "0.1.0\n"
