"""Odd answers to a question: each is named, in time, and none taken for an answer. And queues that print no cards."""

from __future__ import annotations

import time

import pytest

from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, DeviceError, Disconnected, NotFound, NotUnderstood, WrongDevice
from drivers.ipp import DRIVER
from drivers.ipp.exchange import HttpRefused, SendBroken
from drivers.ipp.opening import find_printers
from tests.drivers.ipp.scripted import PRINT, drip, hang_up, http, image, ipp, scripted, silence

STATE = 0x0B
ODD = {
    "redirect": (lambda *_: http(b"", "302 Found", extra="Location: http://127.0.0.1:9/\r\n"), HttpRefused),
    "not-found": (lambda *_: http(b"", "404 Not Found"), HttpRefused),
    "upgrade": (lambda *_: http(b"", "426 Upgrade Required"), HttpRefused),
    "error": (lambda *_: http(b"", "503 Unavailable"), NotUnderstood),
    "no-http": (lambda *_: b"SSH-2.0-x\r\n", NotUnderstood),
    "garbage": (lambda *_: b"\xff" * 300, NotUnderstood),
    "not-ipp": (lambda *_: http(b"hello"), NotUnderstood),
    "wrong-id": (lambda request, _: http(ipp(0, request.number + 7)), NotUnderstood),
    "old-ipp": (lambda request, _: http(b"\x00\x09" + ipp(0, request.number)[2:]), NotUnderstood),
    "hang-up": (hang_up, Disconnected),
    "half": (lambda request, _: http(ipp(0, request.number))[:-3], NotUnderstood),
    "silence": (silence, DeadlinePassed),
    "drip": (drip(lambda request: http(ipp(0, request.number, (4, {"x": "y" * 2000}))), 0.1), DeadlinePassed),
    "drip-of-100s": (drip(lambda _: b"HTTP/1.1 100 Continue\r\n\r\n" * 2000, 0.01), DeadlinePassed),
}


@pytest.mark.parametrize("odd", sorted(ODD))
def test_an_odd_answer_is_named_in_time(server, odd):
    printer = DRIVER.open(server.address, Deadline.after(30))
    answer, error = ODD[odd]
    server.odd[STATE] = answer
    started = time.monotonic()
    with pytest.raises(error) as raised:
        printer.status(Deadline.after(0.6 if error is DeadlinePassed else 60))
    assert time.monotonic() - started < 50  # a dripping answer lasts minutes
    assert not raised.value.may_have_acted  # a question moves nothing
    assert raised.value.device == f"ipp {server.address}"


def chunked(body):
    parts = b"".join(b"%x\r\n%s\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7))
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp; x=y\r\nTransfer-Encoding: chunked\r\n\r\n"
        + parts
        + b"0\r\n\r\n"
    )


@pytest.mark.parametrize(
    "wrap",
    [
        chunked,
        lambda body: b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + http(body),
        lambda body: b"HTTP/1.0 200 OK\r\nContent-Type: application/ipp\r\n\r\n" + body,
    ],
    ids=["chunked", "100-continue", "until-closed"],
)
def test_http_in_its_other_forms_is_read(server, wrap):
    printer = DRIVER.open(server.address, Deadline.after(30))
    server.odd[STATE] = lambda request, _: wrap(ipp(0, request.number, (4, server.queue)))
    assert printer.status(Deadline.after(30)).ready


@pytest.mark.parametrize(
    ("queue", "found"),
    [
        ({"media-supported": "iso_a4_210x297mm"}, "iso_a4_210x297mm"),
        ({"document-format-supported": ["application/octet-stream", "image/pwg-raster"]}, "application/octet-stream"),
        ({"operations-supported": [2, 9, 11]}, "fewer operations"),
        ({"printer-resolution-supported": (0x32, bytes(9))}, "others"),
    ],
)
def test_a_queue_that_prints_no_cards_is_the_wrong_one(server, queue, found):
    server.queue.update(queue)
    with pytest.raises(WrongDevice) as wrong:
        DRIVER.open(server.address, Deadline.after(30))
    assert wrong.value.found == found


def test_the_address_may_name_the_media(server):
    del server.queue["media-supported"]
    printer = DRIVER.open(f"{server.address}?media=CR80", Deadline.after(30))
    printer.print_card(image(printer), Deadline.after(30))
    (request,) = [request for request in server.requests if request.operation == PRINT]
    assert b"media\x00\x04CR80" in request.body


def test_nothing_listens(server):
    with scripted() as other:
        address = other.address
    with pytest.raises(NotFound):
        DRIVER.open(address, Deadline.after(30))
    assert find_printers(("127.0.0.1", other.port)) == []


def test_a_queue_is_asked_in_plain_text_only_where_the_address_says_so(server):
    with pytest.raises(NotFound, match="no TLS"):
        DRIVER.open(server.address.replace("ipp:", "ipps:"), Deadline.after(0.3))


def test_a_request_that_is_not_taken_whole_is_told_apart(server, monkeypatch):
    printer = DRIVER.open(server.address, Deadline.after(30))
    monkeypatch.setattr("drivers.ipp.pictures.document", lambda *_: bytes(64 << 20))
    monkeypatch.setattr("tests.drivers.ipp.scripted.read", lambda connection: connection.close())
    with pytest.raises(DeviceError):
        printer.status(Deadline.after(1))
    with pytest.raises(SendBroken):
        printer._queue.print_job("x", [], "image/png", bytes(64 << 20), Deadline.after(3))
