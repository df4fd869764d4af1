"""Papers that name citizens: each card of a transfer, the owner on a receipt; and their names nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from stationd.documents import fonts
from stationd.documents.content import Column, Table
from stationd.documents.forms import receipt
from stationd.model.papers import Kind
from stationd.station import Refused
from stationd.station.shelf_papers import KEPT
from tests.api.house import NOW, OFFICER
from tests.documents.papers import card, drafts, paper
from tests.documents.test_issuing import read, refused
from tests.station.shelves import NAMES, TECHNICIAN, ShelfHouse, nik


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShelfHouse]:
    with ShelfHouse(tmp_path, notices=0) as served:
        yield served
        assert asyncio.run(served.station.verify()).passed
        everything = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
        assert not [name for name in NAMES if name.encode() in everything]
        assert nik(1).encode() not in everything


def test_a_receipt_names_the_owner_and_how_the_card_was_handed_over(house: ShelfHouse) -> None:
    house.shelve("j1")
    refused("nothing-to-put-on-paper", lambda: house.station.issue_document("receipt", "", OFFICER))
    handed = house.station.hand_over("j1", "owner", "old-card", OFFICER)
    issued = house.station.issue_document("receipt", "", OFFICER)
    assert (issued.id, issued.subject) == ("receipt-2026-1", str(handed.seq))
    text = read(house.station.document(issued.id, OFFICER))
    for piece in (NAMES[0], nik(1), "DUSUN CONTOH", "pemilik kartu sendiri", "KTP lama", "TT/KEC-73.16.01"):
        assert piece in text, piece
    refused("document-exists", lambda: house.station.issue_document("receipt", str(handed.seq), OFFICER))
    refused("officer-has-no-printing-role", lambda: house.station.document(issued.id, TECHNICIAN))
    assert house.station.day("", OFFICER).handed_over == 1


def test_a_receipt_is_issued_within_the_hour_or_not_at_all(house: ShelfHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    house.shelve("j1")
    handed = house.station.hand_over("j1", "owner", "old-card", OFFICER)
    later = house.clock.uptime() + KEPT + 1
    monkeypatch.setattr(house.clock, "uptime", lambda: later)
    refused("names-not-kept", lambda: house.station.issue_document("receipt", str(handed.seq), OFFICER))
    assert not house.station._people


def test_the_record_of_a_transfer_lists_exactly_the_cards_that_were_sent(house: ShelfHouse) -> None:
    house.shelve("j1", "j2", "j3")
    house.station.hand_over("j2", "owner", "old-card", OFFICER)
    sent = house.station.transfer_due("73.16.04", OFFICER) if due(house) else None
    assert sent is not None
    (issued,) = [paper for paper in house.station.documents(OFFICER) if paper.kind == "transfer"]
    text = read(house.station.document(issued.id, OFFICER))
    assert NAMES[0] in text
    assert NAMES[2] in text
    assert NAMES[1] not in text
    assert "sebanyak 2 (dua) keping" in text
    assert "Pihak kedua," in text
    assert "73.16.04" in text


def due(house: ShelfHouse) -> bool:
    house.clock.set_trusted(NOW + 400 * 86_400, house.clock.uptime())
    return any(card.due == "transfer" for card in house.station.search_shelf("", OFFICER))


def test_cards_are_sent_though_their_record_cannot_be_made_yet(
    house: ShelfHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.shelve("j1")
    with monkeypatch.context() as broken:
        broken.setattr(fonts, "_FOLDERS", (Path("nowhere"),))
        broken.setattr(fonts.pdfmetrics, "getRegisteredFontNames", list)
        sent = house.station.transfer("j1", "73.16.04", "owner-lives-there", OFFICER)
    assert house.station.documents(OFFICER) == []
    issued = house.station.issue_document("transfer", "", OFFICER)
    assert issued.subject == str(sent.cards[0].seq)
    assert NAMES[0] in read(house.station.document(issued.id, OFFICER))
    with pytest.raises(Refused):
        house.station.transfer("j1", "73.16.04", "owner-lives-there", OFFICER)


def test_the_record_of_a_transfer_can_be_made_after_a_power_cut(
    house: ShelfHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.shelve("j1", "j2")

    def cut(*_: object) -> None:
        raise SystemExit  # as near to a daemon that dies between the commit and the paper as one process comes

    with monkeypatch.context() as power:
        power.setattr(house.station, "forget_gone", cut)
        with pytest.raises(SystemExit):
            house.station.transfer("j1", "73.16.04", "owner-lives-there", OFFICER)
    house.station._people = None
    (kept,) = [each for each in house.station.kept(OFFICER) if each.kind == "paper-names"]
    assert (kept.job_id, kept.citizen_ref) == ("j1", "ref-j1")
    issued = house.station.issue_document("transfer", "", OFFICER)
    assert NAMES[0] in read(house.station.document(issued.id, OFFICER))
    assert [each for each in house.station.kept(OFFICER) if each.kind == "paper-names"] == []
    refused("names-not-kept", lambda: house.station.issue_document("transfer", issued.subject, OFFICER))
    refused("nothing-to-put-on-paper", lambda: house.station.issue_document("transfer", "", OFFICER))


@pytest.mark.parametrize(("days", "kept"), [(29, 1), (31, 0)])
def test_names_for_a_record_that_nobody_issues_do_not_stay_for_ever(
    house: ShelfHouse, monkeypatch: pytest.MonkeyPatch, days: int, kept: int
) -> None:
    house.shelve("j1")
    with monkeypatch.context() as broken:
        broken.setattr(fonts, "_FOLDERS", (Path("nowhere"),))
        broken.setattr(fonts.pdfmetrics, "getRegisteredFontNames", list)
        house.station.transfer("j1", "73.16.04", "owner-lives-there", OFFICER)
    house.clock.set_trusted(NOW + days * 86_400, house.clock.uptime())
    house.station.erase_due_documents()
    assert len([each for each in house.station.kept(OFFICER) if each.kind == "paper-names"]) == kept
    count = house.store._db.execute("SELECT count(*) FROM vault WHERE job_id LIKE 'names/%'").fetchone()
    assert count == (kept,)


def test_a_paper_that_cannot_be_drawn_tells_nobody_what_it_says(
    house: ShelfHouse, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    house.shelve("j1")
    monkeypatch.setattr(receipt, "Facts", lambda rows: Table("", (Column("A"),), ((rows[0][1] * 3000,),)))
    house.station.hand_over("j1", "owner", "old-card", OFFICER)
    with pytest.raises(Refused) as refusal:
        house.station.issue_document("receipt", "", OFFICER)
    assert refusal.value.cause == "document-not-drawn"
    assert refusal.value.__suppress_context__
    said = capfd.readouterr()
    assert not [name for name in NAMES if name in said.out + said.err + str(refusal.value)]
    monkeypatch.undo()
    assert house.station.issue_document("receipt", "", OFFICER).number == 1


def test_what_papers_are_made_of_says_nothing_of_anybody() -> None:
    content = paper(drafts(full=True)[Kind.TRANSFER])
    told = f"{content!r} {content.blocks!r} {content.signatures!r} {card(3)!r}"
    assert "SINTETIS" not in told
    assert "Siti" not in told
