"""Stations come in by a one-time code, and renew what they got."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any, Final

from simulators.registry.authority import BadRequest
from simulators.registry.problems import Problem
from simulators.registry.sealing import compact, public_jwk
from simulators.registry.state import Registry

_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that a person mistakes for another


def make_code(registry: Registry, station: str) -> str:
    """Make a one-time code by which that station may enrol, once more if it was enrolled before."""
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
    with registry.database.transaction():
        registry.database.add_code(code, station, int(registry.now()))
    return code


def enrol(registry: Registry, request: dict[str, Any]) -> dict[str, Any]:
    """Answer `POST /v1/enrolments`.

    Raises:
        Problem: `code-refused` or `key-refused`.
    """
    station, now = request["station"], int(registry.now())
    digest = hashlib.sha256(compact(request)).hexdigest()
    keys = {name: json.dumps(_key(name, request[name])) for name in ("book_key", "sealing_key")}
    with registry.database.transaction():
        code = registry.database.code(request["code"])
        if code is None or code["station"] != station or code["request"] not in {None, digest}:
            raise Problem("code-refused", f"the code does not enrol {station} (any more); ask for a new one")
        enrolment = code["enrolment"]
        if enrolment is None:
            enrolment = registry.database.add_enrolment({"station": station, "at": now, **keys})
            registry.database.spend_code(request["code"], enrolment, digest)
        certificate = _certify(registry, request["csr"], station, enrolment)
    return {**certificate, "signing_key": registry.signer.public}


def renew(registry: Registry, request: dict[str, Any]) -> dict[str, Any]:
    """Answer `POST /v1/renewals`.

    Raises:
        Problem: `key-refused`.
    """
    station = request["station"]
    with registry.database.transaction():
        enrolment = present_enrolment(registry, station)["enrolment"]
        if "sealing_key" in request:
            key = _key("sealing_key", request["sealing_key"])
            registry.database.set_sealing_key(enrolment, json.dumps(key))
        return _certify(registry, request["csr"], station, enrolment)


def present_enrolment(registry: Registry, station: str) -> dict[str, Any]:
    """Return a station's newest enrolment, its keys read.

    Raises:
        Problem: `certificate-superseded` if there is none, as after a restore from an old backup.
    """
    enrolment = registry.database.enrolment(station)
    if enrolment is None:
        raise Problem("certificate-superseded", f"{station} is not enrolled; enrol it with a new code")
    return {
        **enrolment,
        "book_key": json.loads(enrolment["book_key"]),
        "sealing_key": json.loads(enrolment["sealing_key"]),
    }


def certificate_counts(registry: Registry, station: str, serial: str) -> bool:
    """Tell whether a certificate belongs to the station's newest enrolment."""
    newest = registry.database.enrolment(station)
    return newest is not None and registry.database.certificate_enrolment(serial) == newest["enrolment"]


def _certify(registry: Registry, csr: str, station: str, enrolment: int) -> dict[str, Any]:
    try:
        certificate, serial = registry.authority.issue(csr, station)
    except BadRequest as error:
        raise Problem("key-refused", str(error)) from None
    registry.database.add_certificate(serial, enrolment, int(registry.now()))
    return {"certificate": certificate, "ca": registry.authority.certificate()}


def _key(name: str, jwk: dict[str, str]) -> dict[str, str]:
    try:
        return public_jwk(jwk)
    except ValueError:
        raise Problem("key-refused", f"{name} is not a public key of its kind") from None
