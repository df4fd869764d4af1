"""What pyproject.toml asks for is what the programs import, and a wheel holds all that a station needs."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

OURS = {"stationd", "drivers", "simulators", "tests"}
DEBIANS = {"gi"}
"""Comes with python3-gi: see script/packages."""
RUN = {"import-linter", "mypy", "pytest-timeout", "ruff", "types-pyserial", "types-pyyaml"}
"""Asked for and imported by nobody: commands, plugins, types."""

PROGRAMS = {
    "": ("stationd", "drivers", ":!stationd/tray"),
    "tray": ("stationd/tray",),
    "simulators": ("simulators",),
    "dev": ("tests", "script"),
}
"""By the extra in which their libraries stand; the first are what is always installed."""


def tracked(*under: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--", *under],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def asked(extra: str) -> set[str]:
    lines = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    return {canonicalize_name(Requirement(line).name) for line in lines} - {PROJECT["name"]}


def imported(extra: str) -> set[str]:
    """The libraries that the programs of an extra import, by the names under which they are installed."""
    distributions = libraries()
    paths = [path for path in tracked(*PROGRAMS[extra]) if path.suffix == ".py"]
    modules = {module for path in paths for module in modules_of(path)} - set(sys.stdlib_module_names) - OURS - DEBIANS
    return {canonicalize_name(distributions[module][0]) for module in modules}


libraries = cache(packages_distributions)


@cache
def modules_of(path: Path) -> frozenset[str]:
    """The first part of every module that a program imports, except those that lie beside it."""
    return frozenset(_modules_of(path))


def _modules_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for module in (name.partition(".")[0] for name in names):
            if not (ROOT / path).with_name(f"{module}.py").exists():
                yield module


class TestLibraries:
    @pytest.mark.parametrize(
        ("extra", "also"),
        [("", ()), ("tray", ("",)), ("simulators", ("",)), ("dev", ("", "tray", "simulators"))],
        ids=["product", "tray", "sim", "dev"],
    )
    def test_every_library_that_is_imported_is_asked_for(self, extra: str, also: tuple[str, ...]) -> None:
        at_hand = asked(extra).union(*map(asked, also))
        assert not imported(extra) - at_hand, "add it to pyproject.toml, then script/lock"

    @pytest.mark.parametrize("extra", PROGRAMS, ids=["product", "tray", "sim", "dev"])
    def test_every_library_that_is_asked_for_is_imported(self, extra: str) -> None:
        assert not asked(extra) - imported(extra) - RUN, "drop it from pyproject.toml, then script/lock"

    def test_what_is_only_run_is_asked_for_and_not_imported(self) -> None:
        assert asked("dev") >= RUN
        assert not RUN & imported("dev")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files in a wheel that was built, without a network, from a copy of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    for path in tracked("pyproject.toml", "README.md", "LICENSE", "stationd", "drivers", "simulators", "config"):
        target = folder / "source" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, target)
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", folder, folder / "source"]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


class TestWheel:
    def test_holds_every_file_of_the_packages(self, wheel: dict[str, bytes]) -> None:
        files = tracked("stationd", "drivers", "simulators")
        assert not [path for path in files if wheel.get(str(path)) != (ROOT / path).read_bytes()]

    def test_holds_all_of_config_to_start_from(self, wheel: dict[str, bytes]) -> None:
        share = f"{PROJECT['name']}-{PROJECT['version']}.data/data/share/stationd"
        shared = {name.removeprefix(f"{share}/"): text for name, text in wheel.items() if name.startswith(share)}
        files = tracked("config")
        assert files
        assert shared == {str(path.relative_to("config")): (ROOT / path).read_bytes() for path in files}

    def test_holds_the_licence(self, wheel: dict[str, bytes]) -> None:
        (name,) = [name for name in wheel if name.endswith("/licenses/LICENSE")]
        assert b"Apache License" in wheel[name]
