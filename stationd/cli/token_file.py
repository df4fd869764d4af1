"""The token of a session between two calls of `stationctl`: of the environment, or in a file only its user can read."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from typing_extensions import override

VARIABLE: Final = "STATIOND_TOKEN"
"""The environment variable by which a script says its token. It goes before any file."""

_FOLDER: Final = "stationd"


@dataclass(eq=False)
class TokenUnusable(Exception):
    """The file of a token is not there where it should be, or not safe. `cause` is a word of the catalogue."""

    cause: str
    subject: str
    detail: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.subject}: {self.cause} ({self.detail})"


def find(socket: Path, environment: Mapping[str, str]) -> str:
    """Return the token for the station at a socket; empty if there is none.

    Raises:
        TokenUnusable: others could have read the file.
    """
    if token := environment.get(VARIABLE, ""):
        return token
    path = _path(socket, environment)
    if path is None:
        return ""
    try:
        with path.open() as file:
            status = os.fstat(file.fileno())
            if status.st_uid != os.geteuid() or status.st_mode & 0o077:
                raise TokenUnusable("token-exposed", str(path), stat.filemode(status.st_mode))
            return file.read().strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise TokenUnusable("token-unreadable", str(path), error.strerror or "") from None


def keep(socket: Path, environment: Mapping[str, str], token: str) -> None:
    """Keep a token for the station at a socket, until this user of the computer logs out.

    Raises:
        TokenUnusable: there is no place for it.
    """
    path = _path(socket, environment)
    if path is None:
        raise TokenUnusable("no-runtime-folder", VARIABLE)
    fresh = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            fresh.unlink()
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token)
        fresh.rename(path)
    except OSError as error:
        raise TokenUnusable("token-unreadable", str(path), error.strerror or "") from None


def forget(socket: Path, environment: Mapping[str, str]) -> None:
    """Forget the token for the station at a socket."""
    path = _path(socket, environment)
    if path is not None:
        with suppress(OSError):
            path.unlink()


def _path(socket: Path, environment: Mapping[str, str]) -> Path | None:
    """Return where the token is; None where this user has no folder that goes with the desktop session."""
    folder = environment.get("XDG_RUNTIME_DIR", "")
    name = hashlib.sha256(os.fsencode(socket.absolute())).hexdigest()[:16]
    return Path(folder) / _FOLDER / f"{name}.token" if folder else None
