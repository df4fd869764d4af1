"""Papers for tests: of synthetic people, short and long, empty and over many pages."""

from __future__ import annotations

from stationd.documents.content import Cited, Draft, Paper
from stationd.documents.forms import allotment, daily, destruction, receipt, request, stock_take, transfer
from stationd.documents.forms.destruction import Destruction
from stationd.documents.forms.office import Office, Person
from stationd.documents.forms.receipt import Handover
from stationd.documents.forms.request import Request
from stationd.documents.forms.stock_take import Difference, StockTake
from stationd.documents.forms.transfer import Transfer, TransferredCard
from stationd.model.blank import Account, Movement, Place
from stationd.model.day import AccountDay, DayReport, Moved, SupplyLeft
from stationd.model.papers import Kind
from stationd.model.pile import Counted
from stationd.settings import OfficeSettings

AT = 1_785_566_400.0
HEAD = "9f3a" * 16

SAID = OfficeSettings(
    province="Sulawesi Selatan",
    kabupaten="Enrekang",
    kecamatan="Anggeraja",
    address="Jalan Poros Enrekang–Toraja Km. 18, Lakawan 91752, telepon (0420) 21000",
    place="Lakawan",
    head="Drs. H. Muhammad Yusuf Andi Baso, M.Si.",
    head_number="19700101 199503 1 001",
)
OFFICE = Office(SAID, "kec-731603", "73.16.03", 8)
SILENT = Office(OfficeSettings(), "kec-731603", "73.16.03", 8)
OFFICER = Person("Siti Rahmawati, S.Sos.", "800/12/SK/2025")

LONG = "R.A. HJ. SITI NURHALIZAH RAMADHANI PUSPITASARI KUSUMANINGRUM WIDYANINGSIH, S.KOM., M.T."
ADDRESS = "LINGKUNGAN PASSANDARAN NO. 12 BLOK C PERUMAHAN GRIYA LESTARI INDAH, RT 003/RW 007, LAKAWAN"


def card(number: int) -> TransferredCard:
    name = LONG if number % 7 == 3 else f"ANDI SINTETIS {number}"
    nik = f"731603{number % 28 + 1:02d}0190{number:04d}"
    return TransferredCard(seq=1000 + number, name=name, nik=nik, address=ADDRESS, kecamatan="ALLA", since=AT - 9e6)


def day(*, busy: bool) -> DayReport:
    common = {
        "station": "kec-731603",
        "incarnation": "5f3a9d0c2b1e4f60a7b8c9d0e1f2a3b4",
        "date": "2026-08-01",
        "since": AT - 50_000,
        "until": AT + 36_400,
        "as_of": AT,
        "head": HEAD,
        "first": 120,
        "last": 1933 if busy else 119,
    }
    if not busy:
        return DayReport(**common, waiting={}, held={}, supplies=())  # type: ignore[arg-type]
    accounts = tuple(
        AccountDay(place, line, "wni", f"B-2026-{batch:02d}", 100 + batch, 50, 40, 110 + batch)
        for batch in range(1, 10)
        for place, line in (
            (Place.STORE, ""),
            (Place.HOPPER, "matica-1"),
            (Place.REJECT, "matica-1"),
            (Place.SHELF, ""),
        )
    )
    return DayReport(
        **common,  # type: ignore[arg-type]
        printed=1147,
        spoiled={"print-flaw": 2, "media-jam": 1, "not-blank": 3},
        returned={"citizen-withdrew": 1, "other-office": 2},
        arrived=1160,
        received=1500,
        accounts=accounts,
        moved=(
            Moved(Place.SUPPLY, "", Place.STORE, "", "wni", 1500),
            Moved(Place.STORE, "", Place.HOPPER, "matica-1", "wni", 1200),
            Moved(Place.HOPPER, "matica-1", Place.IN_QUESTION, "matica-1", "wni", 1150),
        ),
        waiting={"queued": 12, "ordered": 3},
        held={"blanks-scarce": 4, "under-age": 1, "spoiled": 2},
        supplies=(SupplyLeft("matica-1", "YMCK-K", 212, 500), SupplyLeft("matica-1", "film")),
        closed=AT - 600,
    )


def drafts(*, full: bool) -> dict[Kind, Draft]:
    """Return a draft of each kind: full to the brim, or as empty as it can be."""
    office, by = (OFFICE, OFFICER) if full else (SILENT, Person(""))
    move = Movement(Account(Place.REJECT, "matica-1", batch="B-2026-07"), Account(Place.DESTROYED), 3)
    burned = Destruction(
        seq=77,
        time=AT,
        record="470/12/BA/2026",
        stock="wni",
        count=3 if full else 1,
        moves=(move,) * (12 if full else 1),
        causes=(("print-flaw", 2), ("media-jam", 1)) if full else (),
        identities=tuple(f"{number:032x}" for number in range(60)) if full else (),
    )
    counted = (Counted(Place.STORE, 448), Counted(Place.HOPPER, 50, "matica-1"), Counted(Place.SHELF, 2646))
    found = Difference("d78", "store/wni", 450, 448, "requested", "missing")
    taken = StockTake(
        seq=76,
        time=AT,
        occasion="stock-take",
        counted=counted[: 3 if full else 1],
        differences=(found,) if full else (),
    )
    asked = Request(
        seq=75,
        time=AT,
        supply="blanks",
        line="",
        stock="wni",
        to="province" if full else "centre",
        left=612,
        rate=87.4,
        days_left=7 if full else None,
        wanted=2722,
        made=tuple((f"2026-07-{number:02d}", 80 + number) for number in range(1, 21)) if full else (),
    )
    sent = Transfer(
        office="73.16.04",
        cause="uncollected",
        time=AT,
        cards=tuple(card(number) for number in range(120 if full else 1)),
    )
    if not full:
        sent = Transfer(office="73.16.04", cause="other", time=AT, cards=(TransferredCard(seq=1),))
    handed = Handover(seq=74, time=AT)
    if full:
        handed = Handover(
            seq=74,
            time=AT,
            name=LONG,
            nik="7316034101900001",
            address=ADDRESS,
            issue_no=2,
            identity="c0ffee00c0ffee00c0ffee00c0ffee00",
            to="family",
            shown="old-card",
            tapped=True,
        )
    given = allotment.Consignment(
        seq=73,
        time=AT,
        allotment_id="al-0123456789ab",
        office="kec-73.16.03",
        kit="kit-7316",
        stock="wni",
        back=full,
        rows=(("Blangko tidak terpakai, kiriman B-2026-07", 2), ("Kartu rusak", 2)) if full else (),
        slip="eyJhbGciOiJFZDI1NTE5In0." * (20 if full else 200),
    )
    return {
        Kind.ALLOTMENT: allotment.draft(given, office, by),
        Kind.DAILY: daily.draft(day(busy=full), office, by),
        Kind.REQUEST: request.draft(asked, office),
        Kind.DESTRUCTION: destruction.draft(burned, office, by),
        Kind.STOCK_TAKE: stock_take.draft(taken, office, by),
        Kind.RECEIPT: receipt.draft(handed, office, by),
        Kind.TRANSFER: transfer.draft(sent, office, by),
    }


def paper(draft: Draft, office: Office = OFFICE) -> Paper:
    """Return a whole paper."""
    return Paper(
        letterhead=office.letterhead(),
        title=draft.title,
        number="007/LH/KEC-731603/VIII/2026",
        place=office.place,
        date="1 Agustus 2026",
        to=draft.to,
        attached=draft.attached,
        blocks=draft.blocks,
        signatures=draft.signatures,
        cites=Cited("kec-731603", "5f3a9d0c2b1e4f60a7b8c9d0e1f2a3b4", 1933, HEAD),
        salt="00" * 16,
    )
