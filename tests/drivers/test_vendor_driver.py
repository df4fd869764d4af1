"""A driver that comes from outside: docs/writing-a-driver.md shows its files, and it is found where it is installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.errors import NotFound

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "vendor_driver"
PAGE = ROOT / "docs" / "writing-a-driver.md"
QUOTED = re.compile(r"^`([\w./]+)`[^\n]*\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LISTING = """\
import json
from drivers import catalog
found = catalog.load()
print(json.dumps({"printers": sorted(found.printers), "encoders": sorted(found.encoders), "broken": found.broken}))
"""


def quoted() -> dict[str, str]:
    return dict(QUOTED.findall(PAGE.read_text()))


def test_the_page_shows_every_file_of_the_driver_as_it_is() -> None:
    files = [EXAMPLE / "pyproject.toml", *(EXAMPLE / "acme_c1").glob("*.py")]
    assert quoted() == {str(path.relative_to(EXAMPLE)): path.read_text() for path in files}


def test_the_driver_is_under_200_lines() -> None:
    assert sum(len(text.splitlines()) for name, text in quoted().items() if name.endswith(".py")) < 200


def test_it_knows_of_this_project_only_the_drivers_floor() -> None:
    imported = re.findall(r"^(?:from|import) (\w+)", "".join(quoted().values()), re.MULTILINE)
    assert set(imported) - set(sys.stdlib_module_names) == {"acme_c1", "drivers"}


def install(target: Path, *sources: Path) -> None:
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", target, *sources]
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the example is installed, beside a package of the same kind whose library is not there."""
    folder = tmp_path_factory.mktemp("vendor")
    shutil.copytree(EXAMPLE, folder / "c1", ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    packaging = (EXAMPLE / "pyproject.toml").read_text()
    (folder / "c2" / "acme_c2").mkdir(parents=True)
    (folder / "c2" / "pyproject.toml").write_text(re.sub("acme([-_])c1", r"acme\1c2", packaging))
    (folder / "c2" / "acme_c2" / "__init__.py").write_text("import acme_library\n")
    install(folder / "installed", folder / "c1", folder / "c2")
    return folder


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python as a station does that has these packages, and what it has of its own."""
    environment = {**os.environ, "PYTHONPATH": str(folder / "installed")}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder / "c1", env=environment, capture_output=True, text=True, check=False)


def test_an_installed_driver_is_found_and_one_that_does_not_import_is_named(installed: Path) -> None:
    found = json.loads(python(installed, "-c", LISTING).stdout)
    assert set(found["printers"]) >= {"acme_c1", "evolis", "ipp", "magicard", "matica_xid"}
    assert "pcsc" in found["encoders"]
    assert found["broken"] == {"acme_c2": "ModuleNotFoundError: No module named 'acme_library'"}


def test_its_own_tests_pass_where_it_is_installed(installed: Path) -> None:
    shutil.rmtree(installed / "c1" / "acme_c1")  # what is tested is what was installed
    ran = python(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert ran.returncode == 0, ran.stdout
    assert " passed" in ran.stdout


def test_the_conformance_kit_opens_it_by_its_name(installed: Path) -> None:
    asked = ("acme_c1", "tcp:127.0.0.1:1", "--serial", "A0042", "--blanks", "0", "--yes")
    ran = python(installed, "-m", "drivers.conformance", *asked)
    assert ran.returncode == 2
    assert str(NotFound("acme_c1 tcp:127.0.0.1:1", "open", ""))[:40] in ran.stderr
