"""What a program loads before it does anything: an old PC pays for each of these at each start."""

from __future__ import annotations

import subprocess
import sys

import pytest

NOT_TRUSTED = """
import os, ssl
os.environ["SSL_CERT_FILE"] = "kept"
made = []
usual = ssl.SSLContext.set_default_verify_paths
def counted(context):
    usual(context)
    made.append(os.environ["SSL_CERT_FILE"])
ssl.SSLContext.set_default_verify_paths = counted
import {program}
print(sorted(set(made)), os.environ["SSL_CERT_FILE"])
"""


def said_by(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("program", "heavy"),
    [
        ("stationd.__main__", {"rich", "pygments", "faker"}),
        ("simulators.registry.__main__", {"rich", "structlog"}),
    ],
)
def test_a_program_loads_nothing_that_it_does_not_want(program: str, heavy: set[str]) -> None:
    assert said_by(f"import sys, {program}; print(*sorted({heavy!r} & sys.modules.keys()))") == "\n"


def test_what_was_kept_from_loading_can_still_be_loaded() -> None:
    assert said_by("import stationd.lean, rich; print(rich.__name__)") == "rich\n"


@pytest.mark.parametrize("program", ["stationd.__main__", "stationd.cli.registering", "simulators.registry.__main__"])
def test_no_program_reads_the_authorities_of_this_computer(program: str) -> None:
    assert said_by(NOT_TRUSTED.format(program=program)) == "['/dev/null'] kept\n"
