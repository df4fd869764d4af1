"""Programs that say `ready` once they are, for as long as a test's block runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.rig import nursery

PATIENCE = 20.0  # seconds to end


@dataclass(frozen=True, slots=True)
class Ready:
    """A program that runs.

    Attributes:
        process: to be signalled.
        said: the line in which it said that it is ready.
    """

    process: nursery.Process
    said: str


def begun(command: Sequence[str], errors: Path | None = None, **more: str) -> Ready:
    """Begin a program and wait for its first line.

    One of ours comes out of a nursery; any other, as one that enters a namespace, is begun as a shell would.

    Args:
        command: the program and its arguments.
        errors: takes what goes wrong; without it that goes among the test's own errors.
        more: what its environment has beside ours.
    """
    begin = nursery.begin if command[0] == sys.executable else _begin
    ours, its = os.pipe()
    with os.fdopen(ours) as told:
        with os.fdopen(its, "wb") as out, ExitStack() as stack:
            log = 2 if errors is None else stack.enter_context(errors.open("ab")).fileno()
            process = begin(command, {**os.environ, **more}, out.fileno(), log)
        said = told.readline()
    assert "ready" in said, f"it ended before it was ready: {' '.join(command)}"
    return Ready(process, said)


@contextmanager
def program(command: Sequence[str], status: int | None = None, **more: str) -> Iterator[Ready]:
    """Run a program until the block ends; a status that is named is asserted then."""
    running = begun(command, **more)
    try:
        yield running
    finally:
        running.process.terminate()
        ended = running.process.wait(PATIENCE)
    assert status in (None, ended)


def _begin(command: Sequence[str], environment: Mapping[str, str], out: int, errors: int) -> nursery.Process:
    return subprocess.Popen(command, env=environment, stdout=out, stderr=errors)
