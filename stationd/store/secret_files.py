"""Files that hold secrets: whole after a power cut, read only if nobody else could, overwritten before they go."""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from typing_extensions import override


class KeysError(Exception):
    """Something is wrong with the station's keys. No message carries key material."""


@dataclass(eq=False)
class KeysExposed(KeysError):
    """Others than the station's own user can read or write a key, so it is not used."""

    path: Path
    mode: int
    ours: bool

    @override
    def __str__(self) -> str:
        if not self.ours:
            return f"{self.path} belongs to another user; chown it to the user that runs stationd"
        wanted = "700" if stat.S_ISDIR(self.mode) else "600"
        return (
            f"{self.path} has mode {stat.S_IMODE(self.mode):o}: others could read the station's keys; "
            f"find out who did, then chmod {wanted} {self.path}"
        )


_UNFINISHED: Final = ".unfinished-"


def prepare(folder: Path) -> None:
    """Make the folder unless it is there, and destroy what a power cut left unfinished in it.

    Raises:
        KeysExposed: others can enter it.
    """
    if not folder.exists():
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # the station's data, if keys are the first of it
        folder.mkdir(mode=0o700)
        _sync_directory(folder.parent)
    _refuse_lax(folder)
    _sweep(folder)


def write(path: Path, content: bytes) -> None:
    """Put a file in place whole: after a power cut there is the old one or the new one."""
    unfinished = path.with_name(_UNFINISHED + secrets.token_hex(8))
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)
    unfinished.rename(path)
    _sync_directory(path.parent)


def read(path: Path) -> bytes:
    """A file's content. Raises `KeysExposed` or `FileNotFoundError`."""
    with path.open("rb") as file:
        _refuse_lax(path, os.fstat(file.fileno()))
        return file.read()


def destroy(path: Path) -> None:
    """Overwrite, then remove. Raises `FileNotFoundError`."""
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(os.fstat(file.fileno()).st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    _sync_directory(path.parent)


def _sweep(folder: Path) -> None:
    """Destroy what a power cut left unfinished: nobody was told that it exists."""
    for leftover in folder.glob(_UNFINISHED + "*"):
        destroy(leftover)


def _sync_directory(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_lax(path: Path, status: os.stat_result | None = None) -> None:
    status = path.stat() if status is None else status
    ours = status.st_uid == os.geteuid()
    if not ours or status.st_mode & 0o077:
        raise KeysExposed(path, status.st_mode, ours=ours)
