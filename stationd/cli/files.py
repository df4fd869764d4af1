"""Files of whoever calls: read with a limit, and written new, so that nobody else can read them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from stationd.cli.console import Trouble

LARGEST: Final = 64 * 1024 * 1024
"""Bytes: no paper is as large."""


def write(file: Path, content: bytes) -> None:
    """Write a new file of mode 0600. Raises `Trouble` if it is there already, or cannot be written."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as target:
                target.write(content)
        except OSError:
            file.unlink(missing_ok=True)  # half a paper may name citizens, too
            raise
    except OSError as error:
        raise Trouble("file-not-written", str(file), error.strerror or "") from None


def read(file: Path) -> bytes:
    """Read a file. Raises `Trouble` if it cannot be."""
    try:
        with file.open("rb") as source:
            return source.read(LARGEST)
    except OSError as error:
        raise Trouble("file-not-readable", str(file), error.strerror or "") from None
