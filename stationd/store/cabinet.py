"""Where papers lie: sealed files beside the database, each paper with a key of its own, and its scan beside it.

Erasing a paper is destroying that key; the files go after it. File names say which paper it is, and nothing of whom.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from typing_extensions import override

from stationd.model.papers import PaperId, parse_id
from stationd.store import secret_files
from stationd.store.vault import JobKeys

DOCUMENT: Final = "document"
SCAN: Final = "scan"

_NONCE: Final = 12


@dataclass(eq=False)
class NotInCabinet(Exception):
    """A paper, or its scan, is not here, or its key was destroyed."""

    paper: PaperId
    part: str

    @override
    def __str__(self) -> str:
        return f"{self.part} of {self.paper} is not kept on this station"


class Cabinet:
    """Sealed papers.

    Args:
        folder: theirs; made when the first is put into it.
        keys: of papers, outside that folder.
    """

    def __init__(self, folder: Path, keys: JobKeys) -> None:
        self._folder = folder
        self._keys = keys

    def put(self, paper: PaperId, part: str, content: bytes) -> None:
        """Put a part of a paper into the cabinet; it is on the disk when this returns.

        Raises:
            OSError: if the disk does not take it.
        """
        secret_files.prepare(self._folder)
        nonce = os.urandom(_NONCE)
        cipher = AESGCM(self._keys.new_job_key(_name(paper)))
        sealed = cipher.encrypt(nonce, content, _bound(paper, part))
        secret_files.write(self._file(paper, part), nonce + sealed)

    def get(self, paper: PaperId, part: str) -> bytes:
        """Take a copy of a part.

        Raises:
            NotInCabinet: if it was erased, never filed, or altered.
        """
        try:
            sealed = secret_files.read(self._file(paper, part))
            cipher = AESGCM(self._keys.job_key(_name(paper)))
            return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(paper, part))
        except (FileNotFoundError, KeyError, InvalidTag, ValueError):
            raise NotInCabinet(paper, part) from None

    def papers(self) -> set[PaperId]:
        """Return the papers of which anything lies here."""
        found = set()
        for file in self._folder.glob("*.sealed"):
            with contextlib.suppress(ValueError):
                found.add(parse_id(file.name.partition(".")[0]))
        return found

    def erase(self, paper: PaperId) -> None:
        """Destroy a paper's key, then its files. It is no error if there is none."""
        self._keys.destroy_job_key(_name(paper))
        for part in (DOCUMENT, SCAN):
            with contextlib.suppress(FileNotFoundError):
                self._file(paper, part).unlink()

    def _file(self, paper: PaperId, part: str) -> Path:
        return self._folder / f"{paper}.{part}.sealed"


def _name(paper: PaperId) -> str:
    """Under what a paper's key is kept: no job is called so."""
    return f"document {paper}"


def _bound(paper: PaperId, part: str) -> bytes:
    return f"{paper} {part}".encode()
