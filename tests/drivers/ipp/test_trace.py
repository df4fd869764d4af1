"""A queue's wire on record: what is kept of it, and the diagnosis that it gives when it is read again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import recording
from drivers.deadline import Deadline
from drivers.errors import NotFound
from drivers.ipp import DRIVER, printing, replay
from drivers.ipp.protocol import Attribute, Operation, ResponseReader, Tag, encode
from drivers.printer import Image, Panel, PrinterFault, Reason
from drivers.recording import Record, Recorder
from drivers.wiretap import Direction
from tests.drivers.ipp.scripted import Job, ipp, scripted
from tests.drivers.tracing.talk import FACE, picture

OUT, IN = Direction.OUT, Direction.IN
NAMES = st.text(st.characters(categories=["Lu", "Ll", "Zs"]), min_size=4, max_size=40)


def parsed(message):
    reader = ResponseReader()
    reader.feed(message)
    return reader.finish()


def recorded(server, work):
    recorder = Recorder(DRIVER.mask)
    with recorder.on([f"ipp {server.address}"]):
        work(DRIVER.open(server.address, Deadline.after(5)))
    return recording.read(recording.lines({"device": server.address}, recorder.records))


def failing(server, seconds=3.0):
    """Print a face until it fails; returns the failure and the trace of it."""
    faults = []

    def work(printer):
        with pytest.raises(PrinterFault) as fault:
            printer.print_card(picture(printer), Deadline.after(seconds))
        faults.append(fault.value)

    records = recorded(server, work)
    return faults[0], records


@pytest.mark.parametrize(
    ("reasons", "state", "reason"),
    [("media-jam-error", 5, Reason.MEDIA_JAM), ("paused", 5, Reason.UNMAPPED), ("none", 5, Reason.UNMAPPED)],
)
def test_what_the_printer_reports_at_rest_is_told_again(server, reasons, state, reason):
    server.queue |= {"printer-state-reasons": reasons, "printer-state": state}
    fault, records = failing(server)
    assert fault.condition.reason is reason
    assert [diagnosis.condition for diagnosis in DRIVER.replay(records)] == [fault.condition]


def test_a_jam_in_the_middle_of_a_card_is_told_again(server, monkeypatch):
    monkeypatch.setattr(printing, "STOP_PATIENCE", 0.2)
    server.outcome = Job("", 5)
    server.odd[Operation.PRINT_JOB] = lambda request, _: (
        server.queue.update({"printer-state": 5, "printer-state-reasons": "media-jam-error"}) or server.answer(request)
    )
    fault, records = failing(server, 30)
    found = {(told.condition.reason, told.condition.code) for told in DRIVER.replay(records)}
    assert (fault.condition.reason, fault.condition.code) in found
    assert not any(recording.tells_too_much(record.data) for record in records)
    assert sum(record.hidden for record in records) > 5_000
    for kept in (record.data for record in records):
        assert FACE[:8] not in kept
        assert b"\x89PNG" not in kept


def test_a_job_that_ended_badly_is_told_again(server):
    server.outcome = Job("", 8, begun=True, reasons="aborted-by-system")
    fault, records = failing(server)
    assert [diagnosis.condition for diagnosis in DRIVER.replay(records)] == [fault.condition]


def test_a_refused_job_is_told_again_in_the_queues_words(server):
    server.odd[Operation.PRINT_JOB] = lambda request, _: server.refusal(request, 0x040B, "no such media")
    fault, records = failing(server)
    (diagnosis,) = DRIVER.replay(records)
    assert diagnosis.condition == fault.condition
    assert diagnosis.condition.text == "no such media"


def test_a_printer_behind_http_that_refuses_is_on_record(server):
    server.odd[Operation.GET_PRINTER_ATTRIBUTES] = lambda *_: b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(Exception, match="403"):
        recorded(server, lambda printer: printer)
    recorder = Recorder(DRIVER.mask)
    with recorder.on([f"ipp {server.address}"]), pytest.raises(Exception, match="403"):
        DRIVER.open(server.address, Deadline.after(5))
    assert [(record.direction, record.pipe, record.data, record.error) for record in recorder.records[1:]] == [
        (IN, "http", b"403 ", ""),
        (IN, "ipp", b"", "HttpRefused"),
    ]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"403 text/html", b"403 text/html"),
        (b"302 application/x-siti-7316014507900001", b"302"),
        (b"Siti text/html", b"text/html"),
        (b"", b""),
    ],
)
def test_of_http_only_a_status_and_a_usual_type_are_kept(said, kept):
    assert DRIVER.mask(IN, "http", said) == (kept, len(said) - len(kept))


def test_a_printer_that_is_not_there_is_on_record():
    with scripted() as server:
        address = server.address
    recorder = Recorder(DRIVER.mask)
    with recorder.on([f"ipp {address}"]), pytest.raises(NotFound):
        DRIVER.open(address, Deadline.after(5))
    assert [(record.direction, record.error) for record in recorder.records] == [(OUT, "NotFound")]


@given(name=NAMES, document=st.binary(min_size=1, max_size=3000))
def test_of_a_job_neither_its_name_nor_its_document_is_kept(name, document):
    message = encode(
        Operation.PRINT_JOB,
        7,
        [
            Attribute(Tag.URI, "printer-uri", ["ipp://here/printers/cards"]),
            Attribute(Tag.NAME, "job-name", [name]),
            Attribute(Tag.MIME_TYPE, "document-format", ["image/png"]),
        ],
        [Attribute(Tag.COLLECTION, "media-col", [[Attribute(Tag.NAME, "media-key", [name])]])],
    )
    kept, hidden = replay.mask(OUT, "ipp", message + document)
    assert hidden == len(document) + 2 * len(name.encode())
    told = parsed(kept)
    assert told.one(Tag.OPERATION).text("job-name") == ""
    assert told.one(Tag.OPERATION).text("printer-uri") == "ipp://here/printers/cards"
    assert told.one(Tag.OPERATION).text("document-format") == "image/png"
    assert told.one(Tag.JOB).collections("media-col")[0].text("media-key") == ""


@given(name=NAMES)
def test_somebody_elses_job_is_on_record_without_its_name(name):
    words = {
        "job-id": 4,
        "job-name": (0x42, name.encode()),
        "job-state": 9,
        "job-originating-user-name": (0x42, b"eka"),
    }
    kept, _ = replay.mask(IN, "ipp", ipp(0, 3, (2, words)))
    job = parsed(kept).one(Tag.JOB)
    assert (job.integer("job-id"), job.text("job-name"), job.text("job-originating-user-name")) == (4, "", "")


@given(data=st.binary(max_size=400), sound=st.booleans(), at=st.integers(0, 300), direction=st.sampled_from(Direction))
def test_whatever_passes_is_kept_in_part_or_not_at_all(data, sound, at, direction):
    if sound:
        message = bytearray(ipp(0, 1, (4, {"printer-state": 3, "printer-info": (0x41, b"in the office")})))
        message[at % len(message) :] = data
        data = bytes(message)
    kept, hidden = replay.mask(direction, "ipp", data)
    assert len(kept) + hidden <= len(data) + 2
    assert len(kept) <= len(data)
    assert isinstance(DRIVER.replay([Record(0.0, OUT, "ipp", data), Record(0.1, direction, "ipp", kept)]), list)


def test_an_image_without_ink_is_masked_too(server):
    def work(printer):
        raster = printer.capabilities.raster
        printer.print_card(
            Image(raster.width, raster.height, {Panel.BLACK: bytes(raster.width * raster.height)}), Deadline.after(5)
        )

    records = recorded(server, work)
    assert DRIVER.replay(records) == []
    (sent,) = [r for r in records if r.direction is OUT and r.data[2:4] == b"\0\x02"]
    assert sent.hidden > 100
