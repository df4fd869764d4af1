"""Papers by command: issued, saved, verified elsewhere, and what is said of those that were altered."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import msgspec
import pytest

from stationd.client import documents as client_documents
from stationd.model import day
from stationd.station import papers
from tests.api.house import House
from tests.cli.conftest import Ctl


@pytest.fixture
def trust(house: House, ctl: Ctl, tmp_path: Path) -> Path:
    """The file by which another computer knows this station."""
    house.stock()
    file = tmp_path / "station.pem"
    assert ctl("document", "trust", "--out", str(file)).code == 0
    return file


def test_a_paper_is_issued_listed_saved_and_verified(ctl: Ctl, trust: Path, tmp_path: Path) -> None:
    assert ctl("document", "list").out == "There are no documents yet.\n"
    said = ctl("document", "issue", "daily")
    assert (said.code, "001/LH/KEC-73.16.01/VIII/2026" in said.out) == (0, True)
    assert "daily-2026-1" in ctl("document", "list").out
    assert "001/LH/KEC-73.16.01/VIII/2026" in ctl("document", "show", "daily-2026-1").out
    file = tmp_path / "report.pdf"
    assert ctl("document", "save", "daily-2026-1", "--out", str(file)).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ctl("document", "save", "daily-2026-1", "--out", str(file)).code == 1
    genuine = ctl("verify-document", str(file), "--trust", str(trust))
    assert (genuine.code, "GENUINE" in genuine.out, "kec-73.16.01" in genuine.out) == (0, True, True)
    facts = json.loads(ctl("verify-document", str(file), "--trust", str(trust), "--json").out)
    assert (facts["genuine"], facts["document"]) == (True, "daily-2026-1")


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda pdf: pdf.replace(b"%PDF-1.", b"%PDF-2.", 1), "document-altered"),
        (lambda pdf: pdf[:-1], "document-altered"),
        (lambda pdf: pdf.replace(b"%stationd-seal", b"%stationd-soul"), "document-not-sealed"),
        (lambda _: b"", "document-not-sealed"),
    ],
)
def test_an_altered_paper_is_told_from_a_genuine_one(
    ctl: Ctl, trust: Path, tmp_path: Path, change: object, cause: str
) -> None:
    ctl("document", "issue", "daily")
    file = tmp_path / "report.pdf"
    ctl("document", "save", "daily-2026-1", "--out", str(file))
    file.write_bytes(change(file.read_bytes()))  # type: ignore[operator]
    said = ctl("verify-document", str(file), "--trust", str(trust))
    assert (said.code, cause in said.err) == (1, True)


def test_a_paper_of_a_station_that_is_not_known_here_is_said_to_be_so(ctl: Ctl, trust: Path, tmp_path: Path) -> None:
    ctl("document", "issue", "daily")
    file, other = tmp_path / "report.pdf", tmp_path / "other"
    ctl("document", "save", "daily-2026-1", "--out", str(file))
    with House(other) as elsewhere:
        pem = elsewhere.station.document_trust().pem
    (tmp_path / "other.pem").write_text(pem)
    said = ctl("verify-document", str(file), "--trust", str(tmp_path / "other.pem"))
    assert (said.code, "document-signer-unknown" in said.err) == (1, True)
    (tmp_path / "empty.pem").write_text("")
    assert "trust-not-readable" in ctl("verify-document", str(file), "--trust", str(tmp_path / "empty.pem")).err
    assert "file-not-readable" in ctl("verify-document", str(tmp_path / "none"), "--trust", str(trust)).err
    assert ctl("verify-document", str(file)).code == 2


def test_a_scan_is_filed_and_taken_out_again(house: House, ctl: Ctl, trust: Path, tmp_path: Path) -> None:
    ctl("document", "issue", "daily")
    scan = tmp_path / "scan.jpg"
    scan.write_bytes(b"\xff\xd8\xff" + bytes(200_000) + b"\xff\xd9")  # larger than any other request may be
    assert ctl("document", "file-scan", "daily-2026-1", str(scan)).code == 0
    back = tmp_path / "back.jpg"
    assert ctl("document", "save", "daily-2026-1", "--scan", "--out", str(back)).code == 0
    assert back.read_bytes() == scan.read_bytes()
    assert "image/jpeg" in ctl("document", "show", "daily-2026-1").out
    scan.write_bytes(b"\xff\xd8\xff" + bytes(21 * 1024 * 1024))
    assert "scan-too-large" in ctl("document", "file-scan", "daily-2026-1", str(scan)).err
    assert "office-printer-not-named" in ctl("document", "print", "daily-2026-1").err


def test_the_day_is_shown_with_its_accounts(house: House, ctl: Ctl) -> None:
    house.stock()
    house.deliver("j1")
    ctl("accept", "j1")
    shown = ctl("day").out
    assert "2026-08-01" in shown
    assert house.station.status().head in shown
    told = json.loads(ctl("day", "2026-08-01", "--json").out)
    assert (told["printed"], told["received"]) == (1, 500)
    assert "not-a-day" in ctl("day", "2027-01-01").err


@pytest.mark.parametrize(
    ("view", "told"),
    [
        (client_documents.DayView, day.DayReport),
        (client_documents.AccountDayView, day.AccountDay),
        (client_documents.MovedView, day.Moved),
        (client_documents.SupplyLeftView, day.SupplyLeft),
        (client_documents.DocumentView, papers.DocumentView),
        (client_documents.TrustView, papers.DocumentTrust),
    ],
)
def test_the_client_knows_only_what_the_station_tells(view: type[msgspec.Struct], told: type[msgspec.Struct]) -> None:
    assert set(view.__struct_fields__) <= set(told.__struct_fields__)
