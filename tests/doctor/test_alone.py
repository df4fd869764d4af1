"""Each failure is brought about at a station that is well, and the probe that is there for it reports it alone."""

from __future__ import annotations

import datetime
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from typing_extensions import override

from drivers.catalog import Catalog
from drivers.deadline import Deadline
from drivers.encoder import ServiceGone
from drivers.errors import HeldByAnother, NotFound, PermissionRefused
from drivers.printer import Cleanable, Cleanings, Identity, Preparation, Reason
from stationd.clock import Trust
from stationd.doctor import host, machines, outside
from stationd.doctor.examination import examine
from stationd.doctor.finding import Level
from stationd.doctor.premises import Premises
from stationd.press.notice import LineState, LineStatus, Reported
from stationd.registry.errors import LinkError
from stationd.station import BookCheck, LinkStatus
from stationd.store.keys import Enrolment, FileKeys
from tests.api.house import House
from tests.doctor.fakes import FakePrinter, catalog, printers, readers, settings
from tests.doctor.test_probes import LINE, USB, bus, status


class Washable(FakePrinter, Cleanable):
    """Counts its cleanings; reads what it can of them from `now`."""

    now = Cleanings(3, 12, 700, due=False)
    who = "1.0"

    @property
    @override
    def identity(self) -> Identity:
        return replace(super().identity, firmware=self.who)

    @property
    @override
    def preparations(self) -> tuple[Preparation, ...]:
        return ()

    @override
    def cleanings(self, deadline: Deadline) -> Cleanings:
        return self.now

    @override
    def clean(self, deadline: Deadline) -> None:
        raise AssertionError("a probe moves nothing")


def certificate(days: float) -> str:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kec")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - datetime.timedelta(days=400))
    made = builder.not_valid_after(now + datetime.timedelta(days=days)).sign(key, hashes.SHA256())
    return made.public_bytes(Encoding.PEM).decode()


@dataclass
class Place:
    """A station that is well, and everything that can be changed of it."""

    folder: Path
    patch: pytest.MonkeyPatch
    printer: Washable = field(default_factory=lambda: Washable("A1"))
    running: dict[str, Any] | None = None
    cause: Exception | None = None
    readers: Any = ("pcsc:R 0",)
    drivers: Catalog | None = None
    lines: tuple[tuple[str, str, str, str], ...] = (LINE,)
    days: float = 300.0
    registry: LinkError | None = None
    drift: float = 0.0
    rule: bool = True
    node: bool = True

    def premises(self) -> Premises:
        named = settings(self.folder, *self.lines)
        opened: Any = self.cause or (lambda _: self.printer)
        drivers = self.drivers or catalog(printers("matica_xid", [USB], opened), readers(self.readers))
        system = bus(self.folder / "system", open_to_all=self.node, rule=self.rule)
        now = None if self.running is None else status(**self.running)
        return Premises(named, drivers, now, system=system)

    def troubles(self) -> set[tuple[str, str]]:
        """What is not well, by probe."""
        enrolment = Enrolment(certificate(self.days), "", {"kty": "OKP"})

        async def asked(_: Premises) -> float:
            if self.registry is not None:
                raise self.registry
            return self.drift

        self.patch.setattr(FileKeys, "enrolment", lambda _: enrolment)
        self.patch.setattr(outside, "_drift", asked)
        self.patch.setattr(machines, "choose_route", lambda *_, **__: None)
        return {(f.probe, f.code) for f in examine(self.premises()).findings if f.level is not Level.WELL}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    with House(tmp_path / "data") as house:
        house.stock()
    return Place(tmp_path, monkeypatch)


def line(state: LineState, cause: str = "", **more: Any) -> dict[str, Any]:
    return {"lines": [LineStatus("line-1", state, cause, printer="X:1", **more)]}


def waits(reason: Reason) -> Callable[[Place], None]:
    return lambda place: setattr(place, "running", line(LineState.WAITING, reason))


def reports(reason: Reason) -> Callable[[Place], None]:
    def change(place: Place) -> None:
        place.printer = Washable("A1", [reason])

    return change


def also(reason: Reason) -> Callable[[Place], None]:
    told = (Reported(reason, "C", "as it says"),)
    return lambda place: setattr(place, "running", line(LineState.READY, conditions=told))


def sets(**changes: Any) -> Callable[[Place], None]:
    def change(place: Place) -> None:
        for name, value in changes.items():
            setattr(place, name, value)

    return change


def of_printer(**changes: Any) -> Callable[[Place], None]:
    def change(place: Place) -> None:
        for name, value in changes.items():
            setattr(place.printer, name, value)

    return change


def expose(place: Place) -> None:
    (place.folder / "data" / "keys" / "station.json").chmod(0o644)


def tamper(place: Place) -> None:
    db = sqlite3.connect(place.folder / "data" / "book.db")
    db.executescript("DROP TRIGGER book_is_never_changed; UPDATE book SET text = replace(text, 'B-2026', 'B-2027');")
    db.close()


def full(place: Place) -> None:
    place.patch.setattr(host, "SIZE", 2**63)


def unwritable(place: Place) -> None:
    def fails(_: int) -> None:
        raise OSError(5, "Input/output error")

    place.patch.setattr(os, "fsync", fails)


PRINTER = "printer line-1"
FAILURES: dict[str, tuple[Callable[[Place], None], tuple[str, str]]] = {
    "udev": (sets(rule=False), ("permissions", "udev-rule-missing")),
    "permissions": (sets(node=False), ("permissions", "permission-refused")),
    "permissions of the printer": (sets(cause=PermissionRefused("d", "open")), (PRINTER, "permission-refused")),
    "pcscd": (sets(readers=ServiceGone("pcsc", "list")), ("readers", "service-gone")),
    "reader": (sets(readers=("pcsc:Other",)), ("readers", "encoder-missing")),
    "printer away": (sets(cause=NotFound("d", "open", USB)), (PRINTER, "not-found")),
    "printer held": (sets(cause=HeldByAnother("d", "open")), (PRINTER, "held-by-another")),
    "firmware": (of_printer(who=""), (PRINTER, "firmware-not-told")),
    "ribbon": (of_printer(_left=3), (PRINTER, "supply-low")),
    "ribbon out": (reports(Reason.MARKER_SUPPLY_EMPTY), (PRINTER, "marker-supply-empty")),
    "film": (reports(Reason.FILM_EMPTY), (PRINTER, "film-empty")),
    "cleaning": (of_printer(now=Cleanings(3, 701, 700, due=True)), (PRINTER, "cleaning-due")),
    "cleaning, reported as well": (
        lambda place: (reports(Reason.CLEANING_DUE)(place), of_printer(now=Cleanings(3, 1, None, due=True))(place))[0],
        (PRINTER, "cleaning-due"),
    ),
    "temperature": (reports(Reason.OVERHEATED), (PRINTER, "overheated")),
    "disk": (full, ("disk", "disk-full")),
    "disk that fails": (unwritable, ("disk", "disk-does-not-sync")),
    "certificate": (sets(days=3), ("certificate", "certificate-ends")),
    "certificate over": (sets(days=-1), ("certificate", "certificate-expired")),
    "registry": (sets(registry=LinkError("no route")), ("registry", "registry-unreachable")),
    "clock": (sets(drift=3600.0), ("registry", "clock-drifts")),
    "keys": (expose, ("keys", "keys-exposed")),
    "book": (tamper, ("book", "book-broken")),
    "wrong driver": (
        sets(lines=(("line-1", "matika", USB, "pcsc:R 0"),)),
        ("drivers", "driver-unknown"),
    ),
    "running: temperature": (waits(Reason.OVERHEATED), (PRINTER, "overheated")),
    "running: warming up": (waits(Reason.WARMING_UP), (PRINTER, "warming-up")),
    "running: ribbon": (also(Reason.MARKER_SUPPLY_LOW), (PRINTER, "marker-supply-low")),
    "running: cleaning": (also(Reason.CLEANING_DUE), (PRINTER, "cleaning-due")),
    "running: registry": (
        sets(running={"link": LinkStatus(False, None, "no route", 0)}),
        ("registry", "registry-unreachable"),
    ),
    "running: clock": (sets(running={"trust": Trust.UNKNOWN, "time": None}), ("registry", "time-unknown")),
    "running: book": (sets(running={"book_check": BookCheck("failed")}), ("book", "book-broken")),
}


@pytest.mark.parametrize("running", [None, {}], ids=["down", "running"])
def test_a_station_that_is_well_has_no_findings(place: Place, running: dict[str, Any] | None) -> None:
    place.running = running
    assert place.troubles() == set()


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_is_reported_by_its_probe_and_by_no_other(place: Place, failure: str) -> None:
    bring_about, expected = FAILURES[failure]
    bring_about(place)
    told = place.troubles()
    # A driver that is not there finds no device either: that is said beside it.
    assert told - {("addresses", "driver-wrong")} == {expected}
