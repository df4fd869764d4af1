"""Verifying the book beside the work: in a process of its own, one at a time, on what time the machine can spare."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from typing_extensions import override

from stationd.store.auditor import PublicKeys
from stationd.store.verify import Report

ROOT: Final = Path(__file__).parents[2]
"""Where this program's packages lie, which an editable installation has on no path."""


@dataclass(eq=False)
class NotFinished(Exception):
    """A verification could not be carried through; the book is neither found whole nor broken.

    Attributes:
        path: the database file.
        status: of the process, negative if it was ended by that signal; None if it never began.
        why: the last thing that it, or the system, said.
    """

    path: Path
    status: int | None
    why: str

    @override
    def __str__(self) -> str:
        return f"{self.path}: not verified ({self.why or f'ended with {self.status}'}); ask again"


class Verification:
    """Whoever wants to know whether a book is whole asks here.

    Args:
        path: the database file.
        keys: to verify it with.
    """

    def __init__(self, path: Path, keys: PublicKeys) -> None:
        self._path = path
        self._keys = keys
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> Report:
        """Replay the book and compare; see `stationd.store.verify`. If cancelled, the process is ended.

        Raises:
            NotFinished: if it could not be carried through.
        """
        async with self._one_at_a_time:
            return await self._run()

    async def _run(self) -> Report:
        # -S: what `site` does would be a quarter of a short book's verification; its path is given instead.
        command = (sys.executable, "-S", "-P", "-s", "-m", "stationd.store.auditor", str(self._path))
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
        pipe = asyncio.subprocess.PIPE
        try:
            auditor = await asyncio.create_subprocess_exec(
                *command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment
            )
        except OSError as error:
            raise NotFinished(self._path, None, str(error)) from error
        try:
            found, complaint = await auditor.communicate(msgspec.json.encode(self._keys))
        except asyncio.CancelledError:
            if auditor.returncode is None:
                auditor.kill()
            await auditor.wait()
            raise
        if auditor.returncode:
            last = complaint.decode(errors="replace").strip().rpartition("\n")[2]
            raise NotFinished(self._path, auditor.returncode, last)
        return msgspec.json.decode(found, type=Report)
