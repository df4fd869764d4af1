"""Enrolling the station of this computer at its registry."""

from __future__ import annotations

import stationd.lean  # noqa: F401 - before aiohttp

# isort: split
import asyncio
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from stationd.cli.console import Trouble
from stationd.cli.offline import keys_trouble, settings_of
from stationd.registry.enrolment import enrol
from stationd.registry.errors import LinkError, RegistryProblem
from stationd.store.keys import FileKeys, KeysError

KNOWN_PROBLEMS = frozenset({"code-refused", "key-refused"})
"""Problems of an enrolment, by the contract, that have sentences of their own."""


@dataclass(frozen=True)
class Enrolled:
    """What came of it; `until` is the end of the certificate in seconds since the epoch."""

    station: str
    registry: str
    until: float


def enrol_station(file: Path, code: str, ca: Path | None, *, again: bool) -> Enrolled:
    """Enrol the station that a settings file describes, and keep what the registry gives.

    Args:
        file: station.toml.
        code: the one-time code.
        ca: file with the registry's CA; without one the operating system's are trusted.
        again: enrol although the station is enrolled.

    Raises:
        Trouble: if it cannot be done.
    """
    settings = settings_of(file)
    authority = None if ca is None else _text(ca)
    _require_owner(settings.station.data)
    try:
        keys = FileKeys(settings.keys)
        if not keys.ready:
            keys.create_station_keys()
        if keys.enrolment() is not None and not again:
            raise Trouble("already-enrolled", settings.station.id)
        enrolment = asyncio.run(enrol(settings.registry.url, settings.station.id, code, keys, authority))
    except KeysError as error:
        raise keys_trouble(error) from None
    except LinkError as error:
        raise link_trouble(error) from None
    except OSError as error:
        raise Trouble("file-unreadable", str(error.filename or settings.keys), error.strerror or "") from None
    until = x509.load_pem_x509_certificate(enrolment.certificate.encode()).not_valid_after_utc
    return Enrolled(settings.station.id, settings.registry.url, until.timestamp())


def _require_owner(data: Path) -> None:
    """Keep root from making keys that the daemon's user then cannot read."""
    if data.exists() and data.stat().st_uid != os.geteuid():
        raise Trouble("wrong-user", str(data))


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble("file-unreadable", str(path), str(error)) from None


def link_trouble(error: LinkError) -> Trouble:
    """Say what went wrong with the registry in the words of the catalogue."""
    if isinstance(error, RegistryProblem) and error.name in KNOWN_PROBLEMS:
        return Trouble(error.name)
    kind = re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
    detail = f"{error}: {error.detail}" if isinstance(error, RegistryProblem) else getattr(error, "why", str(error))
    return Trouble(kind, "", detail)
