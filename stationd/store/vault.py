"""Sealed payloads and labels, each wrapped once more by a key of its own that lives outside the database.

Erasing a payload is destroying that key: whatever pages of the database file or its log still hold are noise then. The
row goes too, and the log is truncated at the next checkpoint.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from typing_extensions import override

_NONCE = 12


class JobKeys(Protocol):
    """Keeps one 256-bit key a job, outside the database."""

    def new_job_key(self, job_id: str) -> bytes:
        """Make, store durably and return a new key."""

    def job_key(self, job_id: str) -> bytes:
        """Return a job's key; raises `KeyError` once it is destroyed."""

    def destroy_job_key(self, job_id: str) -> None:
        """Destroy a job's key for good. Destroying what is not there is no error."""


@dataclass(eq=False)
class NotInVault(Exception):
    """A job's payload is not here, or its key was destroyed."""

    job_id: str

    @override
    def __str__(self) -> str:
        return f"job {self.job_id}: its payload is no longer on this station"


class Vault:
    """The sealed things of jobs. Called inside the transaction that records why."""

    def __init__(self, connection: sqlite3.Connection, keys: JobKeys) -> None:
        self._db = connection
        self._keys = keys

    def put(self, job_id: str, sealed: bytes, label: bytes) -> None:
        """Store a job's payload and label as they came, wrapped."""
        cipher = AESGCM(self._keys.new_job_key(job_id))
        row = (job_id, _wrap(cipher, job_id, sealed), _wrap(cipher, job_id, label))
        self._db.execute("INSERT OR REPLACE INTO vault VALUES (?, ?, ?)", row)

    def sealed(self, job_id: str) -> bytes:
        """Return a job's payload as it came from the registry.

        Raises:
            NotInVault: if it was erased or never came.
        """
        return self._get(job_id, "sealed")

    def label(self, job_id: str) -> bytes:
        """Return a job's sealed label. Raises as `sealed` does."""
        return self._get(job_id, "label")

    def _get(self, job_id: str, column: str) -> bytes:
        row = self._db.execute(f"SELECT {column} FROM vault WHERE job_id = ?", (job_id,)).fetchone()  # noqa: S608
        try:
            wrapped = bytes(row[0])
            return AESGCM(self._keys.job_key(job_id)).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], job_id.encode())
        except (TypeError, KeyError, InvalidTag):
            raise NotInVault(job_id) from None

    def put_record(self, job_id: str, record: bytes) -> None:
        """Store the record of who waits for a card, wrapped by a key of its own, not the job's."""
        cipher = AESGCM(self._keys.new_job_key(_record_key(job_id)))
        self._db.execute("INSERT OR REPLACE INTO shelf_records VALUES (?, ?)", (job_id, _wrap(cipher, job_id, record)))

    def record(self, job_id: str) -> bytes:
        """Return the record of who waits for a card. Raises `NotInVault`."""
        row = self._db.execute("SELECT sealed FROM shelf_records WHERE job_id = ?", (job_id,)).fetchone()
        try:
            wrapped = bytes(row[0])
            key = self._keys.job_key(_record_key(job_id))
            return AESGCM(key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], job_id.encode())
        except (TypeError, KeyError, InvalidTag):
            raise NotInVault(job_id) from None

    def erase_record(self, job_id: str) -> None:
        """Destroy a record's key, then its row."""
        self._keys.destroy_job_key(_record_key(job_id))
        self._db.execute("DELETE FROM shelf_records WHERE job_id = ?", (job_id,))

    def erase(self, job_id: str) -> None:
        """Destroy a job's key, then its row."""
        self._keys.destroy_job_key(job_id)
        self._db.execute("DELETE FROM vault WHERE job_id = ?", (job_id,))


def _record_key(job_id: str) -> str:
    return f"shelf/{job_id}"  # no job's id has a slash


def _wrap(cipher: AESGCM, job_id: str, content: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + cipher.encrypt(nonce, content, job_id.encode())
