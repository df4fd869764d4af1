"""Papers: the day's figures, and what is printed, signed and filed."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
import structlog

from stationd.documents import scan, seal
from stationd.documents.content import Cited, Draft, Paper, seal_digest
from stationd.documents.errors import FontMissing
from stationd.documents.forms import allotment, daily, destruction, request, stock_take
from stationd.documents.forms.office import Office, Person
from stationd.documents.indonesian import date as written
from stationd.documents.printing import NotPrinted, send
from stationd.model.day import DayReport
from stationd.model.paper_events import DocumentErased, DocumentIssued, DocumentScanFiled, DocumentTaken
from stationd.model.papers import Kind, PaperId, parse_id, retain_until
from stationd.model.policy import Policy
from stationd.registry import slips
from stationd.settings import OfficeSettings
from stationd.station import paper_sources as sources
from stationd.station.allotment_papers import consignment_of
from stationd.station.allotting import slip_of
from stationd.station.floor import Floor
from stationd.station.paper_keys import Certified
from stationd.station.refusal import Kind as No
from stationd.station.refusal import Refused
from stationd.store import database
from stationd.store.cabinet import DOCUMENT, SCAN, Cabinet, NotInCabinet
from stationd.store.paper_view import DocumentRow
from stationd.store.view import View

log = structlog.get_logger()

SHOWN: Final = 500
"""So many of the last papers are listed."""


class DocumentView(DocumentRow, frozen=True, kw_only=True):
    """A paper in the list: `id` by which it is asked for, and `title`, its number in letters."""

    id: str
    title: str


class DocumentTrust(msgspec.Struct, frozen=True):
    """By what papers of this station are known elsewhere: `pem` is to be kept in a file there."""

    station: str
    pem: str


class Papers(Floor, ABC):
    """What may be put on paper.

    Attributes:
        office_settings: what the office has said of itself.
        certified: tells what ties the book's key to the registry; None where nothing does.
    """

    office_settings: OfficeSettings = OfficeSettings()
    certified: Callable[[], Certified] | None = None
    _issuing: Final = threading.Lock()

    def day(self, date: str, officer: str) -> DayReport:
        """Return the figures of one of the office's days, `2026-08-01`; of today if it is empty.

        Raises:
            Refused: if it is no day, or has not come yet.
        """
        self._allow_setting_aside(officer)
        policy, now = self._ground()
        day = _day(date, policy.day(now))
        with self._beside() as view:
            return self._day(view, day, policy, now)

    def documents(self, officer: str) -> list[DocumentView]:
        """Return the papers that were issued, newest first."""
        self._allow_setting_aside(officer)
        with self.store.read() as view:
            rows = view.documents(SHOWN)
        return [self._shown(row) for row in rows]

    def issue_document(self, kind: str, subject: str, officer: str) -> DocumentView:
        """Make a paper, give it the next number of its kind and year, seal it and file it.

        Args:
            kind: a `stationd.model.papers.Kind`.
            subject: what about: a day for a daily report, else the number of an entry of the book; empty: the latest.
            officer: who asks, and signs it.

        Raises:
            Refused: if there is nothing to be put on paper, it was already, or its letters are not installed. No
                number is used up.
        """
        self._allow_setting_aside(officer)
        if kind not in set(Kind):
            raise Refused(No.NOT_VALID, "no-such-document-kind", kind, ", ".join(Kind))
        policy, now = self._ground()
        known = policy.officer(officer)
        person = Person(known.name, known.sk) if known else Person(officer)
        office = Office(self.office_settings, self.store.station, self._office.kecamatan, policy.utc_hours)
        with self._issuing:
            return self._issue(Kind(kind), subject, officer, (policy, now), office, person)

    def _issue(
        self, kind: Kind, subject: str, officer: str, ground: tuple[Policy, float], office: Office, person: Person
    ) -> DocumentView:
        policy, now = ground
        with self._beside() as view:
            head = view.head()
            about, draft = self._draft(view, kind, subject, ground, office, person)
            if kind is not Kind.DAILY:
                _not_yet(view, kind, about)
            today = policy.day(now)
            paper = PaperId(kind, today.year, view.next_number(kind, today.year))
        cited = Cited(self.store.station, self.store.incarnation, head.seq, head.digest)
        said = Paper(
            letterhead=office.letterhead(),
            title=draft.title,
            number=paper.in_letters(self.store.station, today.month),
            place=office.place,
            date=written(today),
            to=draft.to,
            attached=draft.attached,
            blocks=draft.blocks,
            signatures=draft.signatures,
            cites=cited,
            salt=os.urandom(16).hex(),
        )
        file, pages = self._made(said, paper, now)
        issued = DocumentIssued(
            kind=kind,
            year=paper.year,
            number=paper.number,
            subject=about,
            pages=pages,
            content=seal_digest(said),
            digest=hashlib.sha256(file).hexdigest(),
            cites=head.seq,
            head=head.digest,
            retain_until=retain_until(now, policy.retention.documents),
            month=today.month,
        )
        self._cabinet.put(paper, DOCUMENT, file)
        try:
            with self.store.write(officer) as transaction:
                transaction.record(issued)
        except BaseException:
            self._cabinet.erase(paper)  # nobody was told of it, and its number is the next one's
            raise
        return self._shown(self._row(paper))

    def _made(self, said: Paper, paper: PaperId, now: float) -> tuple[bytes, int]:
        """Render and seal a paper; returns the file and how many pages it has."""
        from stationd.documents.render import render  # noqa: PLC0415 - a large library, for some minutes of a day

        try:
            pdf, pages = render(said)
        except FontMissing as missing:
            raise Refused(No.NOT_NOW, "font-of-papers-missing", missing.file, str(missing)) from None
        except Exception as failure:  # the library's own words quote what it was to draw: a name, an address
            log.error("paper cannot be drawn", document=str(paper), why=type(failure).__name__)
            raise Refused(No.NOT_NOW, "document-not-drawn", str(paper.kind)) from None
        size, digest = seal.measure(pdf)
        to_sign = seal.to_sign(
            seal.Seal(
                station=self.store.station,
                incarnation=self.store.incarnation,
                cites=said.cites.seq,
                head=said.cites.head,
                document=str(paper),
                title=said.number,
                issued=now,
                content=seal_digest(said),
                salt=said.salt,
                size=size,
                sha256=digest,
                key=self.store.keys.book_public()["x"],
                credential=self.certified().credential if self.certified is not None else None,
            )
        )
        return seal.attach(pdf, to_sign, self.store.keys.sign(to_sign)), pages

    def _draft(
        self, view: View, kind: Kind, subject: str, ground: tuple[Policy, float], office: Office, person: Person
    ) -> tuple[str, Draft]:
        """Return what a paper is about, and what it says."""
        policy, now = ground
        found: tuple[str, Draft] | None = None
        match kind:
            case Kind.DAILY:
                day = self._day(view, _day(subject, policy.day(now)), policy, now)
                found = day.date, daily.draft(day, office, person)
            case Kind.REQUEST:
                asked = sources.request_of(view, subject, policy.utc_hours)
                found = None if asked is None else (str(asked.seq), request.draft(asked, office))
            case Kind.DESTRUCTION:
                done = sources.destruction_of(view, subject)
                found = None if done is None else (str(done.seq), destruction.draft(done, office, person))
            case Kind.STOCK_TAKE:
                take = sources.stock_take_of(view, subject)
                found = None if take is None else (str(take.seq), stock_take.draft(take, office, person))
            case Kind.ALLOTMENT:
                sent = consignment_of(view, sources.entry_named(view, subject), self.store.station, self._slip)
                found = None if sent is None else (str(sent.seq), allotment.draft(sent, office, person))
            case Kind.RECEIPT | Kind.TRANSFER:
                found = self._of_people(view, kind, subject, office, person)
        if found is None:
            raise Refused(No.NOT_FOUND, "nothing-to-put-on-paper", kind, subject)
        return found

    def _slip(self, allotment_id: str) -> str:
        with self.store.read() as view:
            slip = slip_of(view, allotment_id, self._office.station)
        return slips.write(slip, self.store.keys.book_public(), self.store.keys.sign)

    @abstractmethod
    def _of_people(
        self, view: View, kind: Kind, subject: str, office: Office, person: Person
    ) -> tuple[str, Draft] | None:
        """Return what a paper that names citizens is about, and what it says; None if nothing is known of it."""

    # --- what is filed ----------------------------------------------------------------------------------------------

    def document(self, document_id: str, officer: str) -> bytes:
        """Return a paper as it was issued. Citizens' data: for this officer, whose asking is put in the book."""
        return self._taken(document_id, DOCUMENT, DOCUMENT, officer)[1]

    def document_scan(self, document_id: str, officer: str) -> tuple[str, bytes]:
        """Return the signed scan of a paper, with its type."""
        row, content = self._taken(document_id, SCAN, SCAN, officer)
        return row.scan_media, content

    def print_document(self, document_id: str, officer: str) -> None:
        """Print a paper on the office's printer.

        Raises:
            Refused: if it is not kept here any more, or does not get to the printer.
        """
        row, content = self._taken(document_id, DOCUMENT, "print", officer)
        try:
            send(content, self.office_settings.printer, str(row.paper))
        except NotPrinted as failure:
            raise Refused(No.NOT_NOW, failure.cause, failure.printer or document_id, failure.why) from None

    def file_scan(self, document_id: str, content: bytes, officer: str) -> DocumentView:
        """File the scan of the signed paper beside it; another one takes the place of the first.

        Raises:
            Refused: if it is no whole PDF, JPEG or PNG, too large, or the paper is not kept here.
        """
        self._allow_setting_aside(officer)
        row = self._kept(document_id)
        if len(content) > scan.LARGEST:
            raise Refused(No.NOT_VALID, "scan-too-large", document_id, f"{len(content)} of {scan.LARGEST}")
        media = scan.media_of(content)
        if media is None:
            raise Refused(No.NOT_VALID, "scan-not-readable", document_id)
        digest = hashlib.sha256(content).hexdigest()
        filed = DocumentScanFiled(
            kind=row.kind, year=row.year, number=row.number, digest=digest, media=media, size=len(content)
        )
        with self._issuing, self.store.write(officer) as transaction:
            transaction.record(filed)
            self._cabinet.put(row.paper, SCAN, content)
        return self._shown(self._row(row.paper))

    def erase_due_documents(self) -> int:
        """Destroy the papers whose time is up; returns how many. None are, while the time is unknown."""
        with self._issuing:
            self._clear_away()
        now = self._clock.now()
        if now is None:
            return 0
        with self.store.read() as view:
            due = view.documents_due(now)
        for row in due:
            self._cabinet.erase(row.paper)  # first: what is in the book as erased is surely gone
            erased = DocumentErased(kind=row.kind, year=row.year, number=row.number)
            self.store.record("papers", erased)
            log.info("document erased, its time was up", document=str(row.paper))
        return len(due)

    def _clear_away(self) -> None:
        """Destroy what a power cut left of a paper that was about to be issued: its number is the next one's."""
        for paper in self._cabinet.papers():
            with self.store.read() as view:
                never_issued = paper.number == view.next_number(paper.kind, paper.year)
            if never_issued:
                self._cabinet.erase(paper)

    def document_trust(self) -> DocumentTrust:
        """Return by what papers of this station are known on a computer without its book."""
        authorities = [self.certified().authority] if self.certified is not None else []
        pem = seal.write_trust([self.store.keys.book_public()["x"]], authorities)
        return DocumentTrust(self.store.station, pem)

    def _taken(self, document_id: str, part: str, how: str, officer: str) -> tuple[DocumentRow, bytes]:
        self._allow_setting_aside(officer)
        row = self._kept(document_id)
        try:
            content = self._cabinet.get(row.paper, part)
        except NotInCabinet:
            cause = "no-scan-filed" if part == SCAN and not row.scan_digest else "document-not-here"
            raise Refused(No.NOT_FOUND, cause, document_id) from None
        taken = DocumentTaken(kind=row.kind, year=row.year, number=row.number, how=how)
        self.store.record(officer, taken)
        return row, content

    def _kept(self, document_id: str) -> DocumentRow:
        try:
            paper = parse_id(document_id)
        except ValueError:
            raise Refused(No.NOT_FOUND, "no-such-document", document_id) from None
        with self.store.read() as view:
            row = view.document(paper)
        if row is None:
            raise Refused(No.NOT_FOUND, "no-such-document", document_id)
        if row.erased:
            raise Refused(No.NOT_FOUND, "document-erased", document_id)
        return row

    def _row(self, paper: PaperId) -> DocumentRow:
        with self.store.read() as view:
            row = view.document(paper)
        if row is None:
            raise KeyError(paper)
        return row

    def _shown(self, row: DocumentRow) -> DocumentView:
        policy = self.policy
        month = row.month or (policy.day(row.issued).month if policy is not None else 1)
        fields = {name: getattr(row, name) for name in row.__struct_fields__}
        return DocumentView(**fields, id=str(row.paper), title=row.paper.in_letters(self.store.station, month))

    # --- what all of them need --------------------------------------------------------------------------------------

    @property
    def _cabinet(self) -> Cabinet:
        return Cabinet(self.store.path.parent / "papers", self.store.keys)

    def _ground(self) -> tuple[Policy, float]:
        """Return the policy and the time, which every paper needs."""
        policy, now = self.policy, self._clock.now()
        if policy is None:
            raise Refused(No.NOT_NOW, "no-policy", self.store.station)
        if now is None:
            raise Refused(No.NOT_NOW, "time-unknown", self.store.station)
        return policy, now

    @contextlib.contextmanager
    def _beside(self) -> Iterator[View]:
        """Look at one moment of the book while others write: a day is long to read."""
        db = database.connect(self.store.path, read_only=True)
        try:
            db.execute("BEGIN")
            yield View(db)
        finally:
            db.close()

    def _day(self, view: View, day: datetime.date, policy: Policy, now: float) -> DayReport:
        return sources.day_report(view, self.store.station, self.store.incarnation, day, policy.utc_hours, now)


def _day(text: str, today: datetime.date) -> datetime.date:
    if not text:
        return today
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise Refused(No.NOT_VALID, "not-a-day", text) from None
    if day > today:
        raise Refused(No.NOT_VALID, "not-a-day", text)
    return day


def _not_yet(view: View, kind: Kind, subject: str) -> None:
    issued = view.documents_about(kind, subject)
    if issued:
        raise Refused(No.NOT_NOW, "document-exists", str(issued[0].paper), subject)
