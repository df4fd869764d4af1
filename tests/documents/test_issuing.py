"""Papers at a station: numbered without gaps, sealed on the disk, and their figures those of the book."""

from __future__ import annotations

import asyncio
import io
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pypdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from PIL import Image

from stationd.documents import fonts, printing, seal
from stationd.model import events, rule_events
from stationd.model.blank import Place
from stationd.model.paper_events import NumbersInherited
from stationd.model.papers import Kind, PaperId
from stationd.model.pile import Counted
from stationd.registry import slips
from stationd.registry.predecessor import Predecessor
from stationd.settings import OfficeSettings
from stationd.station import Refused
from stationd.station import paper_sources as sources
from stationd.station.paper_keys import certified
from stationd.store.keys import Enrolment
from stationd.store.store import CommitFailed
from stationd.succession import opening, succession
from tests.api.house import LINE, NOW, OFFICER, STATION, House, policy
from tests.documents import qr_reading
from tests.documents.test_seal import Authority
from tests.station.mobile_places import OTHER, SUPERVISOR, granted, other_keys


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        served.stock()
        yield served
        assert asyncio.run(served.station.verify()).passed


def refused(cause: str, act: Callable[[], object]) -> None:
    with pytest.raises(Refused) as refusal:
        act()
    assert refusal.value.cause == cause


def read(pdf: bytes) -> str:
    """Return the words of a paper, one space between them."""
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def lasting(house: House) -> None:
    """Let the officer's decree last for ever."""
    (officer,) = policy().officers
    house.station.rules.go_by(policy(officers=(msgspec.structs.replace(officer, valid_until=2**34),)))


def ask_for_blanks(house: House) -> int:
    asked = rule_events.StockRequested(
        supply="blanks", line="", stock="wni", to="province", left=612, rate=87.4, days_left=7, wanted=2722
    )
    return house.store.record("rules", asked)[0].envelope.seq


def test_the_daily_report_says_what_the_book_says(house: House) -> None:
    house.station.office_settings = OfficeSettings(kabupaten="Enrekang", kecamatan="Anggeraja")
    house.deliver("j1")
    house.station.accept("j1", OFFICER)
    house.ruin("bad")
    house.hold("h1", "under-age")
    before = house.station.status()
    issued = house.station.issue_document("daily", "", OFFICER)
    assert (issued.id, issued.title) == ("daily-2026-1", "001/LH/KEC-73.16.01/VIII/2026")
    text = read(house.station.document(issued.id, OFFICER))
    for piece in (
        "PEMERINTAH KABUPATEN ENREKANG",
        "KECAMATAN ANGGERAJA",
        "LAPORAN HARIAN PENCETAKAN KTP-EL",
        "Nomor: 001/LH/KEC-73.16.01/VIII/2026",
        "Sabtu, 1 Agustus 2026",
        "Warga ini belum berusia 17 tahun",
        "Petugas Uji",
        before.head,
        issued.content,
        "Halaman 1 dari 2",
    ):
        assert piece in text, piece
    day = house.station.day("", OFFICER)
    assert (day.printed, sum(day.spoiled.values()), day.held) == (1, 1, {"spoiled": 1, "under-age": 1})


def test_each_account_of_a_day_adds_up_and_ends_where_the_book_is(house: House) -> None:
    house.deliver("j1")
    house.ruin("bad")
    house.lose("lost")
    day = house.station.day("2026-08-01", OFFICER)
    assert all(a.start + a.came - a.went == a.end for a in day.accounts)
    held = {(b.place, b.line, b.batch): b.count for b in house.station.balances() if b.place is not Place.SUPPLY}
    assert {(a.place, a.line, a.batch): a.end for a in day.accounts if a.end} == held
    assert day.last == house.station.status().book


def test_the_next_day_begins_where_the_last_one_ended(house: House) -> None:
    house.deliver("j1")
    first = house.station.day("", OFFICER)
    house.clock.set_trusted(NOW + 86_400, house.clock.uptime())
    house.station.take_in_hand(3, OFFICER)
    again, second = house.station.day(first.date, OFFICER), house.station.day("", OFFICER)
    assert second.date == "2026-08-02"
    assert (again.accounts, again.moved) == (first.accounts, first.moved)
    assert (again.last, again.head) == (first.last, first.head)
    assert (again.waiting, again.held) == ({"printing": 1}, first.held)
    ended = {(a.place, a.line, a.batch): a.end for a in first.accounts if a.end}
    assert {(a.place, a.line, a.batch): a.start for a in second.accounts if a.start} == ended
    assert second.first == first.last + 1
    empty = house.station.day("2026-07-30", OFFICER)
    assert (empty.first, empty.last, empty.accounts, empty.head) == (1, 0, (), "0" * 64)


def test_what_waited_and_was_held_is_known_the_morning_after(house: House) -> None:
    for job, mishap in (
        ("a", house.ruin),
        ("b", house.lose),
        ("c", house.deliver),
        ("d", house.arrive),
        ("e", house.ruin),
    ):
        mishap(job)
    house.hold("f", "under-age")
    house.deliver("g")
    house.station.accept("g", OFFICER)
    house.arrive("h")
    house.station.order("h", OFFICER)
    house.begin("h")
    house.arrive("i")
    house.station.return_job("i", OFFICER, "other")
    for revoked in ("d", "h", "e"):
        house.store.record("registry", events.JobRevoked(job_id=revoked))
    house.station.release("a", OFFICER)
    today = house.station.day("", OFFICER)
    assert today.held == {"under-age": 1, "unknown": 1}
    house.clock.set_trusted(NOW + 86_400, house.clock.uptime())
    house.arrive("new")
    house.store.record("press", events.AttemptReleased(attempt_id="at-h", job_id="h", cause="revoked"))
    then = house.station.day(today.date, OFFICER)
    assert then.held == today.held
    assert sum(then.waiting.values()) == sum(today.waiting.values()) == 3
    assert then.waiting == {"printing": 2, "queued": 1}


def test_a_letter_is_for_one_request_and_one_only(house: House) -> None:
    refused("nothing-to-put-on-paper", lambda: house.station.issue_document("request", "", OFFICER))
    house.station.office_settings = OfficeSettings(province="Sulawesi Selatan")
    seq = ask_for_blanks(house)
    letter = house.station.issue_document("request", "", OFFICER)
    assert (letter.id, letter.subject) == ("request-2026-1", str(seq))
    text = read(house.station.document(letter.id, OFFICER))
    assert "Kepala Dinas Kependudukan dan Pencatatan Sipil Provinsi Sulawesi Selatan" in text
    assert "dua ribu tujuh ratus dua puluh dua" in text
    assert "87,4" in text
    refused("document-exists", lambda: house.station.issue_document("request", str(seq), OFFICER))


def test_numbers_have_no_gaps_whatever_fails(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    issue = house.station.issue_document
    lasting(house)
    assert issue("daily", "", OFFICER).number == 1
    with monkeypatch.context() as broken:
        broken.setattr(fonts, "_FOLDERS", (Path("nowhere"),))
        broken.setattr(fonts.pdfmetrics, "getRegisteredFontNames", list)
        refused("font-of-papers-missing", lambda: issue("daily", "", OFFICER))
    with monkeypatch.context() as full:
        full.setattr(house.store._room, "full", lambda: True)
        with pytest.raises(CommitFailed):
            issue("daily", "", OFFICER)
    assert issue("daily", "", OFFICER).number == 2
    house.station.take_stock([Counted(Place.STORE, 449)], OFFICER)
    assert issue("stock-take", "", OFFICER).number == 1
    house.clock.set_trusted(NOW + 200 * 86_400, house.clock.uptime())
    later = issue("daily", "", OFFICER)
    assert (later.year, later.number, later.title) == (2027, 1, "001/LH/KEC-73.16.01/II/2027")
    assert [paper.number for paper in house.station.documents(OFFICER)] == [1, 1, 2, 1]


def test_a_new_book_goes_on_with_the_numbers_of_the_one_before(house: House, tmp_path: Path) -> None:
    for _ in range(2):
        house.station.issue_document("daily", "", OFFICER)
    with house.store.read() as view:
        texts = view.texts(0, -1)
        head = view.head()
    predecessor = Predecessor("inc-1", head.digest, tuple(texts))
    happened = opening(succession(predecessor, NOW), {})
    with House(tmp_path / "new") as after:
        for event in happened:
            if isinstance(event, NumbersInherited):
                after.store.record("stationd", event)
        assert after.station.issue_document("daily", "", OFFICER).number == 3
        assert asyncio.run(after.station.verify()).passed


def test_papers_are_sealed_on_the_disk_and_checked_without_the_book(house: House, tmp_path: Path) -> None:
    issued = house.station.issue_document("daily", "", OFFICER)
    files = list((tmp_path / "papers").iterdir())
    assert [file.name for file in files] == ["daily-2026-1.document.sealed"]
    assert b"%PDF" not in files[0].read_bytes()
    pdf = house.station.document(issued.id, OFFICER)
    trust = seal.read_trust(house.station.document_trust().pem.encode())
    said = seal.verify(pdf, trust)
    assert (said.document, said.content, said.head) == (issued.id, issued.content, issued.head)


def test_a_paper_is_erased_when_its_time_is_up_and_its_number_stays_taken(house: House, tmp_path: Path) -> None:
    issued = house.station.issue_document("daily", "", OFFICER)
    assert house.station.erase_due_documents() == 0
    house.clock.set_trusted(issued.retain_until + 1, house.clock.uptime())
    assert house.station.erase_due_documents() == 1
    assert not list((tmp_path / "papers").iterdir())
    lasting(house)
    (shown,) = house.station.documents(OFFICER)
    assert shown.erased
    refused("document-erased", lambda: house.station.document(issued.id, OFFICER))


def test_what_a_power_cut_left_of_a_paper_is_destroyed(house: House, tmp_path: Path) -> None:
    issued = house.station.issue_document("daily", "", OFFICER)
    left = PaperId(Kind.RECEIPT, 2026, 1)
    house.station._cabinet.put(left, "document", b"%PDF of somebody")
    assert len(list((tmp_path / "papers").iterdir())) == 2
    keys = set((tmp_path / "keys" / "jobs").iterdir())
    assert house.station.erase_due_documents() == 0
    assert [file.name for file in (tmp_path / "papers").iterdir()] == [f"{issued.id}.document.sealed"]
    assert len(keys - set((tmp_path / "keys" / "jobs").iterdir())) == 1
    assert house.station.document(issued.id, OFFICER)


def test_a_paper_is_known_by_the_registrys_certificate_alone(house: House) -> None:
    authority = Authority()
    csr = x509.load_pem_x509_csr(house.keys.certificate_request(STATION).encode())
    pem = authority.issue(STATION, csr).public_bytes(serialization.Encoding.PEM).decode()
    ca = authority.certificate.public_bytes(serialization.Encoding.PEM).decode()
    house.keys.save_enrolment(Enrolment(pem, ca, house.keys.book_public()))
    house.station.certified = lambda: certified(house.keys, STATION)
    issued = house.station.issue_document("daily", "", OFFICER)
    pdf = house.station.document(issued.id, OFFICER)
    assert seal.verify(pdf, authority.trust()).station == STATION
    with pytest.raises(seal.NotGenuine):
        seal.verify(pdf, Authority().trust())
    assert seal.verify(pdf, seal.read_trust(house.station.document_trust().pem.encode())).document == issued.id


def test_a_scan_is_filed_beside_its_paper(house: House) -> None:
    issued = house.station.issue_document("daily", "", OFFICER)
    refused("no-scan-filed", lambda: house.station.document_scan(issued.id, OFFICER))
    refused("scan-not-readable", lambda: house.station.file_scan(issued.id, b"%PDF-1.4 cut off", OFFICER))
    refused("scan-not-readable", lambda: house.station.file_scan(issued.id, b"GIF89a", OFFICER))
    refused("no-such-document", lambda: house.station.file_scan("daily-2026-9", b"x", OFFICER))
    png = b"\x89PNG\r\n\x1a\n" + bytes(50) + b"IEND\xaeB`\x82"
    assert house.station.file_scan(issued.id, png, OFFICER).scan_media == "image/png"
    assert house.station.document_scan(issued.id, OFFICER) == ("image/png", png)


def test_a_paper_goes_to_the_offices_printer(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = house.station.issue_document("daily", "", OFFICER)
    send = lambda: house.station.print_document(issued.id, OFFICER)  # noqa: E731 - an act by name
    refused("office-printer-not-named", send)
    house.station.office_settings = OfficeSettings(printer="kantor")
    monkeypatch.setenv("PATH", str(tmp_path))
    refused("lp-missing", send)
    program = tmp_path / printing.COMMAND
    program.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/said\n/bin/cat >{tmp_path}/paper.pdf\n')
    program.chmod(0o755)
    send()
    assert (tmp_path / "said").read_text() == f"-s -d kantor -t {issued.id} -\n"
    assert (tmp_path / "paper.pdf").read_bytes() == house.station.document(issued.id, OFFICER)
    program.write_text("#!/bin/sh\necho no such queue >&2\nexit 1\n")
    refused("office-printer-refuses", send)


def test_what_cannot_be_put_on_paper_is_refused(house: House) -> None:
    for kind, subject, cause in (
        ("poem", "", "no-such-document-kind"),
        ("daily", "2026-08-02", "not-a-day"),
        ("daily", "yesterday", "not-a-day"),
        ("destruction", "", "nothing-to-put-on-paper"),
        ("destruction", "1", "nothing-to-put-on-paper"),
        ("stock-take", "99999999999999999999", "nothing-to-put-on-paper"),
        ("request", "x", "nothing-to-put-on-paper"),
    ):
        refused(cause, lambda kind=kind, subject=subject: house.station.issue_document(kind, subject, OFFICER))
    for unknown in ("daily-2026-1", "daily", "", "../x", "daily-2026-01"):
        refused("no-such-document", lambda unknown=unknown: house.station.document(unknown, OFFICER))
    assert house.station.documents(OFFICER) == []


def test_papers_of_the_counter_are_made_of_the_book(house: House) -> None:
    house.station.take_stock([Counted(Place.STORE, 448), Counted(Place.HOPPER, 50, LINE)], OFFICER)
    house.ruin("bad")
    house.station.destroy_cards(1, "BA/7/2026", OFFICER)
    counted = house.station.issue_document("stock-take", "", OFFICER)
    burned = house.station.issue_document("destruction", "", OFFICER)
    opname = read(house.station.document(counted.id, OFFICER))
    assert "450 448 -2" in opname
    assert "500 498 -2" in opname
    pemusnahan = read(house.station.document(burned.id, OFFICER))
    assert "sebanyak 1 (satu) keping" in pemusnahan
    assert "BA/7/2026" in pemusnahan
    refused("document-exists", lambda: house.station.issue_document("destruction", "", OFFICER))


def test_a_destruction_names_what_was_set_aside_of_that_kind_of_card_and_all_of_it(house: House) -> None:
    house.ruin("bad")
    house.lose("gone")
    (question,) = house.station.questions()
    house.station.answer(question.question_id, "spoiled", OFFICER)
    house.station.receive_blanks("A-1", 10, OFFICER, stock="wna")
    house.station.spoil_blanks("store", 3, "scratched", OFFICER, stock="wna")
    house.station.destroy_cards(3, "BA/8", OFFICER, stock="wna")
    house.station.destroy_cards(2, "BA/9", OFFICER)
    with house.store.read() as view:
        local = sources.destruction_of(view, "")
        assert local is not None
        foreign = sources.destruction_of(view, str(local.seq - 1))
    assert foreign is not None
    assert (foreign.count, foreign.causes, foreign.identities) == (3, (("scratched", 3),), ())
    assert (local.count, dict(local.causes)) == (2, {"not-blank": 1, "spoiled": 1})


def test_a_letter_that_is_written_later_shows_the_days_before_it_was_asked_and_no_others(house: House) -> None:
    lasting(house)
    for day in range(3):
        house.clock.set_trusted(NOW + day * 86_400, house.clock.uptime())
        house.arrive(f"j{day}", start_before=2**35)
        house.station.order(f"j{day}", OFFICER)
        house.make(f"j{day}")
        if day == 1:
            ask_for_blanks(house)
    with house.store.read() as view:
        asked = sources.request_of(view, "", 7)
    assert asked is not None
    assert asked.made == (("2026-08-01", 1),)


def test_the_list_shows_the_number_that_is_on_the_paper_also_when_the_zone_has_changed(house: House) -> None:
    lasting(house)
    (officer,) = house.station.policy.officers  # type: ignore[union-attr]
    house.clock.set_trusted(NOW - NOW % 86_400 + 30 * 86_400 + 16.5 * 3600, house.clock.uptime())  # WITA: past midnight
    house.station.rules.go_by(policy(officers=(officer,), utc_hours=8))
    issued = house.station.issue_document("daily", "", OFFICER)
    assert f"Nomor: {issued.title}" in read(house.station.document(issued.id, OFFICER))
    house.station.rules.go_by(policy(officers=(officer,), utc_hours=7))
    assert [paper.title for paper in house.station.documents(OFFICER)] == [issued.title]


def test_a_paper_of_an_older_book_has_the_month_of_its_entry(house: House) -> None:
    issued = house.station.issue_document("daily", "", OFFICER)
    with house.store.read() as view:
        row = view.document(PaperId(Kind.DAILY, 2026, 1))
    assert row is not None
    assert row.month == 8
    assert house.station._shown(msgspec.structs.replace(row, month=0)).title == issued.title


@pytest.mark.parametrize(
    ("supply", "said"),
    [
        ("ribbon", "Permintaan Pita printer (ribbon) KTP-el"),
        ("film", "Permintaan Film printer KTP-el"),
        ("cleaning-roll", "Permintaan Bahan printer (cleaning-roll) KTP-el"),
    ],
)
def test_ribbon_and_film_have_their_letters_too(house: House, supply: str, said: str) -> None:
    asked = rule_events.StockRequested(
        supply=supply, line=LINE, stock="", to="province", left=140, rate=20.0, days_left=7, wanted=460
    )
    seq = house.store.record("rules", asked)[0].envelope.seq
    letter = house.station.issue_document("request", "", OFFICER)
    assert letter.subject == str(seq)
    text = read(house.station.document(letter.id, OFFICER))
    for piece in (said, f"{supply}, {LINE}", "140 (seratus empat puluh) kartu", "460 (empat ratus enam puluh) kartu"):
        assert piece in text, piece
    assert "blangko" not in text.lower()
    refused("document-exists", lambda: house.station.issue_document("request", "", OFFICER))
    blanks = ask_for_blanks(house)
    assert house.station.issue_document("request", "", OFFICER).subject == str(blanks), "blanks come first"


def test_the_slip_of_an_allotment_is_on_its_paper_and_can_be_scanned(house: House, tmp_path: Path) -> None:
    house.station.rules.go_by(granted(other_keys(tmp_path), kit=False))
    refused("nothing-to-put-on-paper", lambda: house.station.issue_document("allotment", "", OFFICER))
    given = house.station.allot(OTHER, 10, SUPERVISOR)
    issued = house.station.issue_document("allotment", "", OFFICER)
    assert (issued.id, issued.title) == ("allotment-2026-1", "001/SP-BLK/KEC-73.16.01/VIII/2026")
    pdf = house.station.document(issued.id, OFFICER)
    assert given.allotment_id in read(pdf)
    file = tmp_path / "paper.pdf"
    file.write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "200", "-gray", "-singlefile", file, tmp_path / "page"], check=True)
    with Image.open(tmp_path / "page.pgm") as page:
        assert scanned(page) == given.slip
    assert slips.read(given.slip, slips.OutSlip, house.keys.book_public()).count == 10


def scanned(page: Image.Image) -> str:
    """Return what the one QR code of a page says: it is where dark and light change most, row by row."""
    width, height = page.size
    rows = [[page.getpixel((x, y)) < 128 for x in range(width)] for y in range(height)]  # type: ignore[operator]
    busy = [y for y, row in enumerate(rows) if _finders(row)]
    top, left, right = busy[0], *_finders(rows[busy[0]])
    bottom = top + right - left
    return qr_reading.read(page, left, top, right, bottom)


def _finders(row: list[bool]) -> tuple[int, ...]:
    """Return from where to where the tops of two finders reach in a row: two dark bars of one length, far apart."""
    bars, begun = [], None
    for x, dark in enumerate([*row, False]):
        if dark and begun is None:
            begun = x
        elif not dark and begun is not None:
            bars.append((begun, x))
            begun = None
    long = [(a, b) for a, b in bars if 40 < b - a < 120]
    alone = len(long) >= 2 and abs((long[0][1] - long[0][0]) - (long[-1][1] - long[-1][0])) <= 2
    return (long[0][0], long[-1][1]) if alone and 600 < long[-1][1] - long[0][0] < 900 else ()
